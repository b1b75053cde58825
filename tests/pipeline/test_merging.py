"""Two contacts become one between signal and send (ADR 14): what was judged stays, what was not follows the merged."""

from datetime import timedelta
from hashlib import sha256

import orjson
import pytest
from django.utils import timezone

from apps.audit.models import Entry
from apps.conversions.models import Conversion
from apps.core.errors import InvalidInput, NotFound
from apps.pipeline import flow
from apps.pipeline.intake import associations_receive, records_receive
from apps.pipeline.merging import contacts_merge
from apps.records.columns import Write
from apps.records.consents import consents_watch
from apps.records.models import Contact, Deal, Merge
from apps.records.selectors import consent_history, email_changes_of, latest_deals, records_named
from apps.records.services import Link, Written
from apps.signals.models import Signal
from apps.tracking.models import AdClick, Completion, Submission
from tests.support import factories
from tests.support.world import make_world

pytestmark = pytest.mark.django_db(transaction=True)


def merge(world, primary, secondary, at=None):
    with world.scope():
        return contacts_merge(
            workspace_id=world.workspace.id,
            primary_id=primary,
            secondary_id=secondary,
            by=world.by,
            at=at or timezone.now(),
        )


def judge(world):
    flow.judge(workspace_id=world.workspace.id)


def send(world, network="facebook"):
    flow.send(workspace_id=world.workspace.id, account_id=world.account(network).id)


def states(world):
    with world.scope():
        return sorted(Conversion.objects.values_list("state", "reason"))


def a_deal(world, contact_id, amount="1000"):
    now = timezone.now()
    properties = {"dealname": "Roof", "amount": amount, "dealstage": "closedwon", "pipeline": "default"}
    with world.scope():
        (written,) = records_receive(
            workspace_id=world.workspace.id, object_type="deals", writes=[Write(properties=properties)], at=now
        )
        assert isinstance(written, Written)
        tie = Link("contacts", contact_id, "deals", written.record.pk, 4, 3)
        associations_receive(workspace_id=world.workspace.id, links=[tie], at=now)
    return written.record.pk


def test_h09_it_keeps_the_primary_s_values_and_fills_its_empty_ones(world):
    primary = factories.a_contact(world.workspace, email="anna@example.com", firstname="Anna")
    secondary = factories.a_contact(world.workspace, email="a.bos@example.com", firstname="An", lastname="Bos")
    with world.scope():
        long_ago = timezone.now() - timedelta(days=400)
        Contact.objects.filter(id=secondary).update(created_at=long_ago)
    contact = merge(world, primary, secondary)
    assert (contact.email, contact.created_at) == ("anna@example.com", long_ago)
    told = {name: contact.properties[name] for name in ("firstname", "lastname", "hs_additional_emails")}
    assert told == {"firstname": "Anna", "lastname": "Bos", "hs_additional_emails": "a.bos@example.com"}
    assert contact.properties["hs_merged_object_ids"] == str(secondary)
    with world.scope():
        assert list(Contact.objects.values_list("id", flat=True)) == [primary]
        assert Merge.objects.get().filled == ["lastname"]
        assert Entry.objects.filter(action="contact.merge", detail__merged=str(secondary)).count() == 1


def test_h09_it_hands_over_deals_clicks_submissions_completions_and_signals(world):
    primary = factories.a_contact(world.workspace)
    with world.scope():
        email = Contact.objects.get(id=primary).email
    secondary = factories.a_contact(world.workspace, gclid="Cj0KCQiA_abcdefghijklmnop", lifecyclestage="lead")
    with world.scope():
        other_email = Contact.objects.get(id=secondary).email
    factories.a_submission(world.form, email=other_email)
    factories.a_completion(world.behaviour, contact_id=str(secondary))
    deal = a_deal(world, secondary)
    merge(world, primary, secondary)
    with world.scope():
        for model in (AdClick, Submission, Completion, Signal):
            assert set(model.objects.values_list("contact_id", flat=True)) == {primary}, model
        assert latest_deals([primary])[primary].amount == 1000
        assert Deal.objects.get().id == deal
        assert Contact.objects.get().email == email


def test_h09_an_earlier_id_leads_to_the_contact_through_several_merges(world):
    first, second, third = (factories.a_contact(world.workspace) for _ in range(3))
    merge(world, second, first)
    merge(world, third, first)  # the id of a contact that is the second by now
    with world.scope():
        assert [row.pk for row in records_named(object_type="contacts", ids=[first])] == [third]
        write = Write(properties={"firstname": "Jo"}, id=str(second), create=False)
        (written,) = records_receive(
            workspace_id=world.workspace.id, object_type="contacts", writes=[write], at=timezone.now()
        )
        assert isinstance(written, Written)
        assert written.record.pk == third
        assert Contact.objects.get().properties["hs_merged_object_ids"] == f"{first};{second}"
    with world.scope(), pytest.raises(InvalidInput):
        contacts_merge(
            workspace_id=world.workspace.id, primary_id=first, secondary_id=second, by=world.by, at=timezone.now()
        )
    counted = factories.a_completion(world.behaviour, contact_id=str(first))
    assert counted.contact_id == third


def test_h09_it_refuses_a_contact_that_is_not_there_and_one_of_another_workspace(world):
    ours, theirs = factories.a_contact(world.workspace), factories.a_contact(make_world("Rival").workspace)
    for gone in (theirs, 999_999_999):
        with pytest.raises(NotFound):
            merge(world, ours, gone)


def test_h09_what_was_judged_before_keeps_its_bytes_and_is_sent_with_them(world, sandbox):
    world.make_event("facebook")
    factories.a_submission(world.form, email="second@example.com")
    judge(world)
    with world.scope():
        frozen = Conversion.objects.get().payload
        secondary = factories.contact_id_of("second@example.com")
    primary = factories.a_contact(world.workspace, email="first@example.com")
    merge(world, primary, secondary)
    send(world)
    (item,) = sandbox.ledger("facebook")["items"]
    assert item["body"]["user_data"] == orjson.loads(frozen)["user_data"]
    with world.scope():
        conversion = Conversion.objects.get()
        assert (conversion.payload, conversion.contact_id, conversion.state) == (frozen, primary, "sent")


def test_h09_what_was_not_judged_yet_is_judged_with_the_merged_contact(world, sandbox):
    world.make_event("facebook")
    factories.a_submission(world.form, email="second@example.com")
    with world.scope():
        secondary = factories.contact_id_of("second@example.com")
    primary = factories.a_contact(world.workspace, email="first@example.com", phone="+31612345678")
    merge(world, primary, secondary)
    judge(world)
    send(world)
    other = factories.a_submission(world.form, email="first@example.com", firstname="x")
    assert other.contact_id == primary
    judge(world)
    send(world)
    items = sandbox.ledger("facebook")["items"]
    assert len({item["body"]["user_data"]["em"][0] for item in items}) == 1
    assert all("ph" in item["body"]["user_data"] for item in items)


def test_h09_waiting_ones_are_asked_for_the_consent_of_the_merged_contact(world, sandbox):
    world.make_event("facebook")
    factories.a_submission(world.form, email="second@example.com")
    judge(world)
    primary = factories.a_contact(world.workspace, **{world.consent_property: "no"})
    with world.scope():
        secondary = factories.contact_id_of("second@example.com")
    merge(world, primary, secondary)
    send(world)
    assert sandbox.ledger("facebook")["items"] == []
    assert states(world) == [("cancelled", "consent_withdrawn")]


def test_h09_consent_that_was_withdrawn_last_stays_withdrawn_and_its_history_is_one(world):
    yes_no = {}
    with world.scope():
        consents_watch(workspace_id=world.workspace.id, names=[world.consent_property], at=timezone.now())
    for said in ("yes", "no"):
        yes_no[said] = factories.a_contact(world.workspace, **{world.consent_property: said})
    contact = merge(world, yes_no["yes"], yes_no["no"])
    assert contact.properties[world.consent_property] == "no"
    with world.scope():
        assert [fact.value for fact in consent_history(contact.pk)] == ["no", "no", "yes"]


@pytest.mark.parametrize("sent_first", [False, True])
def test_h09_a_stage_that_both_reached_stays_one_conversion(world, sandbox, sent_first):
    world.make_event("linkedin", "stage_change")
    contacts = [factories.a_contact(world.workspace, lifecyclestage="customer")]
    judge(world)
    if sent_first:
        send(world, "linkedin")
    contacts.append(factories.a_contact(world.workspace, lifecyclestage="customer"))
    judge(world)
    merge(world, *reversed(contacts))
    send(world, "linkedin")
    assert states(world) == [("cancelled", "merged_twin"), ("sent", "")]
    assert sandbox.ledger()["counts"]["linkedin"]["accepted"] == 1


@pytest.mark.parametrize("judged", [False, True])
def test_h09_a_form_that_both_sent_in_with_the_same_answers_stays_one_conversion(world, sandbox, judged):
    world.make_event("facebook")
    first = factories.a_submission(world.form, email="", phone="+31612345678")
    second = factories.a_submission(world.form, email="", phone="+31612345678")
    assert first.contact_id != second.contact_id
    if judged:
        judge(world)
    merge(world, first.contact_id, second.contact_id)
    judge(world)
    send(world)
    assert sandbox.ledger()["counts"]["facebook"]["accepted"] == 1
    lost = ("cancelled", "merged_twin") if judged else ("blocked", "duplicate")
    assert states(world) == [lost, ("sent", "")]


def test_h09_what_one_contact_did_twice_by_itself_stays_two(world, sandbox):
    world.make_event("linkedin", "stage_change")
    contact = factories.a_contact(world.workspace, email="again@example.com", lifecyclestage="customer")
    for stage in ("other", "customer"):
        factories.a_contact(world.workspace, email="again@example.com", lifecyclestage=stage)
    judge(world)
    merge(world, contact, factories.a_contact(world.workspace))
    send(world, "linkedin")
    assert states(world) == [("sent", ""), ("sent", "")]


def test_h09_a_stage_that_only_the_secondary_had_is_told_once(world):
    primary = factories.a_contact(world.workspace)
    secondary = factories.a_contact(world.workspace, lifecyclestage="customer")
    merge(world, primary, secondary)
    with world.scope():
        assert Contact.objects.get().lifecycle_stage == "customer"
        assert list(Signal.objects.values_list("name", flat=True)) == ["customer"]


def test_h09_the_primary_s_stage_wins_and_makes_no_signal(world):
    primary = factories.a_contact(world.workspace, lifecyclestage="lead")
    secondary = factories.a_contact(world.workspace, lifecyclestage="customer")
    with world.scope():
        before = Signal.objects.count()
    merge(world, primary, secondary)
    with world.scope():
        assert Contact.objects.get().lifecycle_stage == "lead"
        assert Signal.objects.count() == before


@pytest.mark.parametrize(("judged_before", "hashed"), [(True, "old@example.com"), (False, "new@example.com")])
def test_h09_an_email_that_changes_counts_for_what_is_judged_after_it(world, sandbox, judged_before, hashed):
    world.make_event("facebook")
    submitted = factories.a_submission(world.form, email="old@example.com")
    if judged_before:
        judge(world)
    write = Write(properties={"email": "new@example.com"}, id=str(submitted.contact_id))
    with world.scope():
        records_receive(workspace_id=world.workspace.id, object_type="contacts", writes=[write], at=timezone.now())
        assert len(email_changes_of(contact_id=submitted.contact_id)) == 1
    judge(world)
    send(world)
    (item,) = sandbox.ledger("facebook")["items"]
    assert item["body"]["user_data"]["em"] == [sha256(hashed.encode()).hexdigest()]
