"""The cover page: where the case is now, what comes next, who decides, by when, and what has happened."""

from sqlmodel import Session, col, select

from models.case import RepatriationCase, Stage, Step, TimelineEntry, local_zone, next_step
from models.officer import Officer
from models.paper import Paper, PaperKind, may_read
from models.person import Person
from tasks import case_file, decisions
from tasks.clock import now
from tasks.papers import cover
from tasks.paperwork import pack, shelf
from tasks.paperwork.shelf import is_specimen

_NEXT = {
    Step.lookout: "Decide on a hit in the lookout lists",
    Step.verification: "Confirm who the person is",
    Step.authorise: "Authorise the travel document",
    Step.booking: "Agree to the flights",
    Step.funding: "Approve the cost",
    Step.release: "Release the travel document",
    Step.handoff: "Receive the person on landing",
    Step.help: "Say how to go on: try again, go back, or stop",
    Step.ending: "Undo what was done for the journey",
}


def listed(reference: str) -> list[shelf.Listed]:
    """Return the papers on the shelf in the order of their kinds; the cover page is brought up to date first."""
    _refresh_cover(reference)
    return shelf.listed(reference)


def listed_for(officer: Officer, reference: str) -> list[shelf.Listed]:
    """Return the current papers an officer's duty needs, with their numbers; the reading is audited."""
    shelf.refuse_abroad(officer, reference)
    pack.refresh_readable(reference, officer)
    papers = [paper for paper in listed(reference) if may_read(officer, paper.kind)]
    with case_file.transaction() as session:
        case, ids = case_file.load(session, reference), {"purpose": "list of papers"}
        case_file.note(session, "papers.read", actor=officer.number, about=case, ids=ids)
    return papers


def not_made(officer: Officer, reference: str) -> dict[PaperKind, str]:
    """Return why each paper of the pack that the officer's duty needs does not exist, in one sentence each."""
    shelf.refuse_abroad(officer, reference)
    return pack.not_made(reference, officer)


def read(reference: str, kind: PaperKind, *, officer: Officer) -> tuple[Paper, bytes] | None:
    """
    Return a current paper with its bytes, as `shelf.read`; the cover and the pack are brought up to date first.

    Raises:
        pack.NotMade: the case needs or allows no such paper, and why.
    """
    shelf.refuse_abroad(officer, reference)
    if may_read(officer, kind):
        if kind is PaperKind.cover:
            _refresh_cover(reference)
        elif kind in pack.PACK:
            pack.refresh(reference, kind)
    return shelf.read(reference, kind, officer=officer)


def _refresh_cover(reference: str) -> None:
    """Store a cover page that shows the case as it is; one that shows the same is kept, as its bytes are the same."""
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        shelf.store(session, case, PaperKind.cover, cover.render(_content(session, case)))


def _content(session: Session, case: RepatriationCase) -> cover.CoverContent:
    step = next_step(case_file.facts(session, case, at=now()))
    asking = decisions.open_asking(session, case.reference)
    hangul, latin = _names(session, case)
    timeline = session.exec(
        select(TimelineEntry).where(TimelineEntry.reference == case.reference).order_by(col(TimelineEntry.id))
    ).all()
    papers = session.exec(
        select(Paper)
        .where(
            Paper.reference == case.reference,
            col(Paper.superseded_at).is_(None),
            # Everybody reads the cover, and that one of the pack exists tells what the person is.
            col(Paper.kind).not_in([PaperKind.cover, *pack.PACK]),
        )
        .order_by(col(Paper.made_at))
    ).all()
    asked = [asking.asked_at] if asking else []
    changed_at = max(case.moved_at, *asked, *(e.recorded_at for e in timeline), *(p.made_at for p in papers))
    return cover.CoverContent(
        reference=case.reference,
        name_hangul=hangul,
        name_latin=latin,
        status=case.status,
        progress=_progress(case, _stage_of(session, case, step)),
        next_step=_NEXT[step] if step else "Nothing: the journey is over",
        decides=asking.role if asking else None,
        due_at=asking.due_at if asking else None,
        owner=case.owner,
        next_contact_due_at=case_file.whereabouts(session, case.person_id).next_contact_due_at,
        events=tuple(cover.Event(at=entry.happened_at, words=entry.words) for entry in timeline),
        papers=tuple(
            cover.PaperMark(kind=p.kind.value, number=shelf.number_of(session, p), sha256=p.sha256) for p in papers
        ),
        moment=changed_at,
        local_zone=local_zone(case.reference),
        specimen=is_specimen(),
    )


def _names(session: Session, case: RepatriationCase) -> tuple[str, str]:
    identity = case_file.identity(session, case.reference)
    if identity is not None:
        return identity.surname_hangul + identity.given_hangul, f"{identity.surname_latin} {identity.given_latin}"
    person = session.get_one(Person, case.person_id)
    return person.name_hangul or "", person.name_latin or ""


def _stage_of(session: Session, case: RepatriationCase, step: Step | None) -> Stage | None:
    if step is Step.help:
        trouble = case_file.open_trouble(session, case.reference)
        return trouble.step.stage if trouble else None
    return step.stage if step else None


def _progress(case: RepatriationCase, present: Stage | None) -> dict[Stage, cover.Progress]:
    """Return how far each stage is; the document's stage is present twice, to be authorised and to be released."""
    stages = list(Stage)
    if present is None:
        over = cover.Progress.done if case.is_closed and not case.ending else cover.Progress.next
        return dict.fromkeys(stages, over)
    place = stages.index(present)
    return {
        stage: cover.Progress.done if i < place else cover.Progress.now if i == place else cover.Progress.next
        for i, stage in enumerate(stages)
    }
