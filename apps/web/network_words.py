"""What networks call their settings, for reading: labels of the facts that they tell of accounts and destinations."""

import re
from collections.abc import Mapping
from datetime import datetime

from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.web.formats import day_and_time

Text = str | Promise

LABELS: Mapping[str, Text] = {
    "always_use_default_value": _("Uses only its own value"),
    "attribution": _("Attribution"),
    "auto_tagging": _("Auto-tagging"),
    "business": _("Business"),
    "business_id": _("Business"),
    "campaigns": _("Linked campaigns"),
    "category": _("Category"),
    "click_kinds": _("Click ids it takes"),
    "consolidated": _("Takes store events"),
    "conversion_customer": _("Conversions count at"),
    "conversion_tracking": _("Conversion tracking"),
    "counting": _("Counting"),
    "crm": _("Takes CRM events"),
    "customer_data_terms": _("Customer data terms accepted"),
    "data_use": _("Data use"),
    "default_currency": _("Default currency"),
    "default_value": _("Default value"),
    "disable_reason": _("Why it is disabled"),
    "enabled": _("Switched on"),
    "enhanced_conversions": _("Enhanced conversions"),
    "events_since": _("Events counted since"),
    "goal_biddable": _("Goal counts for bidding"),
    "last_fired": _("Last event"),
    "last_upload": _("Last upload"),
    "lookback_days": _("Days after the click"),
    "method": _("Fed by"),
    "owner_customer": _("Belongs to"),
    "post_click_days": _("Days after a click"),
    "primary": _("Primary action"),
    "role": _("Your role"),
    "settings_page": _("Settings at the network"),
    "status": _("Status"),
    "tag_event_snippet": _("Event snippet of the tag"),
    "tag_id": _("Tag"),
    "tag_site_snippet": _("Site tag"),
    "tasks": _("What you may do"),
    "test_account": _("Test account"),
    "type": _("Type"),
    "upload_alerts": _("Why uploads are dropped"),
    "upload_status": _("Health of the uploads"),
    "uploads_pending": _("Uploads still open"),
    "uploads_successful": _("Uploads taken in 28 days"),
    "uploads_total": _("Uploads in 28 days"),
    "value_type": _("Value"),
    "view_through_days": _("Days after a view"),
}
# What is told of each of several things: `event:Lead`.
OF_EACH: Mapping[str, Text] = {
    "custom_conversion": _("Custom conversion"),
    "event": _("Events seen lately"),
    "freshness": _("Delay"),
    "quality": _("Match quality"),
}
ROUTES: Mapping[str, Text] = {
    "ads_api": _("Google Ads API"),
    "data_manager": _("Data Manager API"),
    "data_manager_only": _("Data Manager API only"),
}
_WORDS: Mapping[str, Text] = {"true": _("Yes"), "yes": _("Yes"), "false": _("No"), "no": _("No"), **ROUTES}
_OWN_WORD = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")  # as networks spell their enumerations
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT")


def setting_label(name: str) -> str:
    """What a setting at a network is called here; one that has no name here stands as the network calls it."""
    kind, _colon, of = name.partition(":")
    if of and kind in OF_EACH:
        return f"{OF_EACH[kind]}: {of}"
    return str(LABELS.get(name, name))


def setting_value(value: str) -> str:
    """A setting for reading: yes and no translated, moments in the workspace's zone, words in full."""
    if value in _WORDS:
        return str(_WORDS[value])
    if _MOMENT.match(value):
        moment: datetime | None = parse_datetime(value)
        return day_and_time(moment) if moment else value
    return value.replace("_", " ").capitalize() if len(value) > 3 and _OWN_WORD.fullmatch(value) else value
