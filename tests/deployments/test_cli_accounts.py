"""The command line: a registrar says whose an account at the identity provider is, and takes it away."""

import json
import sys
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner, Result

from deployments.cli.main import app
from deployments.stack import services
from deployments.stack.ground import CannotStart, prepare, write_private
from models.officer import Role
from tasks import identities, officers
from tasks.settings import Location, openid
from tests.conftest import Server


@pytest.fixture
def registrar(case_database: Server, configured: pytest.MonkeyPatch) -> Iterator[str]:
    """A registrar at the command line, where a provider is set."""
    del case_database
    for name, value in (("ISSUER", "https://login.example"), ("CLIENT_ID", "desk"), ("CLIENT_SECRET", "synthetic")):
        configured.setenv(f"HOMEWARD_OIDC_{name}", value)
    openid.cache_clear()
    yield signs_in(Role.registrar)
    openid.cache_clear()


def signs_in(role: Role) -> str:
    added = officers.add(name="N", agency="MOFA", roles=[role], by="test").officer
    write_private(Location().cli_session_file, officers.open_session(added, door="cli"))
    return added.number


def homeward(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def accounts() -> dict[str, str | None]:
    return {each["number"]: each["account"] for each in json.loads(homeward("officers", "list", "--json").stdout)}


def test_a_registrar_binds_an_account_and_takes_it_away(registrar: str) -> None:
    enrolment = officers.add(name="C", agency="MOFA", roles=[Role.coordinator], by="test")
    number = enrolment.officer.number
    token = officers.open_session(enrolment.officer, door="desk")

    bound = homeward("officers", "bind", number, "--account", "a1b2")
    assert (bound.exit_code, "once they have confirmed it" in bound.stdout) == (0, True)
    assert accounts() == {registrar: None, number: "bound"}
    identities.agree(identities.bound()[number].id, officers.drill_code(number))
    assert accounts()[number] == "confirmed"
    assert "confirmed" in homeward("officers", "list").stdout
    taken = json.loads(homeward("officers", "unbind", number, "--json").stdout)
    assert taken == {"number": number, "account": None}

    assert officers.signed_in(token, door="desk") is None
    assert accounts()[number] is None


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("bind", "O-99", "--account", "a"), "No officer has the number O-99."),
        (("unbind", "O-01"), "has no account at the identity provider"),
        (("bind", "O-01", "--account", "x" * 300), "at most 255 letters"),
    ],
)
def test_what_cannot_be_bound_is_one_sentence(registrar: str, words: tuple[str, ...], why: str) -> None:
    del registrar
    done = homeward("officers", *words)

    assert done.exit_code == 1
    assert why in done.stderr
    assert done.stderr.count("\n") == 1


def test_nobody_but_a_registrar_binds_an_account(registrar: str) -> None:
    number = signs_in(Role.coordinator)

    for words in (("bind", number, "--account", "a"), ("unbind", registrar)):
        done = homeward("officers", *words)
        assert (done.exit_code, "registrar" in done.stderr) == (1, True)
    assert identities.bound() == {}


def test_without_a_provider_the_list_of_officers_knows_no_accounts(case_database: Server) -> None:
    del case_database
    openid.cache_clear()
    number = signs_in(Role.registrar)

    assert "account" not in homeward("officers", "list", "--json").stdout
    done = homeward("officers", "bind", number, "--account", "a")

    assert (done.exit_code, "set HOMEWARD_OIDC_ISSUER" in done.stderr) == (1, True)


def test_a_start_with_half_a_provider_is_refused(configured: pytest.MonkeyPatch) -> None:
    configured.setenv("HOMEWARD_OIDC_ISSUER", "https://login.example")
    openid.cache_clear()

    with pytest.raises(CannotStart, match="HOMEWARD_OIDC_CLIENT_ID"):
        prepare(Location())


def test_nobody_but_the_desk_is_given_its_secret_at_the_provider(registrar: str) -> None:
    del registrar
    tells = [sys.executable, "-c", "import os; print(sorted(key for key in os.environ if 'OIDC' in key))"]
    where = Location()
    for folder in ("logs", "run"):
        (where.var / folder).mkdir(exist_ok=True)

    given = {}
    for name in ("signer", "desk", "worker", "prefect", "sandbox", "exporter"):
        child = services.start(name, tells, where, {})
        child.process.wait(60)
        given[name] = child.log.read_text().strip()
        child.stop()

    opens = str([f"HOMEWARD_OIDC_{name}" for name in ("CLIENT_ID", "CLIENT_SECRET", "ISSUER")])
    assert given == dict.fromkeys(given, "[]") | {"desk": opens}
