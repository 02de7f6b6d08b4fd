"""Mail: one connection to the mail server a round, one recipient a mail."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime
from types import TracebackType
from typing import Self
from uuid import UUID

import pendulum

from tasks.settings import Tls, settings

TIMEOUT_S = 10.0
"""How long the server may take for each answer."""


class NotPrivate(Exception):
    """The mail server offers no TLS, and without it neither a password nor, where TLS is required, a mail is sent."""


def letter(mail_id: UUID, *, to: str, subject: str, body: str, written_at: pendulum.DateTime) -> EmailMessage:
    """Return a mail; the same mail written again is the same mail, down to its Message-ID and date."""
    sender = settings().smtp_from or ""
    written = EmailMessage()
    written["From"], written["To"], written["Subject"] = sender, to, subject
    written["Date"] = format_datetime(written_at)
    written["Message-ID"] = f"<{mail_id}@{sender.rpartition('@')[2]}>"
    # Nobody's absence note comes back. Source: RFC 3834 §5.
    written["Auto-Submitted"] = "auto-generated"
    written.set_content(body)
    return written


class Post:
    """A round of mails to the server; once the server fails, the rest of the round fails at once."""

    def __init__(self) -> None:
        self._server: smtplib.SMTP | None = None
        self._failed: Exception | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()

    def send(self, written: EmailMessage) -> None:
        """
        Hand a mail to the server.

        Raises:
            OSError: it was not taken; smtplib's errors and those of sockets are all of this kind.
            NotPrivate: the connection would not be private.
        """
        if self._failed is not None:
            raise self._failed
        try:
            self._connected().send_message(written, to_addrs=[str(written["To"])])
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError):
            # A no to this mail; the next one may be taken.
            raise
        except (OSError, NotPrivate) as failed:
            self._failed = failed
            raise

    def _connected(self) -> smtplib.SMTP:
        if self._server is None:
            self._server = _connect()
        return self._server


def _connect() -> smtplib.SMTP:
    said = settings()
    # Named by the sender's domain: smtplib would look up this machine's name, which can take its time.
    name = (said.smtp_from or "").rpartition("@")[2]
    server = smtplib.SMTP(said.smtp_host or "", said.smtp_port, local_hostname=name, timeout=TIMEOUT_S)
    try:
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
        elif said.smtp_tls is Tls.required or said.smtp_user:
            raise NotPrivate  # noqa: TRY301 - beside what else may fail here, and the connection is closed below
        if said.smtp_user and said.smtp_password is not None:
            server.login(said.smtp_user, said.smtp_password.get_secret_value())
    except BaseException:
        server.close()
        raise
    return server
