"""CRC-64 as OSS computes it (CRC-64/XZ), also of a whole from the CRCs of its parts."""

from __future__ import annotations

from functools import lru_cache

from fastcrc import crc64

_POLYNOMIAL = 0xC96C5795D7870F42

#: A linear map of 64 bits: what each of them becomes.
_Matrix = tuple[int, ...]


def update(checksum: int, data: bytes | bytearray | memoryview) -> int:
    """Return the CRC of what had `checksum`, followed by more bytes; start with 0."""
    return crc64.xz(bytes(data), checksum)


def combine(first: int, second: int, second_length: int) -> int:
    """Return the CRC of two byte strings, one after the other, from the CRC of each.

    Args:
        first: CRC of the first.
        second: CRC of the second.
        second_length: Length of the second in bytes.
    """
    power = 0
    while second_length:
        if second_length & 1:
            first = _times(_zero_bytes(power), first)
        second_length >>= 1
        power += 1
    return first ^ second


@lru_cache(maxsize=64)
def _zero_bytes(power: int) -> _Matrix:
    """Return what 2**power zero bytes do to a CRC."""
    if power == 0:
        one_bit = (_POLYNOMIAL, *(1 << bit for bit in range(63)))
        two = _square(one_bit)
        return _square(_square(two))
    return _square(_zero_bytes(power - 1))


def _times(matrix: _Matrix, vector: int) -> int:
    total = 0
    bit = 0
    while vector:
        if vector & 1:
            total ^= matrix[bit]
        vector >>= 1
        bit += 1
    return total


def _square(matrix: _Matrix) -> _Matrix:
    return tuple(_times(matrix, row) for row in matrix)
