"""`homeward signer …`: the keys that seal and sign travel documents."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, ParamSpec, TypeVar

import typer

from deployments.cli.terminal import BAD_INPUT, REFUSED, AsJson, clear, fail, show, table
from deployments.signer import ceremony
from deployments.signer.folder import Folder, FolderUnusable, read_folder
from deployments.stack import sealing
from tasks.clock import now
from tasks.settings import Location, Mode, purpose

app = typer.Typer(no_args_is_help=True, help="The keys that seal and sign travel documents.")

P = ParamSpec("P")
R = TypeVar("R")

Place = Annotated[
    Path | None, typer.Option("--folder", metavar="DIR", help="The signer's folder; else the embedded stack's.")
]


def _clear(command: Callable[P, R]) -> Callable[P, R]:
    """Make a ceremony answer what goes wrong in the folder with one sentence."""

    @wraps(command)
    def cleared(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except FolderUnusable as unusable:
            fail(f"The signer's folder cannot be used: {unusable}.", REFUSED)
        except OSError as failed:
            fail(f"The folder cannot be used ({failed.strerror}); give another, or become who owns it.", BAD_INPUT)

    return clear(cleared)


@app.command()
@_clear
def init(folder: Place = None, as_json: AsJson = False) -> None:
    """Make a specimen authority, its signers and its revocation list; in a drill only."""
    path = _drill_folder(folder)
    _show(ceremony.begin(path, at=now()), as_json=as_json)


@app.command()
@_clear
def renew(
    folder: Place = None,
    list_only: Annotated[bool, typer.Option("--list-only", help="The revocation list alone.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make new signers and a new revocation list; old certificates stay, old keys are destroyed; in a drill only."""
    path = _drill_folder(folder)
    make = ceremony.renew_list if list_only else ceremony.renew
    _show(make(path, at=now()), as_json=as_json)


@app.command()
@_clear
def revoke(
    serial: Annotated[str, typer.Argument(metavar="SERIAL", help="Serial number, as `homeward signer list` shows it.")],
    folder: Place = None,
    as_json: AsJson = False,
) -> None:
    """Revoke a signer: nothing it signed holds any more; in a drill only."""
    path = _drill_folder(folder)
    _show(ceremony.revoke(path, serial, at=now()), as_json=as_json)


@app.command("list")
@_clear
def list_(folder: Place = None, as_json: AsJson = False) -> None:
    """List the signers: what each signs, until when, and what must be done soon."""
    _show(_read(folder), as_json=as_json)


@app.command()
@_clear
def trust(
    to: Annotated[Path, typer.Option(help="Folder the certificates and the list are written to.")],
    folder: Place = None,
    as_json: AsJson = False,
) -> None:
    """Write what `homeward documents verify --trust` needs: certificates and the revocation list, nothing secret."""
    files = [str(file) for file in ceremony.export(_read(folder), to)]
    show(files, as_json=as_json, words="\n".join(files))


def _drill_folder(folder: Path | None) -> Path:
    path = _path(folder)
    if purpose() is Mode.live:
        fail(
            f"In live mode the ministry's authority makes keys, certificates and lists; put them into {path} by name.",
            BAD_INPUT,
        )
    return path


def _path(folder: Path | None) -> Path:
    return folder or sealing.signer_place(Location().var).folder


def _read(folder: Path | None) -> Folder:
    return read_folder(_path(folder), drill=purpose() is Mode.drill)


def _show(folder: Folder, *, as_json: bool) -> None:
    at = now()
    rows = table("Serial", "Signs", "From", "Until", "Certificate until", "State")
    facts = []
    for held in folder.held:
        certificate = held.certificate
        begins, ends = certificate.not_valid_before_utc.date(), certificate.not_valid_after_utc.date()
        state = folder.state(held, at=at).value
        rows.add_row(held.serial, held.use.value, str(begins), str(held.signs_until.date()), str(ends), state)
        facts.append(
            {
                "serial": held.serial,
                "signs": held.use.value,
                "from": begins,
                "signs_until": held.signs_until.date(),
                "certificate_until": ends,
                "state": state,
            }
        )
    warnings = folder.warnings(at=at)
    show({"folder": folder.path, "signers": facts, "warnings": warnings}, as_json=as_json, words=rows)
    for warning in warnings:
        typer.echo(warning, err=True)
