"""Escorts, groups and seats by telephone at the command line: one clear sentence, the right exit code."""

import json
from pathlib import Path

import pytest
from sqlmodel import select

from models.escort import Escort
from models.officer import Role
from tasks import case_file, officers
from tests.conftest import Server
from tests.deployments.test_cli import OPEN, coordinator, homeward
from tests.journeys.test_by_hand import PROOF

__all__ = ["coordinator"]


def opened() -> str:
    """A case nobody has booked for."""
    reference: str = json.loads(homeward(*OPEN, "--json").stdout)["reference"]
    return reference


def escort(**changes: str) -> tuple[str, ...]:
    """The words that put an officer into the pool."""
    number = officers.add(name="E", agency="KNP", roles=[Role.receiving_officer], by="test").officer.number
    options = {
        "--sex": "F", "--passport-until": "2030-01-01", "--duty-from": "2026-12-01T00:00:00+09:00",
        "--duty-until": "2026-12-31T00:00:00+09:00",
    } | {f"--{name.replace('_', '-')}": value for name, value in changes.items()}  # fmt: skip
    return ("escorts", "add", number, *(part for option in options.items() for part in option))


def test_an_escort_is_added_corrected_and_listed(coordinator: str) -> None:
    del coordinator
    words = escort()

    assert homeward(*words, "--json").exit_code == 0
    again = ["2031-02-03" if word == "2030-01-01" else word for word in words]
    assert homeward(*again).stdout == f"{words[2]} is in the pool of escorts.\n"

    listed = json.loads(homeward("escorts", "list", "--json").stdout)
    assert listed == [{
        "officer": words[2], "sex": "F", "passport_valid_until": "2031-02-03",
        "on_duty_from": "2026-11-30T15:00:00Z", "on_duty_until": "2026-12-30T15:00:00Z",
    }]  # fmt: skip
    assert words[2] in homeward("escorts", "list").stdout


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({"passport_until": "soon"}, 2, "--passport-until"),
        ({"duty_from": "tomorrow"}, 2, "is not a moment; write it like"),
        ({"duty_until": "2026-11-01T00:00:00+09:00"}, 1, "A duty ends after it begins"),
        ({"sex": "Q"}, 2, "--sex"),
    ],
)
def test_an_escort_that_cannot_be_is_refused_and_nobody_is_added(
    coordinator: str, changes: dict[str, str], code: int, says: str
) -> None:
    del coordinator

    refused = homeward(*escort(**changes))

    assert refused.exit_code == code, refused.stderr
    assert says in refused.stderr
    assert json.loads(homeward("escorts", "list", "--json").stdout) == []


def test_what_has_no_seats_no_group_and_no_booking_is_refused_in_one_sentence(coordinator: str, tmp_path: Path) -> None:
    del coordinator
    words, reference = escort(), opened()
    assert homeward(*words).exit_code == 0
    proof = tmp_path / "proof.jpeg"
    proof.write_bytes(PROOF)
    assign = ("escorts", "assign", reference, words[2])
    by_hand = (
        "case", "book", reference, "--flight", "KE690 KTI 2099-12-01T23:40 ICN 2099-12-02T07:10", "--locator", "X7K2PQ",
        "--price", "412.30", "--currency", "USD", "--proof", str(proof), "--told-by", "Ms Kim",
    )  # fmt: skip
    for refused, says in (
        (homeward(*assign, "--out", "ABC123", "--back", "DEF456"), "No seats are held yet"),
        (homeward(*assign, "--out", "A", "--back", "DEF456"), "A record locator has five to eight"),
        (homeward("escorts", "end", reference, words[2]), "does not escort"),
        (homeward("escorts", "add", "O-999", *words[3:]), "No officer in service has this number"),
        (homeward("case", "together", reference), "A group has two cases or more"),
        (homeward("case", "off-load", reference), "Nobody has a ticket"),
        (homeward("case", "unbook", reference, "--told-by", "Ms Kim"), "no seats booked by telephone"),
        (homeward("case", "proof", reference, "--to", str(tmp_path / "out")), "no seats booked by telephone"),
        (homeward(*by_hand), "no authorised travel document"),
    ):
        assert refused.exit_code == 1, refused.stderr
        assert says in refused.stderr
        assert len(refused.stderr.splitlines()) == 1
        assert refused.stdout == ""
    assert not (tmp_path / "out").exists()
    for refused in (
        homeward("escorts", "assign", "KHM-2026-9999", words[2], "--out", "ABC123", "--back", "DEF456"),
        homeward("case", "together", reference, "KHM-2026-9999"),
    ):
        assert refused.exit_code == 2, refused.stderr
        assert "No case has the reference" in refused.stderr


def test_cases_are_put_together_and_the_group_is_said_back(coordinator: str) -> None:
    del coordinator
    first, second = opened(), opened()

    done = homeward("case", "together", first, second, "--json")

    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout) == {"together": [first, second]}


def test_who_does_not_run_cases_adds_no_escort(case_database: Server) -> None:
    del case_database
    number = officers.add(name="F", agency="MOFA", roles=[Role.funding_officer], by="test").officer.number
    assert homeward("login", "--officer", number, "--code", officers.drill_code(number)).exit_code == 0

    refused = homeward(*escort())

    assert (refused.exit_code, len(refused.stderr.splitlines())) == (1, 1), refused.stderr
    with case_file.transaction() as session:
        assert list(session.exec(select(Escort))) == []
