"""Lists at the desk: looked at first and then taken in, doubled ones told, merged and separated again."""

import io
import re
import zipfile
from pathlib import Path

import httpx
import pytest
from openpyxl import Workbook

from models.officer import Role
from tasks import case_file, doorbell, merging, officers
from tests.browser import opened_page
from tests.deployments.test_desk import enrol, sign_in
from tests.deployments.test_desk_for_everybody import sign_in as sign_in_there

LIST = (
    "name_hangul,name_latin,found_at,passport_number,born_on\n"
    "배준미,PAE JUN MI,Poipet,M12345678,1999-04-27\n"
    "홍길동,HONG GILDONG,Poipet,M12345678,1990-01-01\n"
    "김서연,KIM SEO YEON,Sihanoukville,,soon\n"
    ",,Poipet,,\n"
).encode()


def token(desk: httpx.Client) -> str:
    found = re.search(r'name="form_token" value="(\w+)"', desk.get("/intake").text)
    assert found is not None
    return found[1]


def send(desk: httpx.Client, path: str, content: bytes, *, name: str = "list.csv", **typed: str) -> httpx.Response:
    data = {"form_token": token(desk), "country": "KHM", **typed}
    return desk.post(path, data=data, files={"file": (name, content, "application/octet-stream")})


def references() -> list[str]:
    return [case.reference for case in case_file.listed()]


@pytest.fixture
def coordinator(desk: httpx.Client) -> str:
    enrolment = enrol(Role.coordinator)
    sign_in(desk, enrolment)
    return enrolment.officer.number


def sha256(page: httpx.Response) -> str:
    found = re.search(r'name="sha256" value="(\w+)"', page.text)
    assert found is not None, page.text
    return found[1]


def test_a_list_is_looked_at_first_and_only_then_taken_in_and_once(desk: httpx.Client, coordinator: str) -> None:
    looked = send(desk, "/intake/preview", LIST)
    assert references() == []
    assert [int(each) for each in re.findall(r"<dd>(\d+)</dd>", looked.text)] == [3, 0, 0, 1]
    assert "same passport number" in looked.text
    assert "soon" in looked.text, "the cell nobody can read is shown with its line"

    done = send(desk, "/intake", LIST, sha256=sha256(looked))
    assert "3 cases are open." in done.text
    assert len(references()) == 3

    again = send(desk, "/intake/preview", LIST)
    assert [int(each) for each in re.findall(r"<dd>(\d+)</dd>", again.text)][:2] == [0, 3]


def test_another_file_than_the_one_that_was_looked_at_is_not_taken_in(desk: httpx.Client, coordinator: str) -> None:
    looked = send(desk, "/intake/preview", LIST)

    reply = send(desk, "/intake", LIST + "박민수,PARK MINSU,Poipet,,\n".encode(), sha256=sha256(looked))

    assert reply.status_code == 422
    assert "not the file that was looked at" in reply.text
    assert references() == []


def bomb() -> bytes:
    book = io.BytesIO()
    Workbook().save(book)
    packed = io.BytesIO()
    with zipfile.ZipFile(book) as whole, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bad:
        for part in whole.infolist():
            bad.writestr(part.filename, whole.read(part))
        bad.writestr("xl/media/a.bin", b"\0" * 80_000_000)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (bomb(), "unpacks to more than"),
        (b"name_latin,found_at\n" + b"HONG GILDONG,Poipet\n" * 100_000, "more than 10,000 rows"),
        (b"%PDF-1.7 no list at all", "a PDF"),
        (b"", "empty"),
        (b"\x00\xff\xfe\x01" * 50, ""),
        (b"a,b\n1,2\n", "under “If the columns"),
    ],
    ids=("a bomb", "100,000 rows", "a PDF named .csv", "nothing", "bytes", "no columns of ours"),
)
def test_what_is_no_list_is_one_clear_sentence_and_nothing_is_written(
    desk: httpx.Client, coordinator: str, content: bytes, why: str
) -> None:
    reply = send(desk, "/intake/preview", content)

    assert reply.status_code == 422
    (said,) = re.findall(r'(?s)class="refused"[^>]*>(.*?)</p>', reply.text)
    assert why in said
    assert "--" not in said, "the desk has no command line"
    assert references() == []


def test_two_that_may_be_one_are_beside_each_other_with_what_differs_marked_and_a_merge_can_be_undone(
    desk: httpx.Client, coordinator: str, configured: pytest.MonkeyPatch
) -> None:
    rung: list[str] = []
    configured.setattr(doorbell, "wake", rung.append)
    send(desk, "/intake", LIST, sha256=sha256(send(desk, "/intake/preview", LIST)))
    kept, dropped = references()[:2]
    form = {"form_token": token(desk)}

    listed = desk.get("/duplicates").text
    beside = desk.get(f"/duplicates/{kept}/{dropped}").text
    assert f"/duplicates/{kept}/{dropped}" in listed
    assert "<mark>" in beside

    refused = desk.post(f"/duplicates/{kept}/{dropped}", data={**form, "reason": "  "})
    assert (refused.status_code, merging.standing()) == (409, {})
    assert desk.post(f"/duplicates/{kept}/{dropped}", data={**form, "reason": "same"}).status_code == 303
    assert merging.standing() == {dropped: kept}
    assert desk.post(f"/duplicates/{dropped}", data=form).status_code == 303
    assert merging.standing() == {}
    assert rung == [kept, kept]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.coordinator])
def test_who_runs_no_cases_takes_in_no_list_and_sees_no_two_people_beside_each_other(
    desk: httpx.Client, role: Role
) -> None:
    country = "KHM" if role is Role.host_liaison else None
    enrolment = officers.add(name="N", agency="MOFA", roles=[role], country=country, by="test")
    sign_in(desk, enrolment)
    one = case_file.open_case(
        country="KHM", officer=enrolment.officer.number, name_hangul="홍길동", name_latin=None, place="p", keeper="k",
        host_status="detained",
    )  # fmt: skip

    for path in ("/intake", "/duplicates", f"/duplicates/{one}/{one}"):
        reply = desk.get(path)
        assert reply.status_code == 403, path
        assert "홍길동" not in reply.text


def test_a_list_is_taken_in_with_two_clicks_in_a_browser(desk: httpx.Client, tmp_path: Path) -> None:
    address = str(desk.base_url).rstrip("/")
    file = tmp_path / "list.csv"
    file.write_bytes(LIST)
    enrolment = enrol(Role.coordinator)

    with opened_page(locale="en-US") as page:
        sign_in_there(page, address, enrolment)
        page.wait_for_url(f"{address}/")
        page.goto(f"{address}/intake")
        page.locator("input[type=file]").set_input_files(file)
        page.get_by_role("button", name="Look at it first").click()
        page.get_by_role("button", name="Take in 3 people").click()
        page.get_by_text("3 cases are open.").wait_for()
