"""People who send a form in, each with an address of their own."""

from typing import Any

from django.utils import timezone

from apps.pipeline.intake import Posted
from tests.support import factories


def posting(number: int) -> Posted:
    """Somebody who sends the form in."""
    told = submission(number)
    return Posted(
        answers=told["values"],
        submitted_at=timezone.now(),
        page_url=told["page_url"],
        ip_address=told["ip_address"],
        user_agent=told["user_agent"],
        order_id=told["order_id"],
    )


def submission(number: int) -> dict[str, Any]:
    """The same as the API takes it."""
    return {
        "values": {
            "email": f"person{number}@example.com",
            "firstname": "Anneke",
            "lastname": "de Vries",
            factories.CONSENT_PROPERTY: "yes",
        },
        "page_url": "https://acme.example/contact",
        "ip_address": "93.184.216.34",
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/144.0",
        "order_id": f"order-{number}",
    }
