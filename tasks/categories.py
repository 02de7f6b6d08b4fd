"""Categories: what a person is, changed by those who may, with what rests on it asked anew."""

from uuid import UUID

from sqlmodel import Session, col, select

from models.birth_date import BirthDate, read_birth_date
from models.case import RepatriationCase, Step
from models.category import MINOR_BY_AGE, Age, CategoryChange, Change, age_of, refusal
from models.officer import Duty, Officer, Role
from models.person import VICTIMS, Category, CategoryReason, Person, PersonCategory
from models.travel_document import DocumentState
from tasks import care, case_file, decisions, screened
from tasks.clock import latest_today, now
from tasks.settings import settings

_TOLD_TO_THE_CARRIER = frozenset({Category.patient, Category.minor, Category.suspect})


def change(reference: str, change: Change, category: Category, *, reason: CategoryReason, officer: Officer) -> None:
    """
    Add a category to a person, or take one away, as far as the officer may.

    Raises:
        case_file.Refused: one sentence that says why not.
    """
    with case_file.transaction() as session:
        case = case_file.load_open(session, reference)
        case_file.refuse_merged(session, case)
        screening = screened.latest(session, case.person_id)
        wanted = CategoryChange(
            change=change,
            category=category,
            reason=reason,
            held=frozenset(case_file.categories(session, case.person_id)),
            by_police=officer.police,
            by_screening_officer=officer.holds(Role.screening_officer) and not officer.police,
            finding=screened.finding(session, screening) if screening else None,
            age=age(session, case),
        )
        if (refused := refusal(wanted)) is not None:
            raise case_file.Refused(refused)
        if screening and reason is CategoryReason.screening_finding and screening.person_id != case.person_id:
            # Undone, the merge would leave a person without the interview that their protection rests on.
            raise case_file.Refused(
                f"That finding was recorded in {screening.reference}, which is merged into this case; screen the "
                "person again, then change it."
            )
        finding_id = screening.id if screening and reason is CategoryReason.screening_finding else None
        if change is Change.add:
            add(session, case, category, reason=reason, by=officer.number, screening_id=finding_id)
        else:
            _remove(session, case, category, reason=reason, by=officer.number, screening_id=finding_id)


def age(session: Session, case: RepatriationCase) -> Age:
    """Return what the confirmed birth date says about the person's age, or the reported one until there is one."""
    today = now().date()
    identity = case_file.identity(session, case.reference)
    if identity is not None:
        day = identity.born_on
        born: BirthDate | None = BirthDate(day.year, day.month, day.day)
    else:
        written = session.get_one(Person, case.person_id).birth_date
        born = read_birth_date(written, today=latest_today()) if written else None
    return age_of(born, on=today, adult_at=settings().adult_at)


def add(
    session: Session,
    case: RepatriationCase,
    category: Category,
    *,
    reason: CategoryReason,
    by: str,
    screening_id: UUID | None = None,
) -> None:
    """Add a category the caller has judged; one that stands already stays as it is."""
    if category in case_file.categories(session, case.person_id):
        return
    session.add(
        PersonCategory(
            person_id=case.person_id,
            category=category,
            added_at=now(),
            added_by=by,
            reason_code=reason,
            screening_id=screening_id,
        )
    )
    session.flush()
    _note(session, case, "category.added", category, reason=reason, by=by)


def _remove(
    session: Session,
    case: RepatriationCase,
    category: Category,
    *,
    reason: CategoryReason,
    by: str,
    screening_id: UUID | None,
) -> None:
    rows = session.exec(
        select(PersonCategory).where(
            col(PersonCategory.person_id).in_(case_file.persons_of(session, case.person_id)),
            PersonCategory.category == category,
            col(PersonCategory.removed_at).is_(None),
        )
    ).all()
    row = rows[0]
    if len(rows) > 1 or row.person_id != case.person_id:
        # A merge copies nothing: undone, the other case is what it was, and its protection ends by its own finding.
        raise case_file.Refused(
            f"A case merged into {case.reference} says {category.value} too; separate it with `homeward case unmerge`, "
            "change it there, and merge again."
        )
    row.removed_at, row.removed_by, row.removed_reason_code = now(), by, reason
    row.removed_screening_id = screening_id
    session.add(row)
    session.flush()
    _note(session, case, "category.removed", category, reason=reason, by=by)


def _note(
    session: Session, case: RepatriationCase, action: str, category: Category, *, reason: CategoryReason, by: str
) -> None:
    # What the person is stays out of the timeline, which many may read; the trail keeps its keyed hash.
    values: dict[str, str | None] = {"category": category.value, "reason_code": reason.value}
    case_file.note(session, action, actor=by, about=case, values=values)
    case_file.tell(session, case.reference, f"What is on file about the person was changed by {by}.")
    ask_anew(session, case)
    # Another rule may count for the person now; a question that needs other seats is closed below all the same.
    decisions.close_if_rule_changed(session, case)
    # The carrier was told of a suspect under a deportee's code, which a victim never bears.
    is_told_anew = category in VICTIMS and Category.suspect in case_file.categories(session, case.person_id)
    if category in _TOLD_TO_THE_CARRIER or is_told_anew:
        care.ask_about_seats_anew(
            session, case,
            said="The seats are paid, and what the airline must care for has changed; tell its desk, then go on.",
        )  # fmt: skip


def ask_anew(session: Session, case: RepatriationCase) -> None:
    """
    Take away what was proposed on what the person was until now and is not carried out, so that it is asked again.

    Who decides a step is the policy's matter. What is carried out keeps its proposal: its signer may be barred later.
    """
    reference = case.reference
    booking, document = case_file.live_booking(session, reference), case_file.open_document(session, reference)
    done = {
        Step.lookout: not case_file.open_hits(session, reference),
        Step.verification: case_file.identity(session, reference) is not None,
        Step.booking: booking is not None and booking.agreed_decision_id is not None,
        Step.release: document is not None and document.state in (DocumentState.valid, DocumentState.cancelled),
        Step.handoff: case.is_closed,
    }
    for step, is_done in done.items():
        if not is_done:
            decisions.withdraw(session, reference, step)


def note_age(session: Session, case: RepatriationCase, *, by: str) -> None:
    """Make a minor of a person whose confirmed birth date says so, whatever the field believed."""
    if (reason := MINOR_BY_AGE.get(age(session, case))) is not None:
        add(session, case, Category.minor, reason=reason, by=by)


def history(reference: str, *, reader: Officer) -> list[PersonCategory]:
    """
    Return every category a person has or had, in the order they were added; the reading is audited.

    That somebody is a patient is told only to whoever knows of health.

    Raises:
        case_file.Refused: the reader's duty needs none.
    """
    case_file.refuse_without(Duty.say_what_they_are, reader)
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        case_file.note(session, "person.read", actor=reader.number, about=case, ids={"purpose": "categories"})
        persons = case_file.persons_of(session, case.person_id)
        rows = select(PersonCategory).where(col(PersonCategory.person_id).in_(persons))
        found = session.exec(rows.order_by(col(PersonCategory.added_at), col(PersonCategory.id))).all()
    knows = reader.may(Duty.know_of_health)
    return [row for row in found if knows or row.category is not Category.patient]
