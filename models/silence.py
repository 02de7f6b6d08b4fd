"""Silence: when a person must be heard of again, and how late it is. Silence about a person is red everywhere."""

import pendulum


def is_overdue(due_at: pendulum.DateTime, *, at: pendulum.DateTime) -> bool:
    """Return whether the person should have been heard of by this moment; the due moment itself is late."""
    return at >= due_at


def words(due_at: pendulum.DateTime, *, at: pendulum.DateTime) -> str:
    """Return when the person must be heard of, or for how long that has been overdue, in whole hours."""
    if not is_overdue(due_at, at=at):
        return f"hear of them by {due_at:%Y-%m-%d %H:%M} UTC"
    hours = int((at - due_at).total_seconds()) // 3600
    since = f"for {hours} h" if hours else "now"
    return f"OVERDUE {since}, due {due_at:%Y-%m-%d %H:%M} UTC"
