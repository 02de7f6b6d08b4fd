"""Hits: a warrant, a notice, a missing person; both agencies stand on record, and telling the holder has its time."""

import pendulum
import pytest

from deployments.sandbox.lookouts import AUTHORITIES
from models.case import Step
from models.message import AlarmKind
from models.officer import Role
from models.verification import HitKind
from tasks import alarms, case_file, corrections, decisions, doorbell, hits
from tasks.clock import now
from tests.journeys.story import Story, a_person

SECOND = pendulum.duration(seconds=1)
ROUTED = (HitKind.arrest_warrant, HitKind.red_notice, HitKind.reported_missing)
every_kind = pytest.mark.parametrize("kind", ROUTED)


def found(story: Story, kind: HitKind) -> str:
    """A person on a list waits for the lookout officer; return who holds the entry."""
    story.opens(a_person(lookout=kind.value))
    story.begins()
    assert story.waits_at() is Step.lookout
    return AUTHORITIES[kind.value]


def tells(story: Story, kind: HitKind, agency: str | None = None) -> None:
    officer = story.deciders[Role.lookout_officer]
    hits.inform(story.reference, kind, agency=agency, told_at=now(), officer=officer)
    doorbell.wake(story.reference)
    story.goes_on()


def lines(story: Story, heading: str) -> list[str]:
    return [value for name, section in story.evidence().sections if name == heading for _, value in section]


def routed(story: Story) -> list[str]:
    return [line for line in lines(story, "Lookouts and lost documents") if " of MOFA; " in line]


@every_kind
def test_the_decision_shows_who_holds_the_entry_and_who_was_told_when(story: Story, kind: HitKind) -> None:
    holder = found(story, kind)
    assert lines(story, "Agencies told")[0].startswith(f"{holder}: NOT TOLD YET")
    first = story.question()

    tells(story, kind)

    assert story.waits_at() is Step.lookout
    assert story.question().id != first.id
    (told,) = lines(story, "Agencies told")
    assert told.startswith(f"{holder}, {now():%Y-%m-%d}")
    assert told.endswith(f"by {story.deciders[Role.lookout_officer]}")
    story.decides()
    assert story.waits_at() is Step.verification
    (line,) = routed(story)
    assert line.endswith(f"by {story.deciders[Role.lookout_officer]} of MOFA; {holder} told")


@every_kind
def test_telling_the_holder_is_the_deciders_to_do_and_an_alarm_when_late(story: Story, kind: HitKind) -> None:
    holder = found(story, kind)
    story.decides()
    (line,) = routed(story)
    assert f"{holder} to be told by " in line
    with case_file.transaction() as session:
        ((routing, _),) = hits._routed(session, story.reference)
    assert routing.owner == story.deciders[Role.lookout_officer]

    assert hits.sound_overdue(at=routing.tell_by - SECOND) == 0
    assert [hits.sound_overdue(at=routing.tell_by) for _ in range(2)] == [1, 1]
    assert [alarm.kind for alarm in alarms.standing()] == [AlarmKind.holder_not_told]
    tells(story, kind, agency="Some other office")
    assert len(alarms.standing()) == 1, "another agency is not the one that holds the entry"

    tells(story, kind)

    assert alarms.standing() == []
    assert hits.sound_overdue(at=routing.tell_by) == 0
    assert story.waits_at() is Step.verification
    assert routed(story)[0].endswith("told")


def test_an_entry_about_somebody_else_is_owed_to_nobody(story: Story) -> None:
    found(story, HitKind.red_notice)
    story.decides()
    with case_file.transaction() as session:
        ((routing, _),) = hits._routed(session, story.reference)
    hits.sound_overdue(at=routing.tell_by)
    assert len(alarms.standing()) == 1

    other = a_person()
    corrections.correct_person(
        story.reference, name_hangul=other["surname_hangul"] + other["given_hangul"],
        name_latin=f"{other['surname_latin']} {other['given_latin']}", birth_date=other["born_on"],
        passport_number=other["passport"]["number"], officer=story.coordinator,
    )  # fmt: skip

    assert hits.sound_overdue(at=routing.tell_by) == 0
    assert alarms.standing() == []


def test_whoever_misses_the_person_hears_that_they_are_found_and_the_family_nothing_without_their_word(
    story: Story,
) -> None:
    holder = found(story, HitKind.reported_missing)

    (line,) = lines(story, "Agencies told")

    assert line == f"{holder}: NOT TOLD YET that the person is found; the family only if the person agrees"
    tells(story, HitKind.reported_missing)
    story.comes_home()


@every_kind
def test_no_document_exists_before_the_hit_is_decided(story: Story, kind: HitKind) -> None:
    found(story, kind)

    with case_file.transaction() as session:
        assert case_file.open_document(session, story.reference) is None
        assert decisions.live(session, story.reference, Step.authorise) is None


def test_what_cannot_be_is_refused(story: Story) -> None:
    found(story, HitKind.red_notice)
    officer = story.coordinator

    with pytest.raises(case_file.Refused, match="No arrest_warrant stands"):
        hits.inform(story.reference, HitKind.arrest_warrant, told_at=now(), officer=officer)
    with pytest.raises(case_file.Refused, match="in the future"):
        hits.inform(story.reference, HitKind.red_notice, told_at=now().add(hours=1), officer=officer)
    with pytest.raises(case_file.Refused, match="Name the agency"):
        hits.inform(story.reference, HitKind.red_notice, agency=" ", told_at=now(), officer=officer)
