import re
from pathlib import Path
from typing import Any

import pytest

from models.case import Step
from models.officer import Officer, Role
from models.person import Category
from models.policy import DECIDED, Policy, PolicyInvalid, read_policy, refuse_unstaffed
from tasks.policy import DEFAULT, stated_in

PLAIN = DEFAULT.read_text()


def officer(number: int, *roles: Role, agency: str = "MOFA", active: bool = True) -> Officer:
    facts: dict[str, Any] = {
        "number": f"O-{number:02d}", "agency": agency, "roles": [role.value for role in roles], "active": active,
    }  # fmt: skip
    return Officer(**facts)


THREE = [
    officer(1, Role.coordinator),
    officer(2, Role.verifying_officer, Role.lookout_officer, Role.travel_officer, Role.receiving_officer),
    officer(3, Role.authorising_officer, Role.funding_officer, Role.issuing_officer),
]


def stated(*rules: str) -> Policy:
    """The plain policy with some rules before its own."""
    head, _, rest = PLAIN.partition("[[rule]]")
    return read_policy(head + "".join(f"[[rule]]\n{rule}\n" for rule in rules) + "[[rule]]" + rest)


def test_the_policy_that_comes_with_the_program_decides_every_step_with_three_officers() -> None:
    policy = read_policy(PLAIN)

    refuse_unstaffed(policy, THREE)
    assert {rule.step for rule in policy.rule} == set(DECIDED)


def test_the_first_rule_that_fits_step_and_person_counts() -> None:
    suspects = stated(
        'step = "verification"\ncategory = "suspect"\ndue_minutes = 60\norder = "parallel"\n'
        'signatures = [{ roles = ["verifying-officer"], count = 2 }, { roles = ["lookout-officer"], agency = "KNPA" }]'
    )

    rule = suspects.rule_for(Step.verification, [Category.presumed_victim, Category.suspect])

    assert [place.words for place in rule.places] == [
        "verifying-officer", "verifying-officer", "lookout-officer of KNPA",
    ]  # fmt: skip
    assert suspects.rule_for(Step.verification, [Category.witness]).category is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("version = ", "no TOML"),
        (re.sub(r'\[\[rule\]\]\nstep = "funding"\n.*?\n\n', "", PLAIN, flags=re.DOTALL), "funding has no rule"),
        (PLAIN.replace('step = "funding"', 'step = "founding"'), "rule.4.step"),
        (PLAIN.replace('"funding-officer"] }', '"treasurer"] }'), "rule.4.signatures.0.roles.0"),
        (PLAIN.replace('signatures = [{ roles = ["funding-officer"] }]', "signatures = []"), "rule.4.signatures"),
        (PLAIN.replace("due_minutes = 60", "due_minutes = 0", 1), "due_minutes"),
        (PLAIN.replace('version = "2026-14"', ""), "version"),
        (PLAIN + "\nlimit = 1000\n", "limit"),
        (PLAIN.replace('"booking", "funding",', '"verification",'), "must not be forced"),
        (PLAIN + '[[rule]]\nstep = "help"\ncategory = "minor"\ndue_minutes = 5\n'
         'signatures = [{ roles = ["coordinator"] }]',
         "after its general one"),
        (PLAIN.replace("within_hours = 24\n\n[[rule]]", "within_hours = 48\n\n[[rule]]"), "break_glass.within_hours"),
    ],
)  # fmt: skip
def test_a_policy_that_does_not_hold_is_refused_in_one_sentence_that_names_the_place(text: str, why: str) -> None:
    with pytest.raises(PolicyInvalid, match=why):
        read_policy(text)


def test_no_policy_can_name_an_amount() -> None:
    with pytest.raises(PolicyInvalid, match="max_amount"):
        read_policy(PLAIN.replace("[standing_authority]", "[standing_authority]\nmax_amount = 1000"))


@pytest.mark.parametrize(
    ("officers", "why"),
    [
        (THREE[1:], "role coordinator"),
        (THREE[:2], "Step travel_document.authorise can be decided by nobody"),
        ([*THREE[:2], officer(3, Role.authorising_officer, Role.funding_officer)], "travel_document.release"),
        ([THREE[0], officer(2, *Role)], "authorise can be decided by nobody who has not decided verification"),
        ([officer(1, *Role), officer(2, *Role)], "authorise can be decided by nobody who has not decided verification"),
        ([*THREE[:2], officer(3, Role.authorising_officer, Role.funding_officer, Role.issuing_officer, active=False)],
         "Step travel_document.authorise can be decided by nobody"),
        ([*THREE, officer(4, Role.duty_officer)], "break_glass"),
    ],
)  # fmt: skip
def test_a_policy_under_which_nobody_can_decide_names_the_step(officers: list[Officer], why: str) -> None:
    with pytest.raises(PolicyInvalid, match=why):
        refuse_unstaffed(read_policy(PLAIN), officers)


def test_two_signatures_want_two_persons() -> None:
    twice = stated('step = "funding"\ndue_minutes = 60\nsignatures = [{ roles = ["funding-officer"], count = 2 }]\n'
                   'category = "minor"')  # fmt: skip

    with pytest.raises(PolicyInvalid, match="Step funding for minor"):
        refuse_unstaffed(twice, THREE)
    refuse_unstaffed(twice, [*THREE, officer(4, Role.funding_officer)])


def test_a_signature_of_an_agency_wants_an_officer_of_that_agency() -> None:
    police = stated('step = "verification.lookout"\ndue_minutes = 60\ncategory = "suspect"\n'
                    'signatures = [{ roles = ["lookout-officer"], agency = "KNPA" }]')  # fmt: skip

    with pytest.raises(PolicyInvalid, match="lookout-officer of KNPA"):
        refuse_unstaffed(police, THREE)
    refuse_unstaffed(police, [*THREE, officer(4, Role.lookout_officer, agency="KNPA")])


def test_a_policy_that_cannot_be_read_is_refused_in_one_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_bytes(b"\xff\xfe")

    for file in (tmp_path / "missing.toml", tmp_path, broken):
        with pytest.raises(PolicyInvalid, match="cannot be read"):
            stated_in(file)
