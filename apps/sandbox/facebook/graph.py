"""The calls beside the events: the node is found, the token looked at, and the table says who answers."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_http_methods

from apps.sandbox import world
from apps.sandbox.exchange import Answer
from apps.sandbox.facebook import (
    assets,
    businesses,
    errors,
    leads,
    listing,
    pages,
    pixels,
    quality,
    tokens,
    usage,
    wire,
)
from apps.sandbox.facebook.access import VERSIONS, NotAdmitted, admit
from apps.sandbox.facebook.calls import Action, Asked, Reading, Table
from apps.sandbox.facebook.listing import Wrong
from apps.sandbox.spine import respond
from apps.sandbox.structure import BadStructure
from apps.sandbox.worlds.facebook import FacebookWorld, Token

CALLS: Table = {
    **assets.CALLS,
    **pixels.CALLS,
    **businesses.CALLS,
    **pages.CALLS,
    **leads.CALLS,
    **tokens.CALLS,
    ("GET", "pixel", "dataset_quality"): quality.QUALITY,
}
Serving = Callable[[wire.Params, datetime, FacebookWorld], object]


@require_http_methods(["GET", "POST", "DELETE"])
def node(request: HttpRequest, version: str, node: str, edge: str = "", **named: str) -> HttpResponse:
    """Read or change a node, or what hangs on it; what else the path names counts as a parameter."""

    def serving(params: wire.Params, now: datetime, all_of: FacebookWorld) -> object:
        return _served(request, replace(params, others=params.others | named), now, all_of, node, edge)

    return _answered(request, version, serving, node)


@require_GET
def dataset_quality(request: HttpRequest, version: str) -> HttpResponse:
    """Read how well the dataset named by `dataset_id` can be matched."""
    return node(request, version, request.GET.get("dataset_id", ""), "dataset_quality")


@require_GET
def debug_token(request: HttpRequest, version: str) -> HttpResponse:
    """Say what a token is; asked by the app, or by any good token."""
    return _answered(request, version, tokens.debugged)


def _answered(request: HttpRequest, version: str, serving: Serving, node: str = "") -> HttpResponse:
    everything, now = world.current()
    headers = usage.headers(everything.facebook, version, node)
    try:
        if version not in VERSIONS:
            raise Wrong(errors.UNKNOWN_VERSION, version=version)
        body = serving(wire.read(request), now, everything.facebook)
    except Wrong as wrong:
        return respond(errors.refusal(wrong.error, headers, **wrong.details))
    except NotAdmitted as refusal:
        return respond(errors.refusal(refusal.error, headers))
    except wire.BadJson:
        return respond(errors.refusal(errors.BAD_JSON, headers))
    except BadStructure as fault:
        return respond(errors.refusal(errors.BAD_PARAMETER, headers, problem=str(fault)))
    return respond(Answer(200, body, errors.trace_id(), headers))


def _served(
    request: HttpRequest, params: wire.Params, now: datetime, all_of: FacebookWorld, node: str, edge: str
) -> object:
    token, method = admit(all_of, params, now), request.method or ""
    kind = _kind(all_of, token, node, method)
    call = CALLS.get((method, kind, edge))
    if call is None:
        raise Wrong(errors.UNKNOWN_EDGE, path=edge or node)
    call.check(token)
    asked = Asked(all_of, token, node, now, params.others)
    if isinstance(call, Action):
        return call.run(asked)
    # Graph puts the token into the link to the next page, whoever reads it.
    following = params.others | {"access_token": params.token}
    return _read(call, asked, following, request.build_absolute_uri(request.path))


def _read(call: Reading, asked: Asked, following: dict[str, object], url: str) -> object:
    rows = call.rows(asked)
    if call.fields:
        fields = listing.wanted(str(asked.params.get("fields") or call.default))
        rows = [listing.shown(row, fields, call.kind, call.fields) for row in rows]
    return rows[0] if call.alone else listing.page(rows, following, url)


def _kind(all_of: FacebookWorld, token: Token, node: str, method: str) -> str:
    if node == "me":
        if token.kind == "APP":
            raise Wrong(errors.NOBODY)
        return "me"
    if node == all_of.app_id:
        return "app"
    if node in token.ad_accounts:
        return "account"
    pixel = all_of.pixel_by_id.get(node)
    if pixel is not None and set(pixel.ad_accounts) & set(token.ad_accounts):
        return "pixel"
    if node in businesses.of(all_of, token):
        return "business"
    for kind, page in (
        ("page", node),
        ("form", all_of.page_of_form(node)),
        ("lead", all_of.page_of_lead(node)),
    ):
        if page in token.pages and page in all_of.page_by_id:
            return kind
    raise Wrong(errors.UNKNOWN_OBJECT, id=node, method=method.lower())
