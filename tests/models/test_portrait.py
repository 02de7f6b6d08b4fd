"""The portrait's limits: just under, at and just over."""

from datetime import date

import pytest

from models.portrait import HeadMarks, age_warning, head_warning, head_words, why_head_misfits, why_too_small


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


@pytest.mark.parametrize(
    ("height", "fits", "warns"),
    [
        (699, False, False), (700, True, True), (711, True, True), (712, True, False), (750, True, False),
        (800, True, False), (801, False, False),
    ],
)  # fmt: skip
def test_a_head_is_70_to_80_per_cent_high_and_korean_law_wants_32_mm(height: int, *, fits: bool, warns: bool) -> None:
    head = HeadMarks(crown=100, chin=100 + height)

    assert (why_head_misfits(head) is None) is fits
    assert (head_warning(head) is not None) is warns
    assert fits or f"{height / 10:g} %" in str(why_head_misfits(head))


def test_whoever_decides_is_told_the_measure_and_who_marked_it_or_that_there_is_none() -> None:
    assert head_words(HeadMarks(crown=100, chin=840), by="O-07") == "74 % (70 to 80 %), marked by O-07"
    assert head_words(HeadMarks(crown=100, chin=640), by="O-07") == "54 %, OUTSIDE 70 to 80 %, marked by O-07"
    assert head_words(None, by="O-07").startswith("NOT MEASURED")
