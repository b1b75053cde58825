"""The ways to put an events call on the wire.

JSON with a bearer token or with access_token in the body, form-urlencoded, multipart, and the token in the query. In a
form `data` is JSON text, and in it each event may be JSON text again.
"""

from dataclasses import dataclass

import orjson
from django.http import HttpRequest


class BadJson(ValueError):
    """The body, or a field that must hold JSON, does not parse."""


@dataclass(frozen=True)
class Params:
    """The call's parameters, wherever they came from."""

    token: str
    proof: str
    data: object
    others: dict[str, object]


def read(http: HttpRequest) -> Params:
    """Return the call's parameters. Raises `BadJson`."""
    merged: dict[str, object] = {**http.GET.dict(), **_body(http)}
    scheme, _, bearer = http.headers.get("Authorization", "").partition(" ")
    token = bearer.strip() if scheme.lower() in ("bearer", "oauth") else ""
    given = merged.pop("access_token", "")
    return Params(
        token=token or str(given or ""),
        proof=str(merged.pop("appsecret_proof", "") or ""),
        data=merged.pop("data", None),
        others=merged,
    )


def _body(http: HttpRequest) -> dict[str, object]:
    if http.content_type != "application/json":
        form: dict[str, object] = dict(http.POST.dict())
        return form | {"data": _events(form["data"])} if "data" in form else form
    body = _parse(http.body or b"{}")
    if not isinstance(body, dict):
        raise BadJson
    return body


def _events(value: object) -> object:
    # The SDK sends a JSON list of JSON texts, curl a JSON list of objects.
    events = _parse(value)
    if not isinstance(events, list):
        return events
    return [_parse(event) if isinstance(event, str) else event for event in events]


def _parse(value: object) -> object:
    try:
        return orjson.loads(value)  # type: ignore[arg-type]
    except (orjson.JSONDecodeError, TypeError) as error:
        raise BadJson from error
