"""How effects run in the engine: two sets of options, and errors that tell it nothing about a person."""

import functools
import logging
from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

from tasks import disclosures
from tasks.case_file import CaseFileConflict, CaseFileUnavailable, Refused
from tasks.engine import EngineUnavailable
from tasks.partners.errors import (
    NotThereYet,
    OutcomeUnknown,
    PartnerAnswerUnclear,
    PartnerError,
    PartnerUnavailable,
)
from tasks.trouble import NeedsPerson, Overtaken, UnexpectedFailure, type_and_place

if TYPE_CHECKING:
    from prefect import Task
    from prefect.client.schemas.objects import State, TaskRun

P = ParamSpec("P")
R = TypeVar("R")

_logger = logging.getLogger(__name__)

RETRY_DELAYS_S = [2.0, 6.0, 20.0, 60.0]
"""Waits between tries of a read; each is lengthened at random by up to half, so that many cases do not come at once."""

TASK_LASTS_S = 600.0
"""Longer than the longest call with all its waits; a task that takes longer hangs."""


ASKS_A_PERSON = (PartnerError, NeedsPerson, Refused, UnexpectedFailure, CaseFileConflict, TimeoutError)
"""Errors that leave the case alive and become a question to a coordinator."""


_WORDS: tuple[tuple[type[Exception], str, str], ...] = (
    (Refused, "refused", "{}"),
    (
        CaseFileConflict,
        "conflict",
        "The file does not allow that ({}); look at the case and at others of this person.",
    ),
    (
        NotThereYet,
        "outcome_unknown",
        "The {}, and absence is no proof. Look there; then approve with try_again, or with treat_as_not_done.",
    ),
    (OutcomeUnknown, "outcome_unknown", "The {}, so nobody knows whether it was done; look there before you go on."),
    (PartnerAnswerUnclear, "answer_unclear", "The {}; someone must change the program. Go on once that is done."),
    (PartnerUnavailable, "unavailable", "The {}, several times. Try again, or stop."),
    (PartnerError, "refused", "The {}. Correct what it refuses, then go on."),
    (Exception, "fault", "The program failed ({}); someone must mend it. Go on once that is done."),
)


def described(error: Exception) -> tuple[str, str]:
    """Return the code and the sentence of a trouble."""
    if isinstance(error, NeedsPerson):
        return error.code, error.words
    return next((code, words.format(error)) for kind, code, words in _WORDS if isinstance(error, kind))


class Call(Generic[P, R]):
    """
    An effect and how the engine makes it; called within a run it is one of the engine's tasks.

    The engine's library is imported at the first such call and not before: a command that calls none, which is every
    one of the command line, would wait a second and a half for it (of processor time, measured 2026-11-28).
    """

    def __init__(self, effect: Callable[P, R], **options: Any) -> None:  # noqa: ANN401 - Prefect's own
        functools.update_wrapper(self, effect)
        self.fn = discreet(effect)
        """The effect itself, for whoever is no run."""
        self.options = options

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Make the effect as a task of the run that calls it."""
        return self.task(*args, **kwargs)

    @functools.cached_property
    def task(self) -> "Task[P, R]":
        """The engine's task, made once."""
        from prefect import Task  # noqa: PLC0415 - see above
        from prefect.cache_policies import NO_CACHE  # noqa: PLC0415

        return Task(
            fn=self.fn, cache_policy=NO_CACHE, persist_result=False, timeout_seconds=TASK_LASTS_S, **self.options
        )


def read_call(effect: Callable[P, R]) -> Call[P, R]:
    """Make a task of an effect that may safely be tried again: reads, and PUTs under an id of ours."""
    return Call(
        effect,
        retries=len(RETRY_DELAYS_S),
        retry_delay_seconds=RETRY_DELAYS_S,
        retry_jitter_factor=0.5,
        retry_condition_fn=_is_worth_retrying,
    )


def commit_call(effect: Callable[P, R]) -> Call[P, R]:
    """Make a task of an effect that must not be repeated: no retries of any kind."""
    return Call(effect, retries=0)


def discreet(effect: Callable[P, R]) -> Callable[P, R]:
    """
    Return the effect with every fault we did not foresee stripped of its words; the engine stores exceptions.

    What it tells partners is noted as about the case whose reference is its first argument.
    """
    package, *modules = effect.__module__.split(".")
    step = f"{modules[0] if package == 'tasks' else effect.__module__}.{effect.__name__}"

    @functools.wraps(effect)
    def quiet(*args: P.args, **kwargs: P.kwargs) -> R:
        reference = next(iter((*args, *kwargs.values())), None)
        try:
            with disclosures.about(reference, step) if isinstance(reference, str) else nullcontext():
                return effect(*args, **kwargs)
        except PartnerError as failed:
            _logger.warning("%s: the %s", step, failed)
            raise
        except (*ASKS_A_PERSON, Overtaken, CaseFileUnavailable, EngineUnavailable):
            raise
        except Exception as fault:
            _logger.error("%s failed: %s", step, type_and_place(fault))  # noqa: TRY400 - its words may hold a name
            raise UnexpectedFailure(type_and_place(fault)) from None

    return quiet


def _is_worth_retrying(_task: "Task[..., Any]", _run: "TaskRun", state: "State[Any]") -> bool:
    error = state.data if isinstance(state.data, Exception) else getattr(state.data, "result", None)
    return isinstance(error, PartnerUnavailable | CaseFileUnavailable | EngineUnavailable)
