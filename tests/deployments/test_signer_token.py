"""The signer's keys on a token: SoftHSM stands in for the hardware, over the same PKCS#11."""

import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pkcs11
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from deployments.signer import ceremony, hardware
from deployments.signer.folder import Folder, FolderUnusable, State, Use, read_folder
from tasks.papers.seal import etd_seal, sign_seal, verify_seal
from tasks.papers.signature import judge_signature, sign_page
from tasks.papers.travel_document import render, td2_lines
from tasks.settings import SettingsUnusable, SignerToken, signer_token
from tests.papers.contents import plain_travel_document

MADE = datetime(2026, 1, 10, 8, tzinfo=UTC)
ISSUED = date(2026, 3, 1)
PIN = "246810"
CONTENT = plain_travel_document(specimen=True)
LIBRARY = next(
    (path for path in map(Path, ("/usr/lib/softhsm/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so",
                                 "/usr/lib64/softhsm/libsofthsm2.so")) if path.exists()), None,
)  # fmt: skip

pytestmark = pytest.mark.skipif(
    LIBRARY is None or shutil.which("softhsm2-util") is None, reason="SoftHSM (softhsm2) is not on this machine"
)


@pytest.fixture(scope="module")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A token of this module: the library reads where its tokens lie once a process."""
    place = tmp_path_factory.mktemp("softhsm")
    (place / "tokens").mkdir()
    (place / "softhsm2.conf").write_text(f"directories.tokendir = {place / 'tokens'}\nlog.level = ERROR\n")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SOFTHSM2_CONF", str(place / "softhsm2.conf"))
        words = ["softhsm2-util", "--init-token", "--free", "--label", "homeward", "--pin", PIN, "--so-pin", "97531"]
        subprocess.run(words, check=True, capture_output=True)
        yield place


@pytest.fixture
def token(softhsm: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[SignerToken]:
    """The settings of a signer whose keys lie on the token."""
    del softhsm
    monkeypatch.setenv("HOMEWARD_VAR", str(tmp_path / "var"))
    for name, value in (("MODULE", str(LIBRARY)), ("TOKEN", "homeward"), ("PIN", PIN)):
        monkeypatch.setenv(f"HOMEWARD_SIGNER_PKCS11_{name}", value)
    signer_token.cache_clear()
    found = signer_token()
    assert found is not None
    yield found
    signer_token.cache_clear()


@pytest.fixture
def folder(token: SignerToken, tmp_path: Path) -> Folder:
    """A signer's folder after a ceremony that made its keys on the token."""
    del token
    return ceremony.begin(tmp_path / "signer", at=MADE)


def test_keys_are_made_on_the_token_and_no_file_holds_one(folder: Folder, token: SignerToken) -> None:
    kept = {file.name: file.read_text() for file in folder.path.glob("*.token")}
    assert kept == {"seal-0001.token": "seal-0001\n", "page-0002.token": "page-0002\n"}
    assert [file.name for file in folder.path.glob("*.key")] == ["csca.key"]
    with pkcs11.lib(str(token.module)).get_token(token_label="homeward").open(user_pin=PIN) as session:
        key = session.get_key(pkcs11.ObjectClass.PRIVATE_KEY, label="seal-0001")
        assert (key[pkcs11.Attribute.SENSITIVE], key[pkcs11.Attribute.EXTRACTABLE]) == (True, False)
        with pytest.raises(pkcs11.exceptions.AttributeSensitive):
            key[pkcs11.Attribute.VALUE]


def test_seal_and_file_signed_on_the_token_verify_like_any_others(folder: Folder) -> None:
    of_seal, of_page = (folder.signing(use, at=MADE) for use in (Use.seal, Use.page))
    seal = etd_seal(
        td2_lines(CONTENT), issuing_country="KOR", signer_identifier=of_seal.identifier,
        certificate_reference=of_seal.serial, document_issued_on=ISSUED, signed_on=ISSUED,
    )  # fmt: skip
    key = of_seal.key()

    # One r or s in 128 is short: each is filled up.
    sealed = [sign_seal(seal, key).encoded for _ in range(40)]
    page = sign_page(render(CONTENT, seal=sealed[0]), key=of_page.key(), certificate=of_page.certificate)

    assert isinstance(key, hardware.TokenKey)
    assert all(verify_seal(each, trust=folder.trust, at=ISSUED).valid for each in sealed)
    assert judge_signature(page, trust=folder.trust, at=ISSUED) is None


def test_a_rotation_destroys_the_old_keys_on_the_token(folder: Folder, token: SignerToken) -> None:
    later = MADE + timedelta(days=300)

    renewed = ceremony.renew(folder.path, at=later)

    assert [(held.serial, renewed.state(held, at=later)) for held in renewed.held] == [
        ("1", State.replaced), ("2", State.replaced), ("3", State.signs), ("4", State.signs),
    ]  # fmt: skip
    for gone in ("seal-0001", "page-0002"):
        with pytest.raises(hardware.TokenUnusable):
            hardware.find_key(token, renewed.path, gone)
    assert hardware.find_key(token, renewed.path, "seal-0003").public_key == renewed.held[2].certificate.public_key()


def test_a_pin_that_was_refused_is_not_tried_again_until_somebody_acted(
    folder: Folder, token: SignerToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given keys found while the PIN was right, and a PIN that became wrong
    keys = [held.key() for held in folder.held]
    refused = folder.path / hardware.REFUSED
    monkeypatch.setenv("HOMEWARD_SIGNER_PKCS11_PIN", "000000")
    signer_token.cache_clear()

    with pytest.raises(FolderUnusable, match=r"does not take the PIN; set .* then remove .*pin-refused"):
        folder.held[0].key()

    # then not even the right PIN is tried: whatever signs, looks for a key, makes or destroys one
    monkeypatch.setenv("HOMEWARD_SIGNER_PKCS11_PIN", PIN)
    signer_token.cache_clear()
    for tries in (
        lambda: keys[1].sign(b"page", ec.ECDSA(hashes.SHA256())),
        lambda: read_folder(folder.path, drill=True).open_keys(at=MADE),
        lambda: ceremony.renew(folder.path, at=MADE),
        folder.held[0].destroy_key,
    ):
        with pytest.raises((FolderUnusable, hardware.TokenUnusable), match="is not asked again"):
            tries()
    assert (PIN in refused.read_text(), "000000" in refused.read_text()) == (False, False)

    # when whoever set it right has removed the note
    refused.unlink()
    folder.held[0].key()
    assert not refused.exists()


def test_a_wrong_pin_another_key_and_a_missing_setting_are_said_in_one_sentence(
    folder: Folder, token: SignerToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal, page = folder.held
    seal.key_file.write_text("page-0002\n")
    with pytest.raises(FolderUnusable, match=r"seal-0001\.token names does not belong to its certificate"):
        seal.key()
    page.key_file.write_text("nobody\n")
    with pytest.raises(FolderUnusable, match=r"cannot be used: the token homeward does not do it \(NoSuchKey\)"):
        page.key()

    monkeypatch.setenv("HOMEWARD_SIGNER_PKCS11_PIN", "000000")
    signer_token.cache_clear()
    with pytest.raises(FolderUnusable, match="PinIncorrect") as told:
        seal.key()
    assert "000000" not in str(told.value)
    (folder.path / hardware.REFUSED).unlink()

    monkeypatch.delenv("HOMEWARD_SIGNER_PKCS11_PIN")
    signer_token.cache_clear()
    with pytest.raises(SettingsUnusable, match="belong together"):
        signer_token()

    for name in ("MODULE", "TOKEN"):
        monkeypatch.delenv(f"HOMEWARD_SIGNER_PKCS11_{name}")
    signer_token.cache_clear()
    with pytest.raises(FolderUnusable, match="set HOMEWARD_SIGNER_PKCS11_MODULE"):
        read_folder(folder.path, drill=True).held[0].key()
    assert token.token == "homeward"
