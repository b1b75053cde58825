"""Secrets at rest: sealed with the first key of CONVSYNC_VAULT_KEYS, opened with any of them (rotation)."""

import hashlib
import hmac
from functools import lru_cache

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


@lru_cache(maxsize=8)
def _of(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def _fernet() -> MultiFernet:
    return _of(tuple(settings.VAULT_KEYS))


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


def sealed_anew(blob: bytes | memoryview) -> bytes | None:
    """The same secret under the first key, or None when it is under it already. Raises InvalidToken as open_sealed."""
    try:
        _of((settings.VAULT_KEYS[0],)).decrypt(bytes(blob))
    except InvalidToken:
        return _fernet().rotate(bytes(blob))
    return None
