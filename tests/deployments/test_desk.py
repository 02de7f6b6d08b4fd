"""The desk over real HTTP: every page asks who you are, and only papers an officer needs are handed out."""

import re
from typing import Any

import httpx
import pyotp
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlmodel import select

from deployments.desk.app import application
from models.audit import AuditEvent
from models.officer import Role
from models.paper import PaperKind
from models.referral import AgencyKind, Withdrawn
from tasks import case_file, corrections, officers, paperwork, referrals
from tasks.clock import now
from tasks.policy import policy
from tests.browser import opened_page

PUBLIC = {
    "/health",
    "/health/live",
    "/health/ready",
    "/sign-in",
    "/sign-in/openid",
    "/sign-in/openid/agree",
    "/sign-in/openid/return",
    "/sign-out",
    "/language",
    "/confirm",
    "/hooks/airline",
}
"""The last takes what partners have signed."""


def enrol(*roles: Role) -> officers.Enrolment:
    return officers.add(name="Officer", agency="MOFA", roles=list(roles), by="test")


def sign_in(desk: httpx.Client, enrolment: officers.Enrolment, **changes: str) -> httpx.Response:
    typed = {
        "officer": enrolment.officer.number,
        "password": enrolment.password,
        "code": pyotp.TOTP(enrolment.totp_secret).now(),
        "to": "/",
    }
    return desk.post("/sign-in", data={**typed, **changes})


def case_with_papers(officer: str) -> str:
    reference = case_file.open_case(
        country="KHM", officer=officer, name_hangul="홍길동", name_latin=None, place="Poipet", keeper="centre",
        host_status="detained",
    )  # fmt: skip
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        for kind in PaperKind:
            paperwork.store(session, case, kind, f"%PDF-1.7 {kind}".encode())
    return reference


def test_every_page_but_the_door_itself_asks_who_you_are(desk: httpx.Client) -> None:
    walked = [(route.path, method) for route in pages_of(application()) for method in route.methods or ()]
    assert {"/", "/evidence/{reference}", "/cases/{reference}/portrait", "/papers/{reference}/{kind}"} <= {
        path for path, _ in walked
    }

    for path, method in walked:
        if path in PUBLIC:
            continue
        place = (
            path.replace("{reference}", "KHM-2026-0001")
            .replace("{kind}", "cover")
            .replace("{other}", "KHM-2026-0002")
            .replace("{number}", "1")
            .replace("{form}", "csv")
            .replace("{flight}", "KE690")
            .replace("{on}", "2026-12-01")
            .replace("{mission}", "KHM")
        )
        reply = desk.request(method, place, data={"code": "1"} if method == "POST" else None)
        assert reply.status_code == 401, (method, path)
        assert "Sign in" in reply.text
        assert "KHM" not in reply.text.replace(place, "")


def pages_of(desk: FastAPI) -> list[APIRoute]:
    return [route for route in desk.routes if isinstance(route, APIRoute)]


def test_whoever_was_not_heard_of_in_time_is_red_on_every_page_of_the_case(desk: httpx.Client) -> None:
    enrolment = enrol(Role.coordinator)
    reference = case_with_papers(enrolment.officer.number)
    sign_in(desk, enrolment)
    pages = ("/", "/cases", f"/cases/{reference}", f"/papers/{reference}")
    where: dict[str, Any] = {
        "place": "Poipet", "keeper": "centre", "host_status": "rescued", "officer": enrolment.officer.number,
    }  # fmt: skip

    for hours, red in ((1, False), (-3, True), (1, False)):
        corrections.locate(reference, next_contact_due_at=now().add(hours=hours), **where)
        for page in pages:
            shown = desk.get(page).text
            assert ('class="overdue"' in shown) is red, page


def test_an_answer_that_is_overdue_is_red_at_the_desk_and_the_agency_is_named_in_the_case_only(
    desk: httpx.Client,
) -> None:
    # given an agency that was asked, and has not answered in time
    enrolment = enrol(Role.coordinator)
    reference = case_with_papers(enrolment.officer.number)
    sign_in(desk, enrolment)
    pages = ("/", "/board", f"/cases/{reference}")
    asked_at = now().subtract(hours=policy().referrals.answer_hours)
    referrals.ask(
        reference, agency="Zayed shelter", kind=AgencyKind.ngo, contact="Ms Sok", asked_at=asked_at,
        officer=enrolment.officer,
    )  # fmt: skip
    # then each page says so in red
    for page in pages:
        shown = desk.get(page).text
        assert re.search(r'class="[^"]*overdue[^"]*"', shown), page
        assert ("Zayed shelter" in shown) is page.startswith("/cases"), page
    # and no more once nobody waits for it
    referrals.withdraw(
        reference, agency="zayed shelter", because=Withdrawn.identified, officer=enrolment.officer.number
    )
    for page in pages:
        assert not re.search(r'class="[^"]*overdue[^"]*"', desk.get(page).text), page


def test_a_stranger_who_asks_for_a_pdf_gets_a_door_and_after_signing_in_the_pdf(desk: httpx.Client) -> None:
    enrolment = enrol(Role.coordinator)
    reference = case_with_papers(enrolment.officer.number)

    refused = desk.get(f"/papers/{reference}/itinerary")
    signed_in = sign_in(desk, enrolment, to=f"/papers/{reference}/itinerary")
    paper = desk.get(signed_in.headers["location"])

    assert (refused.status_code, refused.headers["content-type"]) == (401, "text/html; charset=utf-8")
    assert signed_in.status_code == 303
    assert paper.headers["content-type"] == "application/pdf"
    assert paper.content == b"%PDF-1.7 itinerary"
    assert "no-store" in paper.headers["cache-control"]


def test_the_cookie_cannot_be_read_by_a_script_nor_sent_by_another_site(desk: httpx.Client) -> None:
    cookie = sign_in(desk, enrol(Role.coordinator)).headers["set-cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Max-Age=28800" in cookie


@pytest.mark.parametrize("wrong", [{"password": "guess"}, {"code": "000000"}, {"officer": "O-99"}, {"code": ""}])
def test_a_wrong_answer_at_the_door_is_refused_without_saying_which(desk: httpx.Client, wrong: dict[str, str]) -> None:
    reply = sign_in(desk, enrol(Role.coordinator), **wrong)

    assert reply.status_code == 401
    assert "do not fit" in reply.text
    assert "set-cookie" not in reply.headers


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_never_leads_elsewhere(desk: httpx.Client, to: str) -> None:
    assert sign_in(desk, enrol(Role.coordinator), to=to).headers["location"] == "/"


def test_a_form_sent_by_another_site_is_refused(desk: httpx.Client) -> None:
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert desk.post("/sign-in", data={}, headers=headers).status_code == 403


def test_an_officer_signs_in_with_a_real_browser(desk: httpx.Client) -> None:
    enrolment = enrol(Role.coordinator)
    reference = case_with_papers(enrolment.officer.number)

    with opened_page() as page:
        page.goto(f"{desk.base_url}/papers/{reference}")
        page.get_by_label("Officer number").fill(enrolment.officer.number)
        page.get_by_label("Password").fill(enrolment.password)
        page.get_by_label("One-time code").fill(pyotp.TOTP(enrolment.totp_secret).now())
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"**/papers/{reference}")

        assert page.get_by_role("link", name="cover").count() == 1


def test_an_officer_receives_the_papers_of_their_duty_and_no_others(desk: httpx.Client) -> None:
    coordinator, funder = enrol(Role.coordinator), enrol(Role.funding_officer)
    reference = case_with_papers(coordinator.officer.number)
    sign_in(desk, funder)

    answers = {kind: desk.get(f"/papers/{reference}/{kind}").status_code for kind in PaperKind}

    assert answers == {
        PaperKind.cover: 200,
        PaperKind.itinerary: 200,
        PaperKind.funding_record: 200,
        PaperKind.travel_document: 403,
        PaperKind.travel_document_draft: 403,
        PaperKind.handoff_receipt: 403,
        PaperKind.exit_request: 403,
        PaperKind.declaration: 403,
        PaperKind.escort_order: 403,
        PaperKind.fit_to_fly: 403,
        PaperKind.handoff_sheet: 403,
        # There is none before there is a fare.
        PaperKind.undertaking_to_repay: 404,
        PaperKind.mortal_remains: 403,
    }
    listed = desk.get(f"/papers/{reference}").text
    assert "funding-record" in listed
    assert "travel-document" not in listed


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/papers/KHM-2026-9999/cover", "No case has the reference"),
        ("/papers/nonsense/cover", "not a case reference"),
        ("/evidence/KHM-2026-9999", "No case has the reference"),
        ("/nowhere", "no such page"),
    ],
)
def test_what_is_not_there_is_said_in_one_sentence(desk: httpx.Client, path: str, why: str) -> None:
    sign_in(desk, enrol(Role.coordinator))

    reply = desk.get(path)

    assert reply.status_code == 404
    assert why in reply.text


def test_a_paper_of_a_kind_nobody_knows_is_refused_with_the_list(desk: httpx.Client) -> None:
    enrolment = enrol(Role.coordinator)
    reference = case_with_papers(enrolment.officer.number)
    sign_in(desk, enrolment)

    assert "funding-record" in desk.get(f"/papers/{reference}/passport").text


def test_nothing_on_a_page_comes_from_elsewhere_and_no_script_stands_in_it(desk: httpx.Client) -> None:
    sign_in(desk, enrol(Role.coordinator))

    for path in ("/", "/cases", "/cases/new"):
        page = desk.get(path)
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert re.findall(r"<script[^>]*>", page.text) == [
            '<script src="/static/htmx.min.js" defer>', '<script src="/static/desk.js" defer>',
        ]  # fmt: skip
        assert not re.search(r"\sstyle=|\son[a-z]+=|javascript:", page.text)
        addresses = re.findall(r'(?:href|src|action|hx-get)="([^"]*)"', page.text)
        assert {each for each in addresses if not each.startswith(("/", "#"))} <= {"http://127.0.0.1:1"}, "the engine"


def test_signing_out_ends_the_session_at_the_desk_itself(desk: httpx.Client) -> None:
    sign_in(desk, enrol(Role.coordinator))
    token = desk.cookies["homeward_session"]
    desk.post("/sign-out", data={})

    desk.cookies.set("homeward_session", token)

    assert desk.get("/").status_code == 401


def test_every_paper_handed_out_is_in_the_audit_trail(desk: httpx.Client) -> None:
    enrolment = enrol(Role.coordinator)
    reference = case_with_papers(enrolment.officer.number)
    sign_in(desk, enrolment)
    desk.get(f"/papers/{reference}/cover")

    with case_file.transaction() as session:
        reads = session.exec(select(AuditEvent).where(AuditEvent.action == "paper.read")).all()
    assert [(event.actor, event.reference) for event in reads] == [(enrolment.officer.number, reference)]


def test_a_host_liaison_is_refused_the_papers_of_another_country(desk: httpx.Client) -> None:
    reference = case_with_papers(enrol(Role.coordinator).officer.number)
    enrolled = {
        country: officers.add(name="L", agency="NPA", roles=[Role.host_liaison], country=country, by="test")
        for country in ("KHM", "THA")
    }

    def answers() -> dict[str, int]:
        paths = (f"/papers/{reference}", *(f"/papers/{reference}/{kind}" for kind in PaperKind))
        return {path.rpartition("/")[2]: desk.get(path).status_code for path in paths}

    sign_in(desk, enrolled["KHM"])
    exit_papers = [reference, "travel-document", "exit-request"]
    assert [name for name, status in answers().items() if status == 200] == exit_papers
    desk.post("/sign-out", data={})
    sign_in(desk, enrolled["THA"])
    assert set(answers().values()) == {403}
    assert "is the liaison of THA and sees papers of its cases only" in desk.get(f"/papers/{reference}").text
    assert reference not in desk.get("/").text
