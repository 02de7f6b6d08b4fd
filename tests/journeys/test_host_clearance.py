"""Leave to go: the money does not wait for the host country, the document does."""

from datetime import date, timedelta
from typing import Any

import pytest

from models.booking import Booking
from models.case import CaseStatus, Step, local_zone
from models.host_clearance import HostItem, HostState
from tasks import case_file, doorbell, host_clearance
from tasks.clock import now
from tests.journeys.story import Story


def hears(story: Story, item: HostItem, state: HostState, **more: Any) -> None:
    """An officer writes down what the host country said, and the run goes on."""
    facts: dict[str, Any] = {"told_by": "airport immigration", "told_at": now(), "officer": story.coordinator, **more}
    host_clearance.record(story.reference, item, state=state, **facts)
    doorbell.wake(story.reference)
    story.goes_on()


def reads(story: Story, heading: str) -> dict[str, str]:
    return dict(next(lines for name, lines in story.evidence().sections if name == heading))


def pending(story: Story) -> None:
    answer = {"partner": "host-authority", "status": "pending", "times": 1}
    story.sandbox.control.post("/answers", json=answer).raise_for_status()


def booking_of(story: Story) -> Booking:
    with case_file.transaction() as session:
        return case_file.require_booking(session, story.reference)


def stay_that_ended(story: Story, *, days: int) -> date:
    """The last day of a permission that makes so many days of overstay by the booked departure."""
    departs_at = booking_of(story).route.departs_at
    return departs_at.in_timezone(local_zone(story.reference)).date() - timedelta(days=days)


def test_without_permit_and_release_order_the_money_goes_and_the_document_stays(story: Story) -> None:
    story.opens(host_status="detained")
    pending(story)
    story.begins()
    story.comes_to(Step.funding)
    hears(story, HostItem.stay, HostState.ended, ended_on=stay_that_ended(story, days=410))

    risk = reads(story, "Risks and claims")["Host clearance"]
    assert risk == "exit permit not granted yet; release order not granted yet; fine of USD 4,100.00 by departure"
    assert reads(story, "Cost")["Exit fine"].startswith("USD 4,100.00 = ")

    story.decides()
    assert (story.waits_at(), story.status()) == (Step.help, CaseStatus.funded)
    assert "The release order of the detained person is asked" in story.timeline()[-2]
    hears(story, HostItem.release_order, HostState.granted, number="RO-77")
    story.decides()
    assert story.waits_at() is Step.help
    assert "The exit permit is asked" in " ".join(story.timeline()[-3:])
    hears(story, HostItem.exit_permit, HostState.granted, number="EX-78", valid_until=now().add(days=60))
    story.decides()

    assert story.waits_at() is Step.release
    before = reads(story, "Before release")
    assert (before["Host exit permit"], before["Host release order"]) == ("EX-78", "RO-77")
    story.comes_home()


def test_a_permit_that_lapses_before_the_departure_bars_the_release(story: Story) -> None:
    story.opens(host_status="rescued")
    pending(story)
    story.begins()
    story.comes_to(Step.funding)
    departs_at = booking_of(story).route.departs_at
    hears(story, HostItem.exit_permit, HostState.granted, number="EX-1", valid_until=departs_at)
    story.decides()

    assert story.waits_at() is Step.help
    assert any("exit permit lapses before the departure" in words for words in story.timeline())
    hears(story, HostItem.exit_permit, HostState.granted, number="EX-1", valid_until=departs_at.add(minutes=1))
    story.decides()
    assert story.waits_at() is Step.release


def test_a_fine_that_is_waived_is_no_cost_and_the_funding_is_asked_anew(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.funding)
    hears(story, HostItem.stay, HostState.ended, ended_on=stay_that_ended(story, days=41 + 900))
    first = story.question()
    assert "Exit fine" in reads(story, "Cost")

    hears(story, HostItem.overstay_fine, HostState.waived)

    assert story.question().id != first.id
    assert "Exit fine" not in reads(story, "Cost")
    assert reads(story, "Risks and claims")["Host clearance"].endswith("; fine waived")
    story.comes_home()


def test_a_refusal_an_officer_hears_counts_over_the_authoritys_grant(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.release)

    hears(story, HostItem.exit_permit, HostState.refused)

    assert story.waits_at() is Step.help
    assert any("The exit permit is refused" in words for words in story.timeline())


def test_a_grant_heard_before_the_refusal_does_not_take_its_place(story: Story) -> None:
    story.opens()
    told: dict[str, Any] = {"told_by": "immigration", "officer": story.coordinator}
    host_clearance.record(story.reference, HostItem.exit_permit, state=HostState.refused, told_at=now(), **told)

    with pytest.raises(case_file.Refused, match="is later and stands"):
        host_clearance.record(
            story.reference, HostItem.exit_permit, state=HostState.granted, number="E-1",
            told_at=now().subtract(days=1), **told,
        )  # fmt: skip

    with case_file.transaction() as session:
        assert host_clearance.latest(session, story.reference)[HostItem.exit_permit].state is HostState.refused


def test_a_refusal_after_release_is_a_coordinators_question_at_once(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.handoff)

    hears(story, HostItem.exit_permit, HostState.refused)

    assert story.waits_at() is Step.help
    assert any("refuses the exit permit after release" in words for words in story.timeline())


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"item": HostItem.exit_permit, "state": HostState.paid}, "is asked, granted, refused"),
        ({"item": HostItem.exit_permit, "state": HostState.granted}, "has a number on it"),
        ({"item": HostItem.ban, "state": HostState.issued, "number": "1"}, "has a number on it"),
        ({"item": HostItem.stay, "state": HostState.ended}, "a stay has one"),
        ({"item": HostItem.ban, "state": HostState.issued, "told_by": " "}, "which office"),
        ({"item": HostItem.ban, "state": HostState.issued, "told_at": 2}, "in the future"),
        ({"item": HostItem.exit_permit, "state": HostState.granted, "number": "1", "valid_until": -1}, "still holds"),
    ],
)
def test_what_cannot_be_is_refused(story: Story, facts: dict[str, Any], why: str) -> None:
    story.opens()
    moments = {name: now().add(hours=by) for name, by in facts.items() if isinstance(by, int)}
    usual: dict[str, Any] = {"told_by": "immigration", "told_at": now()}

    with pytest.raises(case_file.Refused, match=why):
        host_clearance.record(story.reference, officer=story.coordinator, **{**usual, **facts, **moments})
