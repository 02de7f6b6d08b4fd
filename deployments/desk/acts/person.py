"""The person: what they are to the law, what is best for a child, whether they may fly, and what presses."""

from enum import StrEnum

from pydantic import BaseModel

from deployments.desk.acts.act import Act, Group
from deployments.desk.blanks import LocalMoment, Shape, blank
from models.category import Change
from models.officer import Duty, Officer
from models.person import Category, CategoryReason
from models.representation import Interest
from models.triage import Pressure
from tasks import care, categories, representation, triage
from tasks.clock import now


class Changed(BaseModel):
    """A category that is added or taken away."""

    change: Change = blank("What is done")
    category: Category = blank("What the person is, or is no longer")
    reason: CategoryReason = blank("Why")


def _change(reference: str, typed: Changed, officer: Officer) -> None:
    categories.change(reference, typed.change, typed.category, reason=typed.reason, officer=officer)


class Best(BaseModel):
    """What was found to be best for a child."""

    interest: Interest = blank("What is best for the child now")
    reasons: str = blank("The reasons; sealed", longest=2000, shape=Shape.long)


def _best(reference: str, typed: Best, officer: Officer) -> None:
    representation.examine_interest(reference, interest=typed.interest, reasons=typed.reasons, officer=officer)


class Fitness(StrEnum):
    """Whether a patient may fly."""

    fit = "fit"
    unfit = "unfit"


class Cleared(BaseModel):
    """What a doctor found."""

    fitness: Fitness = blank("To fly, the patient is")
    by: str = blank("By what office it was found", hint="like medical officer", longest=80)
    examined_at: LocalMoment | None = blank("Examined when, by the mission's clock; empty means now", optional=True)
    valid_until: LocalMoment = blank("Until when it holds, by the mission's clock")


def _clear(reference: str, typed: Cleared, officer: Officer) -> None:
    care.clear_to_fly(
        reference, fit=typed.fitness is Fitness.fit, given_by=typed.by, examined_at=typed.examined_at or now(),
        valid_until=typed.valid_until, officer=officer.number,
    )  # fmt: skip


class Pressed(BaseModel):
    """What makes the case urgent."""

    pressure: Pressure = blank("What presses")
    until: LocalMoment | None = blank(
        "When it comes to a head, by the mission's clock", hint="a warrant's clock has an end", optional=True
    )


def _press(reference: str, typed: Pressed, officer: Officer) -> None:
    triage.note_pressure(reference, typed.pressure, is_over=False, until=typed.until, officer=officer.number)


class Eased(BaseModel):
    """What makes the case urgent no longer."""

    pressure: Pressure = blank("What presses no longer")


def _ease(reference: str, typed: Eased, officer: Officer) -> None:
    triage.note_pressure(reference, typed.pressure, is_over=True, until=None, officer=officer.number)


ACTS = (
    Act(
        name="clearance", group=Group.person, heading="Fit to fly, or not", duty=Duty.attend_to_the_person,
        form=Cleared, help="Whether a patient may fly, and until when that holds.", carry_out=_clear,
    ),
    Act(
        name="pressure", group=Group.person, heading="Something presses", duty=Duty.attend_to_the_person,
        form=Pressed, help="What makes the case urgent that nothing else on file says; the list of cases goes by it.",
        carry_out=_press, wakes=False,
    ),
    Act(
        name="pressure-over", group=Group.person, heading="It presses no longer", duty=Duty.attend_to_the_person,
        form=Eased, help="What made the case urgent is over.", carry_out=_ease, wakes=False,
    ),
    Act(
        name="category", group=Group.person, heading="What the person is", duty=Duty.say_what_they_are, form=Changed,
        help="Add a category or take one away; who did it, and why, stays on record.", carry_out=_change,
    ),
    Act(
        name="best-interest", group=Group.person, heading="A child's best interest", duty=Duty.attend_to_the_person,
        form=Best, help="Whether return is in the child's best interest, and why.", carry_out=_best,
    ),
)  # fmt: skip
