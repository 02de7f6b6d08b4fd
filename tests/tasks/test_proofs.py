"""Proofs of seats: a PDF, JPEG or PNG that opens is taken as it came; anything else is one sentence."""

import io
import os
from pathlib import Path

import pytest
from PIL import Image

from models.by_hand import ProofKind
from tasks import proofs
from tasks.papers import itinerary
from tasks.papers.seal.reading import Unreadable, read_file
from tests.papers.contents import plain_itinerary, synthetic_portrait


def picture(form: str, size: tuple[int, int] = (40, 60)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "#DDE4E8").save(file, form)
    return file.getvalue()


@pytest.mark.parametrize("kind", list(ProofKind))
def test_a_proof_that_opens_is_kept_byte_for_byte(kind: ProofKind, tmp_path: Path) -> None:
    content = {
        ProofKind.pdf: itinerary.render(plain_itinerary()),
        ProofKind.jpeg: synthetic_portrait(),
        ProofKind.png: picture("PNG"),
    }[kind]
    file = tmp_path / "confirmation"
    file.write_bytes(content)

    assert proofs.checked(file) == (kind, content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"KE690 confirmed, see you",
        b"%PDF-1.7\n%nothing follows",
        itinerary.render(plain_itinerary())[:900],
        synthetic_portrait()[:2000],
        picture("PNG")[:-30],
        picture("GIF"),
        b"<html><script>alert(1)</script></html>",
        b"\x00" * 4096,
    ],
    ids=["empty", "text", "no PDF", "PDF cut off", "JPEG cut off", "PNG cut off", "GIF", "HTML", "zeros"],
)
def test_anything_else_is_one_sentence_that_says_what_to_do(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "confirmation.pdf"
    file.write_bytes(content)

    with pytest.raises(ValueError, match=r"confirmation\.pdf .*; .*\.$"):
        proofs.checked(file)


def test_a_bomb_and_a_file_too_large_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    bomb, large = tmp_path / "bomb.png", tmp_path / "large.pdf"
    bomb.write_bytes(picture("PNG", (9000, 9000)))
    large.write_bytes(b"%PDF-" + b"0" * proofs.LARGEST_FILE)

    with pytest.raises(ValueError, match="60 million pixels"):
        proofs.checked(bomb)
    with pytest.raises(ValueError, match="larger than 10 MB"):
        proofs.checked(large)
    with pytest.raises(ValueError, match="cannot be read"):
        proofs.checked(tmp_path / "absent.pdf")


def test_what_has_no_end_is_not_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    for endless in (Path("/dev/zero"), pipe, tmp_path):
        with pytest.raises(ValueError, match="no ordinary file; give a PDF, JPEG or PNG file"):
            proofs.checked(endless)
        with pytest.raises(Unreadable, match="cannot be read"):
            read_file(endless)
