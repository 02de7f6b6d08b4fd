from typing import Any

import pendulum
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.audit import GENESIS, AuditEvent, ChainSeal, chained, first_fault, is_reading, seal_statement


def chain(length: int) -> list[AuditEvent]:
    events: list[AuditEvent] = []
    for seq in range(1, length + 1):
        event = AuditEvent(
            seq=seq, at=pendulum.datetime(2026, 11, 24, 9).add(seconds=seq), actor="O-02", action="case.moved",
            reference="KHM-2026-0042", person_id=None, fields={"to": "verified"},
            content_hash="", previous_hash=events[-1].hash if events else GENESIS, hash="",
        )  # fmt: skip
        events.append(chained(event))
    return events


def broken_at(events: list[AuditEvent], sealed: dict[int, str] | None = None) -> int | None:
    fault = first_fault(events, sealed)
    return fault.seq if fault else None


def test_a_chain_that_nobody_touched_holds() -> None:
    events = chain(50)

    assert first_fault(events) is None
    assert first_fault([]) is None
    assert first_fault(events, {20: events[19].hash, 50: events[49].hash}) is None


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("actor", "O-03", "changed"), ("action", "case.opened", "changed"), ("reference", "KHM-2026-0043", "changed"),
        ("person_id", "x", "changed"), ("person_id", "", "changed"), ("fields", {"to": "home"}, "changed"),
        ("fields", {"to": "verified", "x": "y"}, "changed"), ("at", pendulum.datetime(2026, 1, 1), "changed"),
        ("content_hash", "d" * 64, "changed"), ("previous_hash", "f" * 64, "does not follow event 7"),
        ("hash", "e" * 64, "moved"),
    ],
)  # fmt: skip
def test_any_changed_field_is_named_by_its_event(field: str, value: Any, what: str) -> None:
    events = chain(20)
    setattr(events[7], field, value)

    fault = first_fault(events)

    assert fault is not None
    assert fault.seq == 8
    assert what in fault.what


@given(st.integers(min_value=0, max_value=18))
def test_a_missing_event_is_named(gone: int) -> None:
    events = chain(20)
    del events[gone]

    fault = first_fault(events)

    assert fault is not None
    assert fault.words == f"event {gone + 1} is missing"


@given(st.permutations(range(10)))
def test_events_that_changed_places_are_named(order: list[int]) -> None:
    events = chain(10)
    moved = [events[place] for place in order]
    for seq, event in enumerate(moved, start=1):
        event.seq = seq

    expected = next((seq for seq, place in enumerate(order, start=1) if place != seq - 1), None)
    assert broken_at(moved) == expected


def test_a_forger_who_mends_one_hash_breaks_the_next_link() -> None:
    events = chain(20)
    events[7].actor = "O-03"
    chained(events[7])

    assert broken_at(events) == 9


def rewritten(events: list[AuditEvent], *, at: int) -> list[AuditEvent]:
    """What somebody makes who may write everything: from one event on the chain is made anew, and holds in itself."""
    events[at - 1].actor = "O-99"
    for event, before in zip(events, [None, *events], strict=False):
        event.previous_hash = before.hash if before else GENESIS
        chained(event)
    return events


def test_a_chain_made_anew_holds_in_itself_and_does_not_fit_its_seal() -> None:
    events = chain(20)
    sealed = {5: events[4].hash, 15: events[14].hash}

    forged = rewritten(events, at=8)

    assert first_fault(forged) is None
    assert broken_at(forged, sealed) == 15


def test_a_chain_cut_off_before_its_seal_is_named() -> None:
    events = chain(20)

    assert broken_at(events[:12], {15: events[14].hash}) == 13


def test_two_ways_to_write_one_letter_are_two_contents() -> None:
    one, other = chain(1)[0], chain(1)[0]
    # U+0340 and U+0300 differ in one byte and are the same letter to Unicode.
    one.actor, other.actor = "\u0340", "\u0300"

    assert chained(one).hash != chained(other).hash


def test_each_line_of_a_seal_is_signed() -> None:
    facts: dict[str, Any] = {
        "seq": 7,
        "hash": "a",
        "at": "b",
        "previous_seq": 3,
        "previous_hash": "c",
        "sealed_at": "d",
    }
    statements = {seal_statement(ChainSeal(**{**facts, name: "99"}, signature="")) for name in facts}

    assert len(statements) == len(facts)


def test_what_shows_a_person_is_a_reading() -> None:
    assert is_reading("paper.read")
    assert is_reading("case.exported")
    assert not is_reading("case.moved")
