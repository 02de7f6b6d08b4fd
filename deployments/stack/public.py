"""
What sealer and signer remember, copied into the archive: seals, public keys, and what was signed; never a private key.

The keys file is saved now and then, and a seal is made every night. Brought back from an older file the sealer would
not know the nights after it, nor the signer the numbers it signed since; what they lack is taken from these copies.
Nothing here need be believed: seals are signed, keys sign each other, and a signed document opens with a person's key.
"""

import json
import shutil
from pathlib import Path

from deployments.stack import sealing
from deployments.stack.ground import CannotStart, write_private
from models.audit import ChainSeal, SealerKey
from tasks import sealer_keys

SEALS, KEYS, SIGNED = "seals.log", "keys.log", "signed"


def keep(var: Path, folder: Path) -> None:
    """
    Copy what sealer and signer remember now into a folder of the archive; what is there already stays.

    Raises:
        CannotStart: the archive holds another sealer's.
    """
    sealer, signer = sealing.place(var).folder, sealing.signer_place(var).folder
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Keys are read last and written first: no seal lies there without the key it was made with.
    logs = {name: _whole_lines(sealer / name) for name in (SEALS, KEYS)}
    for name in (KEYS, SEALS):
        here, there = logs[name], _whole_lines(folder / name)
        if not here.startswith(there) and not there.startswith(here):
            raise CannotStart(f"{folder} holds another sealer's {name}; move it away.")
        if len(here) > len(there):
            write_private(folder / name, here.decode())
    kept = folder / SIGNED
    kept.mkdir(exist_ok=True, mode=0o700)
    for file in sorted((signer / SIGNED).glob("*.json")):
        if not (kept / file.name).exists():
            write_private(kept / file.name, file.read_text())


def bring(var: Path, folder: Path) -> None:
    """
    Give sealer and signer what such a folder holds and they do not remember.

    Raises:
        CannotStart: it does not continue what they have; nothing is changed.
    """
    sealer, signer = sealing.place(var), sealing.signer_place(var)
    seals = _whole_lines(folder / SEALS)
    if (sealer.folder / "key").exists() and len(seals) > len(_whole_lines(sealer.folder / SEALS)):
        _refuse_another(sealer.folder, folder)
        _write(sealer, SEALS, seals)
    for file in sorted((folder / SIGNED).glob("*.json")):
        if signer.folder.exists() and not (signer.folder / SIGNED / file.name).exists():
            _write(signer, f"{SIGNED}/{file.name}", file.read_bytes())


def _refuse_another(sealer: Path, folder: Path) -> None:
    """Refuse seals that do not continue the sealer's own, or were made with a key it does not have."""
    seals, keys = (_whole_lines(folder / name) for name in (SEALS, KEYS))
    if keys != _whole_lines(sealer / KEYS):
        raise CannotStart(
            "The sealer's key was changed after these keys were saved; give the file saved since, or, without one, "
            f"move {folder} away, and `homeward audit verify` will name what is missing."
        )
    made = [ChainSeal(**json.loads(line)) for line in seals.splitlines()]
    fault = sealer_keys.fault_of([SealerKey(**json.loads(line)) for line in keys.splitlines()], made)
    if fault is not None or not seals.startswith(_whole_lines(sealer / SEALS)):
        why = fault[0] if fault else "they do not continue the sealer's own"
        raise CannotStart(f"The seals in {folder} do not hold: {why}; move it away to restore without them.")


def _whole_lines(log: Path) -> bytes:
    """Return the lines of a log; one that is being written, or was torn by a crash, was never handed out."""
    try:
        written = log.read_bytes()
    except FileNotFoundError:
        return b""
    return written[: written.rfind(b"\n") + 1]


def _write(place: sealing.Place, inside: str, content: bytes) -> None:
    """Write a file of a process that has an account of its own, whole or not at all."""
    target = place.folder / inside
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = target.with_name(f".{target.name}.part")
    part.touch(mode=0o600)
    part.write_bytes(content)
    if place.account is not None:
        for path in (part, target.parent):
            shutil.chown(path, place.account)
    part.replace(target)
