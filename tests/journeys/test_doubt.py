"""Doubt: an identity that is not sure is examined by two, and whom the registry does not know nobody confirms."""

from typing import Any

import pytest

from models.assurance import Check, Result
from models.case import CaseStatus, Step
from models.message import AlarmKind
from models.officer import Role
from models.referral import AgencyKind, Said
from tasks import alarms, assurance, case_file, corrections, decisions, doorbell, officers
from tasks.clock import now
from tests.journeys.story import Story, a_person


def examiner(story: Story) -> str:
    """Another verifying officer."""
    del story
    return officers.add(name="Second", agency="MOFA", roles=[Role.verifying_officer], by="test").officer.number


def without_passport(story: Story, **changes: Any) -> None:
    """A person who remembers no passport number waits for the examiner."""
    story.opens(passport_number=None, **changes)
    story.begins()


def reads(story: Story) -> list[tuple[str, str]]:
    return next(lines for name, lines in story.evidence().sections if name == "Identity assurance")


def checked(story: Story, check: Check, result: Result) -> None:
    assurance.record_check(story.reference, check, result, officer=story.coordinator)
    doorbell.wake(story.reference)
    story.goes_on()


def test_a_sure_identity_is_examined_by_one_and_says_what_is_not_checked_yet(story: Story) -> None:
    story.opens()
    story.begins()

    assert ("Level", "substantial") in reads(story)
    assert any(caption == "Not checked yet" and "portrait" in value for caption, value in reads(story))
    story.decides()
    assert story.waits_at() is Step.authorise
    assert "The identity was confirmed; its assurance is substantial." in story.timeline()


def test_an_identity_in_doubt_takes_two_examiners(story: Story) -> None:
    second = examiner(story)
    without_passport(story)
    assert ("Level", "low") in reads(story)

    decisions.record(story.reference, "verification", story.answer())

    assert story.status() is CaseStatus.opened
    assert story.waits_at() is Step.verification
    first = story.deciders[Role.verifying_officer]
    with pytest.raises(decisions.AnswerRefused, match="has signed this step already"):
        decisions.record(story.reference, "verification", story.answer(officer=first))
    story.decides(officer=second)
    assert story.waits_at() is Step.authorise
    assert "The identity was confirmed; its assurance is low." in story.timeline()


def test_neither_of_two_examiners_authorises(story: Story) -> None:
    both = officers.add(
        name="Both", agency="MOFA", roles=[Role.verifying_officer, Role.authorising_officer], by="test"
    ).officer.number
    without_passport(story)
    story.decides()
    story.decides(officer=both)
    assert story.waits_at() is Step.authorise

    with pytest.raises(decisions.AnswerRefused, match="examined the identity"):
        decisions.record(story.reference, "travel_document", story.answer(officer=both))


def test_who_vouches_is_weighed_and_who_knows_them_as_another_is_a_doubt(story: Story) -> None:
    # given a person of whom a name and a birth date are known
    without_passport(story)
    assert ("Level", "low") in reads(story)
    # when another mission vouches for them
    heard(story, Said.vouches)
    # then that is evidence beside what agrees, the examiner sees whom to ask, and nobody is confirmed by it
    assert ("Level", "substantial") in reads(story)
    [(_, line)] = next(lines for name, lines in story.evidence().sections if name == "Referrals")
    assert line.startswith(
        "Embassy in Bangkok (mission) vouches, their file B-77; ask Consul Kim, +66 2 000 0000; said "
    )
    assert story.status() is CaseStatus.opened
    assert not [words for words in story.timeline() if "Bangkok" in words]
    # when the same mission says that they are somebody else
    heard(story, Said.denies)
    # then two examine
    assert ("Doubt", "Embassy in Bangkok knows them as somebody else") in reads(story)


def heard(story: Story, said: Said) -> None:
    assurance.record_referral(
        story.reference, agency="Embassy in Bangkok", kind=AgencyKind.mission, said=said,
        contact="Consul Kim, +66 2 000 0000", file="B-77", said_at=now(), officer=story.coordinator,
    )  # fmt: skip
    doorbell.wake(story.reference)
    story.goes_on()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"agency": " "}, "Name the agency"), ({"agency": "x" * 121}, "Name the agency"),
        ({"contact": ""}, "Say whom to ask there"), ({"said_at": now().add(days=1)}, "Nobody said anything"),
    ],
)  # fmt: skip
def test_a_referral_nobody_can_ask_about_is_refused(story: Story, wrong: dict[str, Any], words: str) -> None:
    story.opens()
    said: dict[str, Any] = {
        "agency": "Shelter", "kind": AgencyKind.ngo, "said": Said.refers, "contact": "Ms Sok", "said_at": now(),
    }  # fmt: skip

    with pytest.raises(case_file.Refused, match=words):
        assurance.record_referral(story.reference, officer=story.coordinator, **(said | wrong))


def test_a_check_that_agrees_takes_the_doubt_away_and_one_that_differs_brings_it_back(story: Story) -> None:
    without_passport(story)

    checked(story, Check.known_facts, Result.agrees)
    assert ("Level", "substantial") in reads(story)
    assert not any(caption == "Doubt" for caption, _ in reads(story))
    checked(story, Check.portrait, Result.differs)

    assert ("Doubt", "portrait differs") in reads(story)
    assert any("two officers instead of one" in change for change in story.evidence().changes)
    story.decides()
    assert story.waits_at() is Step.verification


def test_where_no_second_examiner_is_in_service_it_is_an_alarm(story: Story) -> None:
    without_passport(story)

    decisions.record(story.reference, "verification", story.answer())

    assert [alarm.kind for alarm in alarms.standing()] == [AlarmKind.nobody_decides]


def test_another_nationality_is_shown_wants_two_examiners_and_leaves_the_lost_passport_as_it_is(story: Story) -> None:
    second = examiner(story)
    story.opens()
    story.begins()

    assurance.note_nationality(story.reference, "USA", officer=story.coordinator)
    doorbell.wake(story.reference)
    story.goes_on()

    assert ("Doubt", "also a national of USA: that state may be involved") in reads(story)
    with pytest.raises(case_file.Refused, match="on record already"):
        assurance.note_nationality(story.reference, "USA", officer=story.coordinator)
    story.decides()
    story.decides(officer=second)
    assert story.waits_at() is Step.authorise
    assert "The old passport was reported stolen." in story.timeline()


def test_whom_the_registry_does_not_know_is_a_coordinators_question_that_says_what_to_do(story: Story) -> None:
    known = a_person()
    story.opens(known, name_hangul="궉쀍뿝", name_latin=None, birth_date="1907-11-30", passport_number=None)
    story.begins()

    assert story.waits_at() is Step.help
    assert any("refer them to the Ministry of Justice and the state they name" in words for words in story.timeline())
    story.decides()
    assert story.waits_at() is Step.help
    assert story.status() is CaseStatus.opened

    corrections.correct_person(
        story.reference, name_hangul=known["surname_hangul"] + known["given_hangul"], birth_date=known["born_on"],
        passport_number=known["passport"]["number"], officer=story.coordinator,
    )  # fmt: skip
    doorbell.wake(story.reference)
    story.goes_on()
    if story.waits_at() is Step.help:
        story.decides()
    assert story.waits_at() is Step.verification
    assert ("Level", "substantial") in reads(story)


def test_a_confirmed_identity_is_checked_no_more_before_it_is_returned(story: Story) -> None:
    story.opens()
    story.begins()
    story.decides()

    with pytest.raises(case_file.Refused, match="returned to verification first"):
        assurance.record_check(story.reference, Check.interview, Result.differs, officer=story.coordinator)
    for odd in ("KOR", "usa", "US", "", "XYZ"):
        with pytest.raises(case_file.Refused, match="three letters"):
            assurance.note_nationality(story.reference, odd, officer=story.coordinator)
