"""
Signing in through the identity provider, where one is set; without one there is no such page.

Between going there and coming back nothing is kept here: what must come back unchanged lies, sealed, in a cookie of the
browser that went.
"""

import base64
import json
import logging
import time
from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response

from deployments.desk import session
from deployments.desk.allowance import Allowance
from deployments.desk.pages import go_to, inside, page
from tasks import identities, officers, signing_on, vault
from tasks.partners.errors import PartnerError, PartnerRefused, PartnerUnavailable
from tasks.partners.identity_provider import ATTEMPT_LASTS_S, Answer, Attempt
from tasks.settings import openid, settings

PATH = "/sign-in/openid"
COOKIE = "homeward_openid"
EACH_A_MINUTE, TOGETHER_A_MINUTE = 60, 300
"""Each makes calls to the provider; a mission's officers may all come from one address."""

_ATTEMPT, _AGREEMENT = "openid-attempt", "openid-agreement"
_LONGEST_PLACE = 500
"""Letters of an address of the desk that is gone back to; no page of ours has a longer one."""

DOWN = "The identity provider does not answer; sign in with your password, or try again soon."
UNTRUE = "What the identity provider said of you does not hold; sign in with your password, and tell a registrar."
UNDONE = "That sign-in was not completed; begin it again, or sign in with your password."
TOO_MANY = "Too many sign-ins were begun from here; try again in a minute."

_log = logging.getLogger(__name__)


def router() -> APIRouter:
    """Return the pages, with an allowance of their own."""
    allowance = Allowance(each=EACH_A_MINUTE, together=TOGETHER_A_MINUTE)

    def allowed(request: Request) -> None:
        """Refuse where there is no provider, and who asks without end."""
        _offered()
        if not allowance.takes(request.client.host if request.client else ""):
            raise HTTPException(429, TOO_MANY)

    made = APIRouter(prefix=PATH)
    made.add_api_route("", begin, methods=["GET"], dependencies=[Depends(allowed)])
    made.add_api_route("/return", come_back, methods=["GET"], dependencies=[Depends(allowed)])
    made.add_api_route("/agree", agree, methods=["POST"], dependencies=[Depends(_offered)])
    return made


def begin(request: Request, to: str = "/") -> Response:
    """Send the browser to the provider."""
    to = to if len(to) <= _LONGEST_PLACE else "/"
    try:
        address, attempt = signing_on.begin()
    except PartnerError as failed:
        return _refused(request, failed, to)
    reply = go_to(address)
    _keep(reply, _ATTEMPT, {"attempt": asdict(attempt), "to": inside(to)})
    return reply


def come_back(request: Request, state: str = "", code: str = "", error: str = "", iss: str = "") -> Response:
    """Open a session for the officer whom the provider signed in, once they have taken the account for theirs."""
    kept = _kept(request, _ATTEMPT)
    to = kept["to"] if kept else "/"
    try:
        attempt = Attempt(**kept["attempt"]) if kept else Attempt()
        known = signing_on.finish(Answer(state, code, error, iss), attempt)
    except PartnerError as failed:
        return _refused(request, failed, to)
    except identities.NobodysAccount as nobodys:
        _log.warning("signing in through the identity provider: an account that is bound to no officer")
        return _again(request, str(nobodys), to, account=nobodys.account)
    except officers.NotProved as unproved:
        return _again(request, str(unproved), to)
    if known.agreed:
        return _opened(request, known.identity, to)
    reply: Response = page(request, "agree.html", number=known.officer.number)
    _keep(reply, _AGREEMENT, {"identity": str(known.identity), "number": known.officer.number, "to": to})
    return reply


def agree(request: Request, code: Annotated[str, Form()] = "") -> Response:
    """Note that the account is the officer's own, by a code of theirs, and open the session."""
    kept = _kept(request, _AGREEMENT)
    if kept is None:
        return _again(request, UNDONE, "/")
    try:
        identities.agree(UUID(kept["identity"]), code)
    except officers.NotProved as unproved:
        return page(request, "agree.html", status=401, number=kept["number"], refused=str(unproved))
    return _opened(request, UUID(kept["identity"]), kept["to"])


def _offered() -> None:
    if openid() is None:
        raise HTTPException(404)


def _opened(request: Request, identity: UUID, to: str) -> Response:
    """Open a session that is new, in the place of the one this browser had."""
    reply = go_to(inside(to))
    try:
        token = identities.open_session(identity)
    except officers.NotProved as unproved:
        return _again(request, str(unproved), to)
    if before := request.cookies.get(session.COOKIE):
        officers.close_session(before)
    session.keep(reply, token)
    reply.delete_cookie(COOKIE, path=PATH)
    return reply


def _refused(request: Request, failed: PartnerError, to: str) -> Response:
    # Its text names a status or a code, never what was sent or received.
    _log.warning("signing in through the %s", failed)
    if isinstance(failed, PartnerUnavailable):
        return _again(request, DOWN, to, status=503)
    return _again(request, UNDONE if isinstance(failed, PartnerRefused) else UNTRUE, to)


def _again(request: Request, refused: str, to: str, *, status: int = 401, account: str | None = None) -> Response:
    reply = page(request, "sign_in.html", status=status, to=inside(to), refused=refused, account=account)
    reply.delete_cookie(COOKIE, path=PATH)
    return reply


def _keep(reply: Response, what: str, facts: dict[str, Any]) -> None:
    until = {"until": int(time.time()) + ATTEMPT_LASTS_S}
    sealed = vault.seal_for_system(what, json.dumps({**facts, **until}, ensure_ascii=False).encode())
    reply.set_cookie(
        COOKIE,
        base64.urlsafe_b64encode(sealed).decode(),
        httponly=True,
        samesite="lax",
        secure=settings().desk_url.startswith("https://"),
        max_age=ATTEMPT_LASTS_S,
        path=PATH,
    )


def _kept(request: Request, what: str) -> dict[str, Any] | None:
    """Return what this browser was given for this step; None where it was given nothing, or it is too old."""
    try:
        sealed = base64.urlsafe_b64decode(request.cookies.get(COOKIE, ""))
        kept: dict[str, Any] = json.loads(vault.open_for_system(what, sealed))
    except (ValueError, vault.SealBroken):
        return None
    return kept if time.time() < kept["until"] else None
