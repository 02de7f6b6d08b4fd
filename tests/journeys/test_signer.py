"""The signer in a journey: what it believes, what it refuses, and that one number carries one document, ever."""

import hashlib
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlmodel import col, select
from typer.testing import CliRunner

from deployments.cli.main import app
from deployments.signer import ceremony, service
from deployments.signer.folder import Use, read_folder
from deployments.signer.register import Entry, Register
from models.audit import AuditEvent
from models.case import Step, Trouble
from models.decision import Decision, Outcome, Proposal, ReasonCode
from models.officer import Role
from models.paper import Paper, PaperKind
from models.travel_document import DocumentState
from tasks import case_file, decisions, doorbell, vault
from tasks import signing as client
from tasks.clock import now
from tasks.papers.travel_document import render
from tasks.partners.errors import PartnerRefused, PartnerUnavailable
from tasks.settings import settings
from tests.journeys.story import Story


@pytest.fixture
def at_release(story: Story) -> Story:
    """A case whose page waits for its issuing officer."""
    story.opens()
    story.begins()
    story.comes_to(Step.release)
    return story


@pytest.fixture
def approved(at_release: Story) -> Story:
    """A case whose page was approved, and whose run has not heard of it."""
    decisions.record(at_release.reference, Step.release.value, at_release.answer())
    return at_release


@pytest.fixture
def owner(story: Story) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """The case database in the hands of whoever owns it, with no trigger in the way."""
    del story
    address = case_file.engine().url.set(username="homeward_owner").render_as_string(hide_password=False)
    with psycopg.connect(address.replace("+psycopg", ""), autocommit=True) as connection:
        yield connection


def proposed(story: Story) -> Proposal:
    with case_file.transaction() as session:
        found = decisions.live(session, story.reference, Step.release)
    assert found is not None
    return found


def ask(story: Story) -> bytes:
    return client.signed_document(story.reference, proposed(story).id)


def number_of(story: Story) -> str:
    with case_file.transaction() as session:
        return case_file.require_document(session, story.reference).number


def state_of(story: Story) -> DocumentState:
    with case_file.transaction() as session:
        return case_file.require_document(session, story.reference).state


def released(story: Story) -> tuple[str, bytes] | None:
    """The hash and the bytes of the released document."""
    with case_file.transaction() as session:
        paper = session.exec(
            select(Paper).where(
                Paper.reference == story.reference,
                Paper.kind == PaperKind.travel_document,
                col(Paper.superseded_at).is_(None),
            )
        ).first()
        if paper is None:
            return None
        return paper.sha256, vault.open_(session, paper.person_id, f"paper:{paper.kind}", paper.bytes_sealed)


def signatures_noted(story: Story) -> list[AuditEvent]:
    with case_file.transaction() as session:
        noted = select(AuditEvent).where(
            AuditEvent.action == "document.signed", AuditEvent.reference == story.reference
        )
        return list(session.exec(noted))


def entry_of(signing: Path, story: Story) -> Entry:
    entry = Register(signing).find(number_of(story))
    assert entry is not None
    return entry


def verdict(pdf: bytes, signing: Path, to: Path) -> dict[str, str]:
    ceremony.export(read_folder(signing, drill=True), to / "trust")
    (to / "document.pdf").write_bytes(pdf)
    words = ["documents", "verify", str(to / "document.pdf"), "--trust", str(to / "trust"), "--json"]
    told: dict[str, str] = json.loads(CliRunner().invoke(app, words).stdout)
    return told


def test_what_is_released_is_sealed_signed_remembered_and_audited(
    approved: Story, signing: Path, tmp_path: Path
) -> None:
    assert doorbell.wake(approved.reference)
    approved.goes_on()

    assert approved.waits_at() is Step.handoff, approved.timeline()
    stored = released(approved)
    assert stored is not None
    assert verdict(stored[1], signing, tmp_path) == {
        "status": "VALID", "sub_indication": None, "pdf_signature": "VALID",
    }  # fmt: skip
    entry, (event,) = entry_of(signing, approved), signatures_noted(approved)
    assert entry.sha256 == stored[0] == hashlib.sha256(stored[1]).hexdigest()
    assert (event.actor, event.fields["sha256"]) == ("signer", stored[0])
    assert (event.fields["seal_signer"], event.fields["page_signer"]) == ("1", "2")
    kept = (signing / "signed" / f"{entry.number}.json").read_text()
    for part in ("surname_hangul", "given_hangul", "born_on", "personal_number"):
        assert approved.person[part] not in kept


def test_asked_again_it_gives_the_very_same_document(approved: Story, signing: Path) -> None:
    first, second = ask(approved), ask(approved)

    assert first == second
    assert len(list((signing / "signed").iterdir())) == 1
    assert len(signatures_noted(approved)) == 1


def test_dead_between_its_register_and_the_audit_trail_it_makes_no_second_signature(
    approved: Story, signing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as deadly:
        deadly.setattr(service, "_note_once", dies)
        with pytest.raises(Exception, match=r"failed \(RuntimeError at"):
            ask(approved)
    kept = entry_of(signing, approved)
    assert signatures_noted(approved) == []

    document = ask(approved)

    assert hashlib.sha256(document).hexdigest() == kept.sha256
    assert len(signatures_noted(approved)) == 1


def test_fifty_approvals_at_one_instant_yield_one_decision_and_one_document(at_release: Story, signing: Path) -> None:
    """Travel documents, test 10: the examiner's among them counts for nothing, and one of the issuer's counts once."""
    examiner = at_release.deciders[Role.verifying_officer]
    answers = [at_release.answer(), at_release.answer(officer=examiner)]
    begin, refused = threading.Barrier(50), []

    def approves(place: int) -> None:
        begin.wait()
        try:
            decisions.record(at_release.reference, Step.release.value, answers[place % 2])
        except decisions.AnswerRefused as refusal:
            refused.append(str(refusal))

    threads = [threading.Thread(target=approves, args=(place,)) for place in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    documents = [ask(at_release) for _ in range(3)]

    with case_file.transaction() as session:
        given = select(Decision.officer).where(
            Decision.reference == at_release.reference, Decision.step == Step.release
        )
        assert session.exec(given).all() == [at_release.deciders[Role.issuing_officer]]
    assert len(refused) == 49
    assert len(set(documents)) == 1
    assert len(list((signing / "signed").iterdir())) == 1


# Travel documents, test 3 and 10: what was not approved by two persons on exactly these bytes is not signed.


def test_before_the_decision_nothing_is_signed(at_release: Story, signing: Path) -> None:
    with pytest.raises(PartnerRefused, match="nobody approved it"):
        ask(at_release)

    assert list((signing / "signed").iterdir()) == []


def test_only_a_proposal_for_release_of_that_very_case_is_signed(approved: Story, signing: Path) -> None:
    with case_file.transaction() as session:
        other = session.exec(select(Proposal.id).where(Proposal.step == Step.authorise)).one()

    for reference, proposal_id, why in (
        (approved.reference, other, "nothing was proposed for release"),
        (approved.reference, uuid4(), "nothing was proposed for release"),
        ("KHM-2026-9999", proposed(approved).id, "KHM-2026-9999"),
    ):
        with pytest.raises(PartnerRefused, match=why):
            client.signed_document(reference, proposal_id)
    assert list((signing / "signed").iterdir()) == []


RELEASE = "step = 'travel_document.release'"
FORGERIES: dict[str, tuple[str, str, str, str]] = {
    # table, what is written into it, where, and what the signer says
    "the examiner put in the issuer's place": (
        "decision", "officer = (SELECT officer FROM decision WHERE step = 'verification')", RELEASE,
        "not in the audit trail",
    ),
    "the issuer put in the examiner's place": (
        "decision", "officer = (SELECT officer FROM decision WHERE step = 'travel_document.release')",
        "step = 'verification'",
        "examiner and issuer must be two officers",
    ),
    "the issuer made the requester": (
        "repatriation_case", "opened_by = (SELECT officer FROM decision WHERE step = 'travel_document.release')",
        "true",
        "whoever opened the case approved it",
    ),
    "an approval of another digest": ("decision", "digest = repeat('0', 64)", RELEASE, "nobody approved it"),
    "another digest under the proposal": (
        "proposal", "digest = repeat('0', 64)", RELEASE, "does not have the digest",
    ),
    "another role": ("decision", "role = 'funding-officer'", RELEASE, "that the policy asks for is missing"),
    "no signature asked for": ("proposal", "places = '[]'", RELEASE, "nobody approved it"),
    "a rejection made an approval": (
        "audit_event", "fields = fields || '{\"outcome\": \"reject\"}'",
        "action = 'decision.recorded' AND fields ->> 'step' = 'travel_document.release'", "not in the audit trail",
    ),
    "another name": (
        "confirmed_identity", "given_latin = 'SUNHEE'", "superseded_at IS NULL", "is not the one that was approved",
    ),
    "another last day": (
        "travel_document", "expires_on = expires_on - 300", "true", "is not the one that was approved",
    ),
    "a document that was voided": ("travel_document", "state = 'void'", "true", "no_document"),
    "a proposal taken away": ("proposal", "superseded_at = now()", RELEASE, "was taken away or has lapsed"),
    "a proposal that lapsed": ("proposal", "valid_until = now()", RELEASE, "was taken away or has lapsed"),
}  # fmt: skip


def test_whoever_owns_the_database_gets_nothing_signed_that_was_not_approved(
    approved: Story,
    signing: Path,
    owner: psycopg.Connection[tuple[object, ...]],
    subtests: pytest.Subtests,
) -> None:
    proposal_id = proposed(approved).id
    # One code signs one decision; whoever owns the database does not mind.
    owner.execute("DROP INDEX one_decision_a_code")
    for forgery, (table, change, where, why) in FORGERIES.items():
        with subtests.test(forgery):
            column = change.partition(" ")[0]
            key = {"audit_event": "seq", "repatriation_case": "reference"}.get(table, "id")
            changed = owner.execute(f"SELECT {key}, to_jsonb({column}) FROM {table} WHERE {where}".encode()).fetchall()  # noqa: S608
            assert len(changed) == 1
            # What refuses the program, whoever owns the database takes away first.
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
            owner.execute(f"UPDATE {table} SET {change} WHERE {where}".encode())  # noqa: S608
            try:
                with pytest.raises(PartnerRefused, match=why):
                    client.signed_document(approved.reference, proposal_id)
            finally:
                was = json.dumps({column: changed[0][1]})
                row = f"(jsonb_populate_record(NULL::{table}, %s)).{column}"
                owner.execute(f"UPDATE {table} SET {column} = {row} WHERE {key} = %s".encode(), (was, changed[0][0]))  # noqa: S608
                owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER".encode())
    assert list((signing / "signed").iterdir()) == []
    assert client.signed_document(approved.reference, proposal_id).startswith(b"%PDF")


# One number carries one document.


def test_a_number_that_was_signed_once_never_carries_another_page(approved: Story, signing: Path) -> None:
    """The page was signed and never released; then its facts changed, and it is proposed anew under the same number."""
    before = number_of(approved)
    ask(approved)
    # Of the same facts in the same second it would be the same page.
    time.sleep(1)
    with case_file.transaction() as session:
        decisions.withdraw(session, approved.reference, Step.release)
    assert doorbell.wake(approved.reference)
    approved.goes_on()
    assert approved.waits_at() is Step.release

    approved.decides()

    assert approved.waits_at() is Step.help, approved.timeline()
    assert "another page was signed under this number before" in trouble(approved)
    assert state_of(approved) is DocumentState.authorised
    approved.decides(Outcome.return_, ReasonCode.wrong_details, to_stage="travel_document")
    approved.comes_to(Step.handoff)
    assert number_of(approved) != before
    assert {file.stem for file in (signing / "signed").iterdir()} == {before, number_of(approved)}


def trouble(story: Story) -> str:
    with case_file.transaction() as session:
        return (
            session.exec(
                select(Trouble.words).where(Trouble.reference == story.reference).order_by(col(Trouble.noted_at).desc())
            ).first()
            or ""
        )


# The signer is down, or may not sign.


def documents_valid(story: Story) -> int:
    counted: int = story.sandbox.control.get("/counts").json()["documents_valid"]
    return counted


def test_without_a_signer_a_person_is_asked_and_nothing_is_half_released(
    at_release: Story, configured: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    address, before = os.environ["HOMEWARD_SIGNER_SOCKET"], documents_valid(at_release)
    configured.setenv("HOMEWARD_SIGNER_SOCKET", str(tmp_path / "nobody.sock"))
    settings.cache_clear()

    at_release.decides()

    assert at_release.waits_at() is Step.help
    assert "The signer does not answer; see that it runs, several times." in trouble(at_release)
    assert (state_of(at_release), released(at_release)) == (DocumentState.authorised, None)
    assert documents_valid(at_release) == before
    configured.setenv("HOMEWARD_SIGNER_SOCKET", address)
    settings.cache_clear()
    at_release.decides()
    assert at_release.waits_at() is Step.handoff, at_release.timeline()
    assert documents_valid(at_release) == before + 1


def test_where_no_signer_is_set_a_person_is_asked(at_release: Story, configured: pytest.MonkeyPatch) -> None:
    configured.delenv("HOMEWARD_SIGNER_SOCKET")
    settings.cache_clear()

    at_release.decides()

    assert at_release.waits_at() is Step.help
    assert "No signer is set" in trouble(at_release)
    assert released(at_release) is None


# Travel documents, test 18: key life.


def test_with_a_revoked_key_nothing_is_released_until_there_is_a_new_one(
    at_release: Story, signing: Path, tmp_path: Path
) -> None:
    for serial in ("1", "2"):
        ceremony.revoke(signing, serial, at=now())

    at_release.decides()

    assert at_release.waits_at() is Step.help
    assert "no key signs a seal now" in trouble(at_release)
    assert list((signing / "signed").iterdir()) == []
    ceremony.renew(signing, at=now())
    at_release.decides()
    assert at_release.waits_at() is Step.handoff, at_release.timeline()
    stored = released(at_release)
    assert stored is not None
    assert verdict(stored[1], signing, tmp_path)["status"] == "VALID"
    assert entry_of(signing, at_release).seal_serial == "3"


def test_revoking_the_key_afterwards_takes_the_document_out_of_trust(
    approved: Story, signing: Path, tmp_path: Path
) -> None:
    document = ask(approved)

    ceremony.revoke(signing, "1", at=now())

    assert verdict(document, signing, tmp_path)["sub_indication"] == "REVOKED_CERTIFICATE"


def test_a_page_that_does_not_verify_is_not_handed_out(
    approved: Story, signing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deployments.signer.service.render", lambda content, **_: render(content))

    with pytest.raises(PartnerRefused, match="does not verify"):
        ask(approved)

    assert list((signing / "signed").iterdir()) == []


def test_a_drills_signer_uses_no_real_authority(approved: Story, configured: pytest.MonkeyPatch, signing: Path) -> None:
    del approved, configured
    own = service.Signer.__new__(service.Signer)
    own._path = signing
    assert own._folder().signing(Use.seal, at=now()).serial == "1"
    with pytest.raises(Exception, match="a specimen, and this is no drill"):
        read_folder(signing, drill=False)


# The process itself.


@pytest.fixture
def process(story: Story, signing: Path, configured: pytest.MonkeyPatch) -> Iterator["Process"]:
    """The signer as the stack starts it: as root under an account of its own."""
    del story
    # Not below pytest's own folder, which every session on the machine closes to other accounts.
    place = Path(tempfile.mkdtemp())
    place.chmod(0o711)
    own = Process(place / "own", place / "own.sock")
    own.folder.mkdir()
    for file in signing.glob("*.*"):
        (own.folder / file.name).write_bytes(file.read_bytes())
        (own.folder / file.name).chmod(file.stat().st_mode)
    configured.setenv("HOMEWARD_SIGNER_SOCKET", str(own.address))
    settings.cache_clear()
    own.starts()
    yield own
    own.dies(signal.SIGTERM)
    shutil.rmtree(place)


class Process:
    def __init__(self, folder: Path, address: Path) -> None:
        self.folder, self.address = folder, address

    def starts(self) -> None:
        account = ["--account", "games"] if os.geteuid() == 0 else []
        command = [sys.executable, "-m", "deployments.signer", "--folder", str(self.folder), "--socket"]
        self.running = subprocess.Popen([*command, str(self.address), *account])
        deadline = time.monotonic() + 60
        while not (self.folder / "signed").exists() or not self.answers():
            assert self.running.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            client.signed_document("KHM-2026-9999", uuid4())
        except PartnerRefused:
            return True
        except PartnerUnavailable:
            return False
        return False

    def dies(self, how: signal.Signals) -> None:
        self.running.send_signal(how)
        self.running.wait(10)


def test_killed_after_it_signed_and_before_it_answered_it_gives_the_same_document(
    at_release: Story, process: Process
) -> None:
    file = process.folder / "signed" / f"{number_of(at_release)}.json"

    def kills() -> None:
        while not file.exists():
            time.sleep(0.001)
        process.dies(signal.SIGKILL)

    killer = threading.Thread(target=kills)
    killer.start()
    at_release.decides()
    killer.join()
    signed = json.loads(file.read_bytes())["sha256"]
    process.starts()
    if at_release.waits_at() is Step.help:
        assert (state_of(at_release), released(at_release)) == (DocumentState.authorised, None)
        at_release.decides()

    assert at_release.waits_at() is Step.handoff, at_release.timeline()
    stored = released(at_release)
    assert stored is not None
    assert stored[0] == signed
    assert len(signatures_noted(at_release)) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give it an account")
def test_started_by_root_its_keys_are_its_own_accounts_and_its_line_is_ours(process: Process) -> None:
    games = pwd.getpwnam("games").pw_uid
    status = Path(f"/proc/{process.running.pid}/status").read_text().splitlines()

    ids = next(line for line in status if line.startswith("Uid:"))

    assert set(ids.split()[1:]) == {str(games)}
    keys = {path.name: (path.stat().st_uid, path.stat().st_mode & 0o777) for path in process.folder.glob("*.key")}
    assert keys == dict.fromkeys(("csca.key", "page-0002.key", "seal-0001.key"), (games, 0o600))
    assert process.folder.stat().st_mode & 0o777 == 0o700
    assert (process.address.stat().st_uid, process.address.stat().st_mode & 0o777) == (0, 0o660)


def test_two_signers_do_not_share_a_folder(process: Process) -> None:
    with pytest.raises(Exception, match="another signer works in"):
        service.Signer(process.folder)


@pytest.mark.parametrize(
    "line",
    [b"\n", b"[]\n", b"nonsense\n", b"\xff\xfe\n", b"{}\n", b'{"reference": 3, "proposal_id": []}\n', b"{" * 9000],
)
def test_whatever_it_is_asked_it_answers_and_lives_on(approved: Story, line: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(10)
        asking.connect(os.path.relpath(os.environ["HOMEWARD_SIGNER_SOCKET"]))
        asking.sendall(line)
        asking.shutdown(socket.SHUT_WR)
        assert "refused" in json.loads(asking.makefile("rb").readline())

    assert ask(approved).startswith(b"%PDF")
