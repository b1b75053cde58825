"""Reads the environment for settings.py and says, in one message, all that is wrong with it."""

import os
from urllib.parse import parse_qs, unquote, urlsplit


class BadEnvironment(SystemExit):
    """convsync refuses to start; the message names each variable and the fix."""


def text(name: str, default: str | None = None) -> str:
    """The variable's value; without a default an absent or empty one stops the start."""
    value = os.environ.get(name, "").strip() or default
    if value is None:
        raise BadEnvironment(f"{name} is not set. `./run` sets it by itself; elsewhere see .env.example.")
    return value


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
