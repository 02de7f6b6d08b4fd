"""What the stories about mandates share: policies of their own, officers enrolled, and how one signs."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert as insert_into

from models.decision import Decision, Proposal
from models.mandate import DelegationKind
from models.officer import Role
from tasks import case_file, decisions, doorbell, mandates, officers
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


def delegates(story: Story, role: Role, to: str, **period: Any) -> None:
    principal = story.deciders[role]
    begins_at = period.get("begins_at", now())
    mandates.delegate(
        principal, officers.drill_code(principal), to=to, role=role, kind=DelegationKind.acting_for,
        begins_at=begins_at, ends_at=period.get("ends_at", begins_at.add(days=1)),
    )  # fmt: skip


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
