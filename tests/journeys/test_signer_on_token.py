"""The signer's process as the stack starts it, with its keys on a token: SoftHSM stands in for the hardware."""

import hashlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from deployments.signer import hardware
from deployments.stack import sealing, services
from deployments.stack.ground import CannotStart
from models.case import Step
from tasks import decisions
from tasks.settings import Location, settings, signer_token
from tests.deployments.test_signer_token import LIBRARY, PIN
from tests.journeys.story import Story
from tests.journeys.test_signer import ask, verdict

pytestmark = pytest.mark.skipif(
    LIBRARY is None or shutil.which("softhsm2-util") is None, reason="SoftHSM (softhsm2) is not on this machine"
)


@dataclass(frozen=True)
class Stack:
    """As much of the stack as starts the signer."""

    where: Location
    place: sealing.Place

    @contextmanager
    def signer(self) -> Iterator[str]:
        """While it lasts, the signer answers; what it has logged at that moment."""
        child = services.start("signer", sealing.command(self.place), self.where, {})
        try:
            sealing.wait_answering(child, self.place)
            yield child.log.read_text()
        finally:
            child.stop()


@pytest.fixture
def stack(story: Story, configured: pytest.MonkeyPatch) -> Iterator[Stack]:
    """A signer's folder after a ceremony that made its keys on a token, both its own account's where we are root."""
    del story
    # Not below pytest's own folder, which is closed to other accounts.
    base = Path(tempfile.mkdtemp())
    base.chmod(0o711)
    for name in ("tokens", "logs", "run"):
        (base / name).mkdir()
    (base / "softhsm2.conf").write_text(f"directories.tokendir = {base / 'tokens'}\nlog.level = ERROR\n")
    configured.setenv("SOFTHSM2_CONF", str(base / "softhsm2.conf"))
    for name, value in (("MODULE", str(LIBRARY)), ("TOKEN", "homeward"), ("PIN", PIN)):
        configured.setenv(f"HOMEWARD_SIGNER_PKCS11_{name}", value)
    configured.setenv("HOMEWARD_SIGNER_SOCKET", str(base / "signer.sock"))
    settings.cache_clear()
    account = "games" if os.geteuid() == 0 else None
    place = sealing.Place(base / "signer", base / "signer.sock", account)
    words = ["softhsm2-util", "--init-token", "--free", "--label", "homeward", "--pin", PIN, "--so-pin", "97531"]
    subprocess.run(words, check=True, capture_output=True)
    # In a process of its own: the library reads where its tokens lie once a process.
    ceremony = [services.program("homeward"), "signer", "init", "--folder", str(place.folder)]
    subprocess.run(ceremony, check=True, capture_output=True)
    if account is not None:
        owner = pwd.getpwnam(account)
        for path in (base / "tokens", *(base / "tokens").rglob("*")):
            os.chown(path, owner.pw_uid, owner.pw_gid)
    yield Stack(Location(var=base), place)
    signer_token.cache_clear()
    shutil.rmtree(base)


def test_it_seals_and_signs_an_approved_document_with_the_keys_on_the_token(
    story: Story, stack: Stack, tmp_path: Path
) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.release)
    decisions.record(story.reference, Step.release.value, story.answer())

    with stack.signer():
        document = ask(story)
    with stack.signer():
        again = ask(story)

    assert [file.name for file in stack.place.folder.glob("*.key")] == ["csca.key"]
    assert {file.name for file in stack.place.folder.glob("*.token")} == {"seal-0001.token", "page-0002.token"}
    assert hashlib.sha256(document).digest() == hashlib.sha256(again).digest()
    assert verdict(document, stack.place.folder, tmp_path) == {
        "status": "VALID", "sub_indication": None, "pdf_signature": "VALID",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("PIN", "000000", "does not take the PIN; set HOMEWARD_SIGNER_PKCS11_PIN right"),
        ("TOKEN", "elsewhere", "the token elsewhere is not there; put it in"),
        ("MODULE", "/nowhere/libtoken.so", "/nowhere/libtoken.so is no library of a token here"),
    ],
)
def test_with_a_wrong_pin_or_without_its_token_it_does_not_start_and_says_so_in_one_sentence(
    stack: Stack, configured: pytest.MonkeyPatch, name: str, value: str, why: str
) -> None:
    configured.setenv(f"HOMEWARD_SIGNER_PKCS11_{name}", value)

    with (
        pytest.raises(CannotStart, match="The signer ended with code 1: The signer cannot work: ") as told,
        stack.signer(),
    ):
        pass

    log = (stack.where.var / "logs" / "signer.log").read_text()
    assert why in str(told.value)
    assert log.count("\n") == 1
    assert "Traceback" not in log
    for secret in (PIN, "000000"):
        assert secret not in log


def test_a_pin_the_token_refused_is_not_tried_at_the_next_start_and_is_once_its_note_is_gone(
    stack: Stack, configured: pytest.MonkeyPatch
) -> None:
    configured.setenv("HOMEWARD_SIGNER_PKCS11_PIN", "000000")
    with pytest.raises(CannotStart, match="does not take the PIN"), stack.signer():
        pass

    # A restart that tried would succeed: the PIN is right again.
    configured.setenv("HOMEWARD_SIGNER_PKCS11_PIN", PIN)
    with pytest.raises(CannotStart, match="is not asked again"), stack.signer():
        pass

    (stack.place.folder / hardware.REFUSED).unlink()
    with stack.signer() as logged:
        assert logged.count("The signer cannot work") == 2


def test_nobody_but_the_signer_is_given_what_opens_the_token(stack: Stack) -> None:
    tells = [sys.executable, "-c", "import os; print(sorted(key for key in os.environ if 'PKCS11' in key))"]

    given = {}
    for name in ("signer", "desk", "worker", "worker-2", "prefect", "sandbox", "exporter"):
        child = services.start(name, tells, stack.where, {})
        child.process.wait(30)
        given[name] = child.log.read_text().strip()
        child.stop()

    opens = str([f"HOMEWARD_SIGNER_PKCS11_{name}" for name in ("MODULE", "PIN", "TOKEN")])
    assert given == dict.fromkeys(given, "[]") | {"signer": opens}
