"""What lapses, comes late or is stopped half-way: nothing paid is given back, nothing spins, and somebody is asked."""

import pendulum
import pytest
from sqlalchemy import update
from sqlmodel import col

from models.booking import Booking
from models.case import CaseStatus, Step
from models.decision import Door, Outcome, Proposal, ReasonCode
from models.officer import Role
from tasks import case_file, corrections, decisions, officers, takeover
from tasks.clock import now
from tests.journeys.story import Story, a_person


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweep looks without waiting."""
    monkeypatch.setattr(takeover, "GRACE", pendulum.duration())


def booking_of(story: Story) -> Booking:
    with case_file.transaction() as session:
        return case_file.require_booking(session, story.reference)


def change_booking(story: Story, **values: object) -> None:
    """Let time pass for the case's booking alone."""
    with case_file.transaction() as session:
        session.execute(update(Booking).where(col(Booking.reference) == story.reference).values(**values))


def let_it_leave(story: Story) -> None:
    """Move the booked flight into the past."""
    route = booking_of(story).route
    segments = [
        segment.model_copy(
            update={
                "departs_local": segment.departs_local.replace(year=segment.departs_local.year - 1),
                "arrives_local": segment.arrives_local.replace(year=segment.arrives_local.year - 1),
            }
        )
        for segment in route.segments
    ]
    change_booking(story, itinerary=route.model_copy(update={"segments": tuple(segments)}).model_dump(mode="json"))


def test_an_order_that_may_be_paid_is_not_given_back_when_its_deadline_passes(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.funding)
    order = booking_of(story).order_id
    story.fault("drop_before", method="POST", path="/air/payments")
    story.decides()
    assert story.waits_at() is Step.help
    change_booking(story, pay_by=now().subtract(minutes=1))

    story.decides()

    assert story.waits_at() is Step.help
    assert booking_of(story).order_id == order
    assert story.live_orders() == 1
    story.has_waited()
    story.decides(Outcome.approve, ReasonCode.treat_as_not_done)
    assert booking_of(story).order_id != order
    assert story.live_orders() == 1


def test_an_undoing_that_cannot_go_on_asks_a_person_instead_of_trying_for_ever(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.funding)
    story.fault("status_503", method="POST", path="/air/order_cancellations", times=1000)
    story.fault("status_503", method="GET", path="/air/orders", times=1000)

    story.decides(Outcome.reject, ReasonCode.other_means)

    assert story.waits_at() is Step.help
    with pytest.raises(decisions.AnswerRefused, match="being undone"):
        decisions.record(
            story.reference,
            "help",
            story.answer(Outcome.return_, ReasonCode.wrong_details, to_stage="booking"),
        )
    story.sandbox.control.delete("/faults").raise_for_status()
    story.decides()
    assert story.status() is CaseStatus.cancelled
    assert story.live_orders() == 0


def test_a_question_that_lapsed_is_asked_anew_by_itself(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.booking)
    with case_file.transaction() as session:
        session.execute(
            update(Proposal)
            .where(col(Proposal.reference) == story.reference, col(Proposal.superseded_at).is_(None))
            .values(valid_until=now().subtract(minutes=1))
        )
    change_booking(story, pay_by=now().subtract(minutes=1))
    lapsed = story.question()

    takeover.sweep()
    story.goes_on()

    assert story.waits_at() is Step.booking
    assert story.question().id != lapsed.id
    assert story.live_orders() == 1


def test_a_flight_that_left_without_the_person_is_asked_about_and_other_seats_are_sought(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.release)
    missed = booking_of(story).order_id
    let_it_leave(story)
    with case_file.transaction() as session:
        decisions.withdraw(session, story.reference, Step.release)
    takeover.sweep()
    story.goes_on()
    assert story.waits_at() is Step.help

    story.decides()

    assert story.waits_at() is Step.booking
    assert booking_of(story).order_id != missed
    assert story.live_orders() == 1
    story.comes_home()


def test_after_boarding_nothing_is_undone_through_any_question(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.handoff)
    let_it_leave(story)
    decisions.note_trouble(story.reference, Step.handoff, code="receiver_silent", words="Nobody answers.")
    with case_file.transaction() as session:
        decisions.withdraw(session, story.reference, Step.handoff)
    takeover.sweep()
    story.goes_on()
    assert story.waits_at() is Step.help

    for outcome, reason, stage in (
        (Outcome.reject, ReasonCode.other_means, None),
        (Outcome.return_, ReasonCode.wrong_details, "booking"),
    ):
        with pytest.raises(decisions.AnswerRefused, match="on the way"):
            decisions.record(story.reference, "help", story.answer(outcome, reason, to_stage=stage))
    # Another coordinator, for one has few codes a minute.
    other = officers.add(name="x", agency="MOFA", roles=[Role.coordinator], by="test").officer.number
    with pytest.raises(decisions.AnswerRefused, match="on the way"):
        decisions.cancel(
            story.reference,
            officer_number=other,
            code=officers.drill_code(other),
            reason_code="other_means",
            door=Door.cli,
        )


def test_a_number_voided_by_a_return_is_void_at_the_border_too(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.booking)
    with case_file.transaction() as session:
        voided = case_file.require_document(session, story.reference).number

    story.decides(Outcome.return_, ReasonCode.wrong_details, to_stage="travel_document")
    story.decides(Outcome.approve, ReasonCode.corrected)

    assert story.waits_at() is Step.authorise
    known = story.sandbox.partners.get(f"/border-control/v1/documents/{voided}").raise_for_status().json()
    assert known["status"] == "void"


def test_a_lookout_question_sent_back_leads_to_a_new_examination(story: Story) -> None:
    story.opens(a_person(lookout="arrest_warrant"))
    story.begins()
    assert story.waits_at() is Step.lookout

    story.decides(Outcome.return_, ReasonCode.wrong_person, to_stage="verification")
    story.decides(Outcome.approve, ReasonCode.corrected)

    assert story.waits_at() is Step.lookout
    story.comes_to(Step.authorise)


def test_what_the_field_wrote_wrongly_is_corrected_and_the_registry_asked_again(story: Story) -> None:
    story.opens(name_hangul="힣힣힣", name_latin=None, birth_date="1901-01-01", passport_number="ZZZZZ9999")
    story.begins()
    assert story.waits_at() is Step.help

    person = story.person
    corrections.correct_person(
        story.reference,
        name_hangul=person["surname_hangul"] + person["given_hangul"],
        birth_date=person["born_on"],
        officer=story.coordinator,
    )
    story.decides(Outcome.approve, ReasonCode.corrected)

    assert story.waits_at() is Step.verification
    assert person["person_id"] in str(story.evidence().sections)


def test_a_person_without_a_hangul_name_is_asked_about_and_the_run_does_not_fail(story: Story) -> None:
    story.opens(name_hangul=None, name_latin="NOBODY X", passport_number=None)

    story.begins()

    assert story.waits_at() is Step.help
    assert story.run().state_type == "PAUSED"
