"""How a result is told: one JSON object a line."""

import json
import sys
from typing import Any


def tell(name: str, value: float, unit: str, **more: Any) -> None:
    """Print one result."""
    goal = more.get("goal")
    at_least = more.pop("at_least", False)
    met = None if goal is None else (value >= goal if at_least else value <= goal)
    line = {"name": name, "value": round(value, 4), "unit": unit, "goal": goal, "met": met, "versus": None, **more}
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()
