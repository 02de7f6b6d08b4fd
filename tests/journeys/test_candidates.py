"""Whom the registry may know a person as: shown to whoever decides it, with what differs and no number whole."""

import json

from sqlmodel import select

from models.audit import AuditEvent
from models.case import Step
from models.officer import Officer, Role
from tasks import case_file, officers, overview
from tests.journeys.story import Story, a_person


def reader(number: str) -> Officer:
    return next(officer for officer in officers.listed() if officer.number == number)


def as_json(story: Story, number: str) -> str:
    return json.dumps(overview.of(story.reference, reader=reader(number)).as_facts(), ensure_ascii=False)


def looks(story: Story) -> list[tuple[str, str]]:
    with case_file.transaction() as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.reference == story.reference)).all()
    return [(event.actor, event.fields["purpose"]) for event in events if event.action == "person.read"]


def test_candidates_stand_best_first_with_what_differs_for_who_decides_and_who_runs_the_case(story: Story) -> None:
    # given a list with a wrong digit in the passport number
    person = a_person()
    number = person["passport"]["number"]
    wrong = number[:4] + str((int(number[4]) + 5) % 10) + number[5:]
    story.opens(person, passport_number=wrong)
    # when the run waits for the verifying officer
    story.begins()
    assert story.waits_at() is Step.verification
    # then that officer and the coordinator see the person first, and the difference on both sides
    for officer in (story.deciders[Role.verifying_officer], story.coordinator):
        shown = as_json(story, officer)
        candidates = json.loads(shown)["candidates"]
        assert candidates[0]["registry_id"] == person["person_id"]
        assert candidates[0]["score"] > 0.9
        assert [each["score"] for each in candidates] == sorted((each["score"] for each in candidates), reverse=True)
        assert [(each["fact"], each["note"]) for each in candidates[0]["differences"]] == [
            ("passport_number", "one character differs")
        ]
        # and no number stands there whole
        assert not [each for each in (number, wrong, person["personal_number"]) if each in shown]
        assert (officer, "candidates") in looks(story)
        assert json.loads(shown)["registry"]["answer"] == "found"
    # and the evidence says how far was looked
    search = next(lines for heading, lines in story.evidence().sections if heading == "Registry search")
    assert ("So", "everybody registered as they were written was looked at") in search


def test_an_officer_of_another_step_sees_no_candidates(story: Story) -> None:
    story.opens()
    story.begins()
    travel = story.deciders[Role.travel_officer]

    assert json.loads(as_json(story, travel))["candidates"] == []
    assert (travel, "candidates") not in looks(story)


def test_somebody_the_registry_does_not_know_has_no_candidates_and_the_coordinator_is_asked(story: Story) -> None:
    story.opens(
        name_hangul="제갈훤찬", name_latin="CHEGAL HWONCHAN", birth_date="1951-02-03", passport_number="M00000001"
    )
    story.begins()

    assert story.waits_at() is Step.help
    seen = json.loads(as_json(story, story.coordinator))
    assert seen["candidates"] == []
    # and it is said that they are not there, and not only that nobody was found
    assert seen["registry"]["answer"] == "not_in_registry"
    assert seen["registry"]["looked"] == "everybody registered as they were written was looked at"
    assert ("Code", "not_in_registry") in [line for _, lines in story.evidence().sections for line in lines]
