"""The ground the stack stands on: where its state lies, which ports it takes, what must be true before it starts."""

import os
import shutil
import socket
from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from deployments.worker.settings import WorkerSettings
from models.policy import PolicyInvalid
from tasks import policy
from tasks.settings import Location, SettingsUnusable, one_sentence, openid, purpose

LEAST_FREE_BYTES = 1 * 2**30
"""Room PostgreSQL, its write-ahead log and the papers of some thousand cases need."""


class CannotStart(Exception):
    """The stack cannot start; the text is one clear line that says what to do."""


Port = Annotated[int, Field(ge=0, le=65535)]


class Ports(BaseSettings):
    """Ports on 127.0.0.1; 0 takes a free one and keeps it for the next start."""

    model_config = SettingsConfigDict(env_prefix="HOMEWARD_")

    prefect_port: Port = 4200
    desk_port: Port = 4201
    sandbox_port: Port = 4202
    sandbox_control_port: Port = 4203
    postgres_port: Port = 4204
    metrics_port: Port = 4205


class EngineSettings(BaseSettings):
    """How many API servers the embedded stack starts."""

    model_config = SettingsConfigDict(env_prefix="HOMEWARD_")

    servers: int = Field(default=1, ge=1, le=16)
    """With more than one there are also Redis, a proxy, and a process of its own for background services."""


class BackupSettings(BaseSettings):
    """Whether the embedded stack keeps an archive, and how much of it."""

    model_config = SettingsConfigDict(env_prefix="HOMEWARD_")

    backup_dir: Path | None = None
    """Where base backups and the streamed log go; None: `homeward backup --to` alone, and no log."""
    backup_days: int = Field(default=30, ge=1, le=3650)
    """How far back a restore may reach; what only an earlier moment would need is pruned."""


class Rules(BaseSettings):
    """The policy the stack would start under, read before anything else is."""

    model_config = SettingsConfigDict(env_prefix="HOMEWARD_")

    policy_file: Path = policy.DEFAULT


def prepare(where: Location) -> None:
    """
    Make the state directories, closed to others, and check the machine and what is set around it.

    Raises:
        CannotStart: no room, a place that cannot be written, or a setting nobody can use.
    """
    _refuse_odd_surroundings()
    try:
        for folder in (where.var, where.var / "logs", where.var / "run"):
            folder.mkdir(parents=True, exist_ok=True)
        where.var.chmod(0o711)
        for name in ("logs", "run"):
            (where.var / name).chmod(0o700)
    except OSError as failed:
        raise CannotStart(
            f"{where.var} cannot be written ({failed.strerror}); set HOMEWARD_VAR to a place that can."
        ) from None
    free = shutil.disk_usage(where.var).free
    if free < LEAST_FREE_BYTES:
        raise CannotStart(
            f"Only {free // 2**20} MiB are free at {where.var}; free at least {LEAST_FREE_BYTES // 2**20} MiB."
        )


def _refuse_odd_surroundings() -> None:
    """Refuse what would end one process after another once they are started; secrets and addresses are made later."""
    try:
        (
            Ports(),
            EngineSettings(),
            BackupSettings(),
            WorkerSettings(),
            purpose(),
            openid(),
            policy.stated_in(Rules().policy_file),
        )
    except (SettingsUnusable, PolicyInvalid) as unusable:
        raise CannotStart(str(unusable)) from None
    except ValueError as unusable:
        raise CannotStart(f"{one_sentence(unusable)}; correct it in the environment, as HOMEWARD_…") from None


def take_port(wanted: int, name: str, *, before: int | None = None) -> int:
    """
    Return a port on 127.0.0.1 that is free now.

    `before` is the port taken last time, preferred when any free one will do.

    Raises:
        CannotStart: the port wanted is in use.
    """
    if wanted == 0:
        if before is not None and _is_free(before):
            return before
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return int(probe.getsockname()[1])
    if not _is_free(wanted):
        variable = f"HOMEWARD_{name.upper()}_PORT"
        raise CannotStart(f"Port {wanted} for the {name.replace('_', ' ')} is in use; free it or set {variable}.")
    return wanted


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    part = path.with_name(path.name + ".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def read_env(path: Path) -> dict[str, str]:
    """Return the variables of a file of `NAME=value` lines; an absent file has none."""
    if not path.exists():
        return {}
    lines = (line.partition("=") for line in path.read_text().splitlines() if "=" in line)
    return {name: value.strip("'") for name, _, value in lines}


def env_text(variables: dict[str, str]) -> str:
    """Return variables as a file both a shell and the settings read."""
    return "".join(f"{name}='{value}'\n" for name, value in variables.items())
