"""Whoever a question went up to opens the evidence their mail points to, at the desk, and decides nothing by that."""

import httpx
import pytest
from sqlmodel import select

from models.audit import AuditEvent
from models.decision import Answer, Door
from models.officer import Role
from tasks import case_file, decisions, officers, reminders
from tests.deployments.test_desk import sign_in
from tests.tasks.asked import House, later


def test_the_head_sees_the_evidence_once_it_went_up_to_them_and_cannot_decide(desk: httpx.Client) -> None:
    house = House()
    asking = house.asks()
    head = officers.add(name="H", agency="MOFA", roles=[Role.head_of_consular_affairs], by="test")
    number = head.officer.number
    sign_in(desk, head)
    path = f"/evidence/{asking.reference}"
    assert desk.get(path).status_code == 403

    reminders.remind(at=later(asking.due_at, days=1))
    shown = desk.get(path)

    assert shown.status_code == 200
    coordinator = next(o for o in officers.listed() if o.number == house.officers[Role.coordinator])
    evidence = decisions.evidence(asking.reference, reader=coordinator, purpose="test")
    assert evidence is not None
    assert evidence.seen in shown.text
    with case_file.transaction() as session:
        looks = session.exec(
            select(AuditEvent).where(AuditEvent.action == "person.read", AuditEvent.actor == number)
        ).all()
    assert [(look.reference, look.fields["door"]) for look in looks] == [(asking.reference, "desk")]
    answer = Answer(
        officer=number, code=officers.drill_code(number), seen=evidence.seen, outcome="approve",
        reason_code="in_order", door=Door.desk,
    )  # fmt: skip
    with pytest.raises(decisions.AnswerRefused, match="does not hold the role lookout-officer"):
        decisions.record(asking.reference, "verification.lookout", answer)


def test_what_went_up_in_one_case_opens_no_other(desk: httpx.Client) -> None:
    house = House()
    late, fresh = house.asks(), house.asks()
    head = officers.add(name="H", agency="MOFA", roles=[Role.head_of_consular_affairs], by="test")
    sign_in(desk, head)

    with case_file.transaction() as session:
        case = case_file.load(session, late.reference, lock=True)
        reminders.climb(session, case, house.again(late), at=later(late.due_at, days=1))

    assert desk.get(f"/evidence/{late.reference}").status_code == 200
    assert desk.get(f"/evidence/{fresh.reference}").status_code == 403
