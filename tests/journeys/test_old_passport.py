"""The passport the gang took: told to the list once, whatever the line does. Travel documents, test 16."""

from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

import pendulum
import pytest

from models.case import CaseStatus, Step
from models.decision import Outcome, ReasonCode
from tasks import corrections
from tasks.clock import now
from tasks.partners.errors import PartnerRefused
from tasks.partners.lookouts import Lookouts
from tasks.partners.transport import telling
from tests.journeys.story import Story, a_person

REPORTED = "The old passport was reported stolen."


def told(story: Story, number: str) -> dict[str, Any] | None:
    """What the list holds about a number under our id."""
    report_id = uuid5(NAMESPACE_URL, f"homeward:lost:{number}")
    reply = story.sandbox.partners.get(f"/lookouts/v1/lost-documents/{report_id}")
    if reply.status_code == 404:
        return None
    found: dict[str, Any] = reply.raise_for_status().json()
    return found


def hits(story: Story, number: str) -> list[str]:
    """What a border that asks about the number alone is told."""
    body = {"surname_hangul": "없", "given_hangul": "음", "passport_number": number}
    reply = story.sandbox.partners.post("/lookouts/v1/checks", json=body).raise_for_status()
    return [hit["kind"] for hit in reply.json()["hits"] if hit["kind"] == "stolen_document"]


def cut_off(story: Story, kind: str) -> None:
    """The list does not answer however often it is told within one try."""
    story.fault(kind, partner="lookouts", method="PUT", path="/v1/lost-documents", times=50)


def mended(story: Story) -> None:
    story.sandbox.control.delete("/faults").raise_for_status()


def moved_on(story: Story) -> None:
    """The person is somewhere else now."""
    corrections.locate(
        story.reference, place="Sihanoukville", keeper="Police", host_status="detained",
        next_contact_due_at=now() + pendulum.duration(hours=8), officer=story.coordinator,
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "half_json", "status_503"])
def test_16_a_dead_line_is_told_again_with_what_the_law_names_even_where_the_person_was_moved_meanwhile(
    story: Story, kind: str
) -> None:
    story.opens()
    story.begins()
    number = story.person["passport"]["number"]
    cut_off(story, kind)
    story.decides()
    assert story.waits_at() is Step.help
    assert REPORTED not in story.timeline()

    mended(story)
    moved_on(story)
    story.decides()

    assert story.waits_at() is Step.authorise, story.timeline()
    assert story.timeline().count(REPORTED) == 1
    assert hits(story, number) == ["stolen_document"]
    found = told(story, number)
    assert found is not None
    place = "Poipet" if kind in ("drop_after", "half_json") else "Sihanoukville"
    assert {name: found[name] for name in found if name not in ("report_id", "reported_at")} == {
        "issuing_state": "KOR", "number": number, "circumstance": "stolen", "issued_on": None, "expires_on": None,
        "lost_on": None, "place": place, "reporting_office": "KHM",
    }  # fmt: skip


def test_16_a_person_who_comes_home_the_second_time_is_not_stopped_by_the_report_of_the_first(story: Story) -> None:
    person = a_person()
    story.opens(person)
    story.begins()
    story.comes_to(Step.authorise)
    story.decides(Outcome.reject, ReasonCode.other_means)
    assert story.status() is CaseStatus.cancelled
    first = story.reference

    story.opens(person, place="Sihanoukville")
    story.begins()
    while story.waits_at() in (Step.lookout, Step.verification):
        story.decides()

    assert story.reference != first
    assert story.waits_at() is Step.authorise, story.timeline()
    assert hits(story, person["passport"]["number"]) == ["stolen_document"]


def test_another_number_or_circumstance_under_a_report_made_before_is_refused(story: Story) -> None:
    del story
    report_id, number = uuid4(), "M10000001"
    facts: dict[str, Any] = {"lost_on": None, "place": None, "office": "KHM"}
    with telling(lambda _: None), Lookouts() as lookouts:
        lookouts.report_lost(report_id, number=number, stolen=True, **facts)
        lookouts.report_lost(report_id, number=number, stolen=True, **(facts | {"place": "Poipet"}))
        with pytest.raises(PartnerRefused, match="409"):
            lookouts.report_lost(report_id, number="M10000002", stolen=True, **facts)
        with pytest.raises(PartnerRefused, match="409"):
            lookouts.report_lost(report_id, number=number, stolen=False, **facts)
