"""
Random histories of a case: whatever officers, the field, time and dying processes do, no step is passed undecided.

The flow runs from the top as in the engine, over the real database and the real partners of the sandbox; of the engine
only its answers are played: a run that suspends leaves, and a run that is resumed starts again. The law is checked from
the database alone, after every act.
"""

import os
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from prefect.exceptions import Pause
from prefect.states import Suspended
from sqlmodel import Session, col, select

from deployments.stack.first_day import specimen_numbers
from flows import gate, links, repatriation
from models.audit import AuditEvent
from models.case import REACHED, Attempt, CaseStatus, Stage, Step
from models.decision import REASONS, Asking, Decision, Door, Outcome, Proposal, ReasonCode
from models.funding import CostKind, Payer, PrivatePayment
from models.handoff import Handoff, HandoffState
from models.intent import Act, Intent
from models.money import Money
from models.officer import Officer, Role, SpentCode
from models.person import ConfirmedIdentity, Wish
from models.travel_document import DocumentState, StockNumber, TravelDocument
from models.verification import LookoutHit
from tasks import (
    booking,
    case_file,
    corrections,
    decisions,
    disruption,
    ending,
    funding,
    handoff,
    officers,
    travel_document,
)
from tasks import verification as verification_tasks
from tasks.calls import Call
from tasks.clock import now
from tests.journeys.story import Story, a_person
from tests.owner import rewrite
from tests.plain_policy import DECIDES
from tests.sandbox.harness import Sandbox

STAGES = (verification_tasks, travel_document, booking, disruption, funding, handoff, ending)
ORDER = list(REACHED)
KEPT_APART = (Step.authorise, Step.release)
"""Steps that whoever examined the identity does not decide."""


class Killed(BaseException):
    """The process ends here, as far as the program can tell."""


@pytest.fixture
def office(partnered: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The flow without the engine: its questions are only stored, its tasks only called."""
    for module in STAGES:
        for name, effect in list(vars(module).items()):
            if isinstance(effect, Call):
                monkeypatch.setattr(module, name, effect.fn)
    monkeypatch.setattr(gate, "suspend", suspends)
    monkeypatch.setattr(links, "show", lambda *_a, **_k: None)
    return partnered


def suspends(asking: Asking, *, has_fields: bool) -> None:
    """Show a question and leave, as a run does."""
    del has_fields
    decisions.mark_shown(asking)
    raise Pause(state=Suspended(pause_key=asking.key))


class Teller(Story):
    """A story told without the engine; new numbers are received when the stock runs low."""

    run = uuid4()  # type: ignore[assignment]

    def receives_numbers(self, count: int) -> None:
        """Document numbers arrive at the mission."""
        with case_file.transaction() as session:
            known = set(session.exec(select(StockNumber.number)).all())
            session.add_all(
                StockNumber(number=n, mission="KHM", received_at=now(), moved_at=now())
                for n in specimen_numbers(count)
                if n not in known
            )


class Histories(RuleBasedStateMachine):
    """One case; each rule is something somebody may do to it."""

    sandbox: Sandbox
    teller: Teller
    monkeypatch: pytest.MonkeyPatch

    def __init__(self) -> None:
        super().__init__()
        self.story, self.flow_run_id = type(self).teller, uuid4()
        self.reply: dict[str, Any] | None = None
        self.used: list[tuple[str, str]] = []
        self.story.opens(a_person())
        self.reference = self.story.reference
        self.goes_on()

    @initialize(approvals=st.integers(0, 7))
    def comes_some_way(self, approvals: int) -> None:
        """The case has come some way already."""
        self.is_approved(approvals)

    # The run.

    def goes_on(self) -> None:
        """Run the flow from the top until it suspends or ends."""
        engine = SimpleNamespace(
            is_alive=lambda *_: False,
            set_tags=lambda *_: None,
            read_reply=lambda *_: (self.reply, self.reply is not None),
            forget_reply=lambda *_: None,
        )
        self.monkeypatch.setattr(gate, "engine", engine)
        self.monkeypatch.setattr(gate, "run_id", lambda: self.flow_run_id)
        try:
            repatriation.repatriate.fn(self.reference)
        except Pause:
            pass
        finally:
            self.reply = None

    @rule()
    def is_resumed_without_a_word(self) -> None:
        """Somebody presses Resume, or forces a state: the run starts from the top."""
        self.goes_on()

    @rule(reply=st.dictionaries(st.sampled_from(["officer", "code", "seen", "decision", "reason_code"]), st.text()))
    def is_resumed_with_garbage(self, reply: dict[str, str]) -> None:
        """Somebody types anything into the form."""
        self.reply = reply
        self.goes_on()

    @rule(transactions=st.integers(1, 25))
    def dies_at_some_moment(self, transactions: int) -> None:
        """The process is killed after so many transactions; another one starts from the top."""
        left, real = [transactions], case_file.transaction

        def deadly() -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return real()

        with pytest.MonkeyPatch.context() as dying:
            dying.setattr(case_file, "transaction", deadly)
            try:
                self.goes_on()
            except Killed:
                event("killed")
        self.goes_on()

    # Officers.

    def asking(self) -> Asking | None:
        """The question that waits."""
        with case_file.transaction() as session:
            return decisions.open_asking(session, self.reference)

    def answers(self, outcome: Outcome, reason: ReasonCode, *, goes_on: bool = True, **changes: Any) -> None:
        """An officer who may decide does."""
        asking = self.asking()
        if asking is None:
            return
        number = changes.pop("officer", None) or officer(DECIDES[asking.step])
        answer = self.story.answer(outcome, reason, officer=number, **changes)
        try:
            decisions.record(self.reference, asking.step.value, answer)
        except decisions.AnswerRefused:
            event(f"refused at {asking.step.value}")
        else:
            event(f"{outcome.value} at {asking.step.value}")
            self.used.append((number, answer.code))
        if goes_on:
            self.goes_on()

    @rule(count=st.integers(1, 4))
    def is_approved_so_often(self, count: int) -> None:
        """The right officers approve what is asked, one after the other."""
        self.is_approved(count)

    def is_approved(self, count: int) -> None:
        """Approve so many questions."""
        for _ in range(count):
            asking = self.asking()
            helps = asking is not None and asking.step is Step.help
            self.answers(Outcome.approve, ReasonCode.try_again if helps else ReasonCode.in_order)

    @rule()
    def is_approved_and_the_run_sleeps_on(self) -> None:
        """The right officer approves, and nobody wakes the run."""
        self.answers(Outcome.approve, ReasonCode.in_order, goes_on=False)

    @rule(
        stage=st.sampled_from([None, *(stage.value for stage in Stage)]),
        reason=st.sampled_from(REASONS[Outcome.return_]),
    )
    def is_returned(self, stage: str | None, reason: ReasonCode) -> None:
        """The right officer sends the case back."""
        self.answers(Outcome.return_, reason, to_stage=stage)

    @rule(reason=st.sampled_from(REASONS[Outcome.ask]))
    def is_asked_about(self, reason: ReasonCode) -> None:
        """The right officer asks the coordinator."""
        self.answers(Outcome.ask, reason)

    @precondition(lambda self: len(self.used) > 4)
    @rule(reason=st.sampled_from(REASONS[Outcome.reject]))
    def is_rejected(self, reason: ReasonCode) -> None:
        """The right officer rejects."""
        self.answers(Outcome.reject, reason)

    @precondition(lambda self: len(self.used) > 6)
    @rule()
    def is_cancelled(self) -> None:
        """The coordinator stops the journey."""
        number = officer(Role.coordinator)
        try:
            decisions.cancel(
                self.reference, officer_number=number, code=officers.drill_code(number),
                reason_code="duplicate_case", door=Door.cli,
            )  # fmt: skip
        except decisions.AnswerRefused:
            event("cancellation refused")
        self.goes_on()

    @rule(role=st.sampled_from(list(Role)), outcome=st.sampled_from([Outcome.approve, Outcome.reject]))
    def is_decided_by_anybody(self, role: Role, outcome: Outcome) -> None:
        """An officer of any role tries."""
        asking = self.asking()
        if asking is not None and DECIDES[asking.step] is not role:
            self.is_refused(officer=officer(role), outcome=outcome, why=".")

    @rule()
    def is_decided_by_the_requester(self) -> None:
        """Whoever opened the case tries, in the role that decides."""
        asking = self.asking()
        if asking is not None and asking.step is not Step.help:
            with case_file.transaction() as session:
                before = session.get_one(Officer, self.story.coordinator).roles
            rewrite(self.story.coordinator, roles=[*before, DECIDES[asking.step].value])
            # A code of theirs may not be left this minute; then another one is tried, which is refused as well.
            try:
                code = officers.drill_code(self.story.coordinator)
            except case_file.Refused:
                code = "000000"
            self.is_refused(officer=self.story.coordinator, code=code, why=".")
            rewrite(self.story.coordinator, roles=before, failures=0, locked_until=None)

    @rule()
    def is_decided_by_the_examiner(self) -> None:
        """Whoever confirmed the identity tries to authorise or to release."""
        asking = self.asking()
        if asking is None or asking.step not in KEPT_APART:
            return
        with case_file.transaction() as session:
            identity = case_file.require_identity(session, self.reference)
            examiner = session.get_one(Officer, session.get_one(Decision, identity.decision_id).officer)
        rewrite(examiner.number, roles=[*{*examiner.roles, DECIDES[asking.step].value}])
        try:
            code = officers.drill_code(examiner.number)
        except case_file.Refused:
            return
        self.is_refused(officer=examiner.number, code=code, why="examined the identity")

    @rule(seen=st.text(alphabet="BCDFGH", min_size=6, max_size=6))
    def is_decided_on_other_evidence(self, seen: str) -> None:
        """The right officer types the letters of something else."""
        asking = self.asking()
        if asking is not None and seen != self.story.seen():
            self.is_refused(officer=officer(DECIDES[asking.step]), seen=seen, why=".")

    @precondition(lambda self: self.used)
    @rule(data=st.data())
    def is_signed_with_a_code_that_was_used(self, data: st.DataObject) -> None:
        """Somebody tries what they saw over a shoulder."""
        number, code = data.draw(st.sampled_from(self.used))
        if self.asking() is not None:
            self.is_refused(officer=number, code=code, why=".")

    def is_refused(self, *, why: str, outcome: Outcome = Outcome.approve, **changes: Any) -> None:
        """Something wrong is tried; it is refused in one sentence, and nothing is recorded."""
        asking, decided = self.asking(), self.decided()
        assert asking is not None
        reason = REASONS[outcome][0]
        with pytest.raises(decisions.AnswerRefused, match=why):
            decisions.record(self.reference, asking.step.value, self.story.answer(outcome, reason, **changes))
        assert self.decided() == decided

    def decided(self) -> int:
        """How many decisions the case has."""
        with case_file.transaction() as session:
            return len(session.exec(select(Decision).where(Decision.reference == self.reference)).all())

    # Time and the field.

    @rule()
    def lapses(self) -> None:
        """What is proposed lapses now."""
        asking = self.asking()
        if asking is None:
            return
        with case_file.transaction() as session:
            proposal = session.get_one(Proposal, asking.proposal_id)
            if proposal.valid_until is None:
                return
            proposal.valid_until = now()
            session.add(proposal)
        assert decisions.close_lapsed(self.reference)
        self.goes_on()

    @rule(change=st.sampled_from(["cost", "portrait", "birthplace", "receiver", "own payment", "price", "wish"]))
    def facts_change(self, change: str) -> None:
        """The field, an officer or the airline changes something."""
        story = self.story
        changes: dict[str, Callable[[], object]] = {
            "cost": lambda: corrections.note_cost(
                self.reference, kind=CostKind.medical, amount=Money(10**12, "KRW"), officer=story.coordinator
            ),
            "portrait": story.sits_for_a_portrait,
            "birthplace": lambda: corrections.correct_person(
                self.reference, birthplace="부산", officer=story.coordinator
            ),
            "receiver": lambda: corrections.choose_receiver(
                self.reference, agency="seoul-shelter", officer=story.coordinator
            ),
            "own payment": lambda: corrections.note_private_payment(
                self.reference, payer=Payer.diplomat, payer_officer=officer(Role.funding_officer),
                amount=Money(100, "USD"), purpose="bus", officer=story.coordinator,
            ),
            "price": lambda: story.sandbox.control.post("/prices", json={"delta": "1.00"}).raise_for_status(),
            "wish": lambda: story.declares(Wish.withdraw),
        }  # fmt: skip
        try:
            changes[change]()
            event(f"changed: {change}")
            self.goes_on()
            if change == "wish":
                story.declares(Wish.return_home)
        except case_file.Refused:
            event(f"not changed: {change}")
        self.goes_on()

    # The law.

    @invariant()
    def nothing_was_done_without_a_decision(self) -> None:
        """Every effect on file has the decision it needs, whole and in time."""
        with case_file.transaction() as session:
            for decision in session.exec(select(Decision).where(Decision.reference == self.reference)):
                is_sound(session, decision)
            forward(session, self.reference)
            identities(session, self.reference)
            money(session, self.reference)
            papers(session, self.reference)

    def teardown(self) -> None:
        """The audit trail is whole, and the case is in somebody's charge."""
        with case_file.transaction() as session:
            assert case_file.broken_link(session)[0] is None
            case = case_file.load(session, self.reference)
            assert case.owner
            assert case.is_closed or decisions.open_asking(session, self.reference) or in_progress(session, case)
            event(f"ended {case.status.value}")


def in_progress(session: Session, case: Any) -> bool:
    """Whether a run counts for the case, so that the sweep would set it going."""
    attempt = session.exec(
        select(Attempt).where(Attempt.reference == case.reference, col(Attempt.ended_at).is_(None))
    ).first()
    return attempt is not None


def officer(role: Role) -> str:
    """A fresh officer of a role: codes are few a minute."""
    country = "KHM" if role is Role.host_liaison else None
    return officers.add(name="Officer", agency="MOFA", roles=[role], country=country, by="test").officer.number


def is_sound(session: Session, decision: Decision) -> None:
    """A decision is signed by an officer of the role, on the question and the digest that stood."""
    if decision.outcome is Outcome.cancel:
        assert decision.role is Role.coordinator
        return
    asking, proposal = session.get_one(Asking, decision.asking_id), session.get_one(Proposal, decision.proposal_id)
    assert decision.role is DECIDES[decision.step] is asking.role
    assert decision.role.value in session.get_one(Officer, decision.officer).roles
    assert decision.officer != decision.requester or decision.role is Role.coordinator
    if decision.step in KEPT_APART:
        examined = select(ConfirmedIdentity).where(
            ConfirmedIdentity.reference == decision.reference,
            ConfirmedIdentity.confirmed_at <= decision.decided_at,
        )
        for identity in session.exec(examined):
            if identity.superseded_at is None or identity.superseded_at > decision.decided_at:
                assert session.get_one(Decision, identity.decision_id).officer != decision.officer
    assert (asking.proposal_id, asking.step, proposal.step) == (proposal.id, decision.step, decision.step)
    assert decision.digest == proposal.digest
    assert proposal.prepared_at <= asking.asked_at <= decision.decided_at
    assert asking.closed_at is not None
    assert proposal.valid_until is None or decision.decided_at < proposal.valid_until
    assert session.get(SpentCode, (decision.officer, decision.code_time_step)) is not None


def approved(session: Session, reference: str, step: Step, *, at: Any) -> list[Decision]:
    """The approvals of a step before a moment, whose proposals stood at it."""
    found = session.exec(
        select(Decision, Proposal)
        .join(Proposal, col(Proposal.id) == Decision.proposal_id)
        .where(
            Decision.reference == reference, Decision.step == step, Decision.outcome == Outcome.approve,
            Decision.decided_at <= at,
        )
    )  # fmt: skip
    return [d for d, p in found if p.superseded_at is None or p.superseded_at >= at]


def forward(session: Session, reference: str) -> None:
    """Each move of the case to a further status has its decision."""
    moved = session.exec(
        select(AuditEvent).where(AuditEvent.reference == reference, AuditEvent.action == "case.moved")
    ).all()
    for each in moved:
        to, before = CaseStatus(each.fields["to"]), CaseStatus(each.fields["from"])
        step = REACHED.get(to)
        if step is None or ORDER.index(to) < ORDER.index(before):
            continue
        found = approved(session, reference, step, at=each.at)
        assert found, f"{reference} became {to} without a decision at {step}"
    assert [e for e in moved if e.fields["to"] == "cancelled"] == [] or ended_by_somebody(session, reference)


def ended_by_somebody(session: Session, reference: str) -> bool:
    """Whether an officer rejected or cancelled."""
    ends = (Outcome.reject, Outcome.cancel)
    wanted = select(Decision).where(Decision.reference == reference, col(Decision.outcome).in_(ends))
    return session.exec(wanted).first() is not None


def identities(session: Session, reference: str) -> None:
    """Each identity names the approval that confirmed it, and no hit was passed over."""
    for identity in session.exec(select(ConfirmedIdentity).where(ConfirmedIdentity.reference == reference)):
        found = approved(session, reference, Step.verification, at=identity.confirmed_at)
        assert identity.decision_id in [decision.id for decision in found]
        if identity.superseded_at is None:
            assert case_file.open_hits(session, reference) == []
    for hit in session.exec(select(LookoutHit).where(LookoutHit.reference == reference)):
        if hit.decision_id is not None:
            assert session.get_one(Decision, hit.decision_id).outcome is Outcome.approve


def money(session: Session, reference: str) -> None:
    """Each commitment and payment was begun after its approval, by nobody who is paid back."""
    for intent in session.exec(select(Intent).where(Intent.reference == reference)):
        if intent.act not in (Act.commit_funds, Act.pay_order):
            continue
        found = approved(session, reference, Step.funding, at=intent.written_at)
        assert found, f"{intent.act} without a decision"
        if intent.act is Act.commit_funds:
            assert intent.subject in [str(decision.proposal_id) for decision in found]
        for decision in found:
            owed = select(PrivatePayment).where(
                PrivatePayment.reference == reference,
                PrivatePayment.payer_officer == decision.officer,
                PrivatePayment.noted_at <= decision.decided_at,
            )
            assert session.exec(owed).first() is None


def papers(session: Session, reference: str) -> None:
    """An authorised, valid or collected document, and a receipt, each rest on their own approval."""
    for document in session.exec(select(TravelDocument).where(TravelDocument.reference == reference)):
        if document.state in (DocumentState.authorised, DocumentState.valid, DocumentState.cancelled):
            assert document.authorised_by in officers_of(session, reference, Step.authorise)
        if document.state in (DocumentState.valid, DocumentState.cancelled):
            assert officers_of(session, reference, Step.release)
            assert document.paper_id is not None
    for received in session.exec(select(Handoff).where(Handoff.reference == reference)):
        if received.state is HandoffState.received:
            assert received.received_by in officers_of(session, reference, Step.handoff)


def officers_of(session: Session, reference: str, step: Step) -> list[str]:
    """Who approved a step."""
    return list(
        session.exec(
            select(Decision.officer).where(
                Decision.reference == reference, Decision.step == step, Decision.outcome == Outcome.approve
            )
        )
    )


# Histories end anywhere, also right after seats were held; what lapses then is the clock's, which has its own tests.
@pytest.mark.leaves_a_hold
@pytest.mark.parametrize(("histories", "acts"), [(6, 12), pytest.param(150, 30, marks=pytest.mark.long)])
def test_in_no_history_a_step_is_passed_without_a_fitting_decision(
    office: Sandbox, monkeypatch: pytest.MonkeyPatch, histories: int, acts: int
) -> None:
    teller = Teller(office)
    teller.receives_numbers(histories * acts)
    Told = type("Told", (Histories,), {"sandbox": office, "teller": teller, "monkeypatch": monkeypatch})  # noqa: N806
    run_state_machine_as_test(
        Told,
        settings=settings(
            max_examples=histories,
            stateful_step_count=acts,
            deadline=None,
            database=None,
            derandomize="HOMEWARD_SEED" in os.environ,
            print_blob=True,
            # Each history leaves its case in the database, so the same acts meet other facts: nothing is shrunk.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
