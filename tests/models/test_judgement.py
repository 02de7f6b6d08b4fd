from typing import Any
from uuid import UUID

import pendulum
import pytest

from models.case import Stage, Step
from models.decision import FORCES, REASONS, Answer, Basis, Door, Outcome, ReasonCode, digest_of, seen_code
from models.judgement import Bar, Question, capacity, refusal, stages_up_to
from models.mandate import Delegation, DelegationKind, Mandate, mandates_of
from models.officer import Officer, Role
from models.policy import Place

AT = pendulum.datetime(2026, 11, 24, 9)
DIGEST = digest_of({"amount": "412.30"})
AUTHORITY = UUID(int=7)


def officer(*roles: Role, number: str = "O-03", agency: str = "MOFA", active: bool = True) -> Officer:
    facts: dict[str, Any] = {"number": number, "agency": agency, "roles": [r.value for r in roles], "active": active}
    return Officer(**facts)


def held(*roles: Role, **more: Any) -> list[Mandate]:
    return mandates_of(officer(*roles, **more), [])


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


def wants(*roles: Role, agency: str | None = None) -> Place:
    return Place(roles=roles, agency=agency)


def question(**changes: Any) -> Question:
    right: dict[str, Any] = {
        "step": Step.funding,
        "digest": DIGEST,
        "places": {0: wants(Role.funding_officer)},
        "barred": {"O-01": Bar.requester},
    }
    return Question(**{**right, **changes})


FUNDER = held(Role.funding_officer)
DUTY = held(Role.duty_officer)


def test_a_fitting_answer_is_taken() -> None:
    assert refusal(answer(), question(), FUNDER, at=AT) is None


@pytest.mark.parametrize(
    ("who", "asked", "why"),
    [
        (held(Role.travel_officer), question(), "does not hold the role funding-officer"),
        (held(Role.funding_officer, active=False), question(), "does not hold the role"),
        (FUNDER, question(barred={"O-03": Bar.requester}), "opened this case"),
        (FUNDER, question(barred={"O-03": Bar.examiner}), "examined the identity"),
        (FUNDER, question(barred={"O-03": Bar.payee}), "is to be paid back"),
        (FUNDER, question(barred={"O-03": Bar.signed}), "has signed this step already"),
        (FUNDER, question(places={0: wants(Role.funding_officer, agency="KNPA")}), "funding-officer of KNPA"),
        (FUNDER, question(valid_until=AT), "has lapsed"),
        (FUNDER, question(digest="0" * 64), "seen code"),
    ],
)
def test_the_wrong_officer_or_stale_evidence_is_refused_in_one_sentence(
    who: list[Mandate], asked: Question, why: str
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
        assert (refused is None) == (reason in REASONS[outcome] and reason not in FORCES)


@pytest.mark.parametrize("outcome", ["", "cancel", "maybe", "APPROVE"])
def test_an_outcome_outside_the_list_is_refused(outcome: str) -> None:
    assert "Choose one decision" in (refusal(answer(outcome=outcome), question(), FUNDER, at=AT) or "")


def test_help_cannot_ask_back_because_the_question_would_be_with_nobody() -> None:
    asked = answer(outcome="ask", reason_code="evidence_missing")
    help_ = question(step=Step.help, places={0: wants(Role.coordinator)})

    assert "Choose one decision" in (refusal(asked, help_, held(Role.coordinator), at=AT) or "")


def test_whoever_signs_for_another_signs_in_the_others_role_and_with_both_names() -> None:
    asked = question(places={1: wants(Role.funding_officer)})

    signs_as = capacity(answer(officer="O-09"), asked, acting())

    assert signs_as is not None
    assert (signs_as.place, signs_as.basis) == (1, Basis.rule)
    assert signs_as.mandate.words == "O-09 for O-03"


@pytest.mark.parametrize("barred", ["O-09", "O-03"])
def test_nobody_signs_for_another_where_either_of_them_may_not(barred: str) -> None:
    refused = refusal(answer(officer="O-09"), question(barred={barred: Bar.payee}), acting(), at=AT)

    assert refused is not None
    assert refused.startswith(f"Officer {barred} is to be paid back")


def test_a_delegation_dies_with_the_role_it_came_from() -> None:
    delegation = acting_for("O-03")

    assert mandates_of(officer(number="O-09"), [(delegation, officer(Role.travel_officer))]) == []
    assert mandates_of(officer(number="O-09"), [(delegation, officer(Role.funding_officer, active=False))]) == []


def acting_for(principal: str) -> Delegation:
    return Delegation(
        principal=principal,
        delegate="O-09",
        role=Role.funding_officer,
        kind=DelegationKind.acting_for,
        begins_at=AT,
        ends_at=AT.add(days=1),
        signed_at=AT,
        code_time_step=1,
    )


def acting() -> list[Mandate]:
    """O-09, who holds no role of their own, signs for O-03."""
    return mandates_of(officer(number="O-09"), [(acting_for("O-03"), officer(Role.funding_officer))])


def test_under_a_standing_authority_a_duty_officer_decides_funding_alone_and_another_signs_after() -> None:
    covered = question(authority_id=AUTHORITY, authority_signed_by="O-08")

    signs_as = capacity(answer(), covered, DUTY)

    assert signs_as is not None
    assert (signs_as.basis, signs_as.authority_id) == (Basis.standing_authority, AUTHORITY)
    assert signs_as.countersigned_by is Role.funding_officer
    assert signs_as.countersign_within_hours == 24
    assert refusal(answer(), question(), DUTY, at=AT) is not None


def test_whoever_signed_the_authority_does_not_use_it() -> None:
    assert capacity(answer(), question(authority_id=AUTHORITY, authority_signed_by="O-03"), DUTY) is None


@pytest.mark.parametrize("outcome", ["return", "reject", "ask"])
def test_an_officer_alone_only_approves(outcome: str) -> None:
    covered = question(authority_id=AUTHORITY)

    assert capacity(answer(outcome=outcome), covered, DUTY) is None
    assert capacity(answer(outcome=outcome, breaks_glass=True), covered, DUTY) is None


def test_who_breaks_the_glass_says_why_and_only_where_the_policy_lets_them() -> None:
    forced = answer(breaks_glass=True, reason_code="life_at_risk")

    assert refusal(forced, question(), DUTY, at=AT) is None
    assert "says why" in (refusal(answer(breaks_glass=True), question(), DUTY, at=AT) or "")
    assert "says why" in (refusal(answer(reason_code="life_at_risk"), question(), FUNDER, at=AT) or "")
    assert "may not break the glass" in (refusal(forced, question(), FUNDER, at=AT) or "")
    assert "can be forced" in (refusal(forced, question(step=Step.verification), DUTY, at=AT) or "")
    assert "opened this case" in (refusal(forced, question(barred={"O-03": Bar.requester}), DUTY, at=AT) or "")
    assert "lapsed" in (refusal(forced, question(valid_until=AT), DUTY, at=AT) or "")


def test_a_question_is_returned_to_its_own_stage_or_an_earlier_one() -> None:
    assert stages_up_to(Step.booking) == ["verification", "travel_document", "booking"]
    assert stages_up_to(Step.handoff) == ["handoff"]
    assert stages_up_to(Step.help) == [stage.value for stage in Stage]
