"""Everything about a case in one archive, which anybody can check without us."""

from fastapi import APIRouter, Request, Response

from deployments.desk.pages import page
from deployments.desk.session import OwnForm, SignedIn
from tasks import archive, seals

router = APIRouter(prefix="/cases/{reference}/archive")

_SILENT = (
    "The sealer does not answer, so nobody could check the archive; try again soon, or tell the operator of the system."
)
_REFUSES = "The sealer does not sign the record of what was done, and an alarm stands; tell the operator of the system."


@router.get("")
def about(request: Request, reference: str, officer: SignedIn) -> Response:
    """Say what the archive holds, and show the key it is checked against."""
    try:
        key = archive.checked_against(reference, officer=officer)
    except (seals.SealerUnavailable, seals.SealRefused) as failed:
        return _refused(request, reference, failed)
    return page(request, "archive.html", reference=reference, key=key)


@router.post("", dependencies=[OwnForm])
def hand_out(request: Request, reference: str, officer: SignedIn) -> Response:
    """Hand out the archive; the record says who took it, and is sealed with it."""
    try:
        content = archive.handed_out(reference, officer=officer)
    except (seals.SealerUnavailable, seals.SealRefused) as failed:
        return _refused(request, reference, failed)
    headers = {"Content-Disposition": f'attachment; filename="{reference}.zip"'}
    return Response(content, media_type="application/zip", headers=headers)


def _refused(request: Request, reference: str, failed: seals.SealerUnavailable | seals.SealRefused) -> Response:
    words = _SILENT if isinstance(failed, seals.SealerUnavailable) else _REFUSES
    return page(request, "archive.html", status=409, reference=reference, refused=words)
