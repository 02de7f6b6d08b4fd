"""A browser's field for a date and a time: it knows no zone, and a page says whose clock it means."""

import pendulum


def moment(text: str, *, zone: str) -> pendulum.DateTime | None:
    """Return the moment a field means by the clock of a zone, UTC; None where it is no moment."""
    try:
        parsed = pendulum.parse(text.strip(), tz=zone)
    except ValueError:
        return None
    return parsed.in_timezone("UTC") if isinstance(parsed, pendulum.DateTime) else None
