"""The one door out: every call to another system goes through `call`."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import local
from typing import Any
from urllib.parse import urlsplit

import requests
import structlog
import urllib3
from django.conf import settings
from requests.adapters import HTTPAdapter

from apps.core.cutoff import Cut, PlainPool, SecurePool

log = structlog.get_logger()
CONNECT_SECONDS = 5
TOTAL_SECONDS = 25.0  # from dialling to the answer's last byte, however steadily it drips in; a deploy waits 30 s
LARGEST_ANSWER = 4 * 1024 * 1024
_sessions = local()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `status` 0 means nothing did, and `fault` says whether the request can have arrived."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    fault: str = ""  # "" | not_sent | maybe_sent | bad_certificate
    milliseconds: int = 0


class HostNotAllowed(Exception):
    """The address is not on the list of hosts convsync may call."""


def call(
    *, method: str, url: str, headers: Mapping[str, str], allowed_hosts: frozenset[str], body: bytes | None = None
) -> Answer:
    """Make the call and return the answer; redirects are not followed and proxies and netrc are not asked.

    Raises HostNotAllowed when the host is neither in `allowed_hosts` (over https) nor the sandbox's.
    """
    _refuse_other_hosts(url, allowed_hosts)
    started = time.monotonic()
    cut = Cut()
    try:
        with (
            cut.after(TOTAL_SECONDS),
            _session().request(
                method,
                url,
                data=body,
                headers=dict(headers),
                timeout=(CONNECT_SECONDS, TOTAL_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            content = response.raw.read(LARGEST_ANSWER, decode_content=True)
            answer = (response.status_code, {k.lower(): v for k, v in response.headers.items()}, content, "")
    except requests.ConnectTimeout:
        answer = (0, {}, b"", "not_sent")
    except requests.exceptions.SSLError as error:
        answer = (0, {}, b"", _untrusted(error, url) or ("maybe_sent" if cut.asked else "not_sent"))
    except requests.ConnectionError as error:
        refused = "NewConnectionError" in repr(error) or "NameResolutionError" in repr(error)
        answer = (0, {}, b"", "not_sent" if refused else "maybe_sent")
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError):
        answer = (0, {}, b"", "maybe_sent")
    if cut.made:  # an answer without a length would look complete
        answer = (0, {}, b"", "maybe_sent")
    status, got, content, fault = answer
    return Answer(status, got, content, fault, int((time.monotonic() - started) * 1000))


def _untrusted(error: requests.exceptions.SSLError, url: str) -> str:
    """The fault of a certificate that does not prove who answers, which the operator hears of; "" for any other."""
    if "CERTIFICATE_VERIFY_FAILED" not in repr(error):
        return ""
    log.error(
        "certificate.refused",
        host=urlsplit(url).hostname,
        advice="Nothing was sent. Look whether this machine's clock, its certificates or a proxy on the way is wrong.",
    )
    return "bad_certificate"


class _Adapter(HTTPAdapter):
    """Calls over connections that can be cut."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}


def _session() -> requests.Session:
    if not hasattr(_sessions, "session"):
        session = requests.Session()
        session.trust_env = False
        for scheme in ("https://", "http://"):
            session.mount(scheme, _Adapter())
        _sessions.session = session
    known: requests.Session = _sessions.session
    return known


def _refuse_other_hosts(url: str, allowed_hosts: frozenset[str]) -> None:
    parts = urlsplit(url)
    if settings.SANDBOX_URL and url.startswith(settings.SANDBOX_URL + "/"):
        return
    if parts.scheme != "https" or parts.hostname not in allowed_hosts or parts.port not in (None, 443):
        raise HostNotAllowed(f"{parts.scheme}://{parts.hostname} is not a host this network is reached at")
