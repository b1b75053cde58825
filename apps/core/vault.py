"""Secrets at rest: sealed with the first key of CONVSYNC_VAULT_KEYS, opened with any of them (rotation)."""

import hashlib
import hmac
from functools import cache

import orjson
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


@cache
def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.VAULT_KEYS])


def seal(secret: dict[str, str]) -> bytes:
    """The secret as an authenticated, encrypted blob."""
    return _fernet().encrypt(orjson.dumps(secret))


def keyed_hashes(text: str) -> list[str]:
    """HMAC-SHA256 of the text under each key, the first key's first: nobody without a key can tell what was hashed."""
    purpose = b"convsync keyed hash\x1f"
    keys = [hmac.digest(str(key).encode(), purpose, hashlib.sha256) for key in settings.VAULT_KEYS]
    return [hmac.new(key, text.encode(), hashlib.sha256).hexdigest() for key in keys]


def open_sealed(blob: bytes | memoryview) -> dict[str, str]:
    """What `seal` was given. Raises cryptography.fernet.InvalidToken when no key fits."""
    opened: dict[str, str] = orjson.loads(_fernet().decrypt(bytes(blob)))
    return opened
