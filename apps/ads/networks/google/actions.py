"""Conversion actions: where at a customer conversions can land, and making one.

Fields: google.ads.googleads, ConversionAction and CustomerConversionGoal; developers.google.com/google-ads/api/docs/
conversions/create-conversion-actions and .../goals/customer-goals. Stage changes land in an action that imports clicks,
forms in the website tag's own. An action that was removed at Google is not found: it cannot come back.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from apps.ads.answers import part, parts, text, whole
from apps.ads.found import FoundDestination, NewDestination
from apps.ads.networks.google import client
from apps.ads.networks.google.accounts import enhanced, enhanced_field, tracked_by
from apps.ads.networks.google.categories import suggested_category
from apps.ads.networks.google.manifest import MANIFEST
from apps.ads.networks.google.query import flag, number_in, quoted, searched, selected, told
from apps.ads.networks.google.uploads import Uploads, uploads
from apps.ads.networks.google.words import digits
from apps.ads.wire import Inquiry, Refused, Target, unreadable
from apps.domain.money import parse_amount
from apps.domain.outcome import Outcome, Verdict
from apps.domain.reasons import Who

KINDS: Mapping[str, str] = {"UPLOAD_CLICKS": "click_action", "WEBPAGE": "tag_action"}
LONGEST_LOOKBACK = 90  # days from the ad click in which Google can count an imported conversion
ANY_CLICK, GCLID = "gclid gbraid wbraid", "gclid"

_FIELDS = (
    *("id", "name", "type", "status", "category", "origin", "primary_for_goal", "owner_customer", "counting_type"),
    *("click_through_lookback_window_days", "value_settings.default_value", "value_settings.default_currency_code"),
    *("value_settings.always_use_default_value", "tag_snippets"),
)
_SELECTED = (
    *(f"conversion_action.{name}" for name in _FIELDS),
    "customer.conversion_tracking_setting.google_ads_conversion_customer",
    enhanced_field(MANIFEST.version),
)
_LIVING = ("conversion_action.type IN ('UPLOAD_CLICKS', 'WEBPAGE')", "conversion_action.status != 'REMOVED'")
_GOALS = selected(
    (f"customer_conversion_goal.{name}" for name in ("category", "origin", "biddable")), "customer_conversion_goal"
)
# A gbraid or wbraid counts only where every conversion does; of a form's, one for each click is a lead.
_COUNTING = {"click_action": "MANY_PER_CLICK", "tag_action": "ONE_PER_CLICK"}
_NAMESAKES = 9  # names that are tried when Google cannot give the one that was asked for
_NO_NAME_LEFT = Outcome(Verdict.REFUSED, "DUPLICATE_NAME", Who.MARKETER)
_TAG = re.compile(r"AW-\d+(?:/[\w-]+)?")


def destinations(target: Target) -> Inquiry[Sequence[FoundDestination]]:
    """The conversion actions that the account can use, with their goals, and Google's own count of what was uploaded.

    Three searches.
    """
    rows = yield from searched(target, target.account_id, _actions())
    goals = yield from _goals(target)
    counted = yield from uploads(target)
    return tuple(_found(row, goals, counted) for row in rows)


def make(target: Target, new: NewDestination) -> Inquiry[FoundDestination]:
    """A conversion action of that name: the one that bears it, if it is of the kind that is wanted, else a new one.

    `new.settings`: `category`, or the `stage` by which one is chosen; `primary` (true, false); `value` and `currency`
    for when a conversion brings none. Where the name is another kind's, or was removed, a number is added to it. Raises
    Refused.
    """
    for attempt in range(1, _NAMESAKES + 1):
        name = new.name.strip() if attempt == 1 else f"{new.name.strip()} ({attempt})"
        try:
            done = yield from told(client.mutate_actions(target, _owner(target), {"create": _written(new, name)}))
        except Refused as refused:
            if refused.outcome.code != "DUPLICATE_NAME":
                raise
            found = yield from _named(target, new.kind, f"conversion_action.name = {quoted(name)}")
            if found is not None:
                return found
            continue
        made = next((number_in(each.get("resourceName")) for each in parts(done, "results")), "")
        found = yield from _named(target, new.kind, f"conversion_action.id = {made}") if made.isdigit() else _nothing()
        if found is None:
            raise unreadable()
        return found
    raise Refused(_NO_NAME_LEFT)


def _nothing() -> Inquiry[None]:
    yield from ()


def _actions(*conditions: str) -> str:
    return selected(_SELECTED, "conversion_action", *_LIVING, *conditions)


def _owner(target: Target) -> str:
    """Conversion actions are made where conversions are tracked."""
    return target.conversion_customer_id or target.account_id


def _written(new: NewDestination, name: str) -> dict[str, Any]:
    settings = new.settings
    written: dict[str, Any] = {
        "name": name,
        "type": next(theirs for theirs, ours in KINDS.items() if ours == new.kind),
        "category": settings.get("category") or suggested_category(new.kind, settings.get("stage", "")),
        "status": "ENABLED",
        "primaryForGoal": settings.get("primary", "true") == "true",
        "countingType": _COUNTING[new.kind],
        "clickThroughLookbackWindowDays": str(LONGEST_LOOKBACK),
    }
    if (value := parse_amount(settings.get("value", ""))) is not None:
        written["valueSettings"] = {"defaultValue": float(value), "alwaysUseDefaultValue": False}
        if settings.get("currency"):
            written["valueSettings"]["defaultCurrencyCode"] = settings["currency"]
    return written


def _named(target: Target, kind: str, condition: str) -> Inquiry[FoundDestination | None]:
    """The living action of a kind that fulfils the condition."""
    rows = yield from searched(target, _owner(target), _actions(condition))
    mine = [row for row in rows if _kind(row) == kind]
    if not mine:
        return None
    goals = yield from _goals(target)
    return _found(mine[0], goals, {})


def _kind(row: Mapping[str, Any]) -> str:
    return KINDS.get(text(part(row, "conversionAction").get("type")), "")


_Goals = Mapping[tuple[str, str], bool]


def _goals(target: Target) -> Inquiry[_Goals]:
    rows = yield from searched(target, target.account_id, _GOALS)
    told = [part(row, "customerConversionGoal") for row in rows]
    return {(str(each.get("category")), str(each.get("origin"))): each.get("biddable") is True for each in told}


def _found(row: Mapping[str, Any], goals: _Goals, counted: Uploads) -> FoundDestination:
    action, customer = part(row, "conversionAction"), part(row, "customer")
    values, number = part(action, "valueSettings"), digits(text(action.get("id")))
    kind, days = _kind(row), whole(action.get("clickThroughLookbackWindowDays"))
    owner, one_per_click = number_in(action.get("ownerCustomer")), action.get("countingType") == "ONE_PER_CLICK"
    biddable = goals.get((str(action.get("category")), str(action.get("origin"))), True)
    told = {
        "other_owner": owner != tracked_by(customer),
        "hidden": action.get("status") == "HIDDEN",
        "not_enhanced": kind == "tag_action" and not enhanced(customer),
        "goal_not_biddable": not biddable,
        "not_primary": action.get("primaryForGoal") is False,
        "gclid_only": kind == "click_action" and one_per_click,
        "uploads_dropped": counted.get(number, {}).get("upload_status") == "NEEDS_ATTENTION",
        "default_value_only": values.get("alwaysUseDefaultValue") is True,
        "short_lookback": kind == "click_action" and 0 < days < LONGEST_LOOKBACK,
    }
    facts = {
        "type": text(action.get("type")),
        "status": text(action.get("status")),
        "category": text(action.get("category")),
        "primary": flag(not told["not_primary"]),
        "goal_biddable": flag(biddable),
        "counting": text(action.get("countingType")),
        "click_kinds": GCLID if one_per_click else ANY_CLICK,
        "lookback_days": str(days) if days else "",
        "owner_customer": owner,
        "always_use_default_value": flag(values.get("alwaysUseDefaultValue")),
        "default_value": str(values.get("defaultValue", "")),
        "default_currency": text(values.get("defaultCurrencyCode")),
        "enhanced_conversions": flag(enhanced(customer)),
        **_tag(action),
        **counted.get(number, {}),
    }
    return FoundDestination(
        kind=kind,
        external_id=number,
        name=text(action.get("name")),
        cautions=tuple(code for code, holds in told.items() if holds),
        facts={name: text for name, text in facts.items() if text},
    )


def _tag(action: Mapping[str, Any]) -> dict[str, str]:
    """The website tag of an action: its id, and what to put into the page, as Google hands it out."""
    snippets = [each for each in parts(action, "tagSnippets") if each.get("type") == "WEBPAGE"]
    if not snippets:
        return {}
    site, event = (text(snippets[0].get(name)) for name in ("globalSiteTag", "eventSnippet"))
    named = _TAG.search(event)
    return {"tag_id": named[0] if named else "", "tag_site_snippet": site, "tag_event_snippet": event}
