"""The sealer: what it signs, what it refuses, and what of its own it does not believe."""

import json
import os
import pwd
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from deployments.sealer import LONGEST_REQUEST, Sealer, Unusable
from models.audit import GENESIS, ChainSeal, SealerKey, key_statement, seal_statement
from tasks import sealer_keys

A, B, C = "a" * 64, "b" * 64, "c" * 64
STRANGER = """
import os, socket, sys
os.setgroups([]); os.setgid(65534); os.setuid(65534)
socket.socket(socket.AF_UNIX).connect(sys.argv[1])
"""
READER = """
import os, sys
os.setgroups([]); os.setgid(65534); os.setuid(65534)
open(sys.argv[1])
"""
START = {"seq": 0, "hash": GENESIS}


@pytest.fixture
def sealer(tmp_path: Path) -> Iterator[Sealer]:
    own = Sealer(tmp_path)
    yield own
    own.close()


def wanted(seq: Any, hash_: Any, standing: dict[str, Any], at: str = "2026-11-24T00:05:00+00:00") -> dict[str, Any]:
    return {"want": "seal", "head": {"seq": seq, "hash": hash_, "at": at}, "standing": standing}


def test_a_seal_is_signed_by_the_key_it_tells(sealer: Sealer) -> None:
    told = sealer.answer(wanted(7, A, START))

    seal = ChainSeal(**told["seals"][0])
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(told["keys"][-1]["public_key"]))
    key.verify(bytes.fromhex(seal.signature), seal_statement(seal))
    seal.seq = 8
    with pytest.raises(InvalidSignature):
        key.verify(bytes.fromhex(seal.signature), seal_statement(seal))


def test_seals_stand_on_each_other(sealer: Sealer) -> None:
    sealer.answer(wanted(7, A, START))

    second = sealer.answer(wanted(9, B, {"seq": 7, "hash": A}))["seals"][0]

    assert (second["previous_seq"], second["previous_hash"]) == (7, A)
    assert sealer.answer({"want": "seals"})["seals"][1] == second


def test_the_same_head_again_gets_the_same_seal(sealer: Sealer) -> None:
    first = sealer.answer(wanted(7, A, START))

    assert sealer.answer(wanted(7, A, {"seq": 7, "hash": A})) == first
    assert len(sealer.seals) == 1


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (wanted(6, B, {"seq": 7, "hash": A}), "goes backwards"),
        (wanted(7, B, {"seq": 7, "hash": A}), "goes backwards"),
        (wanted(9, B, {"seq": 7, "hash": C}), "event 7 is not the one that was sealed"),
        (wanted(9, B, {"seq": 7, "hash": None}), "event 7 is not the one that was sealed"),
        (wanted(9, B, START), "event 7 is not the one that was sealed"),
        (wanted(9, B, {"seq": 7, "hash": A}, at="2026-11-23T00:05:00+00:00"), "older"),
        (wanted(9, "short", {"seq": 7, "hash": A}), "64 hexadecimal digits"),
        (wanted("9", B, {"seq": 7, "hash": A}), "a number"),
        (wanted(9.5, B, {"seq": 7, "hash": A}), "a number"),
        (wanted(9, B, {"seq": 7, "hash": A}, at="yesterday"), "a head has"),
        (wanted(9, B, {"seq": 7, "hash": A}, at="2026-11-24T00:05:00"), "an offset"),
        ({"want": "seal"}, "a head has"),
        ({"want": "seal", "head": [], "standing": 3}, "a head has"),
        ({"want": "key"}, "two words"),
        ({}, "two words"),
    ],
)
def test_a_head_that_goes_back_or_is_none_is_refused_and_nothing_is_written(
    sealer: Sealer, tmp_path: Path, request_: dict[str, Any], why: str
) -> None:
    sealer.answer(wanted(7, A, START))
    log = (tmp_path / "seals.log").read_bytes()

    assert why in sealer.answer(request_)["refused"]
    assert (tmp_path / "seals.log").read_bytes() == log


def test_it_remembers_after_a_restart_and_forgets_only_a_torn_line(sealer: Sealer, tmp_path: Path) -> None:
    sealer.answer(wanted(7, A, START))
    sealer.close()
    with (tmp_path / "seals.log").open("ab") as log:
        log.write(b'{"seq": 9, "hash"')

    again = Sealer(tmp_path)

    assert again.public_key == sealer.public_key
    assert "backwards" in again.answer(wanted(6, B, {"seq": 7, "hash": A}))["refused"]
    assert again.answer(wanted(9, B, {"seq": 7, "hash": A}))["seals"][0]["seq"] == 9
    again.close()
    assert len((tmp_path / "seals.log").read_text().splitlines()) == 2


def test_a_log_somebody_changed_or_a_key_that_is_gone_stops_it(sealer: Sealer, tmp_path: Path) -> None:
    sealer.answer(wanted(7, A, START))
    log, key = tmp_path / "seals.log", tmp_path / "key"
    honest = log.read_text()

    with pytest.raises(Unusable, match="another sealer"):
        Sealer(tmp_path)
    sealer.close()
    log.write_text(honest.replace(A, B))
    with pytest.raises(Unusable, match="the seal of event 7 does not fit"):
        Sealer(tmp_path)
    log.write_text(honest)
    key.unlink()
    with pytest.raises(Unusable, match="is gone"):
        Sealer(tmp_path)


def test_a_key_that_is_rotated_is_signed_by_the_old_one_and_outlives_a_restart(sealer: Sealer, tmp_path: Path) -> None:
    sealer.answer(wanted(7, A, START))
    old = sealer.public_key

    sealer.rotate()

    told = sealer.answer(wanted(9, B, {"seq": 7, "hash": A}))
    new = told["keys"][-1]
    assert (new["previous_key"], new["after_seq"], new["after_hash"]) == (old, 7, A)
    assert sealer_keys.is_signed(old, key_statement(SealerKey(**new)), new["signature"])
    assert sealer_keys.is_signed(
        new["public_key"], seal_statement(ChainSeal(**told["seals"][0])), told["seals"][0]["signature"]
    )
    sealer.close()
    again = Sealer(tmp_path)
    assert (again.public_key, [key.public_key for key in again.keys]) == (new["public_key"], [old, new["public_key"]])
    again.close()


def test_a_rotation_that_a_crash_cut_short_happened_or_did_not(sealer: Sealer, tmp_path: Path) -> None:
    old, key = sealer.public_key, (tmp_path / "key").read_text()
    (tmp_path / "key.next").write_text(key[:20])
    sealer.close()
    before = Sealer(tmp_path)
    assert (before.public_key, (tmp_path / "key.next").exists()) == (old, False)

    before.rotate()
    before.close()
    # Announced, and then nothing more was done.
    (tmp_path / "key").rename(tmp_path / "key.next")
    (tmp_path / "key").write_text(key)
    after = Sealer(tmp_path)

    assert (after.public_key, (tmp_path / "key.next").exists()) == (before.public_key, False)
    assert after.public_key != old
    after.close()


def test_a_rotation_somebody_forged_into_the_log_stops_it(sealer: Sealer, tmp_path: Path) -> None:
    sealer.answer(wanted(7, A, START))
    sealer.rotate()
    sealer.close()
    log = tmp_path / "keys.log"
    first, second = log.read_text().splitlines()

    log.write_text(f"{first}\n{second.replace(A, B)}\n")
    with pytest.raises(Unusable, match="does not begin after a seal"):
        Sealer(tmp_path)
    signature = json.loads(second)["signature"]
    log.write_text(f"{first}\n{second.replace(signature, '00' * 64)}\n")
    with pytest.raises(Unusable, match="is not signed with the key before it"):
        Sealer(tmp_path)
    log.write_text(f"{first}\n")
    with pytest.raises(Unusable, match="is not the last one"):
        Sealer(tmp_path)


def test_the_command_rotates_and_says_which_key_to_publish(sealer: Sealer, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "deployments.sealer", "--folder", str(tmp_path), "--rotate"]
    busy = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (busy.returncode, "another sealer works" in busy.stderr) == (1, True)
    old = sealer.public_key
    sealer.close()

    done = subprocess.run(command, capture_output=True, text=True, check=True)

    again = Sealer(tmp_path)
    assert done.stdout == f"The sealer's key is now {again.public_key}; publish it.\n"
    assert again.public_key != old
    again.close()


def asked(address: Path, line: bytes) -> dict[str, Any]:
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(10)
        asking.connect(str(address))
        asking.sendall(line)
        asking.shutdown(socket.SHUT_WR)
        reply: dict[str, Any] = json.loads(asking.makefile("rb").readline())
        return reply


@pytest.fixture
def process(tmp_path: Path) -> Iterator[tuple[Path, subprocess.Popen[bytes]]]:
    """The sealer as the stack starts it: as root under an account of its own, else under ours."""
    address = tmp_path / "sealer.sock"
    account = ["--account", "daemon"] if os.geteuid() == 0 else []
    # Its account reaches into our folders, and reads none of them.
    for folder in takewhile(lambda each: each != Path(gettempdir()), (tmp_path, *tmp_path.parents)):
        folder.chmod(0o711)
    command = [sys.executable, "-m", "deployments.sealer", "--folder", str(tmp_path / "own"), "--socket", str(address)]
    running = subprocess.Popen([*command, *account])
    deadline = time.monotonic() + 30
    while not address.exists() or not (tmp_path / "own" / "key").exists():
        assert running.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    try:
        yield address, running
    finally:
        running.terminate()
        running.wait(10)


@pytest.mark.parametrize("line", [b"\n", b"[]\n", b"nonsense\n", b"\xff\xfe\n", b"{" * (2 * LONGEST_REQUEST) + b"\n"])
def test_whatever_it_is_asked_it_answers_and_lives_on(
    process: tuple[Path, subprocess.Popen[bytes]], line: bytes
) -> None:
    address, running = process

    with socket.socket(socket.AF_UNIX) as leaves:
        leaves.connect(str(address))
    assert "refused" in asked(address, line)
    assert asked(address, b'{"want": "seals"}\n')["seals"] == []
    assert running.poll() is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give it an account")
def test_started_by_root_it_keeps_its_key_under_an_account_of_its_own(
    process: tuple[Path, subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    address, running = process
    daemon = pwd.getpwnam("daemon").pw_uid
    owned = {path.name: (path.stat().st_uid, path.stat().st_mode & 0o777) for path in (tmp_path / "own").iterdir()}

    ids = next(line for line in Path(f"/proc/{running.pid}/status").read_text().splitlines() if line.startswith("Uid:"))

    assert set(ids.split()[1:]) == {str(daemon)}
    assert owned == dict.fromkeys(("key", "keys.log", "seals.log"), (daemon, 0o600))
    assert (tmp_path / "own").stat().st_mode & 0o777 == 0o700
    assert (address.stat().st_uid, address.stat().st_mode & 0o777) == (0, 0o660)
    stranger = subprocess.run(
        [sys.executable, "-I", "-S", "-c", STRANGER, str(address)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "PermissionError" in stranger.stderr
    reader = subprocess.run(
        [sys.executable, "-I", "-S", "-c", READER, str(tmp_path / "own" / "key")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "PermissionError" in reader.stderr
