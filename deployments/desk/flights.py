"""Flights at the desk: who leaves the host country when, and the passenger list of one flight."""

from datetime import date

from fastapi import APIRouter, HTTPException, Request, Response

from deployments.desk.pages import page
from deployments.desk.session import SignedIn, on_duty
from models.officer import Duty, Officer
from models.paxlst import NotWritable
from tasks import case_file, exits, manifests
from tasks.manifests import Form
from tasks.partners.errors import PartnerError

router = APIRouter()

_TYPES = {Form.pdf: "application/pdf", Form.csv: "text/csv; charset=utf-8", Form.paxlst: "application/EDIFACT"}

_SILENT = "The airline does not say who is on the flight, and a list that may be wrong is not shown; try again soon."
_NO_DAY = "Write the local date of departure like 2026-12-01."


@router.get("/exits")
def leaving(request: Request, officer: SignedIn) -> Response:
    """Show who leaves the host country when, and on which document."""
    return page(request, "exits.html", exits=exits.exits(officer))


@router.get("/manifests")
def passengers(request: Request, officer: SignedIn, flight: str = "", on: str = "") -> Response:
    """Show who is on one flight, and who is booked on it and is not; without a flight, the form to name one."""
    on_duty(officer, Duty.read_manifests)
    if not flight.strip() and not on.strip():
        return page(request, "manifest.html")
    try:
        found = _listed(flight, on, reader=officer)
    except case_file.Refused as refused:
        return page(request, "manifest.html", status=409, refused=str(refused), flight=flight, on=on)
    except PartnerError:
        return page(request, "manifest.html", status=409, refused=_SILENT, flight=flight, on=on)
    return page(
        request, "manifest.html", flight=found.manifest.flight_number, on=found.manifest.departs_on.isoformat(),
        found=found, leg=found.manifest.legs[0], forms=tuple(Form),
    )  # fmt: skip


@router.get("/manifests/{flight}/{on}/{form}")
def fetch(flight: str, on: str, form: str, officer: SignedIn) -> Response:
    """Hand out the list in one form, each person read back from the airline for it."""
    on_duty(officer, Duty.read_manifests)
    if form not in list(Form):
        raise HTTPException(404, "A passenger list comes as pdf, csv or edi; choose one on the page.")
    try:
        manifest = _listed(flight, on, reader=officer).manifest
        content = manifests.rendered(manifest, Form(form))
    except PartnerError as failed:
        raise HTTPException(503, _SILENT) from failed
    except NotWritable as wrong:
        said = f"PAXLST does not take the name in case {wrong.reference}; take the PDF or the CSV, which have it whole."
        raise HTTPException(409, said) from wrong
    name = f"{manifest.flight_number}-{manifest.departs_on.isoformat()}-manifest.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=_TYPES[Form(form)], headers=headers)


def _listed(flight: str, on: str, *, reader: Officer) -> manifests.Listed:
    try:
        day = date.fromisoformat(on.strip())
    except ValueError:
        raise case_file.Refused(_NO_DAY) from None
    return manifests.listed(flight, day, reader=reader)
