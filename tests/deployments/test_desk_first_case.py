"""The first case at the desk: what it says is next follows the case file alone, in three languages, in a drill only."""

import httpx
import pytest
from playwright.sync_api import Page

from deployments.desk import first_case as page_of
from deployments.desk import language
from deployments.drill import example
from models.case import CaseStatus, Step
from models.first_case import Lesson
from models.officer import Role
from models.person import Language, Wish
from tasks import case_file, corrections
from tasks.clock import now
from tasks.settings import REPOSITORY, Mode, settings
from tests.browser import opened_page
from tests.deployments.test_desk import enrol, sign_in
from tests.deployments.test_desk_for_everybody import LAPTOP, TABLET, serious
from tests.deployments.test_desk_for_everybody import sign_in as sign_in_there
from tests.english import left_in_english
from tests.tasks.asked import House

WRITTEN = f"{example.PLACE} {example.KEEPER}"


def opened(officer: str) -> str:
    return case_file.open_case(
        country="KHM", officer=officer, name_hangul=example.NAME_HANGUL, name_latin=example.NAME_LATIN,
        sex=example.SEX, birth_date=example.BIRTH_DATE, passport_number=example.PASSPORT, place=example.PLACE,
        keeper=example.KEEPER, host_status=example.HOST_STATUS, categories=[example.CATEGORY],
    )  # fmt: skip


def with_portrait(reference: str, officer: str) -> None:
    picture = REPOSITORY / "deployments/desk" / page_of.PORTRAIT.removeprefix("/")
    corrections.set_portrait(reference, image=picture.read_bytes(), captured_at=now(), officer=officer)


def next_of(desk: httpx.Client, reference: str) -> str:
    page = desk.get(f"/first-case/{reference}")
    assert page.status_code == 200, page.text
    return page.text.split('id="next"', 1)[1].split("</section>", 1)[0]


def ticked(desk: httpx.Client, reference: str) -> int:
    return desk.get(f"/first-case/{reference}").text.count('<li class="done"')


def test_each_tick_and_what_is_next_are_read_from_the_case_file(desk: httpx.Client) -> None:
    house = House()
    coordinator = house.officers[Role.coordinator]
    sign_in(desk, enrol(Role.coordinator))
    introduction = desk.get("/first-case").text
    assert introduction.count('<li class="done"') == 0
    assert example.PASSPORT in introduction

    reference = opened(coordinator)
    assert (ticked(desk, reference), "Store a portrait" in next_of(desk, reference)) == (1, True)

    with_portrait(reference, coordinator)
    assert (ticked(desk, reference), "own word" in next_of(desk, reference)) == (2, True)

    corrections.declare(
        reference, wish=Wish.return_home, language=Language.korean, reader=coordinator, declared_at=now(),
        officer=coordinator,
    )  # fmt: skip
    assert (ticked(desk, reference), "Start the journey" in next_of(desk, reference)) == (3, True)

    house.asks(Step.lookout, reference=reference)
    said = next_of(desk, reference)
    assert "Decide on the lookout first." in said
    assert f'href="/evidence/{reference}"' not in said, "it is not this officer's"
    assert house.officers[Role.lookout_officer] in said
    assert coordinator not in said, "whoever opened the case is not sent to decide it"

    desk.cookies.clear()
    sign_in(desk, enrol(Role.coordinator, Role.lookout_officer))
    assert f'href="/evidence/{reference}"' in next_of(desk, reference)


def test_a_case_that_was_cancelled_leads_to_another(desk: httpx.Client) -> None:
    sign_in(desk, enrol(Role.coordinator))
    reference = opened(House().officers[Role.coordinator])
    with case_file.transaction() as session:
        case_file.move(session, case_file.load(session, reference, lock=True), CaseStatus.cancelled)

    page = desk.get(f"/first-case/{reference}").text

    assert "begin with another case" in page
    assert 'aria-current="step"' not in page


def test_the_inbox_of_a_drill_leads_to_the_first_case(desk: httpx.Client) -> None:
    sign_in(desk, enrol(Role.coordinator))

    assert 'href="/first-case"' in desk.get("/").text


@pytest.mark.parametrize("path", ["/first-case", "/first-case/KHM-2026-0001"])
def test_a_live_desk_has_no_first_case(desk: httpx.Client, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in(desk, enrol(Role.coordinator))
    live = settings().model_copy(update={"mode": Mode.live})
    monkeypatch.setattr(page_of, "settings", lambda: live)
    monkeypatch.setattr("deployments.desk.pages.settings", lambda: live)

    assert desk.get(path).status_code == 404
    assert 'href="/first-case"' not in desk.get("/").text


def test_an_officer_of_another_country_is_not_led_through_cases(desk: httpx.Client) -> None:
    sign_in(desk, enrol(Role.border_partner))

    assert desk.get("/first-case").status_code == 403


@pytest.mark.parametrize("spoken", [Language.korean, Language.khmer])
def test_every_lesson_is_told_in_the_officers_language(spoken: Language) -> None:
    words = language.catalogue(spoken)

    assert set(page_of.WHAT) == set(Lesson)
    for name, what_to_do in page_of.WHAT.values():
        assert words.get(("", name)), name
        assert words.get(("", what_to_do)), what_to_do


def _follows_the_link(page: Page) -> None:
    page.locator("#next ~ p a.button, section[aria-labelledby=next] a.button").first.focus()
    page.keyboard.press("Enter")


@pytest.mark.parametrize(
    ("locale", "size"),
    [("en-US", LAPTOP), ("ko-KR", LAPTOP), ("km-KH", LAPTOP), ("en-US", TABLET), ("ko-KR", TABLET), ("km-KH", TABLET)],
)
def test_it_is_followed_with_the_keyboard_has_no_barrier_and_speaks_one_language(
    desk: httpx.Client, locale: str, size: dict[str, int]
) -> None:
    address = str(desk.base_url).rstrip("/")
    reference = opened(House().officers[Role.coordinator])
    enrolment = enrol(Role.coordinator)

    with opened_page(locale=locale, viewport=size, bypass_csp=True) as page:
        sign_in_there(page, address, enrolment)
        page.wait_for_url(f"{address}/")
        for path in ("/first-case", f"/first-case/{reference}"):
            page.goto(f"{address}{path}")
            assert serious(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            if not locale.startswith("en"):
                assert left_in_english(page.get_by_role("main").inner_text(), written=WRITTEN) == []
        _follows_the_link(page)
        page.wait_for_url(f"{address}/cases/{reference}#portrait")
