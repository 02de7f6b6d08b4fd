from typing import Any

import pendulum
import pytest

from models.clearance import NOT_NEEDED, MedicalClearance, words
from models.person import Category

UNTIL = pendulum.datetime(2026, 11, 27, 9)
A_MOMENT = pendulum.duration(microseconds=1000)


def clearance(**changes: Any) -> MedicalClearance:
    facts: dict[str, Any] = {
        "reference": "KHM-2026-0042", "fit": True, "given_by": "medical officer", "examined_at": UNTIL.subtract(days=3),
        "valid_until": UNTIL, "recorded_at": UNTIL.subtract(days=3), "recorded_by": "O-01",
    }  # fmt: skip
    return MedicalClearance(**{**facts, **changes})


def test_it_clears_until_a_moment_before_its_end_and_not_a_moment_after() -> None:
    assert clearance().clears(at=UNTIL - A_MOMENT)
    assert not clearance().clears(at=UNTIL)
    assert not clearance().clears(at=UNTIL + A_MOMENT)
    assert not clearance(fit=False).clears(at=UNTIL - A_MOMENT)


@pytest.mark.parametrize(
    ("found", "at", "departs_at", "reads"),
    [
        (None, UNTIL, UNTIL, "NEEDED, NONE ON RECORD"),
        (
            clearance(),
            UNTIL - A_MOMENT,
            UNTIL - A_MOMENT,
            "fit to fly until 2026-11-27 09:00 UTC, covers the departure",
        ),
        (clearance(), UNTIL - A_MOMENT, UNTIL, "fit to fly until 2026-11-27 09:00 UTC, LAPSES BEFORE THE DEPARTURE"),
        (clearance(), UNTIL, UNTIL, "NEEDED, LAPSED 2026-11-27 09:00 UTC"),
        (clearance(fit=False), UNTIL, UNTIL, "NOT FIT TO FLY (medical officer"),
    ],
)
def test_what_a_decider_reads_says_at_once_what_is_wrong(
    found: MedicalClearance | None, at: pendulum.DateTime, departs_at: pendulum.DateTime, reads: str
) -> None:
    assert words(found, [Category.patient], departs_at=departs_at, at=at).startswith(reads)


def test_who_is_no_patient_needs_none() -> None:
    assert words(None, [Category.minor], departs_at=UNTIL, at=UNTIL) == NOT_NEEDED
