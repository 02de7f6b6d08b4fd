"""The bar code of a seal, read back by a reader that shares nothing with our writer."""

import io
import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from tasks.papers.seal import symbol

VECTORS = Path(__file__).parents[1] / "vectors" / "etd"
PUBLISHED: list[dict[str, Any]] = json.loads((VECTORS / "vds_seals.json").read_text())


def read(rows: tuple[tuple[bool, ...], ...], *, module_px: int = 4) -> list[zxingcpp.Barcode]:
    side = len(rows) + 8
    picture = Image.new("L", (side, side), 255)
    for row, line in enumerate(rows):
        for column, dark in enumerate(line):
            picture.putpixel((column + 4, row + 4), 0 if dark else 255)
    return zxingcpp.read_barcodes(picture.resize((side * module_px,) * 2, Image.Resampling.NEAREST))


@pytest.mark.parametrize("length", [1, 3, 10, 20, 28, 34, 42, 60, 84, 112, 134, 142, 143, 172, 202, 203, 249, 250, 277])
def test_bytes_are_read_back_from_every_size(length: int) -> None:
    content = random.Random(length).randbytes(length)

    (code,) = read(symbol(content))

    assert bytes(code.bytes) == content
    # "]d1": DataMatrix ECC 200 without an extended channel interpretation before the bytes.
    assert code.symbology_identifier == "]d1"


def test_a_seal_of_134_bytes_takes_44_by_44_modules() -> None:
    assert len(symbol(bytes(134))) == 44


def test_more_than_the_largest_symbol_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="277 bytes at most, not 278"):
        symbol(bytes(278))


# Travel documents, test 3: the symbol is the standard's own, module for module.


def written(rows: tuple[tuple[bool, ...], ...]) -> list[str]:
    return ["".join("#" if dark else "." for dark in row) for row in rows]


def test_the_standards_own_seal_is_written_in_the_44_rows_another_encoder_wrote() -> None:
    saved = json.loads((VECTORS / "datamatrix_rows.json").read_text())
    (seal,) = (each for each in PUBLISHED if each["name"] == saved["seal"])

    assert written(symbol(bytes.fromhex(seal["hex"]))) == saved["rows"]


@pytest.mark.skipif(shutil.which("dmtxwrite") is None, reason="libdmtx (dmtx-utils) is not on this machine")
@pytest.mark.parametrize("published", PUBLISHED, ids=lambda seal: seal["name"])
def test_every_published_seal_is_written_as_libdmtx_writes_it(published: dict[str, Any]) -> None:
    content = bytes.fromhex(published["hex"])
    # Base 256, one pixel a module, a margin of one.
    png = subprocess.run(["dmtxwrite", "-e8", "-d1", "-m1"], input=content, capture_output=True, check=True).stdout
    picture = Image.open(io.BytesIO(png)).convert("L")
    side = picture.width - 2

    theirs = tuple(tuple(picture.getpixel((column + 1, row + 1)) == 0 for column in range(side)) for row in range(side))

    assert written(symbol(content)) == written(theirs)
