"""The portrait's limits: just under, at and just over."""

from datetime import date

import pytest

from models.portrait import age_warning, why_too_small


@pytest.mark.parametrize(("width", "height", "fits"), [(413, 531, True), (412, 531, False), (413, 530, False)])
def test_a_portrait_has_the_pixels_of_35_by_45_mm_at_300_an_inch(width: int, height: int, *, fits: bool) -> None:
    words = why_too_small(width, height)

    assert (words is None) is fits
    assert fits or f"{width} x {height}" in str(words)


@pytest.mark.parametrize(
    ("taken", "old"),
    [(date(2026, 8, 22), False), (date(2026, 8, 21), True), (date(2026, 11, 22), False), (date(2025, 11, 30), True)],
)
def test_after_three_months_whoever_decides_is_told(taken: date, *, old: bool) -> None:
    assert (age_warning(taken, on=date(2026, 11, 22)) is not None) is old
    assert age_warning(date(2025, 11, 30), on=date(2026, 2, 28)) is None, "the last day of a shorter month"
