"""A house with officers and questions in it, without an engine: what reminders and messages need."""

from dataclasses import dataclass, field
from datetime import date
from uuid import uuid4

import pendulum
from sqlmodel import col, select

from models.case import Step, TimelineEntry
from models.decision import Answer, Asking, Decision, Door, Proposal, seen_code
from models.message import Message
from models.officer import Role
from models.person import Category, Sex
from models.verification import Hit, HitKind, LookoutProposal
from tasks import case_file, decisions, messages, officers, vault
from tasks.clock import now
from tasks.decisions import gate
from tests.plain_policy import DECIDES

PLANTED = {
    "name_hangul": "궉쀍뿝",
    "name_latin": "GWOK XYLOPHONE",
    "passport_number": "M90817263",
    "story": "Zyxwvut-compound-seventh-floor",
    "next_of_kin_phone": "+82-10-9999-1234",
    "place": "Quixotepet",
    "keeper": "Wyvern centre",
}
"""Somebody so unusual that no word of theirs can stand anywhere by chance."""

BORN_ON = date(1907, 11, 30)


@dataclass
class House:
    """Officers of every role, reached by mail, and the cases they open."""

    officers: dict[Role, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for role in Role:
            self.officers[role] = self.enrol(role)

    def enrol(self, *roles: Role, mailed: bool = True) -> str:
        """Add an officer; a mailed one is reached under their number."""
        country = "KHM" if Role.host_liaison in roles else None
        number = officers.add(name="N", agency="MOFA", roles=list(roles), country=country, by="test").officer.number
        if mailed:
            messages.reach(number, email=self.email(number), by="test")
        return number

    @staticmethod
    def email(number: str) -> str:
        """Where an officer is reached."""
        return f"{number.lower()}@mofa.example"

    def opens(self) -> str:
        """A case about the unusual person; their passport number is known in the first one only."""
        known = dict(PLANTED)
        if case_file.listed():
            del known["passport_number"]
        return case_file.open_case(
            country="KHM", officer=self.officers[Role.coordinator], sex=Sex.male, birth_date=BORN_ON.isoformat(),
            host_status="detained", categories=(Category.presumed_victim,), **known,
        )  # fmt: skip

    def asks(self, step: Step = Step.lookout, *, reference: str | None = None) -> Asking:
        """A question waits in a case."""
        reference = reference or self.opens()
        with case_file.transaction() as session:
            case = case_file.load(session, reference)
            if decisions.live(session, reference, step) is None:
                content = LookoutProposal(
                    salt=vault.salt(session, case.person_id, "test"),
                    registry_id="R-1",
                    name_hangul=PLANTED["name_hangul"],
                    born_on=BORN_ON,
                    hits=(Hit(kind=HitKind.arrest_warrant, authority="KNP", authority_reference="W-1"),),
                )
                decisions.propose(session, case, step, content)
        # Put without asking which step comes first: what is told of a question is the same at every step.
        with case_file.transaction() as session:
            case = case_file.load(session, reference, lock=True)
            proposal = decisions.live(session, reference, step)
            assert proposal is not None
            decisions.close_question(session, reference)
            asking = gate.put(session, case, proposal, flow_run_id=uuid4(), at=now())
        gate.mark_shown(asking)
        return self.again(asking)

    def again(self, asking: Asking) -> Asking:
        """The question as it stands now."""
        with case_file.transaction() as session:
            return session.get_one(Asking, asking.id)

    def answers(self, asking: Asking, *, outcome: str = "approve", reason: str = "in_order") -> Decision:
        """The right officer answers."""
        number = self.officers[DECIDES[asking.step]]
        with case_file.transaction() as session:
            digest = session.get_one(Proposal, asking.proposal_id).digest
        answer = Answer(
            officer=number, code=officers.drill_code(number), seen=seen_code(digest), outcome=outcome,
            reason_code=reason, door=Door.cli,
        )  # fmt: skip
        return decisions.record(asking.reference, asking.step.value, answer).decision

    def made(self, **wanted: object) -> list[Message]:
        """The messages in the outbox, in the order they were made."""
        with case_file.transaction() as session:
            found = session.exec(select(Message).order_by(col(Message.made_at), Message.officer)).all()
        return [m for m in found if all(getattr(m, name) == value for name, value in wanted.items())]

    def timeline(self, reference: str) -> list[str]:
        """What has happened, in plain words."""
        with case_file.transaction() as session:
            rows = session.exec(
                select(TimelineEntry).where(TimelineEntry.reference == reference).order_by(col(TimelineEntry.id))
            )
            return [row.words for row in rows]


def later(moment: pendulum.DateTime, **by: int) -> pendulum.DateTime:
    """Return a moment some time later."""
    return moment + pendulum.duration(**by)
