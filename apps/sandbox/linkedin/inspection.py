"""The stored requests of an ad account, for whoever tests against it: what was sent and answered, with nobody named."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from django.http import HttpRequest
from django.views.decorators.http import require_GET

from apps.sandbox.jsonview import speaks_json
from apps.sandbox.models import Received, Request
from apps.sandbox.structure import BadStructure
from apps.sandbox.world import current

MOST = 20
MASK = "•••"
# What stays readable: everything else in an event is about somebody, or is a field that should not be there.
PLAIN = ("conversion", "conversionHappenedAt", "conversionValue", "eventId")
SYMBOL = re.compile(r"[A-Z0-9_]{3,60}")


@require_GET
@speaks_json
def requests(request: HttpRequest) -> object:
    """Return the newest requests that carried events, of one `account` if named."""
    account = request.GET.get("account", "").replace("\x00", "")
    known = {each.id: each for each in current()[0].linkedin.accounts}
    if account and account not in known:
        raise BadStructure("account", f"is not known; known are {', '.join(known)}")
    calls = Request.objects.filter(network="linkedin", path__contains="conversionEvents").order_by("-id")
    if account:
        calls = calls.filter(account=account)
    found = list(calls[:MOST])
    sent: dict[int, list[Received]] = {}
    for row in Received.objects.filter(request_id__in=[call.pk for call in found]).order_by("position"):
        sent.setdefault(row.request_id, []).append(row)
    tests = {number for number, each in known.items() if each.test}
    return {"requests": [_shown(call, sent.get(call.pk, []), test=call.account in tests) for call in found]}


def _shown(call: Request, rows: Sequence[Received], *, test: bool) -> dict[str, object]:
    bodies = [orjson.loads(row.body) for row in rows]
    secrets = sorted({text for body in bodies for text in _personal(body)}, key=len, reverse=True)
    events = [
        {"state": row.state, "reason": _without(row.reason, secrets), "body": masked(body)}
        for row, body in zip(rows, bodies, strict=True)
    ]
    return {
        "id": call.pk,
        "account": call.account,
        "test_account": test,
        "path": call.path,
        "status": call.status,
        "reason": _without(call.reason, secrets),
        "trace": call.trace,
        "answer": _scrubbed(orjson.loads(call.answer), secrets) if call.answer else None,
        "extras": orjson.loads(call.extras),
        "received_at": call.received_at,
        "events": events,
    }


def masked(element: object) -> object:
    """Return an event in which every value about a person is masked; which identifiers it holds stays readable."""
    if not isinstance(element, dict):
        return MASK
    return {key: value if key in PLAIN else _masked(key, value) for key, value in element.items()}


def _masked(key: str, value: object) -> object:
    if isinstance(value, dict):
        return {name: _masked(name, inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_masked(key, inner) for inner in value]
    return value if _is_symbol(key, value) else MASK


def _is_symbol(key: str, value: object) -> bool:
    return key == "idType" and isinstance(value, str) and SYMBOL.fullmatch(value) is not None


def _personal(element: object) -> Iterator[str]:
    given: Mapping[str, Any] = element if isinstance(element, dict) else {"": element}
    for key, value in given.items():
        if key not in PLAIN:
            yield from _texts(key, value)


def _texts(key: str, value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _texts(name, each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(key, each)
    elif isinstance(value, str | int | float) and not isinstance(value, bool) and not _is_symbol(key, value):
        yield str(value)


def _scrubbed(value: object, secrets: Sequence[str]) -> object:
    if isinstance(value, dict):
        return {key: _scrubbed(inner, secrets) for key, inner in value.items()}
    if isinstance(value, list):
        return [_scrubbed(inner, secrets) for inner in value]
    return _without(value, secrets) if isinstance(value, str) else value


def _without(text: str, secrets: Sequence[str]) -> str:
    # LinkedIn's messages echo what was sent, as JSON inside JSON; a text of one character masks nothing.
    for secret in secrets:
        for form in {secret, orjson.dumps(secret).decode()[1:-1]}:
            if len(form) > 1:
                text = text.replace(form, MASK)
    return text
