"""Messages to officers that do not go out, and why."""

from fastapi import APIRouter, Request, Response

from deployments.desk.pages import page
from deployments.desk.session import SignedIn, on_duty
from models.officer import Duty
from tasks import messages

router = APIRouter()


@router.get("/undelivered")
def undelivered(request: Request, officer: SignedIn) -> Response:
    """List whom messages do not reach, since when, and why."""
    on_duty(officer, Duty.look_at_cases)
    return page(request, "undelivered.html", found=messages.undelivered())
