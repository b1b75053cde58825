"""What belongs to ad accounts: the accounts, their pixels, what a pixel received, custom conversions."""

from apps.sandbox.facebook import errors
from apps.sandbox.facebook.calls import ADS, Asked, Reading, Table
from apps.sandbox.facebook.listing import Node, Wrong
from apps.sandbox.worlds.facebook import AdAccount

ACCOUNT_FIELDS = tuple(
    (
        "id account_id name currency timezone_name account_status disable_reason business owner_business user_tasks"
    ).split()
)
PIXEL_FIELDS = tuple(
    (
        "id name owner_business last_fired_time is_crm is_consolidated_container is_unavailable is_restricted_use "
        "data_use_setting"
    ).split()
)
CUSTOM_FIELDS = ("id", "name", "custom_event_type", "pixel", "rule", "is_archived", "is_unavailable")


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


CALLS: Table = {
    ("GET", "me", "adaccounts"): Reading(
        ADS, rows=_accounts, kind="AdAccount", fields=ACCOUNT_FIELDS, default="id,account_id"
    ),
    ("GET", "me", "personal_ad_accounts"): Reading(
        ADS, rows=_personal, kind="AdAccount", fields=ACCOUNT_FIELDS, default="id,account_id"
    ),
    ("GET", "account", "adspixels"): Reading(ADS, rows=_pixels, kind="AdsPixel", fields=PIXEL_FIELDS),
    ("GET", "account", "customconversions"): Reading(ADS, rows=_custom, kind="CustomConversion", fields=CUSTOM_FIELDS),
    ("GET", "pixel", "stats"): Reading(ADS, rows=_stats),
}
