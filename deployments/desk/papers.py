"""Papers: what an officer's duty needs, streamed inside their session."""

from fastapi import APIRouter, HTTPException, Request, Response

from deployments.desk.evidence import late
from deployments.desk.pages import page
from deployments.desk.session import SignedIn
from models.officer import Duty
from models.paper import PaperKind, readable_by
from tasks import paperwork

router = APIRouter()


@router.get("/papers/{reference}")
def papers(request: Request, reference: str, officer: SignedIn) -> Response:
    """List the papers of a case that the officer's duty needs; the page of the case asks for the list alone."""
    template = "_papers.html" if request.headers.get("hx-request") else "papers.html"
    listed = paperwork.listed_for(officer, reference)
    not_made = paperwork.not_made(officer, reference)
    unheard = late(reference) if officer.may(Duty.look_at_cases) else None
    return page(
        request, template, reference=reference, papers=listed, not_made=not_made, late=unheard,
        readable=readable_by(officer),
    )  # fmt: skip


@router.get("/papers/{reference}/{kind}")
def paper(reference: str, kind: str, officer: SignedIn) -> Response:
    """Stream one paper."""
    if kind not in list(PaperKind):
        raise HTTPException(404, f"There is no paper of that kind; one of: {', '.join(PaperKind)}.")
    try:
        found = paperwork.read(reference, PaperKind(kind), officer=officer)
    except paperwork.NotMade as why:
        raise HTTPException(404, str(why)) from why
    if found is None:
        raise HTTPException(404, f"Case {reference} has no {kind} yet.")
    stored, pdf = found
    headers = {"Content-Disposition": f'inline; filename="{reference}-{kind}.pdf"', "X-Paper-SHA256": stored.sha256}
    return Response(pdf, media_type="application/pdf", headers=headers)
