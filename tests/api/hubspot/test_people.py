"""Merging and erasing contacts, with the official client."""

import pytest
from hubspot.crm.contacts import PublicGdprDeleteInput, PublicMergeInput, SimplePublicObjectInput
from hubspot.crm.contacts.exceptions import ApiException

from apps.records.models import Contact, Suppression
from tests.support import factories

pytestmark = pytest.mark.django_db(transaction=True)


def test_h09_it_merges_two_contacts_and_knows_the_second_by_its_id(hubspot, world):
    primary = factories.a_contact(world.workspace, email="anna@example.com")
    secondary = factories.a_contact(world.workspace, email="a.bos@example.com", lastname="Bos")
    wanted = PublicMergeInput(primary_object_id=str(primary), object_id_to_merge=str(secondary))
    merged = hubspot.crm.contacts.basic_api.merge(public_merge_input=wanted)
    assert (merged.id, merged.properties["lastname"]) == (str(primary), "Bos")
    assert merged.properties["hs_merged_object_ids"] == str(secondary)
    assert hubspot.crm.contacts.basic_api.get_by_id(str(secondary)).id == str(primary)
    change = SimplePublicObjectInput(properties={"firstname": "Anna"})
    changed = hubspot.crm.contacts.basic_api.update(str(secondary), simple_public_object_input=change)
    assert changed.id == str(primary)


def test_h09_it_refuses_a_contact_that_is_not_there_and_one_with_itself(hubspot, world):
    contact = str(factories.a_contact(world.workspace))
    for other, status in ((contact, 400), ("999999999", 404)):
        wanted = PublicMergeInput(primary_object_id=contact, object_id_to_merge=other)
        with pytest.raises(ApiException) as refused:
            hubspot.crm.contacts.basic_api.merge(public_merge_input=wanted)
        assert refused.value.status == status


@pytest.mark.parametrize("by_email", [True, False])
def test_h09_it_erases_a_contact_by_id_or_by_address(hubspot, world, by_email):
    contact = factories.a_contact(world.workspace, email="anna@example.com")
    wanted = {"id_property": "email", "object_id": "Anna@example.com"} if by_email else {"object_id": str(contact)}
    hubspot.crm.contacts.basic_api.purge(public_gdpr_delete_input=PublicGdprDeleteInput(**wanted))
    with world.scope():
        assert not Contact.objects.filter(erased_at=None).exists()
    with pytest.raises(ApiException) as gone:
        hubspot.crm.contacts.basic_api.get_by_id(str(contact))
    assert gone.value.status == 404


def test_h09_it_keeps_nothing_of_an_address_that_nobody_has(hubspot, world):
    wanted = PublicGdprDeleteInput(id_property="email", object_id="nobody@example.com")
    hubspot.crm.contacts.basic_api.purge(public_gdpr_delete_input=wanted)
    with world.scope():
        assert Suppression.objects.count() == 1
