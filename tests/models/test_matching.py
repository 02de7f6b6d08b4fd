"""Names written by ear, and what the registry is asked."""

import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.sandbox import population
from deployments.sandbox.registry import INDEXED
from models.birth_date import BirthDate
from models.matching import numbers
from models.matching.comparing import compare
from models.matching.names import Apart, hangul_apart, latin_apart
from models.matching.plan import CALLS_AT_MOST, Criterion, is_as_wide, is_within, likely, stages
from models.matching.readings import readings, surnames_heard
from models.matching.romanisation import spellings, surname_spellings
from models.verification import Reported
from tasks.partners.registry import ATTRIBUTES
from tests.benchmarks.matching import record_of

PEOPLE = list(population.load(population.PACKAGED))
AGREES = 0.85

people = st.sampled_from(PEOPLE)


def apart(written: str, person: population.Person) -> Apart:
    return latin_apart(
        written,
        surname_hangul=person.surname_hangul,
        given_hangul=person.given_hangul,
        surname_latin=person.surname_latin,
        given_latin=person.given_latin,
    )


@st.composite
def written_names(draw: st.DrawFn) -> tuple[population.Person, str]:
    """Somebody of the registry, and their name in any romanisation, order, spacing, hyphenation and case we know."""
    person = draw(people)
    usual = [[text for text, cost in surname_spellings(person.surname_hangul) if cost <= 0.25]]
    usual += [[text for text, cost in spellings(each) if cost == 0] for each in person.given_hangul]
    surname, *parts = (draw(st.sampled_from(ways)) for ways in usual)
    own = draw(st.sampled_from(["", " ", "-", "  "])).join(parts)
    between = draw(st.sampled_from([" ", ", ", ",", "", "  "]))
    name = surname + between + own if draw(st.booleans()) else own + between + surname
    return person, draw(st.sampled_from([str.upper, str.lower, str.title]))(name)


@settings(max_examples=150, deadline=None)
@given(written_names())
def test_a_name_in_any_order_spacing_and_romanisation_is_the_same_name(written: tuple[population.Person, str]) -> None:
    person, name = written
    assert apart(name, person).likeness >= AGREES


@settings(max_examples=150, deadline=None)
@given(written_names(), st.integers(0, 30), st.sampled_from(["exchanged", "doubled", "left out"]))
def test_a_slip_of_the_pen_costs_one_slip(written: tuple[population.Person, str], place: int, slip: str) -> None:
    person, name = written
    place %= len(name) - 1
    left, here, after, right = name[:place], name[place], name[place + 1], name[place + 2 :]
    slipped = {"exchanged": left + after + here + right, "doubled": left + here + here + after + right,
               "left out": left + after + right}[slip]  # fmt: skip
    assert apart(slipped, person).slips <= apart(name, person).slips + 1


@settings(max_examples=150, deadline=None)
@given(written_names(), people)
def test_somebody_elses_name_is_not_the_same_name(
    written: tuple[population.Person, str], other: population.Person
) -> None:
    person, name = written
    ours, theirs = (each.surname_hangul + each.given_hangul for each in (person, other))
    if hangul_apart(ours, theirs).slips >= 5:
        assert apart(name, other).likeness < AGREES


@settings(max_examples=100, deadline=None)
@given(people, people)
def test_two_names_in_hangul_are_as_far_apart_from_either_side(
    one: population.Person, other: population.Person
) -> None:
    ours, theirs = (each.surname_hangul + each.given_hangul for each in (one, other))
    assert hangul_apart(ours, theirs) == hangul_apart(theirs, ours)
    assert hangul_apart(ours, ours).likeness == 1
    assert (hangul_apart(ours, theirs).likeness == 1) == (ours == theirs)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=40), st.text(max_size=20), people)
def test_no_text_is_too_odd_to_compare_or_to_look_up(latin: str, number: str, person: population.Person) -> None:
    odd = Reported(name_latin=latin, name_hangul=number, passport_number=number, next_of_kin_phone=number)
    record = record_of(person).model_copy(update={"surname_hangul": number, "given_hangul": latin, "given_latin": ""})
    assert 0 <= compare(odd, record).score <= 1
    assert 0 <= compare(odd, record_of(person)).score <= 1
    assert all(query for stage in stages(odd) for query in stage)


@settings(max_examples=100, deadline=None)
@given(people, st.dates(date(1950, 1, 1), date(2009, 12, 31)))
def test_a_date_is_like_itself_and_its_known_parts_agree(person: population.Person, other: date) -> None:
    def likeness(written: BirthDate) -> float:
        (fact,) = compare(Reported(birth_date=written), record_of(person)).facts
        return fact.likeness

    born = person.born_on
    assert {likeness(BirthDate(born.year)), likeness(BirthDate(born.year, born.month))} == {1.0}
    assert likeness(BirthDate(born.year, born.month, born.day)) == 1
    if born.day <= 12:
        assert likeness(BirthDate(born.year, born.day, born.month, exchangeable=born.day != born.month)) >= AGREES
    assert (likeness(BirthDate(other.year, other.month, other.day)) == 1) == (other == born)


@pytest.mark.parametrize(
    ("written", "hangul"),
    [
        ("Soo-Yong Pka", "박수용"), ("KI,M MIN-CHAE", "김민채"), ("IMY EONGMIN", "임영민"), ("MUNYONGHHYE", "문용혜"),
        ("SUWOO, HWAN-BUM", "선우환범"), ("GYUMIN HWNG", "황규민"), ("RHEE KUN A", "이건아"), ("LEE  UNDA", "이은다"),
        ("KYSUANG KIM", "김규상"), ("OH Joon", "오준"), ("Namkoong Min", "남궁민"),
    ],
)  # fmt: skip
def test_a_name_by_ear_is_read_as_what_was_meant(written: str, hangul: str) -> None:
    assert hangul in [each.surname + each.given for each in readings(written)[:3]]


@pytest.mark.parametrize(
    ("written", "hangul"),
    [("JANIGNHO", "장인호"), ("BOINHYUN", "오빈현"), ("SEOSOO M", "임서수"), ("HODONGYOUNG", "오동영"),
     ("HYYE CHOI", "최혜")],
)  # fmt: skip
def test_a_slip_at_the_border_of_two_names_or_in_a_short_one_is_read(written: str, hangul: str) -> None:
    assert hangul in [each.surname + each.given for each in readings(written, at_most=30)]


def test_of_a_name_nobody_can_read_the_surname_is_kept() -> None:
    assert (readings("PAE BYENOGQUE"), surnames_heard("PAE BYENOGQUE")[0].surname) == ([], "배")
    # and it is never asked for alone
    reported = Reported(name_latin="PAE BYENOGQUE", next_of_kin_phone="+82-10-1234-5678")
    asked = [{each.attribute for each in query} for stage in stages(reported) for query in stage]
    assert asked[0] == {"surname_hangul", "next_of_kin_phone"}
    assert {"surname_hangul"} not in asked


def test_names_that_are_near_in_the_order_of_hangul_are_one_question() -> None:
    # given a name read as 건연, 건용, 근연 or 근용, and a month of birth
    reported = Reported(name_latin="PAK KUN YOGN", birth_date=BirthDate(1987, 7))
    # when the plan is made
    first = stages(reported)[0][0]

    # then the first question holds them all, and leaves out whoever is far from them
    def holds(given: str) -> bool:
        person = {Criterion("surname_hangul", "=", "박"), Criterion("given_hangul", "=", given),
                  Criterion("born_on", "=", "1987-07-26")}  # fmt: skip
        return is_within(frozenset(person), first)

    assert all(holds(given) for given in ("건연", "건용", "근연", "근용"))
    assert not any(holds(given) for given in ("가연", "민용", "희정"))


def test_a_question_that_is_as_wide_as_one_too_wide_is_told_and_one_that_narrows_it_is_not() -> None:
    def asked(**equal: str) -> frozenset[Criterion]:
        return frozenset(Criterion(name, "=", value) for name, value in equal.items())

    wide = asked(surname_hangul="박", born_on="1990-03-08")
    assert is_as_wide(asked(surname_hangul="박", born_on="1990-08-03"), wide)
    assert is_as_wide(asked(born_on="1990-03-08"), wide)
    assert not is_as_wide(asked(surname_hangul="박", born_on="1990-03-08", sex="F"), wide)
    assert not is_as_wide(asked(surname_hangul="박", born_on="1990-08-03", given_hangul="민재"), wide)


@pytest.mark.parametrize(
    ("written", "registered", "differ"),
    [("M9O867163", "M90867163", 0), ("MI2B45678", "M12845678", 0), ("M12345679", "M12345678", 1),
     ("M12354678", "M12345678", 1), ("M 1234-5678", "M12345678", 0), ("M99999999", "M12345678", 8)],
)  # fmt: skip
def test_characters_that_look_alike_do_not_make_a_number_another(written: str, registered: str, differ: int) -> None:
    assert numbers.apart(written, registered) == numbers.apart(registered, written)
    assert (numbers.apart(written, registered) == differ) or (differ > 2 and numbers.apart(written, registered) > 2)


def test_a_number_is_looked_up_as_it_was_meant() -> None:
    # Only the fourth place after the first letter may be a letter; anywhere else it is a digit misread.
    assert numbers.meant("M9O867163") == ["M90867163"]
    assert numbers.meant("MX1234567") == ["MX1234567"]
    assert numbers.meant("m12345678") == ["M12345678"]
    assert numbers.meant("M123B4567") == ["M123B4567", "M12384567"]
    assert numbers.meant(":") == numbers.meant(None) == []


@st.composite
def reports(draw: st.DrawFn) -> Reported:
    person, latin = draw(written_names())
    born = person.born_on
    dates = [None, BirthDate(born.year), BirthDate(born.year, born.month), BirthDate(born.year, born.month, born.day)]
    facts: dict[str, Any] = {
        "name_hangul": person.surname_hangul + person.given_hangul,
        "birthplace": person.birthplace,
        "sex": person.sex,
        "passport_number": person.passport.number,
        "next_of_kin_phone": person.next_of_kin.phone,
    }
    kept = {name: value for name, value in facts.items() if draw(st.booleans())}
    return Reported(name_latin=latin, birth_date=draw(st.sampled_from(dates)), **kept)


@settings(max_examples=150, deadline=None)
@given(reports())
def test_every_query_starts_from_an_index_and_none_asks_for_a_whole_family(reported: Reported) -> None:
    for stage in stages(reported):
        for query in stage:
            equal = {ATTRIBUTES.get(each.attribute, each.attribute) for each in query if each.operator == "="}
            assert equal & set(INDEXED), query
            # A surname alone fits ten million people: something else always stands beside it.
            assert {each.attribute for each in query} != {"surname_hangul"}


def test_what_lies_within_a_query_is_known_and_what_does_not_is_not() -> None:
    day = frozenset({Criterion("surname_hangul", "=", "김"), Criterion("born_on", "=", "1990-03-08")})
    year = frozenset({Criterion("surname_hangul", "=", "김"), Criterion("born_on", ">=", "1990-01-01"),
                      Criterion("born_on", "<=", "1990-12-31")})  # fmt: skip
    other = frozenset({Criterion("surname_hangul", "=", "김"), Criterion("born_on", "=", "1991-03-08")})

    assert is_within(day, year)
    assert is_within(day, day)
    assert not is_within(year, day)
    assert not is_within(other, year)


def test_everybody_of_a_day_is_asked_for_at_once_only_where_the_surname_is_rare() -> None:
    def first(name: str) -> set[str]:
        return {each.attribute for each in stages(Reported(name_latin=name, birth_date=BirthDate(1990, 3, 20)))[0][0]}

    # A given name beside the day is as narrow, and holds when the surname has a slip.
    assert first("KIM MIN-JAE") == {"given_hangul", "born_on"}
    assert first("JEGAL MIN-JAE") == {"surname_hangul", "born_on"}


def test_an_exchangeable_date_is_asked_for_both_ways() -> None:
    reported = Reported(name_hangul="김범석", birth_date=BirthDate(1990, 8, 3, exchangeable=True))

    # The name on the day as written, then the name in all of the year, where the other day lies.
    first = [query for stage in stages(reported) for query in stage][:2]
    assert {each.value for query in likely(reported) for each in query} >= {"1990-08-03", "1990-03-08"}
    assert all(any(is_within(query, asked) for asked in first) for query in likely(reported))


def test_the_plan_is_longer_than_what_may_be_asked_only_in_its_tail() -> None:
    whole = Reported(name_latin="KIM MIN-JAE", birth_date=BirthDate(1990, 3, 20), passport_number="M12345678")
    # number, whole name with day, surname with day, another day: all before the budget ends
    first = [query for stage in stages(whole) for query in stage][:CALLS_AT_MOST]
    assert any(re.fullmatch("M12345678", each.value) for each in first[0])
    assert len(first) == CALLS_AT_MOST
