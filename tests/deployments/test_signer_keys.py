"""The signer's keys: made, rotated, revoked, and what verifiers are given."""

import json
import shutil
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from typer.testing import CliRunner, Result

from deployments.cli.main import app
from deployments.signer import ceremony
from deployments.signer.authority import KEY_USED_FOR, make_authority, make_revocation_list
from deployments.signer.folder import FolderUnusable, State, Use, read_folder
from tasks.papers.seal import SubIndication, TrustStore, etd_seal, sign_seal, verify_seal
from tasks.papers.signature import judge_signature, sign_page
from tasks.papers.travel_document import render, td2_lines
from tests.papers.contents import plain_travel_document

MADE = datetime(2026, 1, 10, 8, tzinfo=UTC)
DAY = timedelta(days=1)
ISSUED = date(2026, 3, 1)
CONTENT = plain_travel_document(specimen=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A signer's folder after its first ceremony."""
    ceremony.begin(tmp_path / "signer", at=MADE)
    return tmp_path / "signer"


def sealed_with(path: Path, *, at: datetime) -> bytes:
    held = read_folder(path, drill=True).signing(Use.seal, at=at)
    seal = etd_seal(
        td2_lines(CONTENT), issuing_country="KOR", signer_identifier="KRHW", certificate_reference=held.serial,
        document_issued_on=ISSUED, signed_on=ISSUED,
    )  # fmt: skip
    return sign_seal(seal, held.key()).encoded


def signed_with(path: Path, *, at: datetime) -> bytes:
    held = read_folder(path, drill=True).signing(Use.page, at=at)
    return sign_page(render(CONTENT), key=held.key(), certificate=held.certificate)


def exported(path: Path, to: Path, *, specimens: bool = True) -> TrustStore:
    ceremony.export(read_folder(path, drill=True), to)
    return TrustStore.load(to, takes_specimens=specimens)


def judged(seal: bytes, page: bytes, trust: TrustStore, on: date = ISSUED) -> tuple[SubIndication | None, ...]:
    return verify_seal(seal, trust=trust, at=on).sub_indication, judge_signature(page, trust=trust, at=on)


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["signer", *map(str, words)])


def test_what_is_exported_makes_seal_and_file_valid_and_holds_no_secret(path: Path, tmp_path: Path) -> None:
    trust = exported(path, tmp_path / "trust")

    assert judged(sealed_with(path, at=MADE), signed_with(path, at=MADE), trust) == (None, None)
    assert sorted(file.name for file in (tmp_path / "trust").iterdir()) == [
        "crl.pem", "csca.pem", "page-0002.pem", "seal-0001.pem",
    ]  # fmt: skip
    assert not any(b"PRIVATE" in file.read_bytes() for file in (tmp_path / "trust").iterdir())
    assert {file.name: file.stat().st_mode & 0o777 for file in path.glob("*.key")} == dict.fromkeys(
        ("csca.key", "page-0002.key", "seal-0001.key"), 0o600
    )


def test_a_specimen_authority_in_a_live_folder_of_trust_vouches_for_nothing(path: Path, tmp_path: Path) -> None:
    trust = exported(path, tmp_path / "trust", specimens=False)

    untrusted = SubIndication.untrusted_certificate
    assert judged(sealed_with(path, at=MADE), signed_with(path, at=MADE), trust) == (untrusted, untrusted)


def test_after_a_rotation_the_old_certificates_hold_and_the_old_keys_are_gone(path: Path, tmp_path: Path) -> None:
    old = sealed_with(path, at=MADE), signed_with(path, at=MADE)

    folder = ceremony.renew(path, at=MADE + 300 * DAY)

    later = MADE + 301 * DAY
    new = sealed_with(path, at=later), signed_with(path, at=later)
    trust = exported(path, tmp_path / "trust")
    assert judged(*old, trust) == (None, None)
    assert judged(*new, trust, later.date()) == (None, None)
    assert [(held.serial, folder.state(held, at=later)) for held in folder.held] == [
        ("1", State.replaced), ("2", State.replaced), ("3", State.signs), ("4", State.signs),
    ]  # fmt: skip
    assert sorted(file.name for file in path.glob("*.key")) == ["csca.key", "page-0004.key", "seal-0003.key"]


# Travel documents, test 18: key life.


def test_a_key_signs_for_a_year_and_two_months_and_its_documents_outlive_it(path: Path, tmp_path: Path) -> None:
    ends = MADE + KEY_USED_FOR
    folder = read_folder(path, drill=True)
    just_before = sealed_with(path, at=ends - timedelta(seconds=1))

    for use in Use:
        assert folder.signing(use, at=ends - timedelta(seconds=1)).signs_until == ends
        with pytest.raises(FolderUnusable, match="the last one is ended; make one with `homeward signer renew`"):
            folder.signing(use, at=ends)
    trust = exported(path, tmp_path / "trust")
    expires = (ends + timedelta(days=365)).date()
    assert verify_seal(just_before, trust=trust, at=expires).valid
    after = verify_seal(just_before, trust=trust, at=expires + DAY)
    assert after.sub_indication is SubIndication.expired_certificate


def test_the_end_of_a_key_and_of_the_list_is_told_a_month_before(path: Path) -> None:
    list_ends, key_ends = MADE + timedelta(days=90), MADE + KEY_USED_FOR
    folder = read_folder(path, drill=True)

    assert folder.warnings(at=list_ends - 31 * DAY) == []
    (early,) = folder.warnings(at=list_ends - 30 * DAY)
    assert "revocation list must be renewed by 2026-04-10" in early
    renewed = ceremony.renew_list(path, at=key_ends - 31 * DAY)
    assert renewed.warnings(at=key_ends - 31 * DAY) == []
    assert [words[:34] for words in renewed.warnings(at=key_ends - 30 * DAY)] == [
        "The key that signs a seal signs un", "The key that signs a page signs un",
    ]  # fmt: skip


def test_what_a_revoked_signer_signed_holds_no_more(path: Path, tmp_path: Path) -> None:
    seal, page = sealed_with(path, at=MADE), signed_with(path, at=MADE)

    ceremony.revoke(path, "1", at=MADE + DAY)
    of_the_seal = judged(seal, page, exported(path, tmp_path / "one"))
    ceremony.revoke(path, "2", at=MADE + DAY)
    of_both = judged(seal, page, exported(path, tmp_path / "two"))

    revoked = SubIndication.revoked_certificate
    assert (of_the_seal, of_both) == ((revoked, None), (revoked, revoked))
    with pytest.raises(FolderUnusable, match="the last one is revoked"):
        read_folder(path, drill=True).signing(Use.seal, at=MADE + DAY)
    ceremony.renew(path, at=MADE + 2 * DAY)
    after = sealed_with(path, at=MADE + 2 * DAY), signed_with(path, at=MADE + 2 * DAY)
    assert judged(*after, exported(path, tmp_path / "three")) == (None, None)
    assert judged(seal, page, exported(path, tmp_path / "three")) == (revoked, revoked)


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not on this machine")
@pytest.mark.parametrize("name", ["seal-0001.pem", "page-0002.pem"])
def test_openssl_follows_each_signer_to_the_authority_and_its_list(path: Path, tmp_path: Path, name: str) -> None:
    def checked() -> subprocess.CompletedProcess[str]:
        exported(path, tmp_path / "trust")
        trust = tmp_path / "trust"
        return subprocess.run(
            ["openssl", "verify", "-attime", str(int((MADE + 2 * DAY).timestamp())), "-ignore_critical", "-crl_check",
             "-CAfile", trust / "csca.pem", "-CRLfile", trust / "crl.pem", trust / name],
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    assert checked().stdout.strip().endswith(": OK"), checked().stderr
    ceremony.revoke(path, name[8], at=MADE + DAY)
    assert "certificate revoked" in checked().stderr


def test_the_commands_make_renew_revoke_and_export(tmp_path: Path) -> None:
    folder = ("--folder", tmp_path / "signer")

    made = run("init", *folder, "--json")
    run("renew", *folder)
    revoked = run("revoke", "3", *folder)
    listed = json.loads(run("list", *folder, "--json").stdout)
    trust = run("trust", "--to", tmp_path / "trust", *folder)

    assert [each["state"] for each in json.loads(made.stdout)["signers"]] == ["signs", "signs"]
    assert revoked.stderr == (
        "No key signs a seal now: the last one is revoked; make one with `homeward signer renew`.\n"
    )
    assert [(each["serial"], each["signs"], each["state"]) for each in listed["signers"]] == [
        ("1", "seal", "replaced"), ("2", "page", "replaced"), ("3", "seal", "revoked"), ("4", "page", "signs"),
    ]  # fmt: skip
    assert len(trust.stdout.splitlines()) == 6
    again = run("init", *folder)
    assert (again.exit_code, "has an authority already" in again.stderr) == (1, True)
    unknown = run("revoke", "77", *folder)
    assert (unknown.exit_code, "the ones here are 1, 2, 3, 4" in unknown.stderr) == (1, True)


def test_live_makes_no_authority_and_takes_no_specimens(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOMEWARD_MODE", "live")

    for words in (("init",), ("renew",), ("revoke", "1")):
        refused = run(*words, "--folder", tmp_path / "other")
        assert (refused.exit_code, "the ministry's authority makes keys" in refused.stderr) == (2, True)
    assert not (tmp_path / "other").exists()
    specimen = run("list", "--folder", path)
    assert (specimen.exit_code, "a specimen" in specimen.stderr) == (1, True)


def test_a_folder_whose_parts_do_not_fit_is_refused(path: Path, tmp_path: Path) -> None:
    other = make_authority("KR", name="Ministry", at=MADE)
    honest = {file.name: file.read_bytes() for file in path.iterdir()}
    foreign = make_revocation_list(other, revoked={}, at=MADE, number=1)

    def refused(name: str, content: bytes) -> str:
        (path / name).write_bytes(content)
        with pytest.raises(FolderUnusable) as why:
            read_folder(path, drill=True).signing(Use.seal, at=MADE).key()
        (path / name).unlink()
        if name in honest:
            (path / name).write_bytes(honest[name])
        return str(why.value)

    assert "is a real one, and this is a drill" in refused("csca.pem", other.certificate.public_bytes(Encoding.PEM))
    assert "does not belong to its certificate" in refused("seal-0001.key", honest["page-0002.key"])
    assert "is no private key" in refused("seal-0001.key", b"")
    assert "no certificate of who signs a seal" in refused("seal-0009.pem", honest["page-0002.pem"])
    assert "no revocation list" in refused("crl.pem", foreign.public_bytes(Encoding.PEM))
    assert "cannot be read as PEM" in refused("crl.pem", honest["crl.pem"][:80] + b"x" + honest["crl.pem"][80:])
    assert read_folder(path, drill=True).signing(Use.seal, at=MADE).serial == "1"


def test_the_profiles_are_those_of_the_standards(path: Path) -> None:
    page = read_folder(path, drill=True).signing(Use.page, at=MADE).certificate

    usage = page.extensions.get_extension_for_class(x509.KeyUsage)
    assert (usage.critical, usage.value.content_commitment, usage.value.key_cert_sign) == (True, True, False)
    assert page.public_key().public_numbers().curve.name == "secp256r1"  # type: ignore[union-attr]
    assert "SPECIMEN" in page.subject.rfc4514_string()
    assert "SPECIMEN" in read_folder(path, drill=True).authority.subject.rfc4514_string()
