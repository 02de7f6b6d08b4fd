"""One person home by clicking only: no shell, and the run hears of each decision as through every other door."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page

from deployments.desk import language
from models.case import CaseStatus, Stage
from models.decision import Door
from models.first_case import BY_THE_COORDINATOR, DECIDES, Lesson
from models.officer import Role
from models.person import Language
from tasks import officers
from tests.browser import opened_page
from tests.deployments.conftest import desk  # noqa: F401 - a fixture
from tests.english import left_in_english
from tests.journeys.story import Story, a_person
from tests.papers.contents import synthetic_portrait

LOCALES = {Language.korean: "ko-KR", Language.khmer: "km-KH"}


@contextmanager
def at_the_desk(story: Story, address: str, number: str, spoken: Language) -> Iterator[Page]:
    """An officer signs in and is at the desk; in a browser of their language."""
    say = language.speaker(spoken)
    with opened_page(locale=LOCALES[spoken], viewport={"width": 1440, "height": 900}) as page:
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(address)
        page.get_by_label(say("Officer number")).fill(number)
        page.get_by_label(say("Password")).fill(story.passwords[number])
        page.get_by_label(say("One-time code")).fill(officers.drill_code(number))
        page.get_by_role("main").get_by_role("button", name=say("Sign in")).click()
        page.wait_for_url(f"{address}/")
        yield page
        assert faults == []


def decide_at_the_desk(story: Story, address: str, number: str, spoken: Language) -> int:
    """Decide as the first case leads to it; returns how much of it was ticked before."""
    say = language.speaker(spoken)
    with at_the_desk(story, address, number, spoken) as page:
        speaks_only_its_language(page)
        assert page.get_by_role("link", name=story.reference).count() == 1
        page.goto(f"{address}/first-case/{story.reference}")
        speaks_only_its_language(page)
        ticked = page.locator(".lessons .done").count()
        page.get_by_role("link", name=say("Open the question")).click()
        page.wait_for_url(f"{address}/evidence/{story.reference}")
        speaks_only_its_language(page)
        page.get_by_label(say("approve"), exact=True).check()
        page.get_by_label(say("Reason code")).select_option("in_order")
        form = page.get_by_role("form", name=say("Your decision"))
        form.get_by_label(say("Type the seen code")).fill(form.locator(".seen b").inner_text())
        form.get_by_label(say("One-time code")).fill(officers.drill_code(number))
        form.get_by_role("button", name=say("Record the decision")).click()
        page.get_by_text(say("Your decision in {reference} is recorded.", reference=story.reference)).wait_for()
    return ticked


def speaks_only_its_language(page: Page) -> None:
    # What stands in `code` is a code: a digest, or the names a partner's interface gives its fields.
    shown = page.get_by_role("main").evaluate(
        "main => { const copy = main.cloneNode(true); for (const code of copy.querySelectorAll('code')) code.remove(); "
        "return copy.innerText; }"
    )
    assert left_in_english(shown, written=WRITTEN) == [], page.url


WRITTEN = (
    "Poipet Immigration detention centre; Duty officer, incheon-airport-desk; sandbox rule table; exit permit needed; "
    "onward flight on the same ticket, without a night in the terminal; sandbox treasury, rate of the day "
) + " ".join(["Coordinator", *Role])
"""What this journey's people and the sandbox's partners write themselves."""


@pytest.mark.parametrize("spoken", LOCALES)
def test_a_person_comes_home_by_clicking_only(
    story: Story,
    desk: httpx.Client,  # noqa: F811 - the fixture
    spoken: Language,
    tmp_path: Path,
) -> None:
    say, address, person = language.speaker(spoken), str(desk.base_url).rstrip("/"), a_person()
    story.person = person
    face = tmp_path / "face.png"
    face.write_bytes(synthetic_portrait())

    with at_the_desk(story, address, story.coordinator, spoken) as page:
        page.get_by_role("link", name=say("Cases"), exact=True).click()
        page.get_by_role("link", name=say("Open a case"), exact=True).click()
        for label, value in (
            ("Name in Hangul", person["surname_hangul"] + person["given_hangul"]),
            ("Born on", person["born_on"]),
            ("Passport number, if remembered", person["passport"]["number"]),
            ("Place", "Poipet"),
            ("Who holds or shelters them", "Immigration detention centre"),
        ):
            page.get_by_label(say(label), exact=label == "Place").first.fill(value)
        page.get_by_label(say("Sex")).select_option(person["sex"])
        page.get_by_label(say("presumed_victim")).check()
        page.get_by_role("button", name=say("Open the case")).click()
        story.reference = page.url.rpartition("/")[2]
        page.locator("#portrait input[type=file]").set_input_files(face)
        page.get_by_role("button", name=say("Store the portrait")).click()
        page.get_by_text(say("The portrait is stored.")).wait_for()
        page.get_by_label(say("They wish to")).select_option("return")
        page.get_by_label(say("Read to them in")).select_option("ko")
        page.locator("form", has=page.get_by_label(say("They wish to"))).get_by_role("button").click()
        page.get_by_text(say("The person's word was written down.")).wait_for()
        page.get_by_role("button", name=say("Start the journey")).click()
        page.get_by_text(say("The journey has begun.")).wait_for()

    story.run_id = story.newest_run()
    story.goes_on()
    ticked = []
    while story.waits_at() is not None:
        ticked.append(decide_at_the_desk(story, address, story.decider(), spoken))
        story.goes_on()

    assert story.status() is CaseStatus.home, story.timeline()
    assert {decision.door for decision in story.decisions()} == {Door.desk}
    assert story.live_orders() == 1
    assert ticked == [len(BY_THE_COORDINATOR) + decided for decided in range(len(DECIDES))]
    with at_the_desk(story, address, story.coordinator, spoken) as page:
        page.goto(f"{address}/cases/{story.reference}")
        assert page.locator(".progress .done").all_inner_texts() == [say(stage.value) for stage in Stage]
        for path in (f"/cases/{story.reference}", f"/cases/{story.reference}/looks", f"/papers/{story.reference}",
                     "/cases", "/board", "/reports", "/exports", "/duplicates", "/intake", "/cases/new"):  # fmt: skip
            page.goto(f"{address}{path}")
            speaks_only_its_language(page)
        page.goto(f"{address}/first-case/{story.reference}")
        assert page.locator(".lessons .done").count() == len(Lesson)
        page.get_by_text(say("The person is home: you have brought the first case through.")).wait_for()
        speaks_only_its_language(page)
