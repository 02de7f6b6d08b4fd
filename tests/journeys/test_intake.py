"""A list becomes the right cases: the registry is asked at once, journeys begin, and two cases of one person merge."""

import csv
import json
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import ANY
from uuid import UUID

import pytest
from prefect.client.schemas.objects import StateType
from sqlmodel import Session, select
from typer.testing import CliRunner, Result

from deployments.cli.main import app
from deployments.stack.ground import write_private
from models.audit import AuditEvent
from models.case import Step
from models.duplicate import CaseMerge
from models.funding import CostKind, Payer
from models.intake import IntakeRow
from models.money import Money
from models.officer import Role
from models.person import Category, CategoryReason, ErasureReason, PersonCategory, Wish
from tasks import case_file, corrections, doorbell, erasure, funding, merging, officers, signatures, vault
from tasks.archive import facts as archived
from tasks.clock import now
from tasks.settings import Location
from tests.journeys.story import Story, a_person

HEADER = ("ref", "name_hangul", "born_on", "passport_number", "next_of_kin_phone", "found_at", "category")

_lists = count(1)


def homeward(*words: str) -> Result:
    return CliRunner().invoke(app, words)


@pytest.fixture
def signed_in(story: Story) -> Story:
    """A story whose coordinator is signed in at the command line."""
    officer = next(each for each in officers.listed() if each.number == story.coordinator)
    write_private(Location().cli_session_file, officers.open_session(officer, door="cli"))
    return story


def row_of(person: dict[str, Any], **changes: str) -> list[str]:
    """Return a row about somebody of the registry."""
    number = str(next(_lists))
    said = {
        "ref": number, "name_hangul": person["surname_hangul"] + person["given_hangul"], "born_on": person["born_on"],
        "passport_number": person["passport"]["number"], "found_at": "Poipet", "category": "victim", **changes,
    }  # fmt: skip
    return [said.get(column, "") for column in HEADER]


def written(folder: Path, *rows: list[str]) -> str:
    file = folder / f"list-{next(_lists)}.csv"
    with file.open("w", newline="") as to:
        csv.writer(to).writerows([HEADER, *rows])
    return str(file)


def take_in(folder: Path, *rows: list[str]) -> dict[str, Any]:
    done = homeward("intake", written(folder, *rows), "--operation", "op-1", "--json")
    assert done.exit_code == 0, done.stderr
    taken: dict[str, Any] = json.loads(done.stdout)
    return taken


def test_the_registry_is_asked_about_each_row_and_it_is_said_what_to_do_first(signed_in: Story, tmp_path: Path) -> None:
    plain, wanted, twice = a_person(), a_person(lookout="arrest_warrant"), a_person()
    rows = [
        row_of(plain), row_of(wanted), row_of(twice), row_of(twice, found_at="Bavet"),
        row_of(plain, name_hangul="뷁뷁뷁", born_on="1961", passport_number=""),
    ]  # fmt: skip

    taken = take_in(tmp_path, *rows)

    references = [row["reference"] for row in taken["rows"]]
    states = ["ready", "alert", "ready", "possible duplicate", "not found"]
    assert taken["cases"] == dict(zip(references, states, strict=True))
    with case_file.transaction() as session:
        looks = session.exec(select(AuditEvent).where(AuditEvent.action == "person.read")).all()
    # Asked for by an officer at the command line, and audited as such.
    assert {look.fields["door"] for look in looks} == {"cli"}

    begun = json.loads(homeward("case", "start", "--all", "--operation", "op-1", "--json").stdout)

    assert begun["started"] == [reference for reference in references if reference != references[3]]
    assert [pair["case"] for pair in begun["held"]] == [references[3]]
    assert json.loads(homeward("case", "start", "--all", "--json").stdout)["started"] == []
    signed_in.reference = references[1]
    signed_in.run_id = signed_in.newest_run()
    signed_in.goes_on()
    assert signed_in.waits_at() is Step.lookout


def test_a_held_case_begins_when_its_officer_says_so(signed_in: Story, tmp_path: Path) -> None:
    person = a_person()
    held = take_in(tmp_path, row_of(person), row_of(person, found_at="Bavet"))["rows"][1]["reference"]

    assert homeward("case", "start", held).exit_code == 0


def test_cases_named_together_begin_together_and_each_refusal_is_said(signed_in: Story, tmp_path: Path) -> None:
    person = a_person()
    first, held = (
        row["reference"] for row in take_in(tmp_path, row_of(person), row_of(person, found_at="Bavet"))["rows"]
    )
    homeward("case", "start", first)

    done = homeward("case", "start", held, first, "KHM-2026-9999", held, "--json")

    assert done.exit_code == 1
    assert json.loads(done.stdout) == {
        "started": [held],
        "refused": {
            first: f"Case {first} is already in progress.",
            "KHM-2026-9999": "No case KHM-2026-9999 exists; open it first.",
        },
        "held": [],
    }


def test_while_the_registry_is_down_cases_are_opened_and_looked_up_later(signed_in: Story, tmp_path: Path) -> None:
    file = written(tmp_path, *(row_of(a_person()) for _ in range(5)))
    signed_in.fault("status_503", partner="registry", times=99)

    first = json.loads(homeward("intake", file, "--json").stdout)
    signed_in.sandbox.control.delete("/faults").raise_for_status()
    second = json.loads(homeward("intake", file, "--json").stdout)

    assert [row["outcome"] for row in first["rows"]] == ["added"] * 5
    assert first["counts"] == {"not looked up yet": 5}
    assert [row["outcome"] for row in second["rows"]] == ["known"] * 5
    assert second["counts"] == {"ready": 5}


@pytest.fixture
def two(signed_in: Story) -> tuple[str, str]:
    """Two cases of one person, under two spellings; the first declared to return and has a portrait."""
    person = a_person()
    kept = signed_in.opens(person)
    dropped = signed_in.opens(person, passport_number=None, place="Bavet", declared=False, portrait=False)
    return kept, dropped


def snapshot(reference: str) -> dict[str, Any]:
    """All that is on file about a case, but for what happened to it."""
    with case_file.transaction() as session:
        found = archived.of(session, case_file.load(session, reference))
    happened = {"timeline_entry", "case_merge", "attempt", "asking", "proposal"}
    return {table: rows for table, rows in found.items() if table not in happened}


def test_merged_facts_count_for_the_kept_case_and_both_are_exactly_as_before_when_it_is_undone(
    signed_in: Story, two: tuple[str, str]
) -> None:
    kept, dropped = two
    payer = signed_in.deciders[Role.funding_officer]
    corrections.note_private_payment(
        dropped, payer=Payer.diplomat, payer_officer=payer, amount=Money(41200, "USD"), purpose="a bus",
        officer=signed_in.coordinator,
    )  # fmt: skip
    corrections.note_cost(dropped, kind=CostKind.medical, amount=Money(100, "USD"), officer=signed_in.coordinator)
    corrections.locate(
        dropped, place="Phnom Penh", keeper="mission", host_status="released", next_contact_due_at=now().add(days=1),
        officer=signed_in.coordinator,
    )  # fmt: skip
    corrections.declare(
        dropped, wish=Wish.refuse, language="km", reader="interpreter", declared_at=now(), officer=signed_in.coordinator
    )
    with case_file.transaction() as session:
        case = case_file.load(session, dropped)
        marks_a_patient(session, case.person_id, signed_in.coordinator)
    before = snapshot(kept), snapshot(dropped)

    assert homeward("case", "merge", kept, dropped, "--reason", "one face").exit_code == 0

    with case_file.transaction() as session:
        case = case_file.load(session, kept)
        where = case_file.whereabouts(session, case.person_id)
        assert vault.open_text(session, where.person_id, "place", where.place_sealed) == "Phnom Penh"
        assert Category.patient in case_file.categories(session, case.person_id)
        declared = case_file.declaration(session, case.person_id)
        assert declared is not None
        assert declared.wish is Wish.refuse
        assert len(funding.standing_costs(session, kept)) == 1
        assert case_file.references_of(session, kept) == [kept, dropped]
    assert {row["reference"] for row in snapshot(kept)["private_payment"]} == {dropped}

    assert homeward("case", "unmerge", dropped).exit_code == 0

    assert (snapshot(kept), snapshot(dropped)) == before


def marks_a_patient(session: Session, person_id: UUID, officer: str) -> None:
    """Mark a person a patient, as a list does."""
    session.add(
        PersonCategory(
            person_id=person_id, category=Category.patient, added_at=now(), added_by=officer,
            reason_code=CategoryReason.reported,
        )
    )  # fmt: skip


def test_whoever_paid_in_a_merged_case_is_barred_from_its_funding(signed_in: Story, two: tuple[str, str]) -> None:
    kept, dropped = two
    payer = signed_in.deciders[Role.funding_officer]
    corrections.note_private_payment(
        dropped, payer=Payer.diplomat, payer_officer=payer, amount=Money(41200, "USD"), purpose="a bus",
        officer=signed_in.coordinator,
    )  # fmt: skip
    merging.merge(kept, dropped, reason="one face", officer=signed_in.coordinator)
    signed_in.reference = kept
    signed_in.begins()
    signed_in.comes_to(Step.funding)

    with case_file.transaction() as session:
        case = case_file.load(session, kept)
        who = signatures.who_may_sign(session, case, signed_in.question(), at=now())
    said = json.dumps(signed_in.evidence().sections, default=str)

    assert payer not in who
    assert "USD 412.00" in said


def test_the_run_of_a_dropped_case_ends_and_a_case_that_is_its_own_again_begins_anew(
    signed_in: Story, two: tuple[str, str]
) -> None:
    kept, dropped = two
    corrections.declare(
        dropped, wish=Wish.return_home, language="ko", reader="x", declared_at=now(), officer=signed_in.coordinator
    )
    signed_in.reference = dropped
    signed_in.begins()
    assert signed_in.waits_at() is Step.verification

    assert homeward("case", "merge", kept, dropped, "--reason", "one face").exit_code == 0

    assert signed_in.waits_at() is None
    signed_in.goes_on()
    state = signed_in.run().state
    assert state is not None
    assert (state.type, state.message) == (
        StateType.COMPLETED, f"Case {dropped} is merged into {kept}; go on there, or unmerge it first.",
    )  # fmt: skip
    assert doorbell.start(dropped) == state.message
    assert dropped not in json.loads(homeward("case", "start", "--all", "--json").stdout)["started"]

    assert homeward("case", "unmerge", dropped).exit_code == 0

    signed_in.run_id = signed_in.newest_run()
    signed_in.goes_on()
    assert signed_in.waits_at() is Step.verification


def test_both_cases_are_shown_side_by_side_and_both_looks_are_audited(signed_in: Story, two: tuple[str, str]) -> None:
    kept, dropped = two

    shown = homeward("case", "merge", kept, dropped)

    assert shown.exit_code == 0, shown.stderr
    assert "Bavet" in shown.stdout
    assert signed_in.person["passport"]["number"] not in shown.stdout
    with case_file.transaction() as session:
        assert session.exec(select(CaseMerge)).all() == []
        events = session.exec(select(AuditEvent).where(AuditEvent.action == "person.read")).all()
    looks = {(each.reference, each.actor) for each in events if each.fields["purpose"] == "merge"}
    assert looks == {(kept, signed_in.coordinator), (dropped, signed_in.coordinator)}


def test_a_merge_is_told_in_both_timelines_and_its_reason_is_sealed(two: tuple[str, str]) -> None:
    kept, dropped = two
    homeward("case", "merge", kept, dropped, "--reason", "zyxwvut face")

    for reference in (kept, dropped):
        shown = homeward("case", "show", reference, "--json").stdout
        assert f"{dropped} was merged into {kept} by" in shown
        assert "zyxwvut" not in shown
    with case_file.transaction() as session:
        merge = session.exec(select(CaseMerge)).one()
        assert b"zyxwvut" not in merge.reason_sealed
        assert vault.open_(session, merge.person_id, "merge_reason", merge.reason_sealed) == b"zyxwvut face"
        acts = session.exec(select(AuditEvent).where(AuditEvent.action == "case.merged")).all()
    assert {event.reference for event in acts} == {kept, dropped}
    listed = json.loads(homeward("case", "list", "--json").stdout)
    assert [case.get("merged_into") for case in listed] == [None, kept]


def _bought(story: Story, kept: str, dropped: str) -> tuple[str, ...]:
    story.reference = dropped
    corrections.declare(
        dropped, wish=Wish.return_home, language="ko", reader="x", declared_at=now(), officer=story.coordinator
    )
    story.sits_for_a_portrait()
    story.begins()
    story.comes_to(Step.booking)
    return kept, dropped, "--reason", "x"


def _merged_already(story: Story, kept: str, dropped: str) -> tuple[str, ...]:
    merging.merge(kept, dropped, reason="x", officer=story.coordinator)
    return kept, dropped, "--reason", "x"


def _in_a_circle(story: Story, kept: str, dropped: str) -> tuple[str, ...]:
    merging.merge(kept, dropped, reason="x", officer=story.coordinator)
    return dropped, kept, "--reason", "x"


def _keeper_of_another(story: Story, kept: str, dropped: str) -> tuple[str, ...]:
    merging.merge(kept, dropped, reason="x", officer=story.coordinator)
    third = story.opens(a_person())
    return third, kept, "--reason", "x"


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (lambda _, kept, dropped: (kept, kept, "--reason", "x"), 1, "into itself"),
        (lambda _, kept, dropped: (kept, dropped, "--reason", " "), 2, "reason is empty"),
        (lambda _, kept, dropped: (kept, "KHM-2026-9999", "--reason", "x"), 2, "No case has the reference"),
        (_bought, 1, "reserved, bought or issued"),
        (_merged_already, 1, "is merged into"),
        (_in_a_circle, 1, "is merged into"),
        (_keeper_of_another, 1, "unmerge it first"),
    ],
)
def test_a_merge_that_would_lose_something_is_refused(
    signed_in: Story, two: tuple[str, str], *, words: Callable[..., tuple[str, ...]], code: int, why: str
) -> None:
    named = words(signed_in, *two)
    merges = len(merging.standing())

    done = homeward("case", "merge", *named)

    assert (done.exit_code, why in done.stderr) == (code, True), done.stderr
    assert len(merging.standing()) == merges


def test_what_was_told_apart_is_not_proposed_again(signed_in: Story) -> None:
    person = a_person()
    kept = signed_in.opens(person, passport_number=None, next_of_kin_phone="+82-10-1234-5678")
    dropped = signed_in.opens(person, passport_number=None, next_of_kin_phone="010-1234-5678")

    def proposed() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(homeward("case", "duplicates", "--json").stdout)
        return found

    assert proposed() == [{"case": dropped, "may_be": kept, "because": ANY}]
    homeward("case", "merge", kept, dropped, "--reason", "x")
    assert proposed() == []
    homeward("case", "unmerge", dropped)
    assert proposed() == []
    assert homeward("case", "unmerge", dropped).exit_code == 1


def test_erasing_a_person_erases_what_was_merged_into_their_case(signed_in: Story, tmp_path: Path) -> None:
    person = a_person()
    taken = take_in(tmp_path, row_of(person), row_of(person, found_at="Bavet"))
    kept, dropped = [row["reference"] for row in taken["rows"]]
    merging.merge(kept, dropped, reason="x", officer=signed_in.coordinator)
    signed_in.reference = kept
    signed_in.declares(Wish.return_home)
    signed_in.sits_for_a_portrait()
    signed_in.begins()
    signed_in.comes_home()
    registrar = signed_in.deciders[Role.registrar]

    def erase(reference: str) -> None:
        code = officers.drill_code(registrar)
        erasure.erase(reference, reason=ErasureReason.person_asked, officer_number=registrar, code=code)

    with pytest.raises(case_file.Refused, match="is merged into"):
        erase(dropped)
    erase(kept)

    with case_file.transaction() as session:
        for row in session.exec(select(IntakeRow)):
            assert row.person_id is not None
            assert row.row_sealed is not None
            with pytest.raises(vault.Erased):
                vault.open_(session, row.person_id, "intake_row", row.row_sealed)
    again = json.loads(homeward("intake", str(next(tmp_path.glob("list-*.csv"))), "--json").stdout)
    assert [row["outcome"] for row in again["rows"]] == ["known", "known"], "the same list brings nobody back"
