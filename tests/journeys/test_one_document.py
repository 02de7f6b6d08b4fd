"""Killed anywhere between number, page, signature, storage and status: one number, one document, its bytes and hash."""

import hashlib
import random
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pendulum
import pytest
from sqlmodel import select

from deployments.signer.register import Register
from models.case import CaseStatus, Step
from models.paper import PaperKind
from models.stock import StockState
from models.travel_document import DocumentState, StockNumber, TravelDocument
from tasks import case_file, decisions, doorbell, paperwork, stock, takeover, vault
from tests.deployments.test_verify_file import c40_apart, der, seal_on_paper
from tests.journeys.story import Story
from tests.journeys.test_killed import die_when, taken_over
from tests.papers.test_travel_document import code_lines, independent_digit

SEED = 64


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweep takes over at once."""
    monkeypatch.setattr(takeover, "GRACE", pendulum.duration())


def state_of_number(story: Story) -> StockState | None:
    with case_file.transaction() as session:
        row = session.exec(select(StockNumber).where(StockNumber.reference == story.reference)).first()
        return row.state if row else None


def told_border(story: Story) -> str | None:
    with case_file.transaction() as session:
        document = case_file.open_document(session, story.reference)
        return document.border_status if document else None


def is_signed(signing: Path, story: Story) -> bool:
    with case_file.transaction() as session:
        document = case_file.require_document(session, story.reference)
    return Register(signing).find(document.number) is not None


def stored(story: Story) -> bytes:
    """The bytes of the case's document."""
    with case_file.transaction() as session:
        paper = paperwork.current(session, story.reference, PaperKind.travel_document)
        assert paper is not None
        return vault.open_(session, paper.person_id, f"paper:{paper.kind}", paper.bytes_sealed)


def documents(story: Story) -> list[TravelDocument]:
    with case_file.transaction() as session:
        return list(session.exec(select(TravelDocument).where(TravelDocument.reference == story.reference)))


def assert_true_on_paper(pdf: bytes, trust: Path, to: Path) -> None:
    """What outside tools read on the printed page is one zone with right digits, under a seal the certificate made."""

    def said(*words: str) -> bytes:
        return subprocess.run(words, cwd=to, capture_output=True, check=True).stdout

    (to / "released.pdf").write_bytes(pdf)
    text = said("pdftotext", "-layout", "released.pdf", "-").decode()
    upper, lower = code_lines(re.sub(r"^ +| {2,}.*$", "", text, flags=re.MULTILINE))
    seal = seal_on_paper(to / "released.pdf", to)

    assert c40_apart(seal.split(b"\x02\x30", 1)[1][:48]) == upper + lower
    assert lower[9] == independent_digit(lower[:9])
    assert lower[19] == independent_digit(lower[13:19])
    assert lower[27] == independent_digit(lower[21:27])
    assert lower[35] == independent_digit(lower[:10] + lower[13:20] + lower[21:35])
    (to / "signed").write_bytes(seal[:-66])
    (to / "signature").write_bytes(der(seal[-64:]))
    (to / "key.pem").write_bytes(said("openssl", "x509", "-in", str(trust / "seal-0001.pem"), "-noout", "-pubkey"))
    verified = said("openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "signature", "signed")
    assert verified == b"Verified OK\n"


def assert_whole(story: Story) -> str:
    """The case has one document with its bytes and their hash; return its number."""
    (document,) = documents(story)
    with case_file.transaction() as session:
        paper = paperwork.current(session, story.reference, PaperKind.travel_document)
        assert paper is not None
        assert paper.id == document.paper_id
        assert hashlib.sha256(stored(story)).hexdigest() == paper.sha256
        mine = session.exec(select(StockNumber.number).where(StockNumber.reference == story.reference)).all()
    assert list(mine) == [document.number]
    return document.number


POINTS: dict[str, tuple[Step, tuple[str, str, str], Callable[[Path, Story], bool]]] = {
    # what just happened: the step decided before, where the next call is held up, how it shows
    "number reserved": (
        Step.verification,
        ("document-check", "POST", "delay"),
        lambda _, story: state_of_number(story) is StockState.reserved,
    ),
    "border told of the number": (
        Step.authorise,
        ("border-control", "PUT", "delay"),
        lambda _, story: told_border(story) == "reserved",
    ),
    "page drawn, sealed and signed": (Step.release, ("border-control", "PUT", "delay"), is_signed),
    "stored and marked": (
        Step.release,
        ("receiving-agency", "PUT", "delay"),
        lambda _, story: story.status() is CaseStatus.released,
    ),
}
LONG = ("border told of the number", "stored and marked")


@pytest.mark.parametrize("point", [pytest.param(p, marks=pytest.mark.long) if p in LONG else p for p in POINTS])
def test_killed_at_any_point_the_case_has_one_number_and_one_document(story: Story, signing: Path, point: str) -> None:
    step, (partner, method, kind), has_happened = POINTS[point]
    story.opens()
    story.begins()
    story.comes_to(step)
    story.fault(kind, partner=partner, method=method, seconds=20)
    decisions.record(story.reference, step.value, story.answer())
    assert doorbell.wake(story.reference)

    die_when(story, lambda: has_happened(signing, story))
    before_it_goes_on = [document.state for document in documents(story)]
    story.sandbox.control.delete("/faults").raise_for_status()
    taken_over(story)
    story.comes_home()

    number = assert_whole(story)
    entry = Register(signing).find(number)
    assert entry is not None
    assert len(list((signing / "signed").glob("*.json"))) == 1
    assert (DocumentState.valid in before_it_goes_on) == (point == "stored and marked")
    assert [move.to_state for move in stock.history(number)] == [
        StockState.received, StockState.reserved, StockState.issued, StockState.used, StockState.returned,
    ]  # fmt: skip
    assert stock.standing("KHM").unexplained == ()


def test_a_correction_that_is_open_bars_the_release(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.release)
    decisions.record(story.reference, Step.release.value, story.answer())
    with case_file.transaction() as session:
        case = case_file.load(session, story.reference, lock=True)
        decisions.open_trouble(
            session, case, Step.release, code="asked", words="The birthplace is in doubt; correct it, then go on."
        )

    assert doorbell.wake(story.reference)
    story.goes_on()

    assert story.waits_at() is Step.help
    assert story.status() is CaseStatus.funded
    assert state_of_number(story) is StockState.reserved
    story.comes_after_help()
    assert story.status() is CaseStatus.home


@pytest.mark.parametrize("size", [2, pytest.param(64, marks=pytest.mark.long)])
def test_a_batch_killed_in_the_middle_goes_on_with_no_number_twice(
    story: Story, signing: Path, tmp_path: Path, size: int
) -> None:
    stories = [story, *(Story(story.sandbox) for _ in range(size - 1))]
    for each in stories:
        each.opens()
        each.begins()
        each.comes_to(Step.release)
        decisions.record(each.reference, Step.release.value, each.answer())
        each.wakes()
    killed = random.Random(SEED).randrange(size)

    for place, each in enumerate(stories):
        if place != killed:
            each.goes_on()
            continue
        each.fault("delay", partner="border-control", method="PUT", seconds=20)
        die_when(each, lambda: is_signed(signing, stories[killed]))
        each.sandbox.control.delete("/faults").raise_for_status()
    taken_over(stories[killed])

    issued = [assert_whole(each) for each in stories]
    assert len(set(issued)) == size
    assert len(list((signing / "signed").glob("*.json"))) == size
    stands = stock.standing("KHM")
    assert stands.by_state[StockState.issued] == size
    assert sum(stands.by_state.values()) == stands.received
    assert stands.unexplained == ()
    if missing := [tool for tool in ("pdftotext", "pdftoppm", "openssl") if not shutil.which(tool)]:
        pytest.skip(f"issued once each; not looked at on paper, since {', '.join(missing)} is not on this machine")
    for each in stories:
        assert_true_on_paper(stored(each), signing, tmp_path)
