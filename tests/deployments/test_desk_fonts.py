"""The fonts the desk ships: Khmer and Hangul are drawn on a machine without them, and no page loads one for nothing."""

import httpx
import pytest
from playwright.sync_api import Page

from models.officer import Role
from tasks.settings import REPOSITORY
from tests.benchmarks.desk import FIRST_PAGE_KB
from tests.browser import opened_page
from tests.deployments.test_desk import enrol, sign_in

KHMER = "NotoSansKhmer-Regular.ttf"
FONTS = REPOSITORY / "tasks/papers/fonts"


@pytest.mark.parametrize("name", [KHMER, "NotoSansKhmer-Bold.ttf"])
def test_the_font_of_the_papers_is_the_pages_too_and_a_browser_may_keep_them(desk: httpx.Client, name: str) -> None:
    reply = desk.get(f"/static/{name}")

    assert reply.content == (FONTS / name).read_bytes()
    assert reply.headers["content-type"] == "font/ttf"
    assert reply.headers["cache-control"] == "public, max-age=604800"
    assert "font-src 'self'" in reply.headers["content-security-policy"]
    assert desk.get("/static/desk.css").headers["cache-control"] == "no-store"


@pytest.mark.parametrize("name", ["OFL-NotoSansKhmer.txt", "OFL-NanumGothic.txt"])
def test_the_licence_goes_with_the_font(desk: httpx.Client, name: str) -> None:
    assert "SIL OPEN FONT LICENSE" in desk.get(f"/static/{name}").text


def drawn_with(page: Page, selector: str) -> set[str]:
    """The fonts a piece of a page is really drawn with, as the browser tells."""
    told = page.context.new_cdp_session(page)
    told.send("DOM.enable")
    told.send("CSS.enable")
    root = told.send("DOM.getDocument")["root"]["nodeId"]
    node = told.send("DOM.querySelector", {"nodeId": root, "selector": selector})["nodeId"]
    fonts = told.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
    return {font["familyName"] for font in fonts if font["isCustomFont"]}


def test_a_page_in_khmer_is_drawn_with_the_font_that_was_shipped(desk: httpx.Client) -> None:
    with opened_page(locale="km-KH") as page:
        page.goto(f"{desk.base_url}/sign-in")
        page.evaluate("document.fonts.ready")

        loaded = page.evaluate("[...document.fonts].filter(f => f.status == 'loaded').map(f => [f.family, f.weight])")
        assert {(family.strip('"'), weight) for family, weight in loaded} == {
            ("Homeward Khmer", "400"), ("Homeward Khmer", "700"),
        }  # fmt: skip
        assert drawn_with(page, "main label") == {"Noto Sans Khmer"}


HANGUL = ("Malgun Gothic", "Apple SD Gothic Neo", "Noto Sans KR", "Noto Sans CJK KR", "NanumGothic")


def test_a_page_in_korean_is_drawn_on_a_machine_without_hangul(desk: httpx.Client) -> None:
    with opened_page(locale="ko-KR") as page:
        page.goto(f"{desk.base_url}/sign-in")
        page.evaluate("document.fonts.ready")

        families = drawn_with(page, "main label")
        assert families & {"NanumGothic", "Nanum Gothic", *HANGUL}, families
        reply = desk.get("/static/NanumGothic-Regular.woff2")
        assert (reply.headers["content-type"], reply.headers["cache-control"]) == (
            "font/woff2", "public, max-age=604800",
        )  # fmt: skip


def asked_for(page: Page) -> set[str]:
    """The files a page asked for, by name."""
    return set(page.evaluate("performance.getEntriesByType('resource').map(e => e.name.split('/').pop())"))


def test_a_page_without_khmer_asks_for_no_font_and_stays_small(desk: httpx.Client) -> None:
    with opened_page(locale="en-US") as page:
        sizes: list[int] = []
        page.on("response", lambda reply: sizes.append(len(reply.body())))
        page.goto(f"{desk.base_url}/sign-in")
        page.wait_for_load_state("networkidle")

        assert not [name for name in asked_for(page) if name.endswith((".ttf", ".woff2"))]
        assert 0 < sum(sizes) / 1024 < FIRST_PAGE_KB


def test_a_name_in_khmer_on_a_page_in_english_is_drawn_too(desk: httpx.Client) -> None:
    enrolment = enrol(Role.coordinator)
    sign_in(desk, enrolment)
    with opened_page(locale="en-US") as page:
        page.context.add_cookies(
            [{"name": name, "value": value, "url": str(desk.base_url)} for name, value in desk.cookies.items()]
        )
        page.goto(f"{desk.base_url}/cases?q=សុខ")
        page.evaluate("document.fonts.ready")

        assert KHMER in asked_for(page)
