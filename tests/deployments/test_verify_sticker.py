"""The file of an emergency passport's sticker, judged by our command and by pdfsig: travel documents, test 9."""

import subprocess
from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from deployments.signer import ceremony
from deployments.signer.authority import certify_page_signer, make_authority, make_revocation_list
from deployments.signer.folder import Folder, Use
from models.mrz import PartialDate, read_td3
from tasks.papers.emergency_document import bears_seal, code_lines, render
from tasks.papers.seal import etd_seal, sign_seal
from tasks.papers.signature import sign_page
from tasks.papers.travel_document import TravelDocumentContent, td2_lines
from tests.deployments.test_verify_file import MADE, added_to, flipped, found, saved_again, verify, without
from tests.papers.contents import plain_emergency_passport, plain_travel_document

CONTENT = plain_emergency_passport(specimen=True)


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return ceremony.begin(tmp_path_factory.mktemp("keys") / "signer", at=MADE)


@pytest.fixture(scope="module")
def trust(signer: Folder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trust")
    ceremony.export(signer, folder)
    return folder


def signed(page: bytes, signer: Folder, use: Use = Use.page) -> bytes:
    held = signer.signing(use, at=MADE)
    return sign_page(page, key=held.key(), certificate=held.certificate)


def sealed(sheet: TravelDocumentContent, signer: Folder) -> bytes:
    held = signer.signing(Use.seal, at=MADE)
    seal = etd_seal(
        td2_lines(sheet), issuing_country="KOR", signer_identifier="KRHW", certificate_reference=held.serial,
        document_issued_on=date(2026, 12, 5), signed_on=date(2026, 12, 5),
    )  # fmt: skip
    return sign_seal(seal, held.key()).encoded


def saved(pdf: bytes, to: Path) -> Path:
    file = to / "document.pdf"
    file.write_bytes(pdf)
    return file


def test_a_sticker_is_valid_by_its_zone_and_its_signature(signer: Folder, trust: Path, tmp_path: Path) -> None:
    file = saved(signed(render(CONTENT), signer), tmp_path)

    assert found(file, trust) == ("VALID", None, "VALID")
    assert found(file, trust, "--printed-mrz", *code_lines(CONTENT)) == ("VALID", None, "VALID")
    assert verify(file, trust).stdout == "VALID. A SPECIMEN of a drill, good for no journey.\n"


def test_a_live_verifier_takes_no_specimen(
    signer: Folder, trust: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOMEWARD_MODE", "live")

    told = found(saved(signed(render(CONTENT), signer), tmp_path), trust)

    assert told == ("INVALID", "UNTRUSTED_CERTIFICATE", "UNTRUSTED_CERTIFICATE")


def test_whatever_is_changed_in_the_file_its_signature_does_not_hold(
    signer: Folder, trust: Path, tmp_path: Path
) -> None:
    pdf = signed(render(CONTENT), signer)
    changes = {
        **{f"a bit at {place}": flipped(pdf, place) for place in (len(pdf) // 3, len(pdf) // 2)},
        "an incremental update": added_to(pdf), "saved again": saved_again(pdf), "unsigned": render(CONTENT),
    }  # fmt: skip

    for way, changed in changes.items():
        assert found(saved(changed, tmp_path), trust)[:2] == ("INVALID", "INVALID_SIGNATURE"), way


def test_the_zone_of_another_person_in_the_hand_is_found_out(signer: Folder, trust: Path, tmp_path: Path) -> None:
    file = saved(signed(render(CONTENT), signer), tmp_path)
    other = code_lines(plain_emergency_passport(given_latin="SUN-HEE"))

    assert found(file, trust, "--printed-mrz", *other) == ("INVALID", "SEAL_DOCUMENT_MISMATCH", "VALID")


def test_only_the_authority_of_the_state_in_the_zone_counts(signer: Folder, trust: Path, tmp_path: Path) -> None:
    abroad = make_authority("XX", name="SPECIMEN abroad", at=MADE)
    held = signer.signing(Use.page, at=MADE)
    certificate = certify_page_signer(abroad, held.certificate.public_key(), name="SPECIMEN", serial=2, at=MADE)  # type: ignore[arg-type]
    page = sign_page(render(CONTENT), key=held.key(), certificate=certificate)
    both = tmp_path / "both"
    ceremony.export(signer, both)
    listed = make_revocation_list(abroad, revoked={}, at=MADE, number=1)
    for name, each in (("abroad", abroad.certificate), ("its-list", listed)):
        (both / f"{name}.pem").write_bytes(each.public_bytes(Encoding.PEM))

    for folder in (trust, both):
        assert found(saved(page, tmp_path), folder)[:2] == ("INVALID", "UNTRUSTED_CERTIFICATE")


def test_a_sheet_without_its_seal_does_not_pass_as_a_sticker(signer: Folder, trust: Path, tmp_path: Path) -> None:
    sheet = signed(render(plain_travel_document(specimen=True)), signer)

    assert found(saved(sheet, tmp_path), trust)[:2] == ("INVALID", "READ_ERROR")


def test_a_seal_is_no_excuse_for_another_zone(signer: Folder, trust: Path, tmp_path: Path) -> None:
    # A seal of the same person's sheet, beside the zone of a sticker.
    sheet = plain_travel_document(specimen=True)
    page = signed(render(sheet, seal=sealed(sheet, signer)), signer)

    told = found(saved(page, tmp_path), trust, "--printed-mrz", *code_lines(CONTENT))

    assert told[:2] == ("INVALID", "INVALID_PRINTED_MRZ")


@without("pdfsig")
def test_pdfsig_calls_the_signature_valid_over_the_whole_file(signer: Folder, tmp_path: Path) -> None:
    file = saved(signed(render(CONTENT), signer), tmp_path)

    said = subprocess.run(["pdfsig", "-nocert", file], capture_output=True, text=True, check=False).stdout

    assert "Signature is Valid." in said
    assert "Total document signed" in said


def test_a_birth_on_29_february_stands_in_the_zone_and_to_the_eye() -> None:
    leap = plain_emergency_passport(born_on=PartialDate(2004, 2, 29))

    assert read_td3(*code_lines(leap)).birth == "040229"
    assert read_td3(*code_lines(leap)).checks.hold


# A locked file: encrypted before it is signed.

PASSWORD = "부산항 1876 항구"


@pytest.mark.parametrize("content", [CONTENT, plain_travel_document(specimen=True)], ids=["sticker", "sheet"])
def test_a_locked_file_is_valid_with_its_password_alone(
    content: TravelDocumentContent, signer: Folder, trust: Path, tmp_path: Path
) -> None:
    held = signer.signing(Use.page, at=MADE)
    seal = sealed(content, signer) if bears_seal(content) else None
    pdf = sign_page(
        render(content, seal=seal), key=held.key(), certificate=held.certificate, password=PASSWORD
    )  # fmt: skip
    file = saved(pdf, tmp_path)

    locked = verify(file, trust)

    assert (locked.exit_code, locked.stderr) == (
        2, "document.pdf is locked; give the password its sender told you, with --password.\n",
    )  # fmt: skip
    assert found(file, trust, "--password", PASSWORD) == ("VALID", None, "VALID")
    assert verify(file, trust, "--password", "부산항 1876").exit_code == 2
    assert content.surname_latin.encode() not in pdf
    assert found(saved(flipped(pdf, len(pdf) // 2), tmp_path), trust, "--password", PASSWORD)[0] == "INVALID"


@without("pdfsig")
@without("pdfinfo")
def test_poppler_calls_a_locked_file_encrypted_with_aes_256_and_its_signature_valid(
    signer: Folder, tmp_path: Path
) -> None:
    held = signer.signing(Use.page, at=MADE)
    file = saved(
        sign_page(render(CONTENT), key=held.key(), certificate=held.certificate, password=PASSWORD), tmp_path
    )  # fmt: skip

    def said(*command: str) -> str:
        return subprocess.run([*command, "-upw", PASSWORD, file], capture_output=True, text=True, check=False).stdout

    assert "algorithm:AES-256" in said("pdfinfo")
    assert "Signature is Valid." in said("pdfsig", "-nocert")
    assert "Total document signed" in said("pdfsig", "-nocert")
