"""The customers that a sign-in reaches: its own, and those linked below its managers.

developers.google.com/google-ads/api/docs/account-management/listing-accounts (hierarchy) and .../conversions/
getting-started (where conversions are tracked). The picker costs one search for each customer that the user has a role
on; settings are asked for once an account was chosen, so that a manager of hundreds does not use up the project's day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from apps.ads.answers import part, text
from apps.ads.found import FoundAccount
from apps.ads.networks.google import client
from apps.ads.networks.google.manifest import MANIFEST
from apps.ads.networks.google.query import flag, number_in, searched, selected, told
from apps.ads.networks.google.words import digits
from apps.ads.wire import Inquiry, Refused, Target
from apps.domain.outcome import Verdict

# Google Ads' own page to accept the customer data terms on, and to switch enhanced conversions on.
SETTINGS_PAGE = "https://ads.google.com/aw/conversions/customersettings?__e="

_BELOW = selected(
    (
        f"customer_client.{name}"
        for name in ("id", "descriptive_name", "manager", "status", "test_account", "currency_code", "time_zone")
    ),
    "customer_client",
    "customer_client.status IN ('ENABLED', 'SUSPENDED')",
)
_TRACKING = "customer.conversion_tracking_setting"

# Google Ads API versions that name the setting otherwise than today's.
_ENHANCED_BEFORE = dict.fromkeys(("v23", "v24", "v25"), "enhanced_conversions_for_leads_enabled")


def accounts(target: Target) -> Inquiry[Sequence[FoundAccount]]:
    """The accounts below every customer the user has a role on; only the target's, with its settings, if it names one.

    The login customer is the one through which an account is reached: none where the user has a role on it directly.
    """
    if target.account_id:
        try:
            return (yield from _one(target))
        except Refused as refused:
            # It may be reached through another manager now, or be suspended: the hierarchy knows.
            if not _of_this_customer(refused):
                raise
    listed = yield from told(client.accessible(replace(target, login_customer_id="")))
    roots = sorted(number_in(name) for name in listed.get("resourceNames") or ())
    found: dict[str, FoundAccount] = {}
    for root in roots:
        for account in (yield from _through(target, root)):
            known = found.get(account.external_id)
            if known is None or (known.login_customer_id and not account.login_customer_id):
                found[account.external_id] = account
    wanted = digits(target.account_id)
    return tuple(each for number, each in found.items() if wanted in ("", number))


def settings_query(version: str) -> str:
    """A customer's settings, in the words of an API version."""
    fields = (
        *("customer.id", "customer.descriptive_name", "customer.manager", "customer.test_account", "customer.status"),
        *("customer.currency_code", "customer.time_zone", "customer.auto_tagging_enabled"),
        f"{_TRACKING}.accepted_customer_data_terms",
        f"{_TRACKING}.conversion_tracking_status",
        f"{_TRACKING}.google_ads_conversion_customer",
        enhanced_field(version),
    )
    return selected(fields, "customer")


def enhanced_field(version: str) -> str:
    """The field that tells whether enhanced conversions are on, which v26 renamed."""
    return f"{_TRACKING}.{_ENHANCED_BEFORE.get(version, 'effective_enablement_setting')}"


def enhanced(customer: Mapping[str, Any]) -> bool:
    """Whether a customer's row, of any version, says that enhanced conversions are on."""
    tracking = part(customer, "conversionTrackingSetting")
    told = tracking.get("effectiveEnablementSetting")
    return told == "ON" or tracking.get("enhancedConversionsForLeadsEnabled") is True


def tracked_by(customer: Mapping[str, Any]) -> str:
    """The id of the customer that owns the conversion actions which a customer's row counts."""
    tracking = part(customer, "conversionTrackingSetting")
    return number_in(tracking.get("googleAdsConversionCustomer"))


def _one(target: Target) -> Inquiry[tuple[FoundAccount, ...]]:
    rows = yield from searched(target, target.account_id, settings_query(MANIFEST.version))
    return tuple(_with_settings(part(row, "customer"), target) for row in rows[:1])


def _through(target: Target, root: str) -> Inquiry[list[FoundAccount]]:
    """The accounts at and below a customer on which the user has a role."""
    try:
        rows = yield from searched(replace(target, login_customer_id=root), root, _BELOW)
    except Refused as refused:
        if not _of_this_customer(refused):
            raise
        return [FoundAccount(external_id=root, name=_dashed(root), refused=_REFUSED.get(refused.outcome.code, _CLOSED))]
    return [_listed(part(row, "customerClient"), root) for row in rows]


_CLOSED = "account_closed"
_REFUSED = {"ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT": "suspended", "USER_PERMISSION_DENIED": "not_reached"}


def _of_this_customer(refused: Refused) -> bool:
    """Whether it is about one customer, so that others can still be reached."""
    outcome = refused.outcome
    return outcome.verdict is Verdict.HOLD and not outcome.signed_out and outcome.code in _OF_ONE_CUSTOMER


_OF_ONE_CUSTOMER = frozenset({*_REFUSED, "CUSTOMER_NOT_ENABLED", "CUSTOMER_NOT_FOUND", "INCOMPLETE_SIGNUP"})


def _listed(row: Mapping[str, Any], root: str) -> FoundAccount:
    number = str(row.get("id") or "")
    told = {
        "suspended": row.get("status") == "SUSPENDED",
        "manager": row.get("manager") is True,
        "test_account": row.get("testAccount") is True,
    }
    return FoundAccount(
        external_id=number,
        name=text(row.get("descriptiveName")) or _dashed(number),
        currency=text(row.get("currencyCode")),
        time_zone=text(row.get("timeZone")),
        login_customer_id=root if root != number else "",
        is_manager=told["manager"],
        cautions=tuple(code for code, holds in told.items() if holds),
        facts={"status": text(row.get("status")), "test_account": flag(row.get("testAccount"))},
    )


def _with_settings(row: Mapping[str, Any], target: Target) -> FoundAccount:
    number, tracking = str(row.get("id") or ""), part(row, "conversionTrackingSetting")
    terms, tracker = tracking.get("acceptedCustomerDataTerms") is True, tracked_by(row)
    told = {
        "suspended": row.get("status") == "SUSPENDED",
        "manager": row.get("manager") is True,
        "terms_not_accepted": not terms,
        "tracked_by_manager": tracker not in ("", "0", number),
        "enhanced_off": not enhanced(row),
        "no_auto_tagging": row.get("autoTaggingEnabled") is not True,
        "test_account": row.get("testAccount") is True,
    }
    listed = _listed(row, digits(target.login_customer_id))
    return replace(
        listed,
        conversion_customer_id=tracker if told["tracked_by_manager"] else "",
        terms_accepted=terms,
        cautions=tuple(code for code, holds in told.items() if holds),
        facts={
            **listed.facts,
            "auto_tagging": flag(row.get("autoTaggingEnabled")),
            "customer_data_terms": flag(terms),
            "enhanced_conversions": flag(not told["enhanced_off"]),
            "conversion_tracking": text(tracking.get("conversionTrackingStatus")),
            "conversion_customer": tracker,
            "settings_page": f"{SETTINGS_PAGE}{number}",
        },
    )


def _dashed(number: str) -> str:
    """A customer id as Google Ads shows it."""
    return f"{number[:3]}-{number[3:6]}-{number[6:]}"
