"""Representation: who speaks for a person who does not sign, a child's best interest, and what a receiver needs."""

from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from models.case import RepatriationCase, Step
from models.officer import Duty, Officer, names_police
from models.person import Category
from models.representation import (
    GUARDIAN,
    PROOFS,
    BestInterest,
    Incapacity,
    Interest,
    Proof,
    Reception,
    Relation,
    Representative,
    incapacity_of,
    missing_for,
    refused_signature,
)
from tasks import case_file, decisions, screened, vault
from tasks.clock import now
from tasks.settings import settings
from tasks.trouble import NeedsPerson


def add(
    reference: str,
    *,
    name: str,
    relation: Relation,
    because: Incapacity,
    officer: Officer,
    after: int | None = None,
) -> int:
    """
    Write down who is to speak for a person, and return their number; until verified they speak for nobody.

    `after` is how many representatives the officer saw, where they looked.

    Raises:
        case_file.Refused: somebody who may not represent, or no name; or one was added since.
    """
    if relation not in PROOFS:
        raise case_file.Refused(f"A representative is one of {', '.join(PROOFS)}; others may be contacts.")
    if not name.strip():
        raise case_file.Refused("A representative has a name; give --name.")
    with case_file.transaction() as session:
        case = _journey(session, reference)
        case_file.refuse_stale(seen=after, found=len(_rows(session, case.person_id)))
        query = select(func.max(Representative.number)).where(Representative.person_id == case.person_id)
        last = session.exec(query).one() or 0
        if last + 1 >= case_file.NUMBERS_EACH:
            raise case_file.Refused(f"{reference} has {last} representatives, and nobody has more; look for a slip.")
        row = Representative(
            person_id=case.person_id,
            number=last + 1,
            name_sealed=vault.seal(session, case.person_id, "representative", name.strip().encode()),
            relation=relation,
            because=because,
            added_at=now(),
            added_by=officer.number,
        )
        session.add(row)
        _note(session, case, "representative.added", row, officer)
        return row.number


def verify(reference: str, number: int, *, proof: Proof, officer: Officer) -> None:
    """
    Note by what it was verified that a representative may speak; another officer does than who wrote them down.

    Raises:
        case_file.Refused: a proof that does not fit, the same officer, or one who has ended or is verified.
    """
    with case_file.transaction() as session:
        case = _journey(session, reference)
        row = _representative(session, case, number)
        if row.ended_at is not None or row.verified_at is not None:
            raise case_file.Refused(f"Representative {number} is verified already, or has ended.")
        if row.added_by == officer.number:
            raise case_file.Refused("Another officer verifies a representative than the one who wrote them down.")
        if proof not in PROOFS[row.relation]:
            fitting = ", ".join(PROOFS[row.relation])
            raise case_file.Refused(f"That {row.relation.value} may represent is proved by one of: {fitting}.")
        row.proof, row.verified_at, row.verified_by = proof, now(), officer.number
        session.add(row)
        _note(session, case, "representative.verified", row, officer)


def end(reference: str, number: int, *, officer: Officer) -> None:
    """Note that a representative no longer speaks for the person; what they said stays on record."""
    with case_file.transaction() as session:
        case = _journey(session, reference)
        row = _representative(session, case, number)
        if row.ended_at is not None:
            raise case_file.Refused(f"Representative {number} has ended already.")
        row.ended_at, row.ended_by = now(), officer.number
        session.add(row)
        _note(session, case, "representative.ended", row, officer)


def examine_interest(reference: str, *, interest: Interest, reasons: str, officer: Officer) -> None:
    """Write down whether return is in a child's best interest, and why; the reasons stay sealed."""
    if not reasons.strip():
        raise case_file.Refused("A finding about a child has reasons; give --reasons.")
    with case_file.transaction() as session:
        case = _journey(session, reference)
        sealed = vault.seal(session, case.person_id, "best_interest", reasons.strip().encode())
        session.add(
            BestInterest(
                person_id=case.person_id,
                interest=interest,
                reasons_sealed=sealed,
                recorded_at=now(),
                recorded_by=officer.number,
            )
        )
        values: dict[str, str | None] = {"interest": interest.value}
        case_file.note(session, "best_interest.recorded", actor=officer.number, about=case, values=values)
        _ask_anew(session, case, officer)


def _journey(session: Session, reference: str) -> RepatriationCase:
    """Return a case, locked, whose journey goes on, so that what is written down reaches its questions."""
    case = case_file.load_open(session, reference)
    case_file.refuse_merged(session, case)
    return case


def _note(session: Session, case: RepatriationCase, action: str, row: Representative, officer: Officer) -> None:
    session.flush()
    ids = {"representative": str(row.number)}
    case_file.note(session, action, actor=officer.number, about=case, ids=ids)
    _ask_anew(session, case, officer)


def _ask_anew(session: Session, case: RepatriationCase, officer: Officer) -> None:
    case_file.tell(session, case.reference, f"What is on file about the person was changed by {officer.number}.")
    for step in (Step.verification, Step.release, Step.handoff):
        decisions.withdraw(session, case.reference, step)


def listed(reference: str, *, reader: Officer) -> list[tuple[int, Representative, str]]:
    """
    Return a person's representatives with number and name, also those of cases merged into theirs; it is audited.

    Raises:
        case_file.Refused: the reader does not attend to the person.
    """
    case_file.refuse_without(Duty.attend_to_the_person, reader)
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        case_file.note(session, "person.read", actor=reader.number, about=case, ids={"purpose": "representatives"})
        return [(number, row, name_of(session, row)) for number, row in _all(session, case.person_id).items()]


def name_of(session: Session, row: Representative) -> str:
    """Return a representative's name."""
    return vault.open_(session, row.person_id, "representative", row.name_sealed).decode()


def _all(session: Session, person_id: UUID) -> dict[int, Representative]:
    """Return a person's representatives by the number officers name them by; those of merged cases come behind."""
    begins = case_file.numbered_from(session, person_id)
    rows = session.exec(select(Representative).where(col(Representative.person_id).in_(begins))).all()
    numbered = {begins[row.person_id] + row.number: row for row in rows}
    return dict(sorted(numbered.items()))


def _rows(session: Session, person_id: UUID) -> list[Representative]:
    return list(_all(session, person_id).values())


def _representative(session: Session, case: RepatriationCase, number: int) -> Representative:
    if (found := _all(session, case.person_id).get(number)) is None:
        raise case_file.Refused(f"No representative has the number {number}; see `homeward representative list`.")
    return found


def chosen(session: Session, case: RepatriationCase, number: int | None) -> Representative | None:
    """Return the representative an officer named; None where none was."""
    return None if number is None else _representative(session, case, number)


def incapacity(session: Session, case: RepatriationCase) -> Incapacity | None:
    """Return why the person does not sign for themselves; None when they do."""
    cannot = any(row.because is Incapacity.cannot_understand and row.stands for row in _rows(session, case.person_id))
    return incapacity_of(frozenset(case_file.categories(session, case.person_id)), cannot_understand=cannot)


def refuse_signature(session: Session, case: RepatriationCase, by: Representative | None) -> None:
    """Refuse a word the person cannot give themselves, or one nobody needs to give for them."""
    number = next(
        (each for each, row in _all(session, case.person_id).items() if by is not None and row.id == by.id), None
    )
    if (refused := refused_signature(incapacity(session, case), by, number=number)) is not None:
        raise case_file.Refused(refused)


def may_speak(session: Session, case: RepatriationCase, representative_id: UUID | None) -> bool:
    """Return whether a word on file still comes from whoever must give it now."""
    by = session.get(Representative, representative_id) if representative_id else None
    return refused_signature(incapacity(session, case), by) is None


def guardian(session: Session, case: RepatriationCase) -> Representative | None:
    """Return the verified guardian of a minor."""
    standing = (row for row in _rows(session, case.person_id) if row.stands and row.because is Incapacity.minor)
    return next((row for row in standing if row.relation is not Relation.child_agency), None)


def is_police(agency: str) -> bool:
    """Return whether a receiver investigates or prosecutes."""
    return names_police(agency) or agency in _names(settings().police_receivers)


def receivers_known() -> list[str]:
    """Return the receivers that are set here by name; any other that has a short name may be chosen too."""
    named = settings()
    return sorted(
        {named.receiving_agency, GUARDIAN, *_names(named.child_agencies), *_names(named.police_receivers)} - {""}
    )


def _names(text: str) -> set[str]:
    return {name.strip() for name in text.split(",")}


def missing_at(session: Session, case: RepatriationCase) -> list[str]:
    """Return what must be on file before the chosen receiver may take the person, one sentence each."""
    examined = session.exec(
        select(BestInterest)
        .where(col(BestInterest.person_id).in_(case_file.persons_of(session, case.person_id)))
        .order_by(col(BestInterest.recorded_at).desc())
        .limit(1)
    ).first()
    return missing_for(
        Reception(
            minor=Category.minor in case_file.categories(session, case.person_id),
            interest=examined.interest if examined else None,
            to_child_agency=case.receiving_agency in _names(settings().child_agencies),
            to_guardian=case.receiving_agency == GUARDIAN,
            guardian_stands=guardian(session, case) is not None,
            suspected=screened.is_suspected(session, case),
            to_police=is_police(case.receiving_agency),
            screened=screened.latest(session, case.person_id) is not None,
        )
    )


INCOMPLETE = (
    "The file is not complete for this step; the evidence says what is missing. Complete it, then go on, or stop."
)


def refuse_unready(reference: str, step: Step) -> None:
    """
    Stop before a receiver takes a person they may not take yet; what is missing is told to the coordinator alone.

    Raises:
        NeedsPerson: something is missing; code and words are the same whatever it is, since the engine keeps them.
    """
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        if not (missing := missing_at(session, case)):
            return
        ask_quietly(session, case, step, code="file_incomplete", words=INCOMPLETE, said=" ".join(missing))
    raise NeedsPerson("file_incomplete", INCOMPLETE)


_NO_PASSENGER = (
    "The person has died. No travel document, no seat and no question of theirs is sought. Obtain the death "
    "certificate with its translation, the police release, and the family's word; agree on any joint autopsy with an "
    "owner and a date; then the mission writes the laissez-passer and the carrier's cargo desk takes the remains, or "
    "the family the urn. Record what it costs with `homeward case cost`; end this journey with reject and other_means."
)


def refuse_passenger(reference: str, step: Step) -> None:
    """
    Stop where a journey goes on only for a passenger and the person has died; the coordinator alone is told why.

    Raises:
        NeedsPerson: with the same code and words as for any other file, since the engine keeps them.
    """
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        if Category.deceased not in case_file.categories(session, case.person_id):
            return
        ask_quietly(session, case, step, code="file_incomplete", words=INCOMPLETE, said=_NO_PASSENGER)
    raise NeedsPerson("file_incomplete", INCOMPLETE)


def is_unrepresented_minor(session: Session, case: RepatriationCase) -> bool:
    """Return whether the person is a minor for whom nobody verified speaks."""
    speakers = (row for row in _rows(session, case.person_id) if row.stands and row.because is Incapacity.minor)
    return Category.minor in case_file.categories(session, case.person_id) and next(speakers, None) is None


def refuse_undocumented(session: Session, case: RepatriationCase, step: Step, *, said: str) -> NeedsPerson:
    """Open the coordinator's trouble where the law gives no document, and return what to raise once it is kept."""
    ask_quietly(session, case, step, code="file_incomplete", words=INCOMPLETE, said=said)
    return NeedsPerson("file_incomplete", INCOMPLETE)


def ask_quietly(session: Session, case: RepatriationCase, step: Step, *, code: str, words: str, said: str) -> None:
    """Open a trouble whose reason stays sealed, for the coordinator; one that is open stays as it is."""
    if case_file.open_trouble(session, case.reference) is None:
        decisions.open_trouble(session, case, step, code=code, words=words, said=said)
