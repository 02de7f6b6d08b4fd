"""What an officer writes down about a case at the desk: each act once, by whom it is for, and nothing half-written."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlmodel import SQLModel
from starlette.requests import Request

from deployments.desk import session
from deployments.desk.acts import ACTS
from deployments.desk.blanks import Shape, blanks
from models.booking import Booking, BookingState
from models.case import CaseStatus
from models.category import Change
from models.funding import CostKind
from models.intent import Act, Intent, IntentState
from models.money import Money
from models.officer import DUTIES, Officer, Role
from models.person import Category, CategoryReason
from models.referral import AgencyKind
from models.triage import Pressure
from models.verification import HitKind, LookoutHit
from tasks import assurance, case_file, categories, corrections, officers, referrals, triage, vault
from tasks.clock import now
from tests.deployments.test_desk import enrol, sign_in
from tests.deployments.test_desk_decides import FORM, no_engine, token
from tests.models.test_itinerary_and_booking import NONSTOP
from tests.tasks.asked import House

__all__ = ["no_engine"]

LATER = now().in_timezone("Asia/Phnom_Penh").add(days=3).format("YYYY-MM-DD[T]HH:mm")
"""As a browser writes a moment by the mission's clock."""


@dataclass
class Mission:
    """A coordinator at the desk, and a case they run."""

    desk: httpx.Client
    officer: Officer
    house: House
    reference: str = ""

    def opens(self) -> None:
        """Go on with a case of its own."""
        self.reference = self.house.opens()

    @property
    def case(self) -> str:
        """The address of the case's page."""
        return f"/cases/{self.reference}"

    def form(self, name: str) -> httpx.Response:
        """The form of an act, freshly drawn."""
        return self.desk.get(f"{self.case}/acts/{name}")

    def carried(self, page: httpx.Response) -> dict[str, str]:
        """What every form carries with it."""
        (after,) = re.findall(r'name="after" value="(\d+)"', page.text)
        return {FORM: token(page), "after": after}

    def sends(self, name: str, typed: dict[str, str]) -> httpx.Response:
        """Fill in a form and send it."""
        return self.desk.post(f"{self.case}/acts/{name}", data={**self.carried(self.form(name)), **typed})

    def rows(self, table: str) -> list[dict[str, Any]]:
        """What is on file in a table."""
        with case_file.transaction() as opened:
            return [dict(row) for row in opened.execute(SQLModel.metadata.tables[table].select()).mappings()]

    def events(self) -> list[tuple[str, str | None]]:
        """What the trail says was done in the case, and through which door."""
        with case_file.transaction() as opened:
            rows = opened.execute(
                text("SELECT action, fields->>'door' FROM audit_event WHERE reference = :r ORDER BY seq"),
                {"r": self.reference},
            )
            return [(action, door) for action, door in rows if not action.startswith("person.read")]


@pytest.fixture
def mission(desk: httpx.Client, no_engine: list[str]) -> Mission:
    """A coordinator is signed in; a case is open."""
    del no_engine
    enrolment = enrol(Role.coordinator)
    sign_in(desk, enrolment)
    at_work = Mission(desk, enrolment.officer, House())
    at_work.opens()
    return at_work


def nothing(mission: Mission) -> None:
    """Nothing else is on file."""
    del mission


def a_patient(mission: Mission) -> None:
    categories.change(
        mission.reference, Change.add, Category.patient, reason=CategoryReason.reported, officer=mission.officer
    )


def a_cost(mission: Mission) -> None:
    corrections.note_cost(
        mission.reference, kind=CostKind.fare, amount=Money(41230, "USD"), officer=mission.officer.number
    )


def asked(mission: Mission) -> None:
    referrals.ask(
        mission.reference, agency="Zayed shelter", kind=AgencyKind.ngo, contact="Ms Sok", asked_at=now(),
        officer=mission.officer,
    )  # fmt: skip


def american(mission: Mission) -> None:
    assurance.note_nationality(mission.reference, "USA", officer=mission.officer.number)


def in_danger(mission: Mission) -> None:
    triage.note_pressure(mission.reference, Pressure.danger, is_over=False, until=None, officer=mission.officer.number)


def wanted(mission: Mission) -> None:
    with case_file.transaction() as opened:
        case = case_file.load(opened, mission.reference)
        opened.add(
            LookoutHit(
                reference=mission.reference, person_id=case.person_id, kind=HitKind.arrest_warrant, authority="KNP",
                authority_reference="W-1", found_at=now(),
            )
        )  # fmt: skip


def ticketed(mission: Mission) -> None:
    with case_file.transaction() as opened:
        case = case_file.load(opened, mission.reference)
        intent = Intent(
            id=uuid4(), reference=mission.reference, person_id=case.person_id, act=Act.hold_seats, subject="off_1",
            state=IntentState.done, written_at=now(),
        )  # fmt: skip
        opened.add(intent)
        opened.flush()
        sealed = vault.seal(opened, case.person_id, "test", b"x")
        opened.add(
            Booking(
                reference=mission.reference, person_id=case.person_id, intent_id=intent.id,
                state=BookingState.ticketed, order_id="ord_1", offer_id="off_1", record_locator_sealed=sealed,
                itinerary=NONSTOP.model_dump(mode="json"), amount_minor=1, currency="USD", pay_by=now(),
                names_sealed=sealed, read_at=now(),
            )
        )  # fmt: skip


@dataclass(frozen=True)
class Walk:
    """One act, filled in, and what must then be on file."""

    typed: dict[str, str]
    table: str
    row: dict[str, Any]
    action: str
    before: Callable[[Mission], None] = nothing


MONEY = {"currency": "USD", "amount": "412.30"}
AGENCY = {"agency": "Zayed shelter", "kind": "ngo", "contact": "Ms Sok, +855-12"}
WALKS: dict[str, Walk] = {
    "receiver": Walk(
        {"agency": "busan-airport-desk"}, "repatriation_case", {"receiving_agency": "busan-airport-desk"},
        "receiver.chosen",
    ),
    "cost": Walk(
        {"kind": "exit_fine", **MONEY}, "noted_cost",
        {"kind": "exit_fine", "amount_minor": 41230, "currency": "USD", "withdraws_id": None}, "cost.noted",
    ),
    "cost-back": Walk(
        {"kind": "fare", **MONEY}, "noted_cost", {"kind": "fare", "amount_minor": 41230, "currency": "USD"},
        "cost.taken_back", a_cost,
    ),
    "private-payment": Walk(
        {"payer": "family", "purpose": "a bus to the border", **MONEY}, "private_payment",
        {"payer": "family", "amount_minor": 41230, "currency": "USD", "payer_officer": None},
        "private_payment.noted",
    ),
    "host": Walk(
        {"item": "exit-permit", "state": "granted", "told_by": "airport immigration", "number": "XP-77",
         "valid_until": LATER}, "host_record",
        {"item": "exit-permit", "state": "granted", "told_by": "airport immigration", "ended_on": None},
        "host.recorded",
    ),
    "correct": Walk(
        {"name_latin": "PAE JUN MI", "sex": "F", "held": "gone"}, "person",
        {"name_latin": "PAE JUN MI", "sex": "F", "passport_in_hand": False, "name_hangul": "궉쀍뿝",
         "birth_date": "1907-11-30"}, "person.corrected",
    ),
    "check": Walk(
        {"check": "known-facts", "result": "differs"}, "identity_check", {"check": "known-facts", "result": "differs"},
        "identity.checked",
    ),
    "nationality": Walk(
        {"country": "usa"}, "other_nationality", {"country": "USA", "is_withdrawn": False}, "nationality.noted"
    ),
    "no-nationality": Walk(
        {"country": "USA"}, "other_nationality", {"country": "USA", "is_withdrawn": True}, "nationality.noted",
        american,
    ),
    "request": Walk(
        AGENCY, "referral_request", {"agency": "Zayed shelter", "kind": "ngo", "ended_at": None}, "referral.requested"
    ),
    "request-withdrawn": Walk(
        {"agency": "zayed shelter", "because": "identified"}, "referral_request",
        {"agency": "Zayed shelter", "withdrawn_for": "identified"}, "referral.request_withdrawn", asked,
    ),
    "referral": Walk(
        {**AGENCY, "said": "vouches"}, "referral", {"agency": "Zayed shelter", "kind": "ngo", "said": "vouches"},
        "referral.recorded",
    ),
    "inform": Walk(
        {"hit": "arrest_warrant"}, "hit_notice", {"agency": "KNP"}, "agency.told", wanted,
    ),
    "category": Walk(
        {"change": "add", "category": "witness", "reason": "reported"}, "person_category",
        {"category": "witness", "reason_code": "reported", "removed_at": None}, "category.added",
    ),
    "best-interest": Walk(
        {"interest": "stay", "reasons": "The mother is in the shelter."}, "best_interest", {"interest": "stay"},
        "best_interest.recorded",
    ),
    "clearance": Walk(
        {"fitness": "unfit", "by": "medical officer", "valid_until": LATER}, "medical_clearance",
        {"fit": False, "given_by": "medical officer"}, "clearance.recorded", a_patient,
    ),
    "pressure": Walk(
        {"pressure": "warrant-clock", "until": LATER}, "pressure_note",
        {"pressure": "warrant-clock", "is_over": False}, "pressure.noted",
    ),
    "pressure-over": Walk(
        {"pressure": "danger"}, "pressure_note", {"pressure": "danger", "is_over": True, "until": None},
        "pressure.noted", in_danger,
    ),
    "validity": Walk(
        {"days": "40", "reason": "long-way", "words": "By ship."}, "longer_validity",
        {"days": 40, "reason": "long-way"}, "validity.recorded",
    ),
    "off-load": Walk({}, "disruption", {"kind": "off_loaded"}, "booking.disrupted", ticketed),
    "cancel": Walk(
        {"reason_code": "other_means"}, "decision",
        {"outcome": "cancel", "reason_code": "other_means", "door": "desk"}, "decision.recorded",
    ),
}  # fmt: skip


def filled(mission: Mission, name: str) -> dict[str, str]:
    """What is typed into a form; a code of this moment where it takes one."""
    codes = {"code": officers.drill_code(mission.officer.number)} if name == "cancel" else {}
    return {**WALKS[name].typed, **codes}


def refused(page: httpx.Response) -> str:
    """The one sentence a refusal says."""
    (said,) = re.findall(r'<p class="refused" role="alert">(.*?)</p>', page.text)
    return html.unescape(said)


def test_every_act_is_walked() -> None:
    assert set(WALKS) == set(ACTS)


def test_what_is_written_at_the_desk_is_what_the_command_line_writes_and_once(
    mission: Mission, subtests: pytest.Subtests
) -> None:
    for name, walk in WALKS.items():
        with subtests.test(name):
            # given the link on the page of a case, and the form behind it
            mission.opens()
            walk.before(mission)
            assert f'href="/cases/{mission.reference}/acts/{name}"' in mission.desk.get(mission.case).text
            before, typed = mission.rows(walk.table), mission.carried(mission.form(name))
            # when the form is sent
            done = mission.desk.post(f"{mission.case}/acts/{name}", data={**typed, **filled(mission, name)})
            # then the case says so, and it is on file, by this officer through this door
            assert done.headers.get("location") == f"{mission.case}?done={name}", refused(done)
            assert html.escape(ACTS[name].done, quote=False) in mission.desk.get(done.headers["location"]).text
            after = mission.rows(walk.table)
            new = [row for row in after if row not in before]
            assert len([row for row in new if walk.row.items() <= row.items()]) == len(new) == 1, new
            assert (walk.action, "desk") in mission.events()
            # and the same form sent again changes nothing
            again = mission.desk.post(f"{mission.case}/acts/{name}", data={**typed, **filled(mission, name)})
            assert again.status_code == 409
            assert mission.rows(walk.table) == after


def test_what_somebody_else_wrote_meanwhile_is_shown_and_a_second_look_lets_it_through(mission: Mission) -> None:
    # given a form that was open while somebody else noted a cost
    typed = {**mission.carried(mission.form("receiver")), "agency": "busan-airport-desk"}
    a_cost(mission)
    # when it is sent
    stale = mission.desk.post(f"{mission.case}/acts/receiver", data=typed)
    # then nothing is overwritten, what came is told, and what was typed stays
    assert stale.status_code == 409
    assert "came into the file meanwhile" in refused(stale)
    assert f"A cost was noted by {mission.officer.number}." in stale.text
    assert 'value="busan-airport-desk" maxlength' in stale.text
    assert mission.rows("repatriation_case")[0]["receiving_agency"] == "incheon-airport-desk"
    # and sent again from there it is taken
    again = mission.desk.post(
        f"{mission.case}/acts/receiver", data={**mission.carried(stale), "agency": "busan-airport-desk"}
    )
    assert again.status_code == 303
    assert mission.rows("repatriation_case")[0]["receiving_agency"] == "busan-airport-desk"


def test_a_cancellation_that_is_too_late_spends_no_code(mission: Mission) -> None:
    # given a form that was open while somebody else noted a cost
    form = mission.form("cancel")
    typed = {**mission.carried(form), **WALKS["cancel"].typed, "code": officers.drill_code(mission.officer.number)}
    a_cost(mission)

    stale = mission.desk.post(f"{mission.case}/acts/cancel", data=typed)

    assert stale.status_code == 409
    assert "came into the file meanwhile" in refused(stale)
    assert mission.rows("decision") == []
    assert [row for row in mission.rows("spent_code") if row["spent_on"] == "cancel"] == []
    # and the very code signs it from a fresh form
    again = mission.desk.post(f"{mission.case}/acts/cancel", data={**typed, **mission.carried(stale)})
    assert again.status_code == 303
    # and a case that is being stopped already spends none
    after = {**mission.carried(mission.form("cancel")), "code": officers.drill_code(mission.officer.number)}
    spent = mission.rows("spent_code")
    assert mission.desk.post(f"{mission.case}/acts/cancel", data={**typed, **after}).status_code == 409
    assert mission.rows("spent_code") == spent


WRONG: list[tuple[str, dict[str, str], int, str]] = [
    ("receiver", {"agency": "Busan Airport"}, 409, "short name like"),
    ("receiver", {"agency": ""}, 422, "Fill this in: Short name of the agency."),
    ("cost", {"amount": "41,2"}, 422, "Write the amount like 412.30"),
    ("cost", {"currency": "KRW"}, 422, "no more decimal places"),
    ("cost", {"currency": "XXX"}, 422, "Choose from the list: Currency."),
    ("cost", {"amount": "-5"}, 409, "more than nothing"),
    ("cost", {"kind": "bribe"}, 422, "Choose from the list: What it is for."),
    ("private-payment", {"payer_officer": "O-77"}, 409, "does not fit what is on file"),
    ("private-payment", {"paid_at": LATER}, 409, "in the future"),
    ("private-payment", {"purpose": "x" * 501}, 422, "write at most 500 letters"),
    ("host", {"state": "paid"}, 409, "choose one of these"),
    ("host", {"number": ""}, 409, "has a number"),
    ("host", {"valid_until": "soon"}, 422, "Write a day and a time that there are"),
    ("host", {"ended_on": "2026-02-30"}, 422, "Write a day that there is: Of a stay: its last day."),
    ("correct", {"name_latin": "", "sex": "", "held": ""}, 409, "Nothing was filled in"),
    ("correct", {"born_on": "soon"}, 409, "date"),
    ("nationality", {"country": "KOR"}, 409, "such as USA, and not ours"),
    ("clearance", {"valid_until": "2020-01-01T09:00"}, 409, "lapsed already"),
    ("validity", {"days": "14"}, 422, "Write a whole number from 15 to 365: Days it may be valid."),
    ("validity", {"days": "many"}, 422, "Write a whole number from 15 to 365: Days it may be valid."),
    ("category", {"reason": "of_age"}, 409, "choose one reason"),
    ("cancel", {"code": "000000"}, 409, "do not fit"),
    ("cost", {"after": ""}, 422, "does not say when it was drawn"),
    ("request", {"contact": "\x07"}, 422, "characters that cannot be written down"),
]  # fmt: skip


def test_what_cannot_be_is_refused_in_one_sentence_and_what_was_typed_stays(
    mission: Mission, subtests: pytest.Subtests
) -> None:
    for name, wrong, status, why in WRONG:
        with subtests.test(f"{name} {wrong}"):
            mission.opens()
            WALKS[name].before(mission)
            before = mission.rows(WALKS[name].table), mission.events()
            typed = {**filled(mission, name), **wrong}

            page = mission.sends(name, typed)

            assert (page.status_code, why in refused(page)) == (status, True), refused(page)
            assert "--" not in refused(page)
            assert (mission.rows(WALKS[name].table), mission.events()) == before
            for blank in blanks(ACTS[name].form):
                value = html.escape(typed.get(blank.name, ""))
                if blank.shape is Shape.code:
                    assert value not in page.text
                elif blank.shape is Shape.choice:
                    assert value not in blank.options or f'<option value="{value}" selected>' in page.text, blank.name
                else:
                    assert f'value="{value}"' in page.text or f">{value}</textarea>" in page.text, blank.name


@pytest.mark.parametrize("role", [Role.funding_officer, Role.screening_officer, Role.host_liaison])
def test_who_has_not_the_duty_is_offered_no_such_form_and_told_whose_it_is(mission: Mission, role: Role) -> None:
    mission.desk.cookies.clear()
    stranger = officers.add(
        name="S", agency="MOFA", roles=[role], country="KHM" if role is Role.host_liaison else None, by="test"
    )
    sign_in(mission.desk, stranger)
    page = mission.desk.get(f"/cases/{mission.reference}").text
    cookie = f"{session.COOKIE}={mission.desk.cookies[session.COOKIE]}".encode()
    own_token = session.form_token(Request({"type": "http", "headers": [(b"cookie", cookie)]}))
    for name, act in ACTS.items():
        theirs = role in DUTIES[act.duty]
        assert (f"/acts/{name}" in page) is theirs, name
        shown = mission.form(name)
        assert shown.status_code == (200 if theirs else 403), name
        if not theirs:
            assert f"To {act.duty} is not among the duties" in html.unescape(shown.text)
            sent = mission.desk.post(
                f"{mission.case}/acts/{name}",
                data={FORM: own_token, "after": "0", **WALKS[name].typed},
            )
            assert sent.status_code == 403, name


def test_a_form_shows_nothing_of_the_person(mission: Mission) -> None:
    before = mission.events()
    for name in ACTS:
        shown = mission.form(name).text
        for kept in ("궉쀍뿝", "GWOK", "Quixotepet", "M90817263", "1907"):
            assert kept not in shown, name
    assert mission.events() == before


def test_an_act_or_a_case_nobody_knows_is_not_there(mission: Mission) -> None:
    assert mission.form("erase").status_code == 404
    mission.reference = "KHM-2026-9999"
    assert mission.form("cost").status_code == 404
    mission.reference = "nowhere"
    assert mission.form("cost").status_code == 404


def test_once_the_journey_is_over_only_what_can_still_be_true_is_offered(mission: Mission) -> None:
    mission.sends("cancel", filled(mission, "cancel"))
    with case_file.transaction() as opened:
        case_file.move(opened, case_file.load(opened, mission.reference, lock=True), CaseStatus.cancelled)

    offered = re.findall(r"/acts/([a-z-]+)", mission.desk.get(f"/cases/{mission.reference}").text)

    assert offered == ["inform"]


def test_the_receivers_that_are_set_here_are_offered(mission: Mission) -> None:
    shown = mission.form("receiver").text

    for agency in ("incheon-airport-desk", "child-protection-agency", "verified-guardian"):
        assert f'<option value="{agency}">' in shown
