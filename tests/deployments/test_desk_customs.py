"""Dates, sexes and sentences at the desk as each language writes them, where a program's own form stood before."""

import ast
import re
from collections.abc import Iterator
from datetime import date

import httpx
import pendulum
import pytest

from deployments.desk import language
from deployments.desk.reports import WHY
from models.audit import TOLD
from models.mandate import DelegationKind
from models.officer import Role
from models.person import Language, Sex
from models.situation import changes
from tasks import case_file, escorts, mandates, officers, situation
from tasks.clock import now
from tasks.partners.registry import ATTRIBUTES, NEXT_OF_KIN, STATUS
from tasks.settings import REPOSITORY
from tests.deployments.test_desk import enrol, sign_in
from tests.tasks.asked import House

SPOKEN = list(Language)
ISO = re.compile(r"\b(19|20)\d\d-\d\d-\d\d\b")

UNTIL = date(2031, 4, 9)
WRITTEN = {
    Language.english: ("9 Apr 2031", "Female (F)"),
    Language.korean: ("2031년 4월 9일", "여성 (F)"),
    Language.khmer: ("9 មេសា 2031", "ស្រី (F)"),
}


def shown(reply: httpx.Response) -> str:
    """What a page shows of what is on file: neither its fields nor its address."""
    assert reply.status_code == 200
    return re.sub(r'(?s)<title>.*?</title>|value="[^"]*"|datetime="[^"]*"', "", reply.text)


def coordinator(desk: httpx.Client, spoken: Language, *roles: Role) -> officers.Enrolment:
    desk.headers["accept-language"] = spoken.value
    enrolment = enrol(Role.coordinator, *roles)
    sign_in(desk, enrolment)
    return enrolment


@pytest.mark.parametrize("spoken", SPOKEN)
def test_the_pool_of_escorts_writes_dates_and_sexes_in_each_custom(desk: httpx.Client, spoken: Language) -> None:
    officer = coordinator(desk, spoken).officer
    escorts.add(
        officer.number, sex=Sex.female, passport_valid_until=UNTIL, on_duty_from=now(), on_duty_until=now().add(days=9),
        officer=officer,
    )  # fmt: skip
    reference = House().opens()

    pool, company = (shown(desk.get(path)) for path in ("/escorts", f"/cases/{reference}/escorts"))

    day, sex = WRITTEN[spoken]
    assert f"<td>{sex}</td><td>{day}</td>" in pool
    assert f"{officer.number} · {sex}" in company
    assert ISO.search(pool + company) is None


@pytest.mark.parametrize("spoken", SPOKEN)
def test_the_form_of_a_case_offers_the_sexes_in_words(desk: httpx.Client, spoken: Language) -> None:
    coordinator(desk, spoken)

    page = desk.get("/cases/new").text

    offered = re.findall(r'<option value="[FMX]">([^<]*)</option>', page)
    assert offered[0] == WRITTEN[spoken][1]
    assert len(offered) == len(Sex)
    assert not set(offered) & set(Sex)


@pytest.mark.parametrize("spoken", SPOKEN)
def test_a_delegation_is_dated_in_each_custom(desk: httpx.Client, spoken: Language) -> None:
    officer = coordinator(desk, spoken, Role.funding_officer).officer
    begins = pendulum.datetime(now().year + 1, 4, 9, 0, 30)
    mandates.delegate(
        officer.number, officers.drill_code(officer.number), to=enrol(Role.coordinator).officer.number,
        role=Role.funding_officer, kind=DelegationKind.acting_for, begins_at=begins, ends_at=begins.add(days=3),
    )  # fmt: skip

    page = shown(desk.get("/authorities"))

    year = str(begins.year)
    assert f"{WRITTEN[spoken][0].replace('2031', year)} 09:30" in page, "by Seoul's clock"
    assert ISO.search(page) is None


@pytest.mark.parametrize("spoken", SPOKEN)
def test_each_way_a_report_differs_is_said_in_each_language(desk: httpx.Client, spoken: Language) -> None:
    enrolment = coordinator(desk, spoken)
    by = enrolment.officer.number
    made = [situation.make(by=by)]
    for name in ("홍길동", "김서연"):
        case_file.open_case(
            country="KHM", officer=by, name_hangul=name, name_latin=None, place="Poipet", keeper="centre",
            host_status="detained",
        )  # fmt: skip
    made += [situation.make(by=by), situation.make(by=by)]

    page = shown(desk.get("/reports"))

    lines = {
        Language.english: ("0: the first report", "0 → 2: two newly reported", "2: nothing has changed"),
        Language.korean: ("0명: 첫 보고", "0 → 2: 2명 새로 접수", "2명: 변동 없음"),
        Language.khmer: ("0 នាក់៖ របាយការណ៍ដំបូង", "0 → 2: រាយការណ៍ថ្មី 2 នាក់", "2 នាក់៖ គ្មានអ្វីផ្លាស់ប្ដូរ"),
    }[spoken]
    assert [line for line in lines if f"<td>{line}</td>" not in page] == []


@pytest.mark.parametrize("spoken", [Language.korean, Language.khmer])
def test_no_reason_a_report_names_is_without_words(spoken: Language) -> None:
    named = ast.parse((REPOSITORY / "models/situation.py").read_text())
    (rule,) = [each for each in named.body if isinstance(each, ast.FunctionDef) and each.name == changes.__name__]
    kinds = {
        pair.elts[0].value
        for pair in ast.walk(rule)
        if isinstance(pair, ast.Tuple) and isinstance(pair.elts[0], ast.Constant)
    }

    assert kinds == set(WHY)
    assert [words for words in WHY.values() if ("", words) not in language.catalogue(spoken)] == []


def told_to_partners() -> Iterator[str]:
    """Every name a partner may be given something under, as the clients write their requests."""
    yield from (*ATTRIBUTES.values(), *NEXT_OF_KIN.values(), STATUS)
    clients = [file for file in (REPOSITORY / "tasks/partners").rglob("*.py") if file.name not in NO_CLIENTS]
    for file in clients:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Dict):
                yield from (str(key.value) for key in node.keys if isinstance(key, ast.Constant))
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
                yield from (str(each.value) for each in [node.slice] if isinstance(each, ast.Constant))


NO_CLIENTS = {"transport.py", "identity_provider.py", "reading.py"}
"""The line all of them share, one that is told of no case, and the reading of answers."""

NOT_GIVEN = {
    "data", "slices", "passengers", "identity_documents", "payments", "payment", "metadata", "points", "add", "remove",
    "response", "Duffel-Version", "Accept-Encoding",
    *ATTRIBUTES, *NEXT_OF_KIN,
}  # fmt: skip
"""What only holds other names, headers, and our own words for the registry's."""


@pytest.mark.parametrize("spoken", SPOKEN)
def test_every_field_a_partner_may_be_given_has_words(spoken: Language) -> None:
    given = set(told_to_partners()) - NOT_GIVEN
    assert len(given) > 60

    assert sorted(name for name in given if ("Field", name) not in language.catalogue(spoken)) == []


@pytest.mark.parametrize("spoken", SPOKEN)
def test_who_looked_names_what_partners_were_given_in_words(desk: httpx.Client, spoken: Language) -> None:
    coordinator(desk, spoken)
    reference = House().opens()
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        ids = {"partner": "registry", "call": "POST /v1/persons", "told": "dateOfBirth,group,limit,lastName",
               "step": "verification.lookout"}  # fmt: skip
        case_file.note(session, TOLD, actor=case_file.RUN, about=case, ids=ids)

    page = shown(desk.get(f"/cases/{reference}/looks"))

    words = {
        Language.english: "date of birth, technical detail, surname in Latin letters",
        Language.korean: "생년월일, 기술 정보, 로마자 성",
        Language.khmer: "ថ្ងៃខែឆ្នាំកំណើត, ព័ត៌មានបច្ចេកទេស, នាមត្រកូលជាអក្សរឡាតាំង",
    }[spoken]
    assert words in page
    assert "dateOfBirth" not in page
