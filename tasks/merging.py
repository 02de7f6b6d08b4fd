"""Merging: a case becomes another report of a person who has one already, and may be a case of its own again."""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, select

from models.case import CaseStatus, RepatriationCase, Step
from models.duplicate import CaseMerge
from models.intake import IntakeList, IntakeRow
from models.intent import Intent, IntentState
from models.person import Person
from models.verification import masked
from tasks import case_file, decisions, vault
from tasks.clock import now
from tasks.findings import findings_of

_REST_ON_THE_PERSON = (Step.verification, Step.booking, Step.funding, Step.release)
"""Questions whose content the facts of a merged case change."""

_LEASE_WAIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Side:
    """One of two cases as they are shown beside each other."""

    reference: str
    status: CaseStatus
    facts: dict[str, str]


def standing() -> dict[str, str]:
    """Return the case each dropped one is merged into now."""
    with case_file.transaction() as session:
        merges = select(CaseMerge.reference, CaseMerge.kept).where(col(CaseMerge.unmerged_at).is_(None))
        return dict(session.exec(merges).all())


def side_by_side(kept: str, dropped: str, *, reader: str) -> tuple[Side, Side]:
    """Return two cases beside each other; both readings are audited."""
    with case_file.transaction() as session:
        sides = []
        for reference in (kept, dropped):
            case = case_file.load(session, reference)
            case_file.note(session, "person.read", actor=reader, about=case, ids={"purpose": "merge"})
            sides.append(Side(reference, case.status, _facts(session, case)))
    return sides[0], sides[1]


def merge(kept: str, dropped: str, *, reason: str, officer: str) -> UUID | None:
    """
    Let the facts of one case count for another; return the run that was working on the dropped one, if any.

    Nothing is copied: rows stay where they are and are read together while the merge stands.

    Raises:
        case_file.Refused: one is closed or merged, or something was bought or issued for the one to be dropped.
    """
    if kept == dropped:
        raise case_file.Refused("A case cannot be merged into itself; name two.")
    if not reason.strip():
        raise case_file.Refused("Say in a few words why they are one person: --reason.")
    with case_file.lease(dropped, wait_s=_LEASE_WAIT_S) as nobody_works_on_it:
        if not nobody_works_on_it:
            raise case_file.Refused(f"Case {dropped} is being worked on; try again in a minute.")
        with case_file.transaction() as session:
            keep, drop = _both(session, kept, dropped)
            _refuse_unmergeable(session, keep, drop)
            session.add(
                CaseMerge(
                    reference=dropped,
                    person_id=drop.person_id,
                    kept=kept,
                    reason_sealed=vault.seal(session, drop.person_id, "merge_reason", reason.strip().encode()),
                    merged_at=now(),
                    merged_by=officer,
                )
            )
            decisions.close_question(session, dropped)
            attempt = case_file.latest_attempt(session, dropped)
            running = attempt.flow_run_id if attempt is not None and attempt.ended_at is None else None
            if attempt is not None and running is not None:
                attempt.ended_at = now()
                session.add(attempt)
            _tell_both(session, keep, drop, officer=officer, act="merged", words="merged into")
    return running


def unmerge(dropped: str, *, officer: str) -> tuple[str, bool]:
    """
    Let a merged case be one of its own again; return the case it was merged into, and whether it had a journey.

    Raises:
        case_file.Refused: it is not merged.
    """
    with case_file.transaction() as session:
        # Loaded first, because it refuses what is no reference before the database is asked about it.
        case_file.load(session, dropped)
        merge_ = case_file.standing_merge(session, dropped)
        if merge_ is None:
            raise case_file.Refused(f"Case {dropped} is not merged into another.")
        keep, drop = _both(session, merge_.kept, dropped)
        session.refresh(merge_, with_for_update={"of": CaseMerge})
        if merge_.unmerged_at is not None:
            raise case_file.Refused(f"Case {dropped} is not merged into another.")
        merge_.unmerged_at, merge_.unmerged_by = now(), officer
        session.add(merge_)
        _tell_both(session, keep, drop, officer=officer, act="unmerged", words="separated from")
        return keep.reference, case_file.latest_attempt(session, dropped) is not None


def _both(session: Session, kept: str, dropped: str) -> tuple[RepatriationCase, RepatriationCase]:
    """Return both cases, locked in one order whoever comes first."""
    cases = {reference: case_file.load(session, reference, lock=True) for reference in sorted((kept, dropped))}
    return cases[kept], cases[dropped]


def _refuse_unmergeable(session: Session, keep: RepatriationCase, drop: RepatriationCase) -> None:
    for case in (keep, drop):
        if case.is_closed or case.ending:
            raise case_file.Refused(f"Case {case.reference} is closed or being ended; only open cases are merged.")
        if (earlier := case_file.standing_merge(session, case.reference)) is not None:
            raise case_file.Refused(f"Case {case.reference} is merged into {earlier.kept} already.")
    others = case_file.references_of(session, drop.reference)[1:]
    if others:
        raise case_file.Refused(f"Case {others[0]} is merged into {drop.reference}; unmerge it first.")
    begun = select(Intent.act).where(
        Intent.reference == drop.reference,
        col(Intent.state).in_([IntentState.sending, IntentState.unknown, IntentState.done]),
    )
    issued = case_file.open_document(session, drop.reference) is not None
    bought = case_file.live_booking(session, drop.reference) is not None or session.exec(begun).first() is not None
    if issued or bought or case_file.live_handoff(session, drop.reference) is not None:
        raise case_file.Refused(
            f"Something was reserved, bought or issued for {drop.reference}; keep that case, or have it returned first."
        )


def _tell_both(
    session: Session, keep: RepatriationCase, drop: RepatriationCase, *, officer: str, act: str, words: str
) -> None:
    session.flush()
    for case in (keep, drop):
        ids = {"kept": keep.reference, "dropped": drop.reference}
        case_file.note(session, f"case.{act}", actor=officer, about=case, ids=ids)
        case_file.tell(session, case.reference, f"{drop.reference} was {words} {keep.reference} by {officer}.")
    for step in _REST_ON_THE_PERSON:
        decisions.withdraw(session, keep.reference, step)


def _facts(session: Session, case: RepatriationCase) -> dict[str, str]:
    person = session.get_one(Person, case.person_id)
    where = case_file.whereabouts(session, person.id)
    place = vault.open_text(session, where.person_id, "place", where.place_sealed)
    found = findings_of(session, case.reference)
    best = found.candidates[0] if found is not None and found.candidates else None
    return {
        "Name": " · ".join(name for name in (person.name_hangul, person.name_latin) if name),
        "Sex": person.sex.value if person.sex else "",
        "Born on": person.birth_date or "",
        "Birthplace": person.birthplace or "",
        "Passport": _opened(session, person, "passport_number", person.passport_number_sealed),
        "Next of kin": "number on file" if person.next_of_kin_phone_lookup else "",
        "Place": f"{place}, {where.host_status}, since {where.since:%Y-%m-%d}",
        "Categories": ", ".join(case_file.categories(session, person.id)),
        "Registry": f"{best.record.registry_id}, score {best.score:.2f}" if best else "",
        "Reported in": _source(session, case.reference),
    }


def _opened(session: Session, person: Person, field: str, sealed: bytes | None) -> str:
    return masked(vault.open_(session, person.id, field, sealed).decode()) if sealed else ""


def _source(session: Session, reference: str) -> str:
    found = session.exec(
        select(IntakeList, IntakeRow)
        .join(IntakeRow, col(IntakeRow.list_id) == IntakeList.id)
        .where(IntakeRow.reference == reference)
    ).first()
    return f"{found[0].file_name}, line {found[1].line}" if found else ""
