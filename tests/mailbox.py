"""A real mail server and a real notification service on loopback, which keep what reaches them."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from deployments.stack.ground import take_port


@dataclass
class Arrived:
    """One mail as the server was handed it."""

    to: list[str]
    raw: bytes
    signed_in: bool
    private: bool

    @property
    def letter(self) -> EmailMessage:
        """The mail, read as a mail program reads it."""
        read = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(read, EmailMessage)
        return read

    @property
    def text(self) -> str:
        """Every header and the body, in clear."""
        headers = "\n".join(f"{name}: {value}" for name, value in self.letter.items())
        return f"{headers}\n\n{self.letter.get_content()}"


@dataclass
class MailServer:
    """Takes mails, unless it was told to answer otherwise."""

    port: int
    arrived: list[Arrived] = field(default_factory=list)
    refuses: list[str] = field(default_factory=list)
    """Answers to give to the next mails, in order."""
    answers_after: threading.Event | None = None
    """Set where a mail is to be answered only later."""
    is_handed_one: threading.Event = field(default_factory=threading.Event)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        """Keep a mail, or refuse it as told."""
        self.is_handed_one.set()
        if self.answers_after is not None:
            await server.loop.run_in_executor(None, self.answers_after.wait, 10)
        if self.refuses:
            return self.refuses.pop(0)
        raw = envelope.content
        assert isinstance(raw, bytes)
        to = [str(one) for one in envelope.rcpt_tos]
        self.arrived.append(Arrived(to, raw, bool(session.authenticated), session.ssl is not None))
        return "250 OK"


@contextmanager
def mail_server(*, tls: SSLContext | None = None, port: int | None = None, password: str = "") -> Iterator[MailServer]:
    """Run a mail server; with TLS it also takes sign-ins with this password."""
    box = MailServer(port or take_port(0, "smtp"))

    def prove(_server: object, _session: object, _envelope: object, _mechanism: str, given: Any) -> AuthResult:
        fits = isinstance(given, LoginPassword) and given.password == password.encode()
        return AuthResult(success=fits)

    signing_in: dict[str, Any] = {"tls_context": tls, "authenticator": prove} if tls else {}
    controller = Controller(box, hostname="127.0.0.1", port=box.port, **signing_in)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


@dataclass
class Service:
    """A notification service; keeps what is posted to it."""

    port: int
    posted: list[dict[str, Any]] = field(default_factory=list)
    refuses: int = 0


@contextmanager
def notification_service() -> Iterator[Service]:
    """Run a service apprise speaks to as `json://`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if service.refuses:
                service.refuses -= 1
                self.send_response(503)
            else:
                service.posted.append(json.loads(body))
                self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        service = Service(server.server_port)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()
