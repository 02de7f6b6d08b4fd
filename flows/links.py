"""Links: a paper shows in the engine as an address at the desk, where whoever opens it must sign in."""

from uuid import UUID

from prefect import runtime

from models.paper import PaperKind
from tasks import engine
from tasks.paperwork import address


def show(reference: str, kind: PaperKind) -> None:
    """Put a link to a paper beside the run; the address never changes, the paper behind it may."""
    engine.show_link(
        UUID(str(runtime.flow_run.id)),
        key=f"{reference}-{kind.value}".lower(),
        link=address(reference, kind),
        words=f"{reference} {kind.value}",
    )
