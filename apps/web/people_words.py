"""Words for what happened to people: their timeline, their receipt, the certificate of their erasure."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from apps.domain.steps import ORIGINS
from apps.privacy.receipt import Field
from apps.web import wording

# What a contact's timeline holds.
MOMENTS: Mapping[str, wording.Look] = {
    **wording.KINDS,
    "created": wording.Look(_("Contact made"), "off", "plus"),
    "click": wording.Look(_("Ad click"), "info", "target"),
    "merged": wording.Look(_("Contacts merged"), "off", "users"),
    "email": wording.Look(_("E-mail address changed"), "off", "user"),
    "consent": wording.Look(_("Consent"), "off", "shield"),
    "erased": wording.Look(_("Person erased"), "bad", "trash"),
}

# What of the person changed after something was judged.
SINCE: Mapping[str, wording.Text] = {
    "merged": _("Judged before the contacts were merged"),
    "email": _("Judged with the former e-mail address"),
}

# What leaves beside the fields that an event shares.
CARRIED: Mapping[str, wording.Text] = {
    "value": _("Value"),
    "order_id": _("Order"),
    "event_source_url": _("Page"),
    "referrer_url": _("Page before it"),
    "lead_score": _("Lead score"),
    "consent": _("Consent"),
}

# What an erasure took away or emptied, by kind.
REMOVED: Mapping[str, wording.Text] = {
    "contacts": _("Contacts emptied"),
    "signals": _("Signals emptied"),
    "conversions": _("Conversions emptied"),
    "clicks": _("Ad clicks deleted"),
    "submissions": _("Form submissions deleted"),
    "completions": _("Custom events deleted"),
    "consent_facts": _("Consent facts deleted"),
    "associations": _("Associations deleted"),
    "merges": _("Merges deleted"),
    "email_changes": _("Changes of address deleted"),
    "lead_notices": _("Notices of leads deleted"),
    "network_answers": _("Networks' answers emptied"),
    "audit_entries": _("Entries of the audit log emptied"),
    "kept_answers": _("Kept answers of the API emptied"),
    "suppressed_names": _("Keyed hashes kept, to keep out what comes late"),
}


def since_text(code: str) -> str:
    """What of the person changed after something was judged."""
    return str(SINCE.get(code, code))


def origin_text(field: Field) -> str:
    """Where something that left came from."""
    return wording.say(ORIGINS[field.origin]).format(property=field.property)


def carried_label(name: str) -> str:
    """What a field is called that left: as the data-sharing choice names it, or what else an event holds."""
    return str(CARRIED[name]) if name in CARRIED else wording.field_label(name)
