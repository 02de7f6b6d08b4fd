"""The policy: which roles decide each step, how many of them, and by when; a versioned file, checked before use."""

import itertools
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Self

import pendulum
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.case import Step
from models.custody import CustodyRule
from models.host_clearance import FineRate
from models.money import Money
from models.officer import Officer, Role
from models.person import Category

DECIDED = tuple(step for step in Step if step is not Step.ending)
"""Every step somebody decides."""

TWO_PERSONS = {Step.authorise: Step.verification, Step.release: Step.verification}
"""Who examined the identity neither authorises nor issues, whatever a policy says. Source: ICAO Doc 9303-2 §4."""


class PolicyInvalid(Exception):
    """A policy nobody can work under; the text names the step and says what to do."""


class Order(StrEnum):
    """How several signatures of one rule follow each other."""

    sequence = "sequence"
    parallel = "parallel"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Place(_Part):
    """One signature that is wanted: any of some roles, of any agency or of one."""

    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    agency: str | None = None

    def fits(self, role: Role, agency: str) -> bool:
        """Return whether a role held at an agency may sign here."""
        return role in self.roles and self.agency in (None, agency)

    @property
    def words(self) -> str:
        """Who may sign here, in words."""
        roles = " or ".join(role.value for role in self.roles)
        return f"{roles} of {self.agency}" if self.agency else roles


class Signatures(Place):
    """So many signatures of the same kind, by as many persons: N of the M who hold one of the roles."""

    count: int = Field(default=1, ge=1, le=5)


class Rule(_Part):
    """Who decides one step, for every person or for those of one category."""

    step: Step
    category: Category | None = None
    doubt: bool = False
    """It counts only where the identity is in doubt; a rule of the verification."""
    due_minutes: int = Field(gt=0)
    """How soon after asking, or for handoff after landing, the step should be decided."""
    order: Order = Order.sequence
    signatures: Annotated[tuple[Signatures, ...], Field(min_length=1)]
    not_decider_of: tuple[Step, ...] = ()
    """Steps whose deciders may not sign here, besides those no policy can allow."""

    @property
    def places(self) -> tuple[Place, ...]:
        """Every signature that is wanted, one by one."""
        return tuple(
            Place(roles=wanted.roles, agency=wanted.agency) for wanted in self.signatures for _ in range(wanted.count)
        )

    @property
    def is_general(self) -> bool:
        """Whether it counts for everybody nobody has another rule for."""
        return self.category is None and not self.doubt

    @property
    def kept_apart_from(self) -> frozenset[Step]:
        """Steps whose deciders may not sign here."""
        two_persons = {TWO_PERSONS[self.step]} if self.step in TWO_PERSONS else set()
        return frozenset({*self.not_decider_of, *two_persons})


class StandingAuthorityRule(_Part):
    """Who decides funding at any hour where a standing authority is signed, and who signs after them."""

    role: Role = Role.duty_officer
    countersigned_by: Role = Role.funding_officer
    within_hours: int = Field(default=24, gt=0)


class BreakGlassRule(_Part):
    """Who may sign alone in an emergency, at which steps, and who reviews it."""

    roles: tuple[Role, ...] = (Role.duty_officer,)
    steps: tuple[Step, ...] = (Step.authorise, Step.booking, Step.funding, Step.release)
    reviewed_by: Role = Role.reviewing_officer
    within_hours: int = Field(default=24, gt=0, le=24)
    """At most a day: what one person forced is looked at by another soon."""


class MedicalRule(_Part):
    """How long a doctor's word holds, and how early the airline wants it."""

    clearance_days: int = Field(default=10, gt=0, le=30)
    """At most so many days after the examination a person is taken to be fit to fly."""
    medif_hours: int = Field(default=48, ge=0, le=240)
    """The airline takes a medical form (MEDIF) so many hours before departure at the latest."""


class CarrierDeskRule(_Part):
    """By when a carrier's desk must have answered about custody and care."""

    answer_hours: int = Field(default=48, ge=0, le=240)
    """Before departure; later requests have until the seats must be paid. Carriers ask for 48 to 72 hours."""


class ReferralRule(_Part):
    """By when another agency that was asked who a person is must have answered, and when we remind it."""

    answer_hours: int = Field(default=48, gt=0, le=24 * 30)
    """After it was asked; then it is an alarm."""
    remind_hours: int = Field(default=12, ge=0)
    """Before that, whoever asked is told to ask again."""

    @model_validator(mode="after")
    def reminds_in_time(self) -> Self:
        """Refuse a reminder that would come before the question."""
        if self.remind_hours >= self.answer_hours:
            raise ValueError("remind_hours are counted back from answer_hours, and are fewer; lower them")
        return self


class EscortsRule(_Part):
    """Who may let a person depart with fewer escorts than their custody wants."""

    fewer_allowed_by: tuple[Role, ...] = ()
    """Of those who answer for what stands in the way; nobody where none is named."""


class LostAnswerRule(_Part):
    """How long an act is looked for whose answer was lost, before an officer may treat it as not done."""

    wait_minutes: int = Field(default=60, ge=0, le=24 * 60)
    """The airline may show an order only hours after it has accepted it; absence before is no proof."""


class OverstayRule(_Part):
    """What a day of overstay costs in one country, from a day on, and who says so."""

    country: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    a_day: Annotated[Decimal, Field(ge=0)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    source: Annotated[str, Field(min_length=1)]
    since: date

    @model_validator(mode="after")
    def is_money(self) -> Self:
        """Refuse a rate that is no amount of its currency."""
        Money.parse(f"{self.a_day:f}", self.currency)
        return self

    @property
    def as_rate(self) -> FineRate:
        """The rate as the rule of the fine takes it."""
        return FineRate(amount=self.a_day, currency=self.currency, source=self.source, since=self.since)


class Policy(_Part):
    """Who decides what; the first rule that fits a step and a person counts."""

    version: Annotated[str, Field(min_length=1, max_length=40)]
    fare_tolerance_percent: int = Field(default=2, ge=0, le=10)
    """How much dearer the same flights may be held again under the decision that stands."""
    soonest_departure_hours: int = Field(default=24, ge=6, le=24 * 7)
    """
    How long after the search seats leave at the soonest: the document is signed and handed over in between, and within
    four hours of departure its holder may be behind the border. Flights agreed to before, or held by whoever the person
    travels with, may leave sooner.
    """
    standing_authority: StandingAuthorityRule = StandingAuthorityRule()
    break_glass: BreakGlassRule = BreakGlassRule()
    medical: MedicalRule = MedicalRule()
    lost_answers: LostAnswerRule = LostAnswerRule()
    carrier_desk: CarrierDeskRule = CarrierDeskRule()
    referrals: ReferralRule = ReferralRule()
    escorts: EscortsRule = EscortsRule()
    custody: tuple[CustodyRule, ...] = ()
    """Of each carrier; one that stands nowhere is unknown, and its desk is asked."""
    overstay: tuple[OverstayRule, ...] = ()
    """Of each country; several, where a rate has changed."""
    rule: tuple[Rule, ...]

    @model_validator(mode="after")
    def decides_every_step(self) -> Self:
        """Refuse a policy that leaves a step to nobody, or has a rule that never counts."""
        for step in DECIDED:
            general = [place for place, rule in enumerate(self.rule) if rule.step is step and rule.is_general]
            if not general:
                raise ValueError(f"step {step} has no rule without a category; add one")
            if step is not Step.verification and any(rule.doubt for rule in self.rule if rule.step is step):
                raise ValueError(f"step {step} knows no doubt about an identity; take doubt out of its rule")
            if any(rule.step is step for rule in self.rule[general[0] + 1 :]):
                raise ValueError(f"step {step} has a rule after its general one, where none is looked for; move it up")
        if outside := [rule.step for rule in self.rule if rule.step not in DECIDED]:
            raise ValueError(f"step {outside[0]} is decided by nobody; remove its rule")
        if forbidden := {Step.lookout, Step.verification, Step.handoff, Step.help} & set(self.break_glass.steps):
            raise ValueError(f"step {min(forbidden)} must not be forced: break_glass.steps are acts of ours, no facts")
        return self

    def rule_for(self, step: Step, categories: Iterable[Category], *, in_doubt: bool = False) -> Rule:
        """
        Return the rule that counts for a step in the case of a person of these categories.

        An identity in doubt is examined by two, whatever a policy says.
        """
        of_person = set(categories)
        of_step = (rule for rule in self.rule if rule.step is step and (in_doubt or not rule.doubt))
        found = next(rule for rule in of_step if rule.category is None or rule.category in of_person)
        if step is not Step.verification or not in_doubt or len(found.places) > 1:
            return found
        twice = found.signatures[0].model_copy(update={"count": 2})
        return found.model_copy(update={"signatures": (twice,)})


def read_policy(text: str) -> Policy:
    """
    Return the policy a file states in TOML.

    Raises:
        PolicyInvalid: one sentence that names the place.
    """
    try:
        return Policy.model_validate(tomllib.loads(text), strict=False)
    except tomllib.TOMLDecodeError as broken:
        raise PolicyInvalid(f"The policy is no TOML: {broken}.") from None
    except ValidationError as invalid:
        first = invalid.errors()[0]
        words = first["msg"].removeprefix("Value error, ")
        raise PolicyInvalid(f"The policy does not hold at {_where(first['loc'])}: {words}.") from None


def _where(place: Sequence[Any]) -> str:
    return ".".join(str(part) for part in place) or "the whole"


def refuse_unstaffed(policy: Policy, officers: Sequence[Officer]) -> None:
    """
    Refuse a policy under which nobody could decide a step, with the officers in service.

    Whoever asks decides nothing, nobody signs one step twice, and who decided a step kept apart from another does
    not sign the other: a journey needs one set of persons with whom all of that holds.

    Raises:
        PolicyInvalid: the step nobody can decide, and what is missing.
    """
    active = [officer for officer in officers if officer.active]
    requesters = [officer for officer in active if officer.holds(Role.coordinator)]
    if not requesters:
        raise PolicyInvalid("Nobody can open a case: no officer holds the role coordinator; add one.")
    categories: list[tuple[Category, ...]] = [(), *((category,) for category in Category)]
    for of_person in categories:
        rules = {step: policy.rule_for(step, of_person) for step in DECIDED}
        for rule in rules.values():
            if not any(_ways(rule, active, barred={who.number}) for who in requesters):
                raise PolicyInvalid(_missing(rule))
        for rule in rules.values():
            apart = [rules[step] for step in sorted(rule.kept_apart_from) if step in rules]
            if apart and not any(_apart(rule, apart, active, requester=who.number) for who in requesters):
                others = ", ".join(other.step.value for other in apart)
                raise PolicyInvalid(
                    f"Step {rule.step.value} can be decided by nobody who has not decided {others} before; "
                    f"add another officer with the role {_wanted(rule)}."
                )
    _refuse_without_second(policy, active)


def can_examine_in_doubt(policy: Policy, officers: Sequence[Officer]) -> bool:
    """Return whether officers in service could sign an identity in doubt and leave one to authorise and release it."""
    active = [officer for officer in officers if officer.active]
    requesters = [officer.number for officer in active if officer.holds(Role.coordinator)]
    examining = policy.rule_for(Step.verification, (), in_doubt=True)
    following = [policy.rule_for(step, ()) for step in TWO_PERSONS]
    return any(
        all(_apart(rule, [examining], active, requester=requester) for rule in following) for requester in requesters
    )


def _apart(rule: Rule, apart: Sequence[Rule], officers: Sequence[Officer], *, requester: str) -> bool:
    """Return whether some persons can decide the other steps so that others are left for this one."""
    found = (_persons(other, officers, barred={requester}) for other in apart)
    return any(
        _ways(rule, officers, barred={requester}.union(*combination)) for combination in itertools.product(*found)
    )


def _ways(rule: Rule, officers: Sequence[Officer], *, barred: set[str]) -> bool:
    return next(_persons(rule, officers, barred=barred), None) is not None


def _persons(rule: Rule, officers: Sequence[Officer], *, barred: set[str]) -> Iterator[frozenset[str]]:
    """Yield every set of persons who can sign a rule's places, one place each."""

    def fill(places: Sequence[Place], taken: frozenset[str]) -> Iterator[frozenset[str]]:
        if not places:
            yield taken
            return
        for officer in officers:
            # A coordinator helps along the cases they opened themselves.
            is_barred = officer.number in barred and rule.step is not Step.help
            roles = (Role(role) for role in officer.roles)
            if not is_barred and officer.number not in taken and any(places[0].fits(r, officer.agency) for r in roles):
                yield from fill(places[1:], taken | {officer.number})

    seen = set()
    for persons in fill(rule.places, frozenset()):
        if persons not in seen:
            seen.add(persons)
            yield persons


def _refuse_without_second(policy: Policy, officers: Sequence[Officer]) -> None:
    """Refuse a policy where what one officer decided alone could be looked at by nobody else."""
    pairs = (
        ("standing_authority", {policy.standing_authority.role}, policy.standing_authority.countersigned_by),
        ("break_glass", set(policy.break_glass.roles), policy.break_glass.reviewed_by),
    )
    for name, first, second in pairs:
        alone = {officer.number for officer in officers if any(officer.holds(role) for role in first)}
        after = {officer.number for officer in officers if officer.holds(second)}
        if alone and not any(after - {one} for one in alone):
            raise PolicyInvalid(
                f"Under {name}, nobody but the first officer could sign after them; add an officer with the role "
                f"{second.value}."
            )


def _wanted(rule: Rule) -> str:
    return ", then ".join(place.words for place in rule.places)


def _missing(rule: Rule) -> str:
    which = f" for {rule.category.value}" if rule.category else ""
    return (
        f"Step {rule.step.value}{which} can be decided by nobody: it wants {_wanted(rule)}, each another person, "
        "and none who opened the case; add officers, or change the policy."
    )


def due_within(rule: Rule) -> pendulum.Duration:
    """Return how soon a rule's step should be decided."""
    return pendulum.duration(minutes=rule.due_minutes)
