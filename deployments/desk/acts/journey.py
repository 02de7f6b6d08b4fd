"""The journey: who receives, for how long the document is valid, who was not taken aboard, and stopping it."""

from pydantic import BaseModel

from deployments.desk.acts.act import Act, Group, Nothing
from deployments.desk.blanks import Shape, blank
from models.decision import REASONS, Door, Outcome
from models.officer import Duty, Officer
from models.validity import LONGEST_DAYS, VALID_FOR_DAYS, LongerReason
from tasks import corrections, decisions, disruption, doorbell, representation, validity


class Receiver(BaseModel):
    """Who is asked to receive the person."""

    agency: str = blank("Short name of the agency", hint="like incheon-airport-desk", longest=60)


def _choose(reference: str, typed: Receiver, officer: Officer) -> None:
    corrections.choose_receiver(reference, agency=typed.agency, officer=officer.number)


class Longer(BaseModel):
    """For how many days a document may be valid."""

    days: int = blank("Days it may be valid", least=VALID_FOR_DAYS, most=LONGEST_DAYS)
    reason: LongerReason = blank("Why the usual days are too few")
    words: str = blank("Why, in your own words; sealed, shown to who decides", longest=1000, shape=Shape.long)


def _longer(reference: str, typed: Longer, officer: Officer) -> None:
    validity.record(reference, days=typed.days, reason=typed.reason, words=typed.words, officer=officer.number)


def _off_load(reference: str, typed: Nothing, officer: Officer) -> None:
    del typed
    disruption.report_off_load(reference, officer=officer.number)


class Cancelled(BaseModel):
    """Why the journey is stopped, signed."""

    reason_code: str = blank("Why", options=tuple(reason.value for reason in REASONS[Outcome.cancel]))
    code: str = blank("One-time code", hint="it signs the cancellation and is spent", longest=20, shape=Shape.code)


def _cancel(reference: str, typed: Cancelled, officer: Officer) -> None:
    decisions.cancel(
        reference, officer_number=officer.number, code=typed.code, reason_code=typed.reason_code, door=Door.desk
    )
    if not doorbell.wake(reference):
        doorbell.start(reference)


ACTS = (
    Act(
        name="receiver", group=Group.journey, heading="Who receives the person", duty=Duty.run_the_case, form=Receiver,
        help="The agency that will be asked to receive the person; once one has accepted, only its refusal changes it.",
        carry_out=_choose, offers={"agency": representation.receivers_known}, wakes=False,
    ),
    Act(
        name="validity", group=Group.journey, heading="A document valid for longer", duty=Duty.run_the_case,
        form=Longer, carry_out=_longer,
        help="Why the document must be valid for more than the usual days; what was decided is asked anew.",
    ),
    Act(
        name="off-load", group=Group.journey, heading="Not taken aboard", duty=Duty.run_the_case, form=Nothing,
        help="The carrier did not take the person aboard: the coordinators are paged and asked, and other seats are "
        "sought once they say so.", carry_out=_off_load, wakes=False,
        done="The coordinators are paged and asked; other seats are sought once they say so.",
    ),
    Act(
        name="cancel", group=Group.journey, heading="Stop the journey", duty=Duty.run_the_case, form=Cancelled,
        help="Possible until boarding: what was done is undone, and the person stays in your charge.",
        carry_out=_cancel, wakes=False, button="Stop the journey",
        done="The journey is being stopped, and what was done for it undone.",
    ),
)  # fmt: skip
