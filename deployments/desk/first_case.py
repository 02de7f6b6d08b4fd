"""The first case: in a drill, a page that leads a newcomer through one synthetic case, step by step."""

from fastapi import APIRouter, HTTPException, Request, Response

from deployments.desk.pages import page
from deployments.desk.session import SignedIn, on_duty
from deployments.drill import example
from models.first_case import Lesson, lessons
from models.officer import Duty, Officer
from tasks import first_case
from tasks.settings import Mode, settings

router = APIRouter(prefix="/first-case")

PORTRAIT = "/static/first-case-portrait.jpg"
"""The sandbox's drawing of the example person, who is nobody."""

WHAT: dict[Lesson, tuple[str, str]] = {
    Lesson.intake: (
        "Open the case",
        "Press “Open a case” and type what this page says of the person, as if it had come from the field.",
    ),
    Lesson.portrait: (
        "Store a portrait",
        (
            "On the page of the case, under “Portrait”, choose the picture saved from this page and place crown and "
            "chin on the lines."
        ),
    ),
    Lesson.declaration: (
        "Write down the person's own word",
        (
            "On the page of the case, under “The person's own word”, write down that they wish to return, and the "
            "language it was read to them in."
        ),
    ),
    Lesson.start: (
        "Start the journey",
        "On the page of the case, press “Start the journey”. The run then searches the registry by itself.",
    ),
    Lesson.verification: (
        "Confirm who the person is",
        (
            "Compare what the field wrote with the registry's record, and look at the hits. Approve only if it is the "
            "same person."
        ),
    ),
    Lesson.travel_document: (
        "Authorise the travel document",
        (
            "Look at the legal ground, the number and the countries it covers. Another officer decides than the one "
            "who confirmed the identity."
        ),
    ),
    Lesson.booking: (
        "Approve the flight",
        "The seats are held and not paid. Look at both local times, the transit and the deadline to pay.",
    ),
    Lesson.funding: (
        "Approve the cost",
        "Look at each item and who pays it. After your approval the order is paid once.",
    ),
    Lesson.release: (
        "Release the document",
        (
            "Open the page as it will be printed, read it letter by letter, then release it. Only now does a valid "
            "document exist."
        ),
    ),
    Lesson.handoff: (
        "Hand the person over",
        "In a drill they land at once. Whoever receives them signs, and the case is home.",
    ),
}
"""What each lesson is called, and what to do."""


@router.get("")
def introduction(request: Request, officer: SignedIn) -> Response:
    """Say what the first case is and begin it, or go on with one."""
    _in_a_drill(officer)
    return page(
        request, "first_case.html", found=None, reached=lessons(None), roles=first_case.roles(), what=WHAT,
        recent=first_case.recent(), person=example, portrait=PORTRAIT,
    )  # fmt: skip


@router.get("/{reference}")
def step_by_step(request: Request, reference: str, officer: SignedIn) -> Response:
    """Show how far one case is, and what comes next; the page asks for itself again while the run works."""
    _in_a_drill(officer)
    found = first_case.of(reference, reader=officer)
    template = "_first_case.html" if request.headers.get("hx-request") else "first_case.html"
    return page(
        request, template, found=found, reached=found.reached, roles=found.roles, what=WHAT, recent=[],
        person=example, portrait=PORTRAIT,
    )  # fmt: skip


def _in_a_drill(officer: Officer) -> None:
    """Go on only in a drill; a live desk has no such page."""
    if settings().mode is not Mode.drill:
        raise HTTPException(404)
    on_duty(officer, Duty.look_at_cases)
