"""The board: a page that counts, and shows what comes next; it is asked for again by itself."""

from fastapi import APIRouter, Request, Response

from deployments.desk import charts
from deployments.desk.pages import page
from deployments.desk.session import SignedIn
from models.board import AMBER_AFTER, LAPSING_WITHIN, LEAVING_WITHIN, RED_AFTER
from tasks import board as boards
from tasks.clock import now

router = APIRouter()


@router.get("/board")
def board(request: Request, officer: SignedIn) -> Response:
    """Show every case by where it stands and for how long, who was not heard of, what lapses, and who flies."""
    found = boards.board(officer)
    template = "_board.html" if request.headers.get("hx-request") else "board.html"
    return page(
        request, template, found=found, figures=found.figures, at=now(), amber=AMBER_AFTER.in_hours(),
        red=RED_AFTER.in_hours(), lapsing_within=LAPSING_WITHIN.in_hours(), leaving_within=LEAVING_WITHIN.in_hours(),
        days=boards.COUNTED_OVER_DAYS, bars=charts.bars(found.figures.standing),
        columns=charts.columns(found.figures.home_by_day),
    )  # fmt: skip
