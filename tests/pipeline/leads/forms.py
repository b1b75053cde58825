"""People fill in the networks' forms: a workspace that receives their leads, and the forms' other end."""

import hashlib
import hmac
import json

import requests
from django.test import Client
from django.utils import timezone

from apps.ads import leadgen
from apps.ads.models import LeadSource
from tests.sandbox.callers import Control
from tests.sandbox.leadads import FORM, PAGE, SECRET
from tests.support.world import World

HOOK = "/hooks/leads/facebook/sandbox/"
SOURCES = {"facebook": PAGE, "linkedin": "507001001"}


def receives(world: World, network: str) -> LeadSource:
    """Choose the network's source of leads."""
    account = world.account(network)
    leadgen.sources_choose(
        workspace_id=world.workspace.id,
        connection_id=account.connection_id,
        external_ids=[SOURCES[network]],
        by=world.by,
        at=timezone.now(),
    )
    with world.scope():
        return LeadSource.objects.get(network=network)


def filled_in(control: Control, network: str, **more: object) -> None:
    """Somebody fills in the network's form."""
    if network == "facebook":
        given = {
            "form": FORM,
            "answers": [
                {"name": "email", "values": ["anna@example.com"]},
                {"name": "full_name", "values": ["Anna de Vries"]},
                {"name": "favourite_colour", "values": ["Green"]},
            ],
            **more,
        }
    else:
        given = {"test": False, **more}
    answer = requests.post(f"{control.url}/{network}/_sandbox/fill-in", json=given, timeout=20)
    assert answer.ok, answer.text


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """The header with which the network signs."""
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def told(lead_id: str = "12345678901234567") -> bytes:
    """What Facebook delivers of two leads, the second with the digits backwards."""
    value = {"leadgen_id": lead_id, "page_id": PAGE, "form_id": FORM, "created_time": 1}
    changes = [
        {"field": "leadgen", "value": value},
        {"field": "leadgen", "value": value | {"leadgen_id": lead_id[::-1]}},
    ]
    return json.dumps({"object": "page", "entry": [{"id": PAGE, "changes": changes}]}).encode()


def post(body: bytes, headers: dict[str, str]) -> int:
    """Deliver it; the status of our answer."""
    return Client().post(HOOK, body, content_type="application/json", headers=headers).status_code
