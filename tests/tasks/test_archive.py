"""The archive of a case: complete, checked without us, and any change of any part of it is found."""

import json
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from deployments.cli.main import app
from deployments.sealer import Sealer
from models.audit import GENESIS, ChainSeal, SealerKey, key_statement, link_hash, seal_statement
from models.case import Step
from models.decision import Answer, Door
from models.funding import Payer
from models.money import Money
from models.officer import Role
from models.paper import PaperKind
from models.tables import METADATA
from tasks import case_file, corrections, decisions, officers, paperwork, seals
from tasks.archive import facts, verify
from tasks.clock import now
from tasks.settings import settings
from tests.papers.contents import synthetic_portrait

STORY, PHONE, PASSPORT = "Zyxwvut-compound-seventh-floor", "+82-10-9999-1234", "M16371324"


@pytest.fixture
def coordinator(case_database: object, sealing: Path) -> str:
    """A coordinator signed in at the command line."""
    del case_database, sealing
    number = officers.add(name="C", agency="MOFA", roles=[Role.coordinator], by="test").officer.number
    done = CliRunner().invoke(app, ["login", "--officer", number, "--code", officers.drill_code(number)])
    assert done.exit_code == 0, done.stderr
    return number


def a_case(coordinator: str, *, name: str = "홍길동", passport: str = PASSPORT) -> str:
    """A case with something of everything: a story, papers, a question and a decision with free words."""
    reference = case_file.open_case(
        country="KHM", officer=coordinator, name_hangul=name, name_latin=None, place="Poipet", keeper="centre",
        host_status="detained", passport_number=passport, story=STORY, next_of_kin_phone=PHONE,
    )  # fmt: skip
    corrections.set_portrait(reference, image=synthetic_portrait(), captured_at=now(), officer=coordinator)
    corrections.note_private_payment(
        reference, payer=Payer.family, payer_officer=None, amount=Money(1, "USD"), purpose="bail", officer=coordinator
    )
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        for kind in PaperKind:
            paperwork.store(session, case, kind, f"%PDF-1.7 {kind}".encode())
        paperwork.store(session, case, PaperKind.cover, b"%PDF-1.7 a second version")
    decisions.note_trouble(reference, Step.verification, code="x", words="Something stands in the way.")
    return reference


def decided(reference: str, coordinator: str, *, code: str) -> None:
    """The coordinator decides the trouble."""
    asking = decisions.ask(reference, Step.help, flow_run_id=uuid4())
    reader = next(o for o in officers.listed() if o.number == coordinator)
    seen = decisions.evidence(reference, reader=reader, purpose="test")
    assert seen is not None
    answer = Answer(
        officer=coordinator, code=code, seen=seen.seen, outcome="approve", reason_code="try_again", door=Door.cli,
        reason="Free words of an officer",
    )  # fmt: skip
    decisions.record(reference, asking.step.value, answer)


def export(reference: str, to: Path, *more: str) -> Result:
    return CliRunner().invoke(app, ["case", "export", reference, "--to", str(to), *more])


def unpacked(file: Path, folder: Path) -> Path:
    with zipfile.ZipFile(file) as archived:
        archived.extractall(folder)
    return next(folder.iterdir())


def verified(folder: Path, *more: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "verify.py", *more],
        cwd=folder, env={}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    return done.returncode, done.stdout


@pytest.fixture
def exported(coordinator: str, tmp_path: Path) -> Path:
    """The folder of an unpacked archive; another person's case stands beside it in the database."""
    other = a_case(coordinator, name="임꺽정", passport="M00000001")
    reference = a_case(coordinator)
    decided(reference, coordinator, code=officers.drill_code(coordinator))
    seals.seal_chain(actor="run")
    assert other != reference
    done = export(reference, tmp_path / "case.zip")
    assert done.exit_code == 0, done.stderr
    return unpacked(tmp_path / "case.zip", tmp_path / "unpacked")


def test_an_archive_is_checked_by_what_lies_in_it_alone(exported: Path) -> None:
    code, said = verified(exported)

    assert code == 0, said
    assert said.splitlines()[-1].startswith(f"All of it fits: case {exported.name}, exported ")
    key = json.loads((exported / "seals.json").read_text())["keys"][-1]["public_key"]
    assert verified(exported, "--key", key)[0] == 0
    assert verified(exported, "--key", "ab" * 32) == (
        1, f"DOES NOT FIT: seals.json names the key {key}, and {'ab' * 32} was expected.\n",
    )  # fmt: skip


def test_everything_about_the_person_is_in_it_and_nothing_about_anybody_else(exported: Path) -> None:
    everything = "".join(path.read_text(errors="replace") for path in exported.rglob("*") if path.is_file())

    for expected in ("홍길동", STORY, PASSPORT, "Free words of an officer", "bail", "%PDF-1.7 a second version"):
        assert expected in everything, expected
    assert PHONE not in everything, "nobody agreed that a relative is told anything"
    assert (exported / "portrait.jpg").read_bytes() == synthetic_portrait()
    for foreign in ("임꺽정", "M00000001", f"{exported.name[:-1]}1"):
        assert foreign not in everything, foreign
    assert "wrapped_key" not in everything
    decision = json.loads((exported / "decisions.json").read_text())[0]
    assert decision["reason"] == "Free words of an officer"


def each_file(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_one_changed_byte_in_any_member_is_found_and_the_member_is_named(exported: Path) -> None:
    for name in each_file(exported):
        if name == "verify.py":
            continue  # What is run cannot vouch for itself; the next test looks at it.
        honest = (exported / name).read_bytes()
        for place in {0, len(honest) // 3, len(honest) // 2, len(honest) - 2}:
            (exported / name).write_bytes(honest[:place] + bytes([honest[place] ^ 1]) + honest[place + 1 :])
            code, said = verified(exported)
            assert code == 1, (name, place)
            assert said.splitlines()[-1].startswith("DOES NOT FIT: ")
            if name not in verify.BY_THEMSELVES:
                assert f"DOES NOT FIT: {name} was changed.\n" in said
        (exported / name).write_bytes(honest)
    assert verified(exported)[0] == 0


def test_a_member_that_is_gone_or_was_added_is_named(exported: Path) -> None:
    for name in each_file(exported):
        if name == "verify.py":
            continue
        (exported / name).rename(exported.parent / "away")
        code, said = verified(exported)
        assert code == 1, name
        assert name in said or name in verify.BY_THEMSELVES
        (exported.parent / "away").rename(exported / name)
    (exported / "extra.txt").write_text("x")
    assert "DOES NOT FIT: extra.txt does not belong to the archive.\n" in verified(exported)[1]
    (exported / "extra.txt").unlink()
    with (exported / "verify.py").open("a") as program:
        program.write("# harmless\n")
    assert "DOES NOT FIT: verify.py was changed.\n" in verified(exported)[1]


def rewrite(folder: Path, name: str, change: Callable[[Any], None]) -> None:
    content = json.loads((folder / name).read_text())
    change(content)
    (folder / name).write_text(json.dumps(content, ensure_ascii=False))


def with_manifest_mended(folder: Path, name: str, change: Callable[[Any], None]) -> None:
    """What a careful forger does: the manifest fits the changed file again."""
    rewrite(folder, name, change)
    digest = verify.sha256((folder / name).read_bytes())
    rewrite(folder, "manifest.json", lambda manifest: manifest["files"].update({name: digest}))


def chain_mended(folder: Path) -> None:
    """What a forger does who has read the source: event, links and all after them fit again, without the key."""
    events = {event["seq"]: event for event in json.loads((folder / "events.json").read_text())}
    events[max(events)]["fields"]["manifest"] = verify.sha256((folder / "manifest.json").read_bytes())
    (folder / "events.json").write_text(json.dumps([*events.values()], ensure_ascii=False))
    lines, previous = [], GENESIS
    for line in (folder / "chain.txt").read_text().splitlines():
        seq, content = int(line.split()[0]), line.split()[1]
        if seq in events:
            said = {name: value for name, value in events[seq].items() if name != "seq"}
            text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            content = verify.sha256(text.encode())
        previous = link_hash(seq, previous, content)
        lines.append(f"{seq} {content} {previous}\n")
    (folder / "chain.txt").write_text("".join(lines))


def test_whoever_mends_everything_but_the_signature_is_found_at_the_seal(exported: Path) -> None:
    with_manifest_mended(exported, "decisions.json", lambda all_: all_[0].update({"reason": "another reason"}))
    assert "DOES NOT FIT: manifest.json is not the one that was recorded" in verified(exported)[1]

    chain_mended(exported)

    assert "is not the one that was sealed" in verified(exported)[1]


def test_whoever_signs_anew_with_another_key_is_found_by_the_published_key(exported: Path) -> None:
    published = json.loads((exported / "seals.json").read_text())["keys"][-1]["public_key"]
    with_manifest_mended(exported, "facts.json", lambda all_: all_["person"][0].update({"name_hangul": "누구"}))
    chain_mended(exported)
    links = {int(line.split()[0]): line.split()[2] for line in (exported / "chain.txt").read_text().splitlines()}
    own, before = Ed25519PrivateKey.generate(), (0, GENESIS)

    def sign_anew(told: dict[str, Any]) -> None:
        nonlocal before
        announced = SealerKey(**told["keys"][0])
        announced.public_key = own.public_key().public_bytes_raw().hex()
        announced.proof = own.sign(key_statement(announced)).hex()
        told["keys"] = [announced.model_dump()]
        for seal in told["seals"]:
            seal.update({"hash": links[seal["seq"]], "previous_seq": before[0], "previous_hash": before[1]})
            seal["signature"] = own.sign(seal_statement(ChainSeal(**seal))).hex()
            before = (seal["seq"], seal["hash"])

    rewrite(exported, "seals.json", sign_anew)

    assert verified(exported)[0] == 0, "nothing inside tells; that is why the key is published"
    assert verified(exported, "--key", published)[0] == 1


def test_an_archive_after_a_rotation_is_checked_with_either_key_and_a_forged_one_is_named(
    coordinator: str, own_sealer: Sealer, tmp_path: Path
) -> None:
    reference = a_case(coordinator)
    seals.seal_chain(actor="run")
    own_sealer.rotate()
    export(reference, tmp_path / "case.zip")
    folder = unpacked(tmp_path / "case.zip", tmp_path / "unpacked")
    keys = [key.public_key for key in own_sealer.keys]
    assert [verified(folder, "--key", key)[0] for key in keys] == [0, 0]
    assert verified(folder, "--key", "ab" * 32)[0] == 1

    honest = (folder / "seals.json").read_text()
    own = Ed25519PrivateKey.generate()

    def hand_over(told: dict[str, Any], **changes: Any) -> None:
        forged = SealerKey(**{**told["keys"][-1], "public_key": own.public_key().public_bytes_raw().hex(), **changes})
        forged.signature = forged.proof = own.sign(key_statement(forged)).hex()
        told["keys"][-1] = forged.model_dump()

    for changes, fault in (
        ({}, f"is not signed with the key before it, {keys[0]}"),
        ({"previous_key": "cd" * 32}, "is unknown: it does not follow the key"),
        ({"after_seq": 1}, "does not begin after a seal"),
    ):
        (folder / "seals.json").write_text(honest)
        rewrite(folder, "seals.json", partial(hand_over, **changes))
        code, said = verified(folder)
        assert (code, fault in said) == (1, True), said
    (folder / "seals.json").write_text(honest)
    rewrite(folder, "seals.json", lambda told: told["keys"].pop())
    assert "is not signed with the key" in verified(folder)[1]


def test_what_the_database_says_is_held_against_what_was_recorded(
    coordinator: str, case_database: Any, tmp_path: Path
) -> None:
    reference = a_case(coordinator)
    decided(reference, coordinator, code=officers.drill_code(coordinator))
    address = case_database.superuser.replace("dbname=postgres", f"dbname={case_file.engine().url.database}")
    with psycopg.connect(address, autocommit=True) as owner:
        owner.execute("UPDATE decision SET outcome = 'reject'")
    export(reference, tmp_path / "case.zip")

    folder = unpacked(tmp_path / "case.zip", tmp_path / "unpacked")

    assert "is not as it was recorded" in verified(folder)[1]


def test_the_archive_is_its_owners_alone_whole_or_absent_and_audited(coordinator: str, tmp_path: Path) -> None:
    reference = a_case(coordinator)
    file = tmp_path / "new" / "case.zip"

    done = export(reference, file, "--json")

    told = json.loads(done.stdout)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]
    assert told["members"] == len(zipfile.ZipFile(file).namelist())
    again = export(reference, file)
    assert (again.exit_code, "exists already" in again.stderr) == (1, True)
    blocked = export(reference, tmp_path / "new" / "case.zip" / "x.zip")
    assert (blocked.exit_code, "cannot be written" in blocked.stderr) == (1, True)


def test_nobody_but_the_coordinator_exports(case_database: object, sealing: Path, tmp_path: Path) -> None:
    del case_database, sealing
    number = officers.add(name="V", agency="MOFA", roles=[Role.verifying_officer], by="test").officer.number
    CliRunner().invoke(app, ["login", "--officer", number, "--code", officers.drill_code(number)])

    done = export(a_case(number), tmp_path / "case.zip")

    assert (done.exit_code, "takes one of the roles coordinator" in done.stderr) == (1, True)
    assert not (tmp_path / "case.zip").exists()


def test_without_a_sealer_nothing_is_exported(coordinator: str, configured: pytest.MonkeyPatch, tmp_path: Path) -> None:
    reference = a_case(coordinator)
    configured.setenv("HOMEWARD_SEALER_SOCKET", str(tmp_path / "nobody.sock"))
    settings.cache_clear()

    done = export(reference, tmp_path / "case.zip")

    assert (done.exit_code, done.stderr.startswith("The sealer does not answer")) == (1, True)
    assert not (tmp_path / "case.zip").exists()


def test_every_sealed_column_about_a_person_can_be_opened_for_an_archive() -> None:
    sealed = {
        f"{table.name}.{column.name}"
        for table in METADATA.sorted_tables
        for column in table.columns
        if column.name.endswith("_sealed") and table.name not in ("officer", "officer_address")
    }

    assert sealed == set(facts.SEALED_AS)


# RFC 8032 §7.1: TEST 1, 2, 3 and SHA(abc); key, message, signature.
VECTORS = """
d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a
-
e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac\
c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b

3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c
72
92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e\
458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00

fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025
af82
6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290\
ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a

ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf
ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a8\
36ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f
dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ec\
fdfbc7c66431e0303dca179c138ac17ad9bef1177331a704
"""


@pytest.mark.parametrize("vector", VECTORS.strip().split("\n\n"))
def test_signatures_of_the_rfc_hold_and_no_others(vector: str) -> None:
    public, said, signed = (bytes.fromhex(each.strip("-")) for each in vector.splitlines())

    assert verify.is_signed(public, said, signed)
    assert not verify.is_signed(public, said + b"x", signed)
    for place in range(0, 64, 7):
        assert not verify.is_signed(public, said, signed[:place] + bytes([signed[place] ^ 1]) + signed[place + 1 :])
    # Not the smallest s: RFC 8032 §5.1.7 wants it refused.
    larger = int.from_bytes(signed[32:], "little") + verify.ORDER
    assert not verify.is_signed(public, said, signed[:32] + larger.to_bytes(32, "little"))
    assert not verify.is_signed(b"\xff" * 32, said, signed)
    assert not verify.is_signed(public[:31], said, signed)


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
def test_whatever_the_library_signs_the_archives_own_check_accepts(seed: bytes, message: bytes) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)

    assert verify.is_signed(key.public_key().public_bytes_raw(), message, key.sign(message))
