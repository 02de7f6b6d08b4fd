"""Journeys that turn: a hit, a return, a no, a change of heart, a lapse, a refusal at the gate."""

import pytest
from pendulum import DateTime
from sqlmodel import select

from models.booking import Booking, BookingState
from models.case import CaseStatus, Step
from models.decision import Door, Outcome, ReasonCode
from models.funding import Payer
from models.ledger import Account, LedgerPosting
from models.money import Money
from models.officer import Role
from models.person import DECLARATION_WITHDRAWN, Category, Wish
from models.stock import StockState
from models.travel_document import StockNumber
from tasks import case_file, corrections, decisions, doorbell, funding, officers
from tasks.clock import now
from tasks.policy import policy
from tasks.trouble import NeedsPerson
from tests.journeys.conftest import PolicySays
from tests.journeys.story import Story, a_person
from tests.papers.contents import synthetic_portrait


@pytest.mark.parametrize("lookout", ["arrest_warrant", "red_notice", "reported_missing"])
def test_a_hit_needs_its_own_routed_decision_before_anything_else(story: Story, lookout: str) -> None:
    story.opens(a_person(lookout=lookout))

    story.begins()

    assert story.waits_at() is Step.lookout
    assert lookout in str(story.evidence().sections)
    story.decides()
    assert story.waits_at() is Step.verification
    assert "Routed decision" in str(story.evidence().sections)


def test_a_person_under_a_warrant_is_brought_home_on_a_travel_certificate(story: Story) -> None:
    story.opens(a_person(lookout="arrest_warrant"), categories=(Category.suspect, Category.presumed_victim))
    story.begins()

    story.comes_to(Step.authorise)

    shown = str(story.evidence().sections)
    assert "travel certificate" in shown
    assert "art. 12(1)1" in shown


def test_a_return_goes_back_to_the_stage_named_and_asks_for_a_correction_first(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.booking)
    number = case_number(story)

    story.decides(Outcome.return_, ReasonCode.wrong_details, to_stage="verification")

    assert story.waits_at() is Step.help
    story.decides(Outcome.approve, ReasonCode.corrected)
    assert story.waits_at() is Step.verification
    assert story.status() is CaseStatus.opened
    with case_file.transaction() as session:
        assert session.get_one(StockNumber, number).state is StockState.void
    story.comes_home()
    assert story.live_orders() == 1


def case_number(story: Story) -> str:
    """The number of the case's travel document."""
    with case_file.transaction() as session:
        return case_file.require_document(session, story.reference).number


def test_a_question_goes_to_the_coordinator_and_comes_back_to_the_same_officer(story: Story) -> None:
    story.opens()
    story.begins()

    story.decides(Outcome.ask, ReasonCode.evidence_missing)

    assert story.waits_at() is Step.help
    story.decides(Outcome.approve, ReasonCode.corrected)
    assert story.waits_at() is Step.verification


def test_a_no_undoes_in_reverse_what_was_done_and_leaves_the_person_in_charge(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.release)
    number = case_number(story)
    before = story.sandbox.control.get("/counts").json()

    story.decides(Outcome.reject, ReasonCode.other_means)

    after = story.sandbox.control.get("/counts").json()
    assert story.status() is CaseStatus.cancelled
    assert story.live_orders() == 0
    assert after["commitments_reversed"] == before["commitments_reversed"] + 1
    assert after["holds_unpaid"] == before["holds_unpaid"]
    assert f"{story.coordinator} stays in charge of the person" in story.timeline()[-1]
    with case_file.transaction() as session:
        assert session.get_one(StockNumber, number).state is StockState.void
        postings = session.exec(select(LedgerPosting)).all()
    for account in Account:
        assert sum(p.amount_minor for p in postings if p.account is account) == 0
    assert story.run().state_type == "COMPLETED"


def test_a_coordinator_cancels_a_journey_and_no_seat_stays_held(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.funding)
    assert story.live_orders() == 1

    decisions.cancel(
        story.reference,
        officer_number=story.coordinator,
        code=officers.drill_code(story.coordinator),
        reason_code="duplicate_case",
        door=Door.cli,
    )
    assert doorbell.wake(story.reference)
    story.goes_on()

    assert story.status() is CaseStatus.cancelled
    assert story.live_orders() == 0


def test_without_a_declaration_nobody_is_verified(story: Story) -> None:
    story.opens(declared=False)

    story.begins()

    assert story.waits_at() is Step.help
    story.declares(Wish.return_home)
    story.decides()
    assert story.waits_at() is Step.verification


def test_a_person_who_changes_their_mind_stops_the_journey_until_they_say_otherwise(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.funding)

    story.declares(Wish.withdraw)
    assert doorbell.wake(story.reference)
    story.goes_on()

    assert story.waits_at() is Step.help
    with pytest.raises(decisions.AnswerRefused, match="last word is not to return"):
        decisions.record(story.reference, "help", story.answer(Outcome.approve, ReasonCode.try_again))
    story.declares(Wish.return_home)
    story.decides()
    assert story.waits_at() is Step.funding


def test_a_no_said_while_something_else_is_asked_is_heeded_before_the_journey_goes_on(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.booking)
    story.decides(Outcome.ask, ReasonCode.evidence_missing)

    story.declares(Wish.withdraw)
    story.goes_on()
    assert story.waits_at() is Step.help
    story.decides(Outcome.approve, ReasonCode.corrected)

    assert story.waits_at() is Step.help
    with case_file.transaction() as session:
        trouble = case_file.open_trouble(session, story.reference)
    assert trouble is not None
    assert trouble.code == DECLARATION_WITHDRAWN
    with pytest.raises(decisions.AnswerRefused, match="last word is not to return"):
        decisions.record(story.reference, "help", story.answer(Outcome.approve, ReasonCode.try_again))
    story.declares(Wish.return_home)
    story.decides()
    assert story.waits_at() is Step.booking


def test_no_money_moves_for_a_journey_that_was_stopped_while_a_partner_kept_it_waiting(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.funding)
    before = story.sandbox.counts()
    decisions.record(story.reference, Step.funding.value, story.answer())
    decisions.cancel(
        story.reference, officer_number=story.coordinator, code=officers.drill_code(story.coordinator),
        reason_code="duplicate_case", door=Door.cli,
    )  # fmt: skip

    for moves in (funding.commit_funds, funding.pay_once):
        with pytest.raises(NeedsPerson, match="stopped before the money moved"):
            moves.fn(story.reference)

    assert story.sandbox.counts() == before
    assert doorbell.wake(story.reference)
    story.goes_on()
    assert story.status() is CaseStatus.cancelled


def test_a_funding_decision_pays_for_the_order_it_was_made_on_and_no_other(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.funding)
    decisions.record(story.reference, Step.funding.value, story.answer())
    with case_file.transaction() as session:
        proposal = decisions.live(session, story.reference, Step.funding)
        assert proposal is not None
        of_another = decisions.content_of(session, proposal).model_copy(update={"order_id": "ord_of_before"})
    monkeypatch.setattr(decisions, "content_of", lambda *_: of_another)

    assert funding.price_still_holds.fn(story.reference) is False

    monkeypatch.undo()
    assert doorbell.wake(story.reference)
    story.goes_on()
    assert story.waits_at() is Step.funding


def test_a_case_nobody_started_hears_no_bell_whoever_listens(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    story.opens()
    monkeypatch.setattr(case_file, "announce", lambda _: True)

    assert not doorbell.wake(story.reference), "so that a cancellation starts the run that undoes"


def lapse(story: Story) -> None:
    """Let the deadline of the hold pass."""
    with case_file.transaction() as session:
        booking = case_file.require_booking(session, story.reference)
        booking.pay_by = now().subtract(seconds=1)
        session.add(booking)


def test_a_lapsed_hold_is_given_back_and_the_same_flights_keep_the_booking_decision(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.funding)
    lapse(story)

    with case_file.transaction() as session:
        decisions.withdraw(session, story.reference, Step.funding)
    assert doorbell.wake(story.reference)
    story.goes_on()

    assert story.waits_at() is Step.funding
    assert story.live_orders() == 1
    assert "The same flights were held again; the booking decision stands." in story.timeline()
    with case_file.transaction() as session:
        states = session.exec(select(Booking.state)).all()
    assert sorted(states) == sorted([BookingState.lapsed, BookingState.held])


def test_a_decision_taken_away_with_its_stage_does_not_come_back_with_the_same_flights(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.funding)
    lapse(story)
    with case_file.transaction() as session:
        decisions.withdraw(session, story.reference, Step.funding)
    assert doorbell.wake(story.reference)
    story.goes_on()

    story.decides(Outcome.return_, ReasonCode.wrong_route, to_stage="booking")
    story.decides(Outcome.approve, ReasonCode.corrected)

    assert story.waits_at() is Step.booking
    assert story.live_orders() == 1


def test_a_decision_on_a_lapsed_hold_is_refused(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.booking)
    with case_file.transaction() as session:
        proposal = decisions.live(session, story.reference, Step.booking)
        assert proposal is not None
        proposal.valid_until = now().subtract(seconds=1)
        session.add(proposal)

    with pytest.raises(decisions.AnswerRefused, match="has lapsed"):
        decisions.record(story.reference, "booking", story.answer())


def test_a_refusal_at_arrival_pages_the_coordinator_and_another_receiver_takes_the_person(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.handoff)

    story.decides(Outcome.reject, ReasonCode.not_present)

    assert story.waits_at() is Step.help
    assert story.status() is CaseStatus.released
    corrections.choose_receiver(story.reference, agency="seoul-shelter", officer=story.coordinator)
    story.decides()
    assert story.waits_at() is Step.handoff
    assert "seoul-shelter" in str(story.evidence().sections)
    story.comes_home()


def test_who_paid_from_their_own_pocket_does_not_decide_the_funding(story: Story) -> None:
    story.opens()
    payer = story.deciders[Role.funding_officer]
    corrections.note_private_payment(
        story.reference,
        payer=Payer.diplomat,
        payer_officer=payer,
        amount=Money(41200, "USD"),
        purpose="ticket to the capital",
        officer=story.coordinator,
    )
    story.begins()
    story.comes_to(Step.funding)

    with pytest.raises(decisions.AnswerRefused, match="to be paid back"):
        decisions.record(story.reference, "funding", story.answer())


def test_the_same_human_being_under_two_cases_gets_one_seat(story: Story) -> None:
    person = a_person()
    story.opens(person)
    story.begins()
    story.comes_to(Step.booking)
    first = story.reference

    story.opens(
        person, name_hangul=None, passport_number=None, name_latin=f"{person['given_latin']} {person['surname_latin']}"
    )
    story.begins()
    while story.waits_at() in (Step.verification, Step.authorise):
        story.decides()

    assert story.reference != first
    assert story.waits_at() is Step.help
    assert "one_live_hold_per_registry_id" in str(story.timeline())
    assert story.live_orders() == 1


def test_whoever_releases_reads_who_took_the_portrait_its_age_and_why_it_may_differ(story: Story) -> None:
    story.opens(portrait=False)
    corrections.set_portrait(
        story.reference, image=synthetic_portrait(), captured_at=now().subtract(months=4), officer=story.coordinator,
        waiver="bandage over the left cheek",
    )  # fmt: skip
    story.begins()
    story.comes_to(Step.release)

    page = dict(next(lines for name, lines in story.evidence().sections if name.startswith("Page as")))

    assert page["Portrait taken by"] == story.coordinator
    assert page["Portrait waiver"] == "bandage over the left cheek"
    assert page["Portrait age"].startswith("OLDER THAN THREE MONTHS")


def departure(story: Story) -> DateTime:
    with case_file.transaction() as session:
        return case_file.require_booking(session, story.reference).route.departs_at


@pytest.mark.parametrize("hours", [24, 70])
def test_seats_leave_no_sooner_than_the_policy_says_and_in_the_day_after(
    story: Story, policy_says: PolicySays, hours: int
) -> None:
    if hours != policy().soonest_departure_hours:
        policy_says("soonest_departure_hours = 24", f"soonest_departure_hours = {hours}")
    story.opens()
    story.begins()
    asked_at = now()

    story.comes_to(Step.booking)

    assert asked_at.add(hours=hours) <= departure(story) <= now().add(hours=hours + 24)


def test_flights_that_were_agreed_to_are_held_again_however_near_they_are(
    story: Story, policy_says: PolicySays
) -> None:
    # given somebody whose agreed seats lapse, and flights nearer than the policy wants for others
    story.opens()
    story.begins()
    story.comes_to(Step.funding)
    agreed = departure(story)
    policy_says("soonest_departure_hours = 24", "soonest_departure_hours = 120")

    lapse(story)
    story.goes_on()

    assert departure(story) == agreed
