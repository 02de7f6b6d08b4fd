"""`homeward case export` and `homeward case erase`: what leaves the house, and what ends in it."""

from pathlib import Path
from typing import Annotated

import typer

from deployments.cli.terminal import BAD_INPUT, AsJson, Reference, clear, fail, on_duty, show
from models.officer import Duty
from models.person import ErasureReason
from tasks import archive, erasure


@clear
def export(
    reference: Reference,
    to: Annotated[Path, typer.Option(metavar="FILE.zip", help="The archive; it must not exist yet.")],
    as_json: AsJson = False,
) -> None:
    """Write everything about a case into one archive; `python -I verify.py` in it checks it without us."""
    officer = on_duty(Duty.run_the_case)
    try:
        made = archive.export(reference, to, officer=officer)
    except OSError as failed:
        fail(f"{to} cannot be written ({failed.strerror}); name another file.", BAD_INPUT)
    facts = {"file": str(made.file), "members": made.members, "sealed_to": made.sealed_to, "key": made.public_key}
    words = (
        f"{made.file}: {made.members} files, sealed up to event {made.sealed_to}.\nThe sealer's key: {made.public_key}"
    )
    show(facts, as_json=as_json, words=words)


@clear
def erase(
    reference: Reference,
    reason: Annotated[ErasureReason, typer.Argument(help="Why.")],
    code: Annotated[str, typer.Option(help="One-time code of the registrar; it signs the erasure and is spent.")],
    as_json: AsJson = False,
) -> None:
    """Erase a person for good once every journey is over: their key is destroyed; the record of what was done stays."""
    officer = on_duty(Duty.erase)
    erasure.erase(reference, reason=reason, officer_number=officer.number, code=code)
    show({"reference": reference, "erased": True}, as_json=as_json, words=f"The person of {reference} is erased.")
