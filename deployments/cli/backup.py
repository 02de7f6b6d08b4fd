"""`homeward backup` and `homeward restore`: the databases of the embedded stack, and its keys apart from them."""

from pathlib import Path
from typing import Annotated

import typer

from deployments.cli.terminal import BAD_INPUT, AsJson, clear, fail, moment, show
from tasks.clock import now
from tasks.settings import Location

_STARTED_ELSEWHERE = (
    "The databases are not in this stack; back them up with the means of the PostgreSQL server they are on."
)


def _why(refused: Exception) -> str:
    if isinstance(refused, OSError):
        return f"{refused.filename} cannot be used: {refused.strerror}; name another place."
    return str(refused)


@clear
def backup(
    to: Annotated[Path | None, typer.Option(help="Folder of the backups; else HOMEWARD_BACKUP_DIR.")] = None,
    keys: Annotated[Path | None, typer.Option(help="Write the stack's keys to this file instead.")] = None,
    as_json: AsJson = False,
) -> None:
    """Back up both databases as they are at one moment, while the stack runs; or, apart from them, the keys."""
    from deployments.stack import backup as backups  # noqa: PLC0415 - brings the database's programs
    from deployments.stack import postgres  # noqa: PLC0415
    from deployments.stack.ground import BackupSettings, CannotStart, read_env  # noqa: PLC0415

    where = Location()
    secrets, addresses = read_env(where.secrets_file), read_env(where.stack_file)
    if not secrets:
        fail(f"There is no stack in {where.var}; start one with `homeward up`.", BAD_INPUT)
    try:
        if keys is not None:
            backups.save_keys(where, keys)
            words = f"The keys are in {keys}. Keep them apart from the backups: together they open everything."
            show({"keys": str(keys)}, as_json=as_json, words=words)
            return
        folder = to or BackupSettings().backup_dir
        if folder is None:
            fail("Say where the backup goes: --to FOLDER, or HOMEWARD_BACKUP_DIR.", BAD_INPUT)
        if "POSTGRES_PORT" not in addresses:
            fail(_STARTED_ELSEWHERE, BAD_INPUT)
        server = backups.Server(
            postgres.home(where.var), int(addresses["POSTGRES_PORT"]), secrets["POSTGRES_SUPERUSER_PASSWORD"]
        )
        base = server.back_up(backups.Archive(folder), var=where.var)
    except (CannotStart, OSError) as refused:
        fail(_why(refused), BAD_INPUT)
    show({"base": str(base)}, as_json=as_json, words=f"Both databases are backed up in {base}, without any key.")


@clear
def restore(
    archive: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of the backups.")],
    keys: Annotated[
        Path | None, typer.Option(help="The file `homeward backup --keys` wrote, on a new machine.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Move the databases that are there aside.")] = False,
    at: Annotated[
        str | None, typer.Option(metavar="MOMENT", help="Replay no further than this, RFC 3339; to look at what was.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Put the newest backup in place, to replay at the next `homeward up` what was archived after it."""
    from deployments.stack import backup as backups  # noqa: PLC0415
    from deployments.stack import postgres, public  # noqa: PLC0415
    from deployments.stack.ground import CannotStart, prepare  # noqa: PLC0415
    from deployments.stack.supervisor import running  # noqa: PLC0415

    where, moment_of = Location(), None if at is None else moment(at)
    if moment_of is not None and moment_of >= now():
        fail("That moment has not come; give --at an earlier one.", BAD_INPUT)
    if running(where) is not None:
        fail(f"A stack runs in {where.var}; stop it with `homeward down` first.", BAD_INPUT)
    try:
        prepare(where)
        if keys is not None:
            backups.bring_keys(where, keys)
        if not where.secrets_file.exists():
            fail("Without its keys nothing sealed in a backup opens again; give --keys FILE.", BAD_INPUT)
        if moment_of is None:
            public.bring(where.var, backups.Archive(archive).public)
        base = backups.restore(postgres.home(where.var), backups.Archive(archive), replace=replace, at=moment_of)
    except (CannotStart, OSError) as refused:
        fail(_why(refused), BAD_INPUT)
    start = "start with `homeward up`" if moment_of is None else "look with `homeward up --enrol`"
    until = "" if moment_of is None else f", up to {moment_of.to_iso8601_string()}"
    words = f"{base.name} is in place; {start}, which replays what was archived after it{until}."
    show({"base": str(base)}, as_json=as_json, words=words)
