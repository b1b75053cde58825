"""The preview against the product: what is frozen in the database for a real signal is what the preview shows."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.ads.registry import NETWORKS
from apps.conversions.models import Conversion
from apps.pipeline import flow
from apps.pipeline.preview import request_line
from apps.records.models import Contact
from apps.signals.models import Signal
from apps.tracking.services import clicks_of
from tests.support import factories
from tests.support.world import make_world

pytestmark = pytest.mark.django_db(transaction=True)
PERSON = {
    "firstname": "Åsa",
    "lastname": "Östberg",
    "phone": "06 12345678",
    "mobilephone": "+46 8 123 456 78",
    "city": "Malmö",
    "zip": "211 20",
    "country": "Sweden",
    "date_of_birth": "1985-03-14",
    "gender": "vrouw",
    "jobtitle": "Inköpare",
    "company": "Bröderna & Co",
    "external_id": "crm-4711",
}


@pytest.mark.parametrize("network", list(NETWORKS))
@pytest.mark.parametrize("trigger", ["form_submission", "stage_change"])
def test_it_shows_the_very_bytes_that_the_product_froze(network, trigger):
    world = make_world()
    event = world.make_event(network, trigger, value_from="deal", value="25.00")
    began = timezone.now() - timedelta(days=2)
    seen = str(int(began.timestamp() * 1000))
    clicks = {
        name: value
        for kind, click in {"lead_id": "123456789012345", "gclid": "Cj0KCQiA_abcdefghijk", "fbclid": "IwAR0abc"}.items()
        for name, value in ((kind, click), (f"{kind}_first_seen", seen))
    }
    answers = {**PERSON, **clicks}
    if trigger == "form_submission":
        factories.a_submission(world.form, **answers)
    else:
        factories.a_contact(world.workspace, **answers, lifecyclestage="customer")
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        conversion = Conversion.objects.get(event_id=event.id)
        signal = Signal.objects.get(id=conversion.signal_id)
        contact = Contact.objects.get(id=signal.contact_id)
        first_seen = {
            kind: each[0].first_seen.isoformat() for kind, each in clicks_of([contact.pk])[contact.pk].items()
        }
    assert conversion.state == "waiting"
    told = line(world, event, signal, contact, conversion, first_seen)
    shown = request_line(network, json.dumps(told).encode()).decode()
    (request,) = json.loads(shown)["requests"]
    # The id's seed is the workspace's and the event's own, which a line does not have.
    assert conversion.payload.replace(conversion.network_event_id, their_id(network, request["body"])) in shown


def line(world, event, signal, contact, conversion, first_seen):
    """The signal and all that was judged with it, as the preview reads it."""
    settings = event.version.settings
    facts = {name: value for name, value in signal.facts.items() if name not in ("submission", "from")}
    kinds = {name for kind in first_seen for name in (kind, f"{kind}_first_seen")}
    properties = {name: value for name, value in contact.properties.items() if name not in kinds}
    clicks = {kind: contact.properties[kind] for kind in first_seen if kind in contact.properties}
    workspace = world.workspace
    destination = {"facebook": "pixel_id", "google": "conversion_action", "linkedin": "conversion_rule"}
    return {
        "signal": {
            "id": str(signal.id),
            "kind": signal.kind,
            "name": signal.name,
            "occurred_at": signal.occurred_at.isoformat(),
            **facts,
        },
        "contact": {
            **properties,
            **clicks,
            "first_seen": {kind: at for kind, at in first_seen.items() if kind in clicks},
        },
        "event": {
            "trigger": event.trigger,
            "name": event.name,
            "network_event_name": settings["network_event_name"],
            "value_from": settings["value_from"],
            "value": settings["value"],
            "created_at": event.on_since.isoformat(),
            "consent_property": settings["consent_property"],
            "consent_values": settings["consent_values"],
            "customer_id": event.account.external_id,
            destination[event.account.network]: settings["destination"],
        },
        "workspace": {
            "country": workspace.country,
            "currency": workspace.currency,
            "time_zone": workspace.time_zone,
            "date_order": workspace.date_order,
            "crm_name": workspace.crm_name,
        },
        "now": conversion.judged_at.isoformat(),
    }


def their_id(network, body):
    """The id that the preview gave the conversion."""
    lists = {
        "facebook": ("data",),
        "google": ("conversions", "conversionAdjustments", "events"),
        "linkedin": ("elements",),
    }
    names = {"facebook": ("event_id",), "google": ("orderId", "transactionId"), "linkedin": ("eventId",)}
    (conversion,) = next(body[name] for name in lists[network] if name in body)
    return next(conversion[name] for name in names[network] if name in conversion)
