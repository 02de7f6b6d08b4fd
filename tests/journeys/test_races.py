"""Officers, the expiry and a replay meet at one instant: exactly one outcome, and each loser is told."""

import os
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import pendulum
import pytest
from sqlmodel import col, select

from models.case import Step, TimelineEntry
from models.decision import Answer, Asking, Decision, Door, Outcome, Proposal, ReasonCode, seen_code
from models.officer import Role, SpentCode
from models.verification import Reported, VerificationProposal
from tasks import case_file, decisions, officers
from tasks.clock import now
from tests.conftest import Server

SEED = int(os.environ.get("HOMEWARD_SEED", str(random.SystemRandom().randrange(10**6))))


class Question:
    """A case whose verification is asked again and again, each time about other facts; no engine is needed."""

    def __init__(self) -> None:
        self.coordinator = self._add(Role.coordinator)
        self._unused: list[str] = []
        self.reference = case_file.open_case(
            country="KHM", officer=self.coordinator, name_hangul="배준미", name_latin=None, place="Poipet",
            keeper="centre", host_status="detained",
        )  # fmt: skip
        self.count = 0

    @staticmethod
    def _add(role: Role) -> str:
        return officers.add(name="Officer", agency="MOFA", roles=[role], by="test").officer.number

    def signs(self) -> tuple[str, str]:
        """An officer who may decide, with a code that is not spent."""
        number = self._add(Role.verifying_officer)
        return number, officers.drill_code(number)

    def is_asked(self, *, lapses_in_ms: float) -> Asking:
        """Ask anew, about something that will lapse."""
        self.count += 1
        with case_file.transaction() as session:
            case = case_file.load(session, self.reference, lock=True)
            content = VerificationProposal(
                salt="salt", reported=Reported(name_hangul="배준미"), candidates=(), hits=(),
                lookout_check_id=str(self.count), routed_decisions=(), declaration="return",
            )  # fmt: skip
            lapses_at = now().add(microseconds=int(lapses_in_ms * 1000))
            decisions.propose(session, case, Step.verification, content, valid_until=lapses_at)
        return decisions.ask(self.reference, Step.verification, flow_run_id=uuid4())

    def answer(self, asking: Asking, signed: tuple[str, str], outcome: Outcome = Outcome.approve) -> Answer:
        """What an officer answers a question."""
        with case_file.transaction() as session:
            digest = session.get_one(Proposal, asking.proposal_id).digest
        reason = ReasonCode.in_order if outcome is Outcome.approve else ReasonCode.evidence_missing
        return Answer(
            officer=signed[0], code=signed[1], seen=seen_code(digest), outcome=outcome.value,
            reason_code=reason.value, door=Door.cli, reason="사유",
        )  # fmt: skip

    def decides(self, answer: Answer) -> "Act":
        """Deciding through the door; the sentence of a refusal comes back."""

        def decide() -> str | None:
            try:
                decisions.record(self.reference, Step.verification.value, answer)
            except decisions.AnswerRefused as refused:
                return str(refused)
            return None

        return decide

    def lapsed(self) -> int:
        """How often the timeline says that a question has lapsed."""
        with case_file.transaction() as session:
            words = session.exec(select(TimelineEntry.words).where(col(TimelineEntry.words).contains("has lapsed")))
            return len(words.all())


Act = Callable[[], str | None]


def at_once(acts: Sequence[tuple[float, Act]]) -> list[str | None]:
    """Run acts in threads of their own, each so many milliseconds after one barrier; return what each said."""
    barrier = threading.Barrier(len(acts))

    def act(after_ms: float, what: Act) -> str | None:
        barrier.wait()
        until = time.perf_counter() + after_ms / 1000
        while time.perf_counter() < until:
            time.sleep(0)
        return what()

    with ThreadPoolExecutor(len(acts)) as threads:
        return [future.result() for future in [threads.submit(act, *each) for each in acts]]


def sweeps() -> str | None:
    """Do what the sweep does about questions that lapsed."""
    for reference in decisions.lapsed():
        decisions.close_lapsed(reference)
    return None


def exactly_one_outcome(question: Question, asking: Asking, lapsed_before: int) -> Decision | None:
    """Either the question was decided in time or it lapsed, whole, and never both."""
    # Whoever came first, the sweep comes by again.
    while (left := asking_lapses_in_s(asking)) > 0:
        time.sleep(left)
    sweeps()
    with case_file.transaction() as session:
        found = session.exec(select(Decision).where(Decision.asking_id == asking.id)).all()
        proposal = session.get_one(Proposal, asking.proposal_id)
        assert session.get_one(Asking, asking.id).closed_at is not None
        assert len(found) <= 1
        lapsed = question.lapsed() - lapsed_before
        assert len(found) + lapsed == 1, (found, lapsed)
        assert (proposal.superseded_at is not None) == bool(lapsed)
        if not found:
            return None
        assert proposal.valid_until is not None
        assert found[0].decided_at < proposal.valid_until
        assert found[0].digest == proposal.digest
        assert found[0].reason_sealed is not None
        assert session.get(SpentCode, (found[0].officer, found[0].code_time_step)) is not None
        return found[0]


def asking_lapses_in_s(asking: Asking) -> float:
    """How long until what a question is about lapses."""
    with case_file.transaction() as session:
        until = session.get_one(Proposal, asking.proposal_id).valid_until
    assert until is not None
    return (until - now()).total_seconds()


TOLD = ("has lapsed", "Nothing waits for a decision", "used before", "Somebody else decided")


def told_in_one_sentence(said: list[str | None]) -> bool:
    """Whether everybody who was refused got one sentence that says why."""
    return all(words is None or (words.endswith(".") and any(why in words for why in TOLD)) for words in said)


@pytest.mark.parametrize("times", [30, pytest.param(1000, marks=pytest.mark.long)])
def test_a_decision_about_the_moment_of_expiry_has_exactly_one_outcome(case_database: Server, times: int) -> None:
    del case_database
    chance, question, taken, lead_ms = random.Random(SEED), Question(), 0, 25.0
    for number in range(times):
        signed, lapsed_before = question.signs(), question.lapsed()
        asking = question.is_asked(lapses_in_ms=300)
        decide = question.decides(question.answer(asking, signed))
        left_ms = asking_lapses_in_s(asking) * 1000
        # Proving a code takes some milliseconds; whoever sets out so much earlier is judged at the moment itself.
        sets_out = left_ms - lead_ms + (-1, 1)[number % 2]

        said = at_once([(max(0, sets_out), decide), (left_ms + chance.choice((0, 1)), sweeps)])

        decision = exactly_one_outcome(question, asking, lapsed_before)
        assert (said[0] is None) == (decision is not None), f"seed {SEED}, {number}: {said}"
        assert told_in_one_sentence(said), f"seed {SEED}, {number}: {said}"
        taken += decision is not None
        lead_ms = lead_ms - 2 if decision else lead_ms + 10
    assert 0 < taken < times, f"seed {SEED}: {taken} of {times} decisions came in time; the moment was not straddled"
    with case_file.transaction() as session:
        assert case_file.broken_link(session)[0] is None


@pytest.mark.parametrize("times", [15, pytest.param(300, marks=pytest.mark.long)])
def test_two_officers_a_timer_and_a_replay_at_one_instant_give_one_outcome(case_database: Server, times: int) -> None:
    del case_database
    chance, question = random.Random(SEED), Question()
    for number in range(times):
        first, second, lapsed_before = question.signs(), question.signs(), question.lapsed()
        asking = question.is_asked(lapses_in_ms=chance.choice((25, 60)))
        approves = question.answer(asking, first)
        asks = question.answer(asking, second, Outcome.ask)
        acts = [approves, asks, approves, replace(approves, officer=second[0])]
        left_ms = asking_lapses_in_s(asking) * 1000

        said = at_once(
            [
                *((chance.uniform(0, 4), question.decides(answer)) for answer in acts),
                (left_ms, sweeps),
            ]
        )

        decision = exactly_one_outcome(question, asking, lapsed_before)
        took = [words for words in said[:4] if words is None]
        assert len(took) == (decision is not None), f"seed {SEED}, {number}: {said}"
        refused = [words for words in said[:4] if words is not None]
        assert all(words.endswith(".") for words in refused), f"seed {SEED}, {number}: {said}"
        with case_file.transaction() as session:
            trouble = case_file.open_trouble(session, question.reference)
            if trouble is not None:
                # The officer's question to the coordinator is answered, so that the case can be asked again.
                trouble.resolved_at = pendulum.now("UTC")
                session.add(trouble)
                decisions.withdraw(session, question.reference, Step.help)
