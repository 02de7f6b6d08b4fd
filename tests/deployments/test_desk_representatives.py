"""Representatives at the desk: written down by one officer, verified by another, and ended."""

import re

import httpx
import pytest
from sqlmodel import select

from models.officer import Role
from models.person import Declaration, Language
from models.representation import Incapacity, Proof, Relation, Representative
from tasks import case_file
from tests.deployments.test_desk import enrol, sign_in
from tests.deployments.test_desk_decides import FORM, no_engine, token
from tests.deployments.test_desk_screening import another, own, refusal
from tests.english import left_in_english, shown_by

__all__ = ["no_engine"]

NAME = "Qazwsx Mother"


@pytest.fixture
def reference(desk: httpx.Client) -> str:
    """A case for whose person nobody speaks; a coordinator is at the desk."""
    coordinator = enrol(Role.coordinator)
    sign_in(desk, coordinator)
    return case_file.open_case(
        country="KHM", officer=coordinator.officer.number, name_hangul="홍길동", name_latin=None, place="Poipet",
        keeper="centre", host_status="detained",
    )  # fmt: skip


def adds(desk: httpx.Client, reference: str, **typed: str) -> httpx.Response:
    page = desk.get(f"/cases/{reference}/representatives").text
    (after,) = re.findall(r'name="after" value="(\d+)"', page)
    form = {"name": NAME, "relation": "parent", "because": "minor", "after": after, FORM: own(desk)}
    return desk.post(f"/cases/{reference}/representatives", data={**form, **typed})


def verifies(desk: httpx.Client, reference: str, **typed: str) -> httpx.Response:
    form = {"representative": "1", "proof": "family_register", FORM: own(desk)}
    return desk.post(f"/cases/{reference}/representatives/verify", data={**form, **typed})


def ends(desk: httpx.Client, reference: str, **typed: str) -> httpx.Response:
    form = {"representative": "1", FORM: own(desk)}
    return desk.post(f"/cases/{reference}/representatives/end", data={**form, **typed})


def kept() -> list[Representative]:
    with case_file.transaction() as session:
        return list(session.exec(select(Representative)))


def test_one_officer_writes_a_representative_down_another_verifies_and_either_ends_it(
    desk: httpx.Client, reference: str, no_engine: list[str]
) -> None:
    added = adds(desk, reference)
    again = adds(desk, reference, after="0")

    assert (added.status_code, again.status_code) == (303, 409)
    assert "written down here meanwhile" in refusal(again)
    (row,) = kept()
    assert (row.number, row.relation, row.because) == (1, Relation.parent, Incapacity.minor)
    assert not row.stands
    page = desk.get(added.headers["location"]).text
    assert NAME in page
    assert "/representatives/verify" not in page
    mine = verifies(desk, reference)
    assert (mine.status_code, kept()[0].stands) == (409, False)
    assert "Another officer verifies a representative" in refusal(mine)

    number = another(desk, Role.verifying_officer).officer.number
    assert "/representatives/verify" in desk.get(f"/cases/{reference}/representatives").text
    unfit = verifies(desk, reference, proof="agency_letter")
    assert "proved by one of: family_register, court_order" in refusal(unfit).replace("&#39;", "'")
    assert verifies(desk, reference).status_code == 303
    (row,) = kept()
    assert (row.stands, row.proof, row.verified_by) == (True, Proof.family_register, number)
    assert "verified already" in refusal(verifies(desk, reference))

    assert ends(desk, reference).status_code == 303
    assert "has ended already" in refusal(ends(desk, reference))
    assert (kept()[0].stands, kept()[0].ended_by) == (False, number)
    assert no_engine == [reference] * 3


def test_what_is_not_taken_is_said_and_what_was_typed_stays(
    desk: httpx.Client, reference: str, no_engine: list[str]
) -> None:
    for typed, status, why in (
        ({"relation": "friend"}, 422, "what they are to the person"),
        ({"because": "shy"}, 422, "why the person does not sign"),
        ({"name": "  "}, 409, "A representative has a name; write it."),
        ({"name": "x\x00y"}, 422, "cannot be written down"),
        ({"name": "A" * 10_000}, 422, "longer than 200 letters"),
    ):
        refused = adds(desk, reference, **typed)
        assert refused.status_code == status, typed
        assert why in refusal(refused), typed
        assert "relation" in typed or '<option value="parent" selected>' in refused.text, typed
    assert verifies(desk, reference, proof="a hunch").status_code == 422
    for nobody in ("1", "", "x", "9" * 40):
        assert "No representative has the number" in refusal(verifies(desk, reference, representative=nobody))
        assert "see the page Representatives" in refusal(ends(desk, reference, representative=nobody))
    assert (kept(), no_engine) == ([], [])


def test_only_who_attends_to_the_person_finds_who_speaks_for_them(desk: httpx.Client, reference: str) -> None:
    assert f"/cases/{reference}/representatives" in desk.get(f"/cases/{reference}").text
    assert adds(desk, reference, **{FORM: "0" * 64}).status_code == 403
    assert token(desk.get(f"/cases/{reference}/representatives")) == own(desk)

    another(desk, Role.screening_officer, Role.travel_officer)

    assert desk.get(f"/cases/{reference}/representatives").status_code == 403
    assert f"/cases/{reference}/representatives" not in desk.get(f"/cases/{reference}").text
    for act in ("", "/verify", "/end"):
        reply = desk.post(f"/cases/{reference}/representatives{act}", data={FORM: own(desk)})
        assert reply.status_code == 403, act
    assert kept() == []


@pytest.mark.parametrize("spoken", [Language.korean, Language.khmer])
def test_no_word_of_the_page_is_left_in_english(
    desk: httpx.Client, reference: str, no_engine: list[str], spoken: Language
) -> None:
    del no_engine
    desk.headers["accept-language"] = spoken.value
    said = [desk.get(f"/cases/{reference}/representatives"), adds(desk, reference, name=" "), adds(desk, reference)]
    said += [desk.get(f"/cases/{reference}/representatives?done=added"), verifies(desk, reference)]
    another(desk, Role.verifying_officer)
    said += [desk.get(f"/cases/{reference}/representatives"), verifies(desk, reference, proof="agency_letter")]
    said += [verifies(desk, reference, representative="7"), verifies(desk, reference), verifies(desk, reference)]
    said += [ends(desk, reference), ends(desk, reference), desk.get(f"/cases/{reference}/representatives?done=ended")]
    for each in said:
        assert left_in_english(shown_by(each.text), written=f"{NAME} Officer") == [], (each.url, each.text)
    assert not kept()[0].stands


def test_a_representative_who_was_verified_says_at_the_desk_that_the_person_returns(
    desk: httpx.Client, reference: str, no_engine: list[str]
) -> None:
    adds(desk, reference, because="cannot_understand")
    said = {"wish": "return", "spoken": "km", "interpreter": "Ms Sok", FORM: own(desk)}
    unverified = desk.post(f"/cases/{reference}/declaration", data={**said, "representative": "1"})
    unknown = desk.post(f"/cases/{reference}/declaration", data={**said, "representative": "7"})
    another(desk, Role.verifying_officer)
    verifies(desk, reference, proof="court_order")
    another(desk, Role.coordinator)

    told = desk.post(f"/cases/{reference}/declaration", data={**said, "representative": "1", FORM: own(desk)})

    assert [reply.status_code for reply in (unverified, unknown)] == [409, 409]
    assert "No representative has the number 7" in refusal(unknown)
    assert told.headers["location"] == f"/cases/{reference}?done=declaration"
    with case_file.transaction() as session:
        (row,) = session.exec(select(Declaration)).all()
    assert (row.representative_id, row.interpreter) == (kept()[0].id, "Ms Sok")
