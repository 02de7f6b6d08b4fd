"""
Corrections: what officers write down after a case is open.

Each takes away the question that rested on the fact that changed; the door then rings the run's bell.
"""

import re

import pendulum
from sqlmodel import Session, col, select

from models import portrait
from models.case import LOCAL_ZONES, RepatriationCase, Stage, Step
from models.funding import CostKind, NotedCost, Payer, PrivatePayment
from models.handoff import HandoffState
from models.instrument import Instrument
from models.intent import Intent, IntentState
from models.message import AlarmKind
from models.money import Money
from models.person import Declaration, Person, Sex, Whereabouts, Wish
from models.travel_document import StockNumber
from tasks import alarms, case_file, decisions, funding, intents, representation, vault
from tasks.clock import now
from tasks.decisions import wish as wishes

WORD_LASTS = pendulum.duration(years=1)
"""An older word says nothing of what the person wishes now, and is a slip of the year more likely than a word."""

_open_case = case_file.load_open


def _told_when(
    happened_at: pendulum.DateTime, reported_at: pendulum.DateTime | None, *, option: str
) -> pendulum.DateTime:
    """Return when we were told, now unless said; refuse what cannot have been."""
    latest = now() + case_file.CLOCKS_DIFFER
    if happened_at > latest:
        raise case_file.Refused(f"That moment lies in the future; correct {option}.")
    if reported_at is None:
        return max(now(), happened_at)
    if not happened_at <= reported_at <= latest:
        raise case_file.Refused(
            f"It was reported after it happened and not in the future; correct --reported-at or {option}."
        )
    return reported_at


def declare(
    reference: str,
    *,
    wish: Wish,
    language: str,
    reader: str,
    declared_at: pendulum.DateTime,
    reported_at: pendulum.DateTime | None = None,
    interpreter: str | None = None,
    representative: int | None = None,
    after: int | None = None,
    officer: str,
) -> None:
    """
    Write down the person's own word about returning, in which language and by whom it was read out.

    A word against returning stops the journey until boarding: the open question goes to the coordinator instead. It
    does not lift a warrant; only its authority does: then it is asked, recorded and shown, and the journey goes on.
    For whoever does not sign, their verified representative says that they return; their own no always counts.
    `after` is how many words the officer's page knew of.

    Raises:
        case_file.Refused: a moment in the future or told before it was said, nobody who read it, or a word that is not
            the person's to give.
    """
    told_at = _told_when(declared_at, reported_at, option="--declared-at")
    if declared_at < now() - WORD_LASTS:
        raise case_file.Refused("A word is a year old at most; ask the person anew, or correct --declared-at.")
    if not reader.strip():
        raise case_file.Refused("Somebody read it to the person; say who with --reader.")
    with case_file.transaction() as session:
        case = _open_case(session, reference)
        case_file.refuse_merged(session, case)
        case_file.refuse_stale(seen=after, found=case_file.on_file(session, case).words)
        by = representation.chosen(session, case, representative)
        if by is not None or wish is Wish.return_home:
            # To refuse, a child or somebody who does not understand needs nobody: their own no is heard.
            representation.refuse_signature(session, case, by)
        session.add(
            Declaration(
                # Of the case in which whoever says it was written down, so that it ends with a merge that is undone.
                person_id=by.person_id if by else case.person_id,
                wish=wish,
                language=language,
                reader=reader,
                interpreter=interpreter,
                representative_id=by.id if by else None,
                declared_at=declared_at,
                reported_at=told_at,
                recorded_at=now(),
                recorded_by=officer,
            )
        )
        ids = {"wish": wish.value, "language": language}
        case_file.note(session, "declaration.recorded", actor=officer, about=case, ids=ids)
        words = f"The person's declaration was recorded: {wish.value}."
        case_file.tell(session, reference, words, happened_at=declared_at)
        decisions.withdraw(session, reference, Step.verification)
        decisions.withdraw(session, reference, Step.release)
        if wishes.stops(session, case):
            wishes.heed(session, case, decisions.close_question(session, reference) or Step.verification)


def set_portrait(
    reference: str,
    *,
    image: bytes,
    captured_at: pendulum.DateTime,
    officer: str,
    waiver: str | None = None,
    head: portrait.HeadMarks | None = None,
    after: int | None = None,
) -> None:
    """
    Store a portrait taken at the mission, with crown and chin where the officer marked them.

    The caller has checked that it is one. A head that is too small or too large is taken only with a waiver. `after`
    is how many portraits the officer's page knew to be stored.
    """
    if captured_at > now() + case_file.CLOCKS_DIFFER:
        raise case_file.Refused("A portrait cannot have been taken in the future; correct --captured-at.")
    if captured_at < now() - portrait.LASTS:
        raise case_file.Refused("A portrait is six months old at most; take a new one, or correct --captured-at.")
    if waiver is not None and not 0 < len(waiver.strip()) <= portrait.LONGEST_WAIVER:
        raise case_file.Refused("A waiver says in a few words what may differ, such as a bandage; the face stays.")
    if head is not None and waiver is None and (misfit := portrait.why_head_misfits(head)) is not None:
        raise case_file.Refused(misfit)
    with case_file.transaction() as session:
        case = _open_case(session, reference)
        case_file.refuse_merged(session, case)
        case_file.refuse_stale(seen=after, found=case_file.on_file(session, case).portraits)
        person = session.get_one(Person, case.person_id)
        person.portrait_sealed = vault.seal(session, person.id, "portrait", image)
        person.portrait_captured_at, person.portrait_captured_by = captured_at, officer
        person.portrait_waiver = waiver
        person.portrait_crown, person.portrait_chin = (head.crown, head.chin) if head else (None, None)
        session.add(person)
        case_file.note(session, case_file.PORTRAIT_STORED, actor=officer, about=case)
        case_file.tell(session, reference, f"A portrait was taken by {officer}.")
        if decisions.approval(session, reference, Step.authorise, at=now()) is None:
            # Who is asked now is asked about this portrait; what was agreed stands, and the release shows the new one.
            decisions.withdraw(session, reference, Step.authorise)
        decisions.withdraw(session, reference, Step.release)


def locate(
    reference: str,
    *,
    place: str,
    keeper: str,
    host_status: str,
    next_contact_due_at: pendulum.DateTime,
    since: pendulum.DateTime | None = None,
    reported_at: pendulum.DateTime | None = None,
    after: int | None = None,
    officer: str,
) -> None:
    """
    Write down where the person is, since when, in whose keeping, and when we must hear of them again.

    `after` is of how many such notes the officer's page knew.
    """
    at = now()
    told_at = _told_when(since or at, reported_at, option="--since")
    with case_file.transaction() as session:
        case = case_file.load_in_care(session, reference)
        case_file.refuse_merged(session, case)
        case_file.refuse_stale(seen=after, found=case_file.on_file(session, case).notes)
        session.add(
            Whereabouts(
                person_id=case.person_id,
                place_sealed=vault.seal_text(session, case.person_id, "place", place),
                keeper_sealed=vault.seal_text(session, case.person_id, "keeper", keeper),
                host_status=host_status,
                since=since or at,
                reported_at=told_at,
                next_contact_due_at=next_contact_due_at,
                recorded_at=at,
                recorded_by=officer,
            )
        )
        case_file.note(session, "whereabouts.recorded", actor=officer, about=case)
        alarms.clear_of(session, case, AlarmKind.contact_overdue)
        words = f"The person's whereabouts were recorded by {officer}."
        case_file.tell(session, reference, words, happened_at=since)


def note_cost(reference: str, *, kind: CostKind, amount: Money, officer: str) -> None:
    """Write down a cost the journey will have; there is no amount that is too large."""
    if amount.amount_minor <= 0:
        raise case_file.Refused("A cost is more than nothing; write the amount like 412.30.")
    with case_file.transaction() as session:
        case = _open_case(session, reference)
        session.add(_cost_line(reference, kind, amount, officer))
        case_file.note(session, "cost.noted", actor=officer, about=case, ids={"kind": kind.value})
        case_file.tell(session, reference, f"A cost was noted by {officer}.")
        decisions.withdraw(session, reference, Step.funding)


def take_back_cost(reference: str, *, kind: CostKind, amount: Money, officer: str) -> None:
    """Take back a cost that was noted in error; both lines stay."""
    with case_file.transaction() as session:
        case = _open_case(session, reference)
        same = [
            cost
            for cost in funding.standing_costs(session, reference)
            if (cost.kind, Money(cost.amount_minor, cost.currency)) == (kind, amount)
        ]
        if not same:
            raise case_file.Refused(f"No cost {kind.value} {amount} is noted in {reference}; write it as it was noted.")
        session.add(_cost_line(reference, kind, amount, officer, withdraws=same[-1]))
        case_file.note(session, "cost.taken_back", actor=officer, about=case, ids={"kind": kind.value})
        case_file.tell(session, reference, f"A cost was taken back by {officer}.")
        decisions.withdraw(session, reference, Step.funding)


def _cost_line(
    reference: str, kind: CostKind, amount: Money, officer: str, *, withdraws: NotedCost | None = None
) -> NotedCost:
    return NotedCost(
        reference=reference,
        kind=kind,
        amount_minor=amount.amount_minor,
        currency=amount.currency,
        noted_at=now(),
        noted_by=officer,
        withdraws_id=withdraws.id if withdraws else None,
    )


def correct_person(
    reference: str,
    *,
    name_hangul: str | None = None,
    name_latin: str | None = None,
    sex: Sex | None = None,
    birth_date: str | None = None,
    birthplace: str | None = None,
    passport_number: str | None = None,
    passport_in_hand: bool | None = None,
    officer: str,
) -> None:
    """
    Correct what the field wrote down about a person; what is not named stays, and the registry is asked again.

    Raises:
        case_file.Refused: an odd value, or an identity that is confirmed already.
    """
    case_file.refuse_odd(
        name_hangul=name_hangul, name_latin=name_latin, birth_date=birth_date, passport_number=passport_number
    )
    named = {"name_hangul": name_hangul, "name_latin": name_latin, "sex": sex, "birth_date": birth_date,
             "birthplace": birthplace, "passport_in_hand": passport_in_hand}  # fmt: skip
    changes = {name: value for name, value in named.items() if value is not None}
    with case_file.transaction() as session:
        case = _open_case(session, reference)
        if case_file.identity(session, reference) is not None:
            raise case_file.Refused("The identity is confirmed; have the case returned to verification first.")
        person = session.get_one(Person, case.person_id)
        for name, value in changes.items():
            setattr(person, name, value)
        if passport_number:
            person.passport_number_sealed = vault.seal(session, person.id, "passport_number", passport_number.encode())
            person.passport_number_lookup = vault.keyed_hash("passport_number", passport_number)
        session.add(person)
        fields = ",".join(sorted([*changes, *(["passport_number"] if passport_number else [])]))
        case_file.note(session, "person.corrected", actor=officer, about=case, ids={"fields": fields})
        case_file.tell(session, reference, f"What the field wrote was corrected by {officer}.")
        decisions.void_from(session, case, Stage.verification)


def note_private_payment(
    reference: str,
    *,
    payer: Payer,
    payer_officer: str | None,
    amount: Money,
    purpose: str,
    paid_at: pendulum.DateTime | None = None,
    reported_at: pendulum.DateTime | None = None,
    officer: str,
) -> None:
    """Write down what somebody paid from their own pocket, and when, so that it can be paid back."""
    at = now()
    told_at = _told_when(paid_at or at, reported_at, option="--paid-at")
    if amount.amount_minor <= 0:
        raise case_file.Refused("A payment is more than nothing; write the amount like 412.30.")
    with case_file.transaction() as session:
        case = _open_case(session, reference)
        add_private_payment(
            session, case, payer=payer, payer_officer=payer_officer, amount=amount, purpose=purpose,
            paid_at=paid_at or at, reported_at=told_at, officer=officer,
        )  # fmt: skip
        decisions.withdraw(session, reference, Step.funding)


def add_private_payment(
    session: Session,
    case: RepatriationCase,
    *,
    payer: Payer,
    payer_officer: str | None = None,
    amount: Money,
    purpose: str,
    paid_at: pendulum.DateTime | None,
    reported_at: pendulum.DateTime,
    officer: str,
) -> None:
    """Write down a private payment within a transaction that is open; `paid_at` None when nobody said when."""
    session.add(
        PrivatePayment(
            reference=case.reference,
            payer=payer,
            payer_officer=payer_officer,
            amount_minor=amount.amount_minor,
            currency=amount.currency,
            purpose_sealed=vault.seal(session, case.person_id, "private_payment", purpose.encode()),
            paid_at=paid_at,
            reported_at=reported_at,
            noted_at=now(),
            noted_by=officer,
        )
    )
    case_file.note(session, "private_payment.noted", actor=officer, about=case, ids={"payer": payer.value})
    case_file.tell(session, case.reference, f"A private payment was noted by {officer}.", happened_at=paid_at)


def choose_receiver(reference: str, *, agency: str, officer: str) -> None:
    """Name the agency that will be asked to receive the person; refused while another has accepted."""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+){0,9}", agency) or len(agency) > 60:
        raise case_file.Refused("An agency has a short name like incheon-airport-desk; write it so.")
    with case_file.transaction() as session:
        case = _open_case(session, reference)
        handoff = case_file.live_handoff(session, reference)
        if handoff is not None and handoff.state is not HandoffState.offered:
            raise case_file.Refused(
                f"{handoff.agency} has accepted; only its refusal frees the case for another receiver."
            )
        if handoff is not None:
            # Should the first answer after all, it answers an offer that was taken back.
            handoff.state = HandoffState.refused
            session.add(handoff)
            intent = session.get_one(Intent, handoff.intent_id, with_for_update=True)
            intents.settle(session, intent, IntentState.undone, words="another receiver was chosen")
        decisions.withdraw(session, reference, Step.release)
        case.receiving_agency = agency
        session.add(case)
        case_file.note(session, "receiver.chosen", actor=officer, about=case, ids={"agency": agency})
        case_file.tell(session, reference, f"A receiver was chosen by {officer}.")


def receive_numbers(
    mission: str,
    numbers: list[str],
    *,
    instrument: Instrument = Instrument.travel_certificate,
    officer: str,
) -> int:
    """
    Enter document numbers into a mission's stock, all or none; return how many.

    Raises:
        case_file.Refused: an unknown mission, a number of another form, or one that was received before.
    """
    if mission not in LOCAL_ZONES:
        raise case_file.Refused(f"No mission of ours serves {mission}; choose one of {', '.join(LOCAL_ZONES)}.")
    if wrong := [number for number in numbers if not re.fullmatch(r"[A-Z0-9]{9}", number)]:
        raise case_file.Refused(f"{len(wrong)} lines are not nine letters A-Z and digits; the first is {wrong[0]!r}.")
    at = now()
    with case_file.transaction() as session:
        known = session.exec(select(StockNumber.number).where(col(StockNumber.number).in_(numbers))).all()
        if known:
            raise case_file.Refused(f"{len(known)} of these numbers were received before; no number is used twice.")
        session.add_all(
            StockNumber(
                number=n, mission=mission, instrument=instrument, received_at=at, received_by=officer, moved_at=at
            )
            for n in numbers
        )
        ids = {"mission": mission, "count": str(len(numbers)), "instrument": instrument.value}
        case_file.note(session, "numbers.received", actor=officer, ids=ids)
    return len(numbers)
