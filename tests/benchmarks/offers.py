"""How long the airline's client takes to read a page of offers as large as a real search gives."""

import gzip
import json
import statistics
import time

import httpx

from tasks.partners.airline import Airline
from tasks.partners.transport import telling
from tests.benchmarks.results import tell
from tests.sandbox.harness import VECTORS

PAGE_BYTES = 1_500_000
"""What one adult from London to New York was seen to get."""

TRIES = 15


def measure() -> None:
    """Read such a page, packed as it comes, through the client and without a network: it is work of the CPU."""
    published = json.loads((VECTORS / "duffel/go/200-offers-orq_0000AGqEDX9VCvWmHLBywi.json").read_text())["data"]
    offers: list[object] = []
    size = 0
    while size < PAGE_BYTES:
        offers.append(published[len(offers) % len(published)])
        size += len(json.dumps(offers[-1]))
    packed = gzip.compress(json.dumps({"data": offers, "meta": {"limit": 200, "after": None}}).encode())
    headers = {"content-encoding": "gzip"}
    line = httpx.MockTransport(lambda _: httpx.Response(200, content=packed, headers=headers))
    taken_ms = []
    with telling(lambda _: None), Airline(line) as airline:
        for _ in range(TRIES):
            began = time.process_time()
            found = airline.offers("orq_1")
            taken_ms.append((time.process_time() - began) * 1000)
            assert len(found) == len(offers)
    tell("offer_page", statistics.median(taken_ms), "ms of CPU", goal=150.0, bytes=size, offers=len(offers))
