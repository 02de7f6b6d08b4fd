"""Lists that leave the house, at the desk: two officers, and nobody else."""

import re

import httpx

from models.officer import Role
from tasks import case_file, officers
from tests.deployments.test_desk import enrol, sign_in


def token(desk: httpx.Client) -> str:
    found = re.search(r'name="form_token" value="(\w+)"', desk.get("/exports").text)
    assert found is not None
    return found[1]


def test_one_asks_another_releases_and_the_first_fetches(desk: httpx.Client) -> None:
    one, other = enrol(Role.coordinator), enrol(Role.head_of_consular_affairs)
    case_file.open_case(
        country="KHM", officer=one.officer.number, name_hangul="홍길동", name_latin=None, place="p", keeper="k",
        host_status="detained", operation="khm-2026-11",
    )  # fmt: skip
    sign_in(desk, one)
    asked = {"form_token": token(desk), "operation": "khm-2026-11", "purpose": "seats on the charter"}
    assert desk.post("/exports", data={**asked, "purpose": "x"}).status_code == 409
    assert desk.post("/exports", data=asked).status_code == 303
    assert desk.get("/exports/1/xlsx").status_code == 403

    desk.cookies.clear()
    sign_in(desk, other)
    page = desk.get("/exports").text
    assert "Release it" in page
    assert "홍길동" not in page
    form = re.search(r'name="form_token" value="(\w+)"', page)
    assert form is not None
    code = officers.drill_code(other.officer.number)
    assert desk.post("/exports/1", data={"form_token": form[1], "code": code}).status_code == 303
    assert desk.get("/exports/1/csv").status_code == 403

    desk.cookies.clear()
    desk.cookies.set("homeward_session", officers.open_session(one.officer, door="desk"))
    fetched = desk.get("/exports/1/csv")
    assert fetched.headers["content-type"] == "text/csv; charset=utf-8"
    assert "홍길동" in fetched.text
    assert fetched.headers["content-disposition"] == 'attachment; filename="EX-0001.csv"'
