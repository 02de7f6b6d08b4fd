"""Situation reports: counted, kept, and drawn again as they were whenever somebody opens one."""

import logging
from dataclasses import dataclass

import pendulum
from sqlalchemy import func, text
from sqlmodel import Session, col, select

from models.case import RepatriationCase
from models.duplicate import CaseMerge
from models.message import AlarmKind
from models.officer import Duty, Officer
from models.situation import Change, Flight, Named, Situation, SituationReport, changes, last_slot
from tasks import alarms, board, case_file, messages, silence, triage
from tasks.clock import now
from tasks.papers import situation_report
from tasks.paperwork.shelf import is_specimen
from tasks.trouble import type_and_place

LISTED = 40
"""Lines of each list of the annex; how many there are stands on the first page."""

NOT_TWICE_WITHIN = pendulum.duration(minutes=30)
"""The clock makes no second report so soon after its last: a run that is started again repeats nothing."""

LATE_AFTER = pendulum.duration(minutes=10)
"""After its time a report that was not made is missing."""

_SUBJECT = "report"
"""What the alarm is about: one word."""

_logger = logging.getLogger(__name__)

KEPT_SHOWN = 30
"""Reports the desk lists, the latest first."""


@dataclass(frozen=True, slots=True)
class Made:
    """One report, with the one before."""

    number: int
    made_at: pendulum.DateTime
    made_by: str
    said: Situation
    before: Situation | None
    before_number: int | None

    @property
    def changes(self) -> tuple[Change, ...]:
        """Why fewer or more are on their way than in the report before."""
        return changes(self.before, self.said) if self.before else ()

    @property
    def name(self) -> str:
        """Its number as it is printed: `SR-0007`."""
        return f"SR-{self.number:04d}"


def make(*, by: str) -> Made:
    """Count, keep the report and return it; two made at once are made one after the other."""
    at = now()
    triage.renew_all()
    with case_file.transaction() as session:
        # Each names the difference to the one before it, so nobody counts while another does.
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext('situation_report'))"))
        latest = session.exec(select(SituationReport).order_by(col(SituationReport.number).desc()).limit(1)).first()
        if (
            by == case_file.RUN
            and latest is not None
            and latest.made_by == by
            and at - latest.made_at < NOT_TWICE_WITHIN
        ):
            return _made(session, latest)
        report = SituationReport(
            made_at=at, made_by=by, figures=_counted(at).model_dump(mode="json"),
            before=latest.number if latest else None,
        )  # fmt: skip
        session.add(report)
        session.flush()
        case_file.note(session, "situation.reported", actor=by, ids={"report": str(report.number)})
        made = _made(session, report)
        if by == case_file.RUN:
            messages.tell_report(session, made.number, to=messages.report_readers(session))
            alarms.clear_about(session, AlarmKind.report_missing, _SUBJECT)
        return made


def make_missing(*, at: pendulum.DateTime) -> Made | None:
    """
    Make the report whose time has passed and which nobody made, and return it; None where none is missing.

    Where it cannot be made an alarm stands until one is; the next round tries again.
    """
    slot = last_slot(at)
    if at < slot + LATE_AFTER or not _is_missing(slot):
        return None
    try:
        return make(by=case_file.RUN)
    except (case_file.CaseFileUnavailable, case_file.CaseFileConflict):
        raise
    except Exception as fault:
        _logger.error("the situation report failed: %s", type_and_place(fault))  # noqa: TRY400 - its words may hold a name
        alarms.sound_for_all(AlarmKind.report_missing, about=_SUBJECT)
        return None


def _is_missing(slot: pendulum.DateTime) -> bool:
    """Return whether there were cases to report on at a time and no report of the clock has been made since."""
    with case_file.transaction() as session:
        made = select(SituationReport.number).where(
            SituationReport.made_by == case_file.RUN, col(SituationReport.made_at) >= slot
        )
        had_cases = select(RepatriationCase.reference).where(col(RepatriationCase.opened_at) < slot)
        return session.exec(made.limit(1)).first() is None and session.exec(had_cases.limit(1)).first() is not None


def _counted(at: pendulum.DateTime) -> Situation:
    figures, lists = board.figures(at=at), board.lists(at=at, at_most=LISTED)
    merges = col(CaseMerge.unmerged_at).is_(None)
    with case_file.transaction() as session:
        opened = session.execute(select(func.count()).select_from(RepatriationCase)).scalar_one()
        merged = session.execute(select(func.count()).select_from(CaseMerge).where(merges)).scalar_one()
    return Situation(
        opened=opened, home=figures.home, cancelled=figures.cancelled, merged=merged, standing=figures.standing,
        overdue=figures.overdue, lapsing=figures.lapsing, home_by_day=figures.home_by_day,
        to_money=figures.to_money, to_home=figures.to_home,
        silent=tuple(
            Named(reference=each.reference, at=each.due_at.to_iso8601_string())
            for each in silence.longest_overdue(at=at, at_most=LISTED)
        ),
        holds=tuple(Named(reference=each.reference, at=each.pay_by.to_iso8601_string()) for each in lists.lapsing),
        flights=tuple(
            Flight(
                flight=each.flight, way=f"{each.origin} → {each.destination}",
                departs_at=each.departs_at.to_iso8601_string(), zone=each.origin_zone, people=each.people,
                unpaid=each.unpaid,
            )
            for each in lists.leaving[:LISTED]
        ),
    )  # fmt: skip


def listed(reader: Officer) -> list[Made]:
    """
    Return the latest reports, the newest first.

    Raises:
        case_file.Refused: the reader's duty needs no case.
    """
    _refuse_outside(reader)
    with case_file.transaction() as session:
        rows = session.exec(
            select(SituationReport).order_by(col(SituationReport.number).desc()).limit(KEPT_SHOWN)
        ).all()
        return [_made(session, row) for row in rows]


def pdf(number: int, *, reader: Officer) -> bytes | None:
    """
    Return a report as PDF, the same bytes whenever it is asked for; None where there is none of this number.

    Raises:
        case_file.Refused: the reader's duty needs no case.
    """
    _refuse_outside(reader)
    with case_file.transaction() as session:
        row = session.get(SituationReport, number)
        if row is None:
            return None
        found = _made(session, row)
        case_file.note(session, "situation.read", actor=reader.number, ids={"report": str(number)})
    return situation_report.render(
        situation_report.SituationContent(
            name=found.name, moment=found.made_at, specimen=is_specimen(), said=found.said, before=found.before,
            before_name=f"SR-{found.before_number:04d}" if found.before_number else None,
        )
    )  # fmt: skip


def _refuse_outside(reader: Officer) -> None:
    if not reader.may(Duty.look_at_cases):
        raise case_file.Refused(f"Officer {reader.number} is another country's and may not read situation reports.")


def _made(session: Session, row: SituationReport) -> Made:
    before = session.get_one(SituationReport, row.before) if row.before is not None else None
    if row.number is None:
        raise TypeError("a report that is kept has a number")
    return Made(
        row.number, row.made_at, row.made_by, Situation.model_validate(row.figures),
        Situation.model_validate(before.figures) if before else None, row.before,
    )  # fmt: skip
