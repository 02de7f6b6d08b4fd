"""The form a run suspends with: what the engine's Resume dialog draws. It judges nothing and keeps nothing."""

from typing import Any

from prefect.input import RunInput
from pydantic import Field

from models.case import Stage
from models.decision import FORCES, Outcome, ReasonCode

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
