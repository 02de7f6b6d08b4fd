"""Who signs what: several signatures, delegation, standing authority and broken glass, on whole journeys."""

import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import insert as insert_into
from sqlalchemy import update
from sqlmodel import col, select

from deployments.desk.session import COOKIE
from models.audit import AuditEvent
from models.case import CaseStatus, Step
from models.decision import Decision, Door, Outcome, Proposal, ReasonCode, seen_code
from models.funding import CostKind, Payer
from models.mandate import Afterwards, Countersignature, Delegation, DelegationKind
from models.message import AlarmKind, Message, MessageKind
from models.money import Money
from models.officer import OUTSIDE, Officer, Role
from models.paper import PaperKind
from models.person import Category
from tasks import (
    alarms,
    case_file,
    corrections,
    countersigning,
    decisions,
    doorbell,
    exits,
    mandates,
    officers,
    overview,
    paperwork,
    reminders,
    travel_document,
)  # fmt: skip
from tasks.clock import now
from tasks.policy import DEFAULT, policy
from tasks.settings import settings
from tests.journeys.story import Story


def under(configured: pytest.MonkeyPatch, folder: Path, *rules: str) -> None:
    """Put a policy in force that has some rules before those of the one that comes with the program."""
    head, _, rest = DEFAULT.read_text().partition("[[rule]]")
    file = folder / "policy.toml"
    file.write_text(head + "".join(f"[[rule]]\n{rule}\n" for rule in rules) + "[[rule]]" + rest)
    configured.setenv("HOMEWARD_POLICY_FILE", str(file))
    settings.cache_clear()
    policy.cache_clear()


def enrolled(*roles: Role, agency: str = "MOFA") -> str:
    return officers.add(name="another", agency=agency, roles=list(roles), by="test").officer.number


def signs(story: Story, officer: str, **more: Any) -> None:
    """An officer signs, and the run goes on."""
    step = story.question().step
    decisions.record(story.reference, step.value, story.answer(officer=officer, **more))
    assert doorbell.wake(story.reference)
    story.goes_on()


TWO_FOR_VICTIMS = (
    'step = "funding"\ncategory = "presumed_victim"\ndue_minutes = 60\norder = "{order}"\n'
    'signatures = [{{ roles = ["funding-officer"] }}, {{ roles = ["travel-officer"], agency = "KNPA" }}]'
)


TWO_FUNDERS_FOR_MINORS = (
    'step = "funding"\ncategory = "minor"\ndue_minutes = 60\nsignatures = [{ roles = ["funding-officer"], count = 2 }]'
)


def test_two_signatures_in_sequence_are_asked_one_after_the_other(
    story: Story, configured: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    under(configured, tmp_path, TWO_FOR_VICTIMS.format(order="sequence"))
    police = enrolled(Role.travel_officer, agency="KNPA")
    story.opens()
    story.begins()
    story.comes_to(Step.funding)

    with pytest.raises(decisions.AnswerRefused, match="does not hold the role funding-officer"):
        decisions.record(story.reference, "funding", story.answer(officer=police))
    story.decides()

    assert story.waits_at() is Step.funding
    assert story.status() is CaseStatus.booked
    assert story.question().role is Role.travel_officer
    assert "waits:travel-officer" in story.run().tags
    with pytest.raises(decisions.AnswerRefused, match="travel-officer of KNPA"):
        decisions.record(story.reference, "funding", story.answer(officer=story.deciders[Role.travel_officer]))
    signs(story, police)
    assert story.status() is CaseStatus.funded


@pytest.mark.parametrize("police_first", [True, False])
def test_of_two_parallel_signatures_none_is_bypassed_whoever_comes_first(
    story: Story, configured: pytest.MonkeyPatch, tmp_path: Path, *, police_first: bool
) -> None:
    under(configured, tmp_path, TWO_FOR_VICTIMS.format(order="parallel"))
    both = [enrolled(Role.travel_officer, agency="KNPA"), story.deciders[Role.funding_officer]]
    first, second = both if police_first else reversed(both)
    story.opens()
    story.begins()
    story.comes_to(Step.funding)

    signs(story, first)

    assert story.status() is CaseStatus.booked
    with pytest.raises(decisions.AnswerRefused):
        decisions.record(story.reference, "funding", story.answer(officer=first))
    story.goes_on()
    assert story.status() is CaseStatus.booked
    signs(story, second)
    assert story.status() is CaseStatus.funded


def test_the_second_of_two_may_sign_before_the_run_has_woken(
    story: Story, configured: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    under(configured, tmp_path, TWO_FOR_VICTIMS.format(order="parallel"))
    police = enrolled(Role.travel_officer, agency="KNPA")
    story.opens()
    story.begins()
    story.comes_to(Step.funding)

    for officer in (story.deciders[Role.funding_officer], police):
        decisions.record(story.reference, "funding", story.answer(officer=officer))
    story.goes_on()

    assert story.status() is CaseStatus.funded


def test_two_of_the_same_role_are_two_persons_and_any_no_ends_it(
    story: Story, configured: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    under(configured, tmp_path, TWO_FUNDERS_FOR_MINORS)
    other = enrolled(Role.funding_officer)
    story.opens(categories=(Category.minor,))
    story.begins()
    story.comes_to(Step.funding)
    story.decides()

    again = story.answer(officer=story.deciders[Role.funding_officer])
    with pytest.raises(decisions.AnswerRefused, match="has signed this step already"):
        decisions.record(story.reference, "funding", again)
    signs(story, other, outcome=Outcome.reject, reason=ReasonCode.other_means)

    assert story.status() is CaseStatus.cancelled
    assert story.live_orders() == 0


def test_a_changed_fact_takes_away_the_signatures_that_were_given(
    story: Story, configured: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    under(configured, tmp_path, TWO_FOR_VICTIMS.format(order="sequence"))
    enrolled(Role.travel_officer, agency="KNPA")
    story.opens()
    story.begins()
    story.comes_to(Step.funding)
    story.decides()

    corrections.note_cost(story.reference, kind=CostKind.medical, amount=Money(41230, "USD"), officer=story.coordinator)
    doorbell.wake(story.reference)
    story.goes_on()

    assert story.question().role is Role.funding_officer
    assert any("41" in change or "412.30" in change for change in story.evidence().changes)


def delegates(story: Story, role: Role, to: str, **period: Any) -> None:
    principal = story.deciders[role]
    begins_at = period.get("begins_at", now())
    mandates.delegate(
        principal, officers.drill_code(principal), to=to, role=role, kind=DelegationKind.acting_for,
        begins_at=begins_at, ends_at=period.get("ends_at", begins_at.add(days=1)),
    )  # fmt: skip


def test_whoever_acts_for_another_signs_with_both_names_until_it_is_taken_back(story: Story) -> None:
    deputy = enrolled(Role.receiving_officer)
    story.opens()
    story.begins()
    story.comes_to(Step.booking)
    with pytest.raises(decisions.AnswerRefused, match="does not hold"):
        decisions.record(story.reference, "booking", story.answer(officer=deputy))
    delegates(story, Role.travel_officer, deputy)

    reader = next(officer for officer in officers.listed() if officer.number == deputy)
    assert [waiting.step for waiting in decisions.inbox(reader)] == [Step.booking]
    signs(story, deputy)

    principal = story.deciders[Role.travel_officer]
    assert any(f"{deputy} for {principal}" in words for words in story.timeline())
    assert mandates.end_delegations(principal, officers.drill_code(principal), to=deputy, role=Role.travel_officer) == 1
    assert decisions.inbox(reader) == []


def test_whoever_may_see_a_release_sees_its_page_too(story: Story) -> None:
    deputy = enrolled(Role.receiving_officer)
    head = story.deciders[Role.head_of_consular_affairs]
    story.opens()
    story.begins()
    story.comes_to(Step.release)
    readers = [officer for officer in officers.listed() if officer.number in (deputy, head)]
    for reader in readers:
        with pytest.raises(case_file.Refused, match="for the issuing officer"):
            travel_document.proposed_page(story.reference, reader=reader)

    delegates(story, Role.issuing_officer, deputy)
    reminders.remind(at=story.question().due_at.add(days=1))

    for reader in readers:
        assert travel_document.proposed_page(story.reference, reader=reader).startswith(b"%PDF")


def test_a_delegation_to_come_or_gone_gives_nothing(story: Story) -> None:
    deputy = enrolled(Role.receiving_officer)
    story.opens()
    story.begins()
    delegates(story, Role.verifying_officer, deputy, begins_at=now().add(hours=1))

    with pytest.raises(decisions.AnswerRefused, match="does not hold"):
        decisions.record(story.reference, "verification", story.answer(officer=deputy))


def test_who_examined_does_not_authorise_for_another(story: Story) -> None:
    story.opens()
    story.begins()
    examiner = story.deciders[Role.verifying_officer]
    delegates(story, Role.authorising_officer, examiner)
    story.comes_to(Step.authorise)

    with pytest.raises(decisions.AnswerRefused, match="examined the identity"):
        decisions.record(story.reference, "travel_document", story.answer(officer=examiner))


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


def insert_later_signature(story: Story, officer: str, role: Role) -> None:
    """Write a later signature straight into the database as the program's own role."""
    with case_file.transaction() as session:
        alone = session.exec(select(Decision).where(col(Decision.countersigned_by).is_not(None))).one()
        session.add(
            Countersignature(
                reference=story.reference, decision_id=alone.id, first_officer=alone.officer, officer=officer,
                role=role, says=Afterwards.confirm, reason_code=ReasonCode.in_order, door=Door.cli, code_time_step=1,
                signed_at=now(),
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
    with case_file.transaction() as session:
        examiner = session.get_one(Officer, story.deciders[Role.verifying_officer])
        examiner.roles = [*examiner.roles, Role.duty_officer.value]
        session.add(examiner)
    story.opens()
    story.begins()
    story.comes_to(Step.authorise)

    forced = story.answer(
        officer=story.deciders[Role.verifying_officer], reason=ReasonCode.life_at_risk, breaks_glass=True
    )
    with pytest.raises(decisions.AnswerRefused, match="examined the identity"):
        decisions.record(story.reference, "travel_document", forced)


def insert(story: Story, **changes: Any) -> None:
    """Write a decision straight into the database as the program's own role, past every rule of the program."""
    with case_file.transaction() as session:
        asking = decisions.open_asking(session, story.reference)
        assert asking is not None
        proposal = session.get_one(Proposal, asking.proposal_id)
        row: dict[str, Any] = {
            "id": uuid4(), "asking_id": asking.id, "reference": story.reference, "step": asking.step.value,
            "proposal_id": proposal.id, "digest": proposal.digest, "outcome": "approve", "reason_code": "in_order",
            "officer": story.deciders[asking.role], "role": asking.role.value, "requester": story.coordinator,
            "place": 0, "basis": "rule", "door": "cli", "code_time_step": 1, "decided_at": now(), **changes,
        }  # fmt: skip
        session.execute(insert_into(Decision), row)


FORCED = {"basis": "break-glass", "countersigned_by": "reviewing-officer", "countersign_due_at": now()}


@pytest.mark.parametrize(
    ("step", "who", "changes", "constraint"),
    [
        (Step.funding, Role.travel_officer, {}, "decider_holds_the_role"),
        (Step.funding, Role.coordinator, {}, "decider_is_not_requester"),
        (Step.funding, None, {"requester": "O-02"}, "decision_names_the_requester"),
        (Step.funding, None, {"digest": "0" * 64}, "decision_fits_the_question"),
        (Step.funding, None, {"step": "booking"}, "decision_fits_the_question"),
        (Step.funding, None, {"asking_id": None}, "decision_fits_the_question"),
        (Step.funding, None, {"basis": "standing-authority"}, "authority_covers_the_case"),
        (Step.funding, None, {"basis": "break-glass"}, "alone_is_countersigned"),
        (Step.authorise, Role.verifying_officer, {"role": "verifying-officer"}, "decider_is_not_examiner"),
        (Step.funding, Role.travel_officer, {"role": "travel-officer"}, "decider_fits_the_place"),
        (Step.funding, None, {"place": 7}, "decider_fits_the_place"),
        (Step.verification, None, FORCED, "only_acts_are_forced"),
    ],
)
def test_the_database_refuses_what_no_rule_of_the_program_let_through(
    story: Story, step: Step, who: Role | None, changes: dict[str, Any], constraint: str
) -> None:
    story.opens()
    story.begins()
    story.comes_to(step)

    with pytest.raises(case_file.CaseFileConflict) as refused:
        insert(story, **({"officer": story.deciders[who]} if who else {}), **changes)

    assert refused.value.constraint == constraint


def test_the_database_refuses_another_agencys_signature_and_a_second_one_for_another(
    story: Story, configured: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    under(configured, tmp_path, TWO_FOR_VICTIMS.format(order="sequence"))
    police = enrolled(Role.travel_officer, agency="KNPA")
    story.opens()
    story.begins()
    story.comes_to(Step.funding)
    first = story.deciders[Role.funding_officer]
    story.decides(officer=first)
    mandates.delegate(
        police, officers.drill_code(police), to=first, role=Role.travel_officer, kind=DelegationKind.acting_for,
        begins_at=now(), ends_at=now().add(days=1),
    )  # fmt: skip
    with case_file.transaction() as session:
        delegation = session.exec(select(Delegation.id)).one()

    ours = {"officer": story.deciders[Role.travel_officer], "place": 1}
    again = {"officer": first, "acting_for": police, "delegation_id": delegation, "place": 1}
    for changes, constraint in ((ours, "decider_fits_the_place"), (again, "one_signature_a_person")):
        with pytest.raises(case_file.CaseFileConflict) as refused:
            insert(story, **changes)
        assert refused.value.constraint == constraint
    signs(story, police)
    assert story.status() is CaseStatus.funded


RELEASE_KEPT_APART = (
    'step = "travel_document.release"\ncategory = "presumed_victim"\ndue_minutes = 60\n'
    'not_decider_of = ["funding"]\nsignatures = [{ roles = ["issuing-officer"] }]'
)


@pytest.mark.parametrize("withdrawn", [False, True])
def test_who_funded_does_not_release_where_the_policy_keeps_them_apart_even_when_the_funding_was_withdrawn(
    story: Story, configured: pytest.MonkeyPatch, tmp_path: Path, *, withdrawn: bool
) -> None:
    under(configured, tmp_path, RELEASE_KEPT_APART)
    both = enrolled(Role.funding_officer, Role.issuing_officer)
    story.opens()
    story.begins()
    story.comes_to(Step.funding)
    story.decides(officer=both)
    story.comes_to(Step.release)
    if withdrawn:
        # As a word of the host country does that came after the seats were paid.
        with case_file.transaction() as session:
            decisions.withdraw(session, story.reference, Step.funding)

    with pytest.raises(decisions.AnswerRefused, match="kept apart from"):
        decisions.record(story.reference, "travel_document", story.answer(officer=both))
    with pytest.raises(case_file.CaseFileConflict) as refused:
        insert(story, officer=both)

    assert refused.value.constraint == "decider_is_kept_apart"
    story.decides()
    assert story.waits_at() is Step.handoff


def test_the_database_refuses_a_payee_and_what_has_lapsed(story: Story) -> None:
    story.opens()
    story.begins()
    funder = story.deciders[Role.funding_officer]
    corrections.note_private_payment(
        story.reference, payer=Payer.diplomat, payer_officer=funder, amount=Money(1000, "USD"), purpose="taxi",
        officer=story.coordinator,
    )  # fmt: skip
    story.comes_to(Step.funding)

    with pytest.raises(case_file.CaseFileConflict) as refused:
        insert(story)
    assert refused.value.constraint == "decider_is_not_payee"

    with case_file.transaction() as session:
        session.execute(
            update(Proposal)
            .where(col(Proposal.reference) == story.reference)
            .values(valid_until=now().subtract(minutes=1))
        )
    with pytest.raises(case_file.CaseFileConflict) as lapsed:
        insert(story, officer=enrolled(Role.funding_officer))
    assert lapsed.value.constraint == "decision_fits_the_question"


def test_a_host_liaison_sees_exit_papers_and_times_only(story: Story) -> None:
    liaison = next(officer for officer in officers.listed() if officer.number == story.deciders[Role.host_liaison])
    story.opens()
    story.begins()
    story.comes_to(Step.release)
    assert exits.exits(liaison) == []
    story.comes_to(Step.handoff)

    (leaving,) = exits.exits(liaison)

    assert leaving.reference == story.reference
    with case_file.transaction() as session:
        looks = session.exec(
            select(AuditEvent).where(AuditEvent.action == "person.read", AuditEvent.actor == liaison.number)
        )
        assert [(look.reference, look.fields["purpose"]) for look in looks] == [(story.reference, "exits")]
    assert leaving.departs_at > now()
    exit_papers = [PaperKind.travel_document, PaperKind.exit_request]
    assert [paper.kind for paper in paperwork.listed_for(liaison, story.reference)] == exit_papers
    assert decisions.inbox(liaison) == []
    for look in (
        lambda: overview.of(story.reference, reader=liaison),
        lambda: decisions.evidence(story.reference, reader=liaison, purpose="test"),
        lambda: decisions.portrait(story.reference, reader=liaison),
    ):
        with pytest.raises(case_file.Refused):
            look()
    other = next(officer for officer in officers.listed() if officer.number == story.deciders[Role.travel_officer])
    with pytest.raises(case_file.Refused, match="Exits are for"):
        exits.exits(other)
    abroad = officers.add(name="x", agency="RTP", roles=[Role.host_liaison], country="THA", by="test").officer
    assert exits.exits(abroad) == []
    with pytest.raises(case_file.Refused, match="is the liaison of THA"):
        paperwork.listed_for(abroad, story.reference)
    with pytest.raises(case_file.Refused, match="is the liaison of THA"):
        paperwork.read(story.reference, PaperKind.travel_document, officer=abroad)
    with case_file.transaction() as session:
        assert session.exec(select(AuditEvent.action).where(AuditEvent.actor == abroad.number)).first() is None
        abroad.country = None
        session.add(abroad)
    with pytest.raises(case_file.Refused, match="liaison of no country"):
        exits.exits(abroad)


@pytest.mark.parametrize(
    ("roles", "country", "why"),
    [
        ([Role.host_liaison, Role.travel_officer], "KHM", "holds no other role"),
        ([Role.host_liaison], None, "serves one country"),
        ([Role.travel_officer], "KHM", "serves one country"),
        ([Role.host_liaison], "FRA", "No mission of ours serves FRA"),
    ],
)
def test_a_host_liaison_serves_one_country_and_holds_no_other_role(
    roles: list[Role], country: str | None, why: str
) -> None:
    with pytest.raises(case_file.Refused, match=why):
        officers.add(name="x", agency="NPA", roles=roles, country=country, by="test")


def test_no_role_of_ours_is_delegated_to_a_host_liaison(story: Story) -> None:
    with pytest.raises(case_file.Refused, match="another country's"):
        delegates(story, Role.travel_officer, story.deciders[Role.host_liaison])
