"""Erasing at the desk: a registrar's alone, once every journey is over, and no code is spent on what is refused."""

import html
import re

import httpx
import pytest
from sqlmodel import select

from models.case import CaseStatus
from models.decision import Door
from models.officer import Role, SpentCode
from models.person import Language, Person, PersonKey
from tasks import case_file, decisions, officers
from tests.deployments.test_desk import enrol, sign_in
from tests.deployments.test_desk_decides import FORM, no_engine, token
from tests.english import left_in_english, shown_by
from tests.tasks.asked import PLANTED, House

__all__ = ["no_engine"]


@pytest.fixture
def registrar(desk: httpx.Client, no_engine: list[str]) -> officers.Enrolment:
    """A registrar is signed in."""
    del no_engine
    enrolment = enrol(Role.registrar)
    sign_in(desk, enrolment)
    return enrolment


def stopped() -> str:
    """A case whose journey was stopped."""
    house = House()
    reference, coordinator = house.opens(), house.officers[Role.coordinator]
    decisions.cancel(
        reference, officer_number=coordinator, code=officers.drill_code(coordinator), reason_code="other_means",
        door=Door.cli,
    )  # fmt: skip
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        case.status = CaseStatus.cancelled
        session.add(case)
    return reference


def typed(desk: httpx.Client, registrar: officers.Enrolment, reference: str, **changes: str) -> dict[str, str]:
    """The form as it was drawn, filled in rightly but for the changes."""
    page = desk.get(f"/cases/{reference}/erase")
    (after,) = re.findall(r'name="after" value="(\d+)"', page.text)
    filled = {"reason": "person_asked", "named": reference, "code": officers.drill_code(registrar.officer.number)}
    return {FORM: token(page), "after": after, **filled, **changes}


def refusal(page: httpx.Response) -> str:
    (said,) = re.findall(r'<p class="refused" role="alert">(.*?)</p>', page.text)
    return html.unescape(said)


def is_erased() -> bool:
    with case_file.transaction() as session:
        (key,), (person,) = session.exec(select(PersonKey)).all(), session.exec(select(Person)).all()
        assert (key.wrapped_key is None) is (person.name_hangul is None)
        return key.wrapped_key is None


def spent_on_erasures() -> int:
    with case_file.transaction() as session:
        return len(session.exec(select(SpentCode).where(SpentCode.spent_on == "erasure")).all())


def test_a_registrar_erases_whoever_is_home_or_was_let_go_and_once(
    desk: httpx.Client, registrar: officers.Enrolment
) -> None:
    reference = stopped()
    assert f'href="/cases/{reference}/erase"' in desk.get(f"/cases/{reference}").text
    sent = typed(desk, registrar, reference)

    done = desk.post(f"/cases/{reference}/erase", data=sent)

    assert done.headers.get("location") == f"/cases/{reference}?done=erased", refusal(done)
    assert is_erased()
    page = desk.get(done.headers["location"]).text
    assert "The person was erased." in page
    assert PLANTED["name_hangul"] not in page
    # and the same form sent again, and a fresh one, spend nothing more
    assert desk.post(f"/cases/{reference}/erase", data=sent).status_code == 409
    fresh = desk.post(f"/cases/{reference}/erase", data=typed(desk, registrar, reference))
    assert (fresh.status_code, "was erased at" in refusal(fresh)) == (409, True)
    assert spent_on_erasures() == 1


@pytest.mark.parametrize(
    ("wrong", "status", "why"),
    [
        ({"reason": "tidy"}, 422, "Say why the person is erased"),
        ({"named": "KHM-2026-9999"}, 422, "so that nobody else is erased"),
        ({"named": ""}, 422, "so that nobody else is erased"),
        ({"code": "000000"}, 409, "do not fit"),
        ({"code": "x" * 10_000}, 422, "longer than"),
        ({"after": ""}, 422, "came into the file meanwhile"),
        ({"after": "9" * 30}, 422, "came into the file meanwhile"),
    ],
)
def test_what_does_not_name_the_case_or_sign_it_erases_nobody(
    desk: httpx.Client, registrar: officers.Enrolment, wrong: dict[str, str], status: int, why: str
) -> None:
    reference = stopped()

    page = desk.post(f"/cases/{reference}/erase", data=typed(desk, registrar, reference, **wrong))

    assert (page.status_code, why in refusal(page)) == (status, True), refusal(page)
    assert not is_erased()
    assert spent_on_erasures() == 0


def test_an_open_journey_and_a_form_that_is_too_late_spend_no_code(
    desk: httpx.Client, registrar: officers.Enrolment
) -> None:
    reference = House().opens()
    assert "/erase" not in desk.get(f"/cases/{reference}").text
    early = desk.post(f"/cases/{reference}/erase", data=typed(desk, registrar, reference))
    assert (early.status_code, "end the journey first" in refusal(early)) == (409, True)

    sent = typed(desk, registrar, reference)
    with case_file.transaction() as session:
        case_file.tell(session, reference, "A portrait was taken by O-01.")
    late = desk.post(f"/cases/{reference}/erase", data=sent)

    assert (late.status_code, "came into the file meanwhile" in refusal(late)) == (409, True)
    assert not is_erased()
    assert spent_on_erasures() == 0


@pytest.mark.parametrize("role", [Role.coordinator, Role.head_of_consular_affairs, Role.screening_officer])
def test_nobody_but_a_registrar_erases(desk: httpx.Client, no_engine: list[str], role: Role) -> None:
    del no_engine
    reference = stopped()
    enrolment = enrol(role)
    sign_in(desk, enrolment)
    assert "/erase" not in desk.get(f"/cases/{reference}").text

    own = enrolment.officer.number
    form = {
        FORM: token(desk.get(f"/officers/{own}")), "reason": "person_asked", "named": reference, "after": "1",
        "code": officers.drill_code(own),
    }  # fmt: skip
    assert desk.get(f"/cases/{reference}/erase").status_code == 403
    assert desk.post(f"/cases/{reference}/erase", data=form).status_code == 403
    assert not is_erased()


@pytest.mark.parametrize("spoken", [Language.korean, Language.khmer])
def test_no_word_of_the_form_is_left_in_english(
    desk: httpx.Client, registrar: officers.Enrolment, spoken: Language
) -> None:
    desk.headers["accept-language"] = spoken.value
    reference = stopped()
    pages = [desk.get(f"/cases/{reference}/erase")]
    pages += [
        desk.post(f"/cases/{reference}/erase", data=typed(desk, registrar, reference, **wrong))
        for wrong in ({"named": ""}, {"code": "000000"}, {})
    ]
    pages.append(desk.get(f"/cases/{reference}?done=erased"))

    for page in pages[:3] + pages[4:]:
        left = left_in_english(shown_by(page.text), written=" ".join([*PLANTED.values(), "Officer"]))
        assert left == [], (page.url, left)
