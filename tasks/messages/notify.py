"""Notifying through apprise: a hundred services behind one kind of address."""

import logging


class NotNotified(Exception):
    """The service did not take the notification; the library does not say why."""


def recipients(url: str) -> int:
    """Return how many recipients a notification address has; none when the library does not know its kind."""
    # Imported here: the library brings a hundred services and 25 MiB, which only an officer with such an address needs.
    import apprise  # noqa: PLC0415

    _hush()
    services = apprise.Apprise()
    return len(services) if services.add(url) else 0


def notify(url: str, *, title: str, body: str) -> None:
    """
    Send one notification to one address; the library's own timeouts are four seconds each.

    Raises:
        NotNotified: it was not taken.
    """
    import apprise  # noqa: PLC0415

    _hush()
    services = apprise.Apprise()
    if not services.add(url) or not services.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT):
        raise NotNotified


def _hush() -> None:
    # What it logs names hosts and addresses with their tokens.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
