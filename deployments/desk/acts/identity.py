"""Identity: what the field wrote, what was compared, and what other agencies are asked and say."""

from enum import StrEnum

from pydantic import BaseModel

from deployments.desk.acts.act import Act, Group
from deployments.desk.blanks import LocalMoment, blank
from models.assurance import Check, Result
from models.officer import Duty, Officer
from models.person import Sex
from models.referral import AgencyKind, Said, Withdrawn
from models.verification import HitKind
from tasks import assurance, case_file, corrections, hits, referrals
from tasks.clock import now

_WHEN = "When, by the mission's clock; empty means now"
_LONGEST_AGENCY = 120


class Passport(StrEnum):
    """Where a person's own passport is."""

    in_hand = "in_hand"
    gone = "gone"


class Corrected(BaseModel):
    """What the field wrote about the person; what is left empty stays as it is."""

    name_hangul: str | None = blank("Name in Hangul", optional=True, longest=40)
    name_latin: str | None = blank("Name in Latin letters", hint="in any order", optional=True, longest=80)
    sex: Sex | None = blank("Sex", optional=True)
    born_on: str | None = blank("Born on", hint="1999-04-27, 1999-04 or 1999", optional=True, longest=40)
    birthplace: str | None = blank("Birthplace", optional=True)
    passport: str | None = blank("Passport number, if remembered", optional=True, longest=40)
    held: Passport | None = blank("Their own passport", optional=True)


def _correct(reference: str, typed: Corrected, officer: Officer) -> None:
    if not typed.model_dump(exclude_none=True):
        raise case_file.Refused("Nothing was filled in; write what is to be corrected.")
    corrections.correct_person(
        reference, name_hangul=typed.name_hangul, name_latin=typed.name_latin, sex=typed.sex,
        birth_date=typed.born_on, birthplace=typed.birthplace, passport_number=typed.passport,
        passport_in_hand=None if typed.held is None else typed.held is Passport.in_hand, officer=officer.number,
    )  # fmt: skip


class Checked(BaseModel):
    """What was compared, and what came of it."""

    check: Check = blank("What was compared")
    result: Result = blank("What came of it")


def _check(reference: str, typed: Checked, officer: Officer) -> None:
    assurance.record_check(reference, typed.check, typed.result, officer=officer.number)


class Country(BaseModel):
    """Another state."""

    country: str = blank("Country, in three letters", hint="like USA; ISO 3166-1", longest=3)


def _nationality(reference: str, typed: Country, officer: Officer) -> None:
    assurance.note_nationality(reference, typed.country.upper(), officer=officer.number)


def _no_nationality(reference: str, typed: Country, officer: Officer) -> None:
    assurance.note_nationality(reference, typed.country.upper(), is_withdrawn=True, officer=officer.number)


class Asked(BaseModel):
    """Which agency was asked."""

    agency: str = blank("Agency", longest=_LONGEST_AGENCY)
    kind: AgencyKind = blank("What kind it is")
    contact: str = blank("Whom you asked there, and how they are reached; sealed")
    asked_at: LocalMoment | None = blank(_WHEN, optional=True)


def _ask(reference: str, typed: Asked, officer: Officer) -> None:
    referrals.ask(
        reference, agency=typed.agency, kind=typed.kind, contact=typed.contact, asked_at=typed.asked_at or now(),
        officer=officer,
    )  # fmt: skip


class NoLongerAsked(BaseModel):
    """Whose answer nobody waits for."""

    agency: str = blank("Agency", hint="as it was written when it was asked", longest=_LONGEST_AGENCY)
    because: Withdrawn = blank("Why")


def _ask_no_more(reference: str, typed: NoLongerAsked, officer: Officer) -> None:
    referrals.withdraw(reference, agency=typed.agency, because=typed.because, officer=officer.number)


class Answered(BaseModel):
    """What an agency says of who the person is."""

    agency: str = blank("Agency", longest=_LONGEST_AGENCY)
    kind: AgencyKind = blank("What kind it is")
    said: Said = blank("What it says of the name they give")
    contact: str = blank("Whom to ask there, and how they are reached; sealed")
    file: str | None = blank("Their own reference of the person; sealed", optional=True)
    said_at: LocalMoment | None = blank(_WHEN, optional=True)


def _answer(reference: str, typed: Answered, officer: Officer) -> None:
    assurance.record_referral(
        reference, agency=typed.agency, kind=typed.kind, said=typed.said, contact=typed.contact, file=typed.file,
        said_at=typed.said_at or now(), officer=officer.number,
    )  # fmt: skip


class Informed(BaseModel):
    """Who was told of the person because of an entry."""

    hit: HitKind = blank("Because of which entry")
    agency: str | None = blank(
        "Which agency", hint="empty means the one that holds the entry", optional=True, longest=_LONGEST_AGENCY
    )
    told_at: LocalMoment | None = blank(_WHEN, optional=True)


def _inform(reference: str, typed: Informed, officer: Officer) -> None:
    hits.inform(reference, typed.hit, agency=typed.agency, told_at=typed.told_at or now(), officer=officer.number)


ACTS = (
    Act(
        name="correct", group=Group.identity, heading="Correct what the field wrote", duty=Duty.run_the_case,
        form=Corrected, help="What you leave empty stays as it is; the registry is asked again.", carry_out=_correct,
        done="It was corrected; the registry is asked again.",
    ),
    Act(
        name="check", group=Group.identity, heading="A check of the identity", duty=Duty.attend_to_the_person,
        form=Checked, help="What came of a comparison; where it leaves doubt, two officers examine.", carry_out=_check,
    ),
    Act(
        name="nationality", group=Group.identity, heading="Another nationality", duty=Duty.attend_to_the_person,
        form=Country, help="One the person has or says they have, besides ours; that state may be involved.",
        carry_out=_nationality,
    ),
    Act(
        name="no-nationality", group=Group.identity, heading="A nationality they have not", form=Country,
        duty=Duty.attend_to_the_person, help="One that was written down, and the person has it not.",
        carry_out=_no_nationality,
    ),
    Act(
        name="request", group=Group.identity, heading="An agency was asked", duty=Duty.attend_to_the_person,
        form=Asked, help="You asked another agency who the person is; its answer is waited for, and reminded of.",
        carry_out=_ask,
    ),
    Act(
        name="request-withdrawn", group=Group.identity, heading="An answer nobody waits for", form=NoLongerAsked,
        duty=Duty.attend_to_the_person, help="Nobody waits any more for the answer of an agency that was asked.",
        carry_out=_ask_no_more,
    ),
    Act(
        name="referral", group=Group.identity, heading="What an agency says", duty=Duty.attend_to_the_person,
        form=Answered, help="What another agency says of who the person is, asked or not: it is weighed, and confirms "
        "nobody.", carry_out=_answer,
    ),
    Act(
        name="inform", group=Group.identity, heading="An agency was told of a hit", duty=Duty.tell_of_hits,
        form=Informed, help="An agency was told of the person because of an entry on a list.", carry_out=_inform,
        when_over=True,
    ),
)  # fmt: skip
