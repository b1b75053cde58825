"""The fields that can be asked for, per resource and version, and the enums they and the mutations use."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

VERSIONS = ("v23", "v24", "v25", "v26")


@dataclass(frozen=True)
class Choice:
    """An enum: its name, its symbols with their numbers, and the version since which the younger ones exist."""

    name: str
    numbers: Mapping[str, int]
    since: Mapping[str, str]

    def at(self, version: str) -> dict[str, int]:
        """Return the symbols of a version with their numbers."""
        return {symbol: n for symbol, n in self.numbers.items() if self.since.get(symbol, "") <= version}


@dataclass(frozen=True)
class Field:
    """A field: its kind, the symbols of an enum, and the versions that have it."""

    kind: Literal["text", "int64", "double", "bool", "enum", "messages"]
    choice: Choice | None = None
    versions: tuple[str, ...] = VERSIONS


def _choice(name: str, words: str, since: Mapping[str, str] | None = None, *, first: int = 2) -> Choice:
    counted = {symbol: number for number, symbol in enumerate(words.split(), first) if symbol != "_"}
    return Choice(name, {"UNSPECIFIED": 0, "UNKNOWN": 1} | counted, since or {})


# Between SIGNUP and DOWNLOAD a number is missing.
CATEGORIES = _choice(
    "ConversionActionCategory",
    "DEFAULT PAGE_VIEW PURCHASE SIGNUP _ DOWNLOAD ADD_TO_CART BEGIN_CHECKOUT SUBSCRIBE_PAID PHONE_CALL_LEAD "
    "IMPORTED_LEAD SUBMIT_LEAD_FORM BOOK_APPOINTMENT REQUEST_QUOTE GET_DIRECTIONS OUTBOUND_CLICK CONTACT ENGAGEMENT "
    "STORE_VISIT STORE_SALE QUALIFIED_LEAD CONVERTED_LEAD YOUTUBE_FOLLOW_ON_VIEWS MESSAGE_LEAD IN_APP_AD_REVENUE",
    {"MESSAGE_LEAD": "v26", "IN_APP_AD_REVENUE": "v25"},
)
_ANALYTICS = ("GOOGLE_ANALYTICS_4", "FIREBASE_ANDROID", "FIREBASE_IOS")
TYPES = _choice(
    "ConversionActionType",
    "AD_CALL CLICK_TO_CALL GOOGLE_PLAY_DOWNLOAD GOOGLE_PLAY_IN_APP_PURCHASE UPLOAD_CALLS UPLOAD_CLICKS WEBPAGE "
    "WEBSITE_CALL STORE_SALES_DIRECT_UPLOAD STORE_SALES FIREBASE_ANDROID_FIRST_OPEN FIREBASE_ANDROID_IN_APP_PURCHASE "
    "FIREBASE_ANDROID_CUSTOM FIREBASE_IOS_FIRST_OPEN FIREBASE_IOS_IN_APP_PURCHASE FIREBASE_IOS_CUSTOM "
    "THIRD_PARTY_APP_ANALYTICS_ANDROID_FIRST_OPEN THIRD_PARTY_APP_ANALYTICS_ANDROID_IN_APP_PURCHASE "
    "THIRD_PARTY_APP_ANALYTICS_ANDROID_CUSTOM THIRD_PARTY_APP_ANALYTICS_IOS_FIRST_OPEN "
    "THIRD_PARTY_APP_ANALYTICS_IOS_IN_APP_PURCHASE THIRD_PARTY_APP_ANALYTICS_IOS_CUSTOM "
    "ANDROID_APP_PRE_REGISTRATION ANDROID_INSTALLS_ALL_OTHER_APPS FLOODLIGHT_ACTION FLOODLIGHT_TRANSACTION "
    "GOOGLE_HOSTED LEAD_FORM_SUBMIT SALESFORCE SEARCH_ADS_360 SMART_CAMPAIGN_AD_CLICKS_TO_CALL "
    "SMART_CAMPAIGN_MAP_CLICKS_TO_CALL SMART_CAMPAIGN_MAP_DIRECTIONS SMART_CAMPAIGN_TRACKED_CALLS STORE_VISITS "
    "WEBPAGE_CODELESS UNIVERSAL_ANALYTICS_GOAL UNIVERSAL_ANALYTICS_TRANSACTION GOOGLE_ANALYTICS_4_CUSTOM "
    "GOOGLE_ANALYTICS_4_PURCHASE GOOGLE_ANALYTICS_4_GENERATE_LEAD GOOGLE_ANALYTICS_4_QUALIFY_LEAD "
    "GOOGLE_ANALYTICS_4_CLOSE_CONVERT_LEAD FIREBASE_ANDROID_GENERATE_LEAD FIREBASE_ANDROID_QUALIFY_LEAD "
    "FIREBASE_ANDROID_CLOSE_CONVERT_LEAD FIREBASE_IOS_GENERATE_LEAD FIREBASE_IOS_QUALIFY_LEAD "
    "FIREBASE_IOS_CLOSE_CONVERT_LEAD LOCAL_SERVICES_ADS FIREBASE_ANDROID_APP_AD_IMPRESSION "
    "FIREBASE_IOS_APP_AD_IMPRESSION",
    dict.fromkeys(
        (f"{prefix}_{step}_LEAD" for prefix in _ANALYTICS for step in ("GENERATE", "QUALIFY", "CLOSE_CONVERT")), "v24"
    )
    | dict.fromkeys(("LOCAL_SERVICES_ADS", *(f"FIREBASE_{os}_APP_AD_IMPRESSION" for os in ("ANDROID", "IOS"))), "v25"),
)
ACTION_STATUSES = _choice("ConversionActionStatus", "ENABLED REMOVED HIDDEN")
COUNTING = _choice("ConversionActionCountingType", "ONE_PER_CLICK MANY_PER_CLICK")
ORIGINS = _choice(
    "ConversionOrigin",
    "WEBSITE GOOGLE_HOSTED APP CALL_FROM_ADS STORE YOUTUBE_HOSTED LOCAL_SERVICES_ADS",
    {"LOCAL_SERVICES_ADS": "v25"},
)
MODELS = _choice(
    "AttributionModel",
    "EXTERNAL GOOGLE_ADS_LAST_CLICK GOOGLE_SEARCH_ATTRIBUTION_FIRST_CLICK GOOGLE_SEARCH_ATTRIBUTION_LINEAR "
    "GOOGLE_SEARCH_ATTRIBUTION_TIME_DECAY GOOGLE_SEARCH_ATTRIBUTION_POSITION_BASED "
    "GOOGLE_SEARCH_ATTRIBUTION_DATA_DRIVEN",
    first=100,
)
CONTENT = Choice("ResponseContentType", {"UNSPECIFIED": 0, "RESOURCE_NAME_ONLY": 1, "MUTABLE_RESOURCE": 2}, {})
CUSTOMER_STATUSES = _choice("CustomerStatus", "ENABLED CANCELED SUSPENDED CLOSED")
TRACKING = _choice(
    "ConversionTrackingStatusEnum",
    "NOT_CONVERSION_TRACKED CONVERSION_TRACKING_MANAGED_BY_SELF CONVERSION_TRACKING_MANAGED_BY_THIS_MANAGER "
    "CONVERSION_TRACKING_MANAGED_BY_ANOTHER_MANAGER",
)
ENHANCED = _choice("EnhancedConversionsConfig", "OFF ON")
VARIABLE_STATUSES = _choice("ConversionCustomVariableStatus", "ACTIVATION_NEEDED ENABLED PAUSED")
HEALTH = _choice("OfflineConversionDiagnosticStatusEnum", "EXCELLENT GOOD NEEDS_ATTENTION _ NO_RECENT_UPLOAD")
CLIENTS = _choice("OfflineEventUploadClientEnum", "GOOGLE_ADS_API GOOGLE_ADS_WEB_CLIENT ADS_DATA_CONNECTOR")

TEXT, INT64, DOUBLE, BOOL, MESSAGES = Field("text"), Field("int64"), Field("double"), Field("bool"), Field("messages")
_TRACKED = "conversion_tracking_setting"
_SUMMARY: dict[str, Field] = {
    "client": Field("enum", CLIENTS),
    "status": Field("enum", HEALTH),
    **dict.fromkeys(("total_event_count", "successful_event_count", "pending_event_count"), INT64),
    "last_upload_date_time": TEXT,
    **dict.fromkeys(("daily_summaries", "job_summaries", "alerts"), MESSAGES),
}
RESOURCES: Mapping[str, Mapping[str, Field]] = {
    "customer": {
        **dict.fromkeys(("descriptive_name", "currency_code", "time_zone"), TEXT),
        **dict.fromkeys(("manager", "test_account", "auto_tagging_enabled"), BOOL),
        "id": INT64,
        "status": Field("enum", CUSTOMER_STATUSES),
        "remarketing_setting.google_global_site_tag": TEXT,
        f"{_TRACKED}.conversion_tracking_id": INT64,
        f"{_TRACKED}.cross_account_conversion_tracking_id": INT64,
        f"{_TRACKED}.accepted_customer_data_terms": BOOL,
        f"{_TRACKED}.conversion_tracking_status": Field("enum", TRACKING),
        f"{_TRACKED}.google_ads_conversion_customer": TEXT,
        f"{_TRACKED}.enhanced_conversions_for_leads_enabled": Field("bool", versions=VERSIONS[:-1]),
        f"{_TRACKED}.enablement_setting": Field("enum", ENHANCED, versions=VERSIONS[-1:]),
        f"{_TRACKED}.effective_enablement_setting": Field("enum", ENHANCED, versions=VERSIONS[-1:]),
    },
    "customer_client": {
        **dict.fromkeys(("client_customer", "descriptive_name", "currency_code", "time_zone"), TEXT),
        **dict.fromkeys(("manager", "test_account", "hidden"), BOOL),
        **dict.fromkeys(("id", "level"), INT64),
        "status": Field("enum", CUSTOMER_STATUSES),
    },
    "conversion_action": {
        **dict.fromkeys(("name", "owner_customer", "value_settings.default_currency_code"), TEXT),
        **dict.fromkeys(("id", "click_through_lookback_window_days", "view_through_lookback_window_days"), INT64),
        **dict.fromkeys(
            ("primary_for_goal", "include_in_conversions_metric", "value_settings.always_use_default_value"), BOOL
        ),
        "type": Field("enum", TYPES),
        "status": Field("enum", ACTION_STATUSES),
        "category": Field("enum", CATEGORIES),
        "origin": Field("enum", ORIGINS),
        "counting_type": Field("enum", COUNTING),
        "value_settings.default_value": DOUBLE,
        "attribution_model_settings.attribution_model": Field("enum", MODELS),
        "tag_snippets": MESSAGES,
    },
    "customer_conversion_goal": {
        "category": Field("enum", CATEGORIES),
        "origin": Field("enum", ORIGINS),
        "biddable": BOOL,
    },
    "conversion_custom_variable": {
        **dict.fromkeys(("name", "tag", "owner_customer"), TEXT),
        "id": INT64,
        "status": Field("enum", VARIABLE_STATUSES),
    },
    "offline_conversion_upload_client_summary": _SUMMARY | dict.fromkeys(("success_rate", "pending_rate"), DOUBLE),
    "offline_conversion_upload_conversion_action_summary": (
        _SUMMARY | {"conversion_action_id": INT64, "conversion_action_name": TEXT}
    ),
}


def field(path: str, version: str) -> Field | None:
    """Return the field of a dotted path that starts with its resource, or None when the version has no such field."""
    resource, _, name = path.partition(".")
    if resource not in RESOURCES:
        return None
    found = TEXT if name == "resource_name" else RESOURCES[resource].get(name)
    return found if found is not None and version in found.versions else None


def has_inside(path: str, version: str) -> bool:
    """Return whether a dotted path names a message with fields of its own."""
    resource, _, name = path.partition(".")
    return any(
        known.startswith(f"{name}.") and version in item.versions for known, item in RESOURCES.get(resource, {}).items()
    )
