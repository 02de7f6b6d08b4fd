"""Signing: asks the signer, a process with its own keys, for the sealed and signed document of an approved release."""

import base64
import hashlib
import json
import os
import socket
from typing import Any
from uuid import UUID

from tasks.partners.errors import PartnerAnswerUnclear, PartnerRefused, PartnerUnavailable
from tasks.settings import settings
from tasks.trouble import NeedsPerson

SIGNER = "signer"

STATUS_LIST = "status-list"
"""What it is asked for, besides documents."""

_ANSWERS_WITHIN_S = 120
"""A page takes it some two seconds, and it works on one after the other."""


def signed_document(reference: str, proposal_id: UUID) -> bytes:
    """
    Return the document of a release that was approved; asked again, the very same bytes.

    Raises:
        PartnerUnavailable: no answer, or its database gave it none: try again.
        PartnerRefused: it does not find what was approved, or may not sign now.
        PartnerAnswerUnclear: it failed, or said something else.
        NeedsPerson: no signer is set.
    """
    return _made({"reference": reference, "proposal_id": str(proposal_id)}, "pdf")


def signed_status_list() -> bytes:
    """
    Return the signed list of the numbers that are good for nothing now.

    Raises:
        PartnerUnavailable, PartnerRefused, PartnerAnswerUnclear, NeedsPerson: as for `signed_document`.
    """
    return _made({"want": STATUS_LIST}, "list")


def _made(request: dict[str, Any], name: str) -> bytes:
    reply = _asked(request)
    if "unavailable" in reply:
        raise PartnerUnavailable(SIGNER, f"cannot work now: {reply['unavailable']}")
    if "refused" in reply:
        raise PartnerRefused(SIGNER, f"does not sign: {reply['refused']}")
    try:
        made = base64.b64decode(reply[name], validate=True)
        is_whole = hashlib.sha256(made).hexdigest() == reply["sha256"]
    except (KeyError, TypeError, ValueError):
        is_whole = False
    if not is_whole:
        raise PartnerAnswerUnclear(SIGNER, f"failed ({reply.get('failed', 'its answer is no document')})")
    return made


def _asked(request: dict[str, Any]) -> dict[str, Any]:
    address = settings().signer_socket
    if address is None:
        raise NeedsPerson("no_signer", "No signer is set; start one, set HOMEWARD_SIGNER_SOCKET, then go on.")
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(_ANSWERS_WITHIN_S)
            # A socket's address has room for some hundred characters.
            line.connect(min(str(address), os.path.relpath(address), key=len))
            line.sendall(json.dumps(request).encode() + b"\n")
            said = line.makefile("rb").readline()
    except OSError:
        raise PartnerUnavailable(SIGNER, "does not answer; see that it runs") from None
    if not said.endswith(b"\n"):
        raise PartnerUnavailable(SIGNER, "ended before it answered")
    try:
        reply = json.loads(said)
    except ValueError:
        reply = None
    if not isinstance(reply, dict):
        raise PartnerAnswerUnclear(SIGNER, "said something that is no answer")
    return reply
