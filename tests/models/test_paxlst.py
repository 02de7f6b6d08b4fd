"""Passenger lists as PAXLST: read back by pydifact and by a second reader of our own."""

import random
import string
from datetime import date, timedelta
from typing import Any

import pendulum
import pytest
from pydifact.segmentcollection import Interchange, Message

from models import paxlst
from models.manifest import Manifest, Passenger, in_order
from models.paxlst import LONGEST_NAME, NotWritable
from tests.models.edifact import PassengerList, read, segments
from tests.papers.contents import connecting, direct
from tests.sandbox.harness import VECTORS

# pydifact 0.2.3 looks for a directory of segments it does not bring, says so, and reads on without it.
pytestmark = pytest.mark.filterwarnings("ignore:segments.xml not found")

MADE_AT = pendulum.datetime(2026, 12, 5, 5, 20)


def passenger(**changes: Any) -> Passenger:
    facts: dict[str, Any] = {
        "reference": "KHM-2026-0042", "surname_latin": "HONG", "given_latin": "GIL-DONG", "name_hangul": "홍길동",
        "sex": "M", "born_on": date(1998, 3, 14), "nationality": "KOR", "document_number": "R41234567",
        "document_expires_on": date(2026, 12, 19), "record_locator": "X7K2PQ", "ticket_numbers": ("1802400123456",),
    }  # fmt: skip
    return Passenger(**(facts | changes))


def manifest(*people: Passenger, **changes: Any) -> Manifest:
    facts: dict[str, Any] = {
        "flight_number": "KE690", "legs": direct().segments, "passengers": in_order(list(people)), "made_at": MADE_AT,
        "specimen": False,
    }  # fmt: skip
    return Manifest(**(facts | changes))


def written(*people: Passenger, **changes: Any) -> str:
    return paxlst.write(
        manifest(*people, **changes), sender="HOMEWARD", recipient="KE", party="MISSION DESK", phone="+85523211900"
    )


def by_pydifact(text: str) -> Message:
    """The one message; pydifact 0.2.3 knows no functional group and would complain of its end."""
    return next(Interchange.from_str(text).get_messages())


def test_19_a_list_of_300_people_is_read_the_same_by_two_readers_and_its_counts_are_right() -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - to repeat the very same people
    drawn = random.Random(seed)
    people = [_anybody(drawn, number) for number in range(300)]

    text = written(*people)

    ours = read(text)
    assert (ours.segments, ours.counted, ours.people_counted) == (ours.counted, ours.segments, 300)
    message = by_pydifact(text)
    theirs = [segment for segment in message.segments if segment.tag == "NAD" and segment[0] == "FL"]
    names = [each[3] if isinstance(each[3], list) else [each[3]] for each in theirs]
    assert names == [person.name for person in ours.people]
    assert [" ".join(str(part) for part in name) for name in names] == [
        f"{p.surname_latin} {p.given_latin}".strip() for p in in_order(people)
    ]
    # UNH and UNT are not among pydifact's segments of the message.
    assert len(message.segments) + 2 == ours.counted
    documents = [segment[1] for segment in message.segments if segment.tag == "DOC"]
    assert documents == [p.document_number for p in in_order(people)]
    assert [p.locator for p in ours.people] == [p.record_locator for p in in_order(people)]


def _anybody(drawn: random.Random, number: int) -> Passenger:
    def word(longest: int) -> str:
        letters = "".join(drawn.choices(string.ascii_uppercase, k=drawn.randint(1, longest)))
        return letters if len(letters) < 3 else letters[0] + drawn.choice(["", "'", "-"]) + letters[1:]

    surname, given = word(34), " ".join(word(20) for _ in range(drawn.randint(0, 4)))
    return passenger(
        reference=f"KHM-2026-{number:04}", surname_latin=surname, given_latin=given, sex=drawn.choice("MFX"),
        born_on=date(1950, 1, 1) + timedelta(days=drawn.randrange(25_000)), document_number=f"M{number:08}",
        record_locator="".join(drawn.choices(string.ascii_uppercase + string.digits, k=6)),
    )  # fmt: skip


def test_separators_in_a_name_are_released_and_come_back() -> None:
    text = written(passenger(surname_latin="O'HONG", given_latin="A+B:C?D"))

    assert "NAD+FL+++O?'HONG:A?+B?:C??D'" in text
    assert read(text).people[0].name == ["O'HONG", "A+B:C?D"]
    message = by_pydifact(text)
    assert next(s for s in message.segments if s.tag == "NAD" and s[0] == "FL")[3] == ["O'HONG", "A+B:C?D"]


def test_a_given_name_of_forty_letters_in_words_is_parted_and_none_is_lost() -> None:
    given = "MAXIMILIANA ALEXANDRINA CHAYAPA DEJTHAMRONG"

    (person,) = read(written(passenger(given_latin=given))).people

    assert all(len(part) <= LONGEST_NAME for part in person.name)
    assert " ".join(person.name[1:]) == given


@pytest.mark.parametrize("length", [LONGEST_NAME, LONGEST_NAME + 1, 40])
def test_a_name_that_fits_survives_and_one_that_does_not_is_refused_without_saying_it(length: int) -> None:
    name = "A" * length

    if length <= LONGEST_NAME:
        assert read(written(passenger(surname_latin=name))).people[0].name[0] == name
        return
    with pytest.raises(NotWritable) as refused:
        written(passenger(surname_latin=name))
    assert "KHM-2026-0042" in str(refused.value)
    assert name not in str(refused.value)


def test_accents_and_small_letters_become_level_a_and_hangul_is_refused() -> None:
    assert read(written(passenger(surname_latin="Núñez", given_latin="Ana"))).people[0].name == ["NUNEZ", "ANA"]
    with pytest.raises(NotWritable):
        written(passenger(surname_latin="홍"))


def test_the_border_crossing_leg_bears_125_and_87_and_others_92() -> None:
    domestic = (
        direct()
        .segments[0]
        .model_copy(
            update={
                "origin": "SAI",
                "destination": "KTI",
                "destination_country": "KH",
                "destination_zone": "Asia/Phnom_Penh",
            }
        )
    )

    ours = read(written(passenger(), flight_number="KE9690", legs=(domestic, direct().segments[0])))

    assert ours.legs == [
        {"flight": "KE9690", "92": "SAI", "189": "2612052340", "92b": "KTI", "232": "2612060710"},
        {"flight": "KE9690", "125": "KTI", "189": "2612052340", "87": "ICN", "232": "2612060710"},
    ]
    assert ours.people[0].ports == {"22": "ICN", "178": "SAI", "179": "ICN", "91": "KOR"}


def test_a_message_is_of_the_d12b_form_in_the_order_of_the_directory() -> None:
    text = written(passenger(), legs=connecting(2).segments[-1:], flight_number="VN3806")

    ours = read(text)
    assert (ours.version, ours.kind) == (["PAXLST", "D", "12B", "UN", "IATA"], "745")
    tags = [each[0][0] for each in segments(text)]
    assert tags == [
        "UNB", "UNG", "UNH", "BGM", "NAD", "COM", "TDT", "LOC", "DTM", "LOC", "DTM", "NAD", "ATT", "DTM", "GEI", "LOC",
        "LOC", "LOC", "NAT", "RFF", "RFF", "DOC", "DTM", "LOC", "CNT", "UNT", "UNE", "UNZ",
    ]  # fmt: skip
    assert ours.people[0].documents == [["P", "110", "111", "R41234567"]]
    assert ours.people[0].expires == "261219"


def vector(name: str) -> PassengerList:
    return read((VECTORS / "paxlst" / name).read_text())


def test_the_second_reader_reads_two_legs_and_forgives_blanks_before_segments() -> None:
    ours = vector("gtas-apisMessage.txt")

    assert [leg["flight"] for leg in ours.legs] == ["AA123", "AA124"]
    assert [person.name for person in ours.people] == [["CLARK", "MICHAEL"], ["CLARK", "CHERYL"]]
    assert (ours.people_counted, ours.people[1].locator) == (2, "TYR123")


def test_the_second_reader_counts_as_the_publisher_did_where_the_publisher_counted_right() -> None:
    ours = vector("gtas-multiple-leg.txt")

    assert (ours.segments, ours.people_counted) == (ours.counted, len(ours.people)) == (46, 2)
    assert ours.legs[-1] == {"flight": "QQ827", "125": "JFK", "189": "0808102000", "87": "CDG", "232": "0808110630"}
    assert ours.people[0].documents == [["P", "110", "111", "YY3478621G"]]
    assert (ours.people[0].expires, ours.people[0].ports["91"]) == ("081230", "FRA")


def test_the_second_reader_takes_the_separators_from_the_message_and_sees_wrong_counts() -> None:
    ours = vector("gtas-airline2-custom-UNA.edi")

    assert ours.people[0].name == ["BETTON", "DAVID"]
    assert ours.segments != ours.counted


def test_the_second_reader_tells_a_crew_list_from_a_passenger_list() -> None:
    ours = vector("gtas-crew-BGM250.txt")

    assert ours.kind == "250"
    assert len(ours.people) == 8
