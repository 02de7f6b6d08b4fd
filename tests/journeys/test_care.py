"""Patients: what was decided on a clearance to fly lapses with it, and what changes about a person is asked about."""

from datetime import timedelta
from typing import Any

import pendulum
import psycopg
import pytest
from sqlalchemy import update
from sqlmodel import col

from models.booking import Booking
from models.case import Step, next_step
from models.decision import Proposal
from models.officer import Role
from models.person import Category, CategoryReason
from models.sheet import Alone
from tasks import care, case_file, decisions, doorbell, medical, officers, takeover
from tasks.clock import now
from tests.conftest import PASSWORD
from tests.journeys.story import Story

A_MOMENT = pendulum.duration(microseconds=1000)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweep looks without waiting."""
    monkeypatch.setattr(takeover, "GRACE", pendulum.duration())


@pytest.fixture
def patient(story: Story) -> Story:
    """A patient, whose case waits for the travel officer."""
    story.opens(categories=(Category.patient,))
    story.begins()
    story.comes_to(Step.booking)
    return story


def cleared(story: Story, *, fit: bool = True, **changes: Any) -> pendulum.DateTime:
    """A doctor has looked at the person; return until when that holds."""
    until: pendulum.DateTime = changes.pop("valid_until", now().add(minutes=40))
    care.clear_to_fly(
        story.reference, fit=fit, given_by="medical officer", examined_at=now(), valid_until=until,
        officer=story.coordinator, **changes,
    )  # fmt: skip
    goes_on(story)
    return until


def goes_on(story: Story) -> None:
    doorbell.wake(story.reference)
    story.goes_on()


def booking_of(story: Story) -> Booking:
    with case_file.transaction() as session:
        return case_file.require_booking(session, story.reference)


def step_at(story: Story, at: pendulum.DateTime) -> Step | None:
    with case_file.transaction() as session:
        return next_step(case_file.facts(session, case_file.load(session, story.reference), at=at))


def approved_at(story: Story, step: Step, at: pendulum.DateTime) -> bool:
    with case_file.transaction() as session:
        return decisions.approval(session, story.reference, step, at=at) is not None


def reads(story: Story) -> str:
    """What the evidence says about the clearance."""
    lines = [line for _, captions in story.evidence().sections for line in captions]
    return dict(lines)["Medical clearance"]


def let_it_lapse(story: Story) -> None:
    """Let time pass for the clearance, and for what rests on it."""
    then = now().subtract(minutes=1)
    url = case_file.engine().url
    address = f"host={url.host} port={url.port} dbname={url.database} user=homeward_owner password={PASSWORD}"
    with psycopg.connect(address) as owner:
        owner.execute("UPDATE medical_clearance SET valid_until = %s", [then])
    with case_file.transaction() as session:
        session.execute(update(Booking).where(col(Booking.agreed_until).is_not(None)).values(agreed_until=then))
        session.execute(
            update(Proposal)
            .where(col(Proposal.reference) == story.reference, col(Proposal.step) != Step.authorise)
            .values(valid_until=then)
        )


def test_a_patient_without_a_clearance_is_asked_about_alone_and_the_question_says_so(patient: Story) -> None:
    travel = next(o for o in officers.listed() if o.number == patient.deciders[Role.travel_officer])

    assert reads(patient) == "NEEDED, NONE ON RECORD"
    sheets, alone = decisions.sheets(travel)
    assert (sheets, [(item.reference, why) for item, why in alone]) == ([], [(patient.reference, Alone.patient)])
    assert booking_of(patient).route.departs_at - now() > medical.notice()


def test_a_clearance_is_asked_about_anew_with_its_difference_and_bounds_the_question(patient: Story) -> None:
    earlier = patient.question()

    until = cleared(patient)

    assert patient.waits_at() is Step.booking
    assert patient.question().id != earlier.id
    (change,) = [line for line in patient.evidence().changes if "Medical clearance" in line]
    assert "NEEDED, NONE ON RECORD → fit to fly until" in change
    with case_file.transaction() as session:
        proposal = decisions.live(session, patient.reference, Step.booking)
    assert proposal is not None
    assert proposal.valid_until == until


def test_a_decision_on_a_clearance_holds_a_moment_before_its_end_and_not_after(patient: Story) -> None:
    until = cleared(patient)
    patient.decides()

    assert patient.waits_at() is Step.funding
    assert [approved_at(patient, Step.booking, until + by) for by in (-A_MOMENT, A_MOMENT)] == [True, False]
    assert [step_at(patient, until + by) for by in (-A_MOMENT, A_MOMENT)] == [Step.funding, Step.booking]
    with case_file.transaction() as session:
        proposal = decisions.live(session, patient.reference, Step.funding)
    assert proposal is not None
    assert proposal.valid_until == until


def test_when_it_lapses_before_the_seats_are_paid_the_travel_officer_is_asked_again(patient: Story) -> None:
    cleared(patient)
    patient.decides()
    let_it_lapse(patient)

    takeover.sweep()
    patient.goes_on()

    assert patient.waits_at() is Step.booking
    assert reads(patient).startswith("NEEDED, LAPSED")
    assert any("fit to fly" in line and "→ NEEDED, LAPSED" in line for line in patient.evidence().changes)
    takeover.sweep()
    assert patient.waits_at() is Step.booking
    cleared(patient)
    patient.comes_home()
    assert patient.live_orders() == 1


def test_paid_seats_stay_and_the_release_is_asked_again_when_it_lapses(patient: Story) -> None:
    until = cleared(patient)
    patient.comes_to(Step.release)
    order = booking_of(patient).order_id

    assert step_at(patient, until + A_MOMENT) is Step.release
    assert "LAPSES BEFORE THE DEPARTURE" in reads(patient)
    let_it_lapse(patient)
    takeover.sweep()
    patient.goes_on()

    assert patient.waits_at() is Step.release
    assert reads(patient).startswith("NEEDED, LAPSED")
    assert booking_of(patient).order_id == order
    departs = booking_of(patient).route.departs_at
    cleared(patient, valid_until=departs.add(hours=1))
    assert "covers the departure" in reads(patient)
    patient.comes_home()


def test_who_must_not_fly_any_more_is_asked_about_at_once(patient: Story) -> None:
    cleared(patient)
    patient.decides()

    cleared(patient, fit=False)

    assert patient.waits_at() is Step.booking
    assert reads(patient).startswith("NOT FIT TO FLY")
    patient.comes_to(Step.release)
    cleared(patient, fit=False)
    assert patient.waits_at() is Step.help
    patient.decides()
    assert reads(patient).startswith("NOT FIT TO FLY")


def test_seats_for_which_the_airline_takes_no_medical_form_any_more_are_given_back(patient: Story) -> None:
    order, route = booking_of(patient).order_id, booking_of(patient).route
    sooner = [
        segment.model_copy(
            update={
                "departs_local": segment.departs_local - timedelta(days=2),
                "arrives_local": segment.arrives_local - timedelta(days=2),
            }
        )
        for segment in route.segments
    ]
    with case_file.transaction() as session:
        booking = case_file.require_booking(session, patient.reference)
        booking.itinerary = route.model_copy(update={"segments": tuple(sooner)}).model_dump(mode="json")
        session.add(booking)
        decisions.withdraw(session, patient.reference, Step.booking)
    takeover.sweep()
    patient.goes_on()
    assert patient.waits_at() is Step.help

    patient.decides()

    assert patient.waits_at() is Step.booking
    assert booking_of(patient).order_id != order
    assert patient.live_orders() == 1


def test_a_minor_found_out_later_is_told_to_the_carrier_after_the_seats_are_asked_about_anew(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.funding)

    story.becomes(Category.minor, CategoryReason.age_doubt)
    goes_on(story)

    assert story.waits_at() is Step.booking
    assert any("none → UMNR" in line for line in story.evidence().changes)
    story.decides()
    assert "The carrier desk confirmed what it was asked for." in story.timeline()
    assert not any(word in words for words in story.timeline() for word in ("minor", "UMNR"))


def test_what_the_airline_must_care_for_is_a_coordinators_question_once_the_seats_are_paid(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.release)

    story.becomes(Category.patient, CategoryReason.medical_opinion)
    goes_on(story)

    assert story.waits_at() is Step.help
    story.decides()
    assert story.waits_at() is Step.release
    assert reads(story) == "NEEDED, NONE ON RECORD"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"valid_until": -1}, "lapsed already"),
        ({"valid_until": 11}, "10 days from the examination at most"),
        ({"examined_at": 1}, "in the future"),
        ({"given_by": " "}, "by what office"),
    ],
)
def test_a_clearance_that_cannot_be_is_refused(story: Story, changes: dict[str, Any], why: str) -> None:
    story.opens(categories=(Category.patient,))
    moments = {name: now().add(days=by) for name, by in changes.items() if isinstance(by, int)}
    facts: dict[str, Any] = {"given_by": "x", "examined_at": now(), "valid_until": now().add(days=1)}

    with pytest.raises(case_file.Refused, match=why):
        care.clear_to_fly(story.reference, fit=True, officer=story.coordinator, **{**facts, **changes, **moments})


def test_a_clearance_is_for_patients_and_a_category_is_written_down_once(story: Story) -> None:
    story.opens()

    with pytest.raises(case_file.Refused, match="no patient"):
        cleared(story)
    with pytest.raises(case_file.Refused, match="is presumed_victim already"):
        story.becomes(Category.presumed_victim, CategoryReason.reasonable_grounds)
