"""Screening at the desk: who asks, who reads and who concludes, and what is written down of it."""

import httpx
import pytest
from sqlmodel import select
from starlette.requests import Request

from deployments.desk import language
from deployments.desk.session import COOKIE, form_token
from models.audit import AuditEvent
from models.officer import Role
from models.person import Category, Language
from models.screening import INDICATORS, Finding, Ground, Screening, ScreeningContent
from tasks import case_file, officers, screened
from tests.deployments.test_desk import enrol, sign_in
from tests.deployments.test_desk_decides import FORM, no_engine
from tests.english import left_in_english, shown_by

__all__ = ["no_engine"]

SIGNS = ["passport_taken", "guarded"]


@pytest.fixture
def reference(desk: httpx.Client) -> str:
    """A case nobody was screened in, of a grown-up; a screening officer is at the desk."""
    coordinator = enrol(Role.coordinator).officer
    sign_in(desk, enrol(Role.screening_officer))
    return case_file.open_case(
        country="KHM", officer=coordinator.number, name_hangul="홍길동", name_latin=None, place="Poipet",
        keeper="centre", host_status="detained", birth_date="1990-01-01",
    )  # fmt: skip


def another(desk: httpx.Client, *roles: Role) -> officers.Enrolment:
    """Another officer takes the seat at the desk."""
    desk.cookies.clear()
    enrolment = enrol(*roles)
    sign_in(desk, enrolment)
    return enrolment


def own(desk: httpx.Client) -> str:
    """What the forms of this session carry, on a page without a form too."""
    cookie = f"{COOKIE}={desk.cookies[COOKIE]}".encode()
    return form_token(Request({"type": "http", "headers": [(b"cookie", cookie)]}))


def interview(desk: httpx.Client, reference: str, **typed: str | list[str]) -> httpx.Response:
    page = desk.get(f"/cases/{reference}/screening")
    after = page.text.split('name="after" value="', 1)[1].split('"', 1)[0]
    form = {"spoken": "km", "indicator": SIGNS, "interpreter": "interpreter", "after": after, FORM: own(desk)}
    return desk.post(f"/cases/{reference}/screening", data={**form, **typed})


def conclusion(desk: httpx.Client, reference: str, **typed: str) -> httpx.Response:
    form = {"finding": "confirmed", "ground": "second_interview", FORM: own(desk)}
    return desk.post(f"/cases/{reference}/screening/conclusion", data={**form, **typed})


def rows() -> list[Screening]:
    with case_file.transaction() as session:
        return list(session.exec(select(Screening)))


def contents(reference: str) -> list[ScreeningContent]:
    with case_file.transaction() as session:
        person = case_file.load(session, reference).person_id
        return [screened.content_of(session, row) for row in screened.all_of(session, person)]


def held(reference: str) -> list[Category]:
    with case_file.transaction() as session:
        return case_file.categories(session, case_file.load(session, reference).person_id)


def refusal(reply: httpx.Response) -> str:
    return reply.text.split('class="refused"', 1)[1].split(">", 1)[1].split("</p>", 1)[0]


def test_an_interview_makes_a_presumed_victim_and_another_officer_confirms_it(
    desk: httpx.Client, reference: str, no_engine: list[str]
) -> None:
    done = interview(desk, reference, screened_at="2026-01-05T09:30")

    assert (done.status_code, done.headers["location"]) == (303, f"/cases/{reference}/screening?done=interview")
    (row,) = rows()
    assert (row.language, row.interpreter) == (Language.khmer, "interpreter")
    assert row.screened_at.in_timezone("Asia/Phnom_Penh").format("YYYY-MM-DD HH:mm") == "2026-01-05 09:30"
    assert contents(reference) == [ScreeningContent(finding=Finding.presumed, child=False, indicators=tuple(SIGNS))]
    assert held(reference) == [Category.presumed_victim]
    mine = desk.get(f"/cases/{reference}/screening")
    assert "Another screening officer concludes" in mine.text
    assert "/screening/conclusion" not in mine.text
    assert "Another screening officer concludes" in refusal(conclusion(desk, reference))

    another(desk, Role.screening_officer)
    page = desk.get(f"/cases/{reference}/screening").text
    assert page.index("Screenings so far") < page.index("New interview")
    said = conclusion(desk, reference)

    assert said.headers["location"] == f"/cases/{reference}/screening?done=conclusion"
    assert contents(reference)[0].finding is Finding.confirmed
    assert contents(reference)[0].ground is Ground.second_interview
    assert set(held(reference)) == {Category.presumed_victim, Category.confirmed_victim}
    assert no_engine == [reference, reference]
    shown = desk.get(said.headers["location"]).text
    assert shown.index("confirmed victim of trafficking") < shown.index("presumed victim of trafficking")
    again = conclusion(desk, reference)
    assert again.status_code == 409
    assert "Only a standing presumption" in refusal(again)
    assert len(rows()) == 2


def test_a_second_click_and_the_back_button_record_nothing_a_second_time(
    desk: httpx.Client, reference: str, no_engine: list[str]
) -> None:
    assert interview(desk, reference, after="0").status_code == 303

    again = interview(desk, reference, after="0")

    assert again.status_code == 409
    assert "written down here meanwhile" in refusal(again)
    assert again.text.count(" checked>") == len(SIGNS)
    assert len(rows()) == 1
    assert no_engine == [reference]
    assert interview(desk, reference).status_code == 303, "the page that said so may be sent after all"


def test_nobody_concludes_on_answers_they_have_not_read(
    desk: httpx.Client, reference: str, no_engine: list[str]
) -> None:
    interview(desk, reference)
    interview(desk, reference, indicator=[*SIGNS, "beaten"])
    another(desk, Role.screening_officer)

    stale = conclusion(desk, reference, after="1")

    assert (stale.status_code, len(rows())) == (409, 2)
    assert "Were you beaten" in stale.text
    assert conclusion(desk, reference, after="2").status_code == 303
    assert no_engine == [reference] * 3


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ({"spoken": ""}, (422, "in which language")),
        ({"spoken": "fr"}, (422, "in which language")),
        ({"screened_at": "yesterday"}, (422, "and when")),
        ({"screened_at": "2099-01-01T00:00"}, (409, "lies in the future; correct the time.")),
        ({"indicator": [*SIGNS, "made_up"]}, (409, "No indicator is called made_up; tick one")),
        ({"interpreter": "x\x00y"}, (422, "cannot be written down")),
        ({"interpreter": "가" * 201}, (422, "longer than 200 letters")),
        ({"after": "many"}, (409, "written down here meanwhile")),
    ],
    ids=lambda each: next(iter(each)) if isinstance(each, dict) else "",
)
def test_what_is_not_taken_is_said_and_the_ticks_stay(
    desk: httpx.Client, reference: str, no_engine: list[str], typed: dict[str, str], answer: tuple[int, str]
) -> None:
    refused = interview(desk, reference, **typed)

    assert (refused.status_code, rows(), no_engine) == (answer[0], [], [])
    assert answer[1] in refusal(refused)
    for code in SIGNS:
        assert f'value="{code}" checked' in refused.text


@pytest.mark.parametrize("typed", [{"finding": "presumed"}, {"finding": ""}, {"ground": "a hunch"}, {"ground": ""}])
def test_a_second_step_without_a_finding_or_a_ground_is_none(
    desk: httpx.Client, reference: str, no_engine: list[str], typed: dict[str, str]
) -> None:
    interview(desk, reference)
    another(desk, Role.screening_officer)

    refused = conclusion(desk, reference, **typed)

    assert (refused.status_code, len(rows()), no_engine) == (422, 1, [reference])
    assert "what that rests on" in refusal(refused)


@pytest.mark.parametrize("spoken", Language)
def test_the_questions_are_in_the_language_chosen_else_in_the_desks_own(
    desk: httpx.Client, reference: str, spoken: Language
) -> None:
    asked = [each for each in INDICATORS if not each.children_only]
    chosen = desk.get(f"/cases/{reference}/screening", params={"spoken": spoken.value}).text
    own = desk.get(f"/cases/{reference}/screening", headers={"accept-language": spoken.value}).text

    for page in (chosen, own):
        assert all(language_of_page(each.asked_in(spoken)) in page for each in asked)
        assert f'name="spoken" value="{spoken.value}"' in page
        assert page.count('type="checkbox"') == len(asked)


def language_of_page(words: str) -> str:
    """A question as it stands in a page."""
    return words.replace("'", "&#39;")


def test_a_child_is_asked_the_questions_for_children_too(desk: httpx.Client, reference: str) -> None:
    del reference
    child = case_file.open_case(
        country="KHM", officer=officers.listed()[0].number, name_hangul="홍길순", name_latin=None, place="Poipet",
        keeper="centre", host_status="detained", birth_date="2015-01-01", categories=[Category.minor],
    )  # fmt: skip

    page = desk.get(f"/cases/{child}/screening").text

    assert page.count('type="checkbox"') == len(INDICATORS)


def test_a_coordinator_reads_and_records_nothing(desk: httpx.Client, reference: str, no_engine: list[str]) -> None:
    interview(desk, reference)
    another(desk, Role.coordinator)

    page = desk.get(f"/cases/{reference}/screening")

    assert "Did somebody take your passport when you arrived?" in page.text
    assert 'type="checkbox"' not in page.text
    assert "/screening/conclusion" not in page.text
    form = {FORM: own(desk), "spoken": "ko", "indicator": SIGNS}
    assert desk.post(f"/cases/{reference}/screening", data=form).status_code == 403
    assert conclusion(desk, reference).status_code == 403
    assert (len(rows()), no_engine) == (1, [reference])


def test_nobody_else_reads_a_screening_and_nobody_else_is_led_to_it(desk: httpx.Client, reference: str) -> None:
    for role in sorted(set(Role) - {Role.coordinator, Role.screening_officer}):
        desk.cookies.clear()
        country = "KHM" if role is Role.host_liaison else None
        officer = officers.add(name="N", agency="MOFA", roles=[role], country=country, by="test").officer
        desk.cookies.set(COOKIE, officers.open_session(officer, door="desk"))

        assert desk.get(f"/cases/{reference}/screening").status_code == 403, role
        assert f"/cases/{reference}/screening" not in desk.get(f"/cases/{reference}").text, role


def test_the_police_read_no_screening_whatever_their_role(desk: httpx.Client, reference: str) -> None:
    desk.cookies.clear()
    sign_in(desk, officers.add(name="P", agency="Desk", roles=[Role.coordinator], police=True, by="test"))

    page = desk.get(f"/cases/{reference}")

    assert page.status_code == 200
    assert "/screening" not in page.text
    assert "/contacts" in page.text
    assert desk.get(f"/cases/{reference}/screening").status_code == 403


def test_every_look_is_audited(desk: httpx.Client, reference: str) -> None:
    enrolment = another(desk, Role.coordinator)
    desk.get(f"/cases/{reference}/screening")

    with case_file.transaction() as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.actor == enrolment.officer.number)).all()
    looks = {(event.action, event.fields["purpose"]) for event in events if event.reference == reference}
    assert looks == {("screening.read", "screening"), ("person.read", "screening form")}


def test_a_form_of_another_session_is_refused(desk: httpx.Client, reference: str, no_engine: list[str]) -> None:
    assert interview(desk, reference, **{FORM: "0" * 64}).status_code == 403
    assert (rows(), no_engine) == ([], [])


@pytest.mark.parametrize("spoken", [Language.korean, Language.khmer])
def test_no_word_of_the_page_is_left_in_english(
    desk: httpx.Client, reference: str, no_engine: list[str], spoken: Language
) -> None:
    del no_engine
    desk.headers["accept-language"] = spoken.value
    mine = [interview(desk, reference, screened_at="2099-01-01T00:00"), interview(desk, reference)]
    mine += [conclusion(desk, reference), desk.get(f"/cases/{reference}/screening?done=interview")]
    another(desk, Role.screening_officer)
    page = desk.get(f"/cases/{reference}/screening")
    said = conclusion(desk, reference, finding=""), conclusion(desk, reference)
    for each in (*mine, page, *said, desk.get(f"/cases/{reference}/screening?done=conclusion")):
        assert left_in_english(shown_by(each.text), written="Officer interpreter") == [], each.url
    assert language.speaker(spoken)("The second step was written down.") in each.text


def test_a_case_nobody_opened_is_said_to_be_none(desk: httpx.Client, reference: str) -> None:
    form = {FORM: own(desk), "spoken": "ko"}

    for nowhere in ("KHM-2026-9999", "nowhere"):
        assert desk.get(f"/cases/{nowhere}/screening").status_code == 404
        assert desk.post(f"/cases/{nowhere}/screening", data=form).status_code == 404
