"""The document check: may this paper leave, cross and enter? A rule table stands in for the airlines' one."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal, get_args
from uuid import uuid4

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from deployments.sandbox.contract import ERRORS, Country, Message, require_token

RULES = Path(__file__).parent / "data" / "document_rules.json"

router = APIRouter(
    prefix="/document-check", tags=["document-check"], dependencies=[Depends(require_token)], responses={**ERRORS}
)

Verb = Literal["exit", "enter", "airside_transit", "landside_transit"]
Instrument = Literal["travel_certificate", "emergency_passport"]
Answer = Literal["ok", "conditional", "not_ok", "unknown"]

BEST_TO_WORST: tuple[Answer, ...] = ("ok", "conditional", "unknown", "not_ok")


class Point(Message):
    """One thing the traveller does in one country."""

    country: Country
    verb: Verb


class CheckRequest(Message):
    """A paper and the points of its journey, in order."""

    instrument: Instrument
    issuing_state: Country
    nationality: Country
    travel_on: date
    points: list[Point] = Field(min_length=1)


class Rule(Message):
    """What one country says to one point; `unknown` where the table has no row."""

    country: Country
    verb: Verb
    answer: Answer
    condition: str | None
    source: str
    source_date: date


class CheckAnswer(Message):
    """The worst answer of all points, and each point's own."""

    check_id: str
    answer: Answer
    rules: list[Rule]


class _Row(BaseModel):
    country: str
    verbs: list[Verb]
    instruments: list[Instrument] = list(get_args(Instrument))
    answer: Answer
    condition: str | None


class _Table(BaseModel):
    issuing_state: str
    nationality: str
    source: str
    source_date: date
    rules: list[_Row]


@cache
def _table() -> _Table:
    return _Table.model_validate_json(RULES.read_text(encoding="utf-8"))


@router.post("/v1/checks", summary="Check a paper against a journey")
async def check(body: CheckRequest) -> CheckAnswer:
    """Return the rule that meets each point; a paper of another state or for another nationality is unknown."""
    rules = [_rule(body, point) for point in body.points]
    worst = max((rule.answer for rule in rules), key=BEST_TO_WORST.index)
    return CheckAnswer(check_id=str(uuid4()), answer=worst, rules=rules)


def _rule(body: CheckRequest, point: Point) -> Rule:
    table = _table()
    covered = (body.issuing_state, body.nationality) == (table.issuing_state, table.nationality)
    rows = [
        row
        for row in table.rules
        if covered and row.country == point.country and point.verb in row.verbs and body.instrument in row.instruments
    ]
    return Rule(
        country=point.country,
        verb=point.verb,
        answer=rows[0].answer if rows else "unknown",
        condition=rows[0].condition if rows else None,
        source=table.source,
        source_date=table.source_date,
    )
