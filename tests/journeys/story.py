"""Telling a story: people open cases and decide; `go_on` plays the worker until the run waits or ends."""

import json
import random
import re
import time
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from inspect import isawaitable
from itertools import count
from typing import Any
from uuid import UUID

from pendulum import DateTime
from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.sorting import FlowRunSort
from sqlmodel import col, select

from deployments.stack.first_day import specimen_numbers
from deployments.worker.segment import run_segment
from flows.repatriation import repatriate
from models.case import CaseCounter, CaseStatus, Stage, Step, TimelineEntry
from models.category import Change
from models.decision import Answer, Asking, Decision, Door, Outcome, Proposal, ReasonCode, Reply
from models.intent import Act, Intent, IntentState
from models.officer import Officer, Role
from models.person import Category, CategoryReason, Sex, Wish
from models.portrait import HeadMarks
from models.representation import Incapacity, Proof, Relation
from models.travel_document import StockNumber
from tasks import (
    booking,
    case_file,
    categories,
    corrections,
    decisions,
    doorbell,
    engine,
    escorts,
    officers,
    representation,
    signatures,
)
from tasks.clock import now
from tests.papers.contents import synthetic_portrait
from tests.sandbox.harness import ROOT, Sandbox

DEPLOYMENT = "homeward"


def deploy(flow: Flow[Any, Any] = repatriate) -> None:
    """Tell the engine of the journey, or of another flow, as prefect.yaml does."""
    deployment = flow.to_deployment(DEPLOYMENT)
    if isawaitable(deployment):
        raise TypeError("the engine deploys asynchronously here, and this is no loop")
    deployment.apply()


@cache
def people() -> list[dict[str, Any]]:
    """The population of the sandbox's registry."""
    lines = (ROOT / "deployments/sandbox/data/registry.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


_references = count(100, 10)
_unused: list[dict[str, Any]] = []


OF_AGE_BORN_BEFORE = "2006"
"""Whoever was born before is of age for long; a younger one has a story of their own."""


def a_person(*, lookout: str | None = None, child: bool = False) -> dict[str, Any]:
    """Return somebody of the registry no other story is about: the sandbox counts orders by traveller."""
    if not _unused:
        _unused.extend(people())
        random.Random(41).shuffle(_unused)
    place = next(
        i
        for i, one in enumerate(_unused)
        if one["lookout"] == lookout
        and one["passport"]["status"] in ("valid", "expired")
        and (one["born_on"] >= "2008" if child else one["born_on"] < OF_AGE_BORN_BEFORE)
    )
    return _unused.pop(place)


def names(text: str, value: str) -> bool:
    """
    Whether a text says a value; one in Latin letters, as a word.

    A surname like O or IM is part of many words, of an officer's number like O-07, and of what is written in base64.
    """
    part = r"(?<![A-Za-z0-9+/=_-]){}(?![A-Za-z0-9+/=_-])" if value.isascii() and value.isalpha() else "{}"
    return re.search(part.format(re.escape(value)), text) is not None


GIVEN_BACK_WITHIN_S = 20.0

A_PAGE = 200
"""Runs: the engine shows no more at once."""


def runs_of(reference: str, *, since: DateTime) -> list[FlowRun]:
    """The runs made since a moment that name a case, the oldest first, whoever made them."""
    found: list[FlowRun] = []
    with get_client(sync_client=True) as client:
        while page := client.read_flow_runs(limit=A_PAGE, offset=len(found), sort=FlowRunSort.ID_DESC):
            found += page
    # All stories share one engine, and one that opens many cases counts into the references of the next.
    mine = {
        run.id: run
        for run in found
        if run.parameters.get("reference") == reference and run.created is not None and run.created >= since
    }
    return sorted(mine.values(), key=lambda run: str(run.created))


@dataclass
class Story:
    """One case and the people around it."""

    sandbox: Sandbox
    reference: str = ""
    person: dict[str, Any] = field(default_factory=dict)
    run_id: UUID | None = None
    has_escorts: bool = True
    """Whether officers are found to sit beside whoever travels in custody, as soon as their seats are agreed to."""
    passwords: dict[str, str] = field(default_factory=dict)
    """Of each officer, by number."""
    began_at: DateTime = field(default_factory=now)

    def __post_init__(self) -> None:
        self.coordinator = self._enrol("Coordinator", Role.coordinator)
        self.deciders: dict[Role, str] = {
            role: self._enrol(role.value, role) for role in Role if role is not Role.coordinator
        }
        self.deciders[Role.coordinator] = self.coordinator
        with case_file.transaction() as session:
            # References are not used again from one story to the next: they all share one engine.
            if session.get(CaseCounter, ("KHM", now().year)) is None:
                session.add(CaseCounter(country="KHM", year=now().year, last=next(_references)))
            session.add_all(
                StockNumber(number=n, mission="KHM", received_at=now(), moved_at=now()) for n in specimen_numbers(5)
            )

    def _enrol(self, name: str, role: Role) -> str:
        country = "KHM" if role is Role.host_liaison else None
        enrolment = officers.add(name=name, agency="MOFA", roles=[role], country=country, by="test")
        self.passwords[enrolment.officer.number] = enrolment.password
        return enrolment.officer.number

    def opens(
        self,
        person: dict[str, Any] | None = None,
        *,
        declared: bool = True,
        portrait: bool = True,
        categories: tuple[Category, ...] = (Category.presumed_victim,),
        **changes: Any,
    ) -> str:
        """The coordinator opens a case for somebody the registry knows."""
        self.person = person or a_person()
        facts: dict[str, Any] = {
            "country": "KHM",
            "officer": self.coordinator,
            "name_hangul": self.person["surname_hangul"] + self.person["given_hangul"],
            "name_latin": f"{self.person['surname_latin']} {self.person['given_latin']}",
            "sex": Sex(self.person["sex"]),
            "birth_date": self.person["born_on"],
            "passport_number": self.person["passport"]["number"],
            "place": "Poipet",
            "keeper": "Immigration detention centre",
            "host_status": "detained",
            "categories": categories,
            **changes,
        }
        self.reference = case_file.open_case(**facts)
        if declared:
            with case_file.transaction() as session:
                why = representation.incapacity(session, case_file.load(session, self.reference))
            self.declares(Wish.return_home, representative=self.has_a_representative(why) if why else None)
        if portrait:
            self.sits_for_a_portrait()
        return self.reference

    def declares(self, wish: Wish, *, representative: int | None = None) -> None:
        """The person, or who speaks for them, says whether they wish to return."""
        corrections.declare(
            self.reference, wish=wish, language="ko", reader="interpreter", declared_at=now(),
            representative=representative, officer=self.coordinator,
        )  # fmt: skip

    def has_a_representative(self, because: Incapacity, relation: Relation = Relation.parent) -> int:
        """Somebody who may speak for the person is written down by one officer and verified by another."""
        number = representation.add(
            self.reference, name="홍모친", relation=relation, because=because,
            officer=self.officer(Role.coordinator),
        )  # fmt: skip
        representation.verify(
            self.reference, number, proof=Proof.family_register, officer=self.officer(Role.verifying_officer)
        )
        return number

    def officer(self, role: Role) -> Officer:
        """The officer of a role."""
        return next(each for each in officers.listed() if each.number == self.deciders[role])

    def becomes(self, category: Category, reason: CategoryReason) -> None:
        """Another category of the person is written down by the coordinator."""
        with case_file.transaction() as session:
            officer = session.get_one(Officer, self.coordinator)
        categories.change(self.reference, Change.add, category, reason=reason, officer=officer)

    def sits_for_a_portrait(self, head: HeadMarks | None = None) -> None:
        """A portrait is taken at the mission; whoever stores it may mark crown and chin."""
        corrections.set_portrait(
            self.reference, image=synthetic_portrait(), captured_at=now(), officer=self.coordinator, head=head
        )

    def _wants_escorts(self) -> bool:
        with case_file.transaction() as session:
            booking = case_file.live_booking(session, self.reference)
            person = case_file.load(session, self.reference).person_id
            in_custody = Category.suspect in case_file.categories(session, person)
            return in_custody and booking is not None and not escorts.of_booking(session, booking)

    def is_escorted(self, count: int = 2) -> list[str]:
        """Officers sit beside the person on the flights now booked; return their numbers."""
        assigned = []
        for _ in range(count):
            number = self._enrol("Escort", Role.receiving_officer)
            escorts.add(
                number, sex=Sex(self.person["sex"]), passport_valid_until=date(2099, 1, 1), on_duty_from=now(),
                on_duty_until=now().add(years=1), officer=self.officer(Role.coordinator),
            )  # fmt: skip
            escorts.assign(self.reference, number, out="ABC123", back="DEF456", officer=self.officer(Role.coordinator))
            assigned.append(number)
        return assigned

    def begins(self) -> None:
        """The coordinator starts the journey, and the run comes to its first question."""
        assert doorbell.start(self.reference) is None
        self.run_id = self.newest_run()
        self.goes_on()

    def newest_run(self) -> UUID:
        """The id of the newest run of the case the engine knows."""
        return self.runs()[-1].id

    def runs(self) -> list[FlowRun]:
        """The runs that name the case, the oldest first."""
        return runs_of(self.reference, since=self.began_at)

    def run(self) -> FlowRun:
        """The run as the engine has it now."""
        assert self.run_id is not None
        with get_client(sync_client=True) as client:
            return client.read_flow_run(self.run_id)

    def goes_on(self) -> None:
        """Play the worker: run the flow from the top until it suspends or ends."""
        run_segment(repatriate, self.run())

    def question(self) -> Asking:
        """The question that waits."""
        with case_file.transaction() as session:
            asking = decisions.open_asking(session, self.reference)
        assert asking is not None, self.timeline()
        return asking

    def waits_at(self) -> Step | None:
        """The step of the question that waits."""
        with case_file.transaction() as session:
            asking = decisions.open_asking(session, self.reference)
        return asking.step if asking else None

    def answer(
        self,
        outcome: Outcome = Outcome.approve,
        reason: ReasonCode = ReasonCode.in_order,
        *,
        officer: str | None = None,
        code: str | None = None,
        seen: str | None = None,
        to_stage: str | None = None,
        door: Door = Door.cli,
        breaks_glass: bool = False,
    ) -> Answer:
        """What an officer answers the open question, from its evidence."""
        number = officer or self.decider()
        return Answer(
            officer=number,
            code=code or officers.drill_code(number),
            seen=seen or self.seen(),
            outcome=outcome.value,
            reason_code=reason.value,
            to_stage=to_stage,
            door=door,
            breaks_glass=breaks_glass,
        )

    def decider(self) -> str:
        """The right officer for the open question; another one where they have signed it already."""
        asking = self.question()
        usual = self.deciders[asking.role]
        with case_file.transaction() as session:
            signed = signatures.given(session, session.get_one(Proposal, asking.proposal_id))
        if usual not in {decision.officer for decision in signed}:
            return usual
        return officers.add(name="Second", agency="MOFA", roles=[asking.role], by="test").officer.number

    def seen(self) -> str:
        """The seen code of the evidence that waits."""
        evidence = self.evidence()
        return evidence.seen

    def letters(
        self,
        officer: str,
        outcome: Outcome = Outcome.approve,
        reason: ReasonCode = ReasonCode.in_order,
        to_stage: Stage | None = None,
    ) -> str:
        """What an officer types into the Resume form for an answer to the question that waits."""
        return self.evidence(reader=officer).letters[Reply(outcome, reason, to_stage)]

    def evidence(self, *, reader: str | None = None) -> decisions.Evidence:
        """The evidence that waits, as the coordinator sees it or another officer."""
        looking = next(o for o in officers.listed() if o.number == (reader or self.coordinator))
        evidence = decisions.evidence(self.reference, reader=looking, purpose="test")
        assert evidence is not None
        return evidence

    def decides(self, outcome: Outcome = Outcome.approve, reason: ReasonCode | None = None, **more: Any) -> None:
        """The right officer decides, the bell rings, and the run goes on to its next question."""
        step = self.question().step
        if step is Step.funding and self.has_escorts and self._wants_escorts():
            self.is_escorted()
        fits = ReasonCode.try_again if step is Step.help else ReasonCode.in_order
        decisions.record(self.reference, step.value, self.answer(outcome, reason or fits, **more))
        self.wakes()
        self.goes_on()

    def wakes(self) -> None:
        """The bell rings; where the engine has no breath on a busy machine, it is rung again, as the sweep does."""
        for last in (False, False, True):
            try:
                assert doorbell.wake(self.reference)
            except engine.EngineUnavailable:
                if last:
                    raise
            else:
                return

    def comes_to(self, step: Step) -> None:
        """Approve every question until a step is asked."""
        while self.waits_at() is not step:
            assert self.waits_at() is not Step.help, self.timeline()
            self.decides()

    def comes_after_help(self) -> None:
        """A coordinator has seen to what stood in the way, and the journey goes on to its end."""
        assert self.waits_at() is Step.help
        self.decides()
        self.comes_home()

    def comes_home(self) -> None:
        """Approve every question until the journey is over."""
        while self.waits_at() is not None:
            assert self.waits_at() is not Step.help, self.timeline()
            self.decides()
        assert self.status() is CaseStatus.home, self.timeline()

    def status(self) -> CaseStatus:
        """The case's status."""
        with case_file.transaction() as session:
            return case_file.load(session, self.reference).status

    def decisions(self) -> list[Decision]:
        """Everything that was decided."""
        with case_file.transaction() as session:
            return list(session.exec(select(Decision).where(Decision.reference == self.reference)))

    def timeline(self) -> list[str]:
        """What has happened, in plain words."""
        with case_file.transaction() as session:
            rows = session.exec(
                select(TimelineEntry).where(TimelineEntry.reference == self.reference).order_by(col(TimelineEntry.id))
            )
            return [row.words for row in rows]

    def live_orders(self) -> int:
        """How many live orders the sandbox holds for this person."""
        traveller = f"{self.person['surname_latin']}/{self.person['given_latin'][:20]}/{self.person['born_on']}"
        held: dict[str, int] = self.sandbox.control.get("/counts").json()["orders_live_by_traveller"]
        return held.get(traveller, 0)

    def has_waited(self, minutes: int = 60) -> None:
        """So much time has passed since the acts whose answer was lost."""
        with case_file.transaction() as session:
            for intent in session.exec(select(Intent).where(Intent.state == IntentState.unknown)):
                intent.written_at = intent.written_at.subtract(minutes=minutes)
                session.add(intent)

    def holds_at_the_airline(self) -> list[str]:
        """The unpaid live orders the airline keeps for any case of this story, counted there."""
        with case_file.transaction() as session:
            ours = {str(intent) for intent in session.exec(select(Intent.id).where(Intent.act == Act.hold_seats))}
        if not ours:
            return []
        return [
            order["id"]
            for order in self.sandbox.control.get("/orders").json()
            if order["metadata"].get("intent_id") in ours
            and order["cancelled_at"] is None
            and order["payment_status"]["awaiting_payment"]
        ]

    def leaves_no_unpaid_hold(self) -> None:
        """
        Once every deadline has passed, the clock has given back whatever the story left unpaid at the airline.

        Also where its cases wait for people who never answer; an order whose answer was lost is looked for first.
        """
        if not self.holds_at_the_airline():
            return
        self.sandbox.control.delete("/faults").raise_for_status()
        later, until = now().add(years=1), time.monotonic() + GIVEN_BACK_WITHIN_S
        booking.keep_clocks(at=later)
        booking.keep_clocks(at=later)
        # The clock leaves a case alone that a process of this story is still leaving.
        while self.holds_at_the_airline() and time.monotonic() < until:
            time.sleep(0.2)
            booking.keep_clocks(at=later)
        assert self.holds_at_the_airline() == [], self.timeline()

    def fault(
        self, kind: str, *, partner: str = "airline", method: str = "*", path: str = "*", times: int = 1, **more: Any
    ) -> None:
        """A partner will fail in a way of its own."""
        body = {"partner": partner, "method": method, "path": path, "kind": kind, "times": times, **more}
        self.sandbox.control.post("/faults", json=body).raise_for_status()


@dataclass
class Chapter:
    """One case of a story that has several."""

    reference: str
    person: dict[str, Any]
    run_id: UUID | None
