"""The passenger list of one flight, for whoever flies it and whoever meets it; no word of what anybody is."""

import pendulum

from models.manifest import Manifest, Passenger
from tasks.papers import layout, page
from tasks.papers.layout import Cell, Column, Field, Frame
from tasks.papers.page import Align
from tasks.papers.words import Words, day_words, offset_words

TITLE = Words("탑승객 명단", "Passenger list")

_COLUMNS = (
    Column(Words("번호", "No."), 10, Align.right),
    Column(Words("성명", "Name"), 60),
    Column(Words("성별", "Sex"), 11),
    Column(Words("생년월일", "Born on"), 25),
    Column(Words("여행증명서", "Travel document"), 34),
    Column(Words("예약번호", "Record locator"), 31),
)


def render(manifest: Manifest) -> bytes:
    """Return the list as PDF; raise ValueError for a character without a glyph."""
    first, last = manifest.legs[0], manifest.legs[-1]
    frame = Frame(
        title=TITLE,
        reference=f"{manifest.flight_number} · {manifest.departs_on.isoformat()}",
        about=Words("항공편", "Flight"),
        moment=manifest.made_at,
        local_zone=first.origin_zone,
        specimen=manifest.specimen,
    )
    ports = "".join(f"{leg.origin} → " for leg in manifest.legs) + last.destination
    return layout.compose(frame, [
        layout.row(
            Field(Words("항공편", "Flight"), manifest.flight_number, 3, page.STRONG),
            Field(Words("구간", "Route"), ports, 5, page.STRONG),
            Field(Words("탑승객", "Passengers"), str(len(manifest.passengers)), 4, page.STRONG),
        ),
        layout.row(
            Field(Words("출발", "Departs"), _moment(first.departs_at, first.origin_zone, first.origin_name), 6),
            Field(Words("도착", "Arrives"), _moment(last.arrives_at, last.destination_zone, last.destination_name), 6),
        ),
        layout.gap(3),
        *layout.table(_COLUMNS, [_row(number, each) for number, each in enumerate(manifest.passengers, start=1)]),
    ])  # fmt: skip


def _moment(at: pendulum.DateTime, zone: str, airport: str) -> tuple[str, str]:
    """Return a moment by the airport's own clock, and the airport."""
    local = at.in_timezone(zone)
    return f"{day_words(local)} {local:%H:%M} ({offset_words(at, zone)})", airport


def _row(number: int, person: Passenger) -> tuple[Cell, ...]:
    return (
        str(number),
        (f"{person.surname_latin}, {person.given_latin}".rstrip(", "), f"{person.name_hangul} · {person.reference}"),
        person.sex,
        (person.born_on.isoformat(), person.nationality),
        (person.document_number, f"~ {person.document_expires_on.isoformat()}"),
        (person.record_locator, " ".join(person.ticket_numbers) or "–"),
    )
