"""Asking the population registry for one person: few queries, few records, none read through."""

from dataclasses import dataclass, field
from typing import Protocol

from models.matching.comparing import compare, is_settled, rank
from models.matching.plan import CALLS_AT_MOST, READABLE, Query, is_as_wide, is_within, likely, likely_together, stages
from models.verification import Candidate, Coverage, Record, Reported

UNREAD_AT_MOST = 0.85
"""The score while somebody who fits a query as well was not opened: they may be the one who is meant."""


class Asked(Protocol):
    """A registry that answers queries and opens records."""

    def find_persons(self, query: Query, *, limit: int) -> list[str]:
        """Return the ids of the people who fit, at most so many."""

    def read_record(self, registry_id: str, *, with_next_of_kin: bool) -> Record:
        """Return one person's record."""


@dataclass
class Search:
    """What was asked for one person, and who was found."""

    answered: list[Query] = field(default_factory=list)
    too_wide: list[Query] = field(default_factory=list)
    opened: dict[str, Candidate] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    """Ids of an answer for whom no call was left."""
    unasked: int = 0
    """Queries for whoever is registered as they were written that no answer covers."""

    @property
    def candidates(self) -> list[Candidate]:
        """Everybody who fits, best first; empty is an answer of its own."""
        ranked = rank(list(self.opened.values()))
        if self.unread - self.opened.keys():
            return [each.model_copy(update={"score": min(each.score, UNREAD_AT_MOST)}) for each in ranked]
        return ranked

    @property
    def calls_left(self) -> int:
        """How many calls may still be made."""
        return CALLS_AT_MOST - len(self.answered) - len(self.too_wide) - len(self.opened)

    @property
    def coverage(self) -> Coverage:
        """How far the registry could be looked through, for whoever decides on what was found."""
        return Coverage(
            queries=len(self.answered) + len(self.too_wide),
            records=len(self.opened),
            too_wide=len(self.too_wide),
            unread=len(self.unread - self.opened.keys()),
            unasked=self.unasked,
        )

    def may_help(self, query: Query) -> bool:
        """Return whether a query can find anybody new: not within one answered, nor as wide as one too wide."""
        return not (
            any(is_within(query, wide) for wide in self.answered)
            or any(is_within(wide, query) or is_as_wide(query, wide) for wide in self.too_wide)
        )


def search(registry: Asked, reported: Reported) -> Search:
    """
    Ask stage by stage until somebody settles it, or the calls are spent.

    A query whose answer could no longer be read is not asked, but for a last one where nobody was found.
    """
    done = Search()
    for stage in stages(reported):
        for query in stage:
            if done.calls_left < 2:
                return _counted(registry, reported, done)
            if done.may_help(query):
                _ask(registry, query, reported, done)
        if is_settled(list(done.opened.values())):
            return done
    return _counted(registry, reported, done)


def _counted(registry: Asked, reported: Reported, done: Search) -> Search:
    """Count what is left open; where nobody fits, what calls are left ask whether anybody is there at all."""

    def left_open() -> list[Query]:
        return [query for query in likely(reported) if not any(is_within(query, wide) for wide in done.answered)]

    open_ = left_open()
    while open_ and done.calls_left and not done.candidates:
        # The one that covers most, of those the narrowest: both days of a date that may be exchanged are one query.
        helping = [query for query in [*open_, *likely_together(reported)] if done.may_help(query)]
        if not helping:
            break
        _ask(registry, max(helping, key=lambda query: sum(is_within(each, query) for each in open_)), reported, done)
        open_ = left_open()
    done.unasked = len(open_)
    return done


def _ask(registry: Asked, query: Query, reported: Reported, done: Search) -> None:
    found = registry.find_persons(query, limit=READABLE + 1)
    if len(found) > READABLE:
        done.too_wide.append(query)
        return
    done.answered.append(query)
    for registry_id in found:
        if registry_id in done.opened:
            continue
        if not done.calls_left:
            done.unread.add(registry_id)
            continue
        record = registry.read_record(registry_id, with_next_of_kin=reported.next_of_kin_phone is not None)
        done.opened[registry_id] = compare(reported, record)
