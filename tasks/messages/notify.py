"""Notifying through apprise: a hundred services behind one kind of address."""

import logging

TIMEOUT_S = 5.0
"""How long a service may take to answer."""


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
    Send one notification to one address.

    Raises:
        NotNotified: it was not taken.
    """
    import apprise  # noqa: PLC0415

    _hush()
    services = apprise.Apprise()
    try:
        taken = bool(services.add(url))
        for service in services:
            # An address may name longer ones; nobody else's message waits for them.
            service.socket_connect_timeout = service.socket_read_timeout = TIMEOUT_S
        taken = taken and bool(services.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT))
    except Exception:
        # A hundred services by as many hands: whatever one of them raises, the others' messages go on, and its words,
        # which may name the address, stay here.
        raise NotNotified from None
    if not taken:
        raise NotNotified


def _hush() -> None:
    # What it logs names hosts and addresses with their tokens.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
