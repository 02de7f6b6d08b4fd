"""What a person is, as a set with history: who may add or take away what, and why."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from models.birth_date import BirthDate
from models.person import VICTIMS, Category, CategoryReason
from models.screening import Finding


class Change(StrEnum):
    """What may be done to a set."""

    add = "add"
    remove = "remove"


_R = CategoryReason

ADDED_FOR: dict[Category, tuple[CategoryReason, ...]] = {
    Category.presumed_victim: (_R.reported, _R.reasonable_grounds, _R.screening_finding),
    Category.confirmed_victim: (_R.screening_finding,),
    Category.suspect: (_R.warrant_or_notice, _R.authority_told, _R.reported),
    Category.witness: (_R.authority_told, _R.reported),
    Category.minor: (_R.birth_date, _R.age_doubt),
    Category.patient: (_R.medical_opinion, _R.reported),
    Category.missing: (_R.authority_told, _R.reported),
    Category.deceased: (_R.death_certified, _R.authority_told, _R.reported),
}
"""Why a category may be added."""

REMOVED_FOR: dict[Category, tuple[CategoryReason, ...]] = {
    Category.presumed_victim: (_R.screening_finding,),
    Category.confirmed_victim: (_R.screening_finding,),
    Category.suspect: (_R.proceedings_ended, _R.authority_told, _R.entered_in_error),
    Category.witness: (_R.proceedings_ended, _R.authority_told, _R.entered_in_error),
    Category.minor: (_R.of_age, _R.entered_in_error),
    Category.patient: (_R.medical_opinion, _R.entered_in_error),
    Category.missing: (_R.person_found, _R.entered_in_error),
    Category.deceased: (_R.entered_in_error,),
}
"""Why a category may be taken away."""


class Age(StrEnum):
    """What a birth date says about whether a person is of age."""

    child = "child"
    doubtful = "doubtful"
    """The birth date may mean either."""
    adult = "adult"
    unknown = "unknown"


def age_of(born: BirthDate | None, *, on: date, adult_at: int) -> Age:
    """Return what a birth date, as far as it is known, says on a day; whoever may be a child is not called an adult."""
    if born is None:
        return Age.unknown
    of_age = {_birthday(day, adult_at) <= on for day in _earliest_and_latest(born)}
    if len(of_age) == 2:
        return Age.doubtful
    return Age.adult if of_age == {True} else Age.child


def _earliest_and_latest(born: BirthDate) -> tuple[date, ...]:
    if born.days:
        return born.days
    if born.month is None:
        return date(born.year, 1, 1), date(born.year, 12, 31)
    last = monthrange(born.year, born.month)[1]
    return date(born.year, born.month, 1), date(born.year, born.month, last)


def _birthday(born: date, years: int) -> date:
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        # Born on 29 February: a day later rather than a day too early.
        return date(born.year + years, 3, 1)


MINOR_BY_AGE = {Age.child: CategoryReason.birth_date, Age.doubtful: CategoryReason.age_doubt}
"""Why the birth date alone makes a person a minor: where it leaves a doubt, they are treated as a child."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryChange:
    """What the rule needs to know about a change somebody wants: all of it facts, nothing to look up."""

    change: Change
    category: Category
    reason: CategoryReason
    held: frozenset[Category]
    by_police: bool
    by_screening_officer: bool
    finding: Finding | None
    """The latest one on file."""
    age: Age


def refusal(wanted: CategoryChange) -> str | None:
    """Return why a change of a person's categories is not made, in one sentence that says what to do."""
    adds = wanted.change is Change.add
    if adds == (wanted.category in wanted.held):
        return f"The person {'is' if adds else 'is not'} {wanted.category.value} already; look at the categories again."
    fitting = (ADDED_FOR if adds else REMOVED_FOR)[wanted.category]
    if wanted.reason not in fitting:
        return f"To {wanted.change.value} {wanted.category.value}, choose one reason: {', '.join(fitting)}."
    if wanted.category in VICTIMS:
        return _refused_victim(wanted)
    if wanted.category is Category.minor:
        return _refused_minor(wanted)
    return None


def _refused_victim(wanted: CategoryChange) -> str | None:
    if wanted.change is Change.add:
        confirmed = wanted.finding is Finding.confirmed
        if wanted.category is Category.confirmed_victim and not (confirmed and wanted.by_screening_officer):
            return "Only a screening confirms a victim; record its finding with `homeward screening conclude`."
        if wanted.reason is CategoryReason.screening_finding and not wanted.by_screening_officer:
            return "A screening officer adds what a screening found; give another reason."
        return None
    if wanted.by_police or not wanted.by_screening_officer:
        return "A victim's category is taken away by a screening officer outside the police only; ask one."
    if wanted.finding not in (Finding.none, Finding.not_confirmed):
        return "No recorded finding says otherwise; screen the person again and record what was found first."
    return None


def _refused_minor(wanted: CategoryChange) -> str | None:
    if wanted.change is Change.add:
        if wanted.reason is CategoryReason.birth_date and wanted.age not in MINOR_BY_AGE:
            return "The birth date on file does not say so; correct it, or give age_doubt: a doubt makes a child."
        return None
    if wanted.age in MINOR_BY_AGE:
        return "The birth date on file says or leaves open that the person is a minor; have it corrected first."
    if wanted.reason is CategoryReason.of_age and wanted.age is not Age.adult:
        return "No birth date on file proves the age; have the identity confirmed, or correct the birth date first."
    return None
