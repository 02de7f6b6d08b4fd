"""Starts the real sandbox process and speaks to it; shares no code with it."""

import json
import os
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "tests" / "vectors"

JSON = dict[str, Any]

DEPARTURE = (datetime.now(UTC) + timedelta(days=20)).date()
"""A day far enough ahead for every hold and offer of a test."""

AIRLINE_HEADERS = {"Authorization": "Bearer duffel_test_1", "Duffel-Version": "v2"}
OWN_HEADERS = {"Authorization": "Bearer sandbox"}


NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Nothing here is encrypted; a client that loaded its certificates would take 86 ms to make."""


def client(address: str, headers: Mapping[str, str]) -> httpx.Client:
    """Return a client of one address."""
    return httpx.Client(base_url=address, headers=headers, timeout=20, verify=NO_CERTIFICATES)


class Sandbox:
    """One running sandbox process and a client for each of its ports."""

    def __init__(self, database: Path, *arguments: str, port: int = 0, control_port: int = 0) -> None:
        # A file, for nobody reads a pipe while the process runs.
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  closed when the process has ended
        begun = time.monotonic()
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-W", "error", "-m", "deployments.sandbox", "--database", str(database)),
                *("--port", str(port), "--control-port", str(control_port), *arguments),
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        assert self._process.stdout is not None
        self.ready_line = self._process.stdout.readline()
        self.started_in_s = time.monotonic() - begun
        ports = json.loads(self.ready_line)
        self.port, self.control_port = int(ports["port"]), int(ports["control_port"])
        address = f"http://127.0.0.1:{self.port}"
        self.partners = client(address, OWN_HEADERS)
        self.stranger = client(address, {})
        self.airline = Airline(f"{address}/airline")
        self.control = client(f"http://127.0.0.1:{self.control_port}", {})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def stop(self, by: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Ask the process to end; return its exit code and everything it said on both outputs after the ready line."""
        self._process.send_signal(by)
        return self._ended()

    def kill(self) -> None:
        """End the process at once, as a power cut of the process would."""
        self._process.kill()
        self._ended()

    def _ended(self) -> tuple[int, str]:
        out, _ = self._process.communicate(timeout=10)
        with self._errors:
            self._errors.seek(0)
            err = self._errors.read()
        for each in (self.partners, self.stranger, self.airline.http, self.control):
            each.close()
        return self._process.returncode, out + err

    def fault(self, kind: str, *, partner: str, method: str = "*", path: str = "*", **more: float) -> None:
        """Order a fault for the next fitting request."""
        body = {"partner": partner, "method": method, "path": path, "kind": kind, **more}
        self.control.post("/faults", json=body).raise_for_status()

    def advance(self, **by: float) -> None:
        """Let time pass for every partner."""
        seconds = timedelta(**by).total_seconds()
        self.control.post("/clock", json={"advance_seconds": seconds}).raise_for_status()

    def counts(self) -> JSON:
        """Return what the partners count."""
        counted: JSON = self.control.get("/counts").raise_for_status().json()
        return counted


class Airline:
    """A client of the airline that does what a booking takes, and nothing clever."""

    def __init__(self, address: str) -> None:
        self.http = client(address, AIRLINE_HEADERS)

    def search(
        self,
        route: str = "KTI-ICN",
        *,
        passengers: Sequence[JSON] = ({"type": "adult"},),
        on: date = DEPARTURE,
        max_connections: int = 1,
        **in_slice: object,
    ) -> JSON:
        """Return an offer request with its offers."""
        origin, destination = route.split("-")
        part = {"origin": origin, "destination": destination, "departure_date": on.isoformat(), **in_slice}
        wanted = {"slices": [part], "passengers": list(passengers), "max_connections": max_connections}
        return self.data(self.http.post("/air/offer_requests", json={"data": wanted}))

    def offer(
        self, owner: str = "ZZ", route: str = "KTI-ICN", *, passengers: Sequence[JSON] = ({"type": "adult"},)
    ) -> JSON:
        """Return the offer of one airline from a new search."""
        offers = self.search(route, passengers=passengers)["offers"]
        found: JSON = next(offer for offer in offers if offer["owner"]["iata_code"] == owner)
        return found

    def order(self, offer: JSON, *, kind: str = "instant", **changes: object) -> httpx.Response:
        """Order an offer for travellers made up for it; `changes` replace parts of the request."""
        return self.http.post("/air/orders", json={"data": order_request(offer, kind=kind, **changes)})

    def booked(self, owner: str = "ZZ", route: str = "KTI-ICN", *, kind: str = "instant", **changes: object) -> JSON:
        """Return a new order."""
        return self.data(self.order(self.offer(owner, route), kind=kind, **changes))

    def pay(self, order: JSON, *, amount: str | None = None) -> httpx.Response:
        """Pay a held order, at its total unless another amount is given."""
        payment = {"type": "balance", "amount": amount or order["total_amount"], "currency": order["total_currency"]}
        return self.http.post("/air/payments", json={"data": {"order_id": order["id"], "payment": payment}})

    def cancel(self, order: JSON) -> JSON:
        """Cancel an order and return the confirmed cancellation."""
        quote = self.data(self.http.post("/air/order_cancellations", json={"data": {"order_id": order["id"]}}))
        return self.data(self.http.post(f"/air/order_cancellations/{quote['id']}/actions/confirm"))

    def read(self, order: JSON) -> JSON:
        """Return an order as it stands."""
        return self.data(self.http.get(f"/air/orders/{order['id']}"))

    @staticmethod
    def data(reply: httpx.Response) -> JSON:
        """Return what a good answer wraps."""
        wrapped: JSON = reply.raise_for_status().json()["data"]
        return wrapped


def order_request(offer: JSON, *, kind: str = "instant", **changes: object) -> JSON:
    """Return a good order request for an offer."""
    payment = {"type": "balance", "amount": offer["total_amount"], "currency": offer["total_currency"]}
    return {
        "type": kind,
        "selected_offers": [offer["id"]],
        "passengers": [traveller(offer, number) for number in range(len(offer["passengers"]))],
        **({"payments": [payment]} if kind == "instant" else {}),
        **changes,
    }


def traveller(offer: JSON, number: int = 0, **changes: object) -> JSON:
    """Return one passenger of an order, with a document where the offer wants one."""
    document = {
        "type": "passport",
        "unique_identifier": f"PU000000{number}",
        "issuing_country_code": "KR",
        "expires_on": "2035-01-01",
    }
    wanted = offer["passenger_identity_documents_required"]
    return {
        "id": offer["passengers"][number]["id"],
        "title": "mr",
        "gender": "m",
        "given_name": ("Gildong", "Chulsoo", "Younghee", "Minsoo")[number],
        "family_name": "Hong",
        "born_on": "1995-01-01",
        "email": "desk@example.org",
        "phone_number": "+8221002000",
        **({"identity_documents": [document]} if wanted else {}),
        **changes,
    }


def vector(path: str) -> Any:
    """Return a published example as JSON."""
    return json.loads((VECTORS / path).read_text(encoding="utf-8"))


def codes(reply: httpx.Response) -> list[str]:
    """Return the codes of an airline's error."""
    return [error["code"] for error in reply.json()["errors"]]


def run_to_end(*arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the sandbox with arguments it should refuse."""
    return subprocess.run(
        [sys.executable, "-m", "deployments.sandbox", *arguments],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )
