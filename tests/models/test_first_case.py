"""The first case: each lesson is done once the case file says so, and the earliest that is not comes next."""

from itertools import product

import pytest

from models.case import CaseStatus, Reached
from models.first_case import DECIDES, Lesson, Standing, lessons

OPENED = Standing(status=CaseStatus.opened, has_portrait=False, has_declaration=False, is_started=False)


def done(standing: Standing | None) -> list[Lesson]:
    return [lesson for lesson, reached in lessons(standing).items() if reached is Reached.done]


def present(standing: Standing | None) -> list[Lesson]:
    return [lesson for lesson, reached in lessons(standing).items() if reached is Reached.now]


def test_before_a_case_is_opened_the_intake_comes_first() -> None:
    assert (done(None), present(None)) == ([], [Lesson.intake])


def test_a_case_just_opened_has_its_intake_behind_it_and_nothing_else() -> None:
    assert (done(OPENED), present(OPENED)) == ([Lesson.intake], [Lesson.portrait])


@pytest.mark.parametrize(
    ("status", "decided"),
    [
        (CaseStatus.opened, 0), (CaseStatus.verified, 1), (CaseStatus.documented, 2), (CaseStatus.booked, 3),
        (CaseStatus.funded, 4), (CaseStatus.released, 5), (CaseStatus.home, 6),
    ],
)  # fmt: skip
def test_each_status_ticks_the_decisions_that_led_to_it(status: CaseStatus, decided: int) -> None:
    standing = Standing(status=status, has_portrait=True, has_declaration=True, is_started=True)

    assert [lesson for lesson in done(standing) if lesson in DECIDES] == list(DECIDES)[:decided]
    assert present(standing) == list(DECIDES)[decided : decided + 1]


def test_what_was_passed_over_comes_first_however_far_the_case_is() -> None:
    standing = Standing(status=CaseStatus.verified, has_portrait=False, has_declaration=True, is_started=True)

    assert present(standing) == [Lesson.portrait]


@pytest.mark.parametrize(("status", "portrait", "word", "started"), list(product(CaseStatus, *[[False, True]] * 3)))
def test_every_case_has_one_next_lesson_or_none(status: CaseStatus, portrait: bool, word: bool, started: bool) -> None:  # noqa: FBT001
    standing = Standing(status=status, has_portrait=portrait, has_declaration=word, is_started=started)

    found = lessons(standing)

    assert list(found) == list(Lesson)
    assert len(present(standing)) <= 1
    if status is CaseStatus.cancelled:
        assert present(standing) == []
