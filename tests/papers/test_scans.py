"""What somebody sends as a scan: too large a picture is refused in a sentence, and many are read at once."""

import struct
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from tasks import delivery
from tasks.papers.seal import reading
from tasks.papers.travel_document import render
from tests.papers.contents import plain_travel_document


def png(width: int, height: int) -> bytes:
    """A white picture of bits, packed as small as zlib makes it."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = zlib.compress((b"\x00" + b"\xff" * (width // 8)) * height, 9)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [8_000, 10_000, 16_000])
def test_a_picture_that_unpacks_to_more_than_any_scan_needs_is_refused_in_a_sentence(side: int) -> None:
    bomb = png(side, side)
    assert len(bomb) < 100_000

    with pytest.raises(reading.Unreadable, match=r"^The scan is (larger than any scan needs|no PDF)"):
        reading.picture_of(bomb, "The scan")


def test_pages_sent_by_several_officers_at_once_are_each_read_rightly() -> None:
    page = render(plain_travel_document())
    alone = delivery.read(page, "page.pdf")

    with ThreadPoolExecutor(4) as officers:
        found = list(officers.map(lambda _: delivery.read(page, "page.pdf"), range(8)))

    assert found == [alone] * 8
