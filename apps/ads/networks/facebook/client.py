"""Where Facebook's Graph API is reached, and with which headers."""

import hmac
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from apps.ads.networks.facebook.manifest import MANIFEST
from apps.ads.networks.facebook.write import pixel_of
from apps.ads.wire import Address, Call, Target

BASE = "https://graph.facebook.com"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def address(target: Target, route: str, count: int) -> Address:
    """The events edge of the route's pixel; the token travels in a header and never in the URL.

    `credentials` hold `access_token` and, for tokens of our own app, `app_secret`: then every call carries the
    appsecret_proof, hex HMAC-SHA256 of the token (developers.facebook.com/docs/graph-api/securing-requests). Raises
    KeyError without a token.
    """
    sent = edge(target, f"{pixel_of(route)}/events")
    return Address(sent.url, {**sent.headers, "Content-Type": "application/json"})


def edge(target: Target, path: str, asked: Mapping[str, str] | None = None, *, as_app: bool = False) -> Address:
    """A node, or an edge of it, as `node` or `node/edge`, with what is asked of it; proof as for `address`.

    `as_app` asks in our app's name, when the credentials hold its `app_id` too. Raises KeyError without a token.
    """
    params = dict(asked or {})
    token, secret = target.credentials["access_token"], target.credentials.get("app_secret")
    if as_app and secret and (app := target.credentials.get("app_id")):
        token, secret = f"{app}|{secret}", None
    if secret:
        params["appsecret_proof"] = hmac.new(secret.encode(), token.encode(), "sha256").hexdigest()
    node, _, name = path.rpartition("/")
    where = "/".join(quote(part, safe="") for part in (node, name) if part)
    query = f"?{urlencode(params)}" if params else ""
    return Address(
        f"{target.base}/{MANIFEST.version}/{where}{query}",
        {"Authorization": f"Bearer {token}"},
    )


def get(target: Target, path: str, asked: Mapping[str, str] | None = None, *, as_app: bool = False) -> Call:
    """A reading of `edge`. Raises KeyError without a token."""
    found = edge(target, path, asked, as_app=as_app)
    return Call("GET", found.url, found.headers)


def post(target: Target, path: str, form: Mapping[str, str]) -> Call:
    """A change at `edge`; what is said of it stands in the body. Raises KeyError without a token."""
    found = edge(target, path)
    return Call("POST", found.url, {**found.headers, **FORM}, urlencode(form).encode())


def delete(target: Target, path: str) -> Call:
    """A removal at `edge`. Raises KeyError without a token."""
    found = edge(target, path)
    return Call("DELETE", found.url, found.headers)
