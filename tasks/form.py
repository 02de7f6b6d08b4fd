"""
The form a run suspends with: what the engine's Resume dialog draws. It judges nothing and keeps nothing.

It lies in the engine, where whoever has the password may exchange it for one that asks for a password or leads to
another page. So text and fields are sealed with a key the engine does not have, where a dialog draws nothing of it.
"""

import hmac
import json
from functools import cache
from hashlib import sha256
from typing import Any

from prefect.input import RunInput
from pydantic import Field

from models.case import Stage
from models.decision import FORCES, Outcome, ReasonCode
from tasks import vault

UNDECIDED = "—"
"""The choice a drop-down begins with, so that no careless click approves anything."""

_OUTCOMES = [UNDECIDED, *(outcome.value for outcome in Outcome if outcome is not Outcome.cancel)]
_REASONS = [UNDECIDED, *(reason.value for reason in ReasonCode if reason not in FORCES)]
_STAGES = [UNDECIDED, *(stage.value for stage in Stage)]


def _choice(title: str, choices: list[str]) -> Any:  # noqa: ANN401 - as pydantic's own Field
    """Return a field drawn as a drop-down that begins undecided."""
    return Field(default=UNDECIDED, title=title, json_schema_extra={"enum": list[Any](choices)})


class DecisionForm(RunInput):
    """An officer's answer. Every field has a default: an odd or empty answer is judged and asked again, never fatal."""

    officer: str = Field(default="", title="Officer number, like O-07")
    code: str = Field(default="", title="One-time code, six digits")
    seen: str = Field(default="", title="Seen code: the six letters beside this answer")
    decision: str = _choice("Decision", _OUTCOMES)
    reason_code: str = _choice("Reason code", _REASONS)
    to_stage: str = _choice("With return: to which stage", _STAGES)


_SEAL = "\n\n[//]: # ("
"""Markdown's link definition, of which nothing is drawn. Source: CommonMark 0.31 §4.7."""


def sealed_text(key: str, words: str) -> str:
    """Return the text above the fields of a question as it is stored, JSON, with a seal for this question alone."""
    return json.dumps(f"{words}{_SEAL}{_seal(key, words)})")


def sealed_fields() -> str:
    """Return the fields as they are stored, a JSON schema that bears its seal as its comment."""
    return json.dumps({**_schema(), "$comment": _seal("fields", _canonical(_schema()))})


@cache
def _schema() -> dict[str, Any]:
    return DecisionForm.model_json_schema()


def is_own(key: str, text: str | None, fields: str | None) -> bool:
    """Return whether what is stored of a question's form is what was sealed, by this version or an earlier one."""
    try:
        words, _, seal = json.loads(text or "").rpartition(_SEAL)
        schema = json.loads(fields or "")
        comment = schema.pop("$comment")
    except (ValueError, RecursionError, AttributeError, KeyError, TypeError):
        return False
    return _fits(seal, f"{_seal(key, words)})") and _fits(comment, _seal("fields", _canonical(schema)))


def _canonical(schema: dict[str, Any]) -> str:
    return json.dumps(schema, sort_keys=True)


def _seal(about: str, said: str) -> str:
    return vault.keyed_hash("form", sha256(f"{about}\n{said}".encode(errors="surrogatepass")).hexdigest())


def _fits(found: Any, wanted: str) -> bool:  # noqa: ANN401 - JSON
    return isinstance(found, str) and hmac.compare_digest(found.encode(errors="surrogatepass"), wanted.encode())
