"""
Backup of the embedded stack's databases, by PostgreSQL's own means: base backups, and the log streamed as it grows.

Both databases lie in one cluster, so one base backup has them at one moment, and replaying the streamed log brings them
to the last commit before the loss. A dump taken once a day would forget seats that were bought after it; here nothing
that was committed is forgotten but what the last milliseconds before the loss had not sent yet.

Keys are no part of it: whoever finds a backup reads names, and nothing that is sealed. They are saved apart. What
sealer and signer remember is: `public` holds it.
"""

import fcntl
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from deployments.stack import postgres, public, sealing
from deployments.stack.ground import CannotStart, env_text, write_private
from deployments.stack.keys import of_the_environment
from deployments.stack.postgres import Home
from tasks.archiving import SLOT
from tasks.clock import now
from tasks.settings import Location

_BASE_S = 3600
_NAMED = "base-%Y%m%dT%H%M%SZ"
_IS_BASE = re.compile(r"base-[0-9]{8}T[0-9]{6}Z")
"""After the moment a base backup was whole; from then on each moment can be reached with it."""


@dataclass(frozen=True, slots=True)
class Archive:
    """Where backups of one cluster lie, better on another disk or machine."""

    folder: Path

    @property
    def log(self) -> Path:
        """The write-ahead log as it was streamed, one file for 16 MB."""
        return self.folder / "wal"

    @property
    def public(self) -> Path:
        """What sealer and signer remember; no key of theirs."""
        return self.folder / "public"

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Keep everybody else from changing the bases, as long as it lasts."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def bases(self) -> list[Path]:
        """Return the base backups that are whole, the oldest first."""
        named = (path for path in self.folder.glob("base-*") if _IS_BASE.fullmatch(path.name))
        return sorted(path for path in named if (path / "backup_manifest").exists())

    @property
    def has_log(self) -> bool:
        """Whether anything was streamed here."""
        return self.log.exists() and any(self.log.iterdir())

    def put_aside(self) -> None:
        """Begin anew: what does not join what comes is kept beside it."""
        aside = self.folder / f"before-{now():%Y%m%dT%H%M%SZ}"
        aside.mkdir(parents=True, mode=0o700)
        for each in (*self.bases(), self.log, self.public):
            if each.exists():
                each.rename(aside / each.name)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, as its own programs reach it."""

    place: Home
    port: int
    password: str

    def command(self, program: str, *words: str) -> list[str]:
        """Return a command of PostgreSQL that connects to the server; the password stays out of it."""
        passwords = self.place.folder / "archive.pgpass"
        write_private(passwords, f"127.0.0.1:{self.port}:*:postgres:{self.password}\n")
        libraries = postgres.environment(self.place)["LD_LIBRARY_PATH"]
        return [
            "env", f"LD_LIBRARY_PATH={libraries}", f"PGPASSFILE={passwords}", str(self.place.programs / program),
            "--host=127.0.0.1", f"--port={self.port}", "--username=postgres", "--no-password", *words,
        ]  # fmt: skip

    def stream(self, archive: Archive) -> list[str]:
        """Make what streaming needs, and return the command that streams until it is ended."""
        if not self._goes_on(archive):
            archive.put_aside()
            self.keeps_nothing()
        archive.log.mkdir(parents=True, exist_ok=True, mode=0o700)
        place = [f"--directory={archive.log}", f"--slot={SLOT}"]
        _run(self.command("pg_receivewal", *place, "--create-slot", "--if-not-exists"), "stream the log")
        return self.command("pg_receivewal", *place, "--synchronous", "--no-loop")

    def _goes_on(self, archive: Archive) -> bool:
        """
        Return whether the log that is streamed joins what lies in the archive.

        It does while the server has kept what was not streamed yet, and writes on the timeline of the newest base.
        """
        query = (
            "SELECT timeline_id, (SELECT coalesce(wal_status, 'new') FROM pg_replication_slots "
            "WHERE slot_name = %s) "
            "FROM pg_control_checkpoint()"
        )
        with self._connected() as connection:
            timeline, kept = connection.execute(query, (SLOT,)).fetchone() or (None, None)
        bases = archive.bases()
        if kept is None:
            return not bases and not archive.has_log
        return kept != "lost" and (not bases or _timeline_of(bases[-1]) == timeline)

    def keeps_nothing(self) -> bool:
        """Drop the slot of an archive that is no longer kept, which would hold the log back; return whether one was."""
        query = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s"
        with self._connected() as connection:
            return connection.execute(query, (SLOT,)).fetchone() is not None

    def _connected(self) -> psycopg.Connection[tuple[Any, ...]]:
        address = f"host=127.0.0.1 port={self.port} user=postgres password={self.password} dbname=postgres"
        return psycopg.connect(address, autocommit=True)

    def back_up(self, archive: Archive, *, var: Path | None = None) -> Path:
        """
        Make a base backup of the running server and check it; return its folder.

        Of the stack in a state folder what its sealer and signer remember goes with it.

        Raises:
            CannotStart: it could not be made, or does not match its own manifest; a half-made one is taken away.
        """
        with archive.changing():
            part = archive.folder / "making"
            shutil.rmtree(part, ignore_errors=True)
            try:
                _run(
                    self.command(
                        "pg_basebackup", f"--pgdata={part}", "--wal-method=stream", "--checkpoint=fast",
                        "--manifest-checksums=SHA256",
                    ),
                    "back the databases up",
                )  # fmt: skip
                if var is not None:
                    # At once: a seal made later would be over events the backup does not have.
                    public.keep(var, archive.public)
                self.verify(part)
            except BaseException:
                shutil.rmtree(part, ignore_errors=True)
                raise
            base = archive.folder / now().strftime(_NAMED)
            part.rename(base)
        return base

    def verify(self, base: Path) -> None:
        """
        Check a base backup against its manifest.

        Raises:
            CannotStart: it does not match.
        """
        _verify(self.place, base)

    def forget_log_before(self, base: Path, archive: Archive) -> None:
        """
        Take away the log that only a base before this one would need.

        Raises:
            CannotStart: it could not be taken away.
        """
        label = _STARTS_IN.search((base / "backup_label").read_text())
        if label is None:
            raise CannotStart(f"{base} does not say where its log begins; make a new backup with `homeward backup`.")
        libraries = postgres.environment(self.place)["LD_LIBRARY_PATH"]
        program = str(self.place.programs / "pg_archivecleanup")
        _run(["env", f"LD_LIBRARY_PATH={libraries}", program, str(archive.log), label[1]], "prune the log")


def made_at(base: Path) -> datetime:
    """Return when a base backup was whole."""
    return datetime.strptime(base.name, _NAMED).replace(tzinfo=UTC)


def restore(place: Home, archive: Archive, *, replace: bool, at: datetime | None = None) -> Path:
    """
    Put the newest base backup in the place of the cluster, ready to replay the log at its next start; return which.

    What lies there now is moved aside, and the archive begins anew: the restored cluster writes another log. With a
    moment the log is replayed up to it, from the newest base before it, and the archive stays as it is.

    Raises:
        CannotStart: there is no whole backup, it was changed, or a cluster is there and may not be replaced.
    """
    base = _beginning(archive, at)
    if place.data.exists() and not replace:
        raise CannotStart(f"There is a database in {place.data}; add --replace to move it aside.")
    postgres.unpack(place)
    postgres.stop_leftover(place)
    _verify(place, base)
    today = f"{now():%Y%m%dT%H%M%SZ}"
    log = place.folder / f"wal-restored-{today}"
    log.mkdir(mode=0o700)
    if archive.log.exists():
        for segment in archive.log.iterdir():
            # The last one was being written; it holds what was committed last.
            shutil.copy(segment, log / segment.name.removesuffix(".partial"))
    # Beside its place, and moved there whole: interrupted, it never is a database that begins without what came later.
    part = place.restoring
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(base, part)
    part.chmod(0o700)
    with (part / "postgresql.auto.conf").open("a") as configuration:
        configuration.write(f'restore_command = \'cp "{log}/%f" "%p"\'\n')
        if at is not None:
            configuration.write(f"recovery_target_time = '{at.isoformat()}'\nrecovery_target_action = 'promote'\n")
    (part / "recovery.signal").touch()
    if place.account is not None:
        for path in (part, log):
            for each in (path, *path.rglob("*")):
                shutil.chown(each, place.account.pw_uid, place.account.pw_gid)
    place.looked_back.unlink(missing_ok=True)
    if at is not None:
        place.looked_back.write_text(at.isoformat())
    if place.data.exists():
        place.data.rename(place.folder / f"data-before-{today}")
    (place.folder / "initialised").touch()
    part.rename(place.data)
    if at is not None:
        return base
    done = archive.folder / f"restored-{today}"
    done.mkdir(mode=0o700)
    for each in (*archive.bases(), archive.log, archive.public):
        if each.exists():
            each.rename(done / each.name)
    return done / base.name


def _beginning(archive: Archive, at: datetime | None) -> Path:
    """Return the base backup a restore begins with: the newest, or the newest before a moment."""
    bases = archive.bases()
    if not bases:
        raise CannotStart(f"There is no whole backup in {archive.folder}; name the folder `homeward backup` wrote to.")
    before = [base for base in bases if at is None or made_at(base) <= at]
    if not before:
        first = made_at(bases[0]).isoformat()
        raise CannotStart(f"The first backup in {archive.folder} is of {first}; name a moment after it.")
    return before[-1]


def save_keys(where: Location, file: Path) -> None:
    """
    Write every key of the stack to one file, readable by its owner only.

    Raises:
        CannotStart: the file is there already.
    """
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        # A line of the environment's own goes behind, and so before the one that was made.
        secrets = where.secrets_file.read_bytes() + env_text(of_the_environment()).encode()
        entry = tarfile.TarInfo(_SECRETS)
        entry.size, entry.mode = len(secrets), 0o600
        tar.addfile(entry, io.BytesIO(secrets))
        for name, place in _KEPT.items():
            if place(where.var).folder.exists():
                tar.add(place(where.var).folder, name)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CannotStart(f"{file} is there already; keys are never written over, name another file.") from None
    with os.fdopen(descriptor, "wb") as out:
        out.write(packed.getvalue())


def bring_keys(where: Location, file: Path) -> None:
    """
    Put saved keys in the place of a stack that has none.

    Raises:
        CannotStart: there are keys already, or the file holds none.
    """
    if where.secrets_file.exists():
        raise CannotStart(f"There are keys in {where.var} already; leave --keys out, or move them away first.")
    try:
        with tarfile.open(file) as tar:
            saved = {member.name: held.read() for member in tar if (held := tar.extractfile(member)) is not None}
    except (OSError, tarfile.TarError):
        saved = {}
    if _SECRETS not in saved or not all(_is_kept(name) for name in saved):
        raise CannotStart(f"{file} holds no keys of a stack; name the file `homeward backup --keys` wrote.")
    # The secrets last: a stack that has them has all of it.
    for name in sorted(saved, key=lambda each: each == _SECRETS):
        if name == _SECRETS:
            write_private(where.secrets_file, saved[name].decode())
        else:
            kind, _, inside = name.partition("/")
            _bring(_KEPT[kind](where.var), inside, saved[name])


_SECRETS = "secrets.env"
_STARTS_IN = re.compile(r"^START WAL LOCATION: \S+ \(file ([0-9A-F]{24})\)$", re.MULTILINE)


def _is_kept(name: str) -> bool:
    """Return whether a name in a file of keys is one that is saved, and leads nowhere else."""
    kind, _, inside = name.partition("/")
    return name == _SECRETS or (kind in _KEPT and inside != "" and ".." not in Path(inside).parts)


def _bring(place: sealing.Place, inside: str, content: bytes) -> None:
    """Write one file of a process that has an account of its own, so that it finds it as it left it."""
    target = place.folder / inside
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    target.touch(mode=0o600)
    target.write_bytes(content)
    if place.account is not None:
        for path in (target, *target.parents):
            if path.is_relative_to(place.folder):
                shutil.chown(path, place.account)


_KEPT = {"sealer": sealing.place, "signer": sealing.signer_place}


def _timeline_of(base: Path) -> int:
    """Return on which timeline of the log a base backup was made."""
    ranges: list[dict[str, Any]] = json.loads((base / "backup_manifest").read_text())["WAL-Ranges"]
    return int(ranges[-1]["Timeline"])


def _verify(place: Home, base: Path) -> None:
    command = [str(place.programs / "pg_verifybackup"), "--quiet", "--no-parse-wal", str(base)]
    _run(["env", f"LD_LIBRARY_PATH={postgres.environment(place)['LD_LIBRARY_PATH']}", *command], "check the backup")


def _run(command: list[str], purpose: str) -> None:
    try:
        subprocess.run(command, capture_output=True, text=True, check=True, timeout=_BASE_S)
    except subprocess.CalledProcessError as failed:
        last = (failed.stderr or failed.stdout or "no message").strip().splitlines()[-1]
        raise CannotStart(f"Could not {purpose}: {last}") from None
