"""What can be read: ad accounts, pixels, what a pixel received, custom conversions, permissions and tokens."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from apps.sandbox import world
from apps.sandbox.exchange import Answer
from apps.sandbox.facebook import errors, listing, wire
from apps.sandbox.facebook.access import VERSIONS, NotAdmitted, admit, is_app
from apps.sandbox.facebook.listing import Node, Wrong
from apps.sandbox.spine import respond
from apps.sandbox.worlds.facebook import AdAccount, FacebookWorld, Token

READING = {"ads_management", "ads_read"}
ACCOUNT_FIELDS = (
    "id account_id name currency timezone_name account_status disable_reason business owner_business user_tasks"
).split()
PIXEL_FIELDS = (
    "id name owner_business last_fired_time is_crm is_consolidated_container is_unavailable is_restricted_use "
    "data_use_setting"
).split()
CUSTOM_FIELDS = "id name custom_event_type pixel rule is_archived is_unavailable".split()


@dataclass(frozen=True)
class Asked:
    """A reading: whose token asks, about which node, when, with which parameters."""

    world: FacebookWorld
    token: Token
    node: str
    now: datetime
    params: Mapping[str, object]


@dataclass(frozen=True)
class Edge:
    """An edge of one kind of node: the rows of it, their fields, and those shown when nobody asks."""

    rows: Callable[[Asked], list[Node]]
    kind: str = ""
    fields: tuple[str, ...] = ()
    default: str = "id"


def _account(found: AdAccount) -> Node:
    business = {"id": found.business, "name": f"Business {found.business}"} if found.business else None
    return {
        "id": found.id,
        "account_id": found.id.removeprefix("act_"),
        "name": found.name,
        "currency": found.currency,
        "timezone_name": found.timezone_name,
        "account_status": found.account_status,
        "disable_reason": found.disable_reason,
        "business": business,
        "owner_business": business,
        "user_tasks": list(found.user_tasks),
    }


def _accounts(asked: Asked) -> list[Node]:
    return [_account(each) for each in asked.world.ad_accounts if each.id in asked.token.ad_accounts]


def _personal(asked: Asked) -> list[Node]:
    if asked.token.kind == "SYSTEM_USER":
        raise Wrong(errors.UNKNOWN_FIELD, field="personal_ad_accounts", kind="SystemUser")
    return [each for each in _accounts(asked) if each["business"] is None]


def _pixels(asked: Asked) -> list[Node]:
    return [
        {
            "id": pixel.id,
            "name": pixel.name,
            "owner_business": {"id": pixel.business, "name": f"Business {pixel.business}"} if pixel.business else None,
            "last_fired_time": asked.now.strftime("%Y-%m-%dT%H:%M:%S%z") if pixel.events else None,
            "is_crm": pixel.is_crm,
            "is_consolidated_container": pixel.is_consolidated_container,
            "is_unavailable": False,
            "is_restricted_use": False,
            "data_use_setting": "ADVERTISING_AND_ANALYTICS",
        }
        for pixel in asked.world.pixels
        if asked.node in pixel.ad_accounts
    ]


def _custom(asked: Asked) -> list[Node]:
    return [
        {
            "id": each.id,
            "name": each.name,
            "custom_event_type": each.custom_event_type,
            "pixel": {"id": each.pixel},
            "rule": each.rule,
            "is_archived": False,
            "is_unavailable": False,
        }
        for each in asked.world.custom_conversions
        if each.ad_account == asked.node
    ]


def _stats(asked: Asked) -> list[Node]:
    if asked.params.get("aggregation", "event") != "event":
        raise Wrong(errors.BAD_PARAMETER, problem="Param aggregation: the sandbox knows only event")
    events = asked.world.pixel_by_id[asked.node].events
    hour = asked.now.replace(minute=0, second=0, microsecond=0).strftime("%Y-%m-%dT%H:%M:%S%z")
    # Each kind of event in an hour of its own, so that pages of one row are possible.
    return [
        {"start_time": hour, "aggregation": "event", "data": [{"value": each.value, "count": each.count}]}
        for each in events
    ]


def _permissions(asked: Asked) -> list[Node]:
    return [{"permission": scope, "status": "granted"} for scope in asked.token.scopes]


EDGES: Mapping[tuple[str, str], Edge] = {
    ("me", "adaccounts"): Edge(_accounts, "AdAccount", tuple(ACCOUNT_FIELDS), "id,account_id"),
    ("me", "personal_ad_accounts"): Edge(_personal, "AdAccount", tuple(ACCOUNT_FIELDS), "id,account_id"),
    ("me", "permissions"): Edge(_permissions),
    ("account", "adspixels"): Edge(_pixels, "AdsPixel", tuple(PIXEL_FIELDS)),
    ("account", "customconversions"): Edge(_custom, "CustomConversion", tuple(CUSTOM_FIELDS)),
    ("pixel", "stats"): Edge(_stats),
}


@require_GET
def edge(request: HttpRequest, version: str, node: str, edge: str) -> HttpResponse:
    """List what hangs on a node."""
    return _answered(request, version, lambda params, now, all_of: _listed(request, params, now, all_of, node, edge))


@require_GET
def debug_token(request: HttpRequest, version: str) -> HttpResponse:
    """Say what a token is; asked by the app, or by any good token."""
    return _answered(request, version, _debugged)


Reading = Callable[[wire.Params, datetime, FacebookWorld], object]


def _answered(request: HttpRequest, version: str, reading: Reading) -> HttpResponse:
    everything, now = world.current()
    served = version if version in VERSIONS else VERSIONS[-1]
    headers = {"facebook-api-version": served}
    try:
        if version not in VERSIONS:
            raise Wrong(errors.UNKNOWN_VERSION, version=version)
        body = reading(wire.read(request), now, everything.facebook)
    except Wrong as wrong:
        return respond(errors.refusal(wrong.error, headers, **wrong.details))
    except NotAdmitted as refusal:
        return respond(errors.refusal(refusal.error, headers))
    except wire.BadJson:
        return respond(errors.refusal(errors.BAD_JSON, headers))
    return respond(Answer(200, body, errors.trace_id(), headers))


def _listed(
    request: HttpRequest, params: wire.Params, now: datetime, all_of: FacebookWorld, node: str, edge: str
) -> object:
    token = admit(all_of, params, now)
    kind = _kind(all_of, token, node)
    found = EDGES.get((kind, edge))
    if found is None:
        raise Wrong(errors.UNKNOWN_EDGE, path=edge)
    if edge != "permissions" and not READING & set(token.scopes):
        raise Wrong(errors.NO_PERMISSION)
    rows: list[Node] = found.rows(Asked(all_of, token, node, now, params.others))
    if found.fields:
        fields = listing.wanted(str(params.others.get("fields") or found.default))
        rows = [listing.shown(row, fields, found.kind, found.fields) for row in rows]
    # Graph puts the token into the link to the next page, whoever reads it.
    return listing.page(rows, params.others | {"access_token": params.token}, request.build_absolute_uri(request.path))


def _kind(all_of: FacebookWorld, token: Token, node: str) -> str:
    if node == "me":
        return "me"
    if node in token.ad_accounts:
        return "account"
    pixel = all_of.pixel_by_id.get(node)
    if pixel is None or not set(pixel.ad_accounts) & set(token.ad_accounts):
        raise Wrong(errors.UNKNOWN_OBJECT, id=node, method="get")
    return "pixel"


def _debugged(params: wire.Params, now: datetime, all_of: FacebookWorld) -> object:
    if not is_app(all_of, params.token):
        admit(all_of, params, now)
    text = str(params.others.get("input_token") or "")
    if not text:
        raise Wrong(errors.BAD_PARAMETER, problem="The parameter input_token is required")
    token = all_of.token_by_text.get(text)
    state = token.state_at(now) if token else "unknown"
    if token is None or state != "valid":
        error = errors.TOKEN_STATES.get(state, errors.BAD_TOKEN)
        told = {"code": error.code, "message": error.message, "subcode": error.subcode}
        given = {key: value for key, value in told.items() if value is not None}
        return {"data": {"error": given, "is_valid": False, "scopes": []}}
    return {
        "data": {
            "app_id": all_of.app_id,
            "type": token.kind,
            "application": "Sandbox app",
            "data_access_expires_at": 0,
            "expires_at": int(token.expires_at.timestamp()) if token.expires_at else 0,
            "is_valid": True,
            "scopes": list(token.scopes),
            "user_id": "100000000000001",
        }
    }
