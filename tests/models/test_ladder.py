from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pendulum
import pytest

from models.case import Step
from models.ladder import LADDERS, Rung, refuse_odd, rungs_reached
from models.message import MessageKind
from models.officer import Role
from tests.plain_policy import DECIDES, DUE_WITHIN

ASKED = pendulum.datetime(2026, 12, 31, 14, 59, tz="UTC")
SECOND = pendulum.duration(seconds=1)


def names(step: Step, at: pendulum.DateTime, due: pendulum.DateTime | None = None) -> list[str]:
    due = due or ASKED + DUE_WITHIN[step]
    return [rung.name for rung in rungs_reached(step, asked_at=ASKED, due_at=due, at=at)]


@pytest.mark.parametrize("step", DECIDES)
def test_each_rung_is_reached_at_its_moment_and_not_a_second_before(step: Step) -> None:
    due = ASKED + DUE_WITHIN[step]
    for place, rung in enumerate(LADDERS[step]):
        moment = rung.reached_at(asked_at=ASKED, due_at=due)
        below = [each.name for each in LADDERS[step][:place]]

        assert names(step, moment - SECOND) == below
        assert names(step, moment) == [*below, rung.name]


@pytest.mark.parametrize("step", DECIDES)
def test_the_decider_is_told_at_once_and_the_head_in_the_end(step: Step) -> None:
    ladder = LADDERS[step]

    assert ladder[0].tells_deciders
    assert names(step, ASKED) == [ladder[0].name]
    assert Role.head_of_consular_affairs in ladder[-1].roles


def test_a_question_due_before_it_was_asked_is_overdue_at_once() -> None:
    assert names(Step.funding, ASKED, due=ASKED - SECOND) == ["asked", "due_soon", "overdue"]


Ladder = tuple[Rung, ...]
WRONG: dict[str, Callable[[Ladder], Ladder]] = {
    "a rung before the one below it": lambda rungs: (*rungs[:3], rungs[4], rungs[3]),
    "a rung nobody stands on": lambda rungs: (*rungs[:3], replace(rungs[3], roles=()), rungs[4]),
    "two rungs of one name": lambda rungs: (*rungs[:3], replace(rungs[3], name="asked"), rungs[4]),
    "nobody told at once": lambda rungs: rungs[1:],
    "somebody else told first": lambda rungs: (
        replace(rungs[0], tells_deciders=False, roles=(Role.registrar,)),
        *rungs[1:],
    ),
    "nobody told at the due time": lambda rungs: (*rungs[:2], *rungs[3:]),
    "nobody above": lambda rungs: rungs[:4],
    "no moment": lambda rungs: (*rungs[:4], replace(rungs[4], after_due=None)),
}


@pytest.mark.parametrize(("wrong", "step"), list(product(WRONG, [Step.lookout, Step.handoff])))
def test_a_ladder_that_leads_nowhere_is_refused(wrong: str, step: Step) -> None:
    with pytest.raises(ValueError, match=step.value):
        refuse_odd({**LADDERS, step: WRONG[wrong](LADDERS[step])})


def test_a_step_without_a_ladder_is_refused() -> None:
    with pytest.raises(ValueError, match="every step"):
        refuse_odd({step: ladder for step, ladder in LADDERS.items() if step is not Step.help})


def test_no_rung_is_a_decision() -> None:
    told = {rung.kind for ladder in LADDERS.values() for rung in ladder}

    assert told == {
        MessageKind.question_waits, MessageKind.question_due_soon, MessageKind.question_overdue, MessageKind.escalated,
    }  # fmt: skip
    assert set(Rung.__dataclass_fields__) == {"name", "kind", "after_due", "roles", "tells_deciders"}
