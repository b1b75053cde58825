"""The receipt is what the networks got about a person, field for field."""

from collections import Counter
from hashlib import sha256
from typing import Any

import pytest
from django.utils import timezone

from apps.privacy.receipt import flattened, receipt
from apps.records.consents import consents_watch
from apps.records.contacts import contact_get
from tests.privacy.test_erasing import PERSON, every_event, lived
from tests.support import factories


def told(world, contact):
    with world.scope():
        return receipt(contact=contact_get(contact_id=contact))


def received(sandbox, network) -> list[Any]:
    """What the stand-in got, as it came."""
    return [item["body"] for item in sandbox.ledger(network)["items"]]


@pytest.mark.parametrize("network", ["facebook", "google", "linkedin"])
def test_h09_it_is_what_the_network_received_for_the_person_field_for_field(world, sandbox, run, network):
    every_event(world)
    contact = lived(world)
    factories.a_contact(world.workspace, lifecyclestage="customer")  # somebody else, who left as well
    factories.a_submission(world.form)
    run()
    departures = [each for each in told(world, contact) if each.network == network]
    ours = {each.network_event_id for each in departures}
    theirs = [
        body for body in received(sandbox, network) if ours & set(dict_values(body)) or "order-of-erika" in str(body)
    ]
    assert len(departures) == len(theirs) == 3
    listed = Counter((field.path, field.wire) for each in departures for field in each.fields)
    assert listed == Counter(pair for body in theirs for pair in flattened(body))


def dict_values(body) -> list[str]:
    return [wire for _, wire in flattened(body)]


def test_h09_it_says_what_each_field_is_its_form_and_where_it_came_from(world, run):
    every_event(world)
    contact = lived(world)
    run()
    fields = {(each.network, field.field): field for each in told(world, contact) for field in each.fields}
    email = fields["facebook", "email"]
    assert (email.path, email.hashed, email.origin, email.property) == ("user_data.em", True, "contact", "email")
    assert email.wire == sha256(PERSON["email"].lower().encode()).hexdigest()
    assert fields["google", "gclid"].origin == "click"
    assert fields["facebook", "client_user_agent"].origin == "visit"
    assert fields["linkedin", "email"].path == "user.userIds.SHA256_EMAIL"
    for (network, name), field in fields.items():
        assert name or not field.hashed, f"{network} carries {field.path}, and the receipt does not know what it is"


def test_h09_it_names_the_consent_that_it_rested_on(world, run):
    with world.scope():
        consents_watch(workspace_id=world.workspace.id, names=[world.consent_property], at=timezone.now())
    world.make_event("facebook")
    contact = factories.a_submission(world.form, email="anna@example.com").contact_id
    run()
    (departure,) = told(world, contact)
    assert departure.consent is not None
    assert (departure.consent.value, departure.consent.source) == ("yes", f"form:{world.form.id}")
    assert departure.left_at is not None


def test_h09_what_never_left_and_what_was_erased_is_not_in_it(world, run, erase):
    world.make_event("facebook")
    blocked = factories.a_submission(world.form, **{world.consent_property: "no"}).contact_id
    sent = factories.a_submission(world.form).contact_id
    run()
    assert (len(told(world, blocked)), len(told(world, sent))) == (0, 1)
    erase(sent)
    assert told(world, sent) == []
