"""
Lock-outs: whoever gives too many wrong answers in an officer's name waits, each way in by itself.

A stranger reaches the sign-in page, and whoever has the engine's password reaches the Resume form. What they get wrong
there keeps nobody out elsewhere, and keeps the officer out of the sign-in page only in a browser they never used.
Source: OWASP, Slow Down Online Guessing Attacks with Device Cookies.
"""

import hmac
import re
import secrets
from typing import Protocol

import pendulum
from sqlmodel import Session

from models.message import AlarmKind
from models.officer import LOCKED_AFTER, Officer, WrongAnswers, lock_for
from tasks import alarms, vault

RESUME_FORM = "resume-form"
WITNESS = "witness"
"""Where another officer is signed in, and this one signs beside them."""
AGREE = "agree"
"""Where whoever was bound to an officer's number says that it is theirs."""
SIGN_IN = "sign-in"
"""The page before the desk, in a browser nobody knows."""


class Counter(Protocol):
    """What counts wrong answers in a row: an officer's own, or those of one way in from outside."""

    failures: int
    locked_until: pendulum.DateTime | None


def counter(session: Session, officer: Officer, way: str | None) -> Counter:
    """Return what counts the wrong answers of one way in; None is where an officer is signed in, or at the server."""
    if way is None:
        return officer
    found = session.get(WrongAnswers, (officer.number, way))
    if found is None:
        found = WrongAnswers(officer=officer.number, way=way)
        session.add(found)
    return found


def count(session: Session, officer: Officer, counted: Counter, *, at: pendulum.DateTime) -> None:
    """Count a wrong answer; at the first lock of a row the coordinators are told, once."""
    counted.failures += 1
    lock = lock_for(counted.failures)
    counted.locked_until = at + lock if lock else None
    if counted.failures == LOCKED_AFTER:
        alarms.sound(session, None, AlarmKind.officer_locked, about=f"{officer.number} {at.to_iso8601_string()}")


def mark_of(number: str) -> str:
    """Return a mark for the browser an officer has just signed in with; nobody else can make one."""
    device = secrets.token_hex(8)
    return f"{device}.{_signature(number, device)}"


def way_of_browser(number: str, mark: str | None) -> str:
    """Return the way in of a browser: one of its own where it bears a mark of this officer."""
    device, _, signature = (mark or "").partition(".")
    # As it was made, letter by letter: the keyed hash minds neither case nor blanks.
    if re.fullmatch(r"[0-9a-f]{16}", device) and hmac.compare_digest(
        signature.encode(), _signature(number, device).encode()
    ):
        return f"{SIGN_IN} {device}"
    return SIGN_IN


def _signature(number: str, device: str) -> str:
    return vault.keyed_hash("browser", f"{number}:{device}")
