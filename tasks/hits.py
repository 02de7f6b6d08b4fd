"""Hits: telling whoever holds an entry of the person, as its decider owes; nobody else learns of them by this."""

import pendulum
from sqlmodel import Session, col, select

from models.case import RepatriationCase, Step
from models.hit import HitNotice, HitRouting, is_holder_told, routed_words, told_words
from models.message import AlarmKind
from models.verification import HitKind, LookoutHit
from tasks import alarms, case_file, decisions
from tasks.clock import now
from tasks.rounds import Round

CLOCKS_DIFFER = pendulum.duration(minutes=5)


def notices(session: Session, hit: LookoutHit) -> list[HitNotice]:
    """Return who was told because of an entry, also where an earlier examination had found the same one."""
    same = (
        select(HitNotice)
        .join(LookoutHit, col(LookoutHit.id) == HitNotice.hit_id)
        .where(
            HitNotice.reference == hit.reference,
            LookoutHit.kind == hit.kind,
            LookoutHit.authority_reference == hit.authority_reference,
        )
        .order_by(col(HitNotice.told_at), col(HitNotice.recorded_at))
    )
    return list(session.exec(same))


def told(session: Session, reference: str) -> tuple[str, ...]:
    """Return for the entries that wait for their decision who was told because of them, and who was not yet."""
    found = sorted(case_file.open_hits(session, reference), key=lambda hit: hit.authority_reference)
    return tuple(line for hit in found for line in told_words(hit, notices(session, hit)))


def routed(session: Session, reference: str) -> tuple[str, ...]:
    """Return for the entries that were decided on which agency decided, which one holds it, and whether it knows."""
    lines = [routed_words(routing, hit, notices(session, hit)) for routing, hit in _routed(session, reference)]
    # Decided before the agency was written down beside the decision.
    earlier = session.exec(
        select(LookoutHit.decision_id)
        .where(
            LookoutHit.reference == reference,
            col(LookoutHit.decision_id).is_not(None),
            col(LookoutHit.superseded_at).is_(None),
            col(LookoutHit.id).not_in(select(HitRouting.hit_id)),
        )
        .order_by(LookoutHit.authority_reference)
    )
    return (*lines, *dict.fromkeys(str(decision) for decision in earlier))


def _routed(session: Session, reference: str | None = None) -> list[tuple[HitRouting, LookoutHit]]:
    query = (
        select(HitRouting, LookoutHit)
        .join(LookoutHit, col(LookoutHit.id) == HitRouting.hit_id)
        .where(col(LookoutHit.superseded_at).is_(None))
        .order_by(HitRouting.reference, LookoutHit.authority_reference)
    )
    if reference is not None:
        query = query.where(HitRouting.reference == reference)
    return [(routing, hit) for routing, hit in session.exec(query)]


def inform(
    reference: str, kind: HitKind, *, agency: str | None = None, told_at: pendulum.DateTime, officer: str
) -> list[str]:
    """
    Write down that an agency was told of the person because of an entry; the one that holds it, unless named.

    Returns the agencies told.

    Raises:
        case_file.Refused: no entry of this kind stands, or it cannot have been then.
    """
    if told_at > now() + CLOCKS_DIFFER:
        raise case_file.Refused("Nobody was told in the future; correct --told-at.")
    if agency is not None and (not agency.strip() or len(agency) > 120):
        raise case_file.Refused("Name the agency in a few words; a family is told nothing here.")
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        standing = session.exec(
            select(LookoutHit)
            .where(LookoutHit.reference == reference, LookoutHit.kind == kind, col(LookoutHit.superseded_at).is_(None))
            .order_by(LookoutHit.authority_reference)
        ).all()
        if not standing:
            raise case_file.Refused(f"No {kind.value} stands in case {reference}; look at its evidence again.")
        for hit in standing:
            session.add(
                HitNotice(
                    reference=reference, hit_id=hit.id, agency=agency or hit.authority, told_at=told_at,
                    recorded_at=now(), recorded_by=officer,
                )
            )  # fmt: skip
            session.flush()
            case_file.note(session, "agency.told", actor=officer, about=case, ids={"kind": kind.value})
        # Which list it is about, the timeline keeps to itself.
        words = f"An agency that holds an entry was told, as {officer} wrote down."
        case_file.tell(session, reference, words, happened_at=told_at)
        if all(is_holder_told(hit, notices(session, hit)) for _, hit in _routed(session, reference)):
            alarms.clear_of(session, case, AlarmKind.holder_not_told)
        decisions.withdraw(session, reference, Step.lookout)
        if case_file.identity(session, reference) is None:
            decisions.withdraw(session, reference, Step.verification)
        return [agency or hit.authority for hit in standing]


def sound_overdue(*, at: pendulum.DateTime, within: Round | None = None) -> int:
    """
    Raise an alarm, once for each entry, whose holder was not told in time; return how many they are.

    Telling the holder clears it; so does an entry that turns out to be about somebody else.
    """
    this_round = within or Round("reminding")
    with case_file.transaction() as session:
        late = [
            routing
            for routing, hit in _routed(session)
            if at >= routing.tell_by and not is_holder_told(hit, notices(session, hit))
        ]
    for routing in late:
        with this_round.alone(routing.reference), case_file.transaction() as session:
            case: RepatriationCase = case_file.load(session, routing.reference, lock=True)
            alarms.sound(session, case, AlarmKind.holder_not_told, about=str(routing.id))
    over = {each.reference for each in alarms.standing() if each.kind is AlarmKind.holder_not_told and each.reference}
    for reference in sorted(over - {routing.reference for routing in late}):
        with this_round.alone(reference), case_file.transaction() as session:
            alarms.clear_of(session, case_file.load(session, reference, lock=True), AlarmKind.holder_not_told)
    return len(late)
