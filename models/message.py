"""Messages to officers, where they reach them, and alarms: what is told, to whom, and when it is tried again."""

import re
from enum import StrEnum
from uuid import UUID, uuid4

import pendulum
from sqlalchemy import Index, UniqueConstraint, false
from sqlmodel import Field

from models.case import Step
from models.columns import Moment, Row, word
from models.officer import Role


class MessageKind(StrEnum):
    """What a message tells an officer; the closed list is what keeps stories out of mails."""

    question_waits = "question_waits"
    question_due_soon = "question_due_soon"
    question_overdue = "question_overdue"
    escalated = "escalated"
    alarm = "alarm"
    break_glass = "break_glass"
    countersign_due = "countersign_due"
    countersign_overdue = "countersign_overdue"
    review_due = "review_due"
    answer_due_soon = "answer_due_soon"
    """An agency that was asked about a person has not answered, and soon should have."""
    report_ready = "report_ready"
    """The situation report of a time of day is made and can be opened."""
    address_changed = "address_changed"
    """Messages reach the officer elsewhere from now on; told where they did until then."""


QUIET_FOR: dict[MessageKind, pendulum.Duration] = {
    MessageKind.question_waits: pendulum.duration(minutes=10),
    MessageKind.question_due_soon: pendulum.duration(minutes=10),
}
"""How long an officer hears nothing more of a kind after a mail of it; meanwhile what comes is gathered into one."""

MOST_LISTED = 50
"""Most cases one mail lists; of the others it says how many they are."""

STUCK_AFTER = 3
"""After so many tries in vain a message is shown to the coordinators as not delivered; it is tried on for ever."""


def try_again_in(tries: int) -> pendulum.Duration:
    """Return how long to wait after so many tries in vain: 30 seconds, doubling, at most an hour."""
    return pendulum.duration(seconds=min(3600, 30 * 2 ** min(tries - 1, 10)))


class Message(Row, table=True):
    """One thing one officer is told once; it is written with the fact it reports and sent afterwards."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    officer: str = Field(foreign_key="officer.number")
    kind: MessageKind = Field(sa_type=word(MessageKind))
    about: str
    """What it reports, for example a question's id with a rung, or `alarm-7`."""
    reference: str | None = Field(default=None, foreign_key="repatriation_case.reference", index=True)
    """The case; None for an alarm that concerns all of them, or the record as a whole."""
    step: Step | None = Field(default=None, sa_type=word(Step))
    role: Role | None = Field(default=None, sa_type=word(Role))
    """Whose decision is waited for."""
    due_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    question_id: UUID | None = Field(default=None, foreign_key="asking.id", index=True)
    """The question it is about; once that is answered there is nothing left to tell."""
    alarm_id: int | None = Field(default=None, foreign_key="alarm.id")
    """The alarm it is about; once that is acknowledged there is nothing left to tell."""
    goes_to: bytes | None = None
    """The one address of mail it goes to, sealed, where that is not where the officer is reached now."""
    made_at: pendulum.DateTime = Field(sa_type=Moment)
    mail_id: UUID | None = None
    """The mail it goes out with; set before the first try, so that a second one bears the same Message-ID."""
    gathered_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    """When it was put into that mail."""
    tries: int = 0
    """How often sending it failed."""
    try_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    """When it may be tried next."""
    last_failure: str | None = None
    """The type of the last failure and never its words, which name addresses."""
    mailed_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    notified_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    sent_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    """When it had gone out by every way the officer has."""
    dropped_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    """When there was nothing left to tell."""

    __table_args__ = (
        UniqueConstraint("officer", "kind", "about"),
        Index("ix_message_waiting", "officer", "kind", postgresql_where="sent_at IS NULL AND dropped_at IS NULL"),
        Index("ix_message_gathered", "officer", "kind", "gathered_at"),
    )


class OfficerAddress(Row, table=True):
    """Where messages reach an officer; both sealed, and apart from the officer, whom everybody reads."""

    __tablename__ = "officer_address"

    officer: str = Field(foreign_key="officer.number", primary_key=True)
    email_sealed: bytes | None = None
    notify_sealed: bytes | None = None
    """An address of the apprise library; it carries passwords and tokens."""
    reads_reports: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """Whether they are told when a situation report is ready."""
    changed_at: pendulum.DateTime = Field(sa_type=Moment)


_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


def is_email(text: str) -> bool:
    """
    Return whether a text is one plain e-mail address, without a display name and without a second recipient.

    >>> is_email("o-07@mofa.example"), is_email("a@b.example,c@d.example")
    (True, False)
    """
    return len(text) <= 254 and _EMAIL.fullmatch(text) is not None


class AlarmKind(StrEnum):
    """What must not happen to a run, and happened."""

    run_ended = "run_ended"
    """Deleted, or brought to an end from outside; a new run goes on."""
    run_given_up = "run_given_up"
    """An operation's run, or a clock's, under which the process ended each time it was begun."""
    not_begun = "not_begun"
    """Some of an operation could not be begun."""
    run_cancelled = "run_cancelled"
    form_lost = "form_lost"
    """The question's form was gone, or its state was forced; the question is asked anew."""
    resumed_without_answer = "resumed_without_answer"
    nobody_decides = "nobody_decides"
    """No officer in service holds the role that decides."""
    countersign_overdue = "countersign_overdue"
    """What one officer decided alone was signed by no other in time."""
    countersign_objected = "countersign_objected"
    """Who signs afterwards objects to what one officer decided alone."""
    officer_locked = "officer_locked"
    """So many wrong answers were given in an officer's name that one way in was locked."""
    deployment_changed = "deployment_changed"
    """A deployment, a clock's schedule or the work pool was deleted, paused or changed in the engine."""
    round_failed = "round_failed"
    """What a clock or a sweep does for a case by itself failed; the others go on, and it is tried again."""
    seal_refused = "seal_refused"
    """The sealer remembers another chain."""
    seal_missing = "seal_missing"
    """The seal of a night failed, or a day has none."""
    contact_overdue = "contact_overdue"
    """A person was not heard of in time."""
    stock_differs = "stock_differs"
    """The sheets counted at a mission are not those that must lie there."""
    stock_not_counted = "stock_not_counted"
    """A mission let a day pass without counting its sheets."""
    expired_on_the_way = "expired_on_the_way"
    """The last day of a document passed and nobody signed for its holder, who has left."""
    sheet_gone_on_the_way = "sheet_gone_on_the_way"
    """A person lost their document after the flight left."""
    not_delivered = "not_delivered"
    """The flight leaves and nobody wrote down that the person holds their document."""
    loss_not_told = "loss_not_told"
    """The lost-document list did not take a report in time."""
    holder_not_told = "holder_not_told"
    """An agency was not told in time of the person its entry is about."""
    agency_silent = "agency_silent"
    """An agency that was asked who a person is has not answered in time."""
    stranded = "stranded"
    """Flights were changed or lost for a person who may be behind the border, or whom the carrier did not take."""
    two_orders = "two_orders"
    """The airline holds more orders for one person than one; none is cancelled by itself."""
    desk_silent = "desk_silent"
    """A carrier's desk has not answered in time about custody or care."""
    unaccompanied = "unaccompanied"
    """Whoever is to fly beside a person with a released document does not: an escort, or somebody of their family."""
    report_missing = "report_missing"
    """The situation report of a time of day could not be made."""
    archive_behind = "archive_behind"
    """What the databases write no longer reaches the archive, or falls behind."""
    message_unclear = "message_unclear"
    """A partner sent a message of its own, signed, in a shape that is not known here."""
    flight_crowded = "flight_crowded"
    """A suspect with a released document is on a flight that has as many people in custody as its carrier takes."""


ABOUT_THE_RECORD = frozenset({AlarmKind.seal_refused, AlarmKind.seal_missing})
"""About the record as a whole; the next seal clears them."""

STANDS_UNTIL: dict[AlarmKind, str] = {
    **dict.fromkeys(ABOUT_THE_RECORD, "the audit chain is sealed; see `homeward audit verify`"),
    AlarmKind.contact_overdue: "somebody hears of the person; write it down with `homeward case locate`",
    AlarmKind.holder_not_told: "the agency is told; write it down with `homeward case inform`",
    AlarmKind.agency_silent: "it answers, which `homeward case referral` writes down, or the request is withdrawn",
    AlarmKind.stock_differs: "a count fits; search, then count again with `homeward documents count`",
    AlarmKind.stock_not_counted: "the sheets are counted; two officers do so with `homeward documents count`",
    AlarmKind.report_missing: "a report is made; it is tried every minute, see the worker's log",
    AlarmKind.archive_behind: "the archive follows again; see `HOMEWARD_BACKUP_DIR` and the log of the archive",
}
"""Alarms nobody can put away: what they report ends them."""


ALARM_WORDS: dict[AlarmKind, str] = {
    AlarmKind.countersign_overdue: "What one officer decided alone has not been signed by another in time.",
    AlarmKind.countersign_objected: "An officer objects to what another decided alone; undo what still can be undone.",
    AlarmKind.officer_locked: "Wrong codes in this officer's name locked a way in; ask whether the officer gave them.",
    AlarmKind.run_ended: "Its run was deleted or ended from outside; it was started again.",
    AlarmKind.run_given_up: "Its run ended its process each time and is given up; look at the worker's log.",
    AlarmKind.not_begun: "Some of the operation were not begun; begin it again, which begins only those.",
    AlarmKind.run_cancelled: "Its run was cancelled in the engine, which decides nothing; you are asked how to go on.",
    AlarmKind.form_lost: "The form of its question was gone or its state was forced; the question is asked anew.",
    AlarmKind.resumed_without_answer: "Its run was resumed without an answer; nothing was decided.",
    AlarmKind.nobody_decides: "No officer in service holds the role that decides; have one enrolled.",
    AlarmKind.stock_differs: "The sheets counted there are not those that must lie there; search, and count again.",
    AlarmKind.stock_not_counted: "A day passed there without a count of the sheets; count them with a second officer.",
    AlarmKind.expired_on_the_way: "The document's last day passed after its holder left; find out where they are.",
    AlarmKind.sheet_gone_on_the_way: "The person's document is gone after the flight left; call the duty consul now.",
    AlarmKind.not_delivered: "The flight is near and nobody wrote down that the person holds their document.",
    AlarmKind.loss_not_told: "The lost-document list has not taken a report for an hour; tell it by telephone.",
    AlarmKind.deployment_changed: "It was deleted, paused or changed in the engine; a worker registers it again.",
    AlarmKind.round_failed: "Reminding of it or setting it going failed and is tried again; look at the worker's log.",
    AlarmKind.seal_refused: "The sealer refuses the chain: it may have been written anew; see `homeward audit verify`.",
    AlarmKind.contact_overdue: "Nobody has heard of the person in time; reach them, then `homeward case locate`.",
    AlarmKind.holder_not_told: "An agency was not told in time of the person; tell it, then `homeward case inform`.",
    AlarmKind.agency_silent: "An agency asked who the person is has not answered in time; reach it by telephone.",
    AlarmKind.stranded: "Flights changed or were lost for a person at the airport or on the way; page the duty consul.",
    AlarmKind.two_orders: "The airline holds two orders for its person; cancel the one that does not count.",
    AlarmKind.desk_silent: "The carrier's desk has not answered in time; reach it by telephone, or change the seats.",
    AlarmKind.unaccompanied: "Who is to fly beside a released person cannot; assign another, or page the duty consul.",
    AlarmKind.report_missing: "The situation report could not be made and is tried again; look at the worker's log.",
    AlarmKind.archive_behind: "What is written does not reach the backup; see that its disk is there and has room.",
    AlarmKind.message_unclear: "A signed message had an unknown shape; the orders are read; have the program kept up.",
    AlarmKind.flight_crowded: "A flight has more people in custody than its carrier takes; ask it, or change seats.",
    AlarmKind.seal_missing: "The chain has no seal for a day; see that the sealer runs, then `homeward audit seal`.",
}
"""What each alarm says, in words that fit every case."""


class Alarm(Row, table=True):
    """Something a coordinator must look at; it stays open until one has."""

    id: int | None = Field(default=None, primary_key=True)
    kind: AlarmKind = Field(sa_type=word(AlarmKind))
    about: str
    """What it happened to: a run, a question, what failed and on which day, or the last event that has a seal."""
    reference: str | None = Field(default=None, foreign_key="repatriation_case.reference", index=True)
    """The case; None when it concerns all of them, or the record as a whole."""
    raised_at: pendulum.DateTime = Field(sa_type=Moment)
    acknowledged_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    acknowledged_by: str | None = Field(default=None, foreign_key="officer.number")
    cleared_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    """When what it reports was over, of those that stand."""

    __table_args__ = (
        UniqueConstraint("kind", "about"),
        Index("ix_alarm_open", "raised_at", postgresql_where="acknowledged_at IS NULL AND cleared_at IS NULL"),
    )
