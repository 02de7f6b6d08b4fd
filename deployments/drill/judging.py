"""Judging a drill: every promise counted at the partners and in the case database, and how long each step took."""

import time
from collections import Counter
from typing import Any

import httpx
from sqlmodel import col, func, select

from models.booking import NAME_LIMIT, Booking, BookingState
from models.case import CaseStatus, RepatriationCase, Step
from models.decision import Asking, Decision
from models.ledger import LedgerPosting
from models.rehearsal import Counted, Promise, StepTimes, Totals, once_each
from models.travel_document import DocumentState, TravelDocument
from tasks import case_file, seals

_BACK_WITHIN_S = 60.0

_IN_USE = (DocumentState.valid, DocumentState.cancelled)


def promises(references: list[str], people: list[dict[str, Any]], *, control: str) -> tuple[Promise, ...]:
    """
    Return what must hold whatever went wrong, and whether it does; partners are asked at their control port.

    The people come in the order of their cases.
    """
    counts = httpx.get(f"{control}/counts", timeout=30).raise_for_status().json()
    with case_file.transaction() as session:
        cases = session.exec(select(RepatriationCase).where(col(RepatriationCase.reference).in_(references))).all()
        asked = set(
            session.exec(
                select(Asking.reference).where(col(Asking.closed_at).is_(None), col(Asking.shown_at).is_not(None))
            )
        )
        seats = Counter(session.exec(select(Booking.reference, Booking.state)).all())
        papers = session.exec(select(TravelDocument)).all()
        sums = session.exec(
            select(LedgerPosting.currency, func.sum(LedgerPosting.amount_minor)).group_by(col(LedgerPosting.currency))
        ).all()
    chain = _chain()
    status = {case.reference: case.status for case in cases}
    home = sum(each is CaseStatus.home for each in status.values())
    lost = [each for each in references if status[each] is not CaseStatus.home and each not in asked]
    unbalanced = {currency: total for currency, total in sums if total}
    issued = set(counts["documents_issued"])
    counted = []
    for reference, person in zip(references, people, strict=True):
        traveller = f"{person['surname_latin']}/{person['given_latin'][:NAME_LIMIT]}/{person['born_on']}".upper()
        theirs = [paper for paper in papers if paper.reference == reference]
        counted.append(
            Counted(
                reference=reference,
                status=status[reference],
                held=seats[reference, BookingState.held],
                tickets=seats[reference, BookingState.ticketed],
                documents=sum(paper.state in _IN_USE for paper in theirs),
                orders=counts["orders_live_by_traveller"].get(traveller, 0),
                holds=counts["holds_unpaid_by_traveller"].get(traveller, 0),
                payments=counts["payments_by_traveller"].get(traveller, 0),
                commitments=counts["commitments_posted_by_case"].get(reference, 0),
                registered=sum(paper.number in issued for paper in theirs),
                receipts=counts["receipts_by_case"].get(reference, 0),
            )
        )
    totals = Totals(
        orders=counts["orders_live"],
        holds=counts["holds_unpaid"],
        payments=counts["payments"],
        commitments=counts["commitments_posted"],
        registered=len(issued),
        receipts=counts["receipts"],
    )
    return (
        Promise(
            "Everybody is home or waits for a person's answer", "모두 귀국했거나 사람의 답을 기다림", not lost,
            f"{home} home, {len(references) - home - len(lost)} wait, {len(lost)} in nobody's charge",
        ),
        *once_each(counted, totals),
        Promise("The ledger balances", "장부의 차변과 대변이 같음", not unbalanced, str(unbalanced or "all zero")),
        Promise(
            "The audit chain and its seals hold", "감사 기록의 사슬과 봉인이 온전함", chain.fault is None,
            chain.fault or f"{chain.events} events, {chain.seals} seals",
        ),
    )  # fmt: skip


def _chain() -> seals.Checked:
    """Return what a check of chain and seals finds; a sealer that was killed last comes back first."""
    by = time.monotonic() + _BACK_WITHIN_S
    while True:
        try:
            return seals.check()
        except seals.SealerUnavailable:
            if time.monotonic() > by:
                raise
            time.sleep(0.2)


def step_times(references: list[str]) -> tuple[StepTimes, ...]:
    """Return how long each step took in some cases, in the order of the journey, by the database's own moments."""
    with case_file.transaction() as session:
        asked = session.exec(select(Asking).where(col(Asking.reference).in_(references))).all()
        decided = session.exec(select(Decision).where(col(Decision.reference).in_(references))).all()
        ended = dict(
            session.exec(
                select(RepatriationCase.reference, RepatriationCase.moved_at).where(
                    col(RepatriationCase.reference).in_(references), RepatriationCase.status == CaseStatus.home
                )
            ).all()
        )
    shown = {asking.id: asking.shown_at for asking in asked if asking.shown_at is not None}
    times = []
    for step in Step:
        to_decide, to_next = [], []
        for decision in (each for each in decided if each.step is step):
            if decision.asking_id is not None and (at := shown.get(decision.asking_id)) is not None:
                to_decide.append((decision.decided_at - at).total_seconds())
            after = [
                asking.shown_at
                for asking in asked
                if asking.reference == decision.reference
                and asking.shown_at is not None
                and asking.shown_at > decision.decided_at
            ]
            following = min(after) if after else ended.get(decision.reference)
            if following is not None:
                to_next.append((following - decision.decided_at).total_seconds())
        if questions := sum(asking.step is step for asking in asked):
            times.append(StepTimes(step, questions, tuple(to_decide), tuple(to_next)))
    return tuple(times)
