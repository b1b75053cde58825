"""Google Ads as data: its shapes, their windows and limits, and what the create-event dialog asks and warns of.

Limits are those of UploadClickConversions and UploadConversionAdjustments, read in the pages that `source` names.
"""

from dataclasses import replace
from datetime import date, timedelta

from apps.domain.facts import Adjustment, Trigger
from apps.domain.manifest import Choice, Lint, Manifest, Pace, Shape, Shared

HOST, EVENTS_HOST = "googleads.googleapis.com", "datamanager.googleapis.com"

# What trying an account finds open: both uploads of the Google Ads API; its adjustments only; neither, so that all goes
# to the Data Manager API.
ADS_API, ADJUSTMENTS, DATA_MANAGER_ONLY = "ads_api", "data_manager", "data_manager_only"

# An address counts with all of these; the others ride along (google.ads.googleads: OfflineUserAddressInfo).
ADDRESS_NEEDS = frozenset({"firstname", "lastname", "zip", "country"})
ADDRESS_RIDERS = frozenset({"street", "city", "state"})

_OF_THE_CRM = frozenset({Trigger.STAGE_CHANGE.value, Trigger.CUSTOM_EVENT.value})
_FORM = frozenset({Trigger.FORM_SUBMISSION.value})

_CLICK_CONVERSION = Shape(
    key="click_conversion",
    label="Offline conversion of an ad click",
    identifiers=("email", "phone", "firstname", "lastname", "zip", "country"),
    together=((ADDRESS_NEEDS, frozenset()),),
    needs_match=False,
    needs_click=("gclid", "gbraid", "wbraid"),
    click_window=timedelta(days=90),
    destination="click_action",
)

# A form as an event of the Data Manager API, which takes the tag's order id, no street, and sets no 24 hours. Events up
# to 89 days old were seen to be taken.
_FORM_EVENT = Shape(
    key="form_event",
    label="Event beside the website tag's conversion",
    identifiers=("email", "phone", "firstname", "lastname", "zip", "country"),
    together=((ADDRESS_NEEDS, frozenset()),),
    max_age=timedelta(days=89),
    manager_account_allowed=False,
    needs_terms=True,
    destination="tag_action",
)
_ENHANCEMENT = Shape(
    key="enhancement",
    label="Enhanced conversion of the website tag",
    identifiers=("email", "phone", "firstname", "lastname", "street", "city", "state", "zip", "country"),
    together=((ADDRESS_NEEDS, ADDRESS_RIDERS),),
    max_age=timedelta(hours=24),
    margin=timedelta(minutes=10),
    manager_account_allowed=False,
    needs_terms=True,
    destination="tag_action",
    instead=_FORM_EVENT,
    closed_by=frozenset({DATA_MANAGER_ONLY}),
    insists=frozenset({"ads_api"}),
    own_order_id=True,
)

# Corrections of an action that imports clicks (UPLOAD_CLICKS, SALESFORCE) or of the tag's own (WEBPAGE).
_RESTATEMENT = Shape(
    key="restatement",
    label="New value of an earlier conversion",
    identifiers=(),
    needs_match=False,
    needs_click=("gclid",),
    order_id_serves=True,
    needs_new_value=True,
    max_age=timedelta(days=54),
    destination="click_action",
    closed_by=frozenset({DATA_MANAGER_ONLY}),
)
_RETRACTION = replace(
    _RESTATEMENT,
    key="retraction",
    label="Withdrawal of an earlier conversion",
    needs_new_value=False,
    takes_value=False,
)

_CHOICES = (
    Choice(
        name="include_in_conversions",
        label="Include in “Conversions”",
        help="Counts it in Google's “Conversions” column, which automated bidding optimises for. The account-level "
        "goal of its category must be on as well.",
        kind="flag",
        triggers=_OF_THE_CRM,
        default="true",
        mirrors="primary",
    ),
    Choice(
        name="primary_action",
        label="Primary action",
        help="A primary action is reported in the “Conversions” column that bidding uses; a secondary one is only "
        "observed.",
        kind="flag",
        triggers=_FORM,
        default="true",
        mirrors="primary",
    ),
    Choice(
        name="route",
        label="Route",
        help="Automatic sends stage changes through Google's Data Manager API and forms as adjustments of the Google "
        "Ads API. The Google Ads API answers for each conversion; its click uploads are closed to new projects.",
        kind="choice",
        triggers=_OF_THE_CRM | _FORM,
        default="auto",
        options=("auto", "data_manager", "ads_api"),
        tried=frozenset({"ads_api"}),
    ),
)

_SHARED = (
    Shared("email", "E-mail address", recommended=True),
    Shared("phone", "Phone number"),
    Shared("firstname", "First name"),
    Shared("lastname", "Last name"),
    Shared("street", "Street address"),
    Shared("city", "City"),
    Shared("state", "State or region"),
    Shared("zip", "Postal code"),
    Shared("country", "Country"),
)

_OF_CLICKS = (
    "Only contacts with a Google click id (gclid, gbraid or wbraid) are sent, and only within 90 days of the "
    "click: keep auto-tagging on in Google Ads. Bidding uses the conversions only while the account-level goal of "
    "the conversion action's category is on in Google Ads."
)
_WARNINGS = {
    Trigger.STAGE_CHANGE.value: _OF_CLICKS,
    Trigger.CUSTOM_EVENT.value: _OF_CLICKS,
    Trigger.FORM_SUBMISSION.value: (
        "Form data does not sync to a manager (MCC) account: choose the client account that owns the conversion "
        "action. Accept Google's customer data terms in that account first; until then conversions wait. Google takes "
        "a form only within 24 hours of the submission. A name or address counts only when first name, last name, "
        "postal code and country are all shared."
    ),
}

_LINTS = (
    Lint(
        "no_tag_order",
        "The form brought no order id, so Google takes this and finds no conversion of the tag that it belongs to.",
        "Give the Google tag and the form's submission (orderId) the same order id.",
        source="developers.google.com/google-ads/api/docs/conversions/enhanced-conversions/web-setup",
        without=frozenset({"order_id"}),
        shapes=frozenset({_ENHANCEMENT.key}),
    ),
    Lint(
        "consent_unsaid",
        "It says nothing of consent, and Google drops such conversions of people in Europe after it took them.",
        "Choose the consent property for this event.",
        source="support.google.com/google-ads/answer/14625550",
        without=frozenset({"consent"}),
        shapes=frozenset({_CLICK_CONVERSION.key, _FORM_EVENT.key}),
    ),
)

MANIFEST = Manifest(
    key="google",
    label="Google Ads",
    shapes={
        Trigger.STAGE_CHANGE.value: _CLICK_CONVERSION,
        Trigger.FORM_SUBMISSION.value: _ENHANCEMENT,
        Trigger.CUSTOM_EVENT.value: _CLICK_CONVERSION,
    },
    batch_limit=2000,
    hosts=frozenset({HOST, EVENTS_HOST}),
    version="v26",
    version_ends=date(2027, 11, 1),  # announced as November 2027; the first of it, so that the alarm is never late
    as_of=date(2026, 11, 22),
    source="https://developers.google.com/google-ads/api/docs/conversions/upload-offline",
    shared=_SHARED,
    choices=_CHOICES,
    personalisation="Google is told what the person said: yes, no, or nothing where nothing is known. Adjustments and "
    "the click uploads of the Google Ads API have no field for it.",
    lints=_LINTS,
    warnings=_WARNINGS,
    adjustments={
        Adjustment.ENHANCEMENT.value: _ENHANCEMENT,
        Adjustment.RESTATEMENT.value: _RESTATEMENT,
        Adjustment.RETRACTION.value: _RETRACTION,
    },
    # Of the Data Manager API, whose routes begin so, and over all tenants: the project is the operator's.
    paces=(
        Pace(
            per_minute=300,
            per_day=100_000,
            source="https://developers.google.com/data-manager/api/limits",
            by="app",
            routes="event:",
        ),
    ),
)
