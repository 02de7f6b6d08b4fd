"""What one officer decides alone: standing authority, broken glass, and who signs afterwards, on whole journeys."""

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlmodel import col, select

from deployments.desk.session import COOKIE
from models.case import CaseStatus, Step
from models.decision import Decision, Door, ReasonCode, seen_code
from models.funding import Payer
from models.mandate import Afterwards, Countersignature
from models.message import AlarmKind, Message, MessageKind
from models.money import Money
from models.officer import OUTSIDE, Officer, Role
from tasks import alarms, case_file, corrections, countersigning, decisions, doorbell, mandates, officers
from tasks.clock import now
from tests.journeys.mandates import delegates, enrolled, signs
from tests.journeys.story import Story
from tests.owner import rewrite


@pytest.fixture
def night(story: Story) -> Story:
    """A case that waits for funding while a standing authority covers it, signed by another funding officer."""
    signer = enrolled(Role.funding_officer)
    mandates.sign_authority(signer, officers.drill_code(signer), operation="khm-2026-11", ends_at=now().add(days=30))
    story.opens(operation="khm-2026-11")
    story.begins()
    story.comes_to(Step.funding)
    return story


def test_under_a_standing_authority_one_duty_officer_funds_at_any_hour_and_another_signs_after(night: Story) -> None:
    duty = night.deciders[Role.duty_officer]

    signs(night, duty)

    assert night.status() is CaseStatus.funded
    (unsigned,) = countersigning.unsigned()
    assert (unsigned.reference, unsigned.officer, unsigned.role) == (night.reference, duty, Role.funding_officer)
    assert (unsigned.due_at - unsigned.decided_at).total_hours() == 24
    funder = next(o for o in officers.listed() if o.number == night.deciders[Role.funding_officer])
    shown = countersigning.shown(night.reference, Step.funding, reader=funder)
    assert shown.sections[0][0] == "Cost"
    with pytest.raises(case_file.Refused, match="does not hold the role"):
        countersigning.shown(night.reference, Step.funding, reader=duty_officer(night))
    with pytest.raises(case_file.Refused, match="seen code"):
        countersigns(night, funder.number, seen="BCDFGH")
    countersigns(night, funder.number, seen=shown.seen)
    assert countersigning.unsigned() == []
    with pytest.raises(case_file.Refused, match="wants a later signature"):
        countersigns(night, night.deciders[Role.funding_officer])
    assert any("confirmed what" in words for words in night.timeline())


def duty_officer(story: Story) -> Officer:
    return next(officer for officer in officers.listed() if officer.number == story.deciders[Role.duty_officer])


def countersigns(story: Story, officer: str, says: Afterwards = Afterwards.confirm, seen: str | None = None) -> None:
    with case_file.transaction() as session:
        alone = session.exec(select(Decision).where(col(Decision.countersigned_by).is_not(None))).one()
    seen = seen or seen_code(alone.digest or "")
    reason = ReasonCode.in_order if says is Afterwards.confirm else ReasonCode.wrong_cost
    countersigning.countersign(
        story.reference, Step.funding, officer_number=officer, code=officers.drill_code(officer), seen=seen, says=says,
        reason_code=reason, door=Door.cli,
    )  # fmt: skip


def test_a_later_signature_that_does_not_come_is_an_alarm_once_and_never_an_approval(night: Story) -> None:
    signs(night, night.deciders[Role.duty_officer])
    (unsigned,) = countersigning.unsigned()

    assert countersigning.sound_overdue(at=unsigned.due_at.subtract(seconds=1)) == 0
    assert [countersigning.sound_overdue(at=unsigned.due_at) for _ in range(2)] == [1, 1]

    assert [(alarm.kind, alarm.reference) for alarm in alarms.standing()] == [
        (AlarmKind.countersign_overdue, night.reference)
    ]
    told = messages_about(unsigned.decision_id)
    assert told[MessageKind.countersign_due] == told[MessageKind.countersign_overdue] - {
        night.deciders[Role.head_of_consular_affairs]
    }
    assert countersigning.unsigned() == [unsigned]


def messages_about(about: str) -> dict[MessageKind, set[str]]:
    with case_file.transaction() as session:
        found: dict[MessageKind, set[str]] = {}
        for message in session.exec(select(Message).where(Message.about == about)):
            found.setdefault(message.kind, set()).add(message.officer)
        return found


def test_nobody_signs_after_themselves(night: Story) -> None:
    duty = night.deciders[Role.duty_officer]
    signs(night, duty)
    delegates(night, Role.funding_officer, duty)

    with pytest.raises(case_file.Refused, match="another officer must sign afterwards"):
        countersigns(night, duty)
    with pytest.raises(case_file.Refused, match="does not hold the role"):
        countersigns(night, night.deciders[Role.travel_officer])


def insert_later_signature(story: Story, officer: str, role: Role, **more: Any) -> None:
    """Write a later signature straight into the database as the program's own role."""
    with case_file.transaction() as session:
        alone = session.exec(select(Decision).where(col(Decision.countersigned_by).is_not(None))).one()
        session.add(
            Countersignature(
                reference=story.reference, decision_id=alone.id, first_officer=alone.officer, officer=officer,
                role=role, says=Afterwards.confirm, reason_code=ReasonCode.in_order, door=Door.cli, code_time_step=1,
                signed_at=now(), **more,
            )
        )  # fmt: skip


def test_who_would_be_paid_back_does_not_sign_afterwards_and_the_database_refuses_it_too(night: Story) -> None:
    funder = night.deciders[Role.funding_officer]
    corrections.note_private_payment(
        night.reference, payer=Payer.diplomat, payer_officer=funder, amount=Money(1000, "USD"), purpose="taxi",
        officer=night.coordinator,
    )  # fmt: skip
    doorbell.wake(night.reference)
    night.goes_on()
    duty = night.deciders[Role.duty_officer]
    signs(night, duty)

    with pytest.raises(case_file.Refused, match="is to be paid back in this case"):
        countersigns(night, funder)
    for officer, role, constraint in (
        (funder, Role.funding_officer, "countersigner_is_not_payee"),
        (night.coordinator, Role.funding_officer, "countersigner_is_not_requester"),
        (night.deciders[Role.travel_officer], Role.travel_officer, "countersigner_holds_the_role"),
    ):
        with pytest.raises(case_file.CaseFileConflict) as refused:
            insert_later_signature(night, officer, role)
        assert refused.value.constraint == constraint

    countersigns(night, enrolled(Role.funding_officer))
    assert countersigning.unsigned() == []


def test_a_later_signature_for_another_names_whose_role_it_is(night: Story) -> None:
    funder, delegate = night.deciders[Role.funding_officer], enrolled(Role.receiving_officer)
    signs(night, night.deciders[Role.duty_officer])
    delegates(night, Role.funding_officer, delegate)

    countersigns(night, delegate)

    with case_file.transaction() as session:
        signed = session.exec(select(Countersignature)).one()
    assert (signed.officer, signed.acting_for, signed.role) == (delegate, funder, Role.funding_officer)
    assert signed.delegation_id is not None


def test_the_database_takes_no_later_signature_for_whom_nobody_was_delegated(night: Story) -> None:
    funder, other = night.deciders[Role.funding_officer], enrolled(Role.receiving_officer)
    signs(night, night.deciders[Role.duty_officer])

    for more, constraint in (
        ({}, "countersigner_holds_the_role"),
        ({"acting_for": funder}, "acting_for_by_delegation"),
        ({"acting_for": funder, "delegation_id": uuid4()}, "acting_for_by_delegation"),
    ):
        with pytest.raises(case_file.CaseFileConflict, match=constraint):
            insert_later_signature(night, other, Role.funding_officer, **more)
    with pytest.raises(case_file.CaseFileConflict, match="countersignature_is_signed_with_a_code"):
        insert_later_signature(night, funder, Role.funding_officer)


def test_an_objection_is_told_and_undoes_nothing_by_itself(night: Story) -> None:
    signs(night, night.deciders[Role.duty_officer])

    countersigns(night, night.deciders[Role.funding_officer], Afterwards.object)

    assert night.status() is CaseStatus.funded
    assert any("objects to what" in words for words in night.timeline())
    assert [(alarm.kind, alarm.reference) for alarm in alarms.standing()] == [
        (AlarmKind.countersign_objected, night.reference)
    ]


def at_the_desk(desk: httpx.Client, number: str) -> None:
    officer = next(o for o in officers.listed() if o.number == number)
    desk.cookies.clear()
    desk.cookies.set(COOKIE, officers.open_session(officer, door="desk"))


def test_what_was_decided_alone_is_read_and_signed_afterwards_at_the_desk(night: Story, desk: httpx.Client) -> None:
    duty, funder = night.deciders[Role.duty_officer], night.deciders[Role.funding_officer]
    signs(night, duty)
    address = f"/signed-alone/{night.reference}/funding"
    at_the_desk(desk, duty)
    assert address not in desk.get("/").text
    assert desk.get(address).status_code == 403
    at_the_desk(desk, funder)
    assert address in desk.get("/").text

    shown = desk.get(address).text

    seen, token = (found[1] for found in (
        re.search(r"<b>([A-Z]{6})</b>", shown), re.search(r'name="form_token" value="(\w+)"', shown)
    ) if found)  # fmt: skip
    typed = {"form_token": token, "says": "object", "reason_code": "wrong_cost", "seen": seen}
    for wrong, status in (({"says": ""}, 422), ({"reason_code": "in_order"}, 409), ({"seen": "BCDFGH"}, 409)):
        refused = desk.post(address, data={**typed, "code": officers.drill_code(funder), **wrong})
        assert (refused.status_code, 'role="alert"' in refused.text) == (status, True), wrong
    signed = desk.post(address, data={**typed, "code": officers.drill_code(funder)})
    assert (signed.status_code, signed.headers["location"]) == (303, f"/?countersigned={night.reference}")
    home = desk.get(signed.headers["location"]).text
    assert "Your signature in" in home
    assert address not in home
    again = desk.post(address, data={**typed, "code": officers.drill_code(funder)})
    assert (again.status_code, "wants a later signature" in again.text) == (409, True)
    with case_file.transaction() as session:
        row = session.exec(select(Countersignature)).one()
    assert (row.officer, row.says, row.reason_code, row.door) == (
        funder, Afterwards.object, ReasonCode.wrong_cost, Door.desk
    )  # fmt: skip


def test_without_an_authority_for_the_operation_a_duty_officer_funds_nothing(night: Story) -> None:
    funder = night.deciders[Role.funding_officer]
    assert mandates.revoke_authority(funder, officers.drill_code(funder), operation="khm-2026-11") == 1

    with pytest.raises(decisions.AnswerRefused, match="does not hold the role funding-officer"):
        decisions.record(night.reference, "funding", night.answer(officer=night.deciders[Role.duty_officer]))


def test_broken_glass_goes_on_at_once_and_is_reviewed_within_a_day(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.authorise)
    duty = story.deciders[Role.duty_officer]

    forced = story.answer(officer=duty, reason=ReasonCode.life_at_risk)
    with pytest.raises(decisions.AnswerRefused, match="says why"):
        decisions.record(story.reference, "travel_document", forced)
    signs(story, duty, reason=ReasonCode.life_at_risk, breaks_glass=True)

    assert story.waits_at() is Step.booking
    (unsigned,) = countersigning.unsigned()
    assert (unsigned.role, unsigned.reason_code) == (Role.reviewing_officer, ReasonCode.life_at_risk)
    told = messages_about(unsigned.decision_id)
    assert told[MessageKind.review_due] == {story.deciders[Role.reviewing_officer]}
    assert told[MessageKind.break_glass] == {
        number for role, number in story.deciders.items() if role not in {Role.duty_officer} | OUTSIDE
    }
    assert any("alone in an emergency" in words for words in story.timeline())


def test_broken_glass_lifts_neither_who_asked_nor_who_examined(story: Story) -> None:
    examiner = story.deciders[Role.verifying_officer]
    rewrite(examiner, roles=[Role.verifying_officer.value, Role.duty_officer.value])
    story.opens()
    story.begins()
    story.comes_to(Step.authorise)

    forced = story.answer(
        officer=story.deciders[Role.verifying_officer], reason=ReasonCode.life_at_risk, breaks_glass=True
    )
    with pytest.raises(decisions.AnswerRefused, match="examined the identity"):
        decisions.record(story.reference, "travel_document", forced)
