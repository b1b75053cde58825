"""Telling an app of leads: the challenge that proves the address, repeated every two hours, and the delivery.

The prefix before the signed body is documented and was not seen; it stands in the world, so that both can be tried.
"""

import hashlib
import hmac
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import orjson
import requests

from apps.sandbox import callback
from apps.sandbox.linkedin.door import change
from apps.sandbox.worlds.linkedin import Lead, LinkedInWorld, Webhook

MOST_FAILURES = 3
SECONDS = 3
LEAD_URN, FORM_URN = "urn:li:leadGenFormResponse:", "urn:li:leadGenForm:"
ACCOUNT_URN = "urn:li:sponsoredAccount:"


def secret_of(world: LinkedInWorld, webhook: Webhook) -> str:
    """Return the secret of the app that subscribed; of the first app for a token that belongs to none."""
    app = world.app_by_id.get(webhook.client_id) or next(iter(world.apps), None)
    return app.client_secret if app else ""


def passes(url: str, secret: str) -> bool:
    """Return whether the address answers a challenge rightly and in time."""
    code = str(uuid.uuid4())
    started = time.monotonic()
    try:
        with callback.session() as session:
            answer = session.get(url, params={"challengeCode": code}, timeout=SECONDS, allow_redirects=False)
            given = answer.json()
    except (requests.RequestException, ValueError):
        return False
    expected = {"challengeCode": code, "challengeResponse": _signed(secret, code.encode())}
    return answer.status_code == 200 and given == expected and time.monotonic() - started <= SECONDS


def challenge(world: LinkedInWorld, webhook: Webhook, now: datetime) -> Webhook:
    """Challenge a subscriber again and keep what came of it."""
    failures = 0 if passes(webhook.url, secret_of(world, webhook)) else webhook.failures + 1
    checked = replace(webhook, failures=failures, checked_at=now)
    change(lambda old: replace(old, webhooks=tuple(checked if w.id == checked.id else w for w in old.webhooks)))
    return checked


def tell(world: LinkedInWorld, lead: Lead, action: str, now: datetime, *, times: int = 1) -> list[dict[str, object]]:
    """Deliver a lead's creation or deletion to every subscriber, `times` times; what each answered."""
    told: list[dict[str, object]] = []
    for webhook in _due(world, lead, now):
        body = orjson.dumps(_notice(lead, action, now))
        signature = _signed(secret_of(world, webhook), world.signature_prefix.encode() + body)
        for _ in range(times):
            status = callback.post(webhook.url, body, {"X-LI-Signature": signature}, seconds=SECONDS)
            told.append({"webhook": webhook.id, "status": status})
    return told


def _due(world: LinkedInWorld, lead: Lead, now: datetime) -> Iterator[Webhook]:
    every = timedelta(seconds=world.challenge_every)
    for webhook in world.webhooks:
        if webhook.account != lead.account:
            continue
        stale = webhook.checked_at is None or now - webhook.checked_at >= every
        checked = challenge(world, webhook, now) if stale and webhook.failures < MOST_FAILURES else webhook
        if checked.failures < MOST_FAILURES:
            yield checked


def _notice(lead: Lead, action: str, now: datetime) -> dict[str, object]:
    return {
        "type": "LEAD_ACTION",
        "leadGenFormResponse": f"{LEAD_URN}{lead.id}",
        "leadGenForm": f"{FORM_URN}{lead.form}",
        "owner": {"sponsoredAccount": f"{ACCOUNT_URN}{lead.account}"},
        "leadType": "SPONSORED",
        "leadAction": action,
        "occurredAt": round(now.timestamp() * 1000),
    }


def _signed(secret: str, text: bytes) -> str:
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
