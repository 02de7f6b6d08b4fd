"""A drill's report: how many came home how fast, what went wrong on the way, and whether every promise held."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pendulum

from models.case import CaseStatus, Step


def percentile(values: list[float], share: float) -> float | None:
    """Return the value that so large a share of the values does not exceed (nearest rank); None of no values."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)] if values else None


@dataclass(frozen=True, slots=True)
class StepTimes:
    """How long a step kept its officers and the system."""

    step: Step
    questions: int
    to_decide_s: tuple[float, ...]
    """From each question shown to its decision, seconds."""
    to_next_s: tuple[float, ...]
    """From each decision to the next question shown, or the journey's end, seconds."""


@dataclass(frozen=True, slots=True)
class Promise:
    """One thing that must hold whatever went wrong."""

    words: str
    """What was promised, in English, as the report prints it."""
    words_ko: str
    holds: bool
    found: str
    """What was counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What came of a drill."""

    operation: str
    seed: int
    people: int
    began_at: pendulum.DateTime
    ended_at: pendulum.DateTime
    opened_s: float
    """How long the list, the words and the portraits took."""
    home_s: tuple[float, ...]
    """From the start of the operation to each person's handoff, seconds."""
    waiting: tuple[tuple[str, Step], ...]
    """Who waits for a person's answer at the end: reference and step."""
    decisions: tuple[tuple[str, int], ...]
    """Decisions by door."""
    steps: tuple[StepTimes, ...]
    processes: tuple[str, ...]
    """What ran, and could be killed."""
    struck: tuple[tuple[str, int], ...]
    """What went wrong, and how often."""
    alarms: tuple[tuple[str, int], ...]
    """Alarms that stood at the end, by kind."""
    promises: tuple[Promise, ...]

    @property
    def holds(self) -> bool:
        """Whether every promise held."""
        return all(promise.holds for promise in self.promises)

    @property
    def lasted_s(self) -> float:
        """From the first row of the list to the last handoff or answer, seconds."""
        return (self.ended_at - self.began_at).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What was counted of one person, on file and at the partners."""

    reference: str
    status: CaseStatus
    held: int
    """Seats on file that are kept unpaid."""
    tickets: int
    """Seats on file that are paid."""
    documents: int
    """On file, in use or used up."""
    orders: int
    """At the airline, alive."""
    holds: int
    """At the airline, alive and unpaid."""
    payments: int
    commitments: int
    registered: int
    """Documents at border control, in use or used up."""
    receipts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What the partners counted altogether, whosoever it is."""

    orders: int
    holds: int
    payments: int
    commitments: int
    registered: int
    receipts: int


_FUNDED = (CaseStatus.funded, CaseStatus.released, CaseStatus.home)
_ISSUED = (CaseStatus.released, CaseStatus.home)
_NAMED_AT_MOST = 3


def once_each(people: Sequence[Counted], totals: Totals) -> tuple[Promise, ...]:
    """
    Return what must hold for each person, and whether it does; equal sums prove nothing.

    One who is underway may have what belongs to the next step already, and never two of anything.
    """
    return (
        _of_each(
            "One live order for each traveller at most", "탑승객마다 살아 있는 예약은 하나 이하", "live orders",
            [(each, each.orders, min(1, each.held + each.tickets), 1) for each in people], totals.orders,
        ),
        _of_each(
            "What the airline was paid for each is what we know of", "항공사에 낸 결제는 사람마다 장부와 같음",
            "payments", [(each, each.payments, each.tickets, each.tickets) for each in people], totals.payments,
        ),
        _of_each(
            "No hold is left at the airline that no case knows", "알려지지 않은 미결제 예약 없음", "unpaid holds",
            [(each, each.holds, each.held, each.held) for each in people], totals.holds,
        ),
        _of_each(
            "One commitment for each funded journey", "승인된 경비마다 지출원인행위 하나", "commitments",
            [(each, each.commitments, int(each.status in _FUNDED or each.tickets > 0), 1) for each in people],
            totals.commitments,
        ),
        _of_each(
            "One released document for each person", "사람마다 발급된 여행증명서는 하나", "documents on file",
            [(each, each.documents, int(each.status in _ISSUED), 1) for each in people],
            sum(each.documents for each in people),
        ),
        _of_each(
            "Border control knows one document of each", "출입국에 등록된 여행증명서는 사람마다 하나",
            "documents at border control",
            [(each, each.registered, int(each.status in _ISSUED), 1) for each in people], totals.registered,
        ),
        _of_each(
            "One receipt for each person home", "귀국한 사람마다 인수증 하나", "receipts",
            [(each, each.receipts, is_home := int(each.status is CaseStatus.home), is_home) for each in people],
            totals.receipts,
        ),
    )  # fmt: skip


def _of_each(
    words: str, words_ko: str, what: str, people: Sequence[tuple[Counted, int, int, int]], total: int
) -> Promise:
    """Return a promise about so many of something for each person: what each has, at least must, and at most may."""
    wrong = [f"{each.reference} has {has}" for each, has, least, most in people if not least <= has <= most]
    nobodys = total - sum(has for _, has, _, _ in people)
    found = [f"{total} {what}", *wrong[:_NAMED_AT_MOST]]
    if len(wrong) > _NAMED_AT_MOST:
        found.append(f"and {len(wrong) - _NAMED_AT_MOST} more are wrong")
    if nobodys:
        found.append(f"{nobodys} of nobody here")
    return Promise(words, words_ko, holds=not wrong and not nobodys, found=", ".join(found))
