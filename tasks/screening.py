"""Screening: the questions put, the finding recorded, and the second step."""

from collections.abc import Sequence

import pendulum
from sqlmodel import Session

from models.case import RepatriationCase
from models.category import MINOR_BY_AGE
from models.officer import Duty, Officer
from models.person import Category, CategoryReason, Language
from models.screening import (
    BY_CODE,
    Finding,
    Ground,
    Indicator,
    Screening,
    ScreeningContent,
    asked,
    finding_of,
    refused_conclusion,
)
from tasks import case_file, categories, screened, vault
from tasks.clock import now


def form(reference: str, *, reader: Officer) -> tuple[Indicator, ...]:
    """Return the questions to ask this person: the child's set for a minor and where the age is in doubt."""
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        case_file.note(session, "person.read", actor=reader.number, about=case, ids={"purpose": "screening form"})
        return asked(child=_is_child(session, case))


def _is_child(session: Session, case: RepatriationCase) -> bool:
    held = case_file.categories(session, case.person_id)
    return Category.minor in held or categories.age(session, case) in MINOR_BY_AGE


def record(
    reference: str,
    *,
    indicators: Sequence[str],
    language: Language,
    interpreter: str | None,
    screened_at: pendulum.DateTime,
    officer: Officer,
    after: int | None = None,
) -> Finding:
    """
    Record what a person answered, and return the finding; on reasonable grounds they are a presumed victim at once.

    A later interview counts instead of an earlier conclusion, so new facts open the question again. One that finds
    nothing takes no protection away: that is a change of its own. `after` is how many screenings the officer saw, where
    they looked.

    Raises:
        case_file.Refused: not the officer's duty, an unknown sign, a moment in the future, or one was added since.
    """
    _refuse_others(officer)
    if unknown := [code for code in indicators if code not in BY_CODE]:
        raise case_file.Refused(f"No indicator is called {unknown[0]}; see `homeward screening form {reference}`.")
    with case_file.transaction() as session:
        case = case_file.load_open(session, reference)
        case_file.refuse_merged(session, case)
        case_file.refuse_future(screened_at, option="--screened-at")
        case_file.refuse_stale(seen=after, found=len(screened.all_of(session, case.person_id)))
        child = _is_child(session, case)
        found = finding_of(indicators, child=child)
        content = ScreeningContent(
            finding=found, child=child, indicators=tuple(code for code in BY_CODE if code in indicators)
        )
        row = _keep(session, case, content, officer=officer, language=language, interpreter=interpreter, at=screened_at)
        if found is Finding.presumed:
            categories.add(
                session, case, Category.presumed_victim, reason=CategoryReason.screening_finding, by=officer.number,
                screening_id=row.id,
            )  # fmt: skip
        return found


def conclude(reference: str, *, finding: Finding, ground: Ground, officer: Officer, after: int | None = None) -> None:
    """
    Take the second step: another screening officer confirms the presumption, or does not.

    `after` is how many screenings the officer saw, where they looked: nobody concludes on answers they have not read.

    Raises:
        case_file.Refused: one sentence that says why not.
    """
    _refuse_others(officer)
    with case_file.transaction() as session:
        case = case_file.load_open(session, reference)
        case_file.refuse_merged(session, case)
        known = screened.all_of(session, case.person_id)
        case_file.refuse_stale(seen=after, found=len(known))
        before = known[0] if known else None
        opened = screened.content_of(session, before) if before else None
        refused = refused_conclusion(
            finding,
            latest=opened.finding if opened else None,
            same_officer=before is not None and before.recorded_by == officer.number,
        )
        if refused is not None or opened is None:
            raise case_file.Refused(refused or "")
        content = opened.model_copy(update={"finding": finding, "ground": ground})
        row = _keep(session, case, content, officer=officer, language=None, interpreter=None, at=now())
        if finding is Finding.confirmed:
            categories.add(
                session, case, Category.confirmed_victim, reason=CategoryReason.screening_finding, by=officer.number,
                screening_id=row.id,
            )  # fmt: skip


def _refuse_others(officer: Officer) -> None:
    """Refuse whoever is not a screening officer outside the police, whatever another door believed."""
    if officer.police or not officer.may(Duty.screen):
        raise case_file.Refused(
            f"A screening officer outside the police screens a person; officer {officer.number} is none."
        )


def _keep(
    session: Session,
    case: RepatriationCase,
    content: ScreeningContent,
    *,
    officer: Officer,
    language: Language | None,
    interpreter: str | None,
    at: pendulum.DateTime,
) -> Screening:
    sealed = vault.seal(session, case.person_id, "screening", content.model_dump_json().encode())
    row = Screening(
        reference=case.reference,
        person_id=case.person_id,
        content_sealed=sealed,
        language=language,
        interpreter=interpreter,
        screened_at=at,
        recorded_at=now(),
        recorded_by=officer.number,
    )
    session.add(row)
    session.flush()
    values: dict[str, str | None] = {"finding": content.finding.value, "indicators": ",".join(content.indicators)}
    ids = {"screening_id": str(row.id)}
    case_file.note(session, "screening.recorded", actor=officer.number, about=case, ids=ids, values=values)
    # Everybody is owed the interview, so that it took place says nothing.
    case_file.tell(session, case.reference, f"The person was interviewed by {officer.number}.", happened_at=at)
    categories.ask_anew(session, case)
    return row
