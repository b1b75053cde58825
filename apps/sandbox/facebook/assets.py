"""Ad accounts, and custom conversions, which belong to them."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import replace

from apps.sandbox.facebook import errors
from apps.sandbox.facebook.access import change
from apps.sandbox.facebook.calls import ADS, Action, Asked, Reading, Table
from apps.sandbox.facebook.listing import Node, Wrong
from apps.sandbox.facebook.shape import ACTION_SOURCES
from apps.sandbox.worlds.facebook import AdAccount, CustomConversion

ACCOUNT_FIELDS = tuple(
    (
        "id account_id name currency timezone_name account_status disable_reason business owner_business user_tasks"
    ).split()
)
CUSTOM_FIELDS = tuple(
    (
        "id name custom_event_type pixel rule is_archived is_unavailable action_source_type default_conversion_value"
    ).split()
)
EVENT_TYPES = tuple(
    (
        "ADD_PAYMENT_INFO ADD_TO_CART ADD_TO_WISHLIST COMPLETE_REGISTRATION CONTACT CONTENT_VIEW CUSTOMIZE_PRODUCT "
        "DONATE FACEBOOK_SELECTED FIND_LOCATION INITIATED_CHECKOUT LEAD LISTING_INTERACTION OTHER PURCHASE SCHEDULE "
        "SEARCH START_TRIAL SUBMIT_APPLICATION SUBSCRIBE"
    ).split()
)


def business(number: str | None) -> Node | None:
    """Return a business as it is shown with what it owns."""
    return {"id": number, "name": f"Business {number}"} if number else None


def account(found: AdAccount) -> Node:
    """Return an ad account as Graph shows it."""
    owner = business(found.business)
    return {
        "id": found.id,
        "account_id": found.id.removeprefix("act_"),
        "name": found.name,
        "currency": found.currency,
        "timezone_name": found.timezone_name,
        "account_status": found.account_status,
        "disable_reason": found.disable_reason,
        "business": owner,
        "owner_business": owner,
        "user_tasks": list(found.user_tasks),
    }


def _accounts(asked: Asked) -> list[Node]:
    return [account(each) for each in asked.world.ad_accounts if each.id in asked.token.ad_accounts]


def _personal(asked: Asked) -> list[Node]:
    if asked.token.kind == "SYSTEM_USER":
        raise Wrong(errors.UNKNOWN_FIELD, field="personal_ad_accounts", kind="SystemUser")
    return [each for each in _accounts(asked) if each["business"] is None]


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
            "action_source_type": each.action_source_type or None,
            "default_conversion_value": each.default_conversion_value or None,
        }
        for each in asked.world.custom_conversions
        if each.ad_account == asked.node
    ]


def _one_account(asked: Asked) -> list[Node]:
    return [account(each) for each in asked.world.ad_accounts if each.id == asked.node]


def _make_custom(asked: Asked) -> object:
    pixel = asked.text("event_source_id")
    if pixel not in {each.id for each in asked.world.pixels if asked.node in each.ad_accounts}:
        raise Wrong(errors.BAD_PARAMETER, problem="Param event_source_id must be a dataset of the ad account")
    rule = asked.text("rule")
    if not isinstance(asked.parsed("rule"), dict):
        raise Wrong(errors.BAD_PARAMETER, problem="Param rule must be a JSON object")
    made = CustomConversion(
        id=str(10**14 + secrets.randbelow(9 * 10**14)),
        name=asked.text("name"),
        ad_account=asked.node,
        pixel=pixel,
        custom_event_type=_one_of(asked, "custom_event_type", EVENT_TYPES) or "OTHER",
        rule=rule,
        action_source_type=_one_of(asked, "action_source_type", sorted(ACTION_SOURCES)),
        default_conversion_value=_amount(asked, "default_conversion_value"),
    )
    change(lambda world: replace(world, custom_conversions=(*world.custom_conversions, made)))
    return {"id": made.id}


def _one_of(asked: Asked, name: str, known: Iterable[str]) -> str:
    value = str(asked.params.get(name) or "")
    if value and value not in known:
        raise Wrong(errors.BAD_PARAMETER, problem=f"Param {name} must be one of {{{', '.join(known)}}}")
    return value


def _amount(asked: Asked, name: str) -> str:
    value = str(asked.params.get(name) or "")
    if value and not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", value):
        raise Wrong(errors.BAD_PARAMETER, problem=f"Param {name} must be a number of 0 or more")
    return value


ACCOUNTS = Reading(ADS, rows=_accounts, kind="AdAccount", fields=ACCOUNT_FIELDS, default="id,account_id")
CALLS: Table = {
    ("GET", "me", "adaccounts"): ACCOUNTS,
    ("GET", "me", "personal_ad_accounts"): replace(ACCOUNTS, rows=_personal),
    ("GET", "account", ""): replace(ACCOUNTS, rows=_one_account, alone=True),
    ("GET", "account", "customconversions"): Reading(ADS, rows=_custom, kind="CustomConversion", fields=CUSTOM_FIELDS),
    ("POST", "account", "customconversions"): Action((("ads_management",),), run=_make_custom),
}
