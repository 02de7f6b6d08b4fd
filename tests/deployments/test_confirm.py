"""The public page at the desk: how often it may be asked, and how it looks."""

from pathlib import Path

import httpx
import pytest

from deployments.desk import public
from deployments.desk.allowance import Allowance
from models.officer import Role
from tasks import case_file, officers
from tests.browser import opened_page

VALID, UNCONFIRMED = "Valid now", "Not confirmed"


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
