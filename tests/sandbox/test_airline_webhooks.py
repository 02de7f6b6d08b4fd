"""The airline sends its events by itself, signed, until the receiver has taken them."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.sandbox.harness import JSON, Sandbox, codes, vector


class Receiver:
    """A server that keeps what it gets, and answers what it is told to."""

    def __init__(self) -> None:
        self.got: list[tuple[bytes, str]] = []
        self.status = 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.got.append((body, self.headers["X-Duffel-Signature"]))
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hooks/airline"

    def waits_for(self, count: int) -> list[JSON]:
        """The events received, once there are so many."""
        until = time.monotonic() + 30
        while len(self.got) < count and time.monotonic() < until:
            time.sleep(0.02)
        return [json.loads(body) for body, _ in self.got]

    def end(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody who listens."""
    listening = Receiver()
    yield listening
    listening.end()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox of this test alone."""
    with Sandbox(tmp_path / "sandbox.sqlite") as running:
        yield running


def subscribed(own: Sandbox, receiver: Receiver) -> JSON:
    body = {"data": {"url": receiver.url, "events": ["order.created"]}}
    return own.airline.data(own.airline.http.post("/air/webhooks", json=body))


def is_signed(secret: str, body: bytes, signature: str) -> bool:
    stated, digest = signature.removeprefix("t=").split(",v1=")
    return hmac.new(secret.encode(), stated.encode() + b"." + body, hashlib.sha256).hexdigest() == digest


def test_a_receiver_is_made_as_published_and_there_is_only_one(own: Sandbox, receiver: Receiver) -> None:
    made = subscribed(own, receiver)
    second = own.airline.http.post("/air/webhooks", json={"data": {"url": receiver.url, "events": ["order.created"]}})
    listed = own.airline.http.get("/air/webhooks").json()["data"]

    assert made.keys() == vector("duffel/javascript/mockWebhooks.mockWebhooksCreateResponse.json")["data"].keys()
    assert codes(second) == ["unsafe_unique"]
    assert [each.keys() for each in listed] == [made.keys() - {"secret"}]


def test_what_was_asked_for_arrives_signed_and_once(own: Sandbox, receiver: Receiver) -> None:
    own.airline.booked()
    secret = subscribed(own, receiver)["secret"]

    order = own.airline.booked()
    own.airline.booked()

    events = receiver.waits_for(2)
    assert [each["type"] for each in events] == ["order.created"] * 2, "nothing from before, and no payments"
    assert events[0]["data"]["object"]["id"] == order["id"]
    assert all(is_signed(secret, body, signature) for body, signature in receiver.got)


def test_a_receiver_that_fails_is_tried_again(own: Sandbox, receiver: Receiver) -> None:
    subscribed(own, receiver)
    receiver.status = 500
    own.airline.booked()
    receiver.waits_for(1)
    receiver.status = 200

    own.advance(hours=1)

    events = receiver.waits_for(2)
    assert events[0] == events[1], "the same event, under the same key"


def test_copies_and_forgeries_are_sent_on_order(own: Sandbox, receiver: Receiver) -> None:
    secret = subscribed(own, receiver)["secret"]
    own.control.post("/deliveries", json={"copies": 5, "forged": True}).raise_for_status()

    own.airline.booked()

    events = receiver.waits_for(5)
    assert [each["idempotency_key"] for each in events] == [events[0]["idempotency_key"]] * 5
    assert not any(is_signed(secret, body, signature) for body, signature in receiver.got)
