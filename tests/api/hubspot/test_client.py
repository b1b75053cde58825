"""I02: hubspot-api-client 12, as it comes, speaks to convsync as to HubSpot."""

from typing import Any

import pytest
from hubspot.crm.associations import BatchInputPublicAssociation, PublicAssociation
from hubspot.crm.associations.v4 import (
    AssociationSpec,
    BatchInputPublicAssociationMultiPost,
    BatchInputPublicDefaultAssociationMultiPost,
    PublicAssociationMultiPost,
    PublicDefaultAssociationMultiPost,
)
from hubspot.crm.companies import SimplePublicObjectInputForCreate as NewCompany
from hubspot.crm.contacts import (
    BatchInputSimplePublicObjectBatchInput,
    BatchInputSimplePublicObjectBatchInputForCreate,
    BatchInputSimplePublicObjectBatchInputUpsert,
    BatchInputSimplePublicObjectId,
    BatchReadInputSimplePublicObjectId,
    Filter,
    FilterGroup,
    PublicObjectSearchRequest,
    SimplePublicObjectBatchInput,
    SimplePublicObjectBatchInputForCreate,
    SimplePublicObjectBatchInputUpsert,
    SimplePublicObjectId,
    SimplePublicObjectInput,
    SimplePublicObjectInputForCreate,
)
from hubspot.crm.contacts.exceptions import ApiException
from hubspot.crm.deals import (
    AssociationSpec as DealSpec,
)
from hubspot.crm.deals import (
    PublicAssociationsForObject,
    PublicObjectId,
)
from hubspot.crm.deals import SimplePublicObjectInputForCreate as NewDeal
from hubspot.crm.properties import PropertyCreate

from apps.records.models import Association, Contact, Deal
from apps.signals.models import Signal
from tests.api.conftest import Api, make_key
from tests.support.world import World

ANNA = {"email": "anna@example.com", "firstname": "Anna", "lifecyclestage": "lead"}


def new_contact(hubspot: Any, **properties: str) -> Any:
    made = SimplePublicObjectInputForCreate(properties={**ANNA, **properties})
    return hubspot.crm.contacts.basic_api.create(simple_public_object_input_for_create=made)


def new_deal(hubspot: Any, *contact_ids: str, **properties: str) -> Any:
    ties = [
        PublicAssociationsForObject(
            to=PublicObjectId(id=each),
            types=[DealSpec(association_category="HUBSPOT_DEFINED", association_type_id=3)],
        )
        for each in contact_ids
    ]
    made = NewDeal(properties={"dealname": "Deal", "amount": "1250.50", **properties}, associations=ties)
    return hubspot.crm.deals.basic_api.create(simple_public_object_input_for_create=made)


def test_it_creates_reads_changes_and_archives_a_contact(hubspot: Any, world: World) -> None:
    made = new_contact(hubspot)
    basic = hubspot.crm.contacts.basic_api
    assert made.properties["email"] == "anna@example.com"
    assert made.archived is False

    basic.update(made.id, simple_public_object_input=SimplePublicObjectInput(properties={"lifecyclestage": "customer"}))
    read = basic.get_by_id("ANNA@example.com", id_property="email", properties=["lifecyclestage", "phone", "nothing"])
    assert read.id == made.id
    assert read.properties["lifecyclestage"] == "customer"
    assert read.properties["phone"] is None
    assert "nothing" not in read.properties
    with world.scope():
        assert list(Signal.objects.order_by("recorded_at", "id").values_list("name", flat=True)) == ["lead", "customer"]

    basic.archive(made.id)
    with pytest.raises(ApiException) as gone:
        basic.get_by_id(made.id)
    assert gone.value.status == 404
    assert basic.get_by_id(made.id, archived=True).archived is True


def test_it_updates_by_email_address(hubspot: Any) -> None:
    made = new_contact(hubspot)
    changed = hubspot.crm.contacts.basic_api.update(
        "anna@example.com",
        simple_public_object_input=SimplePublicObjectInput(properties={"city": "Leiden"}),
        id_property="email",
    )
    assert changed.id == made.id
    assert changed.properties["city"] == "Leiden"


def test_it_refuses_a_second_contact_with_the_address(hubspot: Any) -> None:
    made = new_contact(hubspot)
    with pytest.raises(ApiException) as refused:
        new_contact(hubspot, email="Anna@Example.com")
    assert refused.value.status == 409
    assert f"Contact already exists. Existing ID: {made.id}" in refused.value.body
    assert '"category":"CONFLICT"' in refused.value.body


def test_it_lists_by_page(hubspot: Any) -> None:
    ids = [new_contact(hubspot, email=f"p{number}@example.com").id for number in range(5)]
    first = hubspot.crm.contacts.basic_api.get_page(limit=2)
    second = hubspot.crm.contacts.basic_api.get_page(limit=2, after=first.paging.next.after)
    assert [each.id for each in (*first.results, *second.results)] == ids[:4]
    assert [each.id for each in hubspot.crm.contacts.get_all()] == ids


def test_it_creates_in_batch_and_refuses_rows_by_themselves(hubspot: Any, world: World) -> None:
    rows = [
        {"email": "a@example.com"},
        {"email": "not an address"},
        {"email": "A@example.com"},
        {"email": "b@example.com"},
    ]
    inputs = [
        SimplePublicObjectBatchInputForCreate(properties=row, object_write_trace_id=f"t{n}")
        for n, row in enumerate(rows)
    ]
    answer = hubspot.crm.contacts.batch_api.create(
        batch_input_simple_public_object_batch_input_for_create=BatchInputSimplePublicObjectBatchInputForCreate(inputs)
    )
    assert [each.properties["email"] for each in answer.results] == ["a@example.com", "b@example.com"]
    assert answer.num_errors == 2
    assert [each.context["index"] for each in answer.errors] == [["1"], ["2"]]
    assert [each.context["objectWriteTraceId"] for each in answer.errors] == [["t1"], ["t2"]]
    assert "email" in answer.errors[0].message
    assert answer.errors[1].category == "CONFLICT"
    with world.scope():
        assert set(Contact.objects.values_list("email", flat=True)) == {"a@example.com", "b@example.com"}


def test_it_upserts_in_batch(hubspot: Any) -> None:
    known = new_contact(hubspot)
    inputs = [
        SimplePublicObjectBatchInputUpsert(id="anna@example.com", id_property="email", properties={"city": "Gent"}),
        SimplePublicObjectBatchInputUpsert(id="new@example.com", id_property="email", properties={"city": "Ås"}),
    ]
    answer = hubspot.crm.contacts.batch_api.upsert(
        batch_input_simple_public_object_batch_input_upsert=BatchInputSimplePublicObjectBatchInputUpsert(inputs)
    )
    assert [(each.new, each.properties["email"], each.properties["city"]) for each in answer.results] == [
        (False, "anna@example.com", "Gent"),
        (True, "new@example.com", "Ås"),
    ]
    assert answer.results[0].id == known.id


def test_it_updates_reads_and_archives_in_batch(hubspot: Any) -> None:
    ids = [new_contact(hubspot, email=f"p{number}@example.com").id for number in range(2)]
    batch = hubspot.crm.contacts.batch_api
    changes = [SimplePublicObjectBatchInput(id=each, properties={"zip": "1012AB"}) for each in (*ids, "999999")]
    changed = batch.update(batch_input_simple_public_object_batch_input=BatchInputSimplePublicObjectBatchInput(changes))
    assert [each.properties["zip"] for each in changed.results] == ["1012AB", "1012AB"]
    assert changed.errors[0].category == "OBJECT_NOT_FOUND"

    wanted = BatchReadInputSimplePublicObjectId(
        inputs=[SimplePublicObjectId("p0@example.com"), SimplePublicObjectId("nobody@example.com")],
        id_property="email",
        properties=["zip"],
        properties_with_history=[],
    )
    read = batch.read(batch_read_input_simple_public_object_id=wanted)
    assert [each.properties["zip"] for each in read.results] == ["1012AB"]
    assert read.errors[0].context["ids"] == ["nobody@example.com"]

    gone = BatchInputSimplePublicObjectId([SimplePublicObjectId(each) for each in ids])
    batch.archive(batch_input_simple_public_object_id=gone)
    assert hubspot.crm.contacts.get_all() == []


def test_it_searches(hubspot: Any) -> None:
    for number in range(3):
        new_contact(hubspot, email=f"p{number}@example.com", city="Utrecht" if number else "Delft")
    group = FilterGroup(filters=[Filter(property_name="city", operator="EQ", value="utrecht")])
    request = PublicObjectSearchRequest(
        filter_groups=[group], sorts=["-email"], properties=["email"], limit=1, after=None, query=None
    )
    found = hubspot.crm.contacts.search_api.do_search(public_object_search_request=request)
    assert found.total == 2
    assert found.results[0].properties["email"] == "p2@example.com"
    assert found.paging.next.after == "1"


def test_it_creates_a_deal_tied_to_its_contact(hubspot: Any, world: World) -> None:
    contact = new_contact(hubspot)
    deal = new_deal(hubspot, contact.id, dealstage="closedwon", pipeline="default", deal_currency_code="EUR")
    assert deal.properties["amount"] == "1250.50"
    read = hubspot.crm.deals.basic_api.get_by_id(deal.id, associations=["contacts"])
    assert [(each.id, each.type) for each in read.associations["contacts"].results] == [(contact.id, "deal_to_contact")]
    with world.scope():
        assert Deal.objects.get(id=deal.id).stage is not None
        assert Association.objects.filter(from_type="contacts", from_id=contact.id, to_id=deal.id, type_id=4).exists()


def test_it_makes_no_deal_when_its_contact_is_not_there(hubspot: Any, world: World) -> None:
    with pytest.raises(Exception, match="404"):
        new_deal(hubspot, "424242")
    with world.scope():
        assert not Deal.objects.exists()


def test_it_ties_reads_and_unties_by_v4(hubspot: Any) -> None:
    contact, deal = new_contact(hubspot), new_deal(hubspot)
    company = hubspot.crm.companies.basic_api.create(NewCompany(properties={"name": "Acme", "domain": "acme.example"}))
    basic = hubspot.crm.associations.v4.basic_api
    usual = basic.create_default("contacts", contact.id, "deals", deal.id)
    assert {each.association_spec.association_type_id for each in usual.results} == {3, 4}

    primary = AssociationSpec(association_category="HUBSPOT_DEFINED", association_type_id=1)
    labelled = basic.create("contacts", contact.id, "companies", company.id, association_spec=[primary])
    assert labelled.labels == ["Primary"]
    tied = basic.get_page("contacts", contact.id, "companies")
    assert [(each.to_object_id, each.association_types[0].type_id) for each in tied.results] == [(company.id, 1)]

    basic.archive("contacts", contact.id, "companies", company.id)
    assert basic.get_page("companies", company.id, "contacts").results == []


def test_it_ties_in_batch_by_v3_and_v4(hubspot: Any, world: World) -> None:
    contacts = [new_contact(hubspot, email=f"p{number}@example.com").id for number in range(3)]
    deals = [new_deal(hubspot).id for _ in range(3)]
    v4 = hubspot.crm.associations.v4.batch_api
    usual = v4.create_default(
        "deals",
        "contacts",
        batch_input_public_default_association_multi_post=BatchInputPublicDefaultAssociationMultiPost(
            [
                PublicDefaultAssociationMultiPost(_from={"id": deals[0]}, to={"id": contacts[0]}),
            ]
        ),
    )
    assert {each.association_spec.association_type_id for each in usual.results} == {3, 4}
    spec = AssociationSpec(association_category="HUBSPOT_DEFINED", association_type_id=3)
    labelled = v4.create(
        "deals",
        "contacts",
        batch_input_public_association_multi_post=BatchInputPublicAssociationMultiPost(
            [
                PublicAssociationMultiPost(_from={"id": deals[1]}, to={"id": contacts[1]}, types=[spec]),
                PublicAssociationMultiPost(_from={"id": deals[1]}, to={"id": "77777"}, types=[spec]),
            ]
        ),
    )
    assert [each.to_object_id for each in labelled.results] == [contacts[1]]
    assert labelled.num_errors == 1
    named = hubspot.crm.associations.batch_api.create(
        "contacts",
        "deals",
        batch_input_public_association=BatchInputPublicAssociation(
            [PublicAssociation(_from={"id": contacts[2]}, to={"id": deals[2]}, type="contact_to_deal")]
        ),
    )
    assert named.results[0].type == "contact_to_deal"
    with world.scope():
        assert Association.objects.filter(from_type="contacts", type_id=4).count() == 3


def test_it_knows_the_workspaces_own_properties_stages_and_pipelines(hubspot: Any) -> None:
    core = hubspot.crm.properties.core_api
    made = core.create(
        "contacts",
        property_create=PropertyCreate(
            name="plan",
            label="Plan",
            type="enumeration",
            field_type="select",
            group_name="contactinformation",
            options=[{"label": "Gold", "value": "gold", "displayOrder": 0, "hidden": False}],
        ),
    )
    assert [option.value for option in made.options] == ["gold"]
    assert "plan" in {each.name for each in core.get_all("contacts").results}
    stages = core.get_by_name("contacts", "lifecyclestage").options
    assert [option.value for option in stages][:2] == ["subscriber", "lead"]
    (pipeline,) = hubspot.crm.pipelines.pipelines_api.get_all("deals").results
    assert {stage.id: stage.metadata["probability"] for stage in pipeline.stages}["closedwon"] == "1.0"
    assert hubspot.crm.pipelines.pipelines_api.get_by_id("deals", "default").label == "Sales pipeline"


def test_it_knows_the_forms(client_of: Any, api: Api, world: World) -> None:
    # The client's own model of a form knows one field type only, so HubSpot's real answers need this switch too.
    forms = client_of(api.key, client_side_validation=False).marketing.forms.forms_api
    made = forms.create(
        {
            "name": "Demo request",
            "formType": "hubspot",
            "fieldGroups": [{"fields": [{"name": "email", "fieldType": "email", "objectTypeId": "0-1"}]}],
        }
    )
    assert forms.get_by_id(made.id).field_groups[0].fields[0].name == "email"
    assert {each.name for each in forms.get_page().results} == {"Demo request", world.form.name}


def test_it_takes_a_form_by_the_clients_plain_request(hubspot: Any, world: World) -> None:
    place = f"/submissions/v3/integration/secure/submit/{world.workspace.portal_id}/{world.form.id}"
    fields = [{"objectTypeId": "0-1", "name": "email", "value": "visitor@example.com"}]
    answer = hubspot.api_request({"path": place, "method": "POST", "body": {"fields": fields}})
    assert answer.status_code == 200
    with world.scope():
        assert Contact.objects.get().email == "visitor@example.com"


def test_it_refuses_the_key_of_another_workspace(client_of: Any, hubspot: Any, other: World) -> None:
    made = new_contact(hubspot)
    stranger = client_of(make_key(other.workspace))
    with pytest.raises(ApiException) as refused:
        stranger.crm.contacts.basic_api.get_by_id(made.id)
    assert refused.value.status == 404
    with pytest.raises(ApiException) as refused:
        stranger.crm.contacts.basic_api.update(
            made.id, simple_public_object_input=SimplePublicObjectInput(properties={"city": "x"})
        )
    assert refused.value.status == 404
    assert stranger.crm.contacts.get_all() == []
