"""Operations at the desk: who of many people is where, by name, and beginning everybody's journey at once."""

from fastapi import APIRouter, Request, Response

from deployments.desk.pages import go_to, page
from deployments.desk.session import OwnForm, SignedIn, on_duty
from models.officer import Duty, Officer
from tasks import case_file, operations

router = APIRouter(prefix="/operations")


@router.get("")
def listed(request: Request, officer: SignedIn) -> Response:
    """List the operations, with how many cases each has."""
    on_duty(officer, Duty.look_at_cases)
    return page(request, "operations.html", found=operations.listed())


@router.get("/{operation}")
def head_count(request: Request, operation: str, officer: SignedIn, begun: str = "") -> Response:
    """Show everybody of an operation by name, where they stand, and whose answer they wait for."""
    return _counted(request, operation, officer, begun=bool(begun))


@router.post("/{operation}/start", dependencies=[OwnForm])
def start(request: Request, operation: str, officer: SignedIn) -> Response:
    """Begin the journeys of everybody in an operation who waits to begin; a second click begins nobody twice."""
    on_duty(officer, Duty.run_the_case)
    try:
        operations.start(operation)
    except case_file.Refused as refused:
        return _counted(request, operation, officer, refused=str(refused))
    return go_to(f"/operations/{operation}?begun=yes")


def _counted(request: Request, operation: str, officer: Officer, *, begun: bool = False, refused: str = "") -> Response:
    counted = operations.head_count(operation, reader=officer)
    waiting, held = operations.ready(operation)
    return page(
        request, "operation.html", status=409 if refused else 200, counted=counted, waiting=len(waiting), held=held,
        begun=begun, refused=refused,
    )  # fmt: skip
