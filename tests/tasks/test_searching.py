"""How the registry is asked for one person: few calls, narrow ones, and never through an answer that is too wide."""

from datetime import date

import pytest

from deployments.sandbox.population import PACKAGED, Person, Population, load
from models.birth_date import BirthDate
from models.matching.plan import CALLS_AT_MOST, READABLE
from models.verification import Coverage, RegistryAnswer, Reported
from tasks.searching import UNREAD_AT_MOST, search
from tests.benchmarks.matching import CountedRegistry, listed, tallied
from tests.benchmarks.people import Damage, field_list, population, without_numbers
from tests.sandbox.harness import VECTORS

FOUND, TRUTH = VECTORS / "operation" / "found.csv", VECTORS / "operation" / "truth.csv"


@pytest.fixture(scope="module")
def packaged() -> Population:
    return load(PACKAGED)


def namesakes(people: Population, count: int) -> list[Person]:
    """So many people of one name born in the same month."""
    pattern = next(iter(people))
    return [
        pattern.model_copy(
            update={
                "person_id": f"N{number:05}",
                "personal_number": f"900301-1{number:06}",
                "surname_hangul": "김", "given_hangul": "민재", "surname_latin": "KIM", "given_latin": "MIN-JAE",
                "born_on": date(1990, 3, 1 + number % 28),
                "passport": pattern.passport.model_copy(update={"number": f"M{number:08}"}),
            }
        )
        for number in range(count)
    ]  # fmt: skip


def test_everybody_on_the_operations_list_is_found_first_and_no_stranger_is(packaged: Population) -> None:
    # when everybody on the list is sought
    tally = tallied("operation", packaged, listed(FOUND, TRUTH))
    # then the right ones stand first, and who is not in the registry is nobody
    assert (tally.first, tally.present, tally.nobody, tally.strangers) == (67, 67, 5, 5)
    assert max(tally.calls) <= CALLS_AT_MOST


@pytest.mark.parametrize("seed", [11, 12])
def test_people_of_another_registry_are_found_too_and_strangers_stay_in_doubt(seed: int) -> None:
    people = population(seed, 3000)
    rows = field_list(seed, people, 60)
    for each in (rows, without_numbers(rows)):
        tally = tallied("unseen", people, each)
        assert tally.within_five >= 0.95 * tally.present, tally.missed
        assert tally.strangers_above == 0
        assert max(tally.calls) <= CALLS_AT_MOST


def test_a_list_of_strangers_has_no_high_score(packaged: Population) -> None:
    # given a list on which nobody is in the registry, half of them namesakes of somebody who is
    rows = field_list(7, packaged, 40, Damage(strangers=1.0))
    assert tallied("strangers", packaged, rows).strangers_above == 0


def test_an_answer_that_is_too_wide_is_given_up_and_a_narrower_one_read(packaged: Population) -> None:
    # given more namesakes than may be read, and the day of one of them
    crowd = Population(namesakes(packaged, 6 * READABLE))
    registry = CountedRegistry(crowd)
    # when only the year is known, then none is opened
    vague = search(registry, Reported(name_hangul="김민재", birth_date=BirthDate(1990)))
    assert (registry.reads, vague.candidates, len(vague.too_wide) > 0) == (0, [], True)
    # when the day is known, then that one is
    known = search(registry, Reported(name_hangul="김민재", birth_date=BirthDate(1990, 3, 20)))
    assert [each.record.registry_id for each in known.candidates] == ["N00019"]
    assert registry.reads == 1


def test_namesakes_of_one_day_are_both_shown_and_both_in_doubt(packaged: Population) -> None:
    crowd = Population(namesakes(packaged, 28 + 5))
    found = search(CountedRegistry(crowd), Reported(name_hangul="김민재", birth_date=BirthDate(1990, 3, 2))).candidates
    assert [each.record.registry_id for each in found] == ["N00001", "N00029"]
    assert all(each.score <= 0.5 for each in found)


def test_a_passport_number_that_belongs_to_somebody_else_does_not_end_the_search(packaged: Population) -> None:
    # given a list that has one person's name and birth date, and another's passport number
    person, other = list(packaged)[10:12]
    reported = Reported(
        name_hangul=person.surname_hangul + person.given_hangul,
        birth_date=BirthDate(person.born_on.year, person.born_on.month, person.born_on.day),
        passport_number=other.passport.number,
    )
    found = search(CountedRegistry(packaged), reported).candidates
    assert found[0].record.registry_id == person.person_id
    assert found[0].score < 0.9


def test_whoever_fits_and_was_not_opened_keeps_the_score_from_being_high(packaged: Population) -> None:
    # given four people of one name and day, and a passport number nobody has: one more than calls are left for
    person = next(iter(packaged))
    twins = Population([person.model_copy(update={"person_id": f"T{number}"}) for number in range(4)])
    reported = Reported(
        name_hangul=person.surname_hangul + person.given_hangul,
        birth_date=BirthDate(person.born_on.year, person.born_on.month, person.born_on.day),
        passport_number="M00000000",
    )
    registry = CountedRegistry(twins)
    done = search(registry, reported)
    # then five calls were made in all, somebody is left unread, and nobody is sure
    assert registry.finds + registry.reads == CALLS_AT_MOST
    assert len(done.unread) == 1
    assert all(each.score <= UNREAD_AT_MOST for each in done.candidates)


@pytest.mark.parametrize("seed", [21, 22])
def test_crowded_days_cost_no_more_calls(seed: int) -> None:
    # given as many born a day as in a registry of fifty million
    people = population(seed, 6_000, born_within_days=4)
    tally = tallied("dense", people, field_list(seed, people, 60))
    assert max(tally.calls) <= CALLS_AT_MOST
    assert tally.strangers_above == 0


def test_nobody_there_is_told_from_too_many_to_look_at(packaged: Population) -> None:
    # given a name nobody bears, and a crowd of one name of whom only the year is known
    unknown = Reported(name_hangul="제갈훤찬", birth_date=BirthDate(1951, 2, 3), passport_number="M00000001")
    crowded = Reported(name_hangul="김민재", birth_date=BirthDate(1990))
    # when they are sought
    nobody = search(CountedRegistry(packaged), unknown)
    crowd = search(CountedRegistry(Population(namesakes(packaged, 6 * READABLE))), crowded)
    # then the one is not there, and of the other that was not found out
    assert nobody.candidates == crowd.candidates == []
    assert nobody.coverage.answer(anybody=False) is RegistryAnswer.not_in_registry
    assert nobody.coverage.words == "everybody registered as they were written was looked at"
    assert crowd.coverage.answer(anybody=False) is RegistryAnswer.too_many_fit
    assert "too many people to look at" in crowd.coverage.words


def test_a_likely_reading_that_was_not_asked_for_leaves_it_open_whether_somebody_is_there() -> None:
    spent = Coverage(queries=5, records=0, too_wide=0, unread=0, unasked=2)

    assert spent.answer(anybody=False) is RegistryAnswer.calls_ran_out
    assert spent.words == "not everybody who may be meant was looked at: 2 likely readings were not covered"
    assert spent.answer(anybody=True) is RegistryAnswer.found


@pytest.mark.parametrize("phone", [None, "+82-10-1234-5678"])
def test_a_surname_with_a_slip_is_found_by_the_day_and_what_stands_beside_it(
    packaged: Population, phone: str | None
) -> None:
    # given 김 written IM, which is another surname
    pattern = next(iter(packaged))
    kin = pattern.next_of_kin.model_copy(update={"phone": phone or pattern.next_of_kin.phone})
    person = pattern.model_copy(
        update={"person_id": "K1", "surname_hangul": "김", "given_hangul": "건유", "surname_latin": "KIM",
                "given_latin": "GEON YU", "born_on": date(1981, 3, 28), "next_of_kin": kin}
    )  # fmt: skip
    reported = Reported(name_latin="IM GEONYU", birth_date=BirthDate(1981, 3, 28), next_of_kin_phone=phone)
    # when they are sought
    found = search(CountedRegistry(Population([*packaged, person])), reported).candidates
    # then they stand first
    assert found[0].record.registry_id == "K1"
