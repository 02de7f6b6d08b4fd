"""What a person is, and was, as it stands on file: since when, by whom, and why."""

from fastapi import APIRouter, Request, Response

from deployments.desk.pages import page
from deployments.desk.session import SignedIn
from tasks import categories

router = APIRouter()


@router.get("/cases/{reference}/categories")
def on_file(request: Request, reference: str, officer: SignedIn) -> Response:
    """Show the categories of a person; the page of the case, and the form that changes them, ask for the list alone."""
    found = categories.history(reference, reader=officer)
    template = "_categories.html" if request.headers.get("hx-request") else "categories.html"
    return page(request, template, reference=reference, found=found)
