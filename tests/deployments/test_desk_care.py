"""Aftercare at the desk: who was stopped is still written down as heard of, and a coordinator says when no more."""

import httpx
import pytest

from models.case import CareEnd, CaseStatus
from models.officer import Role
from tasks import case_file
from tests.deployments.test_desk import enrol, sign_in
from tests.deployments.test_desk_decides import FORM, token
from tests.tasks.asked import House


@pytest.fixture
def stopped(desk: httpx.Client) -> str:
    """A case whose journey was stopped; a coordinator is at the desk."""
    sign_in(desk, enrol(Role.coordinator))
    reference = House().opens()
    with case_file.transaction() as session:
        case_file.move(session, case_file.load(session, reference, lock=True), CaseStatus.cancelled)
    return reference


def test_care_ends_at_the_desk_with_a_reason(desk: httpx.Client, stopped: str) -> None:
    page = desk.get(f"/cases/{stopped}")
    assert f'action="/cases/{stopped}/whereabouts"' in page.text
    assert f'action="/cases/{stopped}/portrait"' not in page.text
    assert CareEnd.erased.value not in page.text

    unsaid = desk.post(f"/cases/{stopped}/care", data={FORM: token(page), "reason": "erased"})
    assert unsaid.status_code == 409
    assert "Say why nothing more is to be done" in unsaid.text
    said = desk.post(
        f"/cases/{stopped}/care", data={FORM: token(page), "reason": "in_other_care"}, follow_redirects=True
    )

    assert "Care for the person has ended." in said.text
    assert f'action="/cases/{stopped}/whereabouts"' not in said.text
    with case_file.transaction() as session:
        assert case_file.load(session, stopped).care_ended_for is CareEnd.in_other_care


def test_only_a_coordinator_ends_care(desk: httpx.Client, stopped: str) -> None:
    desk.cookies.clear()
    sign_in(desk, enrol(Role.verifying_officer))
    page = desk.get(f"/cases/{stopped}")
    assert f'action="/cases/{stopped}/care"' not in page.text

    assert desk.post(f"/cases/{stopped}/care", data={FORM: token(page), "reason": "deceased"}).status_code == 403

    with case_file.transaction() as session:
        assert case_file.load(session, stopped).is_in_care


def test_a_word_about_a_case_that_is_none_is_answered_so(desk: httpx.Client, stopped: str) -> None:
    typed = {
        "wish": "return",
        "spoken": "ko",
        "declared_at": "2026-01-01T09:00",
        FORM: token(desk.get(f"/cases/{stopped}")),
    }
    assert desk.post("/cases/nowhere/declaration", data=typed).status_code == 404
