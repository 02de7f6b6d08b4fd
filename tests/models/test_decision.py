from typing import Any

import pendulum
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.case import Stage, Step
from models.decision import (
    DECIDES,
    DUE_WITHIN,
    REASONS,
    Answer,
    Door,
    Outcome,
    Question,
    ReasonCode,
    canonical,
    digest_of,
    refusal,
    seen_code,
    stages_up_to,
)
from models.officer import LOCKED_AFTER, Officer, Role, lock_for

AT = pendulum.datetime(2026, 11, 24, 9)
DIGEST = digest_of({"amount": "412.30"})


def officer(*roles: Role, number: str = "O-03", active: bool = True) -> Officer:
    facts: dict[str, Any] = {"number": number, "roles": [role.value for role in roles], "active": active}
    return Officer(**facts)


def answer(**changes: Any) -> Answer:
    right: dict[str, Any] = {
        "officer": "O-03",
        "code": "123456",
        "seen": seen_code(DIGEST),
        "outcome": "approve",
        "reason_code": "in_order",
        "door": Door.cli,
    }
    return Answer(**{**right, **changes})


def question(**changes: Any) -> Question:
    right: dict[str, Any] = {"step": Step.funding, "digest": DIGEST, "requester": "O-01"}
    return Question(**{**right, **changes})


FUNDER = officer(Role.funding_officer)


def test_a_fitting_answer_is_taken() -> None:
    assert refusal(answer(), question(), FUNDER, at=AT) is None


@pytest.mark.parametrize(
    ("who", "asked", "why"),
    [
        (officer(Role.travel_officer), question(), "does not hold the role funding-officer"),
        (officer(Role.funding_officer, active=False), question(), "does not hold the role"),
        (FUNDER, question(requester="O-03"), "opened this case"),
        (FUNDER, question(examiner="O-03"), "examined the identity"),
        (FUNDER, question(payees=frozenset({"O-03"})), "is to be paid back"),
        (FUNDER, question(valid_until=AT), "has lapsed"),
        (FUNDER, question(digest="0" * 64), "seen code"),
    ],
)
def test_the_wrong_officer_or_stale_evidence_is_refused_in_one_sentence(
    who: Officer, asked: Question, why: str
) -> None:
    sentence = refusal(answer(), asked, who, at=AT)

    assert sentence is not None
    assert why in sentence
    assert sentence.endswith(".")


def test_the_very_moment_a_proposal_lapses_is_too_late_and_the_one_before_is_not() -> None:
    until = question(valid_until=AT)

    assert refusal(answer(), until, FUNDER, at=AT.subtract(microseconds=1)) is None
    assert refusal(answer(), until, FUNDER, at=AT) is not None


@pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.cancel])
def test_a_reason_fits_its_outcome_and_no_other(outcome: Outcome) -> None:
    for reason in ReasonCode:
        refused = refusal(answer(outcome=outcome.value, reason_code=reason.value), question(), FUNDER, at=AT)
        assert (refused is None) == (reason in REASONS[outcome])


@pytest.mark.parametrize("outcome", ["", "cancel", "maybe", "APPROVE"])
def test_an_outcome_outside_the_list_is_refused(outcome: str) -> None:
    assert "Choose one decision" in (refusal(answer(outcome=outcome), question(), FUNDER, at=AT) or "")


def test_help_cannot_ask_back_because_the_question_would_be_with_nobody() -> None:
    coordinator = officer(Role.coordinator)
    asked = answer(outcome="ask", reason_code="evidence_missing")

    assert "Choose one decision" in (refusal(asked, question(step=Step.help), coordinator, at=AT) or "")


def test_the_coordinator_who_opened_a_case_may_help_it_along() -> None:
    own = question(step=Step.help, requester="O-03")

    assert refusal(answer(reason_code="try_again"), own, officer(Role.coordinator), at=AT) is None


@pytest.mark.parametrize("step", [step for step in Step if step is not Step.ending])
def test_every_step_has_a_decider_and_a_due_time(step: Step) -> None:
    assert step in DECIDES
    assert DUE_WITHIN[step].total_seconds() > 0


def test_a_question_is_returned_to_its_own_stage_or_an_earlier_one() -> None:
    assert stages_up_to(Step.booking) == ["verification", "travel_document", "booking"]
    assert stages_up_to(Step.handoff) == ["handoff"]
    assert stages_up_to(Step.help) == [stage.value for stage in Stage]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=5))
def test_the_same_facts_in_any_order_have_the_same_digest(content: dict[str, Any]) -> None:
    turned = dict(reversed(content.items()))

    assert digest_of(turned) == digest_of(content)


def test_a_name_typed_in_jamo_or_in_syllables_is_the_same_name() -> None:
    assert canonical({"name": "김"}) == canonical({"name": "김"})


@given(st.text(), st.text())
def test_two_digests_have_two_seen_codes_of_six_plain_letters(one: str, other: str) -> None:
    first, second = seen_code(digest_of({"x": one})), seen_code(digest_of({"x": other}))

    assert len(first) == 6
    assert not set(first) & set("AEIOUY0123456789")
    assert (first == second) == (digest_of({"x": one}) == digest_of({"x": other}))


def test_waiting_after_wrong_answers_begins_at_the_fifth_and_grows_to_an_hour() -> None:
    assert not lock_for(LOCKED_AFTER - 1)
    assert lock_for(LOCKED_AFTER).in_minutes() == 1
    assert lock_for(LOCKED_AFTER + 3).in_minutes() == 8
    assert lock_for(LOCKED_AFTER + 40).in_hours() == 1
