"""
Need to know: who finds which facts of a person behind which door, from the first question to home.

One person in whose every field something stands that stands nowhere else. An officer of each role opens every door at
every question, and what they find is compared with the table: nothing more, and nothing less.
"""

import html
import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from deployments.cli.main import app
from deployments.desk import language
from deployments.desk.session import COOKIE
from deployments.stack.ground import write_private
from models.case import Step
from models.decision import Outcome, ReasonCode
from models.funding import CostKind, Payer
from models.host_clearance import HostItem, HostState
from models.money import Money
from models.officer import Role
from models.paper import PaperKind
from models.person import Category, Language
from models.representation import Relation
from models.travel_document import TravelDocument
from tasks import care, case_file, contacts, corrections, decisions, exports, host_clearance, officers, screening
from tasks import situation as situations
from tasks.clock import now
from tasks.settings import Location
from tests.journeys.story import Story, a_person
from tests.papers.reading import words_of

COORDINATOR, VERIFYING, LOOKOUT = Role.coordinator, Role.verifying_officer, Role.lookout_officer
AUTHORISING, TRAVEL, FUNDING = Role.authorising_officer, Role.travel_officer, Role.funding_officer
ISSUING, RECEIVING, DUTY = Role.issuing_officer, Role.receiving_officer, Role.duty_officer
REVIEWING, LIAISON, BORDER = Role.reviewing_officer, Role.host_liaison, Role.border_partner
REGISTRAR, HEAD, SCREENING = Role.registrar, Role.head_of_consular_affairs, Role.screening_officer

OURS = {
    COORDINATOR, VERIFYING, LOOKOUT, AUTHORISING, TRAVEL, FUNDING, ISSUING, RECEIVING, DUTY, REVIEWING, REGISTRAR, HEAD,
    SCREENING,
}  # fmt: skip
"""Officers of the Republic; those of other countries see exit papers and times, or one document."""

ATTENDS = {COORDINATOR, VERIFYING}
AT_NIGHT = DUTY
"""Who may decide alone sees what they would decide: the document, the seats, their cost and the release."""

CASE, PAGE, EVIDENCE, INBOX = "case show --json", "case page", "evidence page", "inbox"
PORTRAIT, BOARD, REPORTS, EXPORTS = "portrait", "board", "reports", "exports"
PAPERS, SEARCH, RECORDS, EXITS = "papers", "search", "records", "exits"

Table = dict[str, dict[str, set[Role]]]


def shown_with(*roles: Role) -> dict[str, set[Role]]:
    """Facts of one question: whoever may look at it finds them at three doors, and whoever decides it in the inbox."""
    return {CASE: {*roles}, EVIDENCE: {*roles}, INBOX: {*roles} - {COORDINATOR, AT_NIGHT}}


TABLE: Table = {
    # What happened to the person is for nobody's page; it leaves the vault with the archive of the whole case alone.
    "story": {},
    "screening interview": {RECORDS: {COORDINATOR, SCREENING}},
    "where they are": {CASE: ATTENDS, PAGE: ATTENDS},
    # Who examined a sick person, and that they are sick: who plans the journey, and who meets them.
    "doctor": {**shown_with(COORDINATOR, TRAVEL, AT_NIGHT), PAPERS: {COORDINATOR, VERIFYING, TRAVEL, RECEIVING}},
    "sickness": {
        CASE: {COORDINATOR, VERIFYING, TRAVEL, RECEIVING, HEAD},
        PAGE: {COORDINATOR, VERIFYING, TRAVEL, RECEIVING, HEAD},
        EVIDENCE: {COORDINATOR, RECEIVING},
        INBOX: {TRAVEL, RECEIVING},
        PAPERS: {COORDINATOR, RECEIVING},
        SEARCH: {COORDINATOR, VERIFYING, TRAVEL, RECEIVING, HEAD},
        RECORDS: {COORDINATOR, VERIFYING},
    },
    # Whether a doctor's word covers the flight is a condition of the release, so whoever signs it reads that much.
    "clearance to fly": shown_with(COORDINATOR, TRAVEL, ISSUING, AT_NIGHT),
    "what it costs": {
        **shown_with(COORDINATOR, FUNDING, AT_NIGHT), PAGE: {COORDINATOR, FUNDING}, PAPERS: {COORDINATOR, FUNDING},
    },
    "what the family paid": {**shown_with(COORDINATOR, FUNDING, AT_NIGHT), PAPERS: {COORDINATOR, FUNDING}},
    "why the family paid": {},
    "next of kin": {RECORDS: ATTENDS},
    "telephone of the next of kin": {},
    "portrait": {
        PORTRAIT: {COORDINATOR, LOOKOUT, VERIFYING, AUTHORISING, TRAVEL, FUNDING, ISSUING, RECEIVING, AT_NIGHT},
        PAGE: ATTENDS,
    },
    "registry record": {CASE: {COORDINATOR, LOOKOUT, VERIFYING}, EVIDENCE: {COORDINATOR, LOOKOUT, VERIFYING},
                        INBOX: {LOOKOUT, VERIFYING}},
    "entry in a lookout list": {CASE: {COORDINATOR, LOOKOUT, VERIFYING}, EVIDENCE: {COORDINATOR, LOOKOUT, VERIFYING},
                                INBOX: {LOOKOUT, VERIFYING}},
    "personal number": {},
    "passport number": {},
    "number of the document": {
        **shown_with(COORDINATOR, AUTHORISING, ISSUING, RECEIVING, AT_NIGHT),
        PAPERS: OURS | {LIAISON},
        EXITS: {COORDINATOR, LIAISON},
    },
    # Whether the host country lets them go is a risk whoever pays is shown, and a condition of the release.
    "exit permit": {
        **shown_with(COORDINATOR, FUNDING, ISSUING, AT_NIGHT),
        PAPERS: {COORDINATOR, ISSUING, LIAISON},
    },
    # Board and reports count the flights of two days, and a patient's leaves later; a list to sign names its flight.
    "flight": {
        **shown_with(COORDINATOR, TRAVEL, ISSUING, RECEIVING, AT_NIGHT),
        INBOX: {TRAVEL, FUNDING, ISSUING, RECEIVING},
        PAPERS: {COORDINATOR, VERIFYING, AUTHORISING, TRAVEL, FUNDING, ISSUING, RECEIVING, LIAISON},
        EXITS: {COORDINATOR, LIAISON},
    },
    "name": {
        CASE: OURS, PAGE: OURS, SEARCH: OURS,
        EVIDENCE: {COORDINATOR, LOOKOUT, VERIFYING, AUTHORISING, TRAVEL, ISSUING, RECEIVING, AT_NIGHT},
        INBOX: {LOOKOUT, VERIFYING, AUTHORISING, TRAVEL, ISSUING, RECEIVING},
        PAPERS: OURS | {LIAISON},
        EXPORTS: {COORDINATOR},
    },
    "an officer's own words": {CASE: {COORDINATOR}, EVIDENCE: {COORDINATOR}, INBOX: {COORDINATOR}},
}  # fmt: skip
"""Which roles find which facts behind which door at some question of the journey; where a door is left out, nobody."""

STORY, PLACE, KEEPER = "Held on the Uiopas floor", "Zyxwvut compound", "Qwertz ward"
DOCTOR, INTERPRETER, KIN, PHONE = "Hjklas infirmary", "Tyuiop interpreter", "Bnmvcx Aunt", "+82-10-7391-5526"
PURPOSE, PERMIT, SAID, OPERATION = "Vexiljor hostel", "EXQ-77123", "Ghjkqw remark", "khm-2026-11"
SEES_EVERYTHING = Step.handoff
"""Where the doors are opened too that show the same whatever is asked: every paper is made, and the document is out."""


def planted(story: Story) -> dict[str, tuple[str, ...]]:
    """What each group of facts looks like where it is found."""
    person = story.person
    with case_file.transaction() as session:
        document = case_file.open_document(session, story.reference)
        booking = case_file.live_booking(session, story.reference)
    return {
        "story": (STORY, "Uiopas"),
        "screening interview": (INTERPRETER, "electric_shock"),
        "where they are": (PLACE, KEEPER),
        "doctor": (DOCTOR,),
        "sickness": ("needs medical care", '"patient"', "patient", "medical care"),
        "clearance to fly": ("fit to fly until",),
        "what it costs": ("7,319.47", "7319.47"),
        "what the family paid": ("518.23",),
        "why the family paid": ("Vexiljor",),
        "next of kin": (KIN, "Bnmvcx"),
        "telephone of the next of kin": (PHONE, "7391-5526", "73915526"),
        "registry record": (person["person_id"],),
        "entry in a lookout list": ("reported_missing", "reported missing"),
        "personal number": (person["personal_number"], person["personal_number"].replace("-", "")),
        "passport number": (person["passport"]["number"],),
        "number of the document": (document.number,) if isinstance(document, TravelDocument) else (),
        "exit permit": (PERMIT,),
        "flight": (booking.route.segments[0].flight_number,) if booking else (),
        "name": (person["surname_hangul"] + person["given_hangul"], person["given_latin"]),
        "an officer's own words": (SAID,),
    }


@cache
def text_of(pdf: bytes) -> str:
    """The words of a paper that many officers open."""
    return words_of(pdf)


@dataclass
class Walk:
    """An officer of each role, who opens door after door and keeps what they find."""

    story: Story
    desk: httpx.Client
    found: Table = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    report: int = 0
    """Number of a situation report."""
    export: int = 0
    """Number of a list that was let go out."""

    def around(self, *, everywhere: bool) -> None:
        """Open the doors with an officer of every role; everywhere, or where a question shows what it is about."""
        looked_for = planted(self.story)
        for role in Role:
            officer = self.story.officer(role)
            self.desk.cookies.clear()
            self.desk.cookies.set(COOKIE, officers.open_session(officer, door="desk"))
            # The marks are English.
            self.desk.cookies.set(language.COOKIE, Language.english.value)
            write_private(Location().cli_session_file, officers.open_session(officer, door="cli"))
            for door, said in [*self._of_the_question(), *(self._of_the_case() if everywhere else ())]:
                assert "Internal Server Error" not in said, (role, door)
                for group, marks in looked_for.items():
                    if any(mark in said for mark in marks):
                        self.found[group][door].add(role)
            for door, path in ((PORTRAIT, "evidence"), (PAGE, "cases")):
                shown = self.desk.get(f"/{path}/{self.story.reference}/portrait")
                if shown.status_code == 200:
                    assert shown.content[:3] == b"\xff\xd8\xff"
                    self.found["portrait"][door].add(role)

    def _of_the_question(self) -> Iterator[tuple[str, str]]:
        reference = self.story.reference
        yield CASE, self._command("case", "show", reference, "--json")
        yield INBOX, self._command("inbox", "--json")
        yield INBOX, self._command("sheets", "--json")
        yield (EXITS if "Exits" in (said := self._page("/")) else INBOX), said
        yield PAGE, self._page(f"/cases/{reference}")
        yield EVIDENCE, self._page(f"/evidence/{reference}")

    def _of_the_case(self) -> Iterator[tuple[str, str]]:
        reference, person = self.story.reference, self.story.person
        yield BOARD, self._page("/board")
        yield REPORTS, self._page("/reports") + self._paper(f"/reports/{self.report}")
        yield SEARCH, self._page(f"/cases?q={person['given_latin'][:6]}")
        yield SEARCH, self._command("case", "list", "--json")
        yield EXPORTS, self._page("/exports") + self._page(f"/exports/{self.export}/csv")
        yield EXPORTS, self._workbook(f"/exports/{self.export}/xlsx")
        yield PAPERS, self._page(f"/papers/{reference}")
        for kind in PaperKind:
            yield PAPERS, self._paper(f"/papers/{reference}/{kind.value}")
        yield EXITS, self._command("documents", "exits", "--json")
        yield EXITS, self._page("/exits")
        for words in (
            "case categories", "contact list", "representative list", "screening show", "audit who",
        ):  # fmt: skip
            yield RECORDS, self._command(*words.split(), reference, "--json")
        for page in ("screening", "contacts", "representatives", "categories"):
            yield RECORDS, self._page(f"/cases/{reference}/{page}")
        yield RECORDS, self._command("contact", "phone", reference, "1", "alive", "--json")

    def _command(self, *words: str) -> str:
        done = CliRunner().invoke(app, list(words))
        assert done.exit_code in (0, 1), (words, done.output, done.exception)
        return str(done.output)

    def _page(self, path: str) -> str:
        reply = self.desk.get(path)
        assert reply.status_code < 500, (path, reply.text)
        # Nobody reads addresses and classes; what an attribute says to a person does count.
        return html.unescape(re.sub(r'\s(?:href|src|class|hx-\w+|action)="[^"]*"', "", reply.text))

    def _paper(self, path: str) -> str:
        reply = self.desk.get(path)
        assert reply.status_code < 500, (path, reply.text)
        return text_of(reply.content) if reply.content.startswith(b"%PDF") else reply.text

    def _workbook(self, path: str) -> str:
        reply = self.desk.get(path)
        if not reply.content.startswith(b"PK"):
            return reply.text
        with zipfile.ZipFile(io.BytesIO(reply.content)) as book:
            return "\n".join(book.read(name).decode() for name in book.namelist())


@pytest.fixture
def walk(story: Story, desk: httpx.Client, sealing: Path) -> Walk:
    """A patient whom the missing-persons list knows, with something planted in every field."""
    del sealing
    coordinator = story.officer(Role.coordinator)
    story.opens(
        a_person(lookout="reported_missing"), categories=(Category.patient,), story=STORY, place=PLACE, keeper=KEEPER,
        operation=OPERATION,
    )  # fmt: skip
    contacts.add(story.reference, relation=Relation.sibling, name=KIN, phone=PHONE, officer=coordinator)
    screening.record(
        story.reference, indicators=("electric_shock", "quotas", "sold_on"), language=Language.korean,
        interpreter=INTERPRETER, screened_at=now(), officer=story.officer(Role.screening_officer),
    )  # fmt: skip
    care.clear_to_fly(
        story.reference, fit=True, given_by=DOCTOR, examined_at=now(), valid_until=now().add(days=9),
        officer=story.coordinator,
    )  # fmt: skip
    corrections.note_cost(
        story.reference, kind=CostKind.medical, amount=Money.parse("7319.47", "USD"), officer=story.coordinator
    )
    corrections.note_private_payment(
        story.reference, payer=Payer.family, payer_officer=None, amount=Money.parse("518.23", "USD"), purpose=PURPOSE,
        paid_at=now(), reported_at=now(), officer=story.coordinator,
    )  # fmt: skip
    host_clearance.record(
        story.reference, HostItem.exit_permit, state=HostState.granted, told_by="airport immigration", told_at=now(),
        number=PERMIT, officer=story.coordinator,
    )  # fmt: skip
    walk = Walk(story, desk)
    walk.export = exports.ask(coordinator, purpose="seats on the charter of Friday", operation=OPERATION).number
    head = story.officer(Role.head_of_consular_affairs)
    exports.release(walk.export, officer=head, code=officers.drill_code(head.number))
    return walk


def has_more_said(story: Story) -> None:
    """The examiner asks in words of their own, and the coordinator is shown them."""
    asked = replace(story.answer(Outcome.ask, ReasonCode.evidence_missing), reason=SAID)
    decisions.record(story.reference, Step.verification.value, asked)
    story.wakes()
    story.goes_on()
    assert story.waits_at() is Step.help


def test_every_role_finds_behind_every_door_what_its_duty_needs_and_nothing_else(walk: Walk) -> None:
    story = walk.story
    story.begins()
    asked = []
    while (step := story.waits_at()) is not None:
        asked.append(step)
        if step is SEES_EVERYTHING:
            walk.report = situations.make(by=story.coordinator).number
        walk.around(everywhere=step is SEES_EVERYTHING)
        if step is Step.verification and Step.help not in asked:
            has_more_said(story)
        else:
            story.decides()
    walk.around(everywhere=False)

    assert set(asked) == set(Step) - {Step.ending}, "every question was looked at"
    found, allowed = cells(walk.found), cells(TABLE)
    wrong = [f"found, and not needed: {cell}" for cell in sorted(found - allowed)]
    wrong += [f"needed, and not found: {cell}" for cell in sorted(allowed - found)]
    assert not wrong, "\n".join(wrong)


def cells(table: Table) -> set[str]:
    """A table as its single cells, so that a difference names them."""
    return {
        f"{group} · {door} · {role.value}"
        for group, doors in table.items()
        for door, roles in doors.items()
        for role in roles
    }


def test_the_table_speaks_of_every_role() -> None:
    named = {role for doors in TABLE.values() for roles in doors.values() for role in roles}

    assert named | {BORDER} == set(Role), "a new role stands in the table, or sees nothing"
