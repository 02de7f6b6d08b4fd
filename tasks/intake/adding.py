"""Adding: each row becomes one case in one transaction of its own, once, whatever happens in between."""

import json
from dataclasses import dataclass, field
from enum import StrEnum

import pendulum
from sqlmodel import Session, col, select

from models.case import LOCAL_ZONES, RepatriationCase
from models.duplicate import Pair
from models.intake import IntakeList, IntakeRow, Meaning
from tasks import case_file, corrections, duplicates, vault
from tasks.clock import now
from tasks.intake.cells import Facts, Flaw, read_row
from tasks.intake.known import Key, keys_of, sighting_of, taken_before
from tasks.intake.lines import Line
from tasks.intake.reading import Table, header_sha256
from tasks.settings import settings

KEEPER_UNKNOWN = "not named in the list"


class Outcome(StrEnum):
    """What became of a row."""

    added = "added"
    known = "known"
    """It was taken in before, from this file or another."""
    changed = "changed"
    """A row of this number about this person was taken in before and said something else: correct the case."""
    refused = "refused"


@dataclass(frozen=True, slots=True)
class Taken:
    """One row and what became of it; in a dry run what would."""

    line: int
    outcome: Outcome
    reference: str | None = None


@dataclass(slots=True)
class Intake:
    """What became of a list."""

    rows: list[Taken] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)
    possible_duplicates: list[Pair] = field(default_factory=list)
    """Of a dry run: rows and open cases that may be of one person."""

    def count(self, outcome: Outcome) -> int:
        """Return how many rows ended so."""
        return sum(row.outcome is outcome for row in self.rows)

    @property
    def references(self) -> list[str]:
        """The cases of the list, taken in now or before, each once."""
        return list(dict.fromkeys(row.reference for row in self.rows if row.reference))


def remembered(header_hash: str) -> dict[Meaning, str] | None:
    """Return what the columns of a header meant the last time a list with it was read."""
    with case_file.transaction() as session:
        columns = session.exec(
            select(IntakeList.columns)
            .where(IntakeList.header_sha256 == header_hash)
            .order_by(col(IntakeList.read_at).desc())
        ).first()
    return {Meaning(meaning): header for meaning, header in columns.items()} if columns else None


def take_in(table: Table, *, country: str, operation: str | None, officer: str, dry_run: bool = False) -> Intake:
    """
    Open a case for each row that has none yet, and return what became of every row.

    Stopped in the middle, it goes on where it stopped when it is called again.

    Raises:
        case_file.Refused: no mission of ours there, or an operation of another form.
    """
    case_file.refuse_elsewhere(country=country, operation=operation)
    today, adult_at = now().in_timezone(LOCAL_ZONES[country]).date(), settings().adult_at
    keys = keys_of(table, country)
    before = taken_before(keys)
    intake, sightings = Intake(), []
    list_ = _list(table, country=country, operation=operation, officer=officer)
    if not dry_run:
        with case_file.transaction() as session:
            session.add(list_)
            ids = {"list_id": str(list_.id), "sha256": list_.sha256, "rows": str(len(table.rows))}
            case_file.note(session, "list.read", actor=officer, ids=ids)
    for line, key in zip(table.rows, keys, strict=True):
        if key.row in before.cases:
            intake.rows.append(Taken(line.number, Outcome.known, before.cases[key.row]))
            continue
        facts, flaws = read_row(line, table.header, table.columns, today=today, adult_at=adult_at)
        intake.flaws += flaws
        if facts is None:
            intake.rows.append(Taken(line.number, Outcome.refused))
            if not dry_run and key.row not in before.refused:
                _keep_refused(list_, line, key)
        elif (earlier := before.same_person(key, facts)) is not None:
            intake.rows.append(Taken(line.number, Outcome.changed, earlier))
        elif dry_run:
            before.cases[key.row] = None
            sightings.append(sighting_of(f"line {line.number}", facts))
            intake.rows.append(Taken(line.number, Outcome.added))
        else:
            flawed = sorted({table.meaning_of(flaw.column) for flaw in flaws})
            taken = _open(list_, line, key, facts, flawed=flawed, table=table)
            before.cases[key.row] = taken.reference
            intake.rows.append(taken)
    if dry_run:
        found = duplicates.proposed(more=sightings)
        intake.possible_duplicates = [pair for pair in found if pair.second.startswith("line ")]
    return intake


def _list(table: Table, *, country: str, operation: str | None, officer: str) -> IntakeList:
    return IntakeList(
        file_name=table.file_name,
        sha256=table.sha256,
        header_sha256=header_sha256(table.header),
        columns=table.named_columns(),
        country=country,
        operation=operation or country,
        read_at=now(),
        read_by=officer,
    )


def _keep_refused(list_: IntakeList, line: Line, key: Key) -> None:
    """Note that a row was refused, and nothing of what it says."""
    with case_file.transaction() as session:
        session.add(
            IntakeRow(
                list_id=list_.id, line=line.number, row_lookup=key.row, ref_lookup=key.ref, flaws=[], taken_at=now()
            )
        )


def _open(list_: IntakeList, line: Line, key: Key, facts: Facts, *, flawed: list[str], table: Table) -> Taken:
    """Open the case of a row, with the row itself; all of it or nothing."""
    try:
        with case_file.transaction() as session:
            case = _open_case(session, list_, facts)
            written = dict(zip(table.header, line.cells, strict=False))
            sealed = json.dumps(written, ensure_ascii=False).encode()
            session.add(
                IntakeRow(
                    list_id=list_.id,
                    line=line.number,
                    row_lookup=key.row,
                    ref_lookup=key.ref,
                    reference=case.reference,
                    person_id=case.person_id,
                    row_sealed=vault.seal(session, case.person_id, "intake_row", sealed),
                    flaws=flawed,
                    taken_at=now(),
                )
            )
            ids = {"list_id": str(list_.id), "line": str(line.number)}
            case_file.note(session, "row.taken_in", actor=list_.read_by, about=case, ids=ids)
            words = f"Taken from line {line.number} of a list (SHA-256 {list_.sha256[:12]}…)."
            for said in (words, *facts.notes):
                case_file.tell(session, case.reference, said)
            return Taken(line.number, Outcome.added, case.reference)
    except case_file.CaseFileConflict as conflict:
        if conflict.constraint != "one_case_per_row":
            raise
        # Somebody else takes in the same list at this moment, and was faster.
        return Taken(line.number, Outcome.known, taken_before([key]).cases[key.row])


def _open_case(session: Session, list_: IntakeList, facts: Facts) -> RepatriationCase:
    if facts.place is None:
        raise TypeError("a row without a place is refused before")
    found = facts.found_on
    since = pendulum.datetime(found.year, found.month, found.day, tz=LOCAL_ZONES[list_.country]) if found else None
    case = case_file.open_within(
        session,
        country=list_.country,
        officer=list_.read_by,
        name_hangul=facts.name_hangul,
        name_latin=facts.name_latin,
        sex=facts.sex,
        birth_date=facts.birth_date,
        birthplace=facts.birthplace,
        passport_number=facts.passport_number,
        next_of_kin_phone=facts.next_of_kin_phone,
        place=facts.place,
        keeper=facts.keeper or KEEPER_UNKNOWN,
        host_status=facts.host_status.value,
        since=since.in_timezone("UTC") if since else None,
        categories=facts.categories,
        operation=list_.operation,
    )
    if facts.payment is not None:
        payer, amount = facts.payment
        corrections.add_private_payment(
            session, case, payer=payer, amount=amount, purpose="as the list says", paid_at=None, reported_at=now(),
            officer=list_.read_by,
        )  # fmt: skip
    return case
