"""
Messages: what officers are told, by mail and by notification, one recipient each.

Owns the outbox, the words, the ways out and where officers are reached. Does not own when a question is reminded of
(`tasks/reminders.py`). A message says which case, stage and role, and by when, and never whose case or why.
"""

from tasks.messages.addresses import reach, reached_by, read_reports, refuse_odd, report_readers
from tasks.messages.outbox import Undelivered, holders, make, tell_report, undelivered
from tasks.messages.sender import Delivered, deliver, tidy

__all__ = [
    "Delivered",
    "Undelivered",
    "deliver",
    "holders",
    "make",
    "reach",
    "reached_by",
    "read_reports",
    "refuse_odd",
    "report_readers",
    "tell_report",
    "tidy",
    "undelivered",
]
