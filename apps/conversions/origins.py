"""Where what leaves came from: a property of the contact, a click, the visit, or the event's own settings."""

from apps.domain.matching import OF_THE_VISIT, property_of
from apps.records.standard import CLICK_PROPERTIES

_CLICKS = frozenset(CLICK_PROPERTIES.values())
_VISIT = OF_THE_VISIT | {"event_source_url", "referrer_url", "order_id"}


def origin_of(field: str) -> tuple[str, str]:
    """The key in `steps.ORIGINS` that says where the field came from, and the contact's property where it was one."""
    if field in _VISIT:
        return "visit", ""
    if field in _CLICKS:
        return "click", ""
    if field == "value":
        return "worth", ""
    return ("contact", property_of(field)) if field else ("event", "")
