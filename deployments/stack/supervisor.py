"""The supervisor: starts the stack in order, keeps it running, and ends it whole."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType
from typing import IO

from deployments import migrations
from deployments.signer import ceremony
from deployments.signer.folder import AUTHORITY
from deployments.stack import card, cluster, postgres, sealing, services
from deployments.stack.backup import Archive, Server
from deployments.stack.ground import (
    BackupSettings,
    CannotStart,
    EngineSettings,
    Ports,
    env_text,
    prepare,
    read_env,
    take_port,
    write_private,
)
from deployments.stack.keys import secret_variables
from deployments.stack.processes import Child, end_leftovers, is_running, start_ticks_of_self
from deployments.worker.settings import worker_settings
from models.policy import PolicyInvalid
from tasks import meters, policy
from tasks.clock import now
from tasks.settings import Location, Mode, purpose

PARTNERS = (
    "registry", "lookouts", "airline", "document_check", "carrier_desk", "host_authority", "border_control",
    "treasury", "receiving_agency",
)  # fmt: skip
"""Partners the sandbox stands in for, unless the environment names an address."""

_RESTART_AFTER_S = (1, 2, 5, 15, 30)
_STEADY_AFTER_S = 60.0
"""Who lived longer did not fail again: the pause is the shortest."""
_WATCH_S = 0.5

Progress = Callable[[str], None]


@dataclass
class Stack:
    """The running stack: its state folder, its variables, and its children in the order they were started."""

    where: Location
    progress: Progress
    only_enrols: bool = False
    """Start what adding officers needs and nothing else."""
    variables: dict[str, str] = field(default_factory=dict)
    children: dict[str, Child] = field(default_factory=dict)
    commands: dict[str, list[str]] = field(default_factory=dict)
    several: cluster.Cluster | None = None
    """The engine on several servers; None with one, or where it is elsewhere."""
    _failures: dict[str, int] = field(default_factory=dict)
    _restart_at: dict[str, float] = field(default_factory=dict)
    _began_at: dict[str, float] = field(default_factory=dict)

    def start(self) -> None:
        """
        Start everything that the environment does not replace, in order.

        Raises:
            CannotStart: one clear line.
        """
        for name in end_leftovers(self.where.var / "run"):
            meters.ended(self.where.var, name)
            self.progress(f"ended the {name} of a stack that was killed")
        before, secrets, ports = read_env(self.where.stack_file), secret_variables(self.where), Ports()
        self._choose_addresses(before, secrets, ports)
        write_private(self.where.stack_file, env_text(self.variables))
        self.variables |= {**secrets, "HOMEWARD_VAR": str(self.where.var)}
        self._start_postgres(secrets)
        self._start_engine(secrets)
        self._start_sandbox()
        self._start_sealer()
        self._migrate()
        if self.only_enrols:
            return
        self._refuse_unworkable()
        self._start_signer()
        self._start_desk()
        self._wait_ready()

    def _choose_addresses(self, before: dict[str, str], secrets: dict[str, str], ports: Ports) -> None:
        def port(name: str, wanted: int) -> str:
            variable = f"{name.upper()}_PORT"
            taken = take_port(wanted, name, before=int(before[variable]) if variable in before else None)
            self.variables[variable] = str(taken)
            return f"127.0.0.1:{taken}"

        if not {"HOMEWARD_DATABASE_URL", "PREFECT_API_URL"} <= os.environ.keys():
            self._address_databases(port("postgres", ports.postgres_port), secrets)
        if "PREFECT_API_URL" not in os.environ:
            self._address_engine(port("prefect", ports.prefect_port), secrets)
            if (servers := EngineSettings().servers) > 1:
                cluster.refuse_without_programs()
                for name in ("redis", *(f"prefect_{number}" for number in range(1, servers + 1))):
                    port(name, 0)
                self.several = cluster.Cluster(
                    proxy=int(self.variables["PREFECT_PORT"]),
                    servers=tuple(int(self.variables[f"PREFECT_{number}_PORT"]) for number in range(1, servers + 1)),
                    redis=int(self.variables["REDIS_PORT"]),
                    folder=self.where.var / "cluster",
                )
        if partners := [name for name in PARTNERS if f"HOMEWARD_{name.upper()}_URL" not in os.environ]:
            self._address_partners(port("sandbox", ports.sandbox_port), partners)
            port("sandbox_control", ports.sandbox_control_port)
        if "HOMEWARD_SEALER_SOCKET" not in os.environ:
            self.variables["HOMEWARD_SEALER_SOCKET"] = str(sealing.place(self.where.var).socket)
        if "HOMEWARD_SIGNER_SOCKET" not in os.environ:
            self.variables["HOMEWARD_SIGNER_SOCKET"] = str(sealing.signer_place(self.where.var).socket)
        port("metrics", ports.metrics_port)
        desk = port("desk", ports.desk_port)
        if "HOMEWARD_DESK_URL" not in os.environ:
            self.variables["HOMEWARD_DESK_URL"] = f"http://{desk}"

    def _address_databases(self, address: str, secrets: dict[str, str]) -> None:
        if "HOMEWARD_DATABASE_URL" not in os.environ:
            for variable, role in (("HOMEWARD_OWNER_DATABASE_URL", "owner"), ("HOMEWARD_DATABASE_URL", "app")):
                password = secrets[f"POSTGRES_{role.upper()}_PASSWORD"]
                self.variables[variable] = f"postgresql+psycopg://homeward_{role}:{password}@{address}/homeward"
        self.variables["PREFECT_API_DATABASE_CONNECTION_URL"] = (
            f"postgresql+asyncpg://prefect:{secrets['POSTGRES_PREFECT_PASSWORD']}@{address}/prefect"
        )
        # With Prefect's five it opens a connection for each burst anew, and asks the types of the database each time:
        # 102 within 45 s while 72 cases were started (measured 2026-11-28 with 3.8.8).
        self.variables["PREFECT_SERVER_DATABASE_SQLALCHEMY_POOL_SIZE"] = "20"

    def _address_engine(self, address: str, secrets: dict[str, str]) -> None:
        auth = f"admin:{secrets['PREFECT_PASSWORD']}"
        self.variables |= {
            "PREFECT_API_URL": f"http://{address}/api",
            "PREFECT_UI_API_URL": f"http://{address}/api",
            "PREFECT_API_AUTH_STRING": auth,
            "PREFECT_SERVER_API_AUTH_STRING": auth,
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        }

    def _address_partners(self, address: str, partners: list[str]) -> None:
        for partner in partners:
            self.variables[f"HOMEWARD_{partner.upper()}_URL"] = f"http://{address}/{partner.replace('_', '-')}"
            token = "duffel_test_sandbox" if partner == "airline" else "sandbox"
            self.variables[f"HOMEWARD_{partner.upper()}_TOKEN"] = token

    def _start_postgres(self, secrets: dict[str, str]) -> None:
        if "POSTGRES_PORT" not in self.variables:
            self.progress("case database and engine are elsewhere")
            return
        place, port = postgres.home(self.where.var), int(self.variables["POSTGRES_PORT"])
        self.progress("starting PostgreSQL" if place.programs.exists() else "unpacking PostgreSQL")
        postgres.unpack(place)
        if place.looked_back.exists() and not self.only_enrols:
            raise CannotStart(
                f"The databases in {place.folder} are of {place.looked_back.read_text()}, brought back to look at what "
                "was: `homeward up --enrol` shows them, `homeward restore FOLDER --replace` brings the newest."
            )
        postgres.initialise(place, secrets["POSTGRES_SUPERUSER_PASSWORD"])
        child = postgres.start(place, port=port, logs=self.where.var / "logs", run=self.where.var / "run")
        self.children["postgres"] = child
        superuser = postgres.wait_ready(child, port=port, password=secrets["POSTGRES_SUPERUSER_PASSWORD"])
        postgres.make_databases(
            superuser,
            owner=secrets["POSTGRES_OWNER_PASSWORD"],
            application=secrets["POSTGRES_APP_PASSWORD"],
            engine=secrets["POSTGRES_PREFECT_PASSWORD"],
        )
        self.progress("PostgreSQL is ready")
        self._start_archive(Server(place, port, secrets["POSTGRES_SUPERUSER_PASSWORD"]))

    def _start_archive(self, server: Server) -> None:
        folder = BackupSettings().backup_dir
        if self.only_enrols:
            return
        if folder is None:
            if server.keeps_nothing():
                self.progress("what is written is no longer archived: HOMEWARD_BACKUP_DIR is not set")
            return
        archive = Archive(folder.absolute())
        self.variables["HOMEWARD_BACKUP_DIR"] = str(archive.folder)
        # Streamed first, so that there is no gap between a base backup and the log.
        self._start_service("archive", server.stream(archive))
        if not archive.bases():
            server.back_up(archive, var=self.where.var)
        self._start_service("keeper", services.keeper())
        self.progress(f"what is written is archived in {folder}")

    def _start_engine(self, secrets: dict[str, str]) -> None:
        self.variables |= {
            "PREFECT_HOME": str(self.where.var / "prefect"),
            # Runs are heard of at once by other ways; the poll finds what those missed.
            "PREFECT_WORKER_QUERY_SECONDS": "10",
            "DO_NOT_TRACK": "1",
        }
        if self.several is not None:
            self._start_cluster(self.several, secrets["REDIS_PASSWORD"])
        elif "PREFECT_PORT" in self.variables:
            self._start_service("prefect", services.prefect_server(int(self.variables["PREFECT_PORT"])))

    def _start_cluster(self, engine: cluster.Cluster, password: str) -> None:
        self.variables |= engine.variables(password)
        engine.write(password)
        self._start_service("redis", engine.redis_command())
        try:
            services.run(cluster.migrate_command(), {**os.environ, **self.variables})
        except subprocess.SubprocessError:
            raise CannotStart("The engine's database could not be brought to this version of Prefect.") from None
        for number, port in enumerate(engine.servers, start=1):
            self._start_service(f"prefect-{number}", cluster.server_command(port))
            # One after the other: two that meet a new database both write what it must hold, and one ends.
            services.wait_answering(self.children[f"prefect-{number}"], f"http://127.0.0.1:{port}/api/ready")
        self._start_service(cluster.SERVICES, cluster.services_command())
        self._start_service("prefect-proxy", engine.proxy_command())
        self.progress(f"{len(engine.servers)} Prefect servers are ready behind a proxy, with Redis between them")

    def _start_sandbox(self) -> None:
        if "SANDBOX_PORT" not in self.variables:
            self.progress("all partners are elsewhere")
            return
        port, control = int(self.variables["SANDBOX_PORT"]), int(self.variables["SANDBOX_CONTROL_PORT"])
        self._start_service("sandbox", services.sandbox(port, control, self.where.var / "sandbox.sqlite"))

    def _start_sealer(self) -> None:
        if "HOMEWARD_SEALER_SOCKET" not in self.variables:
            self.progress("the sealer is elsewhere")
            return
        place = sealing.place(self.where.var)
        self._start_service("sealer", sealing.command(place))
        self.progress(sealing.words(place))

    def _start_signer(self) -> None:
        if "HOMEWARD_SIGNER_SOCKET" not in self.variables:
            self.progress("the signer is elsewhere")
            return
        place = sealing.signer_place(self.where.var)
        if purpose() is Mode.drill and not (place.folder / AUTHORITY).exists():
            ceremony.begin(place.folder, at=now())
            self.progress("made a specimen authority and the signer's keys")
        self._start_service("signer", sealing.command(place))
        self.progress(sealing.words(place))

    def _migrate(self) -> None:
        owner = os.environ.get("HOMEWARD_OWNER_DATABASE_URL") or self.variables.get("HOMEWARD_OWNER_DATABASE_URL")
        if owner is None:
            self.progress("HOMEWARD_OWNER_DATABASE_URL is not set; the case database is taken as it is")
            return
        migrations.upgrade(owner)
        self.progress("case database is up to date")

    def _refuse_unworkable(self) -> None:
        try:
            policy.refuse_unworkable()
        except PolicyInvalid as invalid:
            raise CannotStart(f"{invalid} {policy.TO_ADD_OFFICERS}") from None

    def _start_desk(self) -> None:
        self._start_service("desk", services.desk(int(self.variables["DESK_PORT"])))
        self._start_service("exporter", services.exporter(int(self.variables["METRICS_PORT"])))

    def _wait_ready(self) -> None:
        if "sandbox" in self.children:
            control = self.variables["SANDBOX_CONTROL_PORT"]
            services.wait_answering(self.children["sandbox"], f"http://127.0.0.1:{control}/health")
            self.progress("sandbox partners are ready")
        if "sealer" in self.children:
            sealing.wait_answering(self.children["sealer"], sealing.place(self.where.var))
        if "signer" in self.children:
            sealing.wait_answering(self.children["signer"], sealing.signer_place(self.where.var))
        services.wait_answering(self.children["desk"], f"http://127.0.0.1:{self.variables['DESK_PORT']}/health")
        self.progress("desk is ready")
        services.wait_answering(self.children["exporter"], f"http://127.0.0.1:{self.variables['METRICS_PORT']}/metrics")
        api = os.environ.get("PREFECT_API_URL") or self.variables["PREFECT_API_URL"]
        auth = os.environ.get("PREFECT_API_AUTH_STRING") or self.variables.get("PREFECT_API_AUTH_STRING")
        services.wait_answering(self.children.get("prefect"), f"{api}/health", auth=auth)
        self.progress("Prefect server is ready")
        services.register(self.where, self.variables)
        workers = worker_settings().workers
        for number in range(1, workers + 1):
            name = "worker" if number == 1 else f"worker-{number}"
            self._start_service(name, services.worker(name))
        self.progress("no worker is started here" if workers == 0 else f"{workers} worker(s) are running")

    def _start_service(self, name: str, command: list[str]) -> None:
        self.commands[name] = command
        self.children[name] = services.start(name, command, self.where, self.variables)
        self._began_at[name] = time.monotonic()

    def watch(self) -> None:
        """Start again, after a growing pause, every child that has ended by itself."""
        for name, child in list(self.children.items()):
            if (code := child.process.poll()) is None:
                continue
            if name not in self._restart_at:
                lived_s = time.monotonic() - self._began_at.get(name, 0.0)
                before = 0 if lived_s > _STEADY_AFTER_S else self._failures.get(name, 0)
                failures = self._failures[name] = before + 1
                pause_s = _RESTART_AFTER_S[min(failures, len(_RESTART_AFTER_S)) - 1]
                self._restart_at[name] = time.monotonic() + pause_s
                meters.ended(self.where.var, name)
                self.progress(f"the {name} ended with code {code}; it is started again in {pause_s} s")
            elif time.monotonic() >= self._restart_at[name]:
                try:
                    self._restart(name)
                except OSError as failed:
                    # A full disk, say: the others go on, and this one is tried again.
                    self._restart_at[name] = time.monotonic() + _RESTART_AFTER_S[-1]
                    self.progress(f"the {name} could not be started again ({failed.strerror}); it is tried again")
                else:
                    del self._restart_at[name]

    def _restart(self, name: str) -> None:
        if name == "postgres":
            place = postgres.home(self.where.var)
            port = int(self.variables["POSTGRES_PORT"])
            run = self.where.var / "run"
            self.children[name] = postgres.start(place, port=port, logs=self.where.var / "logs", run=run)
        else:
            self.children[name] = services.start(name, self.commands[name], self.where, self.variables)
        self._began_at[name] = time.monotonic()
        self.progress(f"the {name} was started again")

    def stop(self) -> None:
        """End every child, the last started first; workers all at once, and each may finish what it works on."""
        for name, child in self.children.items():
            if name.startswith("worker"):
                child.ask_to_end()
        for name, child in reversed(self.children.items()):
            child.stop()
            meters.ended(self.where.var, name)


class _Ended(Exception):
    """A signal asked the stack to end."""


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise _Ended


def take_lock(where: Location) -> IO[str]:
    """
    Return the lock that only one stack in a state folder holds; it is let go when the process ends, however it ends.

    Raises:
        CannotStart: another stack holds it.
    """
    lock = (where.var / "stack.lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CannotStart(f"A stack runs already in {where.var}; stop it with `homeward down`.") from None
    return lock


def run(progress: Progress, *, on_ready: Callable[[Stack], None], only_enrols: bool = False) -> None:
    """
    Run the stack until SIGINT or SIGTERM, then end it whole.

    Raises:
        CannotStart: one clear line; nothing is left running.
    """
    where = Location()
    prepare(where)
    lock = take_lock(where)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    stack = Stack(where, progress, only_enrols)
    record = where.var / "supervisor.json"
    try:
        write_private(record, json.dumps({"pid": os.getpid(), "started": start_ticks_of_self()}))
        stack.start()
        on_ready(stack)
        while True:
            time.sleep(_WATCH_S)
            stack.watch()
    except _Ended:
        progress("stopping")
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        stack.stop()
        record.unlink(missing_ok=True)
        (where.var / "ready").unlink(missing_ok=True)
        lock.close()


def running(where: Location) -> int | None:
    """Return the process id of the stack that runs in a state folder."""
    record = where.var / "supervisor.json"
    try:
        told = json.loads(record.read_text())
    except FileNotFoundError:
        # Never started, or just ended: it takes its record away last.
        return None
    return told["pid"] if is_running(told["pid"], told["started"]) else None


def main() -> None:
    """Run the stack detached: progress goes to the log, readiness to a file."""
    where = Location()

    def log(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    def ready(stack: Stack) -> None:
        write_private(where.var / "ready", card.text(stack.variables))

    try:
        run(log, on_ready=ready)
    except CannotStart as refused:
        write_private(where.var / "refused", str(refused))
        log(str(refused))
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
