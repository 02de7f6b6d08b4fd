"""
Acts: what an officer writes down about a case beyond the forms of its page.

Each is declared once, in a few lines: what is typed, whose duty it is, and the function of the tasks that the command
line calls too. The page draws the form, passes on what was typed, and decides nothing.
"""

from deployments.desk.acts import host_country, identity, journey, money, person
from deployments.desk.acts.act import Act, Group
from models.officer import Officer

ALL: tuple[Act, ...] = (*identity.ACTS, *person.ACTS, *journey.ACTS, *money.ACTS, *host_country.ACTS)
"""In the order the page of a case lists them."""

ACTS: dict[str, Act] = {act.name: act for act in ALL}
"""By the last word of their address."""


def open_to(officer: Officer, *, over: bool) -> dict[Group, list[Act]]:
    """Return the acts that are an officer's, by group; few are left once the journey is over."""
    mine = [act for act in ALL if officer.may(act.duty) and (act.when_over or not over)]
    return {group: found for group in Group if (found := [act for act in mine if act.group is group])}
