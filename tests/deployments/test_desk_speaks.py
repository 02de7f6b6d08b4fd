"""The desk's three languages: every word of every page, and every word of a closed list, in each."""

import re
from enum import StrEnum
from string import Formatter

import httpx
import pendulum
import pytest

from deployments.desk import acts, blanks, language
from deployments.desk.evidence import OUTCOMES, REASONS_OF
from models.case import CareEnd, CaseStatus, Stage, Step
from models.contact import Item
from models.mandate import DelegationKind
from models.message import AlarmKind
from models.money import EXPONENTS, Money
from models.officer import Role
from models.paper import PaperKind
from models.person import Category, HostStatus, Language, Wish
from models.representation import Incapacity, Proof, Relation
from models.screening import Dimension, Ground, Strength
from models.sheet import Alone
from models.stock import MoveReason, StockState
from tasks import officers
from tasks.settings import REPOSITORY
from tests.deployments.test_desk import enrol, sign_in

TRANSLATED = (Language.korean, Language.khmer)
TEMPLATES = sorted((REPOSITORY / "deployments/desk/templates").glob("*.html"))
LISTS: dict[str, tuple[type[StrEnum], ...]] = {
    "": (Step, Stage, CaseStatus, Role, Category, PaperKind, Alone, AlarmKind, Incapacity, Proof, DelegationKind),
    "wish": (Wish,), "host": (HostStatus,),
    "care": (CareEnd,), "item": (Item,), "relation": (Relation,), "dimension": (Dimension,), "strength": (Strength,),
    "ground": (Ground,), "stock": (StockState,), "move": (MoveReason,),
}  # fmt: skip


def said_by_templates() -> set[str]:
    return {words for file in TEMPLATES for _, words in re.findall(r"""_\((["'])(.*?)\1""", file.read_text())}


def said_by_acts() -> set[str]:
    fields = {words for act in acts.ALL for each in blanks.blanks(act.form) for words in (each.label, each.hint)}
    said = {words for act in acts.ALL for words in (act.heading, act.help, act.button, act.done, act.group.value)}
    return {*fields, *said, *blanks.FAULTS} - {""}


@pytest.mark.parametrize("spoken", TRANSLATED)
def test_every_word_of_every_page_is_translated_with_its_blanks(spoken: Language) -> None:
    words = language.catalogue(spoken)

    for english in said_by_templates() | said_by_acts():
        assert words.get(("", english)), english
        blanks = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in (english, words["", english])]
        assert blanks[0] == blanks[1], english


@pytest.mark.parametrize("spoken", TRANSLATED)
def test_every_word_of_a_closed_list_is_translated(spoken: Language) -> None:
    words = language.catalogue(spoken)

    for of, kinds in LISTS.items():
        for word in (each.value for kind in kinds for each in kind):
            assert words.get((of, word)), (of, word)
    for word in {*(each.value for each in OUTCOMES), *(code for codes in REASONS_OF.values() for code in codes)}:
        assert words.get(("", word)), word


@pytest.mark.parametrize("spoken", TRANSLATED)
def test_every_word_that_may_be_chosen_in_an_act_is_translated(spoken: Language) -> None:
    words, chosen = language.catalogue(spoken), set()
    for act in acts.ALL:
        for each in blanks.blanks(act.form):
            chosen |= {(each.of, option.replace("-", " ")) for option in each.options if option not in EXPONENTS}
    assert len(chosen) > 70

    assert [each for each in chosen if not words.get(each)] == []


def test_whatever_is_said_in_one_language_is_said_in_the_other() -> None:
    korean, khmer = (set(language.catalogue(each)) for each in TRANSLATED)

    assert khmer == korean


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("ko-KR,ko;q=0.9,en;q=0.8", Language.korean), ("km", Language.khmer), ("fr,en;q=0.5", Language.english),
        ("", Language.english), ("xx", Language.english),
    ],
)  # fmt: skip
def test_a_browser_reads_the_language_it_asks_for(desk: httpx.Client, asked: str, spoken: Language) -> None:
    page = desk.get("/sign-in", headers={"accept-language": asked}).text

    assert f'<html lang="{spoken.value}">' in page
    assert language.speaker(spoken)("One-time code") in page


def test_a_chosen_language_stays_with_the_browser(desk: httpx.Client) -> None:
    sign_in(desk, enrol(Role.coordinator))

    desk.post("/language", data={"language": "km", "to": "/cases"})

    assert language.speaker(Language.khmer)("Open a case") in desk.get("/cases", headers={"accept-language": "ko"}).text


def test_a_chosen_language_goes_with_the_officer_to_any_browser(desk: httpx.Client) -> None:
    enrolment = enrol(Role.coordinator)
    sign_in(desk, enrolment)
    desk.post("/language", data={"language": "km", "to": "/cases"})

    desk.cookies.clear()
    cookie = {"cookie": f"homeward_session={officers.open_session(enrolment.officer, door='desk')}"}
    page = desk.get("/cases", headers={**cookie, "accept-language": "ko"}).text

    assert language.speaker(Language.khmer)("Open a case") in page
    assert '<html lang="ko">' in desk.get("/sign-in", headers={"accept-language": "ko"}).text


def test_moments_money_and_ages_are_written_in_each_custom() -> None:
    moment = pendulum.datetime(2026, 12, 5, 5, 20)

    assert language.both_clocks(moment, "KHM-2026-0001", Language.english) == [
        "5 Dec 12:20 Phnom Penh",
        "5 Dec 14:20 Seoul",
    ]
    assert language.both_clocks(moment, "KHM-2026-0001", Language.korean)[1] == "12월 5일 14:20 서울"
    assert language.money(Money(123456789, "KRW"), Language.korean) == "₩123,456,789"
    assert language.money(Money(41230, "USD"), Language.english) == "$412.30"
    assert language.age(3 * 3600, Language.korean) == "3시간"
