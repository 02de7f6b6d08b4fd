"""A coordinator's day at the desk in Korean and in Khmer: troubles, hits, a bad list and refusals leave no English."""

import httpx
import pytest

from deployments.drill import example
from models.case import Step
from models.funding import Payer
from models.officer import Role
from models.person import Category, HostStatus, Language, Wish
from tasks import by_hand, calls, case_file, corrections, decisions, officers
from tasks.clock import now
from tasks.intake.adding import KEEPER_UNKNOWN
from tasks.partners.errors import OutcomeUnknown, PartnerAnswerUnclear, PartnerUnavailable
from tasks.trouble import NeedsPerson
from tests.deployments.test_desk import enrol, sign_in
from tests.deployments.test_desk_lists import send
from tests.english import left_in_english, shown_by
from tests.tasks.asked import PLANTED, House, later

TRANSLATED = (Language.korean, Language.khmer)
PROBLEMS: tuple[Exception, ...] = (
    by_hand._cancel_there(),  # what a run is told where seats were booked by telephone
    PartnerUnavailable("registry", "did not answer"),
    OutcomeUnknown("airline", "did not answer"),
    PartnerAnswerUnclear("treasury", "answered 200 in a shape we do not know"),
    NeedsPerson("no_portrait", "There is no portrait; take one with `homeward case portrait REF FILE`, then go on."),
    case_file.Refused("Case KHM-2026-0001 is closed: home; open a new case for another journey."),
)
BAD_LIST = (
    "name_hangul,name_latin,found_at,passport_number,born_on,sex,host_status,category,needs,paid_privately,shoe\n"
    "배준미,PAE JUN MI,Poipet,M1,soon,?,gone,king,crown,much,42\n"
    "홍길동,HONG GILDONG,Poipet,M12345678,1990-01-01,M,detained,minor,interpreter_none,,\n"
    "김서연,KIM SEO YEON,Poipet,M12345678,2015-01-01,F,,,,,\n"
    "=A1,,Poipet,,,,,,,,\n"
    ",,Poipet,,,,,,,,\n"
    "박민수,PARK MINSU,,,,,,,,,\n"
).encode()
CELLS = " ".join([*HostStatus, *Category, *Payer, "victim medical wheelchair minor escort interpreter none consul"])
"""Words of a list's cells, which are typed letter by letter in any language."""

WRITTEN = " ".join(
    [*PLANTED.values(), BAD_LIST.decode(), CELLS, *Role, example.KEEPER, "Officer N Coordinator KNP MOFA list.csv"]
)
"""What people wrote themselves, and what is not a word."""


def speaks_only(page: httpx.Response) -> None:
    left = left_in_english(shown_by(page.text), written=WRITTEN)
    assert left == [], (page.url, page.status_code, left)


@pytest.fixture(params=TRANSLATED)
def browser(desk: httpx.Client, request: pytest.FixtureRequest) -> httpx.Client:
    """A coordinator's browser, of somebody who decides on lookouts too."""
    enrolment = enrol(Role.coordinator, Role.lookout_officer, Role.verifying_officer)
    desk.headers["accept-language"] = request.param.value
    sign_in(desk, enrolment)
    return desk


def in_trouble(house: House, problem: Exception) -> str:
    """Return a case with a question to the coordinator about a problem."""
    reference = house.opens()
    code, words = calls.described(problem)
    decisions.note_trouble(reference, Step.booking, code=code, words=words)
    house.asks(Step.help, reference=reference)
    return reference


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda each: type(each).__name__)
def test_what_is_in_the_way_of_a_case(browser: httpx.Client, problem: Exception) -> None:
    reference = in_trouble(House(), problem)

    for path in ("/", f"/evidence/{reference}", f"/cases/{reference}", f"/first-case/{reference}"):
        page = browser.get(path)
        assert page.status_code == 200
        speaks_only(page)
        assert "homeward case" not in page.text


def test_a_hit_and_who_looked(browser: httpx.Client) -> None:
    house = House()
    asking = house.asks(Step.lookout)
    officer = house.officers[Role.coordinator]
    corrections.declare(
        asking.reference, wish=Wish.refuse, language=Language.korean, reader=officer, declared_at=now(),
        officer=officer,
    )  # fmt: skip

    for path in ("", "/looks"):
        speaks_only(browser.get(f"/cases/{asking.reference}{path}"))
    for path in ("/", f"/evidence/{asking.reference}", f"/papers/{asking.reference}", "/board"):
        speaks_only(browser.get(path))


def test_a_list_with_every_fault(browser: httpx.Client) -> None:
    looked = send(browser, "/intake/preview", BAD_LIST)

    assert looked.status_code == 200
    assert looked.text.count("<td>2</td>") >= 6, "each cell of the second line is told"
    speaks_only(looked)
    for nonsense in (b"", b"%PDF-1.7", b"a,b\n1,2\n", b"\x00\xff" * 9, b'name_latin,found_at\n"A,B\n'):
        speaks_only(send(browser, "/intake/preview", nonsense))


@pytest.mark.parametrize(
    "typed",
    [
        {"seen": "XXXXXX"}, {"outcome": "approve", "reason_code": "wrong_person"}, {"code": "000000"},
        {"outcome": "return", "to_stage": "handoff"}, {"breaks_glass": "true"}, {"step": "funding"}, {"outcome": ""},
    ],
)  # fmt: skip
def test_an_answer_that_is_not_taken(browser: httpx.Client, typed: dict[str, str]) -> None:
    asking = House().asks(Step.lookout)
    page = browser.get(f"/evidence/{asking.reference}").text
    token = page.split('name="form_token" value="', 1)[1].split('"', 1)[0]
    seen = page.split('class="seen"', 1)[1].split("<b>", 1)[1].split("</b>", 1)[0]
    number = officers.listed()[0].number
    answer = {"form_token": token, "step": "verification.lookout", "outcome": "approve", "reason_code": "in_order",
              "seen": seen, "code": officers.drill_code(number)}  # fmt: skip

    refused = browser.post(f"/evidence/{asking.reference}", data={**answer, **typed})

    assert refused.status_code == 409
    speaks_only(refused)


def test_a_person_nobody_heard_of_and_pages_that_are_not_there(browser: httpx.Client) -> None:
    house = House()
    reference = house.opens()
    with case_file.transaction() as session:
        case_file.tell(session, reference, f"The person was to be heard of by {later(now(), hours=1)} UTC and was not.")

    for path in (f"/cases/{reference}", "/cases", "/cases?q=nobody", "/cases/KHM-2026-9999", "/nowhere",
                 f"/papers/{reference}/itinerary", f"/papers/{reference}/crown", "/reports/9", "/exports/9/csv",
                 f"/evidence/{reference}", "/compare"):  # fmt: skip
        speaks_only(browser.get(path))


def test_two_reports_of_one_person_side_by_side(browser: httpx.Client) -> None:
    house = House()
    first = house.opens()
    second = case_file.open_case(
        country="KHM", officer=house.officers[Role.coordinator], name_hangul="홍길동", name_latin="HONG GILDONG",
        place="Poipet", keeper=KEEPER_UNKNOWN, host_status="detained", categories=[Category.minor],
    )  # fmt: skip

    page = browser.get(f"/duplicates/{first}/{second}")
    assert page.status_code == 200
    speaks_only(page)
    speaks_only(browser.get("/duplicates"))
    shown = browser.get(f"/cases/{second}").text.split('<dl class="head">', 1)[1].split("</dl>", 1)[0]
    assert KEEPER_UNKNOWN not in shown
