"""Contacts at the desk: nobody is told anything, and no number is shown, without the person's word."""

import re

import httpx
import pytest
from sqlmodel import select

from models.audit import AuditEvent
from models.contact import Contact, ContactConsent, Item
from models.officer import Role
from models.person import Category, Language
from models.representation import Incapacity, Proof, Relation
from tasks import case_file, contacts, officers, representation, vault
from tests.deployments.test_desk import enrol, sign_in
from tests.deployments.test_desk_decides import FORM, no_engine, token
from tests.deployments.test_desk_screening import another, refusal
from tests.english import left_in_english, shown_by

__all__ = ["no_engine"]

PHONE, KIN = "+82-10-7391-5526", "Bnmvcx Aunt"


@pytest.fixture
def reference(desk: httpx.Client) -> str:
    """A case whose person has named nobody yet; a verifying officer is at the desk."""
    coordinator = enrol(Role.coordinator).officer
    sign_in(desk, enrol(Role.verifying_officer))
    return case_file.open_case(
        country="KHM", officer=coordinator.number, name_hangul="홍길동", name_latin=None, place="Poipet",
        keeper="centre", host_status="detained",
    )  # fmt: skip


def sends(desk: httpx.Client, reference: str, act: str, **typed: str) -> httpx.Response:
    """Send a form of the page as it stands there now, with what was typed into it."""
    page = desk.get(f"/cases/{reference}/contacts")
    form = page.text.split(f'action="/cases/{reference}/contacts{act}"', 1)
    after = re.search(r'name="after" value="(\d+)"', form[1].split("</form>", 1)[0]) if len(form) > 1 else None
    seen = {"after": after[1]} if after else {}
    return desk.post(f"/cases/{reference}/contacts{act}", data={FORM: token(page), **seen, **typed})


def adds(desk: httpx.Client, reference: str, **typed: str) -> httpx.Response:
    return sends(desk, reference, "", **{"relation": "sibling", "name": KIN, "phone": PHONE, **typed})


def hears(desk: httpx.Client, reference: str, **typed: str) -> httpx.Response:
    word = {"contact": "1", "item": "alive", "says": "yes", "spoken": "km", "reader": "interpreter"}
    return sends(desk, reference, "/word", **{**word, **typed})


def asks(desk: httpx.Client, reference: str, **typed: str) -> httpx.Response:
    return sends(desk, reference, "/number", **{"contact": "1", "item": "alive", **typed})


def words() -> list[ContactConsent]:
    with case_file.transaction() as session:
        return list(session.exec(select(ContactConsent)))


def kept() -> list[Contact]:
    with case_file.transaction() as session:
        return list(session.exec(select(Contact)))


def noted(officer: str) -> list[str]:
    with case_file.transaction() as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.actor == officer)).all()
    return [event.action for event in events if event.action.startswith("contact.")]


def test_a_number_is_shown_once_for_what_the_person_agreed_to_and_no_longer_when_they_take_it_back(
    desk: httpx.Client, reference: str
) -> None:
    done = adds(desk, reference)
    assert (done.status_code, done.headers["location"]) == (303, f"/cases/{reference}/contacts?done=added")
    (contact,) = kept()
    with case_file.transaction() as session:
        opened = vault.open_(session, contact.person_id, case_file.CONTACT_PHONE, contact.phone_sealed)
    assert (opened.decode(), contact.relation) == (PHONE, Relation.sibling)

    unasked = asks(desk, reference)
    assert unasked.status_code == 409
    assert "has not agreed that contact 1 is told about alive; ask them, then write" in refusal(unasked)
    assert hears(desk, reference, said_at="2026-01-05T09:30").status_code == 303
    (word,) = words()
    assert (word.item, word.given, word.language, word.reader) == (Item.alive, True, Language.khmer, "interpreter")
    assert word.said_at.in_timezone("Asia/Phnom_Penh").format("YYYY-MM-DD HH:mm") == "2026-01-05 09:30"

    shown = asks(desk, reference)
    assert shown.status_code == 200
    assert PHONE in shown.text
    assert PHONE not in str(shown.url)
    assert "no-store" in shown.headers["cache-control"]
    assert asks(desk, reference, item="money").status_code == 409
    page = desk.get(f"/cases/{reference}/contacts")
    assert KIN in page.text
    assert PHONE not in page.text
    assert desk.get(f"/cases/{reference}/contacts/number").status_code == 405

    assert hears(desk, reference, says="no").status_code == 303
    assert asks(desk, reference).status_code == 409
    looks = noted(contact.added_by)
    assert looks == [
        "contact.added", "contact.refused", "contact.consent_given", "contact.read", "contact.refused",
        "contact.consent_withdrawn", "contact.refused",
    ]  # fmt: skip


def test_a_second_click_keeps_nobody_and_hears_nothing_a_second_time(desk: httpx.Client, reference: str) -> None:
    adds(desk, reference)
    again = adds(desk, reference, after="0")
    hears(desk, reference)
    heard = hears(desk, reference, after="0")

    assert (again.status_code, heard.status_code) == (409, 409)
    assert "written down here meanwhile" in refusal(again)
    assert PHONE in again.text, "what was typed stays"
    assert (len(kept()), len(words())) == (1, 1)


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ({"relation": "boss"}, (422, "to the person")),
        ({"relation": ""}, (422, "to the person")),
        ({"phone": "call me"}, (409, "six to fifteen digits")),
        ({"phone": ""}, (409, "six to fifteen digits")),
        ({"name": "x\x00y"}, (422, "cannot be written down")),
        ({"name": "A" * 10_000}, (422, "longer than 200 letters")),
    ],
)
def test_a_contact_that_is_not_kept_is_said_and_what_was_typed_stays(
    desk: httpx.Client, reference: str, typed: dict[str, str], answer: tuple[int, str]
) -> None:
    refused = adds(desk, reference, **typed)

    assert (refused.status_code, kept()) == (answer[0], [])
    assert answer[1] in refusal(refused)
    assert ("phone" in typed) or PHONE in refused.text


def test_a_word_that_is_not_taken_is_said_and_stays_in_the_form(desk: httpx.Client, reference: str) -> None:
    adds(desk, reference)

    for typed, status, why in (
        ({"contact": "9"}, 409, "No contact has the number 9; choose one of the list."),
        ({"item": "gold"}, 422, "which contact may be told what"),
        ({"says": "perhaps"}, 422, "which contact may be told what"),
        ({"spoken": "fr"}, 422, "which contact may be told what"),
        ({"reader": " "}, 422, "which contact may be told what"),
        ({"said_at": "2099-01-01T00:00"}, 409, "in the future; correct the time."),
        ({"representative": "3"}, 409, "No representative has the number 3; see the page Representatives."),
        ({"reader": "x\x00"}, 422, "cannot be written down"),
    ):
        refused = hears(desk, reference, **typed)
        assert refused.status_code == status, typed
        assert why in refusal(refused), typed
        if "spoken" not in typed:
            assert '<option value="km" selected>' in refused.text, typed
    assert words() == []
    assert asks(desk, reference, item="gold").status_code == 422


def test_for_a_child_only_a_verified_representative_agrees(desk: httpx.Client, reference: str) -> None:
    del reference
    coordinator, other = enrol(Role.coordinator).officer, enrol(Role.coordinator).officer
    child = case_file.open_case(
        country="KHM", officer=coordinator.number, name_hangul="홍길순", name_latin=None, place="Poipet",
        keeper="centre", host_status="detained", categories=[Category.minor],
    )  # fmt: skip
    contacts.add(child, relation=Relation.sibling, name=None, phone=PHONE, officer=coordinator)
    representation.add(child, name="Kim", relation=Relation.parent, because=Incapacity.minor, officer=coordinator)

    alone = hears(desk, child)
    unverified = hears(desk, child, representative="1")
    representation.verify(child, 1, proof=Proof.family_register, officer=other)
    spoken_for = hears(desk, child, representative="1")

    assert (alone.status_code, unverified.status_code, spoken_for.status_code) == (409, 409, 303)
    assert "homeward" not in refusal(alone) + refusal(unverified)
    assert "give their number" in refusal(alone)
    assert asks(desk, child).status_code == 200


def test_only_who_attends_to_the_person_finds_their_contacts(desk: httpx.Client, reference: str) -> None:
    page = desk.get(f"/cases/{reference}/contacts")
    form = {FORM: token(page)}
    assert f"/cases/{reference}/contacts" in desk.get(f"/cases/{reference}").text
    for forged in (f"/cases/{reference}/contacts{act}" for act in ("", "/word", "/number")):
        assert desk.post(forged, data={FORM: "0" * 64}).status_code == 403

    another(desk, Role.screening_officer, Role.travel_officer)

    form = {FORM: token(desk.get("/exports")) if FORM in desk.get("/exports").text else form[FORM]}
    assert desk.get(f"/cases/{reference}/contacts").status_code == 403
    assert f"/cases/{reference}/contacts" not in desk.get(f"/cases/{reference}").text
    for act in ("", "/word", "/number"):
        assert desk.post(f"/cases/{reference}/contacts{act}", data=form).status_code == 403
    assert (kept(), words()) == ([], [])


@pytest.mark.parametrize("spoken", [Language.korean, Language.khmer])
def test_no_word_of_the_page_is_left_in_english(desk: httpx.Client, reference: str, spoken: Language) -> None:
    desk.headers["accept-language"] = spoken.value
    said = [desk.get(f"/cases/{reference}/contacts"), adds(desk, reference, phone="1"), adds(desk, reference)]
    said += [hears(desk, reference, contact="9"), asks(desk, reference), hears(desk, reference), asks(desk, reference)]
    said += [hears(desk, reference, said_at="2020-01-01T00:00"), hears(desk, reference, representative="1")]
    said += [desk.get(f"/cases/{reference}/contacts?done={done}") for done in ("added", "heard")]
    for each in said:
        assert left_in_english(shown_by(each.text), written=f"{KIN} Officer interpreter") == [], each.url
    assert len(words()) == 1
    assert officers.listed()
