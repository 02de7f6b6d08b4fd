"""The bar code of a seal, read back by a reader that shares nothing with our writer."""

import random

import pytest
import zxingcpp
from PIL import Image

from tasks.papers.seal import symbol


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
