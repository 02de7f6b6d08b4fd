"""
The sealer: a small process with a key of its own, under an account of its own, that signs the head of the audit chain.

    python -m deployments.sealer --folder /var/lib/homeward-sealer --socket /run/homeward/sealer.sock

It is asked over a Unix socket, one JSON line each way, and knows two words: `seal` a head, and tell the `seals` made so
far. What it sealed stands in its own log, so that a chain that was written anew is found even if whoever owns the case
database wrote everything there anew. It knows nothing of cases and reaches no database.

    python -m deployments.sealer --folder /var/lib/homeward-sealer --rotate

makes a new key, has the old one sign it, and destroys the old one; the sealer must stand still meanwhile.
"""

import argparse
import fcntl
import json
import logging
import os
import pwd
import re
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import FileIO
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from deployments.stack.launch import end_with, take_account
from models.audit import GENESIS, ChainSeal, SealerKey, key_statement, seal_statement
from tasks import journal, sealer_keys

LONGEST_REQUEST = 4096
_ANSWER_WITHIN_S = 5
_CLOCKS_DIFFER = timedelta(minutes=5)
"""Events are dated by the clocks of several machines."""


_logger = logging.getLogger(__name__)


class Unusable(Exception):
    """The sealer's own files do not fit together; the text says what to do."""


@dataclass
class Sealer:
    """Key, log and the rule of what is sealed; the folder belongs to the sealer's account alone."""

    folder: Path
    seals: list[ChainSeal] = field(default_factory=list)
    keys: list[SealerKey] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._log, self._key_log = (_opened(self.folder / name) for name in ("seals.log", "keys.log"))
        try:
            self._remember()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the logs."""
        self._log.close()
        self._key_log.close()

    def _remember(self) -> None:
        try:
            fcntl.flock(self._log, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unusable(f"another sealer works in {self.folder}") from None
        self.seals = [ChainSeal(**line) for line in _lines(self._log)]
        self.keys = [SealerKey(**line) for line in _lines(self._key_log)]
        self._finish_rotation()
        self._key = self._own_key()
        if not self.keys:
            self._announce(self._key, signed_by=None)
        if self.keys[-1].public_key != self.public_key:
            raise Unusable(f"{self.folder}/key is not the last one of keys.log; put it back from its safe copy")
        if (fault := sealer_keys.fault_of(self.keys, self.seals)) is not None:
            raise Unusable(f"its logs in {self.folder} were changed: {fault[0]}")

    def _own_key(self) -> Ed25519PrivateKey:
        file = self.folder / "key"
        if file.exists():
            return _private(file)
        if self.seals or self.keys:
            raise Unusable(f"{file} is gone although it was used; put it back from its safe copy")
        key = self._made("key.part")
        (self.folder / "key.part").replace(file)
        return key

    def _made(self, name: str) -> Ed25519PrivateKey:
        key = Ed25519PrivateKey.generate()
        private = os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(private, "w") as written:
            written.write(key.private_bytes_raw().hex())
            written.flush()
            os.fsync(written.fileno())
        return key

    def rotate(self) -> None:
        """Make a new key, have the old one sign it, and go on with the new one; the old one is destroyed."""
        key = self._made("key.next")
        # From this line on the new key is the key, whatever happens to the process.
        self._announce(key, signed_by=self._key)
        self._finish_rotation()
        self._key = key

    def _finish_rotation(self) -> None:
        made = self.folder / "key.next"
        if not made.exists():
            return
        # A key a crash left half written, or one never announced, is nobody's.
        with suppress(ValueError):
            if self.keys and _public(_private(made)) == self.keys[-1].public_key:
                made.replace(self.folder / "key")
                return
        made.unlink()

    def _announce(self, key: Ed25519PrivateKey, *, signed_by: Ed25519PrivateKey | None) -> None:
        # The first key of a log from before keys were announced stands under its first seals.
        last = self.seals[-1] if self.seals and signed_by else None
        announced = SealerKey(
            public_key=_public(key),
            previous_key=_public(signed_by) if signed_by else GENESIS,
            after_seq=last.seq if last else 0,
            after_hash=last.hash if last else GENESIS,
            since=datetime.now(UTC).isoformat(timespec="seconds"),
            signature="",
            proof="",
        )
        announced.signature = signed_by.sign(key_statement(announced)).hex() if signed_by else ""
        announced.proof = key.sign(key_statement(announced)).hex()
        self._key_log.write(json.dumps(announced.model_dump()).encode() + b"\n")
        os.fsync(self._key_log)
        self.keys.append(announced)

    @property
    def public_key(self) -> str:
        """The key everybody may know, hex."""
        return _public(self._key)

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return what the sealer says to one request."""
        if request.get("want") == "seals":
            return self._told(self.seals)
        if request.get("want") == "seal":
            return self._answer_head(request)
        return {"refused": "the sealer knows two words: seal, seals"}

    def _answer_head(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            head, standing = request["head"], request["standing"]
            seq, hash_, at = head["seq"], head["hash"], datetime.fromisoformat(head["at"])
            known = (standing["seq"], standing["hash"])
        except (KeyError, TypeError, ValueError):
            return {"refused": "a head has seq, hash and at, and stands on an event with seq and hash"}
        if type(seq) is not int or seq < 1 or not re.fullmatch(r"[0-9a-f]{64}", str(hash_)) or at.tzinfo is None:
            return {"refused": "a head is a number from 1, 64 hexadecimal digits and a moment with an offset"}
        last = self.seals[-1] if self.seals else None
        if last is not None and (seq, hash_) == (last.seq, last.hash):
            return self._told([last])
        refused = "the head has not happened yet; a clock is wrong" if self._is_ahead(at) else None
        if (refused := refused or self._refused(last, seq, at, known)) is not None:
            _logger.warning("Not sealed: %s", refused)
            return {"refused": refused}
        _logger.info("Sealed event %d", seq)
        return self._told([self._sealed(last, seq, hash_, head["at"])])

    @staticmethod
    def _refused(last: ChainSeal | None, seq: int, at: datetime, known: tuple[Any, Any]) -> str | None:
        if last is None:
            return None if known == (0, GENESIS) else "nothing is sealed yet, so the first head stands on event 0"
        if seq <= last.seq:
            return f"the chain goes backwards: event {last.seq} is sealed, and the head is event {seq}"
        if known != (last.seq, last.hash):
            return f"event {last.seq} is not the one that was sealed: the chain was written anew up to there"
        if at < datetime.fromisoformat(last.at) - _CLOCKS_DIFFER:
            return f"the head is older than event {last.seq}, which is sealed"
        return None

    @staticmethod
    def _is_ahead(at: datetime) -> bool:
        """Whether a head is of a moment that has not come: once sealed, nothing recorded before it ever could be."""
        return at > datetime.now(UTC) + _CLOCKS_DIFFER

    def _sealed(self, last: ChainSeal | None, seq: int, hash_: str, at: str) -> ChainSeal:
        seal = ChainSeal(
            seq=seq,
            hash=hash_,
            at=at,
            previous_seq=last.seq if last else 0,
            previous_hash=last.hash if last else GENESIS,
            sealed_at=datetime.now(UTC).isoformat(timespec="seconds"),
            signature="",
        )
        seal.signature = self._key.sign(seal_statement(seal)).hex()
        self._log.write(json.dumps(seal.model_dump()).encode() + b"\n")
        os.fsync(self._log)
        self.seals.append(seal)
        return seal

    def _told(self, seals: list[ChainSeal]) -> dict[str, Any]:
        return {"keys": [key.model_dump() for key in self.keys], "seals": [seal.model_dump() for seal in seals]}


def _opened(file: Path) -> FileIO:
    return FileIO(file, "a+", opener=lambda path, flags: os.open(path, flags, 0o600))


def _lines(log: FileIO) -> list[dict[str, Any]]:
    log.seek(0)
    written = log.read()
    whole = written[: written.rfind(b"\n") + 1]
    # A line torn by a crash was never handed out.
    log.truncate(len(whole))
    return [json.loads(line) for line in whole.splitlines()]


def _private(file: Path) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(file.read_text()))


def _public(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


def bound(address: Path) -> socket.socket:
    """Return a listening socket; only this account, and its group, may connect."""
    address.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX)
    mask = os.umask(0o117)
    try:
        # A socket's address has room for some hundred characters.
        listening.bind(min(str(address), os.path.relpath(address), key=len))
    except OSError as failed:
        raise Unusable(f"{address} cannot be a socket ({failed}); choose a shorter or another path") from None
    finally:
        os.umask(mask)
    listening.listen()
    return listening


def serve(sealer: Sealer, listening: socket.socket) -> None:
    """Answer one request a connection, one after the other, for ever."""
    while True:
        asker, _ = listening.accept()
        # Whoever asks may leave, or say nothing.
        with asker, suppress(OSError):
            asker.settimeout(_ANSWER_WITHIN_S)
            line = asker.makefile("rb").readline(LONGEST_REQUEST)
            asker.sendall(json.dumps(_reply(sealer, line)).encode() + b"\n")


def _reply(sealer: Sealer, line: bytes) -> dict[str, Any]:
    try:
        request = json.loads(line)
    except ValueError:
        request = None
    return sealer.answer(request) if isinstance(request, dict) else {"refused": "ask with one line, a JSON object"}


def main() -> None:
    """Run the sealer; started as root, it takes the account named before it touches its key."""
    parser = argparse.ArgumentParser(description="Sign the head of the audit chain, never backwards.")
    parser.add_argument("--folder", type=Path, required=True, help="where key and log lie")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--socket", type=Path, help="where it is asked")
    what.add_argument("--rotate", action="store_true", help="make a new key, signed by the old one, and end")
    parser.add_argument("--account", help="as root: the account to work under")
    asked = parser.parse_args()
    parent = os.getppid()
    try:
        # Bound before the account changes, so that only who started us may connect.
        listening = bound(asked.socket) if asked.socket else None
        asked.folder.mkdir(parents=True, exist_ok=True)
        if asked.account is not None:
            account = pwd.getpwnam(asked.account)
            os.chown(asked.folder, account.pw_uid, account.pw_gid)
        asked.folder.chmod(0o700)
        if asked.account is not None:
            take_account(account.pw_uid, account.pw_gid)
            # The change of account cleared what ends us with the stack.
            end_with(parent)
        sealer = Sealer(asked.folder)
        if listening is None:
            sealer.rotate()
            sys.stdout.write(f"The sealer's key is now {sealer.public_key}; publish it.\n")
        else:
            journal.begin("sealer")
            serve(sealer, listening)
    except Unusable as unusable:
        sys.exit(f"The sealer cannot work: {unusable}.")


if __name__ == "__main__":
    main()
