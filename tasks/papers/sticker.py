"""
긴급여권, the emergency passport: the data page of a booklet with its own number, printed on a sticker of TD3 size.

The page is the sticker and nothing else, so that it prints in true size. It bears no visible digital seal: the profile
of Doc 9303-8 §6 for emergency travel documents holds the 72 characters of a TD2 zone, and a sticker has 88. Its file is
signed like a sheet's. Source: ICAO Doc 9303-4 §2-4; Doc 9303-8 §4.1.5 (code PE) and §4.4.2 (the journey is named).
"""

from models.itinerary import Itinerary
from models.mrz import td3_lines as zone_lines
from tasks.papers import layout, panel
from tasks.papers.page import Sheet
from tasks.papers.travel_document import (
    DRAFT,
    SINGLE_JOURNEY,
    STATE_IN_KHMER,
    TravelDocumentContent,
    ends_of,
    holder_of,
)
from tasks.papers.words import reads_khmer

SIZE = panel.TD3
DOCUMENT_CODE = "PE"
_TITLE_IN_KHMER = "លិខិតឆ្លងដែនបន្ទាន់"

_MIDDLE = (SIZE.width * 0.55, SIZE.visual_height * 0.5)


def td3_lines(content: TravelDocumentContent) -> tuple[str, str]:
    """Return the two code lines as the data page prints them; raise ValueError when there is no Latin name."""
    return zone_lines(
        document_code=DOCUMENT_CODE,
        issuing_state=content.issuing_state,
        surname=content.surname_latin,
        given_names=content.given_latin,
        document_number=content.document_number,
        nationality=content.nationality,
        born_on=content.born_on,
        sex=content.sex,
        expires_on=content.expires_on,
    )


def render(content: TravelDocumentContent) -> bytes:
    """
    Return the sticker as PDF, one page of 125 x 88 mm.

    Raises:
        ValueError: no Latin name, an unreadable portrait, a character without a glyph, or more than the page holds.
    """
    title = f"{content.title_ko} / {content.title_en.capitalize()} · {content.reference}"
    sheet = Sheet(title=title, moment=content.moment, width=SIZE.width, height=SIZE.height)
    destination, transit = ends_of(content.itinerary)
    if isinstance(content.itinerary, Itinerary) and content.itinerary.transit_points:
        # The page has no room for the names of several airports; a line ends between two of them and not within one.
        changes = content.itinerary.segments[:-1]
        transit = ", ".join(
            f"{change.destination}\N{NO-BREAK SPACE}({change.destination_country})" for change in changes
        )
    holder = holder_of(
        content,
        td3_lines(content),
        document_code=DOCUMENT_CODE,
        issuing_state=content.issuing_state,
        authority=f"{content.issuing_authority_ko} / {content.issuing_authority_en}",
        journey=str(SINGLE_JOURNEY),
        destination=destination,
        transit=transit,
        header_in_khmer=(STATE_IN_KHMER, _TITLE_IN_KHMER) if reads_khmer(content.reference) else ("", ""),
    )
    panel.draw_panel(sheet, holder, left=0, top=0, size=SIZE)
    x, y = _MIDDLE
    with sheet.within(0, 0, SIZE.width, SIZE.visual_height):
        if content.specimen:
            sheet.stamp(layout.SPECIMEN, x=x, y=y, wide=90, angle=24, opacity=0.14)
        if content.state == "draft":
            sheet.stamp(DRAFT, x=x, y=y + 12, wide=84, angle=24, opacity=0.2)
    return sheet.finish()
