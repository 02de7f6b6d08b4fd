"""Judging a drill: every promise counted at the partners and in the case database, and how long each step took."""

import time
from collections import Counter
from typing import Any

import httpx
from sqlmodel import col, func, select

from models.booking import Booking, BookingState
from models.case import CaseStatus, RepatriationCase, Step
from models.decision import Asking, Decision
from models.ledger import LedgerPosting
from models.rehearsal import Promise, StepTimes
from models.travel_document import DocumentState, TravelDocument
from tasks import case_file, seals

_BACK_WITHIN_S = 60.0

_IN_USE = (DocumentState.valid, DocumentState.cancelled)
_FUNDED = (CaseStatus.funded, CaseStatus.released, CaseStatus.home)


def promises(references: list[str], people: list[dict[str, Any]], *, control: str) -> tuple[Promise, ...]:
    """Return what must hold whatever went wrong, and whether it does; partners are asked at their control port."""
    counts = httpx.get(f"{control}/counts", timeout=30).raise_for_status().json()
    with case_file.transaction() as session:
        cases = session.exec(select(RepatriationCase).where(col(RepatriationCase.reference).in_(references))).all()
        asked = set(
            session.exec(
                select(Asking.reference).where(col(Asking.closed_at).is_(None), col(Asking.shown_at).is_not(None))
            )
        )
        seats = Counter(
            state for state in session.exec(select(Booking.state).where(col(Booking.reference).in_(references)))
        )
        papers = session.exec(
            select(TravelDocument.person_id, TravelDocument.number).where(col(TravelDocument.state).in_(_IN_USE))
        ).all()
        sums = session.exec(
            select(LedgerPosting.currency, func.sum(LedgerPosting.amount_minor)).group_by(col(LedgerPosting.currency))
        ).all()
    chain = _chain()
    status = {case.reference: case.status for case in cases}
    home = sum(each is CaseStatus.home for each in status.values())
    lost = [each for each in references if status[each] is not CaseStatus.home and each not in asked]
    travellers = [f"{p['surname_latin']}/{p['given_latin'][:20]}/{p['born_on']}".upper() for p in people]
    orders = Counter(counts["orders_live_by_traveller"].get(traveller, 0) for traveller in travellers)
    twice = sum(count for held, count in orders.items() if held > 1)
    ticketed, held = seats[BookingState.ticketed], seats[BookingState.held]
    funded = sum(each in _FUNDED for each in status.values())
    unbalanced = {currency: total for currency, total in sums if total}
    return (
        Promise(
            "Everybody is home or waits for a person's answer", "모두 귀국했거나 사람의 답을 기다림", not lost,
            f"{home} home, {len(references) - home - len(lost)} wait, {len(lost)} in nobody's charge",
        ),
        Promise(
            "One live order for each traveller at most", "탑승객마다 살아 있는 예약은 하나 이하", not twice,
            f"{counts['orders_live']} live orders, {twice} travellers with more than one",
        ),
        Promise(
            "What the airline was paid is what we know of", "항공사에 낸 결제는 모두 장부에 있음",
            counts["orders_paid"] == ticketed and counts["payments"] == ticketed,
            f"{counts['payments']} payments, {ticketed} tickets on file",
        ),
        Promise(
            "No hold is left at the airline that no case knows", "알려지지 않은 미결제 예약 없음",
            counts["holds_unpaid"] == held, f"{counts['holds_unpaid']} unpaid holds, {held} on file",
        ),
        Promise(
            "One commitment for each funded journey", "승인된 경비마다 지출원인행위 하나",
            funded <= counts["commitments_posted"] <= len(references) and counts["commitments_posted"] >= ticketed,
            f"{counts['commitments_posted']} commitments, {funded} funded journeys",
        ),
        Promise(
            "One released document for each person, of a number of its own", "사람마다 발급된 여행증명서와 번호는 하나",
            len({person for person, _ in papers}) == len({number for _, number in papers}) == len(papers)
            and max(counts["documents_valid_by_holder"].values(), default=0) <= 1,
            f"{len(papers)} documents",
        ),
        Promise(
            "One receipt for each person home", "귀국한 사람마다 인수증 하나", counts["receipts"] == home,
            f"{counts['receipts']} receipts, {home} home",
        ),
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
