"""The emergency document of a person, sheet or sticker: one door for whoever draws, seals, signs or reads it back."""

from models.instrument import Instrument
from tasks.papers import sticker, travel_document
from tasks.papers.travel_document import TravelDocumentContent
from tasks.papers.words import Words

TITLES: dict[Instrument, Words] = {
    Instrument.travel_certificate: Words("여행증명서", "EMERGENCY TRAVEL DOCUMENT"),
    Instrument.emergency_passport: Words("긴급여권", "EMERGENCY PASSPORT"),
}


def code_lines(content: TravelDocumentContent) -> tuple[str, str]:
    """Return the two lines of the machine-readable zone; raise ValueError when there is no Latin name."""
    if content.instrument is Instrument.emergency_passport:
        return sticker.td3_lines(content)
    return travel_document.td2_lines(content)


def bears_seal(content: TravelDocumentContent) -> bool:
    """Return whether the document has a place for a visible digital seal; the profile knows single sheets only."""
    return content.instrument is Instrument.travel_certificate


def render(content: TravelDocumentContent, *, seal: bytes | None = None) -> bytes:
    """
    Return the document as PDF; a seal goes on a sheet only.

    Raises:
        ValueError: what the page cannot print, or a seal for a document without a place for one.
    """
    if bears_seal(content):
        return travel_document.render(content, seal=seal)
    if seal is not None:
        raise ValueError("a sticker has no place for a seal")
    return sticker.render(content)
