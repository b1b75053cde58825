"""A line that the payload preview answers with a request."""

from typing import Any

LINE: dict[str, Any] = {
    "signal": {"id": "s-1", "kind": "form_submission", "name": "Quote", "occurred_at": "2026-11-22T10:00:00Z"},
    "contact": {
        "email": "Anneke@Example.nl",
        "gclid": "Cj0KCQiA_abcdefghijk",
        "client_user_agent": "Mozilla/5.0",
        "event_source_url": "https://example.nl/",
        "client_ip_address": "93.184.216.34",
    },
    "deal": None,
    "event": {
        "trigger": "form_submission",
        "name": "Lead",
        "value_from": "fixed",
        "value": 25,
        "currency": "EUR",
        "created_at": "2026-11-01T00:00:00Z",
        "pixel_id": "900100100100101",
        "customer_id": "123-456-7890",
        "conversion_action": 7001,
        "conversion_rule": 104001,
    },
    "workspace": {"country": "NL", "currency": "EUR"},
    "now": "2026-11-22T12:00:00Z",
}
