"""What the demo workspace is made of, as tables: people, properties, forms, ad accounts, conversion events."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from apps.ads.models import Destination
from apps.domain.facts import Trigger, ValueFrom
from apps.workspaces.roles import Role

WORKSPACE = "Demo"
PASSWORD = "demo-convsync"  # noqa: S105 - shown on the embedded sign-in page
USERS: tuple[tuple[str, str, Role], ...] = (
    ("demo@convsync.test", "Demi de Vries", Role.ADMIN),
    ("marketer@convsync.test", "Marc Kettler", Role.MARKETER),
    ("viewer@convsync.test", "Vivian Ewert", Role.VIEWER),
)
KEY_NAME = "Demo"

# So long ago that the networks' windows, and not the event's own beginning, are what old signals run into.
EVENTS_SINCE = timedelta(days=120)
PAUSED_SINCE = timedelta(days=30)

PROPERTIES: tuple[tuple[str, str], ...] = (
    ("marketing_consent", "May we use it for marketing?"),
    ("ads_consent", "May we share it with ad networks?"),
    ("demo_case", "What the demo shows with this contact"),
    ("message", "Message"),
)
YES = ("yes", "ja", "oui", "sí", "tak", "evet", "ναι", "はい", "네", "نعم")
GRANTED = ("granted",)

_PERSON = ("email", "firstname", "lastname", "marketing_consent")
FORMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "demo_request": ("Request a demo", (*_PERSON, "company", "jobtitle", "phone", "country")),
    "contact": ("Contact us", (*_PERSON, "phone", "address", "zip", "city", "country", "message")),
    "guide": ("Download: buyer’s guide 2026", (*_PERSON, "company", "jobtitle")),
    "newsletter": ("Newsletter sign-up", ("email", "marketing_consent", "country", "city", "zip", "gender")),
}
BEHAVIOURS: dict[str, tuple[str, tuple[str, ...]]] = {
    "trial": ("Trial started", ("app",)),
    "order": ("Order placed", ("app", "shop")),
    "webinar": ("Webinar attended", ("marketing",)),
}


@dataclass(frozen=True, slots=True)
class Account:
    """An ad account of the sandbox's default world, with where its conversions can land: (kind, id, name)."""

    network: str
    external_id: str
    name: str
    actions: tuple[tuple[Destination, str, str], ...]
    business_id: str = ""
    is_manager: bool = False


TOKENS = {"facebook": "EAAsandboxtoken", "google": "ya29.sandbox", "linkedin": "AQsandbox"}
ACCOUNTS: dict[str, Account] = {
    "facebook": Account(
        "facebook",
        "act_1001001",
        "Convsync Demo EU",
        ((Destination.PIXEL, "900100100100101", "Website and CRM"),),
        business_id="5001001",
    ),
    "google": Account(
        "google",
        "1234567890",
        "Convsync Demo Search",
        (
            (Destination.CLICK_ACTION, "1001", "Lead"),
            (Destination.CLICK_ACTION, "1002", "Qualified lead"),
            (Destination.CLICK_ACTION, "1003", "Customer"),
            (Destination.TAG_ACTION, "2001", "Contact form"),
        ),
    ),
    "manager": Account(
        "google",
        "9876543210",
        "Convsync Demo Agency (manager)",
        ((Destination.TAG_ACTION, "2001", "Contact form"),),
        is_manager=True,
    ),
    "linkedin": Account(
        "linkedin",
        "507001001",
        "Convsync Demo B2B",
        (
            (Destination.RULE, "104001", "Qualified lead"),
            (Destination.RULE, "104002", "Customer"),
            (Destination.RULE, "104003", "Contact form"),
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Planned:
    """A conversion event of the demo. `on` names a lifecycle stage, or a key of FORMS or BEHAVIOURS."""

    name: str
    account: str
    trigger: Trigger
    on: str
    destination: str
    network_event_name: str = ""
    value_from: ValueFrom = ValueFrom.NONE
    value: str = ""
    consent: tuple[str, tuple[str, ...]] = ("", ())
    shared: tuple[str, ...] | None = None
    options: Mapping[str, str] | None = None
    paused: bool = False


_STAGE, _FORM, _CUSTOM = Trigger.STAGE_CHANGE, Trigger.FORM_SUBMISSION, Trigger.CUSTOM_EVENT
_DEAL, _FIXED, _OWN = ValueFrom.DEAL, ValueFrom.FIXED, ValueFrom.SIGNAL
_PIXEL = "900100100100101"
_MARKETING, _ADS = ("marketing_consent", YES), ("ads_consent", GRANTED)
_FEW = ("city", "country", "gender", "zip")

EVENTS: tuple[Planned, ...] = (
    Planned("Facebook: lead came in", "facebook", _STAGE, "lead", _PIXEL, "Lead", consent=_ADS),
    Planned("Facebook: marketing qualified", "facebook", _STAGE, "marketingqualifiedlead", _PIXEL, "MQL", consent=_ADS),
    Planned("Facebook: opportunity", "facebook", _STAGE, "opportunity", _PIXEL, "Opportunity", _DEAL, "250", _ADS),
    Planned("Facebook: customer", "facebook", _STAGE, "customer", _PIXEL, "Customer", _DEAL, "500", _ADS),
    Planned(
        "Facebook: demo requested",
        "facebook",
        _FORM,
        "demo_request",
        _PIXEL,
        "Lead",
        _FIXED,
        "75",
        _MARKETING,
        options={"lead_score_property": "hs_predictivecontactscore_v2"},
    ),
    Planned(
        "Facebook: newsletter, few fields",
        "facebook",
        _FORM,
        "newsletter",
        _PIXEL,
        "Subscribe",
        consent=_MARKETING,
        shared=_FEW,
    ),
    Planned(
        "Facebook: newsletter (paused)",
        "facebook",
        _FORM,
        "newsletter",
        _PIXEL,
        "Subscribe",
        _FIXED,
        "1",
        _MARKETING,
        paused=True,
    ),
    Planned("Google: lead", "google", _STAGE, "lead", "1001", consent=_ADS),
    Planned("Google: qualified lead", "google", _STAGE, "salesqualifiedlead", "1002", "", _FIXED, "120", _ADS),
    Planned("Google: customer", "google", _STAGE, "customer", "1003", "", _DEAL, "500", _ADS),
    Planned("Google: contact form", "google", _FORM, "contact", "2001", consent=_MARKETING),
    Planned("Google: contact form at the agency", "manager", _FORM, "contact", "2001", consent=_MARKETING),
    Planned(
        "LinkedIn: marketing qualified", "linkedin", _STAGE, "marketingqualifiedlead", "104001", "", _FIXED, "40", _ADS
    ),
    Planned("LinkedIn: customer", "linkedin", _STAGE, "customer", "104002", "", _DEAL, "500", _ADS),
    Planned("LinkedIn: demo requested", "linkedin", _FORM, "demo_request", "104003", "", _FIXED, "75", _MARKETING),
    Planned("Facebook: order placed", "facebook", _CUSTOM, "order", _PIXEL, "Purchase", _OWN, "20", _ADS),
    Planned("Google: trial started", "google", _CUSTOM, "trial", "1002", "", _FIXED, "60", _ADS),
    Planned("Google: order placed", "google", _CUSTOM, "order", "1003", "", _OWN, "20", _ADS),
    Planned("LinkedIn: trial started", "linkedin", _CUSTOM, "trial", "104001", "", _FIXED, "60", _ADS),
    Planned("LinkedIn: webinar attended", "linkedin", _CUSTOM, "webinar", "104003", consent=_ADS),
    Planned("LinkedIn: guide downloaded", "linkedin", _FORM, "guide", "104003", consent=_MARKETING),
)
