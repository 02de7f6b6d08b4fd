"""The desk as a door: what is decided, opened and written down there goes through the functions beneath, once."""

import httpx
import pytest
from sqlmodel import select

from models.case import CaseStatus, RepatriationCase
from models.decision import Decision, Door
from models.officer import Role
from tasks import browsing, case_file, decisions, doorbell, officers
from tests.deployments.test_desk import enrol, sign_in
from tests.tasks.asked import House

FORM = "form_token"


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The bell that wakes a run, heard here: there is no engine."""
    rung: list[str] = []

    def ring(reference: str) -> bool:
        rung.append(reference)
        return True

    monkeypatch.setattr(doorbell, "wake", ring)
    return rung


def token(page: httpx.Response) -> str:
    """What the forms of a page carry."""
    return page.text.split(f'name="{FORM}" value="', 1)[1].split('"', 1)[0]


def asked(house: House, desk: httpx.Client) -> tuple[str, dict[str, str]]:
    """A question before the officer who decides it, at the desk; and the answer they would type."""
    reference = house.asks().reference
    enrolment = enrol(Role.lookout_officer)
    sign_in(desk, enrolment)
    page = desk.get(f"/evidence/{reference}")
    reader = next(o for o in officers.listed() if o.number == enrolment.officer.number)
    shown = decisions.evidence(reference, reader=reader, purpose="test")
    assert shown is not None
    answer = {
        FORM: token(page), "step": shown.step.value, "outcome": "approve", "reason_code": "in_order",
        "seen": shown.seen, "code": officers.drill_code(enrolment.officer.number), "reason": "looked at twice",
    }  # fmt: skip
    return reference, answer


def made() -> list[Decision]:
    with case_file.transaction() as session:
        return list(session.exec(select(Decision)))


def test_a_decision_at_the_desk_is_recorded_once_and_rings_the_bell(desk: httpx.Client, no_engine: list[str]) -> None:
    reference, answer = asked(House(), desk)

    done = desk.post(f"/evidence/{reference}", data=answer)
    again = desk.post(f"/evidence/{reference}", data=answer)

    assert (done.status_code, done.headers["location"]) == (303, f"/?decided={reference}")
    assert [(each.reference, each.door) for each in made()] == [(reference, Door.desk)]
    assert no_engine == [reference]
    assert again.status_code == 409
    assert "Nothing waits for a decision" in again.text
    assert f"Your decision in {reference} is recorded." in desk.get(f"/?decided={reference}").text


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"seen": "BCDFGH"}, "does not belong to the present evidence"),
        ({"code": "000000"}, "do not fit"),
        ({"outcome": "", "reason_code": ""}, "approve"),
        ({"reason_code": "not_a_citizen"}, "reason"),
        ({"step": "funding"}, "not at funding"),
        ({"to_stage": "the moon", "outcome": "return", "reason_code": "wrong_details"}, "stage"),
    ],
)
def test_what_is_not_taken_is_said_beside_what_was_typed(
    desk: httpx.Client, no_engine: list[str], changed: dict[str, str], why: str
) -> None:
    reference, answer = asked(House(), desk)

    refused = desk.post(f"/evidence/{reference}", data={**answer, **changed})

    assert refused.status_code == 409
    assert why in refused.text.split('class="refused"', 1)[1].split("</p>", 1)[0]
    assert "looked at twice" in refused.text
    assert answer["code"] not in refused.text
    assert (made(), no_engine) == ([], [])


def test_a_form_of_another_session_is_refused(desk: httpx.Client, no_engine: list[str]) -> None:
    reference, answer = asked(House(), desk)

    for forged in ("", "0" * 64, "ü"):
        reply = desk.post(f"/evidence/{reference}", data={**answer, FORM: forged})
        assert reply.status_code == 403, forged
    assert (made(), no_engine) == ([], [])


def test_a_form_sent_after_the_session_ended_leads_back_to_its_page(desk: httpx.Client) -> None:
    reference, answer = asked(House(), desk)
    desk.cookies.clear()

    reply = desk.post(
        f"/evidence/{reference}", data=answer, headers={"referer": f"{desk.base_url}/evidence/{reference}"}
    )

    assert reply.status_code == 401
    assert f'name="to" value="/evidence/{reference}"' in reply.text
    assert made() == []


def test_whoever_may_not_decide_is_told_so_and_sees_no_evidence(desk: httpx.Client) -> None:
    reference, answer = asked(House(), desk)
    desk.cookies.clear()
    sign_in(desk, enrol(Role.funding_officer))

    assert desk.get(f"/evidence/{reference}").status_code == 403
    mine = {**answer, FORM: token(desk.get("/"))} if FORM in desk.get("/").text else answer
    assert desk.post(f"/evidence/{reference}", data=mine).status_code == 403
    assert made() == []


NEW = {"name_hangul": "홍길동", "place": "Poipet", "keeper": "centre", "host_status": "detained", "country": "KHM"}


def open_at(desk: httpx.Client, **typed: str) -> httpx.Response:
    return desk.post("/cases", data={FORM: token(desk.get("/cases/new")), **NEW, **typed})


def cases() -> list[RepatriationCase]:
    with case_file.transaction() as session:
        return list(session.exec(select(RepatriationCase)))


def test_a_case_is_opened_at_the_desk(desk: httpx.Client) -> None:
    enrolment = enrol(Role.coordinator)
    sign_in(desk, enrolment)

    done = open_at(desk, born_on="27/4/1999", category="presumed_victim")

    (opened,) = cases()
    assert (done.status_code, done.headers["location"]) == (303, f"/cases/{opened.reference}")
    assert (opened.opened_by, opened.status) == (enrolment.officer.number, CaseStatus.opened)
    shown = desk.get(f"/cases/{opened.reference}").text
    assert "홍길동" in shown
    assert "Start the journey" in shown


@pytest.mark.parametrize(
    "typed",
    [
        {"place": "  "}, {"born_on": "the spring"}, {"name_hangul": ""}, {"sex": "Q"}, {"country": "XXX"},
        {"category": "hero"}, {"host_status": "asleep"}, {"name_latin": "A" * 10_000}, {"passport": "\u202e12"},
        {"operation": "no such name!"}, {"story": "x\x00y"},
    ],
    ids=lambda typed: next(iter(typed)),
)  # fmt: skip
def test_a_case_that_cannot_be_opened_is_told_and_what_was_typed_stays(
    desk: httpx.Client, typed: dict[str, str]
) -> None:
    sign_in(desk, enrol(Role.coordinator))

    refused = open_at(desk, **typed)

    assert refused.status_code in (303, 422), refused.text[:500]
    if refused.status_code == 422:
        assert 'class="refused"' in refused.text
        assert (NEW["name_hangul"] in refused.text) is ("name_hangul" not in typed)
        assert cases() == []


def test_who_runs_no_cases_opens_none(desk: httpx.Client) -> None:
    sign_in(desk, enrol(Role.funding_officer))

    assert desk.get("/cases/new").status_code == 403
    assert "Open a case" not in desk.get("/cases").text


def test_a_person_is_found_by_part_of_a_name_in_any_script_and_the_look_is_audited(desk: httpx.Client) -> None:
    enrolment = enrol(Role.coordinator)
    sign_in(desk, enrolment)
    number = enrolment.officer.number
    one, other = (
        case_file.open_case(
            country="KHM", officer=number, name_hangul=hangul, name_latin=latin, place="p", keeper="k",
            host_status="detained",
        )
        for hangul, latin in (("배준미", "PAE JUN MI"), ("홍길동", "HONG GILDONG"))
    )  # fmt: skip

    for letters, found in (
        ("준미", {one}),
        ("pae", {one}),
        ("gil", {other}),
        ("0002", {other}),
        ("%", set()),
        ("", {one, other}),
    ):
        page = desk.get("/cases", params={"q": letters}).text
        assert {each for each in (one, other) if f"/cases/{each}" in page} == found, letters
    officer = next(each for each in officers.listed() if each.number == number)
    assert browsing.cases("준미", reader=officer).names == {one: "배준미 · PAE JUN MI"}
    looks = desk.get(f"/cases/{one}/looks").text
    assert "search" in looks


@pytest.mark.parametrize(
    ("image", "why"),
    [(b"%PDF-1.7 not a picture", "JPEG or PNG"), (b"", "JPEG or PNG"), (b"\xff\xd8\xff" + b"0" * 99, "JPEG or PNG")],
    ids=("a PDF named .jpg", "nothing", "half a JPEG"),
)
def test_what_is_no_portrait_is_refused_in_a_sentence(desk: httpx.Client, image: bytes, why: str) -> None:
    sign_in(desk, enrol(Role.coordinator))
    reference = open_at(desk).headers["location"].rpartition("/")[2]
    page = desk.get(f"/cases/{reference}")

    reply = desk.post(
        f"/cases/{reference}/portrait", data={FORM: token(page)}, files={"image": ("face.jpg", image, "image/jpeg")}
    )

    assert reply.status_code == 409
    assert why in reply.text.split('class="refused"', 1)[1].split("</p>", 1)[0]


def test_fifty_megabytes_are_refused_before_they_are_read(desk: httpx.Client) -> None:
    sign_in(desk, enrol(Role.coordinator))

    reply = desk.post("/cases/KHM-2026-0001/portrait", files={"image": ("face.jpg", b"0" * (50 * 2**20), "image/jpeg")})

    assert reply.status_code == 413
    assert "send less" in reply.text
