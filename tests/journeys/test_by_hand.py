"""Seats booked by telephone: typed in by one officer, approved by another, paid into the ledger, cancelled by word."""

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlmodel import col, select
from typer.testing import CliRunner

from deployments.cli.main import app
from deployments.stack.ground import write_private
from models.booking import Booking, BookingState, Lift
from models.by_hand import ManualBooking, ProofKind
from models.case import CaseStatus, Step, Trouble
from models.decision import Outcome, ReasonCode
from models.itinerary import Itinerary
from models.ledger import Account, Entry, LedgerPosting, LedgerTransaction
from models.money import Money
from models.officer import Role
from models.person import Category
from tasks import by_hand, case_file, decisions, manifests, officers
from tasks.clock import now
from tasks.settings import Location
from tests.conftest import PASSWORD, Server
from tests.journeys.story import Story
from tests.papers.contents import synthetic_portrait
from tests.tasks.test_custody import claims, opens

PROOF = synthetic_portrait()
LOCATOR = "Q7TELE"


def flight(days: int = 4, number: str = "KE690") -> str:
    day = (now() + timedelta(days=days)).date()
    return f"{number} PNH {day}T23:40 ICN {day + timedelta(days=1)}T07:10"


def typed(**changes: Any) -> by_hand.Typed:
    facts: dict[str, Any] = {
        "lift": Lift.manual, "flights": (flight(),), "record_locator": LOCATOR, "ticket_numbers": ("1802400123456",),
        "total": Money(41230, "USD"), "pay_by": None, "proof_kind": ProofKind.jpeg, "proof": PROOF,
        "told_by": "KE reservations, Ms Kim",
    }  # fmt: skip
    return by_hand.Typed(**(facts | changes))


def returns_the_hold(story: Story) -> None:
    """The travel officer wants other seats than the airline's interface has, and the coordinator is asked."""
    story.comes_to(Step.booking)
    story.decides(Outcome.return_, ReasonCode.wrong_route)
    assert story.waits_at() is Step.help


def enters(story: Story, **changes: Any) -> ManualBooking:
    return by_hand.enter(story.reference, typed(**changes), officer=story.officer(Role.travel_officer))


def books_by_hand(story: Story, **changes: Any) -> None:
    """Until another officer is asked to approve seats the travel officer typed in."""
    story.opens()
    story.begins()
    returns_the_hold(story)
    enters(story, **changes)
    story.decides()
    assert story.waits_at() is Step.booking, story.timeline()


def another_travel_officer() -> str:
    return officers.add(name="Another", agency="MOFA", roles=[Role.travel_officer], by="test").officer.number


def booking_of(story: Story) -> Booking:
    with case_file.transaction() as session:
        return case_file.require_booking(session, story.reference)


def posted(story: Story) -> dict[tuple[Entry, Account], int]:
    with case_file.transaction() as session:
        rows = session.exec(
            select(LedgerTransaction.entry, LedgerPosting.account, LedgerPosting.amount_minor)
            .join(LedgerPosting)
            .where(LedgerTransaction.reference == story.reference, LedgerPosting.item == "fare")
        )
        sums: dict[tuple[Entry, Account], int] = {}
        for entry, account, minor in rows:
            at = Entry(entry), Account(account)
            sums[at] = sums.get(at, 0) + int(minor)
        return sums


def evidence(story: Story) -> str:
    return "\n".join(f"{c}: {v}" for _, lines in story.evidence().sections for c, v in lines)


def payments(story: Story) -> int:
    asked = story.sandbox.control.get("/requests", params={"partner": "airline", "method": "POST"}).json()
    return sum(each["path"].endswith("/air/payments") for each in asked)


@pytest.mark.parametrize(
    ("lift", "tickets", "locator"),
    [(Lift.manual, ("1802400123456",), LOCATOR), (Lift.manual, (), LOCATOR), (Lift.charter, (), "LINE-12")],
)
def test_seats_by_telephone_take_a_person_home_and_nothing_is_booked_or_paid_twice(
    story: Story, lift: Lift, tickets: tuple[str, ...], locator: str
) -> None:
    books_by_hand(story, lift=lift, ticket_numbers=tickets, record_locator=locator)
    before = payments(story)
    shown = evidence(story)
    assert f"{story.deciders[Role.travel_officer]}, booked with KE reservations, Ms Kim" in shown
    assert hashlib.sha256(PROOF).hexdigest() in shown
    assert "KTI" in shown, "what was typed as PNH leaves from the airport that took its place"
    story.decides(officer=another_travel_officer())

    story.comes_to(Step.handoff)

    booking = booking_of(story)
    assert (booking.lift, booking.state) == (lift, BookingState.ticketed)
    with case_file.transaction() as session:
        assert case_file.record_locator(session, booking) == locator
        assert case_file.ticket_numbers(session, booking) == tickets
    assert story.live_orders() == 0
    assert payments(story) == before
    assert posted(story)[Entry.payment, Account.cash] == -41230
    assert posted(story)[Entry.commitment, Account.encumbrances] == 41230
    first = booking.route.segments[0]
    found = manifests.listed(
        first.flight_number, first.departs_local.date(), reader=story.officer(Role.receiving_officer)
    )
    assert [p.record_locator for p in found.manifest.passengers] == [locator]
    story.comes_home()


def test_whoever_typed_the_seats_in_approves_them_through_no_door(story: Story, case_database: Server) -> None:
    books_by_hand(story)
    typist = story.deciders[Role.travel_officer]

    with pytest.raises(decisions.AnswerRefused, match="typed in these seats"):
        decisions.record(story.reference, "booking", story.answer(officer=typist))

    asking = story.question()
    database = case_file.engine().url.database
    address = f"host=127.0.0.1 port={case_database.port} dbname={database} user=homeward_app password={PASSWORD}"
    with (
        psycopg.connect(address) as connection,
        pytest.raises(psycopg.errors.CheckViolation, match="decision refused") as refused,
    ):
        connection.execute(
            "INSERT INTO decision (id, asking_id, reference, step, proposal_id, digest, outcome, reason_code, officer,"
            " role, place, basis, requester, door, code_time_step, decided_at)"
            " SELECT gen_random_uuid(), a.id, a.reference, a.step, p.id, p.digest, 'approve', 'in_order', %s,"
            " 'travel-officer', 1, 'rule', c.opened_by, 'cli', 1, now()"
            " FROM asking a JOIN proposal p ON p.id = a.proposal_id"
            " JOIN repatriation_case c ON c.reference = a.reference WHERE a.id = %s",
            (typist, asking.id),
        )
    assert refused.value.diag.constraint_name == "decider_did_not_book"


def test_seats_by_telephone_are_refused_while_the_airline_holds_others_for_the_person(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.booking)

    with pytest.raises(case_file.Refused, match="Seats are held for this person"):
        enters(story)

    assert story.live_orders() == 1


def test_a_second_entry_a_stranger_and_a_case_without_a_document_are_refused(story: Story) -> None:
    story.opens()
    story.begins()
    with pytest.raises(case_file.Refused, match="no authorised travel document yet"):
        enters(story)
    returns_the_hold(story)
    with pytest.raises(case_file.Refused, match="is neither"):
        by_hand.enter(story.reference, typed(), officer=story.officer(Role.funding_officer))

    enters(story)

    with pytest.raises(case_file.Refused, match="Seats by telephone are on file"):
        enters(story)


def test_one_person_in_two_cases_has_seats_by_hand_or_over_the_interface_and_never_both(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.funding)
    person, first = story.person, story.reference
    story.opens(person, passport_number=None)
    story.begins()
    while story.waits_at() is not Step.help:
        story.decides()
    enters(story)

    story.decides()

    assert story.waits_at() is Step.help
    with case_file.transaction() as session:
        live = session.exec(
            select(Booking.reference).where(col(Booking.state).in_([BookingState.held, BookingState.ticketed]))
        ).all()
        trouble = case_file.open_trouble(session, story.reference)
    assert live == [first]
    assert isinstance(trouble, Trouble)
    assert trouble.code == "conflict"


def test_seats_by_telephone_on_a_flight_that_has_its_people_in_custody_are_a_persons_question(story: Story) -> None:
    # given a suspect for whom seats were booked by telephone, on a flight two other suspects reach for meanwhile
    story.opens(categories=(Category.suspect,))
    story.begins()
    returns_the_hold(story)
    entry = enters(story)
    way = Itinerary.model_validate(entry.itinerary)
    for _ in range(2):
        assert claims(opens(), way)

    # when the run comes to take them
    story.decides()

    # then it does not, and says what to do
    assert story.waits_at() is Step.help
    with case_file.transaction() as session:
        trouble = case_file.open_trouble(session, story.reference)
        assert case_file.live_booking(session, story.reference) is None
    assert trouble is not None
    assert trouble.code == "flight_full"


def test_a_landing_on_the_way_and_a_change_are_checked_with_the_document_as_any_others(story: Story) -> None:
    # given a document that is accepted in Viet Nam under a condition, not in China, and nobody knows about Japan
    story.opens()
    story.begins()
    returns_the_hold(story)
    day = (now() + timedelta(days=4)).date()
    leaves, next_day = f"KE690 KTI {day}T20:40 ICN", day + timedelta(days=1)

    for flights, says in (
        ((f"{leaves} {next_day}T06:10 via CAN",), "CN, which the document does not cover"),
        ((f"{leaves} {next_day}T06:10 via DAD NRT",), "JP, which the document does not cover"),
        (
            (f"VN920 KTI {day}T10:00 SGN/1 {day}T11:00", f"VN410 SGN/2 {day}T13:00 ICN {day}T20:00"),
            "changes from terminal 1 to 2 at SGN",
        ),
    ):
        with pytest.raises(case_file.Refused, match=says):
            enters(story, flights=flights)

    by_saigon = (f"VN920 KTI {day}T10:00 SGN/1 {day}T11:00", f"VN410 SGN/1 {day}T13:00 ICN {day}T20:00")
    with pytest.raises(ValueError, match="border at SGN; have both on one ticket"):
        enters(story, flights=by_saigon, ticket_numbers=("1802400123456", "7382400123456"))

    # when the landing is where the document is accepted
    enters(story, flights=(f"{leaves} {next_day}T06:10 via DAD",))
    story.decides()

    # then the other officer reads it
    assert story.waits_at() is Step.booking
    assert "Stops on the way: DAD (VN)" in evidence(story)


def test_what_the_document_check_does_not_know_of_a_landing_blocks_seats_by_telephone(story: Story) -> None:
    story.opens()
    story.begins()
    returns_the_hold(story)
    with case_file.transaction() as session:
        document = case_file.require_document(session, story.reference)
        covered = [*document.envelope["transit_countries"], "JP"]  # type: ignore[misc]
        document.envelope = document.envelope | {"transit_countries": covered}
        session.add(document)
    day = (now() + timedelta(days=4)).date()

    with pytest.raises(case_file.Refused, match="unknown to airside transit at JPN"):
        enters(story, flights=(f"KE690 KTI {day}T18:40 ICN {day + timedelta(days=1)}T06:10 via NRT",))


@pytest.mark.parametrize("refund", [Money(30000, "USD"), None])
def test_a_stopped_journey_waits_for_the_word_that_the_seats_were_cancelled_by_telephone(
    story: Story, refund: Money | None
) -> None:
    books_by_hand(story)
    story.decides(officer=another_travel_officer())
    story.comes_to(Step.release)
    officer = story.officer(Role.travel_officer)
    with pytest.raises(case_file.Refused, match="These seats are wanted"):
        by_hand.cancel(story.reference, told_by="Ms Kim", refund=refund, officer=officer)

    story.decides(Outcome.reject, ReasonCode.other_means)

    with case_file.transaction() as session:
        trouble = case_file.open_trouble(session, story.reference)
    assert trouble is not None
    assert trouble.code == "cancel_by_telephone"
    story.decides()
    assert story.waits_at() is Step.help, "nobody has cancelled them there yet"
    by_hand.cancel(story.reference, told_by="Ms Kim", refund=refund, officer=officer)
    story.decides()
    assert story.status() is CaseStatus.cancelled
    assert posted(story).get((Entry.refund, Account.cash)) == (30000 if refund else None)


def test_returned_seats_by_telephone_are_cancelled_there_before_any_other_are_sought(story: Story) -> None:
    books_by_hand(story)
    story.decides(Outcome.return_, ReasonCode.wrong_route, officer=another_travel_officer())
    story.decides()
    assert story.waits_at() is Step.help
    assert story.live_orders() == 0

    by_hand.cancel(story.reference, told_by="Ms Kim", refund=None, officer=story.officer(Role.travel_officer))
    story.decides()

    assert story.waits_at() is Step.booking
    assert booking_of(story).lift is Lift.scheduled
    assert story.live_orders() == 1


def test_seats_typed_in_and_not_yet_taken_are_cancelled_before_a_journey_ends(story: Story) -> None:
    story.opens()
    story.begins()
    returns_the_hold(story)
    enters(story)

    story.decides(Outcome.reject, ReasonCode.other_means)

    with case_file.transaction() as session:
        trouble = case_file.open_trouble(session, story.reference)
    assert trouble is not None
    assert trouble.code == "cancel_by_telephone"


def test_the_commands_write_down_show_and_refuse_in_one_sentence(story: Story, tmp_path: Path) -> None:
    story.opens()
    story.begins()
    returns_the_hold(story)
    travel = story.officer(Role.travel_officer)
    write_private(Location().cli_session_file, officers.open_session(travel, door="cli"))
    file = tmp_path / "confirmation.jpg"
    file.write_bytes(PROOF)
    right = {
        "--flight": flight(), "--locator": LOCATOR, "--price": "412.30", "--currency": "USD", "--proof": str(file),
        "--told-by": "Ms Kim",
    }  # fmt: skip

    def run(**changes: str) -> Any:
        asked = right | {f"--{name.replace('_', '-')}": value for name, value in changes.items()}
        return CliRunner().invoke(app, ["case", "book", story.reference, *(w for pair in asked.items() for w in pair)])

    day = (now() + timedelta(days=4)).date()
    for changes, code in (
        ({"flight": "KE690"}, 2),
        ({"flight": f"KE690 KTI {day}T23:40 ICN {day}T07:10"}, 2),
        ({"flight": f"KE690 KTI {day}T20:40 ICN {day + timedelta(days=1)}T07:10"}, 2),
        ({"flight": f"{flight()} via"}, 2),
        ({"flight": f"{flight()} via QQQ"}, 2),
        ({"flight": f"{flight()} by DAD"}, 2),
        ({"flight": flight().replace("ICN", "ICN/terminal")}, 2),
        ({"flight": f"KE690 XX1 {day}T23:40 ICN {day + timedelta(days=1)}T07:10"}, 2),
        ({"flight": f"MU260 KTI {day}T10:00 PVG {day}T15:00"}, 1),
        ({"locator": "?"}, 2),
        ({"ticket": "180"}, 2),
        ({"price": "much"}, 2),
        ({"proof": str(tmp_path / "absent.pdf")}, 2),
        ({"pay_by": "2020-01-01T00:00:00Z"}, 2),
    ):
        refused = run(**changes)
        assert (refused.exit_code, len(refused.stderr.splitlines())) == (code, 1), (changes, refused.stderr)
    with case_file.transaction() as session:
        assert session.exec(select(ManualBooking)).all() == []

    done = run()

    assert done.exit_code == 0, done.stderr
    shown = CliRunner().invoke(app, ["case", "proof", story.reference, "--to", str(tmp_path / "out")])
    assert shown.exit_code == 0, shown.stderr
    assert (tmp_path / "out" / f"{story.reference}-proof.jpeg").read_bytes() == PROOF
    undone = CliRunner().invoke(app, ["case", "unbook", story.reference, "--told-by", "Ms Kim"])
    assert undone.exit_code == 0, undone.stderr
