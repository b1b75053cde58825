"""Reads the environment for settings.py and says, in one message, all that is wrong with it."""

import base64
import binascii
import os
import string
from urllib.parse import parse_qs, unquote, urlsplit

SEALING_BYTES = 32
FEWEST_DIFFERENT = 12  # of 32 random bytes, 30 or so differ; of 50 random characters, most of their alphabet


class BadEnvironment(SystemExit):
    """convsync refuses to start; the message names each variable and the fix."""


def text(name: str, default: str | None = None) -> str:
    """The variable's value; without a default an absent or empty one stops the start."""
    value = os.environ.get(name, "").strip() or default
    if value is None:
        raise BadEnvironment(f"{name} is not set. `./run` sets it by itself; elsewhere see .env.example.")
    return value


def secret(name: str, *, at_least: int) -> str:
    """A secret that signs: refused when it is shorter than `at_least` characters or has hardly any different ones."""
    value = text(name)
    if len(value) < at_least or len(set(value)) < FEWEST_DIFFERENT:
        raise BadEnvironment(f"{name} can be guessed: make at least {at_least} random characters. See .env.example.")
    return value


def sealing_keys(name: str) -> list[str]:
    """Fernet keys, comma-separated (32 random bytes each, URL-safe base64); the message never shows one."""
    keys = listing(name)
    if not keys:
        raise BadEnvironment(f"{name} is not set: without it tokens cannot be sealed. See .env.example.")
    for place, key in enumerate(keys, 1):
        if wrong := _weakness(key):
            raise BadEnvironment(f"{name}, key {place} of {len(keys)}, {wrong}. See .env.example for how to make one.")
    if len(set(keys)) < len(keys):
        raise BadEnvironment(f"{name} names a key twice: leave out the second.")
    return keys


def _weakness(key: str) -> str:
    try:
        raw = base64.b64decode(key.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return "is not URL-safe base64"
    if len(raw) != SEALING_BYTES:
        return f"has {len(raw)} bytes and needs {SEALING_BYTES}"
    typed = all(byte in string.printable.encode() for byte in raw)
    return "can be guessed: it is no random bytes" if typed or len(set(raw)) < FEWEST_DIFFERENT else ""


def flag(name: str) -> bool:
    """True for 1, true, yes, on; false for 0, false, no, off and when absent."""
    value = os.environ.get(name, "0").strip().lower()
    known = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if value not in known:
        raise BadEnvironment(f"{name} is {value!r}: write 1 or 0.")
    return known[value]


def listing(name: str, default: str = "") -> list[str]:
    """A comma-separated list, blanks dropped."""
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def postgres(name: str) -> dict[str, object]:
    """A `postgresql://` URL as Django's connection settings; `?host=/dir` means a Unix socket."""
    url = urlsplit(text(name))
    if url.scheme not in ("postgresql", "postgres"):
        raise BadEnvironment(f"{name} must be a postgresql:// URL: convsync runs on PostgreSQL only.")
    query = {key: values[-1] for key, values in parse_qs(url.query).items()}
    host = query.pop("host", "") or url.hostname or ""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": host,
        "PORT": str(url.port or query.pop("port", "")),
        "OPTIONS": query,
    }


def redis_url(name: str, *, scheme_for_celery: bool = False) -> str:
    """A Redis URL; `unix:///path` becomes Celery's `redis+socket:///path` on request."""
    url = text(name)
    if not url.startswith(("redis://", "rediss://", "unix://")):
        raise BadEnvironment(f"{name} must start with redis://, rediss:// or unix://.")
    return url.replace("unix://", "redis+socket://", 1) if scheme_for_celery else url
