"""Numbers that look like chance and are none: the same visitor, the same address, in whatever day or chunk."""

from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from heirloom.sample_shop.arrays import Floats, Ints
from heirloom.sample_shop.columns import Column

Hashes = npt.NDArray[np.uint64]
_DIGITS = np.array([f"{byte:02x}".encode() for byte in range(256)], dtype="S2")


def mixed(numbers: Ints, *, seed: int, of: str) -> Hashes:
    """One to one (the finaliser of SplitMix64): different numbers stay different."""
    salt = blake2b(f"{seed} {of}".encode(), digest_size=8).digest()
    bits = numbers.astype(np.uint64) + np.uint64(int.from_bytes(salt))
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(bits ^ (bits >> np.uint64(31)))


def parts(hashes: Hashes) -> Floats:
    """From 0 to 1."""
    return np.asarray((hashes >> np.uint64(11)).astype(np.float64) / 2.0**53)


def positive(hashes: Hashes) -> Ints:
    return (hashes >> np.uint64(1)).astype(np.int64)


def hexadecimal(hashes: Hashes) -> Column:
    """Sixteen digits."""
    digits = _DIGITS[hashes.astype(">u8").view(np.uint8)]
    offsets = np.arange(len(hashes) + 1, dtype=np.int32) * 16
    buffers = pa.py_buffer(offsets.tobytes()), pa.py_buffer(digits.tobytes())
    return pa.StringArray.from_buffers(len(hashes), *buffers)
