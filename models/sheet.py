"""Sheets: equal questions of one flight, shown on one screen and signed with one code; unlike ones stand alone."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median_low
from uuid import UUID, uuid4

import pendulum
from sqlmodel import Field

from models.case import Step
from models.columns import Moment, Row, word
from models.decision import canonical, seen_code
from models.money import Money
from models.officer import Duty

LISTABLE = frozenset({Step.booking, Step.funding})
"""Steps whose questions can be equal; who a person is, and the page they travel on, is looked at one by one."""


class Alone(StrEnum):
    """Why a question must be looked at by itself."""

    dearer = "costs more than the others"
    minor = "is a minor"
    hit = "has a lookout hit"
    patient = "needs medical care"
    custody = "travels in custody or care"
    claims = "somebody has paid privately"
    help = "was asked about before"
    only = "nothing equal waits"
    by_itself = "is looked at by itself"
    """For whoever need not know why: that somebody is ill or sought concerns nobody who pays."""


NEEDED_FOR: dict[Alone, Duty] = {
    Alone.minor: Duty.know_of_health,
    Alone.patient: Duty.know_of_health,
    Alone.hit: Duty.know_of_warrants,
}
"""Whose duty takes a reason; to anybody else it is `by_itself`."""


@dataclass(frozen=True, slots=True)
class Item:
    """One question on its way to a sheet."""

    asking_id: UUID
    reference: str
    step: Step
    digest: str
    flight: str
    """Flight number and day of departure."""
    amount: Money
    unlike: tuple[Alone, ...] = ()
    """What sets the person or the question apart, whatever the others are."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Equal questions of one flight at one step, in the order of their references."""

    step: Step
    flight: str
    items: tuple[Item, ...]

    @property
    def digest(self) -> str:
        """SHA-256, hex, over every question on the sheet and what it is about."""
        said = {
            "step": self.step.value,
            "flight": self.flight,
            "items": [[str(item.asking_id), item.reference, item.digest] for item in self.items],
        }
        return hashlib.sha256(canonical(said)).hexdigest()

    @property
    def seen(self) -> str:
        """The six letters under the sheet: who types them has had this very list on the screen."""
        return seen_code(self.digest)


def sort_out(items: Sequence[Item], *, tolerance_percent: int) -> tuple[list[Sheet], list[tuple[Item, Alone]]]:
    """Return the sheets of equal questions, and those that stand alone, each with the first reason why."""
    groups: dict[tuple[Step, str], list[Item]] = defaultdict(list)
    for item in sorted(items, key=lambda item: item.reference):
        groups[item.step, item.flight].append(item)
    sheets, alone = [], []
    for (step, flight), members in sorted(groups.items()):
        equal = []
        usual = median_low(item.amount.amount_minor for item in members)
        for item in members:
            dearer = item.amount.amount_minor * 100 > usual * (100 + tolerance_percent)
            other_currency = item.amount.currency != members[0].amount.currency
            reasons = [*item.unlike, *([Alone.dearer] if dearer or other_currency else [])]
            if reasons:
                alone.append((item, reasons[0]))
            else:
                equal.append(item)
        if len(equal) > 1:
            sheets.append(Sheet(step, flight, tuple(equal)))
        else:
            alone += [(item, Alone.only) for item in equal]
    return sheets, alone


class SignedSheet(Row, table=True):
    """A sheet that was signed with one code; each case has a decision of its own that names it."""

    __tablename__ = "signed_sheet"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    step: Step = Field(sa_type=word(Step))
    digest: str
    questions: int
    officer: str = Field(foreign_key="officer.number")
    code_time_step: int
    signed_at: pendulum.DateTime = Field(sa_type=Moment)
