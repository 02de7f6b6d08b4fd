"""One person comes home, each step decided by a named officer."""

from pathlib import Path

from sqlalchemy import func
from sqlmodel import select

from models.case import CaseStatus, Step
from models.decision import Decision
from models.funding import CostKind
from models.ledger import LedgerPosting
from models.money import Money
from models.paper import PaperKind
from tasks import case_file, corrections, paperwork
from tasks.paperwork.pack import PACK
from tests.journeys.story import Story


def test_a_person_comes_home_with_one_seat_one_document_and_one_receipt(story: Story) -> None:
    story.opens()
    # There is no upper limit: a medical flight of 10^12 won is a cost like any other.
    corrections.note_cost(
        story.reference, kind=CostKind.medical, amount=Money(10**12, "KRW"), officer=story.coordinator
    )
    before = story.sandbox.control.get("/counts").json()
    story.begins()

    story.comes_home()

    after = story.sandbox.control.get("/counts").json()
    assert story.live_orders() == 1
    assert {name: after[name] - before[name] for name in ("payments", "commitments_posted", "receipts")} == {
        "payments": 1, "commitments_posted": 1, "receipts": 1,
    }  # fmt: skip
    assert after["holds_unpaid"] == before["holds_unpaid"]
    assert story.run().state_type == "COMPLETED"
    with case_file.transaction() as session:
        deciders = session.exec(select(Decision.officer)).all()
        sums = session.exec(select(func.sum(LedgerPosting.amount_minor)).group_by(LedgerPosting.currency)).all()
        assert case_file.broken_link(session)[0] is None
    assert len(set(deciders)) == 6
    assert story.coordinator not in deciders
    assert set(sums) == {0}
    kinds = {paper.kind for paper in paperwork.listed(story.reference)}
    assert kinds == set(PaperKind) - set(PACK)


def test_a_case_waiting_for_an_officer_holds_no_process_and_shows_what_it_waits_for(story: Story) -> None:
    story.opens()

    story.begins()

    run = story.run()
    asking = story.question()
    assert run.state_type == "PAUSED"
    assert run.name == story.reference
    assert {"stage:verification", "waits:verifying-officer"} <= set(run.tags)
    assert any(tag.startswith("due:") and tag.endswith("+07:00") for tag in run.tags)
    with case_file.lease(story.reference) as nobody_holds_it:
        assert nobody_holds_it
    assert asking.step is Step.verification


def test_every_paper_can_be_read_back_whole(story: Story, tmp_path: Path) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.handoff)

    listed = paperwork.listed(story.reference)

    assert {p.kind for p in listed} == set(PaperKind) - {PaperKind.handoff_receipt, *PACK}
    assert story.status() is CaseStatus.released
