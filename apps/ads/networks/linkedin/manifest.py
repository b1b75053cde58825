"""What LinkedIn takes, wants and refuses, as data.

Sources, under learn.microsoft.com/linkedin/marketing: `conversions/conversions-overview`, `integrations/ads-reporting/
conversions-api` (elements, identifiers, batches, age) and `conversions/custom-matching-identifiers` (external ids);
versions are in versions.py. The limit of 64 characters for an event id is Salesforce's, of its
LinkedIn connector.
"""

from datetime import date, timedelta

from apps.ads.networks.linkedin.versions import IN_USE, PINNED
from apps.domain.facts import Trigger
from apps.domain.manifest import Choice, Lint, Manifest, Pace, Shape, Shared

# The option of an event that makes its names leave hashed, in the version that takes them so.
HASH_NAMES = "hash_names"

# An identifier that any version in use lacks is asked for nowhere: it could be sent under one of them only.
_ID_FIELDS = tuple(field for field in PINNED.id_types if all(field in version.id_types for version in IN_USE.values()))
_NAMES = frozenset({"firstname", "lastname"})
_RIDERS = frozenset({"jobtitle", "company", "country"})
_LEAD_ALONE = all(version.lead_alone for version in IN_USE.values())

_EVENT = Shape(
    key="conversion_event",
    label="Conversion event",
    identifiers=(
        "lead_id",
        *_ID_FIELDS,
        "external_id",
        "firstname",
        "lastname",
        "jobtitle",
        "company",
        "country",
    ),
    together=((_NAMES, _RIDERS),),
    max_age=timedelta(days=90),
    always_shared=("lead_id", "li_fat_id"),
    too_weak=() if _LEAD_ALONE else (frozenset({"lead_id"}),),
    destination="rule",
)

_SHARED = (
    Shared("email", "E-mail", recommended=True),
    Shared("firstname", "First name"),
    Shared("lastname", "Last name"),
    Shared("jobtitle", "Job title"),
    Shared("company", "Company name"),
    Shared("country", "Country"),
    Shared("external_id", "Your own id of the person"),
    Shared("acxiom_id", "Acxiom id"),
    Shared("google_aid", "Google advertising id"),
    Shared("client_ip_address", "IP address"),
    Shared("li_fat_id", "LinkedIn click id", recommended=True, removable=False),
    Shared("lead_id", "LinkedIn lead id", recommended=True, removable=False),
)

_TRIGGERS = (Trigger.FORM_SUBMISSION, Trigger.STAGE_CHANGE, Trigger.CUSTOM_EVENT)
_CHOICES = (
    Choice(
        name=HASH_NAMES,
        label="Hash the names",
        help="First and last name then leave as hashes. LinkedIn takes them so since September 2026.",
        kind="flag",
        triggers=frozenset(_TRIGGERS),
    ),
)

_VALUE_WARNING = (
    "The value counts only where the conversion rule at LinkedIn takes the event's value (Dynamic). LinkedIn counts no "
    "conversions of a rule that is linked to no campaign, and may drop conversions without a value or in a currency "
    "that it does not know without saying so."
)
_TAG_WARNING = (
    f"{_VALUE_WARNING} If the Insight Tag reports this too, give it a rule of its own and the same event id: LinkedIn "
    "then keeps the browser's event and drops ours."
)

_BESIDE_NAMES = frozenset({"lead_id", "external_id", *_ID_FIELDS})
_LINTS = (
    Lint(
        "no_value",
        "LinkedIn takes a conversion without an amount and a currency, and may drop it without saying so.",
        "Give the event a value: the deal's with a default, or one of its own.",
        source="segment.com/docs/connections/destinations/catalog/actions-linkedin-conversions (LinkedIn is silent)",
        without=frozenset({"value"}),
    ),
    Lint(
        "names_alone",
        "Only names leave, and by a name alone LinkedIn finds nobody.",
        "Share the e-mail address; else a company, a job title or a country beside the names.",
        source="learn.microsoft.com/linkedin/marketing/integrations/ads-reporting/conversions-api",
        having=_NAMES,
        without=_BESIDE_NAMES | _RIDERS,
    ),
    Lint(
        "external_id_alone",
        "Only your own id of the person leaves. LinkedIn knows it when it has come with another identifier before.",
        "Share the e-mail address too, at least until LinkedIn has seen the two together.",
        source="learn.microsoft.com/linkedin/marketing/conversions/custom-matching-identifiers",
        having=frozenset({"external_id"}),
        without=_BESIDE_NAMES - {"external_id"} | _NAMES,
    ),
)

MANIFEST = Manifest(
    key="linkedin",
    label="LinkedIn",
    shapes=dict.fromkeys(_TRIGGERS, _EVENT),
    batch_limit=5000,
    hosts=frozenset({"api.linkedin.com"}),
    version=PINNED.name,
    version_ends=min(version.ends for version in IN_USE.values()),
    as_of=date(2026, 11, 22),
    source="https://learn.microsoft.com/en-us/linkedin/marketing/integrations/ads-reporting/conversions-api",
    shared=_SHARED,
    choices=_CHOICES,
    lints=_LINTS,
    # The day's quota is per member and token and is reset at midnight of UTC; no header tells what is left of it.
    paces=(
        Pace(
            per_minute=600,
            per_day=500_000,
            source="https://learn.microsoft.com/en-us/linkedin/marketing/conversions/conversions-overview",
        ),
    ),
    warnings={
        Trigger.FORM_SUBMISSION: _TAG_WARNING,
        Trigger.STAGE_CHANGE: _VALUE_WARNING,
        Trigger.CUSTOM_EVENT: _TAG_WARNING,
    },
)
