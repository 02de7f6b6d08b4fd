"""The pack: which papers a case has, for whom, and that they tell nothing they should not."""

import io
import re

import pypdf
import pytest

from models.host_clearance import HostItem, HostState
from models.officer import Officer, Role
from models.paper import Paper, PaperKind
from models.person import Category, CategoryReason
from models.representation import Incapacity
from tasks import case_file, host_clearance, paperwork
from tasks.clock import now
from tests.journeys.story import Story
from tests.papers.reading import texts, words_of
from tests.papers.test_papers import TOLD_BY_NO_PAPER

COMMON = {
    PaperKind.exit_request, PaperKind.declaration, PaperKind.escort_order, PaperKind.handoff_sheet,
    PaperKind.undertaking_to_repay,
}  # fmt: skip


def read(story: Story, kind: PaperKind, role: Role = Role.coordinator) -> tuple[Paper, bytes]:
    found = paperwork.read(story.reference, kind, officer=story.officer(role))
    assert found is not None
    return found


def booked(story: Story, category: Category) -> Story:
    story.opens(categories=(category,))
    story.begins()
    while story.waits_at() is not None and case_file.next_step_of(story.reference).value != "funding":  # type: ignore[union-attr]
        story.decides()
    return story


def kinds(story: Story, officer: Officer) -> set[PaperKind]:
    return {paper.kind for paper in paperwork.listed_for(officer, story.reference)}


def test_a_booked_case_has_its_pack_and_each_officer_only_theirs(story: Story) -> None:
    booked(story, Category.witness)

    assert kinds(story, story.officer(Role.coordinator)) >= COMMON
    assert kinds(story, story.officer(Role.host_liaison)) == {PaperKind.exit_request}
    assert PaperKind.undertaking_to_repay in kinds(story, story.officer(Role.funding_officer))
    assert PaperKind.handoff_sheet not in kinds(story, story.officer(Role.funding_officer))
    for kind in COMMON - {PaperKind.handoff_sheet, PaperKind.escort_order}:
        with pytest.raises(case_file.Refused, match="not among the papers"):
            paperwork.read(story.reference, kind, officer=story.officer(Role.receiving_officer))
    missing = paperwork.not_made(story.officer(Role.coordinator), story.reference)
    assert set(missing) == {PaperKind.fit_to_fly, PaperKind.mortal_remains}


def test_what_is_read_again_is_the_same_paper_until_a_fact_changes(story: Story) -> None:
    booked(story, Category.witness)
    first, pdf = read(story, PaperKind.exit_request)

    again, same = read(story, PaperKind.exit_request)
    host_clearance.record(
        story.reference, HostItem.exit_permit, state=HostState.granted, told_by="airport immigration", told_at=now(),
        number="EP-77120", officer=story.coordinator,
    )  # fmt: skip
    changed, other = read(story, PaperKind.exit_request)

    assert (again.version, same) == (first.version, pdf)
    assert changed.version == first.version + 1
    assert "EP-77120" in words_of(other)
    assert "EP-77120" not in words_of(pdf)
    assert changed.template == 2
    assert "លិខិតស្នើសុំអនុញ្ញាត" in words_of(other).replace(" ", "")


def about_itself(pdf: bytes) -> tuple[object, ...]:
    """What a file tells whoever does not read it: metadata but for case and moment, sizes of pages, fonts."""
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    facts = {name: re.sub(r"KHM-\d{4}-\d+|^D:.*", "", str(value)) for name, value in (reader.metadata or {}).items()}
    fonts = {
        str(font.get_object()["/BaseFont"]).partition("+")[2]
        for each in reader.pages
        for font in each["/Resources"]["/Font"].values()  # type: ignore[index]
    }
    return facts, [tuple(each.mediabox) for each in reader.pages], fonts


def test_the_papers_of_a_victim_and_of_a_suspect_are_alike_and_name_neither(story: Story) -> None:
    suspected = Story(story.sandbox)
    booked(story, Category.presumed_victim)
    booked(suspected, Category.suspect)

    for kind in COMMON:
        (_, one), (_, other) = read(story, kind), read(suspected, kind)
        assert len(texts(one)) == len(texts(other)), kind
        assert about_itself(one) == about_itself(other), kind
        for pdf in (one, other):
            said = words_of(pdf).lower() + pdf.decode("latin-1").lower()
            assert not [word for word in TOLD_BY_NO_PAPER if word in said], kind
    assert "waived" in words_of(read(story, PaperKind.undertaking_to_repay)[1])
    assert "waived: nothing" not in words_of(read(suspected, PaperKind.undertaking_to_repay)[1])


def test_not_a_byte_of_a_paper_changes_when_its_holder_becomes_a_suspect_or_a_victim(story: Story) -> None:
    booked(story, Category.witness)
    alike = COMMON - {PaperKind.undertaking_to_repay}
    before = {kind: read(story, kind)[1] for kind in alike}

    story.becomes(Category.suspect, CategoryReason.authority_told)
    suspected = {kind: read(story, kind)[1] for kind in alike}
    story.becomes(Category.presumed_victim, CategoryReason.reasonable_grounds)
    exploited = {kind: read(story, kind)[1] for kind in alike}

    assert before == suspected == exploited


def test_an_undertaking_is_taken_back_from_whoever_turns_out_not_to_sign(story: Story) -> None:
    booked(story, Category.witness)
    read(story, PaperKind.undertaking_to_repay, Role.funding_officer)

    story.has_a_representative(Incapacity.cannot_understand)

    with pytest.raises(paperwork.NotMade, match="asked for none"):
        paperwork.read(story.reference, PaperKind.undertaking_to_repay, officer=story.officer(Role.funding_officer))
    assert PaperKind.undertaking_to_repay not in kinds(story, story.officer(Role.funding_officer))
