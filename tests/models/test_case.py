from itertools import product
from typing import Any

import pendulum
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.case import (
    MOVES,
    REACHED,
    CaseStatus,
    JourneyFacts,
    MoveRefused,
    RepatriationCase,
    Stage,
    Step,
    is_reference,
    local_zone,
    next_step,
)

AT = pendulum.datetime(2026, 11, 24, 9)
FORWARD = list(REACHED)


def case_that_is(status: CaseStatus) -> RepatriationCase:
    facts: dict[str, Any] = {"reference": "KHM-2026-0042", "status": status, "moved_at": AT}
    return RepatriationCase(**facts)


@pytest.mark.parametrize(("now", "to"), list(product(CaseStatus, repeat=2)))
def test_every_pair_of_statuses_either_moves_or_is_refused(now: CaseStatus, to: CaseStatus) -> None:
    case = case_that_is(now)
    over = now in (CaseStatus.home, CaseStatus.cancelled)
    one_forward = now in FORWARD and to in FORWARD and FORWARD.index(to) == FORWARD.index(now) + 1
    back = now in FORWARD and to in FORWARD and FORWARD.index(to) < FORWARD.index(now)
    allowed = not over and (one_forward or back or to is CaseStatus.cancelled)

    if allowed:
        case.move_to(to, at=AT.add(minutes=1))
        assert (case.status, case.moved_at) == (to, AT.add(minutes=1))
    else:
        with pytest.raises(MoveRefused, match=f"{now} cannot become {to}"):
            case.move_to(to, at=AT)
        assert (case.status, case.moved_at) == (now, AT)


def test_a_case_is_closed_exactly_when_no_move_is_left() -> None:
    assert {status for status in CaseStatus if case_that_is(status).is_closed} == {
        CaseStatus.home,
        CaseStatus.cancelled,
    }
    assert set(MOVES) == set(CaseStatus)


HOLDING = JourneyFacts(
    identity_holds=True,
    authorisation_holds=True,
    seats_hold=True,
    carriage_confirmed=True,
    document_released=True,
    handed_over=True,
)


@pytest.mark.parametrize(
    ("changed", "step"),
    [
        ({}, None),
        ({"handed_over": False}, Step.handoff),
        ({"document_released": False}, Step.release),
        ({"carriage_confirmed": False}, Step.funding),
        ({"seats_hold": False}, Step.booking),
        ({"authorisation_holds": False}, Step.authorise),
        ({"identity_holds": False}, Step.verification),
        ({"lookout_open": True}, Step.lookout),
        ({"in_trouble": True}, Step.help),
        ({"ending": True}, Step.ending),
        ({"closed": True, "ending": True}, None),
    ],
)
def test_the_next_step_is_the_one_that_does_not_hold(changed: dict[str, bool], step: Step | None) -> None:
    assert next_step(HOLDING.model_copy(update=changed)) is step


@given(st.builds(JourneyFacts))
def test_nothing_later_comes_before_something_earlier_that_does_not_hold(facts: JourneyFacts) -> None:
    step = next_step(facts)

    if step in (Step.authorise, Step.booking, Step.funding, Step.release, Step.handoff):
        assert facts.identity_holds
        assert not facts.lookout_open
    if step in (Step.release, Step.handoff):
        assert facts.carriage_confirmed
    if step is Step.handoff:
        assert facts.document_released
    if facts.ending and not facts.closed:
        assert step is Step.ending


def test_every_deciding_step_belongs_to_one_of_the_five_stages() -> None:
    assert {step.stage for step in Step if step not in (Step.help, Step.ending)} == set(Stage)
    assert Step.release.stage is Stage.travel_document
    assert Step.help.stage is None


@pytest.mark.parametrize("text", ["", "khm-2026-0001", "KHM-26-0001", "KHM-2026-001", "XXX-2026-0001", "홍길동"])
def test_what_is_no_reference_is_told_from_one(text: str) -> None:
    assert not is_reference(text)


def test_a_reference_names_the_clock_of_its_mission() -> None:
    assert is_reference("KHM-2026-0042")
    assert local_zone("MMR-2026-0001") == "Asia/Yangon"
