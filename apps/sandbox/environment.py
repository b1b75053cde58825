"""Reads the sandbox's environment; refuses to start with one sentence that names the variable and the fix."""

import ipaddress
import os
from urllib.parse import parse_qs, unquote, urlsplit


class BadEnvironment(SystemExit):
    """The sandbox refuses to start; the message names the variable and the fix."""


def database(name: str) -> dict[str, object]:
    """Return Django's settings for the `postgresql://` URL in `name`; `?host=/dir` means a unix socket in a folder."""
    url = urlsplit(os.environ.get(name, "").strip())
    if url.scheme not in ("postgresql", "postgres") or not url.path.strip("/"):
        raise BadEnvironment(
            f"{name} must be a URL like postgresql://user@/database?host=/socket/dir: "
            "the sandbox keeps its ledger in PostgreSQL."
        )
    query = {key: values[-1] for key, values in parse_qs(url.query).items()}
    host = query.pop("host", url.hostname or "")
    port = query.pop("port", str(url.port or ""))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": host,
        "PORT": port,
        "OPTIONS": query,
    }


def loopback_hosts(name: str, default: str) -> list[str]:
    """Return the comma-separated host names in `name`. A name that is not this machine's loopback stops the start."""
    hosts = [host.strip() for host in os.environ.get(name, default).split(",") if host.strip()]
    for host in hosts:
        if not is_loopback(host.strip("[]")):
            raise BadEnvironment(
                f"{name} names {host!r}: the sandbox asks nobody who they are, so it answers on loopback only. "
                "Use 127.0.0.1, localhost or [::1]."
            )
    return hosts


def is_loopback(host: str) -> bool:
    """Return whether a host name or address (without brackets) is this machine's loopback."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
