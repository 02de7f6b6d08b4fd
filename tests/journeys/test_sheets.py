"""One code signs one list of equal questions; each case gets its own decision, and unlike ones stand alone."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import col, select

from models.audit import AuditEvent
from models.case import Step
from models.decision import Decision, Door
from models.funding import CostKind
from models.money import Money
from models.officer import Officer, Role
from models.person import Category
from models.sheet import Alone, Sheet, SignedSheet
from tasks import case_file, corrections, decisions, officers
from tests.journeys.story import Story, a_person

OnFlight = Callable[..., str]


@pytest.fixture
def brought(story: Story) -> OnFlight:
    """Bring one more person to the funding question, and return the case."""

    def one(**changes: Any) -> str:
        for role in (Role.verifying_officer, Role.authorising_officer, Role.travel_officer):
            # Codes are few a minute, and each person needs one of each.
            story.deciders[role] = officers.add(name="x", agency="MOFA", roles=[role], by="test").officer.number
        story.opens(a_person(), **changes)
        story.begins()
        story.comes_to(Step.funding)
        return story.reference

    return one


def funder(story: Story) -> Officer:
    return next(officer for officer in officers.listed() if officer.number == story.deciders[Role.funding_officer])


def a_sheet(story: Story, brought: OnFlight) -> Sheet:
    """Bring people until some have the same fare on the same flight: the airline's fares rise as seats go."""
    for _ in range(6):
        brought()
        if found := decisions.sheets(funder(story))[0]:
            return found[0]
    raise AssertionError(decisions.sheets(funder(story))[1])


def looked_at(officer: str) -> set[str | None]:
    """The cases an officer has looked at on a sheet, by the audit trail."""
    with case_file.transaction() as session:
        looks = session.exec(select(AuditEvent).where(AuditEvent.action == "person.read", AuditEvent.actor == officer))
        return {look.reference for look in looks if look.fields["purpose"] == "sheet"}


def signs(story: Story, seen: str, code: str | None = None) -> list[decisions.Signed]:
    number = story.deciders[Role.funding_officer]
    code = code or officers.drill_code(number)
    return decisions.sign(number, code, seen=seen, reason_code="in_order", door=Door.cli)[1]


def test_one_code_signs_the_list_that_was_shown_and_is_spent(story: Story, brought: OnFlight) -> None:
    minor = brought(categories=(Category.minor,))
    sheet = a_sheet(story, brought)
    cases = [item.reference for item in sheet.items]
    assert set(cases) <= looked_at(story.deciders[Role.funding_officer])
    alone = {item.reference: why for item, why in decisions.sheets(funder(story))[1]}
    assert alone.pop(minor) is Alone.by_itself, "whoever pays is not told how old somebody is"
    assert set(alone.values()) <= {Alone.dearer, Alone.only}

    with pytest.raises(decisions.AnswerRefused, match="do not fit"):
        signs(story, sheet.seen, "000000")
    assert funder(story).failures == 1
    code = officers.drill_code(story.deciders[Role.funding_officer])
    assert [(result.reference, result.refused) for result in signs(story, sheet.seen, code)] == [
        (reference, None) for reference in cases
    ]

    with case_file.transaction() as session:
        (signed,) = session.exec(select(SignedSheet)).all()
        made = session.exec(select(Decision).where(col(Decision.sheet_id) == signed.id)).all()
        assert {decision.reference for decision in made} == set(cases)
        assert len({decision.digest for decision in made}) == len(cases)
        assert signed.digest == sheet.digest
        assert decisions.approval(session, minor, Step.funding, at=signed.signed_at) is None
    with pytest.raises(decisions.AnswerRefused):
        signs(story, sheet.seen, code)


def test_a_list_that_has_changed_is_signed_by_nobody(story: Story, brought: OnFlight) -> None:
    sheet = a_sheet(story, brought)

    corrections.note_cost(
        sheet.items[1].reference, kind=CostKind.medical, amount=Money(41230, "USD"), officer=story.coordinator
    )

    with pytest.raises(decisions.AnswerRefused, match="something has changed"):
        signs(story, sheet.seen)
    with case_file.transaction() as session:
        assert session.exec(select(SignedSheet)).all() == []
