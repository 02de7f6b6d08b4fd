"""The desk for everybody: what a screen reader, a keyboard and a tablet make of every page, as axe-core judges it."""

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from models.officer import Role
from tasks import case_file, officers
from tests.browser import opened_page
from tests.tasks.asked import House

LAPTOP, TABLET = {"width": 1440, "height": 900}, {"width": 820, "height": 1180}


def sign_in(page: Page, address: str, enrolment: officers.Enrolment) -> None:
    page.goto(address)
    page.locator("input[name=officer]").fill(enrolment.officer.number)
    page.locator("input[name=password]").fill(enrolment.password)
    page.locator("input[name=code]").fill(officers.drill_code(enrolment.officer.number))
    page.locator("main button").click()


def serious(page: Page) -> list[tuple[str, str]]:
    found = Axe().run(page).response["violations"]
    return [
        (each["id"], node["html"])
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


@pytest.mark.parametrize(("locale", "size"), [("en-US", LAPTOP), ("ko-KR", TABLET), ("km-KH", TABLET)])
def test_no_page_has_a_serious_barrier_and_none_is_wider_than_its_window(
    desk: httpx.Client, locale: str, size: dict[str, int]
) -> None:
    address = str(desk.base_url).rstrip("/")
    house = House()
    reference = house.asks().reference
    other = case_file.open_case(
        country="KHM", officer=house.officers[Role.coordinator], name_hangul="홍길동", name_latin="HONG GILDONG",
        place="Poipet", keeper="centre", host_status="detained",
    )  # fmt: skip
    enrolment = officers.add(
        name="Everything", agency="MOFA", roles=[Role.coordinator, Role.lookout_officer], by="test"
    )

    # Without the page's own policy, so that the judge may run in it.
    with opened_page(locale=locale, viewport=size, bypass_csp=True) as page:
        page.goto(f"{address}/sign-in")
        assert serious(page) == []
        sign_in(page, address, enrolment)
        for path in ("/", "/board", "/reports", "/inbox/lists", "/inbox/all", "/exits", "/manifests", "/exports",
                     "/cases", "/cases/new", "/intake",
                     "/duplicates", f"/duplicates/{reference}/{other}", f"/cases/{reference}",
                     f"/cases/{reference}/looks", f"/cases/{reference}/screening", f"/cases/{reference}/contacts",
                     f"/cases/{reference}/representatives", f"/evidence/{reference}", f"/papers/{reference}",
                     "/stock", "/stock/KHM?specimens=5", f"/handover/{reference}",
                     f"/cases/{reference}/by-telephone", f"/cases/{reference}/escorts", "/escorts", "/authorities",
                     "/operations", f"/officers/{enrolment.officer.number}",
                     f"/cases/{reference}/acts/host", f"/cases/{reference}/acts/validity",
                     f"/cases/{reference}/categories", "/undelivered", "/document-rules", f"/cases/{reference}/archive",
                     "/nowhere"):  # fmt: skip
            page.goto(f"{address}{path}")
            assert serious(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        with case_file.transaction() as session:
            case_file.tell(session, reference, "A portrait was taken by O-01.")
        page.goto(address)
        assert page.locator("ul.news li").count() == 1
        assert serious(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_question_is_opened_and_answered_with_the_keyboard_alone(desk: httpx.Client) -> None:
    address, house = str(desk.base_url).rstrip("/"), House()
    reference = house.asks().reference
    enrolment = officers.add(name="L", agency="MOFA", roles=[Role.lookout_officer], by="test")

    with opened_page(locale="en-US") as page:
        sign_in(page, address, enrolment)
        page.wait_for_url(f"{address}/")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{address}/evidence/{reference}")
        page.locator("input[name=outcome]").first.focus()
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.type("in order")
        assert page.locator("select[name=reason_code]").input_value() == "in_order"


def test_what_was_typed_outlives_a_session_that_ends(desk: httpx.Client) -> None:
    address = str(desk.base_url).rstrip("/")
    enrolment = officers.add(name="C", agency="MOFA", roles=[Role.coordinator], by="test")

    with opened_page(locale="en-US") as page:
        sign_in(page, address, enrolment)
        page.wait_for_url(f"{address}/")
        page.goto(f"{address}/cases/new")
        page.get_by_label("Name in Hangul").fill("홍길동")
        page.get_by_label("What the person told; sealed").fill("seventh floor")
        page.context.clear_cookies()
        page.get_by_role("button", name="Open the case").click()
        page.get_by_text("Sign in to see this.").wait_for()
        page.locator("input[name=officer]").fill(enrolment.officer.number)
        page.locator("input[name=password]").fill(enrolment.password)
        page.locator("input[name=code]").fill(officers.drill_code(enrolment.officer.number))
        page.locator("main button").click()
        page.wait_for_url(f"{address}/cases/new")

        assert page.get_by_label("Name in Hangul").input_value() == "홍길동"
        assert page.get_by_label("What the person told; sealed").input_value() == "seventh floor"


def test_a_double_click_opens_one_case(desk: httpx.Client) -> None:
    address = str(desk.base_url).rstrip("/")
    enrolment = officers.add(name="C", agency="MOFA", roles=[Role.coordinator], by="test")

    with opened_page(locale="en-US") as page:
        sign_in(page, address, enrolment)
        page.wait_for_url(f"{address}/")
        page.goto(f"{address}/cases/new")
        page.get_by_label("Name in Hangul").fill("홍길동")
        page.get_by_label("Place", exact=True).fill("Poipet")
        page.get_by_label("Who holds or shelters them").fill("centre")
        page.get_by_role("button", name="Open the case").dblclick()
        page.wait_for_url(f"{address}/cases/KHM-*")
        page.goto(f"{address}/cases")

        assert page.locator("a.row").count() == 1
