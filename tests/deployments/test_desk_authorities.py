"""Signing for others at the desk: what a code signs there, what it does not, and that it never comes back."""

import httpx
import pytest
from sqlmodel import select

from models.mandate import Delegation, DelegationKind, StandingAuthority
from models.officer import Role
from models.person import Language
from tasks import case_file, officers
from tests.conftest import Server
from tests.deployments.test_desk import enrol, sign_in
from tests.deployments.test_desk_decides import FORM
from tests.deployments.test_desk_screening import own, refusal
from tests.deployments.test_garbage import CaseDatabase, case_file_of_all
from tests.english import left_in_english, shown_by

__all__ = ["Server", "case_file_of_all"]

UNTIL = "2026-12-20T18:00"


@pytest.fixture
def funding(desk: httpx.Client, case_file_of_all: CaseDatabase) -> str:
    """The number of a funding officer at the desk, whose codes may be used again."""
    enrolment = enrol(Role.funding_officer)
    sign_in(desk, enrolment)
    case_file_of_all.forgives()
    return enrolment.officer.number


def sends(desk: httpx.Client, act: str, **typed: str) -> httpx.Response:
    return desk.post(f"/authorities{act}", data={FORM: own(desk), **typed})


def authorities() -> list[StandingAuthority]:
    with case_file.transaction() as session:
        return list(session.exec(select(StandingAuthority)))


def delegations() -> list[Delegation]:
    with case_file.transaction() as session:
        return list(session.exec(select(Delegation)))


def test_a_standing_authority_is_signed_once_with_a_code_and_taken_back(
    desk: httpx.Client, funding: str, case_file_of_all: CaseDatabase
) -> None:
    code = officers.drill_code(funding)
    typed = {"operation": "khm-2026-11", "until": UNTIL, "code": code}

    signed, again = sends(desk, "", **typed), sends(desk, "", **typed)

    assert (signed.status_code, signed.headers["location"]) == (303, "/authorities?done=signed")
    (authority,) = authorities()
    assert (authority.operation, authority.signed_by) == ("khm-2026-11", funding)
    assert authority.ends_at.in_timezone("Asia/Seoul").format("YYYY-MM-DDTHH:mm") == UNTIL
    assert again.status_code == 409
    assert "used before" in refusal(again)
    assert 'value="khm-2026-11"' in again.text
    assert code not in again.text
    assert "khm-2026-11" in desk.get("/authorities").text

    case_file_of_all.forgives()
    assert sends(desk, "/revoke", operation="khm-2026-11", code=code).status_code == 303
    assert authorities()[0].revoked_by == funding
    case_file_of_all.forgives()
    assert "nothing was taken back" in refusal(sends(desk, "/revoke", operation="khm-2026-11", code=code))


def test_a_role_is_delegated_for_a_time_and_taken_back(
    desk: httpx.Client, funding: str, case_file_of_all: CaseDatabase
) -> None:
    other, code = enrol(Role.travel_officer).officer.number, officers.drill_code(funding)
    typed = {"to": other, "role": "funding-officer", "acting": "standing-delegate", "until": UNTIL, "code": code}

    assert sends(desk, "/delegate", **typed).status_code == 303

    (delegation,) = delegations()
    assert (delegation.principal, delegation.delegate, delegation.role) == (funding, other, Role.funding_officer)
    assert delegation.kind is DelegationKind.standing_delegate
    assert f"{other} signs for {funding}" in desk.get("/authorities").text
    case_file_of_all.forgives()
    back = {"to": other, "role": "funding-officer", "code": code}
    assert sends(desk, "/undelegate", **back).status_code == 303
    assert delegations()[0].revoked_by == funding
    case_file_of_all.forgives()
    assert sends(desk, "/undelegate", **back).status_code == 409


def test_what_is_not_signed_is_said_and_what_was_typed_stays_but_for_the_code(
    desk: httpx.Client, funding: str, case_file_of_all: CaseDatabase
) -> None:
    code = officers.drill_code(funding)
    authority = {"operation": "khm-2026-11", "until": UNTIL, "code": code}
    role = {"to": "O-99", "role": "funding-officer", "acting": "acting-for", "until": UNTIL, "code": code}
    for act, typed, status, why in (
        ("", {**authority, "until": ""}, 422, "until when"),
        ("", {**authority, "until": "soon"}, 422, "until when"),
        ("", {**authority, "until": "2020-01-01T00:00"}, 409, "has ended before"),
        ("", {**authority, "until": "2099-01-01T00:00"}, 409, "longer than a year"),
        ("", {**authority, "operation": "no such name!"}, 409, "short name like"),
        ("", {**authority, "operation": "x\x00"}, 422, "cannot be written down"),
        ("", {**authority, "code": "000000"}, 409, "do not fit"),
        ("/revoke", {**authority, "code": ""}, 409, "do not fit"),
        ("/delegate", role, 409, "O-99 is no other officer in service; check"),
        ("/delegate", {**role, "role": "coordinator"}, 409, "only an own role is delegated"),
        ("/delegate", {**role, "role": "king"}, 422, "in which of your roles"),
        ("/delegate", {**role, "begins": "2026-12-21T00:00"}, 409, "has ended before"),
        ("/undelegate", {**role, "role": "king"}, 422, "whose role"),
    ):
        refused = sends(desk, act, **typed)
        case_file_of_all.forgives()
        assert refused.status_code == status, (act, typed)
        assert why in refusal(refused), (act, typed)
        assert code not in refused.text, (act, typed)
        if act == "/delegate":
            assert 'name="to" value="O-99"' in refused.text, typed
    assert (authorities(), delegations()) == ([], [])


def test_an_officer_who_decides_no_funding_signs_no_authority_and_another_countrys_sees_none(
    desk: httpx.Client, funding: str
) -> None:
    desk.cookies.clear()
    other = enrol(Role.coordinator)
    sign_in(desk, other)
    assert 'action="/authorities"' not in desk.get("/authorities").text
    assert "/authorities" in desk.get("/board").text
    assert sends(desk, "", operation="KHM", until=UNTIL, code="000000").status_code == 409
    assert desk.post("/authorities", data={FORM: "0" * 64}).status_code == 403

    desk.cookies.clear()
    sign_in(desk, officers.add(name="L", agency="GDI", roles=[Role.host_liaison], country="KHM", by="test"))

    assert desk.get("/authorities").status_code == 403
    assert (authorities(), funding != other.officer.number) == ([], True)


@pytest.mark.parametrize("spoken", [Language.korean, Language.khmer])
def test_no_word_of_the_page_is_left_in_english(
    desk: httpx.Client, funding: str, case_file_of_all: CaseDatabase, spoken: Language
) -> None:
    desk.headers["accept-language"] = spoken.value
    code, other = officers.drill_code(funding), enrol(Role.travel_officer).officer.number
    role = {"to": other, "role": "funding-officer", "until": UNTIL, "code": code}
    said = []
    for act, typed in (
        ("", {"operation": "khm-2026-11", "until": "", "code": code}),
        ("", {"operation": "khm-2026-11", "until": UNTIL, "code": code}),
        ("/delegate", {**role, "to": "O-99"}),
        ("/delegate", {**role, "role": "coordinator"}),
        ("/delegate", {**role, "until": "2099-01-01T00:00"}),
        ("/delegate", role),
        ("/revoke", {"operation": "nothing", "code": code}),
    ):
        said.append(sends(desk, act, **typed))
        case_file_of_all.forgives()
    said += [desk.get(f"/authorities?done={done}") for done in ("signed", "revoked", "delegated", "undelegated")]
    for each in said:
        assert left_in_english(shown_by(each.text), written="Officer khm") == [], each.url
    assert (len(authorities()), len(delegations())) == (1, 1)
