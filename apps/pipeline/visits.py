"""The visit that a submission or a completion came from: its facts for the signal, and the ad clicks in it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from apps.core.errors import Fault
from apps.records.standard import CLICK_PROPERTIES
from apps.tracking.services import SeenClick

_EVENT_ID = re.compile(r"(?=[0-9._-]*[A-Za-z])[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Where it happened and who was there, as far as is told.

    cookies   fbc, fbp, li_fat_id as the page has them
    event_id  by which the page's own pixel told the network of it, so that the network counts the two as one
    """

    page_url: str = ""
    referrer_url: str = ""
    ip_address: str = ""
    user_agent: str = ""
    order_id: str = ""
    event_id: str = ""
    cookies: Mapping[str, str] | None = None

    @property
    def facts(self) -> dict[str, str]:
        """What a signal keeps of it; what was not told is left out."""
        told = {
            "event_source_url": self.page_url,
            "referrer_url": self.referrer_url,
            "client_ip_address": self.ip_address,
            "client_user_agent": self.user_agent,
            "order_id": self.order_id,
            "event_id": self.event_id,
        }
        return {name: value for name, value in told.items() if value}

    def fault(self) -> Fault | None:
        """What cannot be used of it. Google refuses ids of digits alone, and no network takes blanks in one."""
        if not self.event_id or _EVENT_ID.fullmatch(self.event_id):
            return None
        message = "Use 1 to 64 letters, digits, dots, dashes and underscores, at least one letter among them."
        return Fault("event_id", "INVALID_EVENT_ID", message)

    def clicks(self, contact_id: int, at: datetime) -> list[SeenClick]:
        """The click ids in the page's address and its cookies, seen at `at`."""
        try:
            query = parse_qs(urlsplit(self.page_url).query)
        except ValueError:
            query = {}
        found = {kind: values[-1] for kind, values in query.items() if kind in CLICK_PROPERTIES.values()}
        found |= {kind: value for kind, value in (self.cookies or {}).items() if kind in CLICK_PROPERTIES.values()}
        return [SeenClick(contact_id, kind, value, at) for kind, value in found.items() if value]
