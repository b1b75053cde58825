"""What LinkedIn takes, wants and refuses, as data.

Sources, under learn.microsoft.com/linkedin/marketing: `conversions/conversions-overview`, `integrations/ads-reporting/
conversions-api` (elements, identifiers, batches, age), `conversions/custom-matching-identifiers` (external ids),
`integrations/migrations` (versions and their ends). The limit of 64 characters for an event id is Salesforce's, of its
LinkedIn connector.
"""

from datetime import date, timedelta

from apps.domain.facts import Trigger
from apps.domain.manifest import Manifest, Shape, Shared

# 202609 is newer and takes hashed names, but may no longer take the plain ones, which this adapter sends.
VERSION = "202607"

# Field, LinkedIn's symbol, and the first version known to have it ("": from the start). A symbol that the version lacks
# costs the whole batch.
_ID_TYPES = (
    ("email", "SHA256_EMAIL", ""),
    ("li_fat_id", "LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID", ""),
    ("acxiom_id", "ACXIOM_ID", ""),
    ("client_ip_address", "PLAINTEXT_IP_ADDRESS", "202605"),
)
ID_TYPES = {field: symbol for field, symbol, since in _ID_TYPES if since <= VERSION}

_NAMES = frozenset({"firstname", "lastname"})
_RIDERS = frozenset({"jobtitle", "company", "country"})

_EVENT = Shape(
    key="conversion_event",
    label="Conversion event",
    identifiers=(
        "lead_id",
        *ID_TYPES,
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
    Shared("client_ip_address", "IP address"),
    Shared("li_fat_id", "LinkedIn click id", recommended=True, removable=False),
    Shared("lead_id", "LinkedIn lead id", recommended=True, removable=False),
)

_VALUE_WARNING = (
    "The value counts only where the conversion rule at LinkedIn takes the event's value (Dynamic). LinkedIn counts no "
    "conversions of a rule that is linked to no campaign."
)

MANIFEST = Manifest(
    key="linkedin",
    label="LinkedIn",
    shapes={Trigger.FORM_SUBMISSION: _EVENT, Trigger.STAGE_CHANGE: _EVENT},
    batch_limit=5000,
    hosts=frozenset({"api.linkedin.com"}),
    version=VERSION,
    version_ends=date(2027, 7, 15),
    as_of=date(2026, 11, 22),
    source="https://learn.microsoft.com/en-us/linkedin/marketing/integrations/ads-reporting/conversions-api",
    shared=_SHARED,
    warnings={
        Trigger.FORM_SUBMISSION: (
            f"{_VALUE_WARNING} If the Insight Tag reports this form too, give it a rule of its own and the same event "
            "id: LinkedIn then keeps the browser's event and drops ours."
        ),
        Trigger.STAGE_CHANGE: _VALUE_WARNING,
    },
)
