"""Inspecting a document as a file: its seal, the zone printed beside it, and, of a PDF, the signature over it all."""

from dataclasses import dataclass
from datetime import date

from models.mrz import read_td2
from tasks.papers.seal import SealMalformed, SubIndication, TrustStore, Verdict, read_seal, verify_seal
from tasks.papers.seal.reading import is_pdf, read_printed
from tasks.papers.signature import judge_signature


@dataclass(frozen=True, slots=True)
class Inspected:
    """What was found, and of a PDF what was found about its signature."""

    verdict: Verdict
    is_pdf: bool = False
    signature: SubIndication | None = None
    """Why the signature over a PDF does not hold; None when it does, or where there is no PDF."""
    number: str | None = None
    """The document number in the seal, where one can be read."""


def inspect(
    content: bytes, name: str, *, trust: TrustStore, at: date, printed_mrz: tuple[str, str] | None = None
) -> Inspected:
    """
    Judge a document on a day: a picture of it by its seal, a PDF by seal, printed zone and signature.

    Raises:
        Unreadable: neither a picture nor a PDF.
    """
    printed = read_printed(content, name)
    # Two bar codes on one paper leave open which is the document's.
    seal = printed.seals[0] if len(printed.seals) == 1 else None
    zone = printed_mrz or printed.zone
    judged = (
        Verdict(SubIndication.read_error) if seal is None else verify_seal(seal, trust=trust, at=at, printed_mrz=zone)
    )
    if not is_pdf(content):
        return Inspected(judged, number=number_in(seal))
    signature = judge_signature(content, trust=trust, at=at, country=_country(seal))
    if signature is SubIndication.invalid_signature:
        # Whatever else stands in a file that was changed says nothing.
        return Inspected(Verdict(signature), is_pdf=True, signature=signature, number=number_in(seal))
    if judged.valid and zone is None:
        judged = Verdict(SubIndication.invalid_printed_mrz)
    if judged.valid and signature is not None:
        judged = Verdict(signature, judged.newest_list_until)
    return Inspected(judged, is_pdf=True, signature=signature, number=number_in(seal))


def number_in(seal: bytes | None) -> str | None:
    """Return the document number a seal holds; None where it cannot be read."""
    try:
        return read_td2(*read_seal(seal).mrz).document_number if seal is not None else None
    except (SealMalformed, ValueError):
        return None


def _country(seal: bytes | None) -> str | None:
    """Return the country whose signer a seal names."""
    try:
        return read_seal(seal).signer_identifier[:2] if seal is not None else None
    except SealMalformed:
        return None
