"""What the signer asks of the signatures under a release. Travel documents, test 10: two persons."""

from dataclasses import replace

import pytest

from models.decision import Basis
from models.issuing import Approval, fault_of_release
from models.officer import Role
from models.policy import BreakGlassRule, Place

ONE = (Place(roles=(Role.issuing_officer,)),)
TWO = (*ONE, Place(roles=(Role.head_of_consular_affairs,), agency="MOFA"))
ISSUER = Approval(frozenset({"O-05"}), Role.issuing_officer, "MOFA", 0, Basis.rule, is_audited=True)
HEAD = Approval(frozenset({"O-06"}), Role.head_of_consular_affairs, "MOFA", 1, Basis.rule, is_audited=True)


def fault(*approvals: Approval, places: tuple[Place, ...] = ONE, examiners: tuple[str, ...] = ("O-02",)) -> str | None:
    return fault_of_release(
        approvals, places=places, requester="O-01", examiners=frozenset(examiners), break_glass=BreakGlassRule()
    )


def test_an_issuing_officer_who_neither_examined_nor_asked_releases() -> None:
    assert fault(ISSUER) is None
    assert fault(ISSUER, HEAD, places=TWO) is None


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"persons": frozenset({"O-02"})}, "two officers"),
        ({"persons": frozenset({"O-05", "O-02"})}, "two officers"),
        ({"persons": frozenset({"O-01"})}, "opened the case"),
        ({"persons": frozenset({"O-05", "O-01"})}, "opened the case"),
        ({"role": Role.funding_officer}, "is missing"),
        ({"place": 1}, "is missing"),
        ({"basis": Basis.standing_authority}, "standing authority"),
        ({"basis": Basis.break_glass}, "another role"),
        ({"is_audited": False}, "not in the audit trail"),
    ],
)
def test_one_thing_amiss_with_the_signature_and_nothing_is_sealed(changes: dict[str, object], why: str) -> None:
    assert why in (fault(replace(ISSUER, **changes)) or "")  # type: ignore[arg-type]


def test_nothing_signed_or_nobody_examined_releases_nothing() -> None:
    assert fault() == "nobody approved it"
    assert fault(ISSUER, places=()) == "nobody approved it"
    assert fault(ISSUER, examiners=()) == "nobody on file examined the identity"


def test_of_two_signatures_each_is_wanted_by_another_person_of_the_right_agency() -> None:
    assert fault(ISSUER, places=TWO) == "a signature that the policy asks for is missing"
    same = replace(HEAD, persons=ISSUER.persons)
    assert fault(ISSUER, same, places=TWO) == "one officer gave two of its signatures"
    abroad = replace(HEAD, agency="elsewhere")
    assert fault(ISSUER, abroad, places=TWO) == "a signature that the policy asks for is missing"


def test_broken_glass_stands_for_every_signature_and_not_for_the_two_persons() -> None:
    duty = replace(ISSUER, role=Role.duty_officer, basis=Basis.break_glass)

    assert fault(duty, places=TWO) is None
    assert "two officers" in (fault(replace(duty, persons=frozenset({"O-02"})), places=TWO) or "")
