"""`homeward case export`: a case as one archive that can be checked without us."""

from pathlib import Path
from typing import Annotated

import typer

from deployments.cli.terminal import AsJson, Reference, clear, on_duty, show
from models.officer import Duty
from tasks import archive


@clear
def export(
    reference: Reference,
    to: Annotated[Path, typer.Option(metavar="FILE.zip", help="The archive; it must not exist yet.")],
    as_json: AsJson = False,
) -> None:
    """Write everything about a case into one archive; `python -I verify.py` in it checks it without us."""
    officer = on_duty(Duty.run_the_case)
    made = archive.export(reference, to, officer=officer)
    facts = {"file": str(made.file), "members": made.members, "sealed_to": made.sealed_to, "key": made.public_key}
    words = (
        f"{made.file}: {made.members} files, sealed up to event {made.sealed_to}.\nThe sealer's key: {made.public_key}"
    )
    show(facts, as_json=as_json, words=words)
