"""
Whatever is sent to a page of the desk: an answer below 500, no traceback, and who is not signed in learns nothing.

The routes are walked, so that a new page is covered without anybody thinking of it.
"""

import re
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest
from fastapi.routing import APIRoute

from deployments.desk.app import application
from models.case import CaseStatus
from models.officer import Role
from tasks import case_file
from tests.deployments.test_desk import PUBLIC, enrol, pages_of, sign_in
from tests.deployments.test_garbage import GARBAGE

PAGES = [(page, method) for page in pages_of(application()) for method in sorted(page.methods or ())]
LEAST = 5
"""Fields a form must be found to have somewhere, or the walk has met none."""

SENDABLE = {kind: garbage for kind, garbage in GARBAGE.items() if kind != "lone surrogate"}
"""No client sends half a character."""


def named(page: APIRoute) -> tuple[list[str], list[str]]:
    """The names of what a page reads from its address and of its form, beside its path."""
    form = [
        name
        for field in page.dependant.body_params
        for name in (getattr(field.field_info.annotation, "model_fields", None) or {field.alias: None})
    ]
    return [field.alias for field in page.dependant.query_params], form


@pytest.fixture
def at_the_desk(desk: httpx.Client) -> httpx.Client:
    """Somebody signed in who may do much, with a case; and what they hold is sent with every form."""
    enrolment = enrol(Role.coordinator, Role.registrar)
    sign_in(desk, enrolment)
    case_file.open_case(
        country="KHM", officer=enrolment.officer.number, name_hangul="배준미", name_latin=None, place="Poipet",
        keeper="centre", host_status="detained",
    )  # fmt: skip
    return desk


def token(desk: httpx.Client) -> str:
    return desk.get("/cases/new").text.split('name="form_token" value="', 1)[1].split('"', 1)[0]


def quoted(garbage: str) -> str:
    return quote(garbage[:2000], safe="") or "%20"


def ask(desk: httpx.Client, page: APIRoute, method: str, garbage: str, *, form_token: str) -> Iterator[httpx.Response]:
    """Send garbage to one page in each of its places in turn."""
    query, form = named(page)
    right = page.path.replace("{reference}", "KHM-2026-0001").replace("{kind}", "cover")
    for part in re.findall(r"\{(\w+)\}", page.path):
        place = page.path.replace(f"{{{part}}}", quoted(garbage))
        place = place.replace("{reference}", "KHM-2026-0001").replace("{kind}", "cover")
        yield desk.request(method, place, data={"form_token": form_token} if method == "POST" else None)
    for name in query:
        yield desk.request(method, right, params={name: garbage[:2000]})
    for name in form if method == "POST" else []:
        yield desk.request(method, right, data={"form_token": form_token, name: garbage})
        yield desk.request(method, right, data={"form_token": form_token, name: [garbage, garbage]})
    if method == "POST":
        for body, kind in ((b"\xff\xfe{", "application/json"), (b"--x\r\nhalf", "multipart/form-data; boundary=x"),
                           (b"%zz=%", "application/x-www-form-urlencoded"), (b"", "text/plain")):  # fmt: skip
            yield desk.request(method, right, content=body, headers={"content-type": kind})


@pytest.mark.parametrize("kind", SENDABLE)
def test_garbage_in_any_place_of_any_page_is_answered_in_words_and_changes_nothing(
    at_the_desk: httpx.Client, kind: str
) -> None:
    form_token = token(at_the_desk)
    for page, method in PAGES:
        if page.path in ("/sign-in", "/sign-out"):
            continue
        for reply in ask(at_the_desk, page, method, SENDABLE[kind], form_token=form_token):
            what = (method, page.path, kind, reply.status_code, reply.text[:300])
            assert reply.status_code < 500, what
            assert "Traceback" not in reply.text, what
    with case_file.transaction() as session:
        assert case_file.load(session, "KHM-2026-0001").status is CaseStatus.opened


def test_the_walk_meets_forms_and_addresses() -> None:
    found = [named(page) for page, _ in PAGES]

    assert max(len(form) for _, form in found) > LEAST
    assert any("q" in query for query, _ in found)


@pytest.mark.parametrize("cookie", ["", "nonsense", "가".encode().hex(), "a" * 5000, "'; DROP TABLE officer; --"])
def test_with_a_broken_cookie_every_page_asks_who_you_are(desk: httpx.Client, cookie: str) -> None:
    for page, method in PAGES:
        if page.path in PUBLIC:
            continue
        for garbage in ("KHM-2026-0001", "\u202e"):
            place = re.sub(r"\{\w+\}", quoted(garbage), page.path)
            reply = desk.request(method, place, headers={"cookie": f"homeward_session={cookie}"}, data={"x": "y"})
            assert reply.status_code == 401, (method, place, cookie[:20])


@pytest.mark.parametrize("typed", SENDABLE.values(), ids=SENDABLE)
def test_garbage_at_the_door_opens_nothing(desk: httpx.Client, typed: str) -> None:
    for name in ("officer", "password", "code", "to"):
        reply = desk.post("/sign-in", data={"officer": "O-01", "password": "x", "code": "123456", name: typed})
        assert reply.status_code == 401, (name, reply.text[:200])
        assert "set-cookie" not in reply.headers
    assert desk.post("/language", data={"language": typed}).status_code == 422
    assert desk.post("/sign-out").status_code in (303, 411, 413)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "BREW"])
def test_another_method_changes_nothing(at_the_desk: httpx.Client, method: str) -> None:
    for page, _ in PAGES:
        place = page.path.replace("{reference}", "KHM-2026-0001").replace("{kind}", "cover")
        assert at_the_desk.request(method, place).status_code in (200, 400, 404, 405), (method, place)
