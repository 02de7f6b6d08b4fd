"""Possible duplicates at the desk: two cases beside each other, and the merge an officer makes of them or undoes."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from deployments.desk import language
from deployments.desk.pages import go_to, page
from deployments.desk.session import OwnForm, SignedIn, on_duty
from models.difference import marked
from models.officer import Duty, Officer
from tasks import case_file, doorbell, duplicates, engine, merging

router = APIRouter(prefix="/duplicates")


@router.get("")
def possible(request: Request, officer: SignedIn) -> Response:
    """List open cases that may be of one person, and merges that stand."""
    on_duty(officer, Duty.run_the_case)
    return page(request, "duplicates.html", pairs=duplicates.proposed(), merged=merging.standing())


@router.get("/{reference}/{other}")
def beside(request: Request, reference: str, other: str, officer: SignedIn) -> Response:
    """Show two cases beside each other, with what differs marked; both readings are audited."""
    on_duty(officer, Duty.run_the_case)
    return _beside(request, reference, other, officer)


@router.post("/{reference}/{other}", dependencies=[OwnForm])
def merge(
    request: Request, reference: str, other: str, officer: SignedIn, reason: Annotated[str, Form()] = ""
) -> Response:
    """Let the facts of the second case count for the first."""
    on_duty(officer, Duty.run_the_case)
    if not reason.strip():
        return _beside(request, reference, other, officer, refused="Say in a few words why they are one person.")
    try:
        running = merging.merge(reference, other, reason=reason, officer=officer.number)
    except case_file.Refused as refused:
        return _beside(request, reference, other, officer, refused=str(refused))
    if running is not None:
        # Its run wakes, finds that the case is merged, and ends.
        engine.ring(running)
    doorbell.wake(reference)
    return go_to("/duplicates")


@router.post("/{reference}", dependencies=[OwnForm])
def unmerge(reference: str, officer: SignedIn) -> Response:
    """Let a merged case be one of its own again; a journey it had begun begins again."""
    on_duty(officer, Duty.run_the_case)
    kept, had_journey = merging.unmerge(reference, officer=officer.number)
    doorbell.wake(kept)
    if had_journey:
        doorbell.start(reference)
    return go_to("/duplicates")


def _beside(request: Request, reference: str, other: str, officer: Officer, *, refused: str = "") -> Response:
    kept, dropped = merging.side_by_side(reference, other, reader=officer.number)
    tell = language.teller(language.of(request))
    # A name is compared letter by letter, as it was written.
    said = [
        {caption: fact if caption == "Name" else tell(fact) for caption, fact in each.facts.items()}
        for each in (kept, dropped)
    ]
    rows = [(caption, marked(said[0][caption], said[1][caption])) for caption in kept.facts]
    return page(
        request, "duplicate.html", status=409 if refused else 200, kept=kept, dropped=dropped, rows=rows,
        refused=refused,
    )  # fmt: skip
