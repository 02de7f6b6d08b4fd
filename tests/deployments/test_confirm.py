"""The public page at the desk: how often it may be asked, and how it looks."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import httpx
import pytest

from deployments.desk import public
from deployments.desk.allowance import Allowance
from models.officer import Role
from tasks import case_file, confirmation, officers
from tests.browser import opened_page

VALID, UNCONFIRMED = "Valid now", "Not confirmed"
FORM = "application/x-www-form-urlencoded"


def asked(page: httpx.Client, number: str, expires_on: object) -> httpx.Response:
    return page.post("/confirm", data={"number": number, "expires_on": str(expires_on)})


def test_who_asks_too_often_gets_the_same_page_and_is_told_when_to_come_back(
    desk: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public, "_ANSWERS_AFTER_S", 0.0)

    replies = [asked(desk, "X123A4567", "2026-12-01") for _ in range(public.EACH_A_MINUTE + 1)]

    assert [reply.status_code for reply in replies] == [200] * public.EACH_A_MINUTE + [429]
    assert replies[-1].content == replies[0].content
    assert replies[-1].headers["retry-after"] == "60"


ODD: dict[str, dict[str, Any]] = {
    "nothing": {"content": b""},
    "no number": {"data": {"expires_on": "2026-12-01"}},
    "a file for a number": {"files": {"number": b"X123A4567"}, "data": {"expires_on": "2026-12-01"}},
    "a file beside them": {"files": {"more": b"1"}, "data": {"number": "X123A4567", "expires_on": "2026-12-01"}},
    "a form torn in two": {"content": b"--a", "headers": {"content-type": "multipart/form-data; boundary=b"}},
    "no boundary": {"content": b"x", "headers": {"content-type": "multipart/form-data"}},
    "JSON": {"json": {"number": "X123A4567", "expires_on": "2026-12-01"}},
    "each twice": {"data": {"number": ["X123A4567", "X123A4568"], "expires_on": ["2026-12-01", "2027-12-01"]}},
    "a hundred fields": {"data": {f"number{place}": "X" for place in range(100)}},
    "bytes": {"content": b"number=%ff%fe%00&expires_on=\xff", "headers": {"content-type": FORM}},
    "a day of other digits": {"data": {"number": "X123A4567", "expires_on": "２０２６-12-01"}},
}


def test_whatever_is_sent_instead_of_the_form_the_answer_is_the_same_page(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, subtests: pytest.Subtests
) -> None:
    monkeypatch.setattr(public, "_ANSWERS_AFTER_S", 0.0)
    monkeypatch.setattr(public, "EACH_A_MINUTE", 1000)
    desk: httpx.Client = request.getfixturevalue("desk")
    guess = asked(desk, "X123A4567", "2026-12-01")

    for name, sent in ODD.items():
        with subtests.test(name):
            reply = desk.post("/confirm", **sent)

            assert (reply.status_code, reply.content) == (200, guess.content)
            assert reply.headers.keys() == guess.headers.keys()


def test_every_answer_waits_for_the_same_moment_and_has_the_same_length(
    desk: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    async def waits(seconds: float) -> None:
        waited.append(seconds)

    # A clock that stands still: what is waited is what is left of the moment.
    loop = SimpleNamespace(time=lambda: 0.0)
    monkeypatch.setattr(public, "asyncio", SimpleNamespace(get_running_loop=lambda: loop, sleep=waits))
    with monkeypatch.context() as good:
        good.setattr(confirmation, "is_valid_now", lambda *_: True)
        replies = [asked(desk, "X123A4567", "2026-12-01")]
    replies.append(asked(desk, "X123A4567", "2026-12-01"))
    replies.append(desk.post("/confirm", files={"number": b"1"}))
    with monkeypatch.context() as gone:
        gone.setattr(case_file, "transaction", no_database)
        replies.append(asked(desk, "X123A4567", "2026-12-01"))
    # The minute may end meanwhile, after which as many are answered again.
    while replies[-1].status_code != 429 and len(replies) < 2 * public.EACH_A_MINUTE:
        replies.append(asked(desk, "X123A4567", "2026-12-01"))

    assert [reply.status_code for reply in replies[:4]] == [200, 200, 200, 503]
    assert replies[-1].status_code == 429
    assert VALID in replies[0].text
    assert waited == [public._ANSWERS_AFTER_S] * len(replies)
    assert len({len(reply.content) for reply in replies}) == 1


def no_database() -> NoReturn:
    raise case_file.CaseFileUnavailable


def test_without_the_case_database_nothing_is_confirmed_and_nothing_is_called_false(
    desk: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public, "_ANSWERS_AFTER_S", 0.0)
    guess = asked(desk, "X123A4567", "2026-12-01")
    monkeypatch.setattr(case_file, "transaction", no_database)

    reply = asked(desk, "X123A4567", "2026-12-01")

    assert (reply.status_code, reply.content) == (503, guess.content)
    assert reply.headers["retry-after"] == "60"
    assert "This does not say that it is false." in reply.text


def test_each_has_an_allowance_and_all_have_one_together_and_both_come_back() -> None:
    at = [0.0]
    allowance = Allowance(each=2, together=3, clock=lambda: at[0])

    one = [allowance.takes("2001:db8::1"), allowance.takes("2001:db8::2"), allowance.takes("2001:db8::3")]
    others = [allowance.takes("192.0.2.1"), allowance.takes("192.0.2.2")]
    at[0] = 60.0

    assert (one, others) == ([True, True, False], [True, False])
    assert allowance.takes("2001:db8::1")


def test_a_border_partner_holds_no_role_of_ours(case_database: object) -> None:
    del case_database
    with pytest.raises(case_file.Refused, match="holds no other role"):
        officers.add(name="B", agency="Immigration", roles=[Role.border_partner, Role.coordinator], by="test")


def test_the_page_reads_well_in_both_languages(desk: httpx.Client, tmp_path: Path) -> None:
    with opened_page() as browser:
        browser.set_viewport_size({"width": 390, "height": 844})
        browser.goto(f"{desk.base_url}/confirm")
        browser.get_by_label("Document number").fill("X123A4567")
        browser.get_by_label("Last day of validity").fill("2026-12-01")
        browser.get_by_role("button").click()
        browser.screenshot(path=str(tmp_path / "confirm.png"), full_page=True)

        assert browser.get_by_text("확인되지 않았습니다").is_visible()
        assert browser.get_by_text("Not confirmed").is_visible()
        assert browser.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert browser.context.cookies() == []
