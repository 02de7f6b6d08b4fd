"""Terms: under which rule a question was asked, and in words how a later rule differs."""

from collections import Counter
from dataclasses import dataclass

from models.case import Step
from models.policy import Order, Place, Rule


@dataclass(frozen=True, slots=True)
class Terms:
    """Who signs one step, in what order, and who may not; what a rule says besides, such as its hours, is no term."""

    places: tuple[Place, ...]
    order: Order
    kept_apart_from: frozenset[Step]


def terms_of(rule: Rule) -> Terms:
    """Return the terms a rule states."""
    return Terms(rule.places, rule.order, rule.kept_apart_from)


def difference(old: Terms, new: Terms) -> str | None:
    """Return how terms differ from earlier ones, as a phrase; None where they say the same."""
    before, after = [place.words for place in old.places], [place.words for place in new.places]
    parts = []
    if len(after) != len(before):
        parts.append(f"{_officers(len(after))} instead of {_counted(len(before))}")
    if set(after) != set(before):
        parts.append(f"{_listed(after)} instead of {_listed(before)}")
    elif len(after) == len(before) and Counter(after) != Counter(before):
        parts.append(f"{', '.join(after)} instead of {', '.join(before)}")
    elif new.order is old.order is Order.sequence and Counter(after) == Counter(before) and after != before:
        parts.append(f"in the order {', '.join(after)}")
    if new.order is not old.order and len(after) > 1 and len(before) > 1:
        parts.append("one after the other" if new.order is Order.sequence else "in any order")
    parts += [f"nobody who decided {step}" for step in sorted(new.kept_apart_from - old.kept_apart_from)]
    parts += [f"also who decided {step}" for step in sorted(old.kept_apart_from - new.kept_apart_from)]
    return "; ".join(parts) or None


def _officers(count: int) -> str:
    return f"{_counted(count)} officer{'s' if count > 1 else ''}"


def _counted(count: int) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return words[count] if count < len(words) else str(count)


def _listed(words: list[str]) -> str:
    return " and ".join(dict.fromkeys(words))
