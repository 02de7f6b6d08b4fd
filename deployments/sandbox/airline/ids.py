"""Ids as Duffel writes them: a prefix that says of what, and 22 characters."""

import secrets
import string

ALPHABET = string.ascii_letters + string.digits
LOCATOR_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without the letters and digits people take for one another."""


def new_id(prefix: str) -> str:
    """Return a new id, for example `ord_0000` and 18 random characters."""
    return f"{prefix}_0000" + "".join(secrets.choice(ALPHABET) for _ in range(18))


def new_record_locator() -> str:
    """Return a new record locator of six characters."""
    return "".join(secrets.choice(LOCATOR_ALPHABET) for _ in range(6))


def new_ticket_number(airline_code: str) -> str:
    """Return a new ticket number of 13 digits: the airline's numeric code, then ten digits."""
    return airline_code + f"{secrets.randbelow(10**10):010}"
