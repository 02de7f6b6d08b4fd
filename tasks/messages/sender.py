"""The sender: takes what waits in the outbox to officers, tries again what failed, and loses nothing."""

import time
from dataclasses import dataclass
from uuid import UUID

import pendulum
from sqlalchemy import update
from sqlmodel import col, select

from models.message import Alarm, AlarmKind, Message, try_again_in
from tasks import case_file
from tasks.clock import now
from tasks.messages import addresses, outbox, words
from tasks.messages.addresses import Address
from tasks.messages.mail import Post, letter
from tasks.messages.notify import NotNotified, notify
from tasks.settings import settings

ROUND_LASTS_S = 20.0
"""A round begins no further mail after so long; the next round goes on."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one round did."""

    sent: int = 0
    """Mails that have gone out by every way."""
    failed: int = 0


@dataclass(frozen=True, slots=True)
class _Mail:
    id: UUID
    messages: list[Message]
    alarms: dict[int, AlarmKind]


def tidy() -> None:
    """Drop the messages there is nothing left to tell of, also those that reach nobody."""
    with case_file.transaction() as session:
        outbox.drop_overtaken(session)


def deliver(*, at: pendulum.DateTime) -> Delivered:
    """
    Send what waits and may be tried at this moment; nothing when somebody else is sending.

    One query when there is nothing to send.

    Sending happens outside any transaction. A process killed between the server's yes and our note sends the mail once
    more, with the same Message-ID.
    """
    with case_file.transaction() as session:
        if not outbox.has_something(session, at=at):
            return Delivered()
    with case_file.sole_sender() as alone:
        if not alone:
            return Delivered()
        mails = _gathered(at=at)
        sent = failed = 0
        ends_at = time.monotonic() + ROUND_LASTS_S
        with Post() as post:
            for mail in mails:
                if time.monotonic() > ends_at:
                    break
                if _send(mail, post, at=at):
                    sent += 1
                else:
                    failed += 1
        return Delivered(sent, failed)


def _gathered(*, at: pendulum.DateTime) -> list[_Mail]:
    with case_file.transaction() as session:
        outbox.drop_overtaken(session)
        outbox.gather(session, at=at)
        mails = outbox.due(session, at=at)
        ids = {message.alarm_id for mail in mails for message in mail if message.alarm_id is not None}
        found = session.exec(select(Alarm).where(col(Alarm.id).in_(ids))).all() if ids else []
        alarms = {alarm.id: alarm.kind for alarm in found if alarm.id is not None}
        return [_Mail(mail[0].mail_id, mail, alarms) for mail in mails if mail[0].mail_id is not None]


def _send(mail: _Mail, post: Post, *, at: pendulum.DateTime) -> bool:
    """
    Send one mail by every way it has not gone yet, note what came of it, and return whether it is done.

    Whatever fails is noted by its type, which `homeward alarms` shows after some tries; the others' mail goes on.
    """
    first, failure = mail.messages[0], None
    mailed, notified = first.mailed_at, first.notified_at
    try:
        address = addresses.of(first.officer) if first.goes_to is None else addresses.once(first)
        subject, body = words.subject(mail.messages), words.body(mail.messages, mail.alarms)
    except Exception as failed:
        address, subject, body, failure = Address(None, None), "", "", type(failed).__name__
    if mailed is None and address.email and settings().smtp_host:
        written_at = first.gathered_at or at
        try:
            post.send(letter(mail.id, to=address.email, subject=subject, body=body, written_at=written_at))
            mailed = now()
        except Exception as failed:
            failure = type(failed).__name__
    if notified is None and address.notify:
        try:
            notify(address.notify, title=subject, body=body)
            notified = now()
        except NotNotified as failed:
            failure = type(failed).__name__
    _note(mail, mailed_at=mailed, notified_at=notified, failure=failure, at=at)
    return failure is None


def _note(
    mail: _Mail,
    *,
    mailed_at: pendulum.DateTime | None,
    notified_at: pendulum.DateTime | None,
    failure: str | None,
    at: pendulum.DateTime,
) -> None:
    tries = mail.messages[0].tries + (1 if failure else 0)
    with case_file.transaction() as session:
        session.execute(
            update(Message)
            .where(col(Message.id).in_([message.id for message in mail.messages]))
            .values(
                mailed_at=mailed_at,
                notified_at=notified_at,
                sent_at=None if failure else now(),
                tries=tries,
                try_at=at + try_again_in(tries) if failure else None,
                last_failure=failure,
            )
        )
