"""What Facebook takes, wants and refuses, as data.

Sources, under developers.facebook.com/documentation/ads-commerce/conversions-api: `parameters/server-event`,
`parameters/customer-information-parameters`, `best-practices` (match keys, what website events must carry),
`conversion-leads-integration/payload-specification`, `using-the-api` (batches, age), `offline-events` (a
store's 62 days); developers.facebook.com/docs/marketing-apis/data-processing-options; versions:
developers.facebook.com/docs/graph-api/changelog.
"""

from datetime import date, timedelta

from apps.domain.facts import Trigger
from apps.domain.manifest import Choice, Lint, Manifest, Shape, Shared, Source

EVENT_SHAPE, STAGE_SHAPE = "conversions_api", "conversion_leads"

_MAX_AGE = timedelta(days=7)
# Meta names no limit for times to come; others who send to it were seen to allow a minute.
_AHEAD = timedelta(seconds=60)
_PERSON = (
    "email",
    "phone",
    "external_id",
    "firstname",
    "lastname",
    "date_of_birth",
    "gender",
    "city",
    "state",
    "zip",
    "country",
)
# Since Graph API v13.0: events whose match keys all lie within one of these are refused (100/2804050).
_TOO_WEAK = (
    frozenset({"city", "country", "state", "zip", "gender", "client_user_agent"}),
    frozenset({"date_of_birth", "client_user_agent"}),
    frozenset({"firstname", "gender"}),
    frozenset({"lastname", "gender"}),
)

# Of Meta's nine, `app` needs app_data and `business_messaging` a page's id: we hold neither and take neither.
DEFAULT_SOURCE = "website"
SOURCES = {
    "website": Source(needs=("client_user_agent", "event_source_url")),
    "email": Source(),
    "phone_call": Source(),
    "chat": Source(),
    "physical_store": Source(max_age=timedelta(days=62)),
    "system_generated": Source(),
    "other": Source(),
}
# Who falls under Limited Data Use, by Meta's number of the state. Minnesota's and Maryland's are known to exist, but
# not which is which: Meta locates those people itself, as it does for `geolocate`.
GEOLOCATE = "geolocate"
LDU_STATES = {
    "CA": 1000,
    "CO": 1001,
    "CT": 1002,
    "FL": 1003,
    "OR": 1004,
    "TX": 1005,
    "MT": 1006,
    "DE": 1007,
    "NE": 1008,
    "NH": 1009,
    "NJ": 1010,
    "RI": 1013,
}
_NEEDS_VALUE = frozenset({"Purchase"})

_EVENT = Shape(
    key=EVENT_SHAPE,
    label="Conversions API event",
    identifiers=("lead_id", "fbc", "fbp", *_PERSON, "client_ip_address", "client_user_agent"),
    max_age=_MAX_AGE,
    ahead=_AHEAD,
    action_sources=SOURCES,
    action_source=DEFAULT_SOURCE,
    needs_value=_NEEDS_VALUE,
    always_shared=("client_user_agent", "event_source_url", "fbc", "fbp", "lead_id"),
    too_weak=_TOO_WEAK,
    destination="pixel",
)
_STAGE = Shape(
    key=STAGE_SHAPE,
    label="Conversion Leads stage",
    identifiers=("lead_id", "fbc", "fbp", *_PERSON),
    max_age=_MAX_AGE,
    ahead=_AHEAD,
    needs_lead=True,
    needs_value=_NEEDS_VALUE,
    always_shared=("lead_id", "fbc", "fbp"),
    too_weak=_TOO_WEAK,
    destination="pixel",
)

_SHARED = (
    Shared("email", "E-mail", recommended=True),
    Shared("phone", "Phone number"),
    Shared("firstname", "First name"),
    Shared("lastname", "Last name"),
    Shared("date_of_birth", "Date of birth"),
    Shared("gender", "Gender"),
    Shared("city", "City"),
    Shared("state", "State or region"),
    Shared("zip", "Postal code"),
    Shared("country", "Country"),
    Shared("external_id", "Your own id of the person"),
    Shared("client_ip_address", "IP address", recommended=True),
    Shared("client_user_agent", "User agent", recommended=True, removable=False),
    Shared("action_source", "Action source", recommended=True, removable=False),
    Shared("event_source_url", "Event source URL", recommended=True, removable=False),
    Shared("referrer_url", "Referrer of the page", recommended=True, removable=False),
    Shared("fbc", "Facebook click id", recommended=True, removable=False),
    Shared("fbp", "Facebook browser id", recommended=True, removable=False),
    Shared("lead_id", "Facebook lead id", recommended=True, removable=False),
)

_EVENTS = frozenset({Trigger.FORM_SUBMISSION, Trigger.CUSTOM_EVENT})
_ALL = _EVENTS | {Trigger.STAGE_CHANGE}
_CHOICES = (
    Choice(
        name="action_source",
        label="Action source",
        help="Where it happens. Empty: on the website, which asks for the visitor's user agent and the page's address.",
        kind="choice",
        triggers=_EVENTS,
        options=tuple(SOURCES),
    ),
    Choice(
        name="lead_score_property",
        label="Predictive lead score",
        help="A numeric contact property that goes along as the custom property lead_score. Not a number: not sent.",
        kind="property",
        triggers=_EVENTS,
    ),
    Choice(
        name="test_event_code",
        label="Test event code",
        help="Shows the events under Test events in Events Manager. They count as real data: remove it after use.",
        kind="text",
        triggers=_ALL,
        max_length=15,
    ),
    Choice(
        name="opt_out",
        label="Measure only",
        help="Facebook attributes the events but does not optimise the delivery of ads with them.",
        kind="flag",
        triggers=_ALL,
    ),
    Choice(
        name="limited_data_use",
        label="Limited Data Use",
        help="For people in American states with a privacy law: name the state, or let Meta locate them.",
        kind="choice",
        triggers=_ALL,
        options=(GEOLOCATE, *LDU_STATES),
    ),
    Choice(
        name="limit_without_consent",
        label="Limit the data use of those only who did not agree to personalised ads",
        help="Limited Data Use then leaves out whoever says yes to the property for personalised ads.",
        kind="flag",
        triggers=_ALL,
    ),
    Choice(
        name="external_id_mode",
        label="Form of your own id",
        help="As your pixel sends external_id: hashed with SHA-256, which is what empty means, or raw.",
        kind="choice",
        triggers=_ALL,
        options=("sha256", "raw"),
    ),
)

_LINTS = (
    Lint(
        "hardly_matched",
        "Facebook takes what leaves about the person, and will hardly find anybody by it: it is too general.",
        "Share the e-mail address or the phone number, or keep Facebook's click id with the contact.",
        source="developers.facebook.com/documentation/ads-commerce/conversions-api/best-practices",
        without=frozenset({"email", "phone", "external_id", "fbc", "fbp", "lead_id"}),
        shapes=frozenset({EVENT_SHAPE}),
    ),
)

MANIFEST = Manifest(
    key="facebook",
    label="Facebook",
    shapes={Trigger.FORM_SUBMISSION: _EVENT, Trigger.STAGE_CHANGE: _STAGE, Trigger.CUSTOM_EVENT: _EVENT},
    batch_limit=1000,
    hosts=frozenset({"graph.facebook.com"}),
    version="v26.0",
    # Meta has set no end for v26.0 yet. v25.0 ends on this day, and no version ends before the one it follows.
    version_ends=date(2028, 7, 29),
    as_of=date(2026, 11, 22),
    source="https://developers.facebook.com/documentation/ads-commerce/conversions-api/using-the-api",
    shared=_SHARED,
    choices=_CHOICES,
    lints=_LINTS,
    event_name_label="Facebook conversion event",
    standard_events=(
        "AddPaymentInfo",
        "AddToCart",
        "AddToWishlist",
        "CompleteRegistration",
        "Contact",
        "CustomizeProduct",
        "Donate",
        "FindLocation",
        "InitiateCheckout",
        "Lead",
        "Purchase",
        "Schedule",
        "Search",
        "StartTrial",
        "SubmitApplication",
        "Subscribe",
        "ViewContent",
    ),
    recognises_repeats=timedelta(hours=48),
    personalisation="Of whoever does not say yes, Facebook is told to measure only: it attributes the event and does "
    "not deliver ads with it.",
    warnings={
        Trigger.FORM_SUBMISSION: (
            "convsync sends server events only. If the pixel on the page fires the same event too, it counts twice, "
            "unless the browser's event carries the same event id."
        ),
        Trigger.STAGE_CHANGE: (
            "Only contacts that came from a Facebook lead ad are sent. Facebook optimises on the whole funnel, so make "
            "an event for every lifecycle stage, Other included."
        ),
    },
)
