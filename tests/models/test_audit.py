from typing import Any

import pendulum
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.audit import GENESIS, AuditEvent, event_hash, first_broken


def chain(length: int) -> list[AuditEvent]:
    events: list[AuditEvent] = []
    for seq in range(1, length + 1):
        event = AuditEvent(
            seq=seq, at=pendulum.datetime(2026, 11, 24, 9).add(seconds=seq), actor="O-02", action="case.moved",
            reference="KHM-2026-0042", person_id=None, fields={"to": "verified"},
            previous_hash=events[-1].hash if events else GENESIS, hash="",
        )  # fmt: skip
        event.hash = event_hash(event)
        events.append(event)
    return events


def test_a_chain_that_nobody_touched_holds() -> None:
    assert first_broken(chain(50)) is None
    assert first_broken([]) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("actor", "O-03"), ("action", "case.opened"), ("reference", "KHM-2026-0043"), ("person_id", "x"),
        ("fields", {"to": "home"}), ("at", pendulum.datetime(2026, 1, 1)), ("previous_hash", "f" * 64),
        ("hash", "e" * 64),
    ],
)  # fmt: skip
def test_any_changed_field_is_named_by_its_event(field: str, value: Any) -> None:
    events = chain(20)
    setattr(events[7], field, value)

    assert first_broken(events) == 8


@given(st.integers(min_value=0, max_value=18))
def test_a_missing_event_is_named(gone: int) -> None:
    events = chain(20)
    del events[gone]

    assert first_broken(events) == gone + 1


def test_a_forger_who_mends_one_hash_breaks_the_next_link() -> None:
    events = chain(20)
    events[7].actor = "O-03"
    events[7].hash = event_hash(events[7])

    assert first_broken(events) == 9
