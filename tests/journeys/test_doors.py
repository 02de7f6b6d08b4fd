"""No door passes a step without a fitting decision; a refused answer is asked again and says why."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from sqlmodel import select

from deployments.signer.register import Register
from models.case import Step
from models.decision import Decision, Door, Outcome, ReasonCode
from models.officer import Officer, Role
from models.paper import PaperKind
from tasks import case_file, decisions, doorbell, engine, officers, paperwork, travel_document
from tasks.papers.travel_document import SEAL_TOP
from tests.browser import opened_page
from tests.journeys.story import Story
from tests.papers.test_travel_document import picture_of

Form = dict[str, Any]


def resume(story: Story, form: Form | None) -> None:
    """Press Resume as the UI does, with what was typed into the form."""
    assert story.run_id is not None
    with get_client(sync_client=True) as client:
        answer = client.resume_flow_run(story.run_id, run_input=form)
    assert answer.status.value == "ACCEPT", answer
    story.goes_on()


def form(story: Story, **changes: str) -> Form:
    """What the verifying officer types, rightly, but for the changes."""
    officer = story.deciders[Role.verifying_officer]
    typed = {
        "officer": officer,
        "seen": story.letters(officer),
        "decision": "approve",
        "reason_code": "in_order",
        "to_stage": "—",
    }
    return {**typed, "code": changes.get("code") or officers.drill_code(changes.get("officer", officer)), **changes}


def test_the_resume_form_passes_the_step_when_it_is_filled_in_rightly(asked: Story) -> None:
    resume(asked, form(asked))

    assert asked.waits_at() is Step.authorise


def test_the_resume_form_moves_the_case_on_in_a_real_browser(asked: Story, engine_address: str) -> None:
    typed = form(asked)

    with opened_page() as page:
        page.goto(f"{engine_address.removesuffix('/api')}/v2/runs/flow-run/{asked.run_id}")
        page.get_by_text("waits:verifying-officer").first.wait_for()
        page.locator("button[aria-haspopup=menu]").first.click()
        page.get_by_role("menuitem", name="Resume").click()
        dialog = page.get_by_role("dialog")
        for label, word in (("Officer number", "officer"), ("One-time code", "code"), ("Seen code", "seen")):
            dialog.get_by_label(label).fill(typed[word])
        for label, word in (("Select Decision", "decision"), ("Select Reason code", "reason_code")):
            dialog.get_by_label(label).click()
            page.get_by_role("option", name=typed[word], exact=True).click()
        dialog.get_by_role("button", name="Resume", exact=True).click()
        dialog.wait_for(state="hidden")
    asked.goes_on()

    assert asked.waits_at() is Step.authorise


WRONG: dict[str, tuple[Callable[[Story, str], Form | None], str]] = {
    "nothing": (lambda _story, _officer: None, "without an answer"),
    "an untouched form": (lambda _story, _officer: {}, "without an answer"),
    "no decision chosen": (lambda story, officer: form(story, officer=officer, decision="—"), "Choose one decision"),
    "no reason": (lambda story, officer: form(story, officer=officer, reason_code="—"), "fits approve: in_order"),
    "a reason of another outcome": (
        lambda story, officer: form(story, officer=officer, reason_code="not_a_citizen"),
        "fits approve: in_order",
    ),
    "a stale seen code": (
        lambda story, officer: form(story, officer=officer, seen="BBBBBB"),
        "letters do not belong to this answer",
    ),
    "a wrong code": (lambda story, officer: form(story, officer=officer, code="000000"), "do not fit"),
    "an unknown officer": (lambda story, _officer: form(story, officer="O-99", code="123456"), "do not fit"),
    "an officer without the role": (
        lambda story, _officer: form(story, officer=story.deciders[Role.travel_officer]),
        "does not hold the role verifying-officer",
    ),
    "the requester": (
        lambda story, _officer: form(story, officer=story.coordinator),
        "does not hold the role verifying-officer",
    ),
    "a stage without a return": (
        lambda story, officer: form(story, officer=officer, to_stage="verification"),
        "belongs to a return",
    ),
}


def test_a_resume_without_a_fitting_decision_asks_again_and_says_why(asked: Story, subtests: pytest.Subtests) -> None:
    for wrong, (answered, why) in WRONG.items():
        with subtests.test(wrong):
            # A fresh officer each time, because each right code is spent whatever becomes of the answer.
            officer = officers.add(name="Consul", agency="MOFA", roles=[Role.verifying_officer], by="test").officer
            before = asked.question()

            resume(asked, answered(asked, officer.number))

            again = asked.question()
            assert again.step is Step.verification
            assert again.id != before.id
            assert why in (again.note or "")
            assert decisions.question_markdown(again).startswith(f"**{again.note}**")
            assert "Resumed without a valid decision" in asked.timeline()[-1]
            assert asked.run().state_type == "PAUSED"


def test_garbage_in_the_engines_input_is_asked_again_and_never_fatal(asked: Story) -> None:
    key = f"suspended-{asked.question().key}-response"
    with get_client(sync_client=True) as client:
        for garbage in (b"[1, 2", b'"words"', b'{"officer": 7, "code": null, "decision": ["approve"]}'):
            client._client.post(
                f"/flow_runs/{asked.run_id}/input", json={"key": key, "value": garbage.decode()}
            ).raise_for_status()
            resume(asked, None)
            assert asked.waits_at() is Step.verification
            key = f"suspended-{asked.question().key}-response"


def test_a_code_seen_over_a_shoulder_cannot_be_used_again(asked: Story) -> None:
    typed = form(asked, seen="BBBBBB")
    resume(asked, typed)

    resume(asked, {**typed, "seen": asked.letters(typed["officer"])})

    assert "used before" in (asked.question().note or "")


def test_what_was_typed_into_the_form_does_not_stay_in_the_engine(asked: Story) -> None:
    question = asked.question()

    resume(asked, form(asked))

    assert engine.read_reply(question.flow_run_id, question.key) == (None, False)
    with get_client(sync_client=True) as client:
        left = client._client.post(f"/flow_runs/{asked.run_id}/input/filter", json={"prefix": "suspended-"}).json()
    assert [each["key"] for each in left if question.key in each["key"]] == [f"suspended-{question.key}-description"]


def test_an_answer_whose_recording_was_interrupted_is_found_again(
    asked: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed, question = form(asked), asked.question()
    with get_client(sync_client=True) as client:
        assert asked.run_id is not None
        client.resume_flow_run(asked.run_id, run_input=typed)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(decisions, "hear", killed)
        with pytest.raises(KeyboardInterrupt):
            asked.goes_on()
    assert engine.read_reply(question.flow_run_id, question.key)[1]
    engine.start_again(asked.run_id)
    asked.goes_on()

    assert asked.waits_at() is Step.authorise


def test_a_forced_state_passes_no_step(asked: Story) -> None:
    assert asked.run_id is not None
    engine.start_again(asked.run_id)

    asked.goes_on()

    assert asked.waits_at() is Step.verification


def test_the_second_of_two_officers_is_told_that_the_first_was_faster(asked: Story) -> None:
    other = officers.add(name="Other", agency="MOFA", roles=[Role.verifying_officer], by="test").officer.number
    first, second = asked.answer(), asked.answer(officer=other)
    decisions.record(asked.reference, "verification", first)

    with pytest.raises(decisions.AnswerRefused, match="Nothing waits for a decision"):
        decisions.record(asked.reference, "verification", second)

    with case_file.transaction() as session:
        assert len(session.exec(select(Decision)).all()) == 1


def test_a_decision_for_another_step_than_the_one_that_waits_is_refused(asked: Story) -> None:
    with pytest.raises(decisions.AnswerRefused, match="waits at verification, not at booking"):
        decisions.record(asked.reference, "booking", asked.answer())


def test_the_examiner_authorises_nothing(asked: Story) -> None:
    both = officers.add(
        name="Both", agency="MOFA", roles=[Role.verifying_officer, Role.authorising_officer], by="test"
    ).officer.number
    asked.decides(officer=both)
    assert asked.waits_at() is Step.authorise

    with pytest.raises(decisions.AnswerRefused, match="examined the identity"):
        decisions.record(asked.reference, "travel_document", asked.answer(officer=both))


def test_a_coordinator_who_also_verifies_decides_nothing_in_a_case_they_opened(story: Story) -> None:
    story.coordinator = officers.add(
        name="Busy", agency="MOFA", roles=[Role.coordinator, Role.verifying_officer], by="test"
    ).officer.number
    story.opens()
    story.begins()

    with pytest.raises(decisions.AnswerRefused, match="opened this case"):
        decisions.record(story.reference, "verification", story.answer(officer=story.coordinator))


def test_free_words_are_sealed_and_never_reach_the_engine(asked: Story) -> None:
    answer = asked.answer(Outcome.ask, ReasonCode.evidence_unclear)
    decisions.record(
        asked.reference,
        "verification",
        type(answer)(**{**{f: getattr(answer, f) for f in answer.__slots__}, "reason": "the scar does not match"}),
    )

    with case_file.transaction() as session:
        decision = session.exec(select(Decision)).one()
    assert decision.door is Door.cli
    assert decision.reason_sealed is not None
    assert b"scar" not in decision.reason_sealed


def start_by_quick_run(reference: str, story: Story) -> tuple[str, str]:
    """Start a run as Quick Run does, with any reference, and return its final state and message."""
    story.run_id = engine.start_run(reference, key=f"quick-{reference}-{story.reference}")
    story.goes_on()
    state = story.run().state
    assert state is not None
    return state.type.value, state.message or ""


@pytest.mark.parametrize(
    ("reference", "why"), [("KHM-2026-9999", "No case KHM-2026-9999"), ("not a reference", "not a case reference")]
)
def test_a_quick_run_for_an_unknown_case_ends_completed_with_the_reason(story: Story, reference: str, why: str) -> None:
    kind, message = start_by_quick_run(reference, story)

    assert kind == "COMPLETED"
    assert why in message


def test_a_quick_run_for_a_case_in_progress_ends_completed_with_the_reason(asked: Story) -> None:
    kind, message = start_by_quick_run(asked.reference, asked)

    assert (kind, message) == ("COMPLETED", f"Case {asked.reference} is already in progress in another run.")
    assert doorbell.start(asked.reference) == f"Case {asked.reference} is already in progress."


def test_a_quick_run_for_a_closed_case_ends_completed_with_the_reason(asked: Story) -> None:
    asked.decides(Outcome.reject, ReasonCode.not_a_citizen)

    kind, message = start_by_quick_run(asked.reference, asked)

    assert (kind, message) == ("COMPLETED", f"Case {asked.reference} is closed: cancelled.")


def test_an_issuing_officer_reads_the_very_page_that_will_be_released(story: Story, signing: Path) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.release)
    with case_file.transaction() as session:
        issuing = session.get_one(Officer, story.deciders[Role.issuing_officer])
        funding = session.get_one(Officer, story.deciders[Role.funding_officer])

    page = travel_document.proposed_page(story.reference, reader=issuing)

    assert hashlib.sha256(page).hexdigest() in str(story.evidence().content)
    assert (decisions.portrait(story.reference, reader=issuing) or b"").startswith(b"\xff\xd8")
    with pytest.raises(case_file.Refused, match="issuing officer"):
        travel_document.proposed_page(story.reference, reader=funding)
    story.decides()
    stored = paperwork.read(story.reference, PaperKind.travel_document, officer=issuing)
    assert stored is not None
    # What was read stands in the document byte for byte, but for the seal in its place and the signature.
    before, after = (picture_of(pdf, 0, 0, 210, SEAL_TOP) for pdf in (page, stored[1]))
    assert before.tobytes() == after.tobytes()
    entry = Register(signing).find(stored_number(story))
    assert entry is not None
    assert (entry.page_sha256, entry.sha256) == (hashlib.sha256(page).hexdigest(), stored[0].sha256)


def stored_number(story: Story) -> str:
    with case_file.transaction() as session:
        return case_file.require_document(session, story.reference).number
