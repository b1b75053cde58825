"""Telling the app of leads: the handshake that proves its address, and the signed delivery.

A subscription hears of a page that subscribed to the app as well. The signature is over the bytes that are sent.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime

import requests

from apps.sandbox import callback
from apps.sandbox.facebook.access import secret_of
from apps.sandbox.worlds.facebook import FacebookWorld, Lead

SECONDS = 5
TOPIC = "leadgen"


def handshake(url: str, verify_token: str) -> str:
    """Ask an address to repeat a challenge; return what is wrong with its answer, or nothing."""
    challenge = str(secrets.randbelow(10**10))
    asked = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token}
    try:
        with callback.session() as session:
            answer = session.get(url, params=asked, timeout=SECONDS, allow_redirects=False)
    except requests.RequestException:
        return "The address did not answer"
    if answer.status_code != 200:
        return f"HTTP Status Code = {answer.status_code}"
    return "" if answer.text == challenge else "The answer does not repeat hub.challenge"


def tell(world: FacebookWorld, leads: Sequence[Lead], now: datetime, *, times: int = 1) -> list[dict[str, object]]:
    """Deliver leads in one call, `times` times, to each address that wants them; what each answered."""
    entries = list(_entries(world, leads, now))
    if not entries:
        return []
    body = json.dumps({"object": "page", "entry": entries}).encode()
    signed = hmac.new(secret_of(world).encode(), body, hashlib.sha256).hexdigest()
    told: list[dict[str, object]] = []
    for subscription in world.subscriptions:
        if TOPIC not in subscription.fields:
            continue
        for _ in range(times):
            headers = {"X-Hub-Signature-256": f"sha256={signed}"}
            status = callback.post(subscription.callback_url, body, headers, seconds=SECONDS)
            told.append({"url": subscription.callback_url, "status": status})
    return told


def _entries(world: FacebookWorld, leads: Sequence[Lead], now: datetime) -> Iterable[dict[str, object]]:
    for page in world.pages:
        heard = TOPIC in page.subscribed_fields
        mine = [lead for lead in leads if heard and world.page_of_form(lead.form) == page.id]
        if mine:
            changes = [{"field": TOPIC, "value": _value(lead, page.id)} for lead in mine]
            yield {"id": page.id, "time": int(now.timestamp()), "changes": changes}


def _value(lead: Lead, page: str) -> dict[str, object]:
    of_ad = {"ad_id": lead.ad, "adgroup_id": lead.ad} if lead.ad else {}
    when = int(lead.created_time.timestamp())
    return {"leadgen_id": lead.id, "page_id": page, "form_id": lead.form, "created_time": when, **of_ad}
