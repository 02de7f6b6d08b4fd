"""Without a line: the signed status list says which numbers are good for nothing, and tells no number."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deployments.cli.main import app
from deployments.signer.ceremony import export
from deployments.signer.folder import read_folder
from models.case import Step
from models.paper import PaperKind
from tasks import case_file, losses, paperwork, vault
from tasks.clock import now
from tasks.papers.seal.trust import TrustStore
from tasks.signing import signed_status_list
from tasks.status_list import SIZE, StatusListUnusable, opened
from tests.journeys.story import Story


@pytest.fixture
def trust(story: Story, signing: Path, tmp_path: Path) -> Path:
    """A folder of trust as a border post has it."""
    del story
    folder = tmp_path / "trust"
    export(read_folder(signing, drill=True), folder)
    return folder


def test_a_stolen_document_is_out_of_use_offline_and_another_is_not(story: Story, trust: Path, tmp_path: Path) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.handoff)
    with case_file.transaction() as session:
        paper = paperwork.current(session, story.reference, PaperKind.travel_document)
        assert paper is not None
        page = tmp_path / "page.pdf"
        page.write_bytes(vault.open_(session, paper.person_id, f"paper:{paper.kind}", paper.bytes_sealed))
        number = case_file.require_document(session, story.reference).number
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    before.write_bytes(signed_status_list())
    losses.report(number, stolen=True, lost_on=None, place=None, officer=story.coordinator)
    after.write_bytes(signed_status_list())

    def verified(status_list: Path) -> dict[str, str | None]:
        words = ["documents", "verify", str(page), "--trust", str(trust), "--status-list", str(status_list), "--json"]
        told: dict[str, str | None] = json.loads(CliRunner().invoke(app, words).stdout)
        return told

    assert verified(before) == {
        "status": "VALID", "sub_indication": None, "pdf_signature": "VALID", "status_list": "NOT_LISTED",
    }  # fmt: skip
    assert verified(after) == {
        "status": "INVALID", "sub_indication": None, "pdf_signature": "VALID", "status_list": "OUT_OF_USE",
    }  # fmt: skip
    assert number.encode() not in after.read_bytes()


def test_lists_are_of_one_size_and_say_nothing_about_each_other(story: Story, trust: Path) -> None:
    del story
    store, today = TrustStore.load(trust, takes_specimens=True), now().date()

    one, other = (opened(signed_status_list(), trust=store, at=today) for _ in range(2))

    assert len(one.entries) == len(other.entries) == SIZE
    assert not one.entries & other.entries


def test_a_list_that_was_changed_or_that_a_stranger_signed_is_refused(story: Story, trust: Path) -> None:
    del story
    store, today = TrustStore.load(trust, takes_specimens=True), now().date()
    told = json.loads(signed_status_list())

    for name, odd in (
        ("salt", "00" * 32), ("entries", told["entries"][1:]), ("until", told["made_at"]), ("signature", "AAAA"),
        ("signer", "x"), ("kind", "another"), ("more", 1),
    ):  # fmt: skip
        with pytest.raises(StatusListUnusable):
            opened(json.dumps({**told, name: odd}).encode(), trust=store, at=today)
    with pytest.raises(StatusListUnusable):
        opened(b"{}", trust=store, at=today)
    with pytest.raises(StatusListUnusable, match="vouches"):
        opened(json.dumps(told).encode(), trust=TrustStore.load(trust, takes_specimens=False), at=today)
    with pytest.raises(StatusListUnusable, match="vouches"):
        opened(json.dumps(told).encode(), trust=store, at=today + timedelta(days=4000))
