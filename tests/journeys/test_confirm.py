"""The public page: good now, or not confirmed; nothing else can be learnt from it, however often it is asked."""

import hmac
import random

import httpx
import pytest
from sqlmodel import select

from deployments.desk import public
from models.audit import AuditEvent
from models.case import Step
from models.officer import Role
from models.stock import StockState
from models.travel_document import TravelDocument
from tasks import case_file, confirmation, losses, numbers
from tests.deployments.test_desk import enrol, sign_in
from tests.journeys.story import Story, names

VALID, UNCONFIRMED = "Valid now", "Not confirmed"


@pytest.fixture
def page(story: Story, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> httpx.Client:
    """The desk without a session, that answers at once and as often as it is asked."""
    monkeypatch.setattr(public, "_ANSWERS_AFTER_S", 0.0)
    monkeypatch.setattr(public, "EACH_A_MINUTE", 10_000)
    monkeypatch.setattr(public, "TOGETHER_A_MINUTE", 10_000)
    del story
    browser: httpx.Client = request.getfixturevalue("desk")
    return browser


def asked(page: httpx.Client, number: str, expires_on: object) -> httpx.Response:
    return page.post("/confirm", data={"number": number, "expires_on": str(expires_on)})


@pytest.fixture
def document(story: Story) -> TravelDocument:
    """A released document."""
    story.opens()
    story.begins()
    story.comes_to(Step.handoff)
    with case_file.transaction() as session:
        return case_file.require_document(session, story.reference)


def test_a_released_document_is_valid_until_it_is_reported_and_only_with_its_own_date(
    page: httpx.Client, document: TravelDocument, story: Story
) -> None:
    before = asked(page, f" {document.number[:4]} {document.number[4:].lower()}", document.expires_on)
    other_day = asked(page, document.number, document.expires_on.replace(year=2030))
    losses.report(document.number, stolen=True, lost_on=None, place=None, officer=story.coordinator)
    after = asked(page, document.number, document.expires_on)

    assert VALID in before.text
    assert UNCONFIRMED in other_day.text
    assert UNCONFIRMED in after.text


def test_every_no_is_the_same_page_without_a_name_or_a_cookie(page: httpx.Client, document: TravelDocument) -> None:
    with case_file.transaction() as session:
        holder = case_file.require_identity(session, document.reference)
        numbers_in_stock = [document.number[:-1] + "Z"]
    chance = random.Random(17)
    guesses = [
        f"X{chance.randrange(1000):03d}{chance.choice('ABCDEFGH')}{chance.randrange(10_000):04d}" for _ in range(1_000)
    ]
    guesses = [guess for guess in guesses if guess != document.number]
    odd = ["", "A" * 500, "' OR 1=1 --", "\x00", "여행증명서", "X 1", document.reference, *numbers_in_stock]

    good = asked(page, document.number, document.expires_on)
    replies = [asked(page, guess, document.expires_on) for guess in (*guesses, *odd)]
    replies += [asked(page, document.number, day) for day in ("", "soon", "0000-00-00", "9999-12-31", "2026-02-30")]

    assert len({reply.content for reply in replies}) == 1
    assert {reply.status_code for reply in replies} == {200}
    assert len(replies[0].content) == len(good.content)
    for reply in (good, *replies):
        assert "set-cookie" not in reply.headers
        for personal in (holder.surname_latin, holder.given_latin, holder.surname_hangul + holder.given_hangul):
            assert not names(reply.text, personal)
        assert document.reference not in reply.text


def test_a_number_nobody_holds_yet_or_any_more_is_not_confirmed(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.booking)
    with case_file.transaction() as session:
        document = case_file.require_document(session, story.reference)
        reserved = confirmation.is_valid_now(document.number, document.expires_on.isoformat())
        numbers.move(session, document.number, StockState.void, by="run")

    assert not reserved
    assert not confirmation.is_valid_now(document.number, document.expires_on.isoformat())


def token(page: httpx.Client) -> str:
    """What every form of this session carries."""
    return hmac.digest(page.cookies["homeward_session"].encode(), b"form", "sha256").hex()


def test_a_border_partner_compares_a_document_and_each_look_is_noted(
    page: httpx.Client, document: TravelDocument
) -> None:
    partner, stranger = enrol(Role.border_partner), enrol(Role.travel_officer)
    sign_in(page, partner)
    home = page.get("/")
    shown = page.post("/compare", data={"number": document.number, "form_token": token(page)})
    unknown = page.post("/compare", data={"number": "X000Z0000", "form_token": token(page)})
    case = page.get(f"/papers/{document.reference}")
    sign_in(page, stranger)
    refused = page.post("/compare", data={"number": document.number, "form_token": token(page)})

    with case_file.transaction() as session:
        holder = case_file.require_identity(session, document.reference)
        looks = session.exec(select(AuditEvent).where(AuditEvent.action == "document.compared")).all()
    assert home.status_code == 200
    assert document.reference not in home.text
    assert names(shown.text, holder.surname_latin)
    assert "Valid now" in shown.text
    assert "No released document" in unknown.text
    assert not names(case.text, holder.surname_latin)
    assert refused.status_code == 403
    assert [(look.actor, look.reference) for look in looks] == [
        (partner.officer.number, document.reference), (partner.officer.number, None),
    ]  # fmt: skip
