"""Signing in at the desk through an identity provider: over real HTTP, against one on loopback, honest and hostile."""

import logging
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

import httpx
import pyotp
import pytest
from fastapi.responses import JSONResponse, PlainTextResponse
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlmodel import select

from deployments.desk import language
from models.audit import AuditEvent
from models.decision import Decision
from models.officer import LOCKED_AFTER, Officer, Role, Session
from models.person import Language
from tasks import case_file, decisions, identities, officers
from tasks.clock import now
from tasks.settings import openid
from tests import openid_provider
from tests.browser import opened_page
from tests.deployments.test_desk import enrol, sign_in
from tests.deployments.test_desk_garbage import SENT, assert_refused, assert_sound, sentences
from tests.openid_provider import CLIENT_ID, SECRET, Provider
from tests.tasks.asked import House

SESSION, GOING = "homeward_session", "homeward_openid"
UNTRUE = "What the identity provider said of you does not hold"
UNDONE = "That sign-in was not completed"


@pytest.fixture
def provider(desk: httpx.Client, configured: pytest.MonkeyPatch) -> Iterator[Provider]:
    """A provider the desk is set up with."""
    with openid_provider.running() as running:
        running.return_to = f"{str(desk.base_url).rstrip('/')}/sign-in/openid/return"
        for name, value in (("ISSUER", running.issuer), ("CLIENT_ID", CLIENT_ID), ("CLIENT_SECRET", SECRET)):
            configured.setenv(f"HOMEWARD_OIDC_{name}", value)
        openid.cache_clear()
        yield running
    openid.cache_clear()


@pytest.fixture
def registrar(desk: httpx.Client) -> str:
    """Who binds accounts."""
    del desk
    return enrol(Role.registrar).officer.number


@pytest.fixture
def officer(provider: Provider, registrar: str) -> officers.Enrolment:
    """A coordinator whose account at the provider is bound and confirmed."""
    enrolment = enrol(Role.coordinator)
    bind(enrolment, provider.account, by=registrar)
    return enrolment


def bind(enrolment: officers.Enrolment, account: str, *, by: str) -> None:
    """Bind an account, and confirm it by the code of the minute before, which nobody needs any more."""
    identities.bind(enrolment.officer.number, account, by=by)
    row = identities.bound()[enrolment.officer.number]
    identities.agree(row.id, pyotp.TOTP(enrolment.totp_secret).at(now().subtract(seconds=30)))


def goes(desk: httpx.Client, to: str = "/") -> str:
    """Begin at the desk; return where the provider sends the browser back to."""
    begun = desk.get("/sign-in/openid", params={"to": to})
    assert begun.status_code == 303, begun.text
    sent_back = httpx.get(begun.headers["location"])
    assert sent_back.status_code == 303, sent_back.text
    return str(sent_back.headers["location"])


def signs_in(desk: httpx.Client, to: str = "/") -> httpx.Response:
    """Go to the provider and come back."""
    return desk.get(goes(desk, to))


def assert_nobody(desk: httpx.Client, reply: httpx.Response, why: str) -> None:
    """The door stays shut, says why in one sentence, and offers the other way in."""
    assert reply.status_code == 401, reply.text
    (said,) = sentences(reply)
    assert said.startswith(why)
    assert 'name="password"' in reply.text
    assert SESSION not in reply.headers.get("set-cookie", "")
    assert desk.get("/").status_code == 401
    assert sessions() == []


def sessions() -> list[Session]:
    """Every session at the desk there has been."""
    with case_file.transaction() as opened:
        return list(opened.exec(select(Session).where(Session.door == "desk")))


def events(action: str) -> list[AuditEvent]:
    """What the audit trail says under a word."""
    with case_file.transaction() as opened:
        return list(opened.exec(select(AuditEvent).where(AuditEvent.action == action)))


def changed(number: str, **facts: Any) -> None:
    """Write something else down about an officer."""
    with case_file.transaction() as opened:
        row = opened.get_one(Officer, number)
        for name, value in facts.items():
            setattr(row, name, value)
        opened.add(row)


# What holds where no provider is set.


def test_without_a_provider_nothing_of_it_shows(desk: httpx.Client) -> None:
    openid.cache_clear()

    page = desk.get("/sign-in").text

    assert "openid" not in page
    assert "agency" not in page
    for method, path in (("GET", ""), ("GET", "/return"), ("POST", "/agree")):
        reply = desk.request(method, f"/sign-in/openid{path}", data={"code": "1"} if method == "POST" else None)
        assert (reply.status_code, reply.headers.get("set-cookie")) == (404, None)
        assert_refused(reply, path)


# Signing in.


def test_an_officer_signs_in_through_the_provider_and_is_where_they_wanted_to_be(
    desk: httpx.Client, provider: Provider, officer: officers.Enrolment
) -> None:
    assert 'href="/sign-in/openid?to=/board"' in desk.get("/sign-in?to=/board").text

    reply = signs_in(desk, "/board")

    assert (reply.status_code, reply.headers["location"]) == (303, "/board")
    assert desk.get("/board").status_code == 200
    (cookie,) = [each for each in reply.headers.get_list("set-cookie") if each.startswith(SESSION)]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Max-Age=28800" in cookie
    assert GOING not in desk.cookies
    number = officer.officer.number
    assert [event.actor for event in events("identity.proved")] == [number]
    assert [event.actor for event in events("session.opened")] == [number]
    assert provider.codes == {}


def test_the_provider_is_asked_for_the_account_only_with_pkce_and_to_ask_anew(
    desk: httpx.Client, provider: Provider, officer: officers.Enrolment
) -> None:
    del officer
    signs_in(desk)
    desk.cookies.clear()
    signs_in(desk)

    first, second = provider.asked
    assert first.keys() == {
        "response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge",
        "code_challenge_method", "prompt", "max_age",
    }  # fmt: skip
    assert (first["scope"], first["response_type"], first["code_challenge_method"]) == ("openid", "code", "S256")
    assert (first["prompt"], first["max_age"]) == ("login", "600")
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]
        assert len(first[name]) >= 43, "256 bits"
    assert len(provider.exchanged[0]["code_verifier"]) >= 43


def test_the_first_time_an_account_signs_in_the_officer_confirms_it_with_a_code(
    desk: httpx.Client, provider: Provider, registrar: str
) -> None:
    # given an account that a registrar has bound
    enrolment = enrol(Role.coordinator)
    number = enrolment.officer.number
    identities.bind(number, provider.account, by=registrar)
    # when it signs in, it opens nothing yet, nor with a wrong code
    asked = signs_in(desk, "/cases")
    assert asked.status_code == 200
    assert number in asked.text
    assert SESSION not in desk.cookies
    wrong = desk.post("/sign-in/openid/agree", data={"code": "000000"})
    assert wrong.status_code == 401
    assert_refused(wrong, "code")
    assert sessions() == []
    # then the right code opens it, once for all
    agreed = desk.post("/sign-in/openid/agree", data={"code": pyotp.TOTP(enrolment.totp_secret).now()})
    assert (agreed.status_code, agreed.headers["location"]) == (303, "/cases")
    assert desk.get("/cases").status_code == 200
    desk.cookies.clear()
    assert signs_in(desk).status_code == 303
    said = [(each.actor, each.action) for name in ("bound", "agreed") for each in events(f"identity.{name}")]
    assert said == [(registrar, "identity.bound"), (number, "identity.agreed")]


def test_a_confirmation_is_of_the_browser_that_signed_in_and_of_an_account_still_bound(
    desk: httpx.Client, provider: Provider, registrar: str
) -> None:
    enrolment = enrol(Role.coordinator)
    identities.bind(enrolment.officer.number, provider.account, by=registrar)
    code = pyotp.TOTP(enrolment.totp_secret).now()

    assert_nobody(desk, desk.post("/sign-in/openid/agree", data={"code": code}), UNDONE)
    signs_in(desk)
    identities.unbind(enrolment.officer.number, by=registrar)
    late = desk.post("/sign-in/openid/agree", data={"code": code})

    assert late.status_code == 401
    assert "not yet bound" in late.text
    assert sessions() == []


# Who is refused.


@pytest.mark.parametrize("spoken", Language)
@pytest.mark.parametrize("how", ["unknown", "withdrawn", "locked"])
def test_who_is_unknown_withdrawn_or_locked_is_told_so_in_their_language(
    desk: httpx.Client, provider: Provider, officer: officers.Enrolment, spoken: Language, how: str
) -> None:
    number = officer.officer.number
    if how == "unknown":
        provider.account = "A1B2-c3d4"
        why = identities.NOBODYS
    elif how == "withdrawn":
        changed(number, active=False)
        why = identities.WITHDRAWN
    else:
        changed(number, failures=LOCKED_AFTER, locked_until=now().add(minutes=1))
        why = identities.LOCKED
    desk.headers["accept-language"] = spoken.value

    reply = signs_in(desk)

    said = language.speaker(spoken)(why)
    assert (said == why) is (spoken is Language.english)
    assert_nobody(desk, reply, said)
    assert (provider.account in reply.text) is (how == "unknown"), (
        "whoever is unknown can tell a registrar who they are"
    )
    assert len(events("identity.refused")) == (how != "unknown")


def test_who_is_taken_out_of_service_is_out_at_once(
    desk: httpx.Client, provider: Provider, officer: officers.Enrolment
) -> None:
    del provider
    signs_in(desk)

    changed(officer.officer.number, active=False)

    assert desk.get("/").status_code == 401


def test_whose_account_is_taken_away_is_signed_out_and_has_their_password_still(
    desk: httpx.Client, provider: Provider, officer: officers.Enrolment, registrar: str
) -> None:
    del provider
    signs_in(desk)

    identities.unbind(officer.officer.number, by=registrar)

    assert desk.get("/").status_code == 401
    assert "not yet bound" in signs_in(desk).text
    assert sign_in(desk, officer).status_code == 303


def test_roles_come_from_us_whatever_the_provider_says(desk: httpx.Client, provider: Provider, registrar: str) -> None:
    enrolment = enrol(Role.funding_officer)
    bind(enrolment, provider.account, by=registrar)
    every = [role.value for role in Role]
    provider.claims = {"roles": every, "groups": every, "officer": "O-01", "realm_access": {"roles": every}}

    signs_in(desk)

    assert desk.get("/cases/new").status_code == 403
    assert next(o for o in officers.listed() if o.number == enrolment.officer.number).roles == ["funding-officer"]


# What a provider, or somebody in its name, may try.

HOSTILE: dict[str, dict[str, Any]] = {
    "another nonce": {"claims": {"nonce": "of-another-attempt"}},
    "no nonce": {"claims": {"nonce": None}},
    "another audience": {"claims": {"aud": "another-client"}},
    "no audience": {"claims": {"aud": None}},
    "for us, issued to another": {"claims": {"aud": [CLIENT_ID, "another-client"], "azp": "another-client"}},
    "another audience, issued to us": {"claims": {"aud": "another-client", "azp": CLIENT_ID}},
    "another issuer": {"claims": {"iss": "https://login.example"}},
    "no issuer": {"claims": {"iss": None}},
    "expired": {"claims": {"exp": 1_700_000_000}},
    "never expires": {"claims": {"exp": None}},
    "from the future": {"claims": {"iat": 4_000_000_000}},
    "not yet": {"claims": {"nbf": 4_000_000_000}},
    "no account": {"claims": {"sub": None}},
    "an account of nothing": {"claims": {"sub": ""}},
    "an account that is a list": {"claims": {"sub": ["a1b2-C3D4"]}},
    "signed in an hour ago": {"claims": {"auth_time": 1_700_000_000}},
    "signed in nobody knows when": {"claims": {"auth_time": None}},
    "signed in at a word": {"claims": {"auth_time": "now"}},
    "of another access token": {"claims": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}},
    "alg none": {"signs": openid_provider.unsigned},
    "without its signature": {"signs": openid_provider.stripped},
    "altered": {"signs": openid_provider.altered},
    "HS256 by the public key": {"signs": openid_provider.by_public_key},
    "HS256 by the client's secret": {"signs": openid_provider.by_the_clients_secret},
    "another key of that name": {"signs": openid_provider.by_another_key},
    "a key it brings": {"signs": openid_provider.by_a_key_in_the_token},
    "a key nobody has": {"signs": lambda p, h, c: jwt.encode({**h, "kid": "two"}, c, p.key)},
    "critical extension": {"signs": openid_provider.critical},
    "no token": {"tokens": {"id_token": None}},
    "a token that is none": {"tokens": {"id_token": "one.two.three"}},
    "a token that is a number": {"tokens": {"id_token": 7}},
}
"""What changes of an honest answer."""


@pytest.mark.parametrize("how", HOSTILE)
def test_an_id_token_that_does_not_hold_opens_nothing(
    desk: httpx.Client, provider: Provider, officer: officers.Enrolment, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    del officer
    for name, value in HOSTILE[how].items():
        setattr(provider, name, value)

    with caplog.at_level(logging.INFO):
        reply = signs_in(desk)

    assert_nobody(desk, reply, UNTRUE)
    assert "signing in through the identity provider" in caplog.text
    assert provider.account not in caplog.text
    assert not events("identity.proved")


@pytest.mark.parametrize(
    "claims", [{"aud": [CLIENT_ID]}, {"aud": [CLIENT_ID, "x"], "azp": CLIENT_ID}, {"name": "이 름"}]
)
def test_the_same_without_the_lie_opens(
    desk: httpx.Client, provider: Provider, officer: officers.Enrolment, claims: dict[str, Any]
) -> None:
    del officer
    provider.claims = claims

    assert signs_in(desk).status_code == 303
    assert desk.get("/").status_code == 200


def test_a_code_is_good_once_even_for_the_browser_it_was_made_for(
    desk: httpx.Client, provider: Provider, officer: officers.Enrolment
) -> None:
    del officer
    back = goes(desk)
    going = desk.cookies[GOING]
    assert desk.get(back).status_code == 303
    desk.cookies.clear()

    without = desk.get(back)
    desk.cookies.set(GOING, going, path="/sign-in/openid")
    replayed = desk.get(back)

    for reply in (without, replayed):
        assert reply.status_code == 401
        assert UNDONE in reply.text
    assert len(provider.exchanged) == 2, "without the cookie the code goes nowhere"
    assert len(sessions()) == 1
    assert desk.get("/").status_code == 401


def test_an_answer_belongs_to_the_attempt_that_asked_for_it(
    desk: httpx.Client, provider: Provider, officer: officers.Enrolment
) -> None:
    del officer
    # given somebody's answer, which they never used, and a browser that begins by itself
    with httpx.Client(base_url=desk.base_url) as stranger:
        theirs = goes(stranger)
    goes(desk)

    assert_nobody(desk, desk.get(theirs), UNDONE)
    assert provider.exchanged == []
    # A code of theirs under a state of our own: the provider sees that it was not made for our verifier.
    own = goes(desk)
    mixed = re.sub(r"state=[^&]+", f"state={parse_qs(urlsplit(own).query)['state'][0]}", theirs)
    assert_nobody(desk, desk.get(mixed), UNDONE)
    assert len(provider.exchanged) == 1


def test_an_answer_in_another_providers_name_sends_the_code_nowhere(
    desk: httpx.Client, provider: Provider, officer: officers.Enrolment
) -> None:
    del officer
    provider.back = {"iss": "https://login.example"}
    assert_nobody(desk, signs_in(desk), UNDONE)
    provider.back, provider.configuration = {}, {"authorization_response_iss_parameter_supported": True}
    assert_nobody(desk, signs_in(desk), UNDONE)
    assert provider.exchanged == []

    provider.back = {"iss": provider.issuer}
    assert signs_in(desk).status_code == 303


@pytest.mark.parametrize("error", ["access_denied", "login_required", "<script>alert(1)</script>", "x" * 5000])
def test_who_turns_back_at_the_provider_is_at_the_door_again(
    desk: httpx.Client, provider: Provider, officer: officers.Enrolment, caplog: pytest.LogCaptureFixture, error: str
) -> None:
    del officer
    provider.back = {"error": error}

    assert_nobody(desk, signs_in(desk), UNDONE)

    assert provider.exchanged == []
    assert (error in caplog.text) is error.endswith(("denied", "required"))


@pytest.mark.parametrize(
    "to", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/" + "가" * 2000]
)
def test_signing_in_through_the_provider_never_leads_elsewhere(
    desk: httpx.Client, provider: Provider, officer: officers.Enrolment, to: str
) -> None:
    del officer, provider
    assert signs_in(desk, to).headers["location"] == "/"


def test_a_session_somebody_planted_in_the_browser_is_not_the_one_that_is_opened(
    desk: httpx.Client, provider: Provider, officer: officers.Enrolment
) -> None:
    del provider
    planted = officers.open_session(officer.officer, door="desk")
    desk.cookies.set(SESSION, planted, domain="127.0.0.1", path="/")

    reply = signs_in(desk)

    opened = re.search(rf"{SESSION}=([^;]+)", ",".join(reply.headers.get_list("set-cookie")))
    assert opened is not None
    assert opened[1] != planted
    assert officers.signed_in(planted, door="desk") is None
    assert officers.signed_in(opened[1], door="desk") is not None


def test_a_cookie_of_the_way_there_is_of_no_use_if_it_was_altered_or_meant_otherwise(
    desk: httpx.Client, provider: Provider, registrar: str
) -> None:
    enrolment = enrol(Role.coordinator)
    identities.bind(enrolment.officer.number, provider.account, by=registrar)
    back = goes(desk)
    going = desk.cookies[GOING]
    code = pyotp.TOTP(enrolment.totp_secret).now()
    for wrong in (going[:-4] + "AAAA", going[::-1], "", "x", "k9." + going):
        desk.cookies.set(GOING, wrong, domain="127.0.0.1", path="/sign-in/openid")
        assert_nobody(desk, desk.get(back), UNDONE)
    # Of going there, it confirms nothing.
    desk.cookies.clear()
    desk.cookies.set(GOING, going, domain="127.0.0.1", path="/sign-in/openid")
    assert_nobody(desk, desk.post("/sign-in/openid/agree", data={"code": code}), UNDONE)


# What a session is worth.


def test_a_session_through_the_provider_ends_as_any_other(
    desk: httpx.Client, provider: Provider, officer: officers.Enrolment
) -> None:
    del provider, officer
    for back in ({"seen_at": officers.IDLE_LASTS}, {"expires_at": officers.SESSION_LASTS}):
        signs_in(desk)
        (live,) = [each for each in sessions() if each.ended_at is None and each.expires_at > now()]
        assert live.expires_at - live.opened_at == officers.SESSION_LASTS
        assert desk.get("/").status_code == 200
        with case_file.transaction() as opened:
            row = opened.get_one(Session, live.id)
            for name, by in back.items():
                setattr(row, name, getattr(row, name) - by - by)
            row.ended_at = None
            opened.add(row)
        assert desk.get("/").status_code == 401
        with case_file.transaction() as opened:
            row = opened.get_one(Session, live.id)
            row.ended_at = now()
            opened.add(row)
    signs_in(desk)
    token = desk.cookies[SESSION]
    desk.post("/sign-out", data={})
    desk.cookies.set(SESSION, token, domain="127.0.0.1", path="/")
    assert desk.get("/").status_code == 401


def test_a_session_through_the_provider_decides_nothing_without_the_officers_code(
    desk: httpx.Client, provider: Provider, registrar: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a question before an officer who signed in through the provider
    monkeypatch.setattr("tasks.doorbell.wake", lambda _: True)
    reference = House().asks().reference
    enrolment = enrol(Role.lookout_officer)
    bind(enrolment, provider.account, by=registrar)
    signs_in(desk)
    page = desk.get(f"/evidence/{reference}").text
    token = page.split('name="form_token" value="', 1)[1].split('"', 1)[0]
    reader = next(each for each in officers.listed() if each.number == enrolment.officer.number)
    shown = decisions.evidence(reference, reader=reader, purpose="test")
    assert shown is not None
    answer = {
        "form_token": token, "step": shown.step.value, "outcome": "approve", "reason_code": "in_order",
        "seen": shown.seen,
    }  # fmt: skip
    # when it is answered without a code, or with the account in its place, then nothing is decided
    without: list[dict[str, str]] = [{}, {"code": ""}, {"code": provider.account}]
    for code in without:
        assert 400 <= desk.post(f"/evidence/{reference}", data={**answer, **code}).status_code < 500
        with case_file.transaction() as opened:
            assert opened.exec(select(Decision)).all() == []
    # and with it, it is
    code = {"code": pyotp.TOTP(enrolment.totp_secret).now()}
    assert desk.post(f"/evidence/{reference}", data={**answer, **code}).status_code == 303


# A provider that is away, or not itself.


def test_while_the_provider_is_away_the_password_opens_the_door(
    desk: httpx.Client, provider: Provider, officer: officers.Enrolment, configured: pytest.MonkeyPatch
) -> None:
    del provider
    configured.setenv("HOMEWARD_OIDC_ISSUER", "http://127.0.0.1:1")
    openid.cache_clear()

    reply = desk.get("/sign-in/openid")

    assert reply.status_code == 503
    assert sentences(reply) == ["The identity provider does not answer; sign in with your password, or try again soon."]
    assert 'name="password"' in reply.text
    assert sign_in(desk, officer).status_code == 303


BROKEN: dict[str, Any] = {
    "500": lambda: PlainTextResponse("Internal Server Error", 500),
    "429": lambda: PlainTextResponse("slowly", 429),
    "no JSON": lambda: PlainTextResponse("<html>maintenance</html>", 200),
    "a list": lambda: JSONResponse([1, 2]),
    "nothing in it": lambda: JSONResponse({}),
    "elsewhere": lambda: PlainTextResponse("", 302, {"location": "https://login.example/"}),
    "gone": lambda: PlainTextResponse("", 404),
}


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/keys", "/token"])
@pytest.mark.parametrize("how", BROKEN)
def test_a_provider_that_answers_nonsense_is_one_sentence(
    desk: httpx.Client, provider: Provider, officer: officers.Enrolment, path: str, how: str
) -> None:
    back = goes(desk)
    provider.broken[path] = BROKEN[how]()

    replies = [desk.get(back)]
    if "configuration" in path:
        replies.append(desk.get("/sign-in/openid"))

    for reply in replies:
        assert reply.status_code == (503 if how in ("500", "429") else 401), reply.text
        assert len(sentences(reply)) == 1
    assert sessions() == []
    provider.broken.clear()
    assert sign_in(desk, officer).status_code == 303


@pytest.mark.parametrize(
    "configuration",
    [
        {"issuer": "https://login.example"}, {"issuer": None}, {"jwks_uri": "http://login.example/keys"},
        {"token_endpoint": "http://login.example/token"}, {"authorization_endpoint": "http://login.example/"},
        {"authorization_endpoint": "javascript:alert(1)"}, {"jwks_uri": None}, {"token_endpoint": 7},
        {"token_endpoint": "https://[:x"},
    ],
)  # fmt: skip
def test_a_configuration_that_leads_elsewhere_or_in_clear_is_not_followed(
    desk: httpx.Client, provider: Provider, configuration: dict[str, Any]
) -> None:
    provider.configuration = configuration

    assert_nobody(desk, desk.get("/sign-in/openid"), UNTRUE)

    assert provider.asked == []


def test_a_key_the_provider_has_withdrawn_is_good_for_nobody_and_a_new_one_at_once(
    desk: httpx.Client, provider: Provider, officer: officers.Enrolment
) -> None:
    del officer
    before = provider.key
    assert signs_in(desk).status_code == 303
    desk.cookies.clear()

    provider.key = RSAKey.generate_key(2048, {"kid": "two"})
    provider.header = {"kid": "two"}
    assert signs_in(desk).status_code == 303
    desk.cookies.clear()
    provider.header, provider.signs = {"kid": "one"}, lambda _, h, c: jwt.encode(h, c, before)
    assert UNTRUE in signs_in(desk).text


def test_a_provider_that_takes_the_secret_in_the_form_only_is_given_it_there_from_a_file(
    desk: httpx.Client, provider: Provider, officer: officers.Enrolment, configured: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    del officer
    provider.configuration = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    configured.delenv("HOMEWARD_OIDC_CLIENT_SECRET")
    configured.setenv("HOMEWARD_OIDC_CLIENT_SECRET_FILE", str(tmp_path / "secret"))
    openid.cache_clear()

    assert signs_in(desk).status_code == 303


def test_an_officer_may_be_known_by_another_claim(
    desk: httpx.Client, provider: Provider, registrar: str, configured: pytest.MonkeyPatch
) -> None:
    configured.setenv("HOMEWARD_OIDC_CLAIM", "employee_number")
    openid.cache_clear()
    enrolment = enrol(Role.coordinator)
    bind(enrolment, "M-4711", by=registrar)

    provider.claims = {"employee_number": "M-4711"}
    assert signs_in(desk).status_code == 303
    desk.cookies.clear()
    provider.claims = {"sub": "M-4711", "employee_number": "M-4712"}
    assert "not yet bound" in signs_in(desk).text
    provider.claims = {"sub": "M-4711"}
    assert UNTRUE in signs_in(desk).text


@pytest.fixture
def one_a_minute(configured: pytest.MonkeyPatch) -> None:
    """One sign-in a minute is begun from one address."""
    configured.setattr("deployments.desk.openid.EACH_A_MINUTE", 1)


def test_who_begins_without_end_has_to_wait(one_a_minute: None, desk: httpx.Client, provider: Provider) -> None:
    del one_a_minute
    # A minute may end between two of them.
    replies = [desk.get("/sign-in/openid") for _ in range(4)]

    assert {reply.status_code for reply in replies} == {303, 429}
    for reply in replies:
        if reply.status_code == 429:
            assert_refused(reply, "without end")
    assert provider.asked == []


@pytest.mark.parametrize("name", ["state", "code", "error", "iss"])
def test_garbage_brought_back_is_one_sentence(
    desk: httpx.Client, provider: Provider, officer: officers.Enrolment, name: str
) -> None:
    del officer, provider
    for kind, garbage in SENT.items():
        brought = dict(parse_qsl(urlsplit(goes(desk)).query))
        brought.pop(name, None)
        reply = desk.get(f"/sign-in/openid/return?{urlencode(brought)}&{name}={quote(garbage[:9000], safe='')}")

        assert_sound(reply, (name, kind))
        if not garbage and name in ("error", "iss"):
            # Nothing is said by them, as by a provider that leaves them out.
            assert reply.status_code == 303
            continue
        assert_refused(reply, (name, kind))


def test_garbage_as_the_place_to_go_to_leads_to_the_provider_and_nowhere_else(
    desk: httpx.Client, provider: Provider, officer: officers.Enrolment
) -> None:
    del officer
    for kind, garbage in SENT.items():
        reply = desk.get(f"/sign-in/openid?to={quote(garbage[:9000], safe='')}")

        assert_sound(reply, kind)
        assert urlsplit(reply.headers["location"]).netloc == urlsplit(provider.issuer).netloc
        back = desk.get(httpx.get(reply.headers["location"]).headers["location"])
        assert back.status_code == 303
        assert urlsplit(back.headers["location"]).netloc == ""


def test_an_officer_signs_in_through_the_provider_with_a_real_browser(
    desk: httpx.Client, provider: Provider, registrar: str
) -> None:
    enrolment = enrol(Role.coordinator)
    identities.bind(enrolment.officer.number, provider.account, by=registrar)

    with opened_page() as page:
        page.goto(f"{desk.base_url}/cases")
        page.get_by_role("link", name="Sign in with your agency's account").click()
        page.get_by_label("One-time code").fill(pyotp.TOTP(enrolment.totp_secret).now())
        page.get_by_role("button", name="Confirm and sign in").click()
        page.wait_for_url("**/cases")
        page.get_by_role("button", name="Sign out").click()
        page.goto(f"{desk.base_url}/board")
        page.get_by_role("link", name="Sign in with your agency's account").click()
        page.wait_for_url("**/board")

        assert enrolment.officer.number in page.content()
