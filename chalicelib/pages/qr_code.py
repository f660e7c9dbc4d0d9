"""A QR code for the address that sets up a code app: always version 10, error correction L, mask 0, which is allowed
(ISO/IEC 18004) and leaves little to choose. A key of 52 letters is nothing to type from a screen into a telephone."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import groupby

SIZE = 57
CAPACITY_BYTES = 271
_DATA_CODEWORDS = 274
_BLOCKS = (68, 68, 69, 69)
_CHECK_CODEWORDS = 18
_ALIGNMENTS = (6, 28, 50)
_FORMAT = 0x77C4
"""Level L, mask 0, with its check bits."""
_VERSION = 0x0A4D3
"""Version 10, with its check bits."""

Modules = dict[tuple[int, int], bool]
"""Row and column, and whether it is dark."""


def qr_path(text: str) -> str:
    """The dark modules as the path of an SVG of 57 × 57. Raises ValueError for more than 271 bytes."""
    modules = _modules(text.encode())
    return "".join(_row_path(row, [modules[row, column] for column in range(SIZE)]) for row in range(SIZE))


def _row_path(row: int, modules: list[bool]) -> str:
    column, path = 0, ""
    for is_dark, run in groupby(modules):
        length = len(list(run))
        path += f"M{column} {row}h{length}v1h-{length}z" if is_dark else ""
        column += length
    return path


def _modules(data: bytes) -> Modules:
    if len(data) > CAPACITY_BYTES:
        raise ValueError("too long for this QR code")
    fixed = _fixed_modules()
    bits = (bool(codeword >> shift & 1) for codeword in _codewords(data) for shift in range(7, -1, -1))
    drawn = {place: next(bits, False) != (sum(place) % 2 == 0) for place in _zigzag() if place not in fixed}
    return {**drawn, **fixed}


def _codewords(data: bytes) -> Iterator[int]:
    """Mode, length, bytes and padding in four blocks, one codeword of each in turn; then their check codewords."""
    bits = 0b0100 << 16 | len(data)
    whole = (bits << 8 * len(data) | int.from_bytes(data, "big")) << 4
    message = whole.to_bytes(len(data) + 3, "big")
    padded = (message + b"\xec\x11" * _DATA_CODEWORDS)[:_DATA_CODEWORDS]
    starts = [sum(_BLOCKS[:number]) for number in range(len(_BLOCKS))]
    blocks = [padded[start : start + length] for start, length in zip(starts, _BLOCKS, strict=True)]
    checks = [_check_codewords(block) for block in blocks]
    for position in range(max(_BLOCKS)):
        yield from (block[position] for block in blocks if position < len(block))
    for position in range(_CHECK_CODEWORDS):
        yield from (check[position] for check in checks)


def _check_codewords(block: bytes) -> list[int]:
    """Reed-Solomon: what is left of the block's polynomial after division by the generator's."""
    left = [0] * _CHECK_CODEWORDS
    for codeword in block:
        factor = codeword ^ left.pop(0)
        left.append(0)
        left = [one ^ _times(other, factor) for one, other in zip(left, _generator(), strict=True)]
    return left


@cache
def _generator() -> tuple[int, ...]:
    """Coefficients of (x - 1)(x - 2)(x - 4) … without the first, which is 1."""
    coefficients, root = [1], 1
    for _ in range(_CHECK_CODEWORDS):
        shifted, scaled = [*coefficients, 0], [0, *(_times(one, root) for one in coefficients)]
        coefficients = [one ^ other for one, other in zip(shifted, scaled, strict=True)]
        root = _times(root, 2)
    return tuple(coefficients[1:])


def _times(one: int, other: int) -> int:
    """Product in the field of 256 elements (polynomial 0x11D)."""
    product = 0
    while other:
        product ^= one if other & 1 else 0
        one = one << 1 ^ (0x11D if one & 0x80 else 0)
        other >>= 1
    return product


def _zigzag() -> Iterator[tuple[int, int]]:
    """Two columns at a time from the right, up and down in turn; the column of the timing pattern is skipped."""
    columns = [*range(SIZE - 1, 6, -2), 5, 3, 1]
    for number, right in enumerate(columns):
        rows = range(SIZE) if number % 2 else range(SIZE - 1, -1, -1)
        yield from ((row, column) for row in rows for column in (right, right - 1))


@cache
def _fixed_modules() -> Modules:
    """What is the same in every code of this version: patterns to find and align it by, format, version."""
    modules: Modules = {}
    for place in range(SIZE):
        modules[6, place] = modules[place, 6] = place % 2 == 0
    for top, left in ((0, 0), (0, SIZE - 7), (SIZE - 7, 0)):
        modules |= _rings(top + 3, left + 3, 4, light=(2, 4))
    for row in _ALIGNMENTS:
        for column in _ALIGNMENTS:
            if (row, column) not in ((6, 6), (6, 50), (50, 6)):
                modules |= _rings(row, column, 2, light=(1,))
    near = [*range(6), 7, 8]
    for bit in range(15):
        is_dark = bool(_FORMAT >> bit & 1)
        beside = (near[bit], 8) if bit < 8 else (8, near[14 - bit])
        apart = (8, SIZE - 1 - bit) if bit < 8 else (SIZE - 15 + bit, 8)
        modules[beside] = modules[apart] = is_dark
    modules[SIZE - 8, 8] = True
    for bit in range(18):
        along, across = bit // 3, SIZE - 11 + bit % 3
        modules[along, across] = modules[across, along] = bool(_VERSION >> bit & 1)
    return modules


def _rings(row: int, column: int, reach: int, *, light: tuple[int, ...]) -> Modules:
    """Squares round a centre, dark but for those at the distances `light`, as far as the code goes."""
    near = range(-reach, reach + 1)
    return {
        (row + down, column + right): max(abs(down), abs(right)) not in light
        for down in near
        for right in near
        if 0 <= row + down < SIZE and 0 <= column + right < SIZE
    }
