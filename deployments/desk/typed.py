"""What stands in a form, read before anything is made of it."""

import pendulum
from pydantic import BaseModel

from deployments.desk.local_time import moment
from models.case import HOME_ZONE, is_reference, local_zone
from models.text import NOT_WRITABLE, is_writable
from tasks import case_file
from tasks.clock import now

LONGEST_LINE = 200
"""Letters a field of one line takes; no name and no role is longer."""

TOO_LONG = f"That is longer than {LONGEST_LINE} letters; write it shorter."

_LINE_DIGITS = 19
"""A line of a timeline has a number of at most so many."""

WRITTEN_MEANWHILE = "Something came into the file meanwhile; read it, then send the form again if it still holds."

_DIGITS = 6
"""No list here has a number with more."""


def local_moment(text: str, reference: str) -> pendulum.DateTime | None:
    """
    Return the moment a browser's date field means by the mission's clock, now where it is empty; None if unreadable.

    Raises:
        case_file.UnknownCase: a reference without a country, whose clock nobody knows.
    """
    if not is_reference(reference):
        raise case_file.UnknownCase(reference)
    return moment(text, zone=local_zone(reference)) if text else now()


def seoul_moment(text: str) -> pendulum.DateTime | None:
    """Return the moment a browser's date field means by Seoul's clock; None if empty or unreadable."""
    return moment(text, zone=HOME_ZONE)


def whole_number(text: str) -> int:
    """Return a number in a list; 0, which nothing has, for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else 0


def seen_before(text: str) -> int | None:
    """Return how many the page had shown when its form was drawn; None without it, -1 where it is no number."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else -1


def line_before(text: str) -> int | None:
    """Return the newest line of a case's file that a page knew when its form was drawn; None for what is no line."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < _LINE_DIGITS else None


def unfit(typed: BaseModel) -> str:
    """Return why what was typed cannot be written down, in one sentence; nothing where it can."""
    fields = [text for value in typed.model_dump().values() for text in (value if isinstance(value, list) else [value])]
    if not all(is_writable(text) for text in fields):
        return NOT_WRITABLE
    return TOO_LONG if any(len(text) > LONGEST_LINE for text in fields) else ""
