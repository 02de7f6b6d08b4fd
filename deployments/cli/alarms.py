"""`homeward alarms`."""

from typing import Annotated, Any

import typer
from rich.console import Group
from rich.table import Table

from deployments.cli.terminal import RED, AsJson, clear, show, signed_in, table
from models.message import AlarmKind
from models.officer import Duty
from tasks import alarms as alarming
from tasks import case_file, messages
from tasks.alarms import Open
from tasks.messages import Undelivered

_OVERDUE = (AlarmKind.contact_overdue, AlarmKind.agency_silent)
"""What is red."""


@clear
def alarms(
    acknowledge: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="As coordinator: you have looked at this one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what happened that must not, and which messages do not go out."""
    officer = signed_in()
    if acknowledge is not None:
        alarm = alarming.acknowledge(acknowledge, officer=officer)
        words = f"Alarm {alarm.id} of {alarm.subject} is acknowledged."
        show({"acknowledged": alarm.id, "reference": alarm.reference}, as_json=as_json, words=words)
        return
    case_file.refuse_without(Duty.look_at_cases, officer)
    standing, undelivered = alarming.standing(), messages.undelivered()
    facts: dict[str, Any] = {
        "alarms": [
            {"number": a.id, "reference": a.reference, "about": a.about, "kind": a.kind.value, "words": a.words,
             "raised_at": a.raised_at.to_iso8601_string()}
            for a in standing
        ],
        "undelivered": [
            {"officer": u.officer, "reason": u.reason, "count": u.count, "oldest_at": u.oldest_at.to_iso8601_string()}
            for u in undelivered
        ],
    }  # fmt: skip
    shown = [*([listed(standing)] if standing else []), *([_undelivered(undelivered)] if undelivered else [])]
    show(facts, as_json=as_json, words=Group(*shown) if shown else "No alarm is open, and every message goes out.")


def listed(standing: list[Open]) -> Table:
    """Return the open alarms as a table."""
    rows = table("Alarm", "About", "Since", "What happened")
    for alarm in standing:
        rows.add_row(str(alarm.id), alarm.subject, f"{alarm.raised_at:%Y-%m-%d %H:%M} UTC", alarm.words,
                     style=RED if alarm.kind in _OVERDUE else "")  # fmt: skip
    return rows


def _undelivered(undelivered: list[Undelivered]) -> Table:
    rows = table("Not delivered to", "Messages", "Oldest", "Why")
    for each in undelivered:
        rows.add_row(each.officer, str(each.count), f"{each.oldest_at:%Y-%m-%d %H:%M} UTC", each.reason)
    return rows
