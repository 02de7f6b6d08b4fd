"""
Ways in which approvals went wrong in other systems, each with the tests that hold it off here.

| What went wrong elsewhere | Held off by |
| --- | --- |
| a second door skips the rule | `test_doors`: a Resume without a fitting decision; `test_every_door`: all of it |
| the wrong identity is compared | here: requester beside owner; `test_doors`: the coordinator who verifies |
| a decision without a request | here: before the question, after it was taken back, twice |
| a timer and a human race | `test_races`: the moment of expiry; two officers, a timer and a replay |
| a timeout nobody notices | here: a lapsed question in the inbox and the engine; `test_late`: asked anew by itself |
| bad input kills the run | `test_form_in_the_engine`: whatever is planted as an answer; `test_doors`: garbage |
| done without the thing | here: death around storing the sheet; `test_killed`: death between act and answer |
| gates in parallel branches are skipped | `test_mandates`: of two parallel signatures none is bypassed |
| waiting for ever on another system | `test_partners_fail`: a registry that stays away, a host that waits |
| a stale form | here: a second correction, and a decision on what was corrected; `test_doors`: a stale seen code |
| nobody can approve | here: no worker starts and a case that waits is alarmed; `test_policy`, `test_worker_start` |
| a gate that opens itself | here: no default approves, and one function decides |
"""

import hashlib
import inspect
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pendulum
import pytest
from sqlalchemy import update
from sqlmodel import col, select
from typer.main import get_command

from deployments.cli.main import app
from deployments.signer.register import Register
from models.case import Attempt, CaseStatus, RepatriationCase, Step
from models.decision import Asking, Decision, Proposal
from models.message import AlarmKind
from models.officer import Officer, Role
from models.paper import PaperKind
from models.travel_document import DocumentState
from tasks import alarms, case_file, corrections, decisions, engine, officers, paperwork, takeover, travel_document
from tasks import signing as signing_service
from tasks.clock import now
from tasks.form import UNDECIDED, DecisionForm
from tasks.partners import border_control
from tasks.settings import REPOSITORY
from tests.journeys.story import Story


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweep looks without waiting."""
    monkeypatch.setattr(takeover, "GRACE", pendulum.duration())


def verifying_coordinator() -> str:
    """An officer who may open cases and verify."""
    roles = [Role.coordinator, Role.verifying_officer]
    return officers.add(name="Both", agency="MOFA", roles=roles, by="test").officer.number


# The wrong identity is compared.


def test_the_requester_is_refused_and_not_the_owner_when_they_are_two_officers(story: Story) -> None:
    requester, owner = verifying_coordinator(), verifying_coordinator()
    story.coordinator = requester
    story.opens()
    with case_file.transaction() as session:
        session.execute(update(RepatriationCase).values(owner=owner))
    story.begins()

    with pytest.raises(decisions.AnswerRefused, match="opened this case"):
        decisions.record(story.reference, "verification", story.answer(officer=requester))
    decisions.record(story.reference, "verification", story.answer(officer=owner))

    with case_file.transaction() as session:
        decision = session.exec(select(Decision)).one()
    assert (decision.officer, decision.requester) == (owner, requester)


# A decision without a request.


def test_nothing_is_decided_before_it_is_asked(story: Story) -> None:
    story.opens()
    story.begins()
    early = story.answer()
    story.opens()

    with pytest.raises(decisions.AnswerRefused, match="Nothing waits for a decision"):
        decisions.record(story.reference, "verification", early)
    story.begins()

    assert story.waits_at() is Step.verification
    assert nothing_is_decided()


def test_nothing_is_decided_after_the_question_was_taken_back(asked: Story) -> None:
    answer = asked.answer()
    with case_file.transaction() as session:
        decisions.withdraw(session, asked.reference, Step.verification)

    with pytest.raises(decisions.AnswerRefused, match="Nothing waits for a decision"):
        decisions.record(asked.reference, "verification", answer)

    takeover.sweep()
    asked.goes_on()
    assert asked.waits_at() is Step.verification
    assert nothing_is_decided()


def test_nothing_is_decided_twice(asked: Story) -> None:
    officer = asked.deciders[Role.verifying_officer]
    first, second = asked.answer(), officers.drill_code(officer)
    decisions.record(asked.reference, "verification", first)

    for code in (first.code, second):
        with pytest.raises(decisions.AnswerRefused, match="Nothing waits for a decision"):
            decisions.record(asked.reference, "verification", type(first)(**{**facts_of(first), "code": code}))

    with case_file.transaction() as session:
        assert len(session.exec(select(Decision)).all()) == 1


def facts_of(answer: Any) -> dict[str, Any]:
    """The fields of an answer."""
    return {name: getattr(answer, name) for name in answer.__slots__}


def nothing_is_decided() -> bool:
    """Whether no decision is on file."""
    with case_file.transaction() as session:
        return session.exec(select(Decision)).first() is None


# A timeout nobody notices.


def test_a_question_that_lapsed_leaves_the_inbox_and_shows_its_new_time_in_the_engine(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.booking)
    with case_file.transaction() as session:
        travel = next(o for o in officers.listed() if o.number == story.deciders[Role.travel_officer])
        session.execute(
            update(Proposal).where(col(Proposal.superseded_at).is_(None)).values(valid_until=now().subtract(seconds=1))
        )
    lapsed, tags = story.question(), set(story.run().tags)

    takeover.sweep()
    left = decisions.inbox(travel)
    story.goes_on()

    assert left == []
    asked_anew = decisions.inbox(travel)
    assert [(each.reference, each.step) for each in asked_anew] == [(story.reference, Step.booking)]
    assert story.question().id != lapsed.id
    assert story.run().state_type == "PAUSED"
    shown = engine.state_of(story.question().flow_run_id)
    assert shown is not None
    assert shown.pause_key == story.question().key
    assert {tag for tag in tags if not tag.startswith("due:")} <= set(story.run().tags)
    assert "What was proposed at booking has lapsed; asked anew." in story.timeline()


# Done without the thing.


class Killed(BaseException):
    """The process ends here, as far as the program can tell."""


def dying(real: Callable[..., Any], *, after: bool) -> Callable[..., Any]:
    """The process dies just before something is done, or just after."""

    def dies(*args: Any, **kwargs: Any) -> Any:
        if after:
            real(*args, **kwargs)
        raise Killed

    return dies


DEATHS: dict[str, tuple[object, str, bool]] = {
    "before the page is drawn": (paperwork, "approved_page", False),
    "after the page is drawn": (paperwork, "approved_page", True),
    "before the signer is asked": (signing_service, "signed_document", False),
    "after the signer has answered": (signing_service, "signed_document", True),
    "before the border is told": (border_control.BorderControl, "register", False),
    "after the border is told": (border_control.BorderControl, "register", True),
    "before the bytes are stored": (paperwork, "store", False),
    "after the bytes are stored": (paperwork, "store", True),
    "before the status moves": (case_file, "move", False),
    "after the status moves": (case_file, "move", True),
}
QUICK = ("after the signer has answered", "after the border is told", "after the bytes are stored")


@pytest.mark.parametrize("moment", [pytest.param(m, marks=() if m in QUICK else pytest.mark.long) for m in DEATHS])
def test_a_document_is_never_valid_without_the_bytes_that_were_approved(
    story: Story, monkeypatch: pytest.MonkeyPatch, signing: Path, moment: str
) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.release)
    approved = story.evidence().content["page_sha256"]
    decisions.record(story.reference, "travel_document.release", story.answer())
    place, name, after = DEATHS[moment]

    with monkeypatch.context() as deadly:
        deadly.setattr(place, name, dying(getattr(place, name), after=after))
        with pytest.raises(Killed):
            travel_document.release.fn(story.reference)

    assert states(story) == (DocumentState.authorised, None)
    issuing = next(o for o in officers.listed() if o.number == story.deciders[Role.issuing_officer])
    assert paperwork.read(story.reference, PaperKind.travel_document, officer=issuing) is None
    takeover.sweep()
    story.goes_on()
    assert story.waits_at() is Step.handoff, story.timeline()
    state, paper_id = states(story)
    stored = paperwork.read(story.reference, PaperKind.travel_document, officer=issuing)
    assert stored is not None
    assert (state, paper_id) == (DocumentState.valid, stored[0].id)
    with case_file.transaction() as session:
        entry = Register(signing).find(case_file.require_document(session, story.reference).number)
    assert entry is not None
    assert hashlib.sha256(stored[1]).hexdigest() == stored[0].sha256 == entry.sha256
    assert entry.page_sha256 == approved


def states(story: Story) -> tuple[DocumentState, object]:
    """The state of the case's document, and the paper it names."""
    with case_file.transaction() as session:
        document = case_file.require_document(session, story.reference)
        return document.state, document.paper_id


# A stale form.


def test_a_second_correction_starts_from_the_first_and_kills_the_evidence_before_it(asked: Story) -> None:
    read_before = asked.answer()

    corrections.correct_person(asked.reference, birthplace="부산", officer=asked.coordinator)
    corrections.correct_person(
        asked.reference, name_latin=f"{asked.person['surname_latin']} X", officer=asked.coordinator
    )
    takeover.sweep()
    asked.goes_on()

    reported = asked.evidence().content["reported"]
    assert (reported["birthplace"], reported["name_latin"]) == ("부산", f"{asked.person['surname_latin']} X")
    with pytest.raises(decisions.AnswerRefused, match="does not belong to the present evidence"):
        decisions.record(asked.reference, "verification", read_before)
    assert asked.waits_at() is Step.verification


# Nobody can approve.


def test_where_nobody_can_decide_no_worker_starts_and_the_case_waits_alarmed(asked: Story) -> None:
    asked.comes_to(Step.booking)
    given_leave(asked.deciders[Role.funding_officer], asked.deciders[Role.duty_officer])

    asked.decides()

    command = [sys.executable, "-m", "deployments.worker"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 2
    assert "Step funding can be decided by nobody" in done.stderr
    assert (asked.waits_at(), asked.status()) == (Step.funding, CaseStatus.booked)
    state = asked.run().state
    assert state is not None
    assert state.is_paused()
    assert [(alarm.kind, alarm.reference) for alarm in alarms.standing()] == [
        (AlarmKind.nobody_decides, asked.reference)
    ]
    enrolled = officers.add(name="F", agency="MOFA", roles=[Role.funding_officer], by="test").officer.number
    decisions.record(asked.reference, "funding", asked.answer(officer=enrolled))
    asked.goes_on()
    assert asked.status() is CaseStatus.funded


def given_leave(*numbers: str) -> None:
    """Officers are no longer in service."""
    with case_file.transaction() as session:
        session.execute(update(Officer).where(col(Officer.number).in_(numbers)).values(active=False))


# A gate that opens itself.


def test_no_field_of_the_form_is_filled_in_with_a_decision() -> None:
    form = DecisionForm()

    assert {form.decision, form.reason_code, form.to_stage} == {UNDECIDED}
    assert (form.officer, form.code, form.seen) == ("", "", "")


def test_the_command_line_decides_nothing_that_was_not_typed() -> None:
    command = get_command(app)
    decide = getattr(command, "commands")["decide"]  # noqa: B009 - typer's group, untyped

    required = {parameter.name for parameter in decide.params if parameter.required}

    assert required == {"reference", "step", "outcome", "code", "seen", "reason_code"}
    assert [p.name for p in decide.params if p.default in ("approve", "in_order")] == []


def test_one_function_records_decisions_and_another_cancellations() -> None:
    makes = re.compile(r"(?<![\w.])Decision\(")
    sources = [p for f in ("models", "tasks", "flows", "deployments") for p in (REPOSITORY / f).rglob("*.py")]

    makers = {str(p.relative_to(REPOSITORY)) for p in sources if makes.search(p.read_text())}

    assert makers == {"models/decision.py", "tasks/decisions/record.py", "tasks/decisions/cancelling.py"}


def test_no_outcome_has_a_default_where_decisions_are_stored() -> None:
    assert Decision.model_fields["outcome"].is_required()
    for table in (Asking, Proposal, Attempt):
        assert "approve" not in inspect.getsource(table)
