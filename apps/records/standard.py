"""What every workspace starts with: lifecycle stages, a sales pipeline, and the properties HubSpot's clients expect."""

from dataclasses import dataclass
from decimal import Decimal

# A09: HubSpot's own defaults, in their order; a workspace can edit its copy.
LIFECYCLE_STAGES = (
    ("subscriber", "Subscriber"),
    ("lead", "Lead"),
    ("marketingqualifiedlead", "Marketing Qualified Lead"),
    ("salesqualifiedlead", "Sales Qualified Lead"),
    ("opportunity", "Opportunity"),
    ("customer", "Customer"),
    ("evangelist", "Evangelist"),
    ("other", "Other"),
)

# Key, label, probability, closed: HubSpot's default sales pipeline.
PIPELINE_STAGES = (
    ("appointmentscheduled", "Appointment scheduled", Decimal("0.2"), False),
    ("qualifiedtobuy", "Qualified to buy", Decimal("0.4"), False),
    ("presentationscheduled", "Presentation scheduled", Decimal("0.6"), False),
    ("decisionmakerboughtin", "Decision maker bought in", Decimal("0.8"), False),
    ("contractsent", "Contract sent", Decimal("0.9"), False),
    ("closedwon", "Closed won", Decimal(1), True),
    ("closedlost", "Closed lost", Decimal(0), True),
)


@dataclass(frozen=True, slots=True)
class Standard:
    """A property that exists in every workspace."""

    name: str
    label: str
    type: str = "string"
    field_type: str = "text"


_CLICKS = ("gclid", "gbraid", "wbraid", "fbclid", "fbc", "fbp", "lead_id", "li_fat_id")

PROPERTIES: dict[str, tuple[Standard, ...]] = {
    "contacts": (
        Standard("email", "E-mail"),
        Standard("firstname", "First name"),
        Standard("lastname", "Last name"),
        Standard("phone", "Phone number", "phone_number", "phonenumber"),
        Standard("mobilephone", "Mobile phone number", "phone_number", "phonenumber"),
        Standard("address", "Street address"),
        Standard("city", "City"),
        Standard("state", "State or region"),
        Standard("zip", "Postal code"),
        Standard("country", "Country"),
        Standard("company", "Company name"),
        Standard("jobtitle", "Job title"),
        Standard("gender", "Gender"),
        Standard("date_of_birth", "Date of birth"),
        Standard("website", "Website"),
        Standard("external_id", "Your own id of the person"),
        Standard("hs_predictivecontactscore_v2", "Likelihood to close", "number", "number"),
        Standard("hs_legal_basis", "Legal basis for processing", "enumeration", "checkbox"),
        Standard("hs_google_click_id", "Google ad click id"),
        Standard("hs_facebook_click_id", "Facebook click id"),
        Standard("hs_linkedin_click_id", "LinkedIn click id"),
        *(Standard(kind, f"Ad click: {kind}") for kind in _CLICKS),
        *(Standard(f"{kind}_first_seen", f"When {kind} was first seen", "datetime", "date") for kind in _CLICKS),
        Standard("lifecyclestage", "Lifecycle stage", "enumeration", "radio"),
        *(
            Standard(f"hs_lifecyclestage_{name}_date", f"Became: {label}", "datetime", "date")
            for name, label in LIFECYCLE_STAGES
        ),
    ),
    "companies": (
        Standard("name", "Name"),
        Standard("domain", "Domain"),
        Standard("industry", "Industry"),
        Standard("city", "City"),
        Standard("country", "Country"),
    ),
    "deals": (
        Standard("dealname", "Deal name"),
        Standard("amount", "Amount", "number", "number"),
        Standard("deal_currency_code", "Currency"),
        Standard("pipeline", "Pipeline", "enumeration", "select"),
        Standard("dealstage", "Deal stage", "enumeration", "radio"),
        Standard("closedate", "Close date", "datetime", "date"),
    ),
}

# Properties under which a click id may arrive, and what kind of click it is.
CLICK_PROPERTIES: dict[str, str] = {
    **{kind: kind for kind in _CLICKS},
    "hs_google_click_id": "gclid",
    "hs_facebook_click_id": "fbclid",
    "hs_linkedin_click_id": "li_fat_id",
}
