"""Pacing: one bucket in the case database for all workers, from which a search takes its slot before it is sent."""

import time
from functools import partial

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from models import pace
from models.pace import PartnerPace
from tasks import case_file
from tasks.clock import now
from tasks.partners.airline import Limits, Pace
from tasks.partners.errors import PartnerUnavailable

SEARCH = "airline.search"

WAIT_AT_MOST_S = 240.0
"""Whose slot is later gives the place up, and tries again as after any failed read."""

LONGEST_WINDOW_S = 3600.0
"""A reset farther away is a clock that goes wrong, and no limit anybody sets."""

MARGIN_S = 1.0
"""The partner states whole seconds."""


def searches() -> Pace:
    """Return the pace of searches at the airline, which all workers share."""
    return Pace(wait=partial(_wait, SEARCH), heard=partial(_learn, SEARCH))


def _wait(call: str) -> None:
    """
    Take the next free slot and wait for it; where nobody has heard of a limit yet, there is nothing to wait for.

    Raises:
        PartnerUnavailable: it is too far away; none was taken.
    """
    with case_file.transaction() as session:
        row = session.get(PartnerPace, call, with_for_update=True)
        if row is None:
            return
        at = now()
        free = pace.slot(row, at=at)
        wait_s = (free.at - at).total_seconds()
        if wait_s > WAIT_AT_MOST_S:
            raise PartnerUnavailable(call.partition(".")[0], f"takes no more searches before {free.at:%H:%M:%S} UTC")
        row.next_at = free.next_at
        session.add(row)
    if wait_s > 0:
        time.sleep(wait_s)


def _learn(call: str, heard: Limits) -> None:
    """Write down what an answer says of the limit, where it says something new."""
    reset_s = heard.resets_in_s if heard.resets_in_s <= LONGEST_WINDOW_S else pace.WINDOW_S
    window_s = max(pace.WINDOW_S, reset_s)
    with case_file.transaction() as session:
        session.execute(
            insert(PartnerPace)
            .values(call=call, limit=heard.limit, window_s=window_s, next_at=now())
            .on_conflict_do_update(
                index_elements=[col(PartnerPace.call)],
                set_={"limit": heard.limit, "window_s": window_s},
                where=(col(PartnerPace.limit) != heard.limit) | (col(PartnerPace.window_s) < window_s),
            )
        )
        if heard.remaining > 0:
            return
        row = session.get_one(PartnerPace, call, with_for_update=True)
        row.next_at = pace.closed_until(row, now().add(seconds=reset_s + MARGIN_S))
        session.add(row)
