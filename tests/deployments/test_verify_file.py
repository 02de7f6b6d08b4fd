"""A released document as a file, judged by our command and by tools that share nothing with it."""

import io
import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path

import pypdf
import pytest
import zxingcpp
from cryptography.hazmat.primitives.serialization import Encoding
from PIL import Image, ImageOps
from pyhanko.pdf_utils.generic import NameObject, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from typer.testing import CliRunner, Result

from deployments.cli.main import app
from deployments.signer import ceremony
from deployments.signer.authority import Authority, certify_page_signer, make_authority, make_revocation_list
from deployments.signer.folder import Folder, Use
from tasks.papers import panel
from tasks.papers.seal import etd_seal, sign_seal
from tasks.papers.signature import sign_page
from tasks.papers.travel_document import (
    PANEL_LEFT,
    PANEL_TOP,
    QUIET_MODULES,
    SEAL_LEFT,
    SEAL_MODULE,
    SEAL_SIDE,
    SEAL_TOP,
    TravelDocumentContent,
    render,
    td2_lines,
)
from tests.papers.contents import long_travel_document, plain_travel_document
from tests.papers.test_travel_document import code_lines, independent_digit, picture_of

MADE = datetime(2026, 1, 10, 8, tzinfo=UTC)
ISSUED = date(2026, 12, 5)
CONTENTS = {"plain": plain_travel_document(specimen=True), "long": long_travel_document(specimen=True)}
DOTS = 300


def without(tool: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not shutil.which(tool), reason=f"{tool} is not on this machine")


@dataclass(frozen=True)
class Released:
    """A document, the bytes of its seal, and the folder of trust."""

    content: TravelDocumentContent
    seal: bytes
    pdf: bytes
    signer: Folder
    trust: Path

    def saved(self, to: Path, pdf: bytes | None = None) -> Path:
        file = to / "document.pdf"
        file.write_bytes(self.pdf if pdf is None else pdf)
        return file


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return ceremony.begin(tmp_path_factory.mktemp("keys") / "signer", at=MADE)


@pytest.fixture(scope="module", params=CONTENTS)
def released(request: pytest.FixtureRequest, signer: Folder, tmp_path_factory: pytest.TempPathFactory) -> Released:
    return release(CONTENTS[request.param], signer, tmp_path_factory.mktemp("trust"))


@pytest.fixture(scope="module")
def plain(signer: Folder, tmp_path_factory: pytest.TempPathFactory) -> Released:
    return release(CONTENTS["plain"], signer, tmp_path_factory.mktemp("trust"))


def release(content: TravelDocumentContent, signer: Folder, trust: Path) -> Released:
    of_seal, of_page = (signer.signing(use, at=MADE) for use in (Use.seal, Use.page))
    seal = etd_seal(
        td2_lines(content), issuing_country="KOR", signer_identifier="KRHW", certificate_reference=of_seal.serial,
        document_issued_on=ISSUED, signed_on=ISSUED,
    )  # fmt: skip
    encoded = sign_seal(seal, of_seal.key()).encoded
    pdf = sign_page(render(content, seal=encoded), key=of_page.key(), certificate=of_page.certificate)
    ceremony.export(signer, trust)
    return Released(content, encoded, pdf, signer, trust)


def verify(file: Path, trust: Path, *words: str) -> Result:
    return CliRunner().invoke(
        app, ["documents", "verify", str(file), "--trust", str(trust), "--at", ISSUED.isoformat(), *words]
    )


def found(file: Path, trust: Path, *words: str) -> tuple[str, str | None, str]:
    told = json.loads(verify(file, trust, "--json", *words).stdout)
    return told["status"], told["sub_indication"], told["pdf_signature"]


def test_a_released_document_is_valid_in_seal_zone_and_file(released: Released, tmp_path: Path) -> None:
    file = released.saved(tmp_path)

    assert found(file, released.trust) == ("VALID", None, "VALID")
    assert verify(file, released.trust).stdout == "VALID. A SPECIMEN of a drill, good for no journey.\n"


def test_a_live_verifier_takes_no_specimen(plain: Released, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMEWARD_MODE", "live")

    refused = found(plain.saved(tmp_path), plain.trust)

    assert refused == ("INVALID", "UNTRUSTED_CERTIFICATE", "UNTRUSTED_CERTIFICATE")


# Travel documents, test 9: PDF tamper.


def flipped(pdf: bytes, place: int) -> bytes:
    changed = bytearray(pdf)
    changed[place] ^= 1
    return bytes(changed)


def added_to(pdf: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    writer.root[NameObject("/Lang")] = pdf_string("en-GB")
    writer.update_root()  # type: ignore[no-untyped-call]
    changed = io.BytesIO()
    writer.write(changed)  # type: ignore[no-untyped-call]
    return changed.getvalue()


def saved_again(pdf: bytes) -> bytes:
    changed = io.BytesIO()
    pypdf.PdfWriter(clone_from=io.BytesIO(pdf)).write(changed)
    return changed.getvalue()


def ways_to_tamper(pdf: bytes) -> dict[str, bytes]:
    start, length, second, rest = PdfFileReader(io.BytesIO(pdf)).embedded_signatures[0].byte_range
    assert (start, second + rest) == (0, len(pdf))
    places = [20, len(pdf) // 3, len(pdf) // 2, length - 5, length + 400, second + 5, len(pdf) - 10]
    return {
        **{f"a bit at {place}": flipped(pdf, place) for place in places},
        "an incremental update": added_to(pdf),
        "saved again": saved_again(pdf),
        "something behind it": pdf + b"\n%%EOF\n",
        "cut off": pdf[:-1],
    }


def test_whatever_is_changed_in_the_file_its_signature_does_not_hold(plain: Released, tmp_path: Path) -> None:
    for way, changed in ways_to_tamper(plain.pdf).items():
        done = verify(plain.saved(tmp_path, changed), plain.trust, "--json")
        # A file so broken that it is no PDF any more is bad input.
        if done.exit_code == 2:
            assert "cannot be opened as a PDF" in done.stderr, way
            continue
        told = json.loads(done.stdout)
        assert (done.exit_code, told["status"], told["sub_indication"]) == (1, "INVALID", "INVALID_SIGNATURE"), way


def test_an_unsigned_sheet_is_told_so(plain: Released, tmp_path: Path) -> None:
    unsigned = plain.saved(tmp_path, render(plain.content, seal=plain.seal))

    done = verify(unsigned, plain.trust)

    assert (done.exit_code, done.stdout) == (
        1, "INVALID: the file is not signed, or was changed after it was signed.\n",
    )  # fmt: skip


def test_a_genuine_seal_on_another_persons_signed_page_is_found_out(plain: Released, tmp_path: Path) -> None:
    held = plain.signer.signing(Use.page, at=MADE)
    other = render(plain_travel_document(specimen=True, given_latin="SUN-HEE"), seal=plain.seal)
    page = sign_page(other, key=held.key(), certificate=held.certificate)

    assert found(plain.saved(tmp_path, page), plain.trust) == ("INVALID", "SEAL_DOCUMENT_MISMATCH", "VALID")


def test_a_genuine_seal_in_a_file_another_countrys_authority_signed_is_found_out(
    plain: Released, tmp_path: Path
) -> None:
    abroad = make_authority("XX", name="SPECIMEN abroad", at=MADE)
    page, trust = _signed_by(abroad, plain, tmp_path)

    assert found(plain.saved(tmp_path, page), trust) == ("INVALID", "UNTRUSTED_CERTIFICATE", "UNTRUSTED_CERTIFICATE")


def test_an_authority_nobody_put_into_the_folder_vouches_for_nothing(plain: Released, tmp_path: Path) -> None:
    rogue = make_authority("KR", name="SPECIMEN CSCA Homeward drill", at=MADE)
    page, _ = _signed_by(rogue, plain, tmp_path)

    told = found(plain.saved(tmp_path, page), plain.trust)

    assert told == ("INVALID", "UNTRUSTED_CERTIFICATE", "UNTRUSTED_CERTIFICATE")


def test_the_key_of_a_seal_signs_no_file(plain: Released, tmp_path: Path) -> None:
    held = plain.signer.signing(Use.seal, at=MADE)
    page = sign_page(render(plain.content, seal=plain.seal), key=held.key(), certificate=held.certificate)

    told = found(plain.saved(tmp_path, page), plain.trust)

    assert told == ("INVALID", "UNTRUSTED_CERTIFICATE", "UNTRUSTED_CERTIFICATE")


def _signed_by(authority: Authority, plain: Released, to: Path) -> tuple[bytes, Path]:
    """The sealed page signed under an authority, and the folder of trust with that authority besides."""
    key = plain.signer.signing(Use.page, at=MADE).key()
    certificate = certify_page_signer(authority, key.public_key(), name="SPECIMEN", serial=2, at=MADE)  # type: ignore[attr-defined]
    trust = to / "more trust"
    ceremony.export(plain.signer, trust)
    listed = make_revocation_list(authority, revoked={}, at=MADE, number=1)
    for name, each in (("abroad", authority.certificate), ("its-list", listed)):
        (trust / f"{name}.pem").write_bytes(each.public_bytes(Encoding.PEM))
    return sign_page(render(plain.content, seal=plain.seal), key=key, certificate=certificate), trust


def bottom_line(pdf: bytes, trust: Path) -> bool:
    """What pyHanko says with the authority's certificate alone."""
    from asn1crypto import pem  # type: ignore[import-untyped]  # noqa: PLC0415
    from asn1crypto import x509 as asn1_x509  # noqa: PLC0415

    _, _, der = pem.unarmor((trust / "csca.pem").read_bytes())
    context = ValidationContext(
        trust_roots=[asn1_x509.Certificate.load(der)], moment=datetime(2026, 12, 5, tzinfo=UTC), allow_fetching=False
    )
    try:
        (embedded,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        return bool(validate_pdf_signature(embedded, context).bottom_line)
    except Exception:  # noqa: BLE001, RUF100 - whatever it stumbles over, it does not say yes
        return False


def test_pyhanko_says_yes_with_the_authority_alone_and_no_to_every_change(plain: Released) -> None:
    assert bottom_line(plain.pdf, plain.trust)
    changed = ways_to_tamper(plain.pdf)
    for way in ("an incremental update", "saved again", *(way for way in changed if way.startswith("a bit"))):
        assert not bottom_line(changed[way], plain.trust), way


@without("pdfsig")
def test_pdfsig_calls_the_signature_valid_over_the_whole_file_and_not_after_a_change(
    released: Released, tmp_path: Path
) -> None:
    def said(pdf: bytes) -> str:
        file = released.saved(tmp_path, pdf)
        return subprocess.run(["pdfsig", "-nocert", file], capture_output=True, text=True, check=False).stdout

    honest = said(released.pdf)

    assert "Signature is Valid." in honest
    assert "Total document signed" in honest
    assert "ETSI.CAdES.detached" in honest
    assert "Signature is Valid." not in said(flipped(released.pdf, len(released.pdf) // 2))
    assert "Total document signed" not in said(added_to(released.pdf))


# Travel documents, test 1: the zone is true on paper.


@without("pdftotext")
@without("pdftoppm")
def test_text_and_seal_on_paper_are_the_same_72_characters_with_right_check_digits(
    released: Released, tmp_path: Path
) -> None:
    file = released.saved(tmp_path)
    text = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True).stdout
    upper, lower = code_lines(re.sub(r"^ +| {2,}.*$", "", text, flags=re.MULTILINE))

    sealed = c40_apart(seal_on_paper(file, tmp_path).split(b"\x02\x30", 1)[1][:48])

    assert sealed == upper + lower
    assert lower[9] == independent_digit(lower[:9])
    assert lower[19] == independent_digit(lower[13:19])
    assert lower[27] == independent_digit(lower[21:27])
    assert lower[35] == independent_digit(lower[:10] + lower[13:20] + lower[21:35])


@without("tesseract")
@without("pdftoppm")
def test_an_optical_reader_reads_the_72_characters_of_the_seal(plain: Released, tmp_path: Path) -> None:
    read = read_four_by_four(plain.saved(tmp_path), tmp_path)

    assert read == c40_apart(plain.seal.split(b"\x02\x30", 1)[1][:48])


def read_four_by_four(file: Path, to: Path) -> str:
    """
    Print the page with poppler and read its zone with tesseract, four characters of a tenth of an inch at a time.

    Given a whole line, tesseract miscounts the long runs of fillers; readers of travel documents go by the pitch too.
    """
    subprocess.run(["pdftoppm", "-r", str(DOTS), "-gray", "-singlefile", file, to / "zone"], check=True)
    dots, names = DOTS / 25.4, list[Path]()
    with Image.open(to / "zone.pgm") as picture:
        for centre, first in product((15.75, 9.40), range(0, 36, 4)):
            left, middle = PANEL_LEFT + 4.0 - 0.5 + first * 2.54, PANEL_TOP + panel.HEIGHT - centre
            cut = (left * dots, (middle - 2.6) * dots, (left + 4 * 2.54) * dots, (middle + 2.6) * dots)
            names.append(to / f"zone-{len(names)}.png")
            ImageOps.expand(picture.crop(cut), 30, 255).save(names[-1], dpi=(DOTS, DOTS))
    (to / "zone.txt").write_text("\n".join(map(str, names)))
    command = ["tesseract", str(to / "zone.txt"), "-", "--psm", "7", "-c", "tessedit_char_whitelist=ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<"]  # fmt: skip  # noqa: E501
    return "".join(subprocess.run(command, capture_output=True, check=True, text=True).stdout.split())


def c40_apart(encoded: bytes) -> str:
    """Decode C40 apart from the project's code; the filler stands for the blank."""
    letters = dict(enumerate("<0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", start=3))
    text = ""
    for place in range(0, len(encoded), 2):
        number = int.from_bytes(encoded[place : place + 2], "big") - 1
        text += letters[number // 1600] + letters[number // 40 % 40] + letters[number % 40]
    return text


def seal_on_paper(file: Path, to: Path, dots: int = DOTS) -> bytes:
    """Print the page with poppler and read its one bar code with zxing."""
    # Not as PNG: packing it took four times as long as drawing the page and reading the code together.
    subprocess.run(["pdftoppm", "-r", str(dots), "-gray", "-singlefile", file, to / "page"], check=True)
    with Image.open(to / "page.pgm") as picture:
        (code,) = zxingcpp.read_barcodes(picture)
    assert code.format == zxingcpp.BarcodeFormat.DataMatrix
    assert code.text  # it holds bytes, and no character set is named before them
    assert code.symbology_identifier == "]d1"
    return bytes(code.bytes)


# Travel documents, test 2: the seal verifies with openssl only.


@without("openssl")
@without("pdftoppm")
def test_the_seal_on_paper_verifies_with_openssl_alone(released: Released, tmp_path: Path) -> None:
    seal = seal_on_paper(released.saved(tmp_path), tmp_path)
    signed, signature = seal[:-66], seal[-64:]
    assert seal[-66:-64] == b"\xff\x40"
    (tmp_path / "signed").write_bytes(signed)
    (tmp_path / "signature").write_bytes(der(signature))
    get_key = ["openssl", "x509", "-in", str(released.trust / "seal-0001.pem"), "-noout", "-pubkey"]
    (tmp_path / "key.pem").write_bytes(subprocess.run(get_key, capture_output=True, check=True).stdout)
    command = ["openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "signature", "signed"]

    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    (tmp_path / "signed").write_bytes(flipped(signed, 40))
    forged = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert said == "Verified OK\n"
    assert forged.returncode == 1
    about = subprocess.run(
        ["openssl", "x509", "-in", released.trust / "seal-0001.pem", "-noout", "-subject", "-serial", "-ext",
         "extendedKeyUsage"], capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "2.23.136.1.1.11.1" in about
    assert "C = KR, CN = HW" in about or "C=KR, CN=HW" in about
    assert "serial=01" in about
    # The header names that certificate: country and name, then the length of the serial number and its one digit.
    assert c40_apart(seal[4:8]) == "KRHW01"
    assert seal[8:10] == bytes((0xFE, ord("1") + 1))


def der(raw: bytes) -> bytes:
    """Return r and s, one after the other, as a DER sequence of two integers."""
    numbers = b""
    for half in (raw[:32], raw[32:]):
        trimmed = half.lstrip(b"\0")
        integer = b"\0" + trimmed if trimmed[0] & 0x80 else trimmed
        numbers += bytes((0x02, len(integer))) + integer
    return bytes((0x30, len(numbers))) + numbers


# Travel documents, test 6: the seal's place.


def test_modules_are_large_enough_and_the_quiet_zone_is_white(released: Released) -> None:
    dots = 25.4 / DOTS
    place = picture_of(released.pdf, SEAL_LEFT, SEAL_TOP, SEAL_SIDE, SEAL_SIDE)
    # The corners of the place are outside the quiet zone.
    inner = place.crop((6, 6, place.width - 6, place.height - 6)).point(lambda grey: 255 if grey < 128 else 0)

    left, top, right, bottom = inner.getbbox() or (0, 0, 0, 0)

    wide, high = (right - left) * dots, (bottom - top) * dots
    assert SEAL_MODULE >= 0.3386
    assert wide == pytest.approx(44 * SEAL_MODULE, abs=0.2)
    assert high == pytest.approx(44 * SEAL_MODULE, abs=0.2)
    for white in (left + 6, top + 6, place.width - right - 6, place.height - bottom - 6):
        assert white * dots >= QUIET_MODULES * SEAL_MODULE
    assert wide / 44 >= 0.3386


@pytest.mark.parametrize("dots", [150, 200, 300, 600])
@without("pdftoppm")
def test_the_seal_is_read_however_finely_it_was_printed(plain: Released, tmp_path: Path, dots: int) -> None:
    assert seal_on_paper(plain.saved(tmp_path), tmp_path, dots) == plain.seal


def test_nothing_but_the_seal_differs_from_the_page_that_was_approved(released: Released) -> None:
    approved, sealed = render(released.content), released.pdf

    before, after = (picture_of(pdf, 0, 0, 210, 297) for pdf in (approved, sealed))

    differs = [(x, y) for x, y, same in _pixels(before, after) if not same]
    assert differs
    dots = DOTS / 25.4
    assert all(SEAL_LEFT * dots < x < (SEAL_LEFT + SEAL_SIDE) * dots for x, _ in differs)
    assert all(SEAL_TOP * dots < y < (SEAL_TOP + SEAL_SIDE) * dots for _, y in differs)


def _pixels(before: Image.Image, after: Image.Image) -> list[tuple[int, int, bool]]:
    pairs = zip(before.tobytes(), after.tobytes(), strict=True)
    return [(place % before.width, place // before.width, one == other) for place, (one, other) in enumerate(pairs)]
