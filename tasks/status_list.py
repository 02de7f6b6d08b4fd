"""
The status list: which document numbers are good for nothing, for checks without a line.

It holds a keyed fingerprint of each number and is filled up with random ones to a fixed size, so that it tells neither
the numbers nor how many they are to whoever does not hold the paper. The signer signs it.
"""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from sqlmodel import Session, col, select

from models.stock import IN_FORCE, NEVER_ISSUED
from models.travel_document import StockNumber
from tasks.papers.seal.sign import SigningKey
from tasks.papers.seal.trust import TrustStore, in_force, revoked
from tasks.papers.signature import signs_pages

KIND = "homeward-status-list-1"

SIZE = 1024
"""Entries come in multiples of it."""

LASTS = timedelta(days=7)

_BYTES = 32


class StatusListUnusable(Exception):
    """A file that is no status list, or one nobody here vouches for; the text says what to do."""


@dataclass(frozen=True, slots=True)
class StatusList:
    """A list whose signature holds."""

    salt: bytes
    entries: frozenset[str]
    made_at: datetime
    until: datetime

    def names(self, number: str) -> bool:
        """Return whether a number is good for nothing."""
        return _fingerprint(self.salt, number) in self.entries


def _fingerprint(salt: bytes, number: str) -> str:
    return hashlib.sha256(salt + number.encode()).hexdigest()


def numbers_out_of_use(session: Session) -> list[str]:
    """Return every number that was taken out of use: void, spoiled, gone, used, taken in or destroyed."""
    live = [*IN_FORCE, *NEVER_ISSUED]
    return list(
        session.exec(select(StockNumber.number).where(col(StockNumber.state).not_in(live)).order_by(StockNumber.number))
    )


def made(numbers: list[str], *, at: datetime, key: SigningKey, certificate: x509.Certificate) -> bytes:
    """Return the list of these numbers as a signed file."""
    salt = secrets.token_bytes(_BYTES)
    entries = {_fingerprint(salt, number) for number in numbers}
    full = (len(entries) // SIZE + 1) * SIZE
    while len(entries) < full:
        entries.add(secrets.token_hex(_BYTES))
    said = {
        "kind": KIND,
        "made_at": at.astimezone(UTC).isoformat(timespec="seconds"),
        "until": (at + LASTS).astimezone(UTC).isoformat(timespec="seconds"),
        "salt": salt.hex(),
        "entries": sorted(entries),
    }
    signature = key.sign(_signed_bytes(said), ec.ECDSA(hashes.SHA256()))
    signer = certificate.public_bytes(Encoding.PEM).decode()
    whole = {**said, "signer": signer, "signature": base64.b64encode(signature).decode()}
    return json.dumps(whole, indent=1, sort_keys=True).encode() + b"\n"


def _signed_bytes(said: dict[str, Any]) -> bytes:
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def opened(content: bytes, *, trust: TrustStore, at: date) -> StatusList:
    """
    Return a list whose signature holds, by a signer the authority of the trust folder vouches for.

    Raises:
        StatusListUnusable: it is none, was changed, or its signer does not count on that day.
    """
    try:
        whole = json.loads(content)
        signature = base64.b64decode(whole.pop("signature"), validate=True)
        signer = x509.load_pem_x509_certificate(whole.pop("signer").encode())
        found = StatusList(
            bytes.fromhex(whole["salt"]),
            frozenset(whole["entries"]),
            datetime.fromisoformat(whole["made_at"]),
            datetime.fromisoformat(whole["until"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise StatusListUnusable("That is no status list; get one with `homeward documents status-list`.") from None
    if whole["kind"] != KIND:
        raise StatusListUnusable("That list is of another kind than this program knows; get a newer program.")
    key, authority = signer.public_key(), trust.authority(signer)
    lists = trust.lists_of(authority) if authority else []
    counts = authority is not None and lists and signs_pages(signer) and in_force(signer, at)
    if not counts or revoked(signer, lists) or not isinstance(key, ec.EllipticCurvePublicKey):
        raise StatusListUnusable("Nobody here vouches for who signed the status list; get another one.")
    try:
        key.verify(signature, _signed_bytes(whole), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise StatusListUnusable("The status list was changed after it was signed; get another one.") from None
    return found
