"""Identifiers: time-ordered, opaque, and derivable where a fact must always get the same one."""

import hashlib
import os
import time
from datetime import UTC, datetime
from uuid import UUID

_VERSION_7 = 0x7 << 76
_VARIANT = 0x2 << 62


def _assemble(milliseconds: int, noise: int) -> UUID:
    high = (noise >> 62) & 0xFFF
    low = noise & ((1 << 62) - 1)
    return UUID(int=(milliseconds & ((1 << 48) - 1)) << 80 | _VERSION_7 | high << 64 | _VARIANT | low)


def new_id() -> UUID:
    """A UUID of version 7 (RFC 9562): now in milliseconds, then 74 random bits."""
    return _assemble(time.time_ns() // 1_000_000, int.from_bytes(os.urandom(10)))


def first_id(*, at: datetime) -> UUID:
    """The least UUID of version 7 for the millisecond `at` (aware): a bound for rows whose ids tell their time."""
    return _assemble(int(at.timestamp() * 1000), 0)


def moment_of(number: UUID) -> datetime:
    """The moment, to the millisecond and in UTC, with which a UUID of version 7 begins."""
    return datetime.fromtimestamp((number.int >> 80) / 1000, tz=UTC)


def derived_id(*, at: datetime, key: str) -> UUID:
    """The version 7 UUID that always belongs to `key` at the moment `at` (aware).

    The same fact told twice gets the same id, so the primary key alone keeps it single, and
    a table keyed by it can still be cut by time.
    """
    noise = int.from_bytes(hashlib.sha256(key.encode()).digest()[:10])
    return _assemble(int(at.timestamp() * 1000), noise)


def short_hash(*parts: str) -> str:
    """Sixteen bytes of SHA-256 over the parts in hexadecimal, so that any other program can make it too.

    Google refuses purely numeric transaction ids on the live route, hence the leading `c`.
    """
    return "c" + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]
