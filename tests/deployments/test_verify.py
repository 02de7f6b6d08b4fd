"""`homeward documents verify`: offline, without a stack, a database or an officer."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from PIL import Image
from typer.testing import CliRunner, Result

from deployments.cli.main import app
from deployments.signer.authority import make_authority, make_revocation_list, make_signer
from models.mrz import PartialDate, td2_lines
from tasks.papers.seal import etd_seal, sign_seal, symbol

MADE = datetime(2026, 1, 10, 8, tzinfo=UTC)
ZONE = td2_lines(
    document_code="PU", issuing_state="KOR", surname="HONG", given_names="GILDONG", document_number="M123A4567",
    nationality="KOR", born_on=PartialDate(1990, 1, 2), sex="M", expires_on=date(2026, 12, 5),
)  # fmt: skip


def verify(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["documents", "verify", *map(str, words)])


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """A folder of trust, and a seal that it makes valid."""
    folder = tmp_path_factory.mktemp("trust")
    country = make_authority("KR", name="Homeward Drill CSCA", at=MADE)
    signer = make_signer(country, name="HW", serial=0x2A, at=MADE)
    listed = make_revocation_list(country, revoked={}, at=MADE, number=1)
    for name, each in (("csca", country.certificate), ("signer", signer.certificate), ("list", listed)):
        (folder / f"{name}.pem").write_bytes(each.public_bytes(Encoding.PEM))
    seal = etd_seal(
        ZONE, issuing_country="KOR", signer_identifier=signer.identifier, certificate_reference=signer.reference,
        document_issued_on=date(2026, 3, 1), signed_on=date(2026, 3, 1),
    )  # fmt: skip
    return folder, sign_seal(seal, signer.key).encoded


def picture(encoded: bytes, path: Path) -> Path:
    rows = symbol(encoded)
    image = Image.new("L", (len(rows) + 8, len(rows) + 8), 255)
    for row, line in enumerate(rows):
        for column, dark in enumerate(line):
            image.putpixel((column + 4, row + 4), 0 if dark else 255)
    image.resize((image.width * 6, image.height * 6), Image.Resampling.NEAREST).save(path)
    return path


def test_a_bare_seal_and_the_zone_beside_it(trust: tuple[Path, bytes]) -> None:
    folder, encoded = trust
    words = ("--seal", encoded.hex(), "--trust", folder, "--at", "2026-03-02", "--json")

    assert json.loads(verify(*words, "--printed-mrz", *ZONE).stdout) == {"status": "VALID", "sub_indication": None}
    other = verify(*words, "--printed-mrz", ZONE[0], ZONE[1].replace("900102", "900103"))
    assert json.loads(other.stdout) == {"status": "INVALID", "sub_indication": "INVALID_PRINTED_MRZ"}
    assert other.exit_code == 1


def test_a_picture_of_a_seal(trust: tuple[Path, bytes], tmp_path: Path) -> None:
    folder, encoded = trust

    assert verify(picture(encoded, tmp_path / "seal.png"), "--trust", folder, "--at", "2026-03-02").stdout == "VALID.\n"
    blank = tmp_path / "blank.png"
    Image.new("L", (300, 300), 255).save(blank)
    nothing = verify(blank, "--trust", folder, "--json")
    assert json.loads(nothing.stdout) == {"status": "INVALID", "sub_indication": "READ_ERROR"}


def test_whoever_compares_by_eye_is_shown_the_lines_to_look_for(trust: tuple[Path, bytes], tmp_path: Path) -> None:
    folder, encoded = trust
    at = ("--trust", folder, "--at", "2026-03-02")

    by_eye = [
        verify("--seal", encoded.hex(), *at), verify(picture(encoded, tmp_path / "seal.png"), *at),
    ]  # fmt: skip
    compared = verify("--seal", encoded.hex(), *at, "--printed-mrz", *ZONE)
    for_machines = verify("--seal", encoded.hex(), *at, "--json")

    for told in by_eye:
        assert "compare them with the paper" in told.stderr
        assert told.stderr.splitlines()[1:] == list(ZONE)
    assert (compared.stderr, for_machines.stderr) == ("", "")


def test_an_old_revocation_list_is_told_and_does_not_strand_anybody(trust: tuple[Path, bytes]) -> None:
    folder, encoded = trust

    late = verify("--seal", encoded.hex(), "--trust", folder, "--at", "2026-05-01")

    assert late.stdout == "VALID.\n"
    assert "should have been replaced by 2026-04-10; get a newer one" in late.stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "one of the two"),
        (("--seal", "dc03"), "Give --trust"),
        (("--seal", "xyz", "--trust", "."), "hexadecimal"),
        (("--seal", "dc03", "--trust", "nowhere"), "is no folder"),
        (("--seal", "dc03", "--trust", ".", "--at", "soon"), "is not a day"),
        (("nowhere.pdf", "--trust", "."), "cannot be read"),
        (("odd.pdf", "--trust", "."), "cannot be opened as a PDF"),
        (("odd.png", "--trust", "."), "no PDF, PNG or JPEG"),
        (("empty.png", "--trust", "."), "is empty"),
    ],
)
def test_bad_input_gets_one_sentence(
    words: tuple[str, ...], why: str, trust: tuple[Path, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "odd.pdf").write_bytes(b"%PDF-1.7 and then nothing")
    (tmp_path / "odd.png").write_bytes(b"no picture")
    (tmp_path / "empty.png").write_bytes(b"")

    done = verify(*(str(trust[0]) if word == "." else word for word in words))

    assert (done.exit_code, done.stdout) == (2, ""), done.stderr
    assert why in done.stderr
    assert done.stderr.count("\n") == 1
