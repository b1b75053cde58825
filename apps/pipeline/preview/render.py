"""One case judged and rendered: the same rules and the same bytes as when it would be sent, with the secrets masked."""

import re
from collections.abc import Iterable
from typing import TypedDict

import orjson

from apps.ads.network import Network
from apps.ads.registry import NETWORKS
from apps.ads.wire import Address, Target
from apps.conversions.gathering import network_event_id
from apps.domain.decide import decide
from apps.domain.decision import Case, Owed, Step


class Request(TypedDict):
    """A request as it would leave. `body` is its very text."""

    method: str
    url: str
    headers: dict[str, str]
    body: str


class Dropped(TypedDict):
    """An identifier of the contact that does not leave, and the code of the reason."""

    field: str
    reason: str


class Looked(TypedDict):
    """A step of the decision. `looked_at` holds its facts and, as `code`, the rule or reason that settled it."""

    step: str
    looked_at: dict[str, str]
    result: str


class Preview(TypedDict):
    """What would happen to a signal. `verdict`: send, blocked, held or error; `reason` a code, or the error's text."""

    verdict: str
    reason: str | None
    requests: list[Request]
    dropped_identifiers: list[Dropped]
    trace: list[Looked]


def preview_case(network_key: str, case: Case, *, target: Target | None = None) -> Preview:
    """Judge the case and render its request, if it owes one. `target` defaults to the network's host and no secret.

    Pure. The ids that the case's workspace, event and signal carry are the seed of the id that leaves.
    """
    network = NETWORKS[network_key]
    decision = decide(case, network_event_id=network_event_id(case.workspace, case.event, case.signal))
    owed = decision.owed
    return {
        "verdict": decision.verdict.value,
        "reason": decision.reason or None,
        "requests": [] if owed is None else [_request(network, owed, target or _nobody(network, case))],
        "dropped_identifiers": dropped_in(decision.trace),
        "trace": [_looked(step) for step in decision.trace],
    }


def dropped_in(trace: Iterable[Step]) -> list[Dropped]:
    """The identifiers that a trace says were left out."""
    return [
        {"field": field, "reason": reason}
        for step in trace
        if step.step == "identifiers"
        for field, reason in step.looked_at.items()
    ]


def error(reason: str) -> Preview:
    """The preview of what cannot be read."""
    return {"verdict": "error", "reason": reason, "requests": [], "dropped_identifiers": [], "trace": []}


def written(preview: Preview) -> bytes:
    """The preview as one line of JSON; the body goes in byte for byte, so that its numbers stay as they would leave."""
    requests = [{**request, "body": orjson.Fragment(request["body"])} for request in preview["requests"]]
    return orjson.dumps({**preview, "requests": requests})


def request_around(network: Network, target: Target, route: str, element: str) -> Request:
    """The request with this one conversion in it, its secrets masked."""
    url, headers = _masked(network.address(target, route, 1))
    return {"method": "POST", "url": url, "headers": headers, "body": network.body(route, [element]).decode()}


def _request(network: Network, owed: Owed, target: Target) -> Request:
    return request_around(network, target, network.route(owed), network.element(owed))


def _nobody(network: Network, case: Case) -> Target:
    return Target(network.base, case.account.external_id, {"access_token": "***"})


_SECRET_HEADERS = {"authorization": "Bearer ***", "developer-token": "***"}
_SECRET_IN_URL = re.compile(r"([?&](?:appsecret_proof|access_token)=)[^&]*")


def _masked(address: Address) -> tuple[str, dict[str, str]]:
    headers = {name: _SECRET_HEADERS.get(name.lower(), value) for name, value in address.headers.items()}
    return _SECRET_IN_URL.sub(r"\g<1>***", address.url), headers


def _looked(step: Step) -> Looked:
    looked_at = dict(step.looked_at)
    if step.code:
        looked_at["code"] = step.code
    return {"step": step.step, "looked_at": looked_at, "result": step.result.value}
