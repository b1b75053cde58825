"""Calls from the sandbox to an app's webhook. They stay on this machine."""

from urllib.parse import urlsplit

import requests

from apps.sandbox.environment import is_loopback


def stays_here(url: str) -> bool:
    """Return whether an address is on this machine; the sandbox calls no other."""
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and is_loopback(parts.hostname or "")


def session() -> requests.Session:
    """Return a session for a call; no proxy stands between this machine and itself."""
    session = requests.Session()
    session.trust_env = False
    return session


def post(url: str, body: bytes, headers: dict[str, str], *, seconds: float) -> int:
    """Post JSON to a webhook; return the HTTP status, 0 when none came within `seconds`."""
    try:
        with session() as calling:
            given = {"Content-Type": "application/json"} | headers
            return calling.post(url, data=body, headers=given, timeout=seconds, allow_redirects=False).status_code
    except requests.RequestException:
        return 0
