"""What an act is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from models.officer import Duty, Officer


class Group(StrEnum):
    """Under which heading the page of a case lists an act."""

    identity = "Who the person is"
    person = "How the person is"
    journey = "The journey"
    money = "Money"
    host_country = "The host country"


class Nothing(BaseModel):
    """What is typed where the act itself says all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """
    One thing an officer writes down about a case.

    `carry_out` is given the reference, what was typed as `form` has it, and who is signed in; it raises
    `case_file.Refused` or `decisions.AnswerRefused` with one sentence where it is not taken.
    """

    name: str
    """The last word of its address."""
    group: Group
    heading: str
    help: str
    """One sentence above the form."""
    duty: Duty
    form: type[BaseModel]
    carry_out: Callable[[str, Any, Officer], None]
    button: str = "Write it down"
    done: str = "It was written down."
    offers: Mapping[str, Callable[[], list[str]]] = field(default_factory=dict)
    """Of some fields what may be chosen; anything else may be typed all the same."""
    wakes: bool = True
    """Whether the run that works on the case hears of it at once."""
    when_over: bool = False
    """Whether it can still be true once the journey is over."""
