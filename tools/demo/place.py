"""Where the demo plays: the product's and the sandbox's addresses, the portal with what it has, and a key."""

from collections.abc import Mapping
from dataclasses import dataclass

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

SECONDS = 30


class Trouble(Exception):
    """The demo cannot go on; the text says what happened and what to look at."""


@dataclass(frozen=True, slots=True)
class Place:
    """All that a client from outside is told."""

    base_url: str
    sandbox_url: str
    portal_id: int
    forms: Mapping[str, str]
    behaviours: Mapping[str, str]
    api_key: str


def patience() -> Retry:
    """What a good client does when it is told to wait: 429 and 409-busy carry Retry-After. Nothing else is repeated."""
    return Retry(total=8, connect=3, read=0, status_forcelist=(429, 503), allowed_methods=None, raise_on_status=False)


def session(key: str = "") -> requests.Session:
    """A plain HTTP client; with `key` it signs in by API key."""
    made = requests.Session()
    made.trust_env = False
    made.mount("http://", HTTPAdapter(max_retries=patience()))
    if key:
        made.headers["Authorization"] = f"Bearer {key}"
    return made
