import json
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from tests.sandbox.harness import JSON, ROOT, Sandbox, run_to_end

REGISTRY = ROOT / "deployments" / "sandbox" / "data" / "registry.jsonl"
COMMITMENT = {
    "case_reference": "KHM-2026-0001",
    "total": {"amount": "1", "currency": "USD"},
    "items": [{"kind": "fare", "amount": "1", "currency": "USD"}],
}
FREE = ("--port", "0", "--control-port", "0")


def test_it_says_once_where_it_listens(sandbox: Sandbox) -> None:
    # given the one line it wrote when it was ready
    line = sandbox.ready_line
    # then it is one JSON object with both ports, and both answer
    assert set(json.loads(line)) == {"port", "control_port"}
    assert sandbox.control.get("/health").json()["status"] == "ok"
    assert sandbox.partners.get("/openapi.json").status_code == 200


def test_it_starts_in_less_than_two_seconds(sandbox: Sandbox) -> None:
    # given a sandbox with everybody of the packaged registry
    last = json.loads(REGISTRY.read_text(encoding="utf-8").splitlines()[5099])["person_id"]
    sandbox.partners.get(f"/registry/v1/persons/{last}", params={"transactionId": "t"}).raise_for_status()
    # then it was ready soon
    assert sandbox.started_in_s < 2


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_quickly_and_well(tmp_path: Path, by: signal.Signals) -> None:
    # given a sandbox with a client still connected
    running = Sandbox(tmp_path / "a.sqlite")
    running.control.get("/health").raise_for_status()
    # when it is asked to end
    begun = time.monotonic()
    code, said = running.stop(by)
    # then it goes without a word
    assert (code, said) == (0, "")
    assert time.monotonic() - begun < 2


def test_it_listens_on_loopback_only(sandbox: Sandbox) -> None:
    # given this machine's other loopback address
    with socket.socket() as elsewhere:
        # then nothing answers there
        assert elsewhere.connect_ex(("127.0.0.2", sandbox.port)) != 0


def test_a_port_in_use_is_said_in_one_line(tmp_path: Path) -> None:
    # given a port somebody has
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        # when the sandbox wants it
        ended = run_to_end("--port", port, "--control-port", "0", "--database", str(tmp_path / "a.sqlite"))
    # then it refuses in one clear line
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert f"port {port}" in ended.stderr


def test_a_missing_registry_is_said_in_one_line(tmp_path: Path) -> None:
    # given no such file
    missing = tmp_path / "registry.jsonl"
    # when the sandbox is to load it
    ended = run_to_end(*FREE, "--database", str(tmp_path / "a.sqlite"), "--registry", str(missing))
    # then it refuses in one clear line
    assert ended.returncode == 2
    assert ended.stderr == f"sandbox: cannot read the registry {missing}: FileNotFoundError\n"


def test_a_malformed_registry_is_refused_without_quoting_the_person(tmp_path: Path) -> None:
    # given a line with a person and one wrong field
    person = json.loads(REGISTRY.read_text(encoding="utf-8").splitlines()[0]) | {"sex": "unknown"}
    registry = tmp_path / "registry.jsonl"
    registry.write_text(json.dumps(person), encoding="utf-8")
    # when the environment names it
    environment = {"HOMEWARD_SANDBOX_REGISTRY": str(registry)}
    ended = run_to_end(*FREE, "--database", str(tmp_path / "a.sqlite"), environment=environment)
    # then the line and the field are named, and nothing else
    assert ended.returncode == 2
    assert ended.stderr == f"sandbox: the registry {registry} is malformed in line 1: sex\n"


def test_another_registry_replaces_the_packaged_one(tmp_path: Path) -> None:
    # given a registry of one person
    registry = tmp_path / "registry.jsonl"
    registry.write_text(REGISTRY.read_text(encoding="utf-8").splitlines()[7] + "\n", encoding="utf-8")
    # when the sandbox runs with it
    with Sandbox(tmp_path / "a.sqlite", "--registry", str(registry)) as running:
        read = [
            running.partners.get(f"/registry/v1/persons/{person_id}", params={"transactionId": "t"}).status_code
            for person_id in ("R000008", "R000001")
        ]
    # then only that person exists
    assert read == [200, 404]


def test_a_database_that_cannot_be_used_is_said_in_one_line(tmp_path: Path) -> None:
    # given a folder that does not exist
    missing = tmp_path / "nowhere" / "a.sqlite"
    # when the database shall be there
    ended = run_to_end(*FREE, "--database", str(missing))
    # then it refuses in one clear line
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1


class Survivor(NamedTuple):
    """A sandbox that was killed and started again, and what it had answered before."""

    sandbox: Sandbox
    instant: JSON
    hold: JSON
    unanswered_offer: JSON
    commitment: JSON


@pytest.fixture(scope="module")
def survivor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Survivor]:
    database = tmp_path_factory.mktemp("killed") / "a.sqlite"
    first = Sandbox(database)
    instant = first.airline.booked("KE")
    hold = first.airline.booked("OZ", kind="hold")
    first.fault("drop_after", partner="airline", method="POST", path="/air/orders")
    offer = first.airline.offer()
    with pytest.raises(httpx.TransportError):
        first.airline.order(offer)
    commitment = first.partners.put("/treasury/v1/commitments/c1", json=COMMITMENT).raise_for_status().json()
    first.fault("status_503", partner="treasury")
    first.kill()
    with Sandbox(database, port=first.port, control_port=first.control_port) as second:
        yield Survivor(second, instant, hold, offer, commitment)


@pytest.mark.parametrize("kind", ["instant", "hold"])
def test_a_killed_sandbox_keeps_every_order_it_has_answered(survivor: Survivor, kind: str) -> None:
    # given an order that was answered before the process was killed
    order: JSON = getattr(survivor, kind)
    # when the next process is asked for it
    kept = survivor.sandbox.airline.read(order)
    # then it is the same
    assert {**kept, "synced_at": None} == {**order, "synced_at": None}


def test_a_killed_sandbox_keeps_an_order_whose_answer_was_lost(survivor: Survivor) -> None:
    # given an order whose connection was dropped after it was made, before the process was killed
    offer_id = survivor.unanswered_offer["id"]
    # when the next process is asked for orders of that offer
    found = survivor.sandbox.airline.http.get("/air/orders", params={"offer_id": offer_id}).json()["data"]
    # then there is exactly one
    assert [order["offer_id"] for order in found] == [offer_id]
    assert survivor.sandbox.counts()["orders_live"] == 3


def test_what_other_partners_hold_and_what_a_drill_ordered_survive_a_kill(survivor: Survivor) -> None:
    # when the next process is asked twice
    first, second = (survivor.sandbox.partners.get("/treasury/v1/commitments/c1") for _ in range(2))
    # then the fault ordered before still happens once, and the commitment is there
    assert first.status_code == 503
    assert second.json() == survivor.commitment


def test_no_personal_data_reaches_its_outputs(tmp_path: Path) -> None:
    # given a sandbox asked about a person in addresses, queries and bodies, well and badly
    running = Sandbox(tmp_path / "a.sqlite")
    name = "Zzyzxname"
    running.airline.http.get("/air/orders", params={"passenger_name[]": name})
    running.airline.order(running.airline.offer(), passengers=[{"given_name": name}])
    running.partners.post("/lookouts/v1/checks", json={"surname_hangul": name, "given_hangul": 5})
    running.partners.post("/registry/v1/persons?transactionId=t", json=[{"attributeName": name}])
    running.partners.post("/registry/v1/persons?transactionId=t", content=name)
    # when it ends
    _, said = running.stop()
    # then it has said nothing of it
    assert name not in said
