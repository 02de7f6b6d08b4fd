"""Blanks of a form: how each field of a model is shown, and what was typed read into the model, or what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import pendulum
from pydantic import BaseModel, BeforeValidator, Field, InstanceOf, ValidationError, ValidationInfo
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from deployments.desk.typed import local_moment

M = TypeVar("M", bound=BaseModel)

LONGEST = 200
"""Letters of a field that does not say otherwise."""

NO_DAY = "Write a day that there is: {field}."
NO_MOMENT = "Write a day and a time that there are: {field}."
NO_AMOUNT = "Write the amount like 412.30, with no more decimal places than the currency has."

_FAULTS = {
    "missing": "Fill this in: {field}.",
    "enum": "Choose from the list: {field}.",
    "string_too_long": "That is too long; write at most {most} letters: {field}.",
    "no_day": NO_DAY,
    "no_moment": NO_MOMENT,
    "no_amount": NO_AMOUNT,
}
_NO_NUMBER = "Write a whole number from {least} to {most}: {field}."

FAULTS = (*_FAULTS.values(), _NO_NUMBER)
"""Every sentence that says what is wrong with what was typed."""


def _moment(text: object, info: ValidationInfo) -> object:
    said = local_moment(str(text), (info.context or {})["reference"])
    if said is None:
        raise PydanticCustomError("no_moment", NO_MOMENT)
    return said


def _day(text: object) -> object:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise PydanticCustomError("no_day", NO_DAY) from None


LocalMoment = Annotated[InstanceOf[pendulum.DateTime], BeforeValidator(_moment)]
"""A moment typed by the clock of the case's mission, kept in UTC."""
Day = Annotated[date, BeforeValidator(_day)]


class Shape(StrEnum):
    """How a blank looks."""

    text = "text"
    long = "long"
    """Several lines."""
    choice = "choice"
    number = "number"
    day = "day"
    moment = "moment"
    code = "code"
    """A one-time code: never kept, never shown again."""


def blank(
    title: str,
    *,
    hint: str = "",
    optional: bool = False,
    longest: int = LONGEST,
    least: int | None = None,
    most: int | None = None,
    shape: Shape | None = None,
    options: tuple[str, ...] = (),
) -> Any:  # noqa: ANN401  as pydantic's own Field, whatever the field's type is
    """Return a field of a form: its label and hint in English, and what may be typed."""
    more: dict[str, Any] = {"shape": shape, "options": list(options), "longest": longest}
    facts: dict[str, Any] = {"title": title, "description": hint, "ge": least, "le": most, "json_schema_extra": more}
    return Field(default=None, **facts) if optional else Field(**facts)


@dataclass(frozen=True, slots=True)
class Blank:
    """One field as the page shows it."""

    name: str
    label: str
    hint: str
    shape: Shape
    required: bool
    options: tuple[str, ...] = ()
    of: str = ""
    """What the options are said of, for the catalogues."""
    least: int | None = None
    most: int | None = None
    longest: int = LONGEST


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with what was typed: a sentence, and the facts that fill it; the label is said in the language."""

    words: str
    name: str = ""
    """Of the field, where it is one."""
    label: str = ""
    facts: dict[str, object] = field(default_factory=dict)


def blanks(model: type[BaseModel]) -> list[Blank]:
    """Return the fields of a model in their order, as the page shows them."""
    return [_blank(name, each) for name, each in model.model_fields.items()]


def read(model: type[M], typed: Mapping[str, str], *, reference: str) -> M | Fault:
    """Return what was typed as the model has it, or the first thing that is wrong; an empty field was left out."""
    given = {name: text for name in model.model_fields if (text := typed.get(name, "").strip())}
    shown = {each.name: each for each in blanks(model)}
    for name, text in given.items():
        # An amount of money has no most digits, and so no length of its own but this one.
        if len(text) > shown[name].longest:
            return _fault("string_too_long", shown[name], most=shown[name].longest)
        if shown[name].shape is Shape.choice and text not in shown[name].options:
            return _fault("enum", shown[name])
    try:
        return model.model_validate(given, context={"reference": reference})
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_context=False, include_input=False)[0]
    at = shown[str(first["loc"][0])]
    return _fault(first["type"], at, least=at.least, most=at.most)


def _fault(kind: str, at: Blank, **facts: object) -> Fault:
    # Whatever else a number can be wrong in is said by one sentence.
    return Fault(_FAULTS.get(kind, _NO_NUMBER), at.name, at.label, facts)


def _blank(name: str, given: FieldInfo) -> Blank:
    kind, more = _kind(given.annotation), given.json_schema_extra
    extra: dict[str, Any] = dict(more) if isinstance(more, dict) else {}
    closed = kind if issubclass(kind, StrEnum) else None
    options = tuple(each.value for each in closed) if closed else ()
    bounds = {type(each).__name__: each for each in given.metadata}
    return Blank(
        name=name,
        label=given.title or "",
        hint=given.description or "",
        shape=extra["shape"] or (Shape.choice if closed or extra["options"] else _SHAPES[kind]),
        required=given.is_required(),
        options=tuple(extra["options"]) or options,
        of=closed.__name__ if closed else "",
        least=bounds["Ge"].ge if "Ge" in bounds else None,
        most=bounds["Le"].le if "Le" in bounds else None,
        longest=extra["longest"],
    )


_SHAPES = {str: Shape.text, int: Shape.number, date: Shape.day, pendulum.DateTime: Shape.moment}


def _kind(annotation: Any) -> type:  # noqa: ANN401  whatever stands behind a field's name
    """Return what is typed in a field, whether it may be left out or not."""
    if get_origin(annotation) in (Union, UnionType):
        annotation = next(each for each in get_args(annotation) if each is not NoneType)
    kind = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    if not isinstance(kind, type):
        raise TypeError(f"no blank is known for {annotation!r}")
    return kind
