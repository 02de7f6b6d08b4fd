"""Rules of our own about where a document is accepted: what the ministry publishes, loaded with source and date."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from uuid import UUID, uuid4

import pendulum
from sqlmodel import Field

from models.columns import Moment, Row, word
from models.instrument import Instrument
from models.travel_document import Acceptance


class Verb(StrEnum):
    """What a holder does in a country."""

    exit = "exit"
    enter = "enter"
    airside_transit = "airside_transit"
    landside_transit = "landside_transit"


class RuleAnswer(StrEnum):
    """What a state says; `unknown` is a doubt somebody wrote down, and blocks like a no until it is cleared."""

    ok = "ok"
    conditional = "conditional"
    not_ok = "not_ok"
    unknown = "unknown"


class DocumentRule(Row, table=True):
    """One line of the table; the newest of an instrument, country and verb counts."""

    __tablename__ = "document_rule"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    instrument: Instrument = Field(sa_type=word(Instrument))
    country: str
    """ISO 3166-1 alpha-3."""
    verb: Verb = Field(sa_type=word(Verb))
    answer: RuleAnswer = Field(sa_type=word(RuleAnswer))
    condition: str | None = None
    source: str
    source_date: date
    checked_by: str
    """Who asked or read it there."""
    valid_until: date
    """The last day it counts; after it the line says nothing."""
    line: int
    """Place in its file, from 1."""
    loaded_at: pendulum.DateTime = Field(sa_type=Moment)
    loaded_by: str = Field(foreign_key="officer.number")


def together(checked: str, ours: RuleAnswer | None) -> str:
    """
    Return what counts of the document check's answer and of our own line, if there is one.

    A no of either is a no, and so is a doubt of ours. Where the check does not know, our line does.
    """
    if ours is None:
        return checked
    if checked == RuleAnswer.not_ok or ours in (RuleAnswer.not_ok, RuleAnswer.unknown):
        return RuleAnswer.not_ok.value if RuleAnswer.not_ok in (checked, ours) else RuleAnswer.unknown.value
    if checked == RuleAnswer.unknown:
        return ours.value
    return RuleAnswer.conditional.value if RuleAnswer.conditional in (checked, ours) else checked


def weighed(acceptances: Iterable[Acceptance], rules: Iterable[DocumentRule], *, on: date) -> list[Acceptance]:
    """Return what the document check said, with those of our lines that count on a day taken into account."""
    ours = {(rule.country, rule.verb.value): rule for rule in rules if rule.valid_until >= on}
    return [_weighed(each, ours.get((each.country, each.verb))) for each in acceptances]


def _weighed(said: Acceptance, rule: DocumentRule | None) -> Acceptance:
    if rule is None:
        return said
    answer = together(said.answer, rule.answer)
    if answer == said.answer != rule.answer:
        return said
    return Acceptance(
        country=said.country,
        verb=said.verb,
        answer=answer,
        condition="; ".join(words for words in (said.condition, rule.condition) if words) or None,
        source=rule.source,
        source_date=rule.source_date.isoformat(),
    )
