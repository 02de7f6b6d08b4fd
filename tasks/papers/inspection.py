"""
Inspecting a document as a file: its seal, the zone printed beside it, and, of a PDF, the signature over it all.

The sticker of a booklet bears no seal. As a PDF it is judged by its zone and its signature; printed, by the booklet.
"""

from dataclasses import dataclass
from datetime import date

from models.itinerary import ALPHA_3
from models.mrz import ZoneReading, read_td2, read_td3
from tasks.papers.seal import SealMalformed, SubIndication, TrustStore, Verdict, read_seal, verify_seal
from tasks.papers.seal.reading import is_pdf, read_printed
from tasks.papers.signature import judge_signature

_TD3_LINE = 44
_STICKER_CODE = "PE"
_COUNTRIES = {three: two for two, three in ALPHA_3.items()} | {"UTO": "UT"}
"""ISO 3166-1 alpha-3, which zones write, to alpha-2, which certificates write; and Utopia, for tests and rehearsals."""


@dataclass(frozen=True, slots=True)
class Inspected:
    """What was found, and of a PDF what was found about its signature."""

    verdict: Verdict
    is_pdf: bool = False
    signature: SubIndication | None = None
    """Why the signature over a PDF does not hold; None when it does, or where there is no PDF."""
    number: str | None = None
    """The document number in the seal, where one can be read."""
    to_compare: tuple[str, str] | None = None
    """The zone in a valid seal where no printed one was at hand: somebody has to look whether it is the paper's."""


def inspect(
    content: bytes,
    name: str,
    *,
    trust: TrustStore,
    at: date,
    printed_mrz: tuple[str, str] | None = None,
    password: str | None = None,
) -> Inspected:
    """
    Judge a document on a day: a picture of it by its seal, a PDF by seal, printed zone and signature.

    Raises:
        Unreadable: neither a picture nor a PDF.
    """
    printed = read_printed(content, name, password=password)
    # Two bar codes on one paper leave open which is the document's.
    seal = printed.seals[0] if len(printed.seals) == 1 else None
    zone = printed_mrz or printed.zone
    if is_pdf(content) and not printed.seals and printed.zone is not None and _is_of_a_sticker(printed.zone):
        return _sticker(content, printed.zone, trust=trust, at=at, printed_mrz=printed_mrz, password=password)
    judged = (
        Verdict(SubIndication.read_error) if seal is None else verify_seal(seal, trust=trust, at=at, printed_mrz=zone)
    )
    if not is_pdf(content):
        return judged_alone(judged, seal, zone)
    signature = judge_signature(content, trust=trust, at=at, country=_country(seal), password=password)
    if signature is SubIndication.invalid_signature:
        # Whatever else stands in a file that was changed says nothing.
        return Inspected(Verdict(signature), is_pdf=True, signature=signature, number=number_in(seal))
    if judged.valid and zone is None:
        judged = Verdict(SubIndication.invalid_printed_mrz)
    if judged.valid and signature is not None:
        judged = Verdict(signature, judged.newest_list_until)
    return Inspected(judged, is_pdf=True, signature=signature, number=number_in(seal))


def judged_alone(verdict: Verdict, seal: bytes | None, printed_mrz: tuple[str, str] | None) -> Inspected:
    """
    Return what was found about a seal without a file around it.

    A genuine seal pasted on another paper is still genuine. Source: Doc 9303-8 appendix A, the comparison by hand.
    """
    by_eye = read_seal(seal).mrz if seal is not None and verdict.valid and printed_mrz is None else None
    return Inspected(verdict, number=number_in(seal), to_compare=by_eye)


def number_in(seal: bytes | None) -> str | None:
    """Return the document number a seal holds; None where it cannot be read."""
    try:
        return read_td2(*read_seal(seal).mrz).document_number if seal is not None else None
    except (SealMalformed, ValueError):
        return None


def _is_of_a_sticker(zone: tuple[str, str]) -> bool:
    return len(zone[0]) == _TD3_LINE and zone[0].startswith(_STICKER_CODE)


def _sticker(
    content: bytes,
    zone: tuple[str, str],
    *,
    trust: TrustStore,
    at: date,
    printed_mrz: tuple[str, str] | None,
    password: str | None,
) -> Inspected:
    """Judge the file of a sticker: signed by the State that its zone names, and nothing changed since."""
    reading = _reading(zone)
    if reading is None or reading.issuing_state not in _COUNTRIES:
        signature = judge_signature(content, trust=trust, at=at, password=password)
        return Inspected(Verdict(SubIndication.invalid_printed_mrz), is_pdf=True, signature=signature)
    country = _COUNTRIES[reading.issuing_state]
    signature = judge_signature(content, trust=trust, at=at, country=country, password=password)
    if signature is not None:
        return Inspected(Verdict(signature), is_pdf=True, signature=signature, number=reading.document_number)
    if printed_mrz is not None and printed_mrz != zone:
        return Inspected(Verdict(SubIndication.seal_document_mismatch), is_pdf=True, number=reading.document_number)
    return Inspected(Verdict(), is_pdf=True, number=reading.document_number)


def _reading(zone: tuple[str, str]) -> ZoneReading | None:
    """Return what a TD3 zone says when all its check digits hold."""
    try:
        reading = read_td3(*zone)
    except ValueError:
        return None
    return reading if reading.checks.hold else None


def _country(seal: bytes | None) -> str | None:
    """Return the country whose signer a seal names."""
    try:
        return read_seal(seal).signer_identifier[:2] if seal is not None else None
    except SealMalformed:
        return None
