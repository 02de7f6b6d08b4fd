"""Links: a paper shows in the engine as an address at the desk, where whoever opens it must sign in."""

from prefect.artifacts import create_link_artifact

from models.paper import PaperKind
from tasks.paperwork import address


def show(reference: str, kind: PaperKind) -> None:
    """Put a link to a paper beside the run; the address never changes, the paper behind it may."""
    create_link_artifact(
        key=f"{reference}-{kind.value}".lower(),
        link=address(reference, kind),
        link_text=f"{reference} {kind.value}",
        description="Opens at the desk after signing in.",
    )
