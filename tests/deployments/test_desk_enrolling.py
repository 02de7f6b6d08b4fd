"""Officers at the desk: a registrar enrols, the secrets are seen once, and each says where messages reach them."""

import html
import io
import re

import httpx
import pyotp
import pytest
import zxingcpp
from PIL import Image
from sqlmodel import select

from models.audit import AuditEvent
from models.officer import Officer, Role, SpentCode
from models.person import Language
from tasks import case_file, messages, officers
from tests.browser import opened_page
from tests.deployments.test_desk import enrol, sign_in
from tests.deployments.test_desk_decides import FORM, token
from tests.deployments.test_desk_for_everybody import LAPTOP, TABLET, serious
from tests.deployments.test_desk_for_everybody import sign_in as sign_in_there
from tests.english import left_in_english, shown_by

NEW = {"name": "Kim Seo-yeon", "agency": "MOFA", "role": "issuing-officer"}


def signed_in(desk: httpx.Client, *roles: Role) -> officers.Enrolment:
    """Sign somebody in; the desk has registrars besides."""
    desk.cookies.clear()
    enrolment = enrol(*(roles or (Role.registrar,)))
    assert sign_in(desk, enrolment).status_code == 303
    return enrolment


def drawn(desk: httpx.Client, path: str = "/officers") -> dict[str, str]:
    """What the form carries with it."""
    page = desk.get(path)
    after = re.findall(r'name="after" value="(\d+)"', page.text)
    return {FORM: token(page), **({"after": after[0]} if after else {})}


def refusal(page: httpx.Response) -> str:
    (said,) = re.findall(r'<p class="refused" role="alert">(.*?)</p>', page.text)
    return html.unescape(said)


def test_a_registrar_enrols_an_officer_who_can_sign_in_with_what_was_shown_once(desk: httpx.Client) -> None:
    by = signed_in(desk).officer.number
    sent = {**drawn(desk), **NEW, "email": "seoyeon@mofa.example"}

    page = desk.post("/officers", data=sent)

    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    password, secret = re.findall(r"<code>([^<]+)</code>", page.text)
    new = officers.listed()[-1]
    assert (new.name, new.agency, new.roles) == ("Kim Seo-yeon", "MOFA", ["issuing-officer"])
    assert messages.reached_by()[new.number] == ["email"]
    with case_file.transaction() as session:
        (event,) = session.exec(select(AuditEvent).where(AuditEvent.action == "officer.added", AuditEvent.actor == by))
    assert event.fields["door"] == "desk"
    # and nothing shows them again
    for path in ("/officers", f"/officers/{new.number}"):
        again = desk.get(path).text
        assert password not in again
        assert secret not in again
    desk.cookies.clear()
    typed = {"officer": new.number, "password": password, "code": pyotp.TOTP(secret).now(), "to": "/"}
    assert desk.post("/sign-in", data=typed).status_code == 303


def test_a_second_click_or_a_reload_enrols_nobody(desk: httpx.Client) -> None:
    signed_in(desk)
    sent = {**drawn(desk), **NEW}
    assert desk.post("/officers", data=sent).status_code == 200
    before = len(officers.listed())

    again = desk.post("/officers", data=sent)

    assert again.status_code == 409
    assert "written down here meanwhile" in refusal(again)
    assert len(officers.listed()) == before


@pytest.mark.parametrize(
    ("wrong", "status", "why"),
    [
        ({"role": ["registrar", "issuing-officer"]}, 409, "they decide nothing"),
        ({"role": ["host-liaison"]}, 409, "choose a country for them only"),
        ({"role": ["host-liaison"], "country": "XXX"}, 409, "No mission of ours serves XXX"),
        ({"country": "KHM"}, 409, "choose a country for them only"),
        ({"role": ["screening-officer"], "agency": "National Police Agency"}, 409, "outside the police"),
        ({"role": ["screening-officer"], "police": "yes"}, 409, "outside the police"),
        ({"role": ["king"]}, 422, "does not offer"),
        ({"role": []}, 422, "choose at least one role"),
        ({"name": " "}, 422, "Write the officer's name"),
        ({"agency": ""}, 422, "Write the officer's name"),
        ({"name": "x" * 10_000}, 422, "longer than"),
        ({"name": "a\x00b"}, 422, "cannot"),
        ({"email": "a@b.example,c@d.example"}, 409, "not one plain e-mail address"),
        ({"notify": "mailto://a:b@c.example"}, 409, "not one notification address"),
    ],
)
def test_what_no_officer_may_be_is_refused_in_one_sentence_and_enrols_nobody(
    desk: httpx.Client, wrong: dict[str, str | list[str]], status: int, why: str
) -> None:
    signed_in(desk)
    before = len(officers.listed())

    page = desk.post("/officers", data={**drawn(desk), **NEW, **wrong})

    assert page.status_code == status
    assert "--" not in refusal(page)
    if why != "cannot":
        assert why in refusal(page)
    assert len(officers.listed()) == before
    if "name" not in wrong:
        assert f'value="{NEW["name"]}"' in page.text, "what was typed stays"


@pytest.mark.parametrize("role", [Role.coordinator, Role.issuing_officer, Role.head_of_consular_affairs])
def test_nobody_else_enrols_or_sees_who_there_is(desk: httpx.Client, role: Role) -> None:
    other = enrol(Role.registrar).officer.number
    mine = signed_in(desk, role)
    form = {FORM: token(desk.get(f"/officers/{mine.officer.number}"))}
    before = len(officers.listed())

    assert desk.get("/officers").status_code == 403
    assert desk.get(f"/officers/{other}").status_code == 403
    for path, typed in (
        ("", NEW), (f"/{other}/reach", {"email": "me@mofa.example"}), (f"/{other}/account", {}),
        (f"/{other}/account/end", {}), (f"/{mine.officer.number}/account", {"account": "x"}),
    ):  # fmt: skip
        assert desk.post(f"/officers{path}", data={**form, **typed}).status_code == 403
    assert len(officers.listed()) == before
    assert messages.reached_by() == {}
    assert 'href="/officers"' not in desk.get("/").text


def test_an_officer_says_for_themselves_where_messages_reach_them(desk: httpx.Client) -> None:
    mine = signed_in(desk, Role.coordinator).officer.number
    path = f"/officers/{mine}"
    assert f'href="{path}"' in desk.get("/").text
    # Long ago a registrar wrote down where they are notified.
    messages.reach(mine, notify="json://203.0.113.7/inbox", by="O-01")

    for typed, ways in (
        ({"email": "o@mofa.example", "reports": "tell"}, ["email", "notify"]),
        ({"reports": "not"}, ["email", "notify"]),
        ({"ends": "notify"}, ["email"]),
    ):
        reply = desk.post(f"{path}/reach", data={**drawn(desk, path), **typed})
        assert reply.headers.get("location") == f"{path}?done=reach", reply.text
        assert messages.reached_by()[mine] == ways
    page = desk.get(path).text
    assert "o@mofa.example" not in page
    assert "203.0.113.7" not in page


def test_only_a_registrar_names_a_machine_the_server_calls(desk: httpx.Client) -> None:
    mine = signed_in(desk, Role.coordinator).officer.number
    path, typed = f"/officers/{mine}", {"notify": "json://10.0.0.1/inbox"}
    assert 'name="notify"' not in desk.get(path).text

    refused = desk.post(f"{path}/reach", data={**drawn(desk, path), **typed})

    assert (refused.status_code, "ask one" in refusal(refused)) == (422, True)
    assert messages.reached_by() == {}
    signed_in(desk, Role.registrar)
    told = desk.post(f"{path}/reach", data={**drawn(desk, path), **typed})
    assert told.headers["location"] == f"{path}?done=reach"
    assert messages.reached_by()[mine] == ["notify"]


@pytest.mark.parametrize(
    ("typed", "status", "why"),
    [
        ({}, 422, "choose what is to change"),
        ({"email": "nobody"}, 409, "not one plain e-mail address"),
        ({"reports": "tell"}, 409, "Messages do not reach"),
        ({"reports": "perhaps"}, 422, "choose what is to change"),
        ({"email": "x" * 300}, 422, "longer than"),
    ],
)
def test_what_reaches_nobody_is_refused(desk: httpx.Client, typed: dict[str, str], status: int, why: str) -> None:
    path = f"/officers/{signed_in(desk, Role.coordinator).officer.number}"

    page = desk.post(f"{path}/reach", data={**drawn(desk, path), **typed})

    assert (page.status_code, why in refusal(page)) == (status, True), refusal(page)
    assert messages.reached_by() == {}


def test_an_account_is_bound_only_where_a_provider_is_set(desk: httpx.Client) -> None:
    officer = signed_in(desk).officer.number
    path = f"/officers/{officer}"
    assert "/account" not in desk.get(path).text

    for to in ("account", "account/end"):
        reply = desk.post(f"{path}/{to}", data={**drawn(desk, path), "account": "sub-1"})
        assert reply.status_code == 409


@pytest.mark.parametrize("number", ["O-999999", "nobody", "O-01%00", "%ED%A0%80"])
def test_an_officer_nobody_knows_is_said_to_be_none(desk: httpx.Client, number: str) -> None:
    signed_in(desk)
    form = drawn(desk)

    replies = [desk.get(f"/officers/{number}")]
    replies += [desk.post(f"/officers/{number}/{to}", data=form) for to in ("reach", "account", "account/end")]

    for reply in replies:
        assert (reply.status_code, "choose one from the list" in reply.text) == (403, True), reply.url


def test_enrolling_spends_no_code_and_the_trail_holds_no_secret(desk: httpx.Client) -> None:
    by = signed_in(desk).officer.number
    page = desk.post("/officers", data={**drawn(desk), **NEW})
    password, secret = re.findall(r"<code>([^<]+)</code>", page.text)

    with case_file.transaction() as session:
        events = [str(event.model_dump()) for event in session.exec(select(AuditEvent))]
        rows = [str(row.model_dump()) for row in session.exec(select(Officer))]
        spent = session.exec(select(SpentCode).where(SpentCode.officer == by)).all()
    assert len(spent) == 1, "the one they signed in with"
    for kept in (*events, *rows):
        assert password not in kept
        assert secret not in kept


@pytest.mark.parametrize("spoken", [Language.korean, Language.khmer])
def test_no_word_of_these_pages_is_left_in_english(desk: httpx.Client, spoken: Language) -> None:
    desk.headers["accept-language"] = spoken.value
    officer = signed_in(desk).officer.number
    pages = [desk.get("/officers"), desk.get(f"/officers/{officer}?done=reach")]
    pages.append(desk.post("/officers", data={**drawn(desk), **NEW}))
    pages.append(desk.post("/officers", data={**drawn(desk), **NEW, "role": ["host-liaison"]}))

    for page in pages:
        left = left_in_english(shown_by(page.text), written="Kim Seo-yeon yeon Officer MOFA tgram KHM")
        assert left == [], (page.url, left)


@pytest.mark.parametrize(("locale", "size"), [("en-US", LAPTOP), ("km-KH", TABLET)])
def test_the_pages_have_no_barrier_and_the_code_can_be_seen(
    desk: httpx.Client, locale: str, size: dict[str, int]
) -> None:
    address = str(desk.base_url).rstrip("/")
    enrolment = enrol(Role.registrar)
    with opened_page(locale=locale, viewport=size, bypass_csp=True) as page:
        sign_in_there(page, f"{address}/sign-in", enrolment)
        for path in ("/officers", f"/officers/{enrolment.officer.number}"):
            page.goto(f"{address}{path}")
            assert serious(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        page.goto(f"{address}/officers")
        page.locator("input[name=name]").fill("Kim")
        page.locator("input[name=agency]").fill("MOFA")
        page.locator("input[value=issuing-officer]").check()
        page.locator("form.panel button").click()
        box = page.locator(".enrolled svg").bounding_box()
        assert box is not None
        assert box["width"] > 150
        (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(page.locator(".enrolled svg").screenshot())))
        assert code.text.startswith("otpauth://totp/Homeward:O-")
        assert serious(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
