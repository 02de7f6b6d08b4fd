"""Accounts at an identity provider: who may bind one, what it then opens, and which settings are taken."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
from sqlmodel import select

from models.audit import AuditEvent
from models.officer import OfficerIdentity, Role
from tasks import case_file, identities, officers
from tasks.clock import now
from tasks.settings import SettingsUnusable, openid
from tests.conftest import Server

ISSUER = {"ISSUER": "https://login.example/realm", "CLIENT_ID": "desk", "CLIENT_SECRET": "synthetic"}


@pytest.fixture
def set_up(configured: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A provider that nobody asks anything here."""
    put(configured, ISSUER)
    return configured


def put(configured: pytest.MonkeyPatch, settings: dict[str, str]) -> None:
    for name, value in settings.items():
        configured.setenv(f"HOMEWARD_OIDC_{name}", value)
    openid.cache_clear()


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """No test's provider is another's."""
    openid.cache_clear()
    yield
    openid.cache_clear()


@pytest.fixture
def registrar(case_database: Server, set_up: pytest.MonkeyPatch) -> str:
    del case_database, set_up
    return officers.add(name="R", agency="MOFA", roles=[Role.registrar], by="test").officer.number


@pytest.fixture
def coordinator(registrar: str) -> officers.Enrolment:
    del registrar
    return officers.add(name="C", agency="MOFA", roles=[Role.coordinator], by="test")


def bound_and_agreed(enrolment: officers.Enrolment, account: str, *, by: str) -> None:
    identities.bind(enrolment.officer.number, account, by=by)
    row = identities.bound()[enrolment.officer.number]
    identities.agree(row.id, pyotp.TOTP(enrolment.totp_secret).now())


def test_an_account_is_its_officers_to_the_letter(coordinator: officers.Enrolment, registrar: str) -> None:
    bound_and_agreed(coordinator, "a1B2", by=registrar)

    known = identities.known("a1B2")
    assert (known.officer.number, known.agreed) == (coordinator.officer.number, True)
    for other in ("A1B2", "a1b2", " a1B2", "a1B2 ", "a1 B2", "a1B2\n"):
        with pytest.raises(identities.NobodysAccount) as nobodys:
            identities.known(other)
        assert nobodys.value.account == other
        assert other not in str(nobodys.value)


def test_one_account_is_one_officers_and_one_officer_has_one(coordinator: officers.Enrolment, registrar: str) -> None:
    number = coordinator.officer.number
    other = officers.add(name="D", agency="MOFA", roles=[Role.coordinator], by="test").officer.number
    identities.bind(number, "one", by=registrar)

    with pytest.raises(case_file.Refused, match=f"bound to officer {number}"):
        identities.bind(other, "one", by=registrar)
    with pytest.raises(case_file.Refused, match="has an account already"):
        identities.bind(number, "two", by=registrar)
    identities.unbind(number, by=registrar)
    identities.bind(other, "one", by=registrar)

    assert list(identities.bound()) == [other]


def test_an_account_taken_away_and_bound_again_is_confirmed_again(
    coordinator: officers.Enrolment, registrar: str
) -> None:
    bound_and_agreed(coordinator, "one", by=registrar)
    identities.unbind(coordinator.officer.number, by=registrar)

    identities.bind(coordinator.officer.number, "one", by=registrar)

    assert not identities.known("one").agreed


@pytest.mark.parametrize("account", ["", "x" * 256, "a\x00b", "a\u202eb", "a\nb"])
def test_what_is_no_identifier_is_not_bound(coordinator: officers.Enrolment, registrar: str, account: str) -> None:
    with pytest.raises(case_file.Refused, match="copy it as it is"):
        identities.bind(coordinator.officer.number, account, by=registrar)


def test_a_wrong_code_confirms_nothing_and_counts_as_a_wrong_answer(
    coordinator: officers.Enrolment, registrar: str
) -> None:
    identities.bind(coordinator.officer.number, "one", by=registrar)
    row = identities.bound()[coordinator.officer.number]

    for _ in range(5):
        with pytest.raises(officers.NotProved, match="do not fit"):
            identities.agree(row.id, "000000")

    with pytest.raises(officers.NotProved, match="try again in"):
        identities.agree(row.id, officers.drill_code(row.officer))
    # Whoever was bound to another's number keeps them out of nothing else.
    assert officers.prove(row.officer, officers.drill_code(row.officer), on="decision")


def test_an_account_opens_no_session_before_the_officer_agreed_nor_once_it_was_taken_away(
    coordinator: officers.Enrolment, registrar: str
) -> None:
    number = coordinator.officer.number
    identities.bind(number, "one", by=registrar)
    identity = identities.bound()[number].id
    with pytest.raises(officers.NotProved, match="not yet bound"):
        identities.open_session(identity)

    identities.agree(identity, pyotp.TOTP(coordinator.totp_secret).now())
    signed_in = officers.signed_in(identities.open_session(identity), door="desk")
    assert signed_in is not None
    assert signed_in.number == number
    identities.unbind(number, by=registrar)

    with pytest.raises(officers.NotProved, match="not yet bound"):
        identities.open_session(identity)


def test_another_issuer_knows_nobody(
    coordinator: officers.Enrolment, registrar: str, set_up: pytest.MonkeyPatch
) -> None:
    bound_and_agreed(coordinator, "one", by=registrar)

    for elsewhere in ({"ISSUER": "https://login.example/other"}, {**ISSUER, "CLAIM": "oid"}):
        put(set_up, elsewhere)
        with pytest.raises(identities.NobodysAccount):
            identities.known("one")


def test_the_accounts_own_name_is_kept_nowhere(coordinator: officers.Enrolment, registrar: str) -> None:
    bound_and_agreed(coordinator, "quixote-4711", by=registrar)
    identities.known("quixote-4711")

    with case_file.transaction() as session:
        rows = [row.model_dump_json() for row in session.exec(select(OfficerIdentity))]
        rows += [str(event.fields) for event in session.exec(select(AuditEvent))]
    assert len(rows) > 3
    assert "quixote" not in "".join(rows).lower()


def test_the_database_itself_takes_no_account_from_anybody_but_a_registrar_nor_one_that_opens_at_once(
    coordinator: officers.Enrolment, registrar: str
) -> None:
    number = coordinator.officer.number
    wrong: dict[str, dict[str, Any]] = {
        "identity_bound_by_a_registrar": {"bound_by": number},
        "identity_begins_unagreed": {"bound_by": registrar, "agreed_at": now()},
    }
    for constraint, facts in wrong.items():
        with pytest.raises(case_file.CaseFileConflict) as refused, case_file.transaction() as session:
            session.add(OfficerIdentity(officer=number, account_hash="x", bound_at=now(), **facts))
        assert refused.value.constraint == constraint


def test_the_database_itself_lets_an_ended_account_rest(coordinator: officers.Enrolment, registrar: str) -> None:
    number = coordinator.officer.number
    bound_and_agreed(coordinator, "one", by=registrar)
    identity = identities.bound()[number].id

    def changes(**facts: object) -> str | None:
        try:
            with case_file.transaction() as session:
                row = session.get_one(OfficerIdentity, identity)
                for name, value in facts.items():
                    setattr(row, name, value)
                session.add(row)
        except case_file.CaseFileConflict as refused:
            return refused.constraint
        except case_file.CaseFileUnavailable as refused:
            return str(refused)
        return None

    assert changes(agreed_at=now()) == "identity_agreed_once"
    assert changes(ended_at=now()) == "identity_ended_by_somebody"
    # What it is about is not the application's to change at all.
    assert changes(account_hash="y") == "the case database failed: InsufficientPrivilege"
    identities.unbind(number, by=registrar)
    assert changes(ended_at=None, ended_by=None) == "identity_ended_for_good"


def test_where_nothing_is_set_there_is_no_provider(configured: pytest.MonkeyPatch) -> None:
    del configured

    assert openid() is None
    with pytest.raises(case_file.Refused, match="set HOMEWARD_OIDC_ISSUER"):
        identities.bind("O-01", "one", by="O-02")


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"CLIENT_ID": "desk"}, "HOMEWARD_OIDC_ISSUER"),
        ({"ISSUER": "https://login.example"}, "HOMEWARD_OIDC_CLIENT_ID"),
        ({"ISSUER": "https://login.example", "CLIENT_ID": "desk"}, "HOMEWARD_OIDC_CLIENT_SECRET_FILE"),
        ({**ISSUER, "CLIENT_SECRET_FILE": "/secret"}, "HOMEWARD_OIDC_CLIENT_SECRET_FILE"),
        ({**ISSUER, "ISSUER": "http://login.example"}, "must begin with https"),
        ({**ISSUER, "ISSUER": "login.example"}, "an address like"),
        ({**ISSUER, "ISSUER": "https://login.example/?realm=1"}, "an address like"),
        ({**ISSUER, "ISSUER": "https://[login"}, "an address like"),
        ({**ISSUER, "CLAIM": "email"}, "never passes to another person"),
        ({**ISSUER, "CLAIM": "iss"}, "never passes to another person"),
        ({"ISSUER": "https://login.example", "CLIENT_ID": "desk", "CLIENT_SECRET_FILE": "/none"}, "no secret"),
    ],
)
def test_a_provider_that_is_half_set_or_cannot_be_trusted_is_none(
    configured: pytest.MonkeyPatch, settings: dict[str, str], why: str
) -> None:
    put(configured, settings)

    with pytest.raises(SettingsUnusable, match=why) as unusable:
        openid()

    assert "synthetic" not in str(unusable.value)


def test_the_secret_is_read_from_a_file_and_shown_by_nothing(configured: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from-a-file\n")
    put(configured, {**{name: ISSUER[name] for name in ("ISSUER", "CLIENT_ID")},
                     "CLIENT_SECRET_FILE": str(tmp_path / "secret")})  # fmt: skip

    found = openid()

    assert found is not None
    assert found.secret.get_secret_value() == "from-a-file"
    assert "from-a-file" not in repr(found)
