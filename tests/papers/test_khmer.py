"""Khmer: drawn as HarfBuzz's own program draws it, and read back word for word."""

import io
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pypdf
import pytest
from PIL import Image, ImageChops

from tasks.papers import faces, page
from tasks.papers.faces import MAY_BREAK, Face
from tasks.papers.page import Align, Sheet, Type, width_of, wrapped
from tests.papers.contents import MADE_AT
from tests.papers.reading import words_of

TITLES = ("ឯកសារធ្វើដំណើរបន្ទាន់", "លិខិតស្នើសុំអនុញ្ញាតឱ្យចាកចេញពីប្រទេស", "ព្រះរាជាណាចក្រកម្ពុជា ក្រសួងមហាផ្ទៃ", "ស្ត្រី ខ្ញុំ ១២៣៤៥")
MIXED = "ឯកសារ KHM-2026-0042 ថ្ងៃទី ៥ 한국 (កម្ពុជា)។"
FONTS = Path(faces.__file__).parent / "fonts"
POINTS_AN_INCH, DOTS_AN_INCH = 72, 1200


def drawn(words: str, style: Type, *, align: Align = Align.left) -> bytes:
    sheet = Sheet(title="시험 / Trial", moment=MADE_AT)
    sheet.text(20, 60, words, style, align=align)
    return sheet.finish()


@pytest.mark.skipif(
    not (shutil.which("hb-view") and shutil.which("pdftoppm")), reason="hb-view or poppler is not installed"
)
@pytest.mark.parametrize("face", [Face.khmer, Face.khmer_bold])
@pytest.mark.parametrize("words", TITLES)
def test_khmer_looks_as_hb_view_draws_it(words: str, face: Face, tmp_path: Path) -> None:
    size = 20
    beside = {Face.khmer: Face.regular, Face.khmer_bold: Face.bold}[face]
    (tmp_path / "ours.pdf").write_bytes(drawn(words, Type(beside, size, 20, page.Colour.black)))
    ppm = [
        "pdftoppm",
        "-r",
        str(DOTS_AN_INCH),
        "-gray",
        "-H",
        "4000",
        "-singlefile",
        str(tmp_path / "ours.pdf"),
        str(tmp_path / "ours"),
    ]
    subprocess.run(ppm, check=True)
    # Without a margin it cuts off what hangs below the line.
    theirs = [
        "hb-view",
        "--margin=180",
        f"--font-size={size * DOTS_AN_INCH / POINTS_AN_INCH}",
        f"--output-file={tmp_path}/theirs.png",
    ]
    subprocess.run([*theirs, "--script=Khmr", "--language=km", str(FONTS / f"{face.value}.ttf"), words], check=True)

    ours, expected = (_inked(Image.open(tmp_path / name)) for name in ("ours.pgm", "theirs.png"))

    assert abs(ours.width - expected.width) <= 2
    assert abs(ours.height - expected.height) <= 2
    # Two programs smooth edges differently and begin between two dots; a missing or misplaced sign is far more.
    assert _difference(ours, expected) < 0.04


def _difference(ours: Image.Image, expected: Image.Image) -> float:
    """Return the share of the black that differs, with one picture laid on the other as well as it can be."""
    black = sum(ImageChops.invert(expected).tobytes())
    laid = [ImageChops.offset(_widened(ours), x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)]
    return min(sum(ImageChops.difference(each, _widened(expected)).tobytes()) / black for each in laid)


def _widened(image: Image.Image) -> Image.Image:
    wide = Image.new("L", (9000, 700), 255)
    wide.paste(image, (3, 3))
    return wide


def _inked(image: Image.Image) -> Image.Image:
    grey = image.convert("L")
    box = ImageChops.invert(grey).point(lambda value: 255 if value > 100 else 0).getbbox()
    assert box is not None
    return grey.crop(box)


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler is not installed")
@pytest.mark.parametrize("words", [*TITLES, MIXED])
def test_poppler_pdfium_and_pypdf_give_the_words_back(words: str) -> None:
    pdf = drawn(words, page.BODY)

    poppler = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()

    assert poppler.strip() == words
    assert words_of(pdf) == words
    read = pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    assert "".join(read.split()) == words.replace(" ", "")


@pytest.mark.skipif(not shutil.which("pdffonts"), reason="poppler is not installed")
def test_only_embedded_fonts_are_listed() -> None:
    listed = subprocess.run(["pdffonts", "-"], input=drawn(MIXED, page.BODY), capture_output=True, check=True).stdout
    lines = listed.decode().splitlines()[2:]

    assert {line.split("+")[1].split()[0] for line in lines} == {"NanumGothic", "NotoSansKhmer-Regular"}
    assert all(line[54:].split()[1:4] == ["yes", "yes", "yes"] for line in lines)


@pytest.mark.parametrize("words", ["\u17d2ក", "ិក", "ក\u17d2", "កៅៅ"])
def test_signs_in_an_order_nobody_reads_are_refused_before_drawing(words: str) -> None:
    with pytest.raises(ValueError, match="order that cannot be drawn"):
        drawn(words, page.BODY)
    assert "?" in page.drawable(words, page.BODY.face)


def test_a_line_ends_at_a_zero_width_space_and_never_within_a_word() -> None:
    words = ["ឯកសារ", "នេះ", "ប្រើ", "បាន", "តែ", "ម្តង", "គត់", "សម្រាប់", "ដំណើរ", "ដែល", "បាន", "សរសេរ"]

    lines = wrapped(MAY_BREAK.join(words), page.BODY, 20)

    assert len(lines) > 2
    assert "".join(lines) == "".join(words)
    ends = {sum(map(len, words[:place])) for place in range(len(words) + 1)}
    assert {sum(map(len, lines[:place])) for place in range(len(lines) + 1)} <= ends
    assert all(width_of(line, page.BODY) <= 20 for line in lines)
    # As full as they go: the next word would not have fitted.
    for line, following in pairwise(lines):
        first = next(word for word in words if following.startswith(word))
        assert width_of(line + first, page.BODY) > 20


def test_a_word_longer_than_a_line_breaks_between_syllables() -> None:
    for line in wrapped("ស្ត្រីស្ត្រីស្ត្រីស្ត្រី", page.BODY, 9):
        assert line.replace("ស្ត្រី", "") == ""


def test_the_same_words_in_the_same_place_whichever_side_they_are_set_from() -> None:
    style = Type(Face.regular, 12, 6)

    assert width_of(MIXED, style) == pytest.approx(
        sum(width_of(run.words, style) for run in faces.runs(MIXED, style.face))
    )
    assert words_of(drawn("ក", style, align=Align.right)) == "ក"
