"""Requests to other agencies: due, reminded of, red and an alarm until they are answered, and then on record."""

from typing import Any

import pendulum
import pytest
from sqlmodel import select

from models.case import CaseStatus, Step
from models.message import AlarmKind, Message, MessageKind
from models.officer import Role
from models.policy import PolicyInvalid, read_policy
from models.referral import AgencyKind, Referral, ReferralRequest, Said, Withdrawn
from tasks import alarms, assurance, board, case_file, doorbell, overview, referrals
from tasks.clock import now
from tasks.policy import DEFAULT, policy
from tests.journeys.story import Story

EMBASSY = "Embassy in Bangkok"
SECOND = pendulum.duration(seconds=1)


def asks(story: Story, agency: str = EMBASSY, **changes: Any) -> ReferralRequest:
    """Ask an agency, have the case go on, and return the request."""
    asked: dict[str, Any] = {"kind": AgencyKind.mission, "contact": "Consul Kim, +66 2 000 0000", "asked_at": now()}
    referrals.ask(story.reference, agency=agency, officer=story.officer(Role.coordinator), **(asked | changes))
    goes_on(story)
    with case_file.transaction() as session:
        request = referrals.open_request(session, story.reference, agency)
    assert request is not None
    return request


def answers(story: Story, said: Said, agency: str = EMBASSY) -> None:
    assurance.record_referral(
        story.reference, agency=agency, kind=AgencyKind.mission, said=said, contact="Consul Kim", said_at=now(),
        officer=story.coordinator,
    )  # fmt: skip
    goes_on(story)


def goes_on(story: Story) -> None:
    if doorbell.wake(story.reference):
        story.goes_on()


def lines(story: Story) -> list[str]:
    return [line for name, section in story.evidence().sections if name == "Referrals" for _, line in section]


def sounding() -> list[AlarmKind]:
    return [alarm.kind for alarm in alarms.standing()]


def waiting(story: Story) -> Story:
    story.opens()
    story.begins()
    return story


def test_the_examiner_sees_whom_we_asked_and_then_both_agencies_beside_the_answer(story: Story) -> None:
    # given somebody asked by an officer of ours
    before = waiting(story).question()
    request = asks(story)
    # then the question is asked anew, with the request and without an answer
    assert story.question().id != before.id
    (line,) = lines(story)
    assert line.startswith(f"{EMBASSY} (mission) asked by {story.coordinator} of MOFA, ")
    assert line.endswith(f"NO ANSWER YET, due {request.due_at:%Y-%m-%d %H:%M} UTC; ask Consul Kim, +66 2 000 0000")
    assert not [words for words in story.timeline() if "Bangkok" in words]
    # when the agency answers, however its name is typed
    answers(story, Said.vouches, agency="embassy  in bangkok")
    # then one line tells who answered and who asked, and the row says which question it answers
    (line,) = lines(story)
    assert " vouches; ask Consul Kim; said " in line
    assert f"; {EMBASSY} (mission) asked by {story.coordinator} of MOFA, " in line
    with case_file.transaction() as session:
        assert session.exec(select(Referral)).one().request_id == request.id
        assert session.get_one(ReferralRequest, request.id).standing_words == "answered"
    assert story.status() is CaseStatus.opened


def test_who_asked_is_reminded_once_and_then_it_is_an_alarm_that_only_an_answer_ends(story: Story) -> None:
    request = asks(waiting(story))
    rule = policy().referrals
    assert request.due_at - request.asked_at == pendulum.duration(hours=rule.answer_hours)
    assert request.due_at - request.remind_at == pendulum.duration(hours=rule.remind_hours)
    # before the reminder nothing is told
    assert referrals.keep_clocks(at=request.remind_at - SECOND) == 0
    assert reminders() == []
    # at its moment whoever asked is told, once
    for _ in range(2):
        assert referrals.keep_clocks(at=request.remind_at) == 0
    assert reminders() == [(story.coordinator, story.reference)]
    assert referrals.keep_clocks(at=request.due_at - SECOND) == 0
    assert sounding() == []
    # when it is due, and no answer came
    for _ in range(2):
        assert referrals.keep_clocks(at=request.due_at) == 1
    # then it is one alarm, which nobody puts away
    (alarm,) = alarms.standing()
    assert alarm.kind is AlarmKind.agency_silent
    with pytest.raises(case_file.Refused, match="stands until it answers"):
        alarms.acknowledge(alarm.id, officer=story.officer(Role.coordinator))
    # what only refers is no answer; what knows nothing is one
    answers(story, Said.refers)
    assert sounding() == [AlarmKind.agency_silent]
    answers(story, Said.unknown)
    assert sounding() == []
    assert referrals.keep_clocks(at=request.due_at) == 0


def reminders() -> list[tuple[str, str | None]]:
    with case_file.transaction() as session:
        told = session.exec(select(Message).where(Message.kind == MessageKind.answer_due_soon)).all()
    return [(message.officer, message.reference) for message in told]


def test_an_answer_ends_the_alarm_about_its_own_agency_and_no_other(story: Story) -> None:
    waiting(story)
    first, other = asks(story), asks(story, agency="Thai police", kind=AgencyKind.host_police)
    assert referrals.keep_clocks(at=max(first.due_at, other.due_at)) == 2

    answers(story, Said.vouches)

    assert [alarm.about for alarm in alarms.standing()] == [str(other.id)]


def test_an_overdue_answer_is_red_in_the_case_and_on_the_board_which_never_name_the_agency(story: Story) -> None:
    long_ago = now().subtract(hours=policy().referrals.answer_hours, minutes=1)
    request = asks(waiting(story), asked_at=long_ago)
    coordinator = story.officer(Role.coordinator)

    assert board.board(coordinator).unanswered == [referrals.Unanswered(story.reference, request.due_at)]
    seen = overview.of(story.reference, reader=coordinator)
    assert seen.requests[0].words(at=now()).startswith("NO ANSWER, OVERDUE now, due ")
    assert seen.as_facts()["requests"][0]["overdue"] is True
    stranger = story.officer(Role.funding_officer)
    assert overview.of(story.reference, reader=stranger).as_facts()["requests"] == []
    answers(story, Said.unknown)
    assert board.board(coordinator).unanswered == []


def test_a_request_can_be_withdrawn_with_a_reason_and_then_asked_again(story: Story) -> None:
    request = asks(waiting(story))
    referrals.keep_clocks(at=request.due_at)

    referrals.withdraw(
        story.reference, agency=EMBASSY, because=Withdrawn.cannot_be_reached, officer=story.coordinator
    )  # fmt: skip

    goes_on(story)
    assert sounding() == []
    assert "; withdrawn, cannot be reached; ask " in lines(story)[0]
    with pytest.raises(case_file.Refused, match="No answer of that agency is waited for"):
        referrals.withdraw(
            story.reference, agency=EMBASSY, because=Withdrawn.identified, officer=story.coordinator
        )  # fmt: skip
    assert asks(story).id != request.id


def test_an_answer_after_the_identity_was_confirmed_is_taken_but_for_one_against_it(story: Story) -> None:
    asks(waiting(story))
    story.decides()
    assert story.waits_at() is Step.authorise

    with pytest.raises(case_file.Refused, match="have the case returned to verification first"):
        answers(story, Said.denies)
    answers(story, Said.vouches)

    assert story.waits_at() is Step.authorise
    with case_file.transaction() as session:
        assert referrals.waited_for(session, story.reference) == []


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"agency": " "}, "Name the agency"), ({"agency": "x" * 121}, "Name the agency"),
        ({"contact": " "}, "Say whom you asked"), ({"asked_at": now().add(days=1)}, "lies in the future"),
        ({"agency": EMBASSY.upper()}, "was asked already"),
    ],
)  # fmt: skip
def test_a_request_nobody_could_wait_for_is_refused(story: Story, wrong: dict[str, Any], words: str) -> None:
    story.opens()
    asks(story)

    with pytest.raises(case_file.Refused, match=words):
        asks(story, **({"agency": "Another"} | wrong))


def test_a_policy_that_reminds_before_it_asks_does_not_hold() -> None:
    stated = DEFAULT.read_text()
    assert read_policy(stated).referrals.remind_hours == 12

    with pytest.raises(PolicyInvalid, match="remind_hours are counted back"):
        read_policy(stated.replace("remind_hours = 12", "remind_hours = 48"))
