"""One person comes home, each step decided by a named officer."""

import pytest

from models.case import CaseStatus, Step
from tests.journeys.story import Story


def test_a_person_comes_home_with_one_seat_one_document_and_one_receipt(story: Story) -> None:
    story.opens()
    story.begins()

    story.comes_home()

    assert story.status() is CaseStatus.home
    assert story.live_orders() == 1
    counts = story.sandbox.control.get("/counts").json()
    assert counts["holds_unpaid"] == 0
