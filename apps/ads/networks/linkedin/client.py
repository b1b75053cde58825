"""Where LinkedIn is reached, and with which headers: the Conversions API, and Rest.li's resources beside it.

Source: learn.microsoft.com/linkedin/shared/api-guide/concepts (`protocol-version`, `methods`) and
learn.microsoft.com/linkedin/marketing/versioning.
"""

from urllib.parse import quote

import orjson

from apps.ads.networks.linkedin.versions import PINNED
from apps.ads.networks.linkedin.write import version_of
from apps.ads.wire import Address, Call, Target

BASE = "https://api.linkedin.com"
ACCOUNT_URN, CAMPAIGN_URN = "urn:li:sponsoredAccount:", "urn:li:sponsoredCampaign:"
RULE_URN = "urn:lla:llaPartnerConversion:"


def address(target: Target, route: str, count: int) -> Address:
    """The conversion events of all rules; a single one goes as a batch too, so that there is one kind of answer.

    The version is the one for which the route's elements were written.
    `credentials` hold `access_token`, a Direct API token or an OAuth one. Raises KeyError without it.
    """
    headers = {**_headers(target, version_of(route).name), "Content-Type": "application/json"}
    return Address(f"{target.base}/rest/conversionEvents", {**headers, "X-RestLi-Method": "BATCH_CREATE"})


def get(target: Target, path: str) -> Call:
    """A reading call; `path` is what follows `/rest/`, encoded already."""
    return Call("GET", f"{target.base}/rest/{path}", _headers(target, PINNED.name))


def write(target: Target, method: str, path: str, body: object, *, restli_method: str = "") -> Call:
    """A call that makes or changes something; `restli_method` where the HTTP method does not tell which."""
    headers = {**_headers(target, PINNED.name), "Content-Type": "application/json"}
    if restli_method:
        headers["X-RestLi-Method"] = restli_method
    return Call(method, f"{target.base}/rest/{path}", headers, orjson.dumps(body))


def account_urn(account_id: str) -> str:
    """An ad account's URN, of its id or its URN."""
    return f"{ACCOUNT_URN}{account_id.removeprefix(ACCOUNT_URN)}"


def number(urn: str) -> str:
    """The id at the end of a URN; a bare id is its own."""
    return urn.rpartition(":")[2]


def encoded(text: str) -> str:
    """Text as it stands in a path, a key or a query."""
    return quote(text, safe="")


def _headers(target: Target, version: str) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {target.credentials['access_token']}",
        "LinkedIn-Version": version,
        "X-Restli-Protocol-Version": "2.0.0",
    }
