"""Sheets: what an officer may sign as one list, and signing it with one code."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from models.booking import BookingProposal
from models.case import RepatriationCase
from models.decision import Answer, Asking, Door, Outcome, Proposal, seen_code
from models.funding import BOOK_CURRENCY, FundingProposal
from models.judgement import refused_words
from models.listing import AskingPlace
from models.money import Money
from models.officer import Officer
from models.person import Category
from models.sheet import LISTABLE, NEEDED_FOR, Alone, Item, Sheet, SignedSheet, sort_out
from models.verification import LookoutHit
from tasks import case_file, officers, signatures
from tasks.clock import now
from tasks.decisions import proposals
from tasks.decisions.record import AnswerRefused, record_proved
from tasks.policy import policy

MOST_LISTED = 300
"""Questions that are looked at for lists, the oldest: more than any aircraft has seats for escorts and escorted."""

_BY_CATEGORY = {Category.minor: Alone.minor, Category.patient: Alone.patient}


def sheets(officer: Officer) -> tuple[list[Sheet], list[tuple[Item, Alone]]]:
    """Return the lists an officer may sign, and what they must look at one by one with the reason; it is audited."""
    with case_file.transaction() as session:
        at = now()
        held = signatures.mandates(session, officer, at=at)
        mine = (
            select(AskingPlace.asking_id)
            .join(Asking, col(Asking.id) == AskingPlace.asking_id)
            .where(
                col(AskingPlace.role).in_({mandate.role.value for mandate in held}),
                ~col(AskingPlace.is_closed),
                col(Asking.step).in_(LISTABLE),
            )
            .order_by(col(AskingPlace.first_asked_at), col(AskingPlace.asking_id))
            .limit(MOST_LISTED)
        )
        rows = session.exec(
            select(Asking, Proposal, RepatriationCase)
            .join(Proposal, col(Proposal.id) == Asking.proposal_id)
            .join(RepatriationCase, col(RepatriationCase.reference) == Asking.reference)
            .where(col(Asking.closed_at).is_(None), col(Asking.id).in_(mine))
            .order_by(Asking.reference)
        ).all()
        items = []
        for asking, proposal, case in rows:
            question = signatures.question(session, case, asking, proposal)
            free = [mandate for mandate in held if not any(who in question.barred for who in mandate.persons)]
            lapsed = proposal.valid_until is not None and at >= proposal.valid_until
            if not lapsed and signatures.concerns(question, free):
                items.append(_item(session, case, asking, proposal))
                ids = {"purpose": "sheet", "step": asking.step.value}
                case_file.note(session, "person.read", actor=officer.number, about=case, ids=ids)
    found, alone = sort_out(items, tolerance_percent=policy().fare_tolerance_percent)
    return found, [(item, _told_to(officer, why)) for item, why in alone]


def _told_to(officer: Officer, why: Alone) -> Alone:
    """Return a reason as an officer may read it."""
    return why if why not in NEEDED_FOR or officer.may(NEEDED_FOR[why]) else Alone.by_itself


def _item(session: Session, case: RepatriationCase, asking: Asking, proposal: Proposal) -> Item:
    content = proposals.content_of(session, proposal)
    booking = case_file.require_booking(session, case.reference)
    leaves = booking.route.segments[0]
    unlike = _unlike(session, case, asking)
    if isinstance(content, BookingProposal):
        amount = Money.parse(content.total, content.currency)
        unlike += [Alone.custody] if content.custody else []
    elif isinstance(content, FundingProposal):
        amount = Money.parse(content.total, BOOK_CURRENCY)
        unlike += [Alone.claims] if content.private_payments else []
    else:
        raise TypeError(f"{asking.step} is looked at one by one")
    flight = f"{leaves.flight_number} {leaves.departs_local:%Y-%m-%d}"
    return Item(asking.id, case.reference, asking.step, proposal.digest, flight, amount, tuple(unlike))


def _unlike(session: Session, case: RepatriationCase, asking: Asking) -> list[Alone]:
    categories = case_file.categories(session, case.person_id)
    found = [_BY_CATEGORY[category] for category in categories if category in _BY_CATEGORY]
    hits = session.exec(
        select(LookoutHit).where(LookoutHit.reference == case.reference, col(LookoutHit.superseded_at).is_(None))
    ).first()
    return [*found, *([Alone.hit] if hits else []), *([Alone.help] if asking.note else [])]


@dataclass(frozen=True, slots=True)
class Signed:
    """What became of one case on a signed sheet."""

    reference: str
    refused: str | None
    """Why the case got no decision, in one sentence; None when it got one."""


def sign(officer_number: str, code: str, *, seen: str, reason_code: str, door: Door) -> tuple[Sheet, list[Signed]]:
    """
    Approve every question on the sheet whose letters these are, with one code; each case gets its own decision.

    A case whose facts change while the sheet is being signed is refused alone and asked again.

    Raises:
        AnswerRefused: no sheet of the officer bears these letters now, a wrong code, or a reason that does not fit.
    """
    by_number = {officer.number: officer for officer in officers.listed()}
    found = sheets(by_number[officer_number])[0] if officer_number in by_number else []
    sheet = next((each for each in found if each.seen == seen.strip().upper()), None)
    if sheet is None:
        raise AnswerRefused("No list waits for you with these letters; something has changed, so look at it again.")

    def answer(digest: str) -> Answer:
        return Answer(
            officer=officer_number, code="", seen=seen_code(digest), outcome=Outcome.approve.value,
            reason_code=reason_code, door=door,
        )  # fmt: skip

    if (words := refused_words(answer(sheet.digest), sheet.step)) is not None:
        raise AnswerRefused(words)
    try:
        officer, time_step = officers.prove(officer_number, code, on="sheet")
    except officers.NotProved as unproved:
        raise AnswerRefused(str(unproved)) from None
    signed = SignedSheet(
        step=sheet.step, digest=sheet.digest, questions=len(sheet.items), officer=officer.number,
        code_time_step=time_step, signed_at=now(),
    )  # fmt: skip
    with case_file.transaction() as session:
        session.add(signed)
        ids = {"sheet_id": str(signed.id), "step": sheet.step.value, "questions": str(len(sheet.items))}
        case_file.note(session, "sheet.signed", actor=officer.number, ids=ids)
    results = []
    for item in sheet.items:
        try:
            record_proved(
                item.reference, item.step.value, answer(item.digest), officer, time_step,
                sheet_id=signed.id, asking_id=item.asking_id,
            )  # fmt: skip
            results.append(Signed(item.reference, None))
        except AnswerRefused as refused:
            results.append(Signed(item.reference, str(refused)))
    return sheet, results
