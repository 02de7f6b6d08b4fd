"""
The bar code of a seal: a square DataMatrix, ECC 200, its bytes in Base 256.

Our own because the encoders at hand cannot write this plainly: reportlab's knows one size and C40 only, and zxing-cpp's
puts an ECI before the bytes, which a seal must not have. Source: ISO/IEC 16022:2006 §5.2 and annexes B, E and F.
"""

from dataclasses import dataclass

_LATCH_BASE_256 = 231
_PAD = 129


@dataclass(frozen=True, slots=True)
class _Size:
    """One symbol size of ISO/IEC 16022 table 7."""

    modules: int
    """Modules a side, finder patterns included."""
    data: int
    """Codewords of data."""
    check: int
    """Codewords of error correction."""
    regions: int = 1
    """Data regions a side, each with finder patterns of its own."""
    blocks: int = 1
    """Blocks the codewords are dealt to in turn."""

    @property
    def mapping(self) -> int:
        """Modules a side without finder patterns."""
        return self.modules - 2 * self.regions


_SIZES = (
    _Size(10, 3, 5), _Size(12, 5, 7), _Size(14, 8, 10), _Size(16, 12, 12), _Size(18, 18, 14), _Size(20, 22, 18),
    _Size(22, 30, 20), _Size(24, 36, 24), _Size(26, 44, 28), _Size(32, 62, 36, 2), _Size(36, 86, 42, 2),
    _Size(40, 114, 48, 2), _Size(44, 144, 56, 2), _Size(48, 174, 68, 2), _Size(52, 204, 84, 2, 2),
    _Size(64, 280, 112, 4, 2),
)  # fmt: skip


def symbol(content: bytes) -> tuple[tuple[bool, ...], ...]:
    """
    Return the rows of the smallest square symbol that holds the bytes; True is a dark module. No quiet zone.

    Raises:
        ValueError: more bytes than a symbol of 64×64 holds.
    """
    length = bytes((len(content),)) if len(content) < 250 else bytes((249 + len(content) // 250, len(content) % 250))
    fits = [size for size in _SIZES if size.data >= 1 + len(length) + len(content)]
    if not fits:
        raise ValueError(f"a seal's bar code holds 277 bytes at most, not {len(content)}")
    size = fits[0]
    codewords = [_LATCH_BASE_256]
    for byte in length + content:
        # The 255-state algorithm; positions count from 1. Source: ISO/IEC 16022 annex B.2.
        codewords.append((byte + (149 * (len(codewords) + 1)) % 255 + 1) % 256)
    if len(codewords) < size.data:
        codewords.append(_PAD)
    while len(codewords) < size.data:
        # The 253-state algorithm. Source: ISO/IEC 16022 annex B.1.
        pad = _PAD + (149 * (len(codewords) + 1)) % 253 + 1
        codewords.append(pad - 254 if pad > 254 else pad)
    return _framed(size, _placed(size.mapping, codewords + _corrections(size, codewords)))


def _tables() -> tuple[list[int], list[int]]:
    powers, logarithms, power = [0] * 510, [0] * 256, 1
    for exponent in range(255):
        powers[exponent] = powers[exponent + 255] = power
        logarithms[power] = exponent
        power <<= 1
        if power > 255:
            power ^= 0x12D  # the field's polynomial; ISO/IEC 16022 annex E.1
    return powers, logarithms


_POWERS, _LOGARITHMS = _tables()


def _times(one: int, other: int) -> int:
    return _POWERS[_LOGARITHMS[one] + _LOGARITHMS[other]] if one and other else 0


def _corrections(size: _Size, codewords: list[int]) -> list[int]:
    """Return the Reed-Solomon codewords of every block, dealt in turn as the data are."""
    count = size.check // size.blocks
    generator = [1]
    for exponent in range(1, count + 1):
        # Times (x + 2^exponent), the highest power first.
        shifted = [*generator, 0]
        scaled = [0, *(_times(each, _POWERS[exponent]) for each in generator)]
        generator = [one ^ other for one, other in zip(shifted, scaled, strict=True)]
    corrections = [0] * size.check
    for block in range(size.blocks):
        remainder = [0] * count
        for codeword in codewords[block :: size.blocks]:
            factor = codeword ^ remainder[0]
            remainder = [
                each ^ _times(factor, coefficient)
                for each, coefficient in zip([*remainder[1:], 0], generator[1:], strict=True)
            ]
        corrections[block :: size.blocks] = remainder
    return corrections


class _Mapping:
    """The mapping matrix while codewords are placed in it. Source: ISO/IEC 16022 annex F."""

    def __init__(self, side: int, codewords: list[int]) -> None:
        self.side = side
        self.rows: list[list[bool | None]] = [[None] * side for _ in range(side)]
        self._codewords = iter(codewords)

    def put(self, *places: tuple[int, int]) -> None:
        """Place the next codeword's eight bits, the highest first; a negative place wraps around."""
        codeword = next(self._codewords)
        turn = 4 - (self.side + 4) % 8
        for bit, place in enumerate(places):
            row, column = place if place[0] >= 0 else (place[0] + self.side, place[1] + turn)
            if column < 0:
                row, column = row + turn, column + self.side
            self.rows[row][column] = bool(codeword >> (7 - bit) & 1)

    def utah(self, row: int, column: int) -> None:
        """Place a codeword in its usual shape, with its last bit here."""
        self.put(
            (row - 2, column - 2), (row - 2, column - 1), (row - 1, column - 2), (row - 1, column - 1),
            (row - 1, column), (row, column - 2), (row, column - 1), (row, column),
        )  # fmt: skip

    def is_free(self, row: int, column: int) -> bool:
        """Whether a place lies within and holds nothing."""
        return 0 <= row < self.side and 0 <= column < self.side and self.rows[row][column] is None


def _corner(mapping: _Mapping, row: int, column: int) -> None:
    end = mapping.side - 1
    if (row, column) == (end + 1, 0):
        mapping.put((end, 0), (end, 1), (end, 2), (0, end - 1), (0, end), (1, end), (2, end), (3, end))
    elif (row, column) == (end - 1, 0) and mapping.side % 4:
        mapping.put((end - 2, 0), (end - 1, 0), (end, 0), (0, end - 3), (0, end - 2), (0, end - 1), (0, end), (1, end))
    elif (row, column) == (end - 1, 0) and mapping.side % 8 == 4:
        mapping.put((end - 2, 0), (end - 1, 0), (end, 0), (0, end - 1), (0, end), (1, end), (2, end), (3, end))
    elif (row, column) == (end + 5, 2) and mapping.side % 8 == 0:
        mapping.put((end, 0), (end, end), (0, end - 2), (0, end - 1), (0, end), (1, end - 2), (1, end - 1), (1, end))


def _placed(side: int, codewords: list[int]) -> list[list[bool]]:
    mapping = _Mapping(side, codewords)
    row, column = 4, 0
    while row < side or column < side:
        _corner(mapping, row, column)
        while row >= 0 and column < side:
            if mapping.is_free(row, column):
                mapping.utah(row, column)
            row, column = row - 2, column + 2
        row, column = row + 1, column + 3
        while row < side and column >= 0:
            if mapping.is_free(row, column):
                mapping.utah(row, column)
            row, column = row + 2, column - 2
        row, column = row + 3, column + 1
    # Four modules may be left over in the last corner: dark and light in turn.
    return [[(r == c) if dark is None else dark for c, dark in enumerate(line)] for r, line in enumerate(mapping.rows)]


def _framed(size: _Size, mapped: list[list[bool]]) -> tuple[tuple[bool, ...], ...]:
    """Return the mapping cut into regions, each with a solid line left and below and a dotted one above and right."""
    region = size.modules // size.regions
    inner = region - 2

    def dark(row: int, column: int) -> bool:
        down, across = row % region, column % region
        if across == 0 or down == region - 1:
            return True
        if down == 0:
            return across % 2 == 0
        if across == region - 1:
            return down % 2 == 1
        return mapped[row // region * inner + down - 1][column // region * inner + across - 1]

    return tuple(tuple(dark(row, column) for column in range(size.modules)) for row in range(size.modules))
