"""While machines are restarted in turn: the newest policy counts, and who reads an older file stands aside."""

from pathlib import Path

import pytest
from sqlmodel import col, select

from models.adopted_policy import AdoptedPolicy
from models.officer import Role
from models.policy import PolicyInvalid
from tasks import case_file, decisions, officers, policy
from tasks.policy import DEFAULT
from tasks.settings import settings
from tests.tasks.asked import House


@pytest.fixture
def house(case_database: object) -> House:
    """Officers for every step, and the policy that comes with the program taken up."""
    del case_database
    house = House()
    house.enrol(Role.funding_officer)
    policy.refuse_unworkable()
    return house


def reads(configured: pytest.MonkeyPatch, folder: Path, version: str, *, minutes: int = 60) -> None:
    """A process reads a policy file of its own."""
    stated = DEFAULT.read_text().replace(f'version = "{policy.stated_in(DEFAULT).version}"', f'version = "{version}"')
    rule = f'[[rule]]\nstep = "funding"\ndue_minutes = {minutes}\nsignatures = [{{ roles = ["funding-officer"] }}]\n'
    category = 'category = "witness"\n'
    file = folder / "policy.toml"
    head, _, rest = stated.partition("[[rule]]")
    file.write_text(f"{head}{rule}{category}[[rule]]{rest}")
    configured.setenv("HOMEWARD_POLICY_FILE", str(file))
    settings.cache_clear()
    policy.policy.cache_clear()


def older(configured: pytest.MonkeyPatch) -> None:
    configured.delenv("HOMEWARD_POLICY_FILE")
    settings.cache_clear()
    policy.policy.cache_clear()


def adopted() -> list[str]:
    with case_file.transaction() as session:
        return [each.version for each in session.exec(select(AdoptedPolicy).order_by(col(AdoptedPolicy.seq)))]


def test_a_process_that_starts_again_under_the_same_policy_adds_nothing(house: House) -> None:
    del house
    policy.refuse_unworkable()

    assert adopted() == [policy.policy().version]


def test_after_a_newer_policy_the_older_file_starts_nothing(
    house: House, configured: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    del house
    reads(configured, tmp_path, "next")
    policy.refuse_unworkable()
    older(configured)

    with pytest.raises(PolicyInvalid, match=r"was replaced by next on .* use the newer file here"):
        policy.refuse_unworkable()
    assert len(adopted()) == 2


def test_a_changed_file_needs_a_new_version(house: House, configured: pytest.MonkeyPatch, tmp_path: Path) -> None:
    del house
    reads(configured, tmp_path, policy.policy().version)

    with pytest.raises(PolicyInvalid, match=r"says something else here .* give the file a new version"):
        policy.refuse_unworkable()
    assert len(adopted()) == 1


def test_a_process_left_behind_decides_nothing_and_closes_no_question_of_the_others(
    house: House, configured: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asking = house.asks()
    reads(configured, tmp_path, "next")
    policy.refuse_unworkable()
    older(configured)

    assert decisions.close_where_rule_changed() == []
    with pytest.raises(decisions.AnswerRefused, match="Policy next counts now"):
        house.answers(asking)
    with case_file.transaction() as session:
        assert policy.outdated(session) is not None
        assert decisions.open_asking(session, asking.reference) is not None

    reads(configured, tmp_path, "next")
    house.answers(asking)


def test_who_checks_a_file_takes_nothing_up(house: House) -> None:
    del house
    policy.refuse_unworkable(policy.stated_in(DEFAULT))

    assert len(adopted()) == 1
    assert officers.listed()
