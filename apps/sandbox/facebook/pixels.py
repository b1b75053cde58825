"""Pixels (datasets): their flags, who shares them, and what they received, from browsers and from servers."""

import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

from apps.sandbox.facebook import assets, errors, received
from apps.sandbox.facebook.access import change
from apps.sandbox.facebook.calls import ADS, Action, Asked, Needs, Reading, Table
from apps.sandbox.facebook.listing import Node, Wrong
from apps.sandbox.worlds.facebook import Pixel

FIELDS = tuple(
    (
        "id name owner_business last_fired_time is_crm is_consolidated_container is_unavailable is_restricted_use "
        "data_use_setting"
    ).split()
)
CHECK_FIELDS = ("key", "title", "description", "result")
USER_FIELDS = ("id", "name", "tasks")
MANAGES: Needs = (("ads_management",),)


def shown(asked: Asked, pixel: Pixel) -> Node:
    """Return a pixel as Graph shows it."""
    return {
        "id": pixel.id,
        "name": pixel.name,
        "owner_business": assets.business(pixel.business),
        "last_fired_time": asked.now.strftime("%Y-%m-%dT%H:%M:%S%z") if pixel.events else None,
        "is_crm": pixel.is_crm,
        "is_consolidated_container": pixel.is_consolidated_container,
        "is_unavailable": pixel.is_unavailable,
        "is_restricted_use": pixel.is_restricted_use,
        "data_use_setting": "ADVERTISING_AND_ANALYTICS",
    }


def _pixels(asked: Asked) -> list[Node]:
    return [shown(asked, pixel) for pixel in asked.world.pixels if asked.node in pixel.ad_accounts]


def _make(asked: Asked) -> object:
    name = asked.text("name")
    if _pixels(asked):
        raise Wrong(errors.PIXEL_EXISTS)
    owner = next(each.business for each in asked.world.ad_accounts if each.id == asked.node)
    made = Pixel(str(10**14 + secrets.randbelow(9 * 10**14)), name, (asked.node,), owner)
    change(lambda world: replace(world, pixels=(*world.pixels, made)))
    return {"id": made.id}


def _one(asked: Asked) -> list[Node]:
    return [shown(asked, asked.world.pixel_by_id[asked.node])]


def _accounts(asked: Asked) -> list[Node]:
    asked.text("business")
    of_pixel = asked.world.pixel_by_id[asked.node].ad_accounts
    return [assets.account(each) for each in asked.world.ad_accounts if each.id in of_pixel]


def _shared(asked: Asked) -> list[Node]:
    owner = asked.world.pixel_by_id[asked.node].business
    return [each for each in _accounts(asked) if each["business"] != assets.business(owner)]


def _users(asked: Asked) -> list[Node]:
    asked.text("business")
    return [
        {"id": "100000000000001", "name": "Sandbox system user", "tasks": ["EDIT", "ANALYZE", "UPLOAD", "ADVERTISE"]}
    ]


def _checks(asked: Asked) -> list[Node]:
    fires = bool(_events(asked.world.pixel_by_id[asked.node]))
    return [
        {
            "key": "pixel_active",
            "title": "Activity",
            "description": "The dataset receives events.",
            "result": "passed" if fires else "failed",
        }
    ]


def _events(pixel: Pixel) -> Counter[str]:
    return Counter({each.value: each.count for each in pixel.events}) + received.names(pixel.id)


def _sources(pixel: Pixel) -> Counter[str]:
    by_server = received.names(pixel.id).total()
    return Counter(BROWSER=sum(each.count for each in pixel.events), SERVER=by_server)


AGGREGATIONS: Mapping[str, Callable[[Pixel], Counter[str]]] = {
    "event": _events,  # the only one that is told hour by hour
    "event_total_counts": lambda pixel: Counter(total=_events(pixel).total()),
    "event_source": _sources,
    "match_keys": lambda pixel: received.keys(received.bodies(pixel.id)),
}


def _stats(asked: Asked) -> list[Node]:
    aggregation = str(asked.params.get("aggregation") or "event")
    counted = AGGREGATIONS.get(aggregation)
    if counted is None:
        problem = f"Param aggregation: the sandbox knows only {', '.join(AGGREGATIONS)}"
        raise Wrong(errors.BAD_PARAMETER, problem=problem)
    pixel, hour = asked.world.pixel_by_id[asked.node], asked.now.replace(minute=0, second=0, microsecond=0)
    if aggregation == "event":
        found = Counter({(hour, each.value): each.count for each in pixel.events}) + received.hours(pixel.id)
    else:
        found = Counter({(hour, value): count for value, count in counted(pixel).items()})
    # Each value in a row of its own, so that pages of one row are possible.
    return [
        {
            "start_time": began.strftime("%Y-%m-%dT%H:%M:%S%z"),
            "aggregation": aggregation,
            "data": [{"value": value, "count": count}],
        }
        for (began, value), count in found.items()
        if count
    ]


PIXELS = Reading(ADS, rows=_pixels, kind="AdsPixel", fields=FIELDS)
CALLS: Table = {
    ("GET", "account", "adspixels"): PIXELS,
    ("POST", "account", "adspixels"): Action(MANAGES, run=_make),
    ("GET", "pixel", ""): replace(PIXELS, rows=_one, alone=True),
    ("GET", "pixel", "adaccounts"): replace(assets.ACCOUNTS, rows=_accounts),
    ("GET", "pixel", "shared_accounts"): replace(assets.ACCOUNTS, rows=_shared),
    ("GET", "pixel", "assigned_users"): Reading(
        ADS, rows=_users, kind="AssignedUser", fields=USER_FIELDS, default=",".join(USER_FIELDS)
    ),
    ("GET", "pixel", "da_checks"): Reading(
        ADS, rows=_checks, kind="DACheck", fields=CHECK_FIELDS, default=",".join(CHECK_FIELDS)
    ),
    ("GET", "pixel", "stats"): Reading(ADS, rows=_stats),
}
