"""`homeward report situation`: where everybody is now, and what has changed since the report before."""

from pathlib import Path
from typing import Annotated

import typer

from deployments.cli.terminal import BAD_INPUT, AsJson, clear, fail, on_duty, show
from models.officer import Duty
from tasks import situation as reports
from tasks.papers.situation_report import difference

app = typer.Typer(no_args_is_help=True, help="Reports about all cases together.")


@app.callback()
def _reports() -> None:
    """Keep `situation` a command of its own."""


@app.command()
@clear
def situation(
    save: Annotated[Path | None, typer.Option(help="Where the PDF goes; a file that is there stays.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a situation report now, as the clock does at 08:00 and 18:00 in Seoul."""
    officer = on_duty(Duty.look_at_cases)
    try:
        if save is not None and save.exists():
            fail(f"{save} is there already; name another file.", BAD_INPUT)
        if save is not None and not save.parent.is_dir():
            fail(f"{save.parent} is no folder; make it first, or name another file.", BAD_INPUT)
    except OSError as failed:
        fail(f"{save} cannot be used ({failed.strerror}); name another file.", BAD_INPUT)
    made = reports.make(by=officer.number)
    words = difference(made.said, made.before)
    if save is not None:
        try:
            save.write_bytes(reports.pdf(made.number, reader=officer) or b"")
        except OSError as failed:
            fail(f"{save} cannot be written ({type(failed).__name__}); {made.name} is kept at the desk.", BAD_INPUT)
    facts = {
        "report": made.name, "made_at": made.made_at.to_iso8601_string(), "under_way": made.said.under_way,
        "difference": {"ko": words.ko, "en": words.en}, "file": str(save) if save else None,
        "changes": {change.kind: change.count for change in made.changes},
    }  # fmt: skip
    saved = f" Saved as {save}." if save else " Save it with --save FILE, or open it at the desk."
    show(facts, as_json=as_json, words=f"{made.name}. {words.en}.{saved}")
