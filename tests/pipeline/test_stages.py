"""Stages that a contact jumped over: each that the CRM gives a date for is a fact of its own, at its own time."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from apps.signals.models import Signal
from tests.support import factories
from tests.support.world import World, make_world


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def heard(world: World) -> list[tuple[str, datetime]]:
    with world.scope():
        rows = Signal.objects.filter(kind="stage_change").order_by("occurred_at")
        return list(rows.values_list("name", "occurred_at"))


def moment(now: datetime, **ago: int) -> tuple[str, datetime]:
    """As the CRM writes it, and as it is."""
    at = (now - timedelta(**ago)).replace(microsecond=0)
    return str(int(at.timestamp() * 1000)), at


def test_meta_03_every_stage_that_was_jumped_over_is_heard_in_order_and_at_its_own_time(world: World):
    now = timezone.now()
    (lead, lead_at), (mql, mql_at), (customer, customer_at) = (moment(now, hours=hours) for hours in (5, 3, 1))
    factories.a_contact(
        world.workspace,
        lifecyclestage="customer",
        hs_lifecyclestage_lead_date=lead,
        hs_lifecyclestage_marketingqualifiedlead_date=mql,
        hs_lifecyclestage_customer_date=customer,
    )
    assert heard(world) == [("lead", lead_at), ("marketingqualifiedlead", mql_at), ("customer", customer_at)]


def test_meta_03_a_stage_without_a_date_was_not_reached(world: World):
    factories.a_contact(world.workspace, lifecyclestage="customer")
    assert [name for name, _ in heard(world)] == ["customer"]


def test_meta_03_a_stage_that_was_heard_of_before_is_not_heard_again(world: World):
    email = "anna@example.com"
    factories.a_contact(world.workspace, email=email, lifecyclestage="lead")
    factories.a_contact(world.workspace, email=email, lifecyclestage="marketingqualifiedlead")
    told, _ = moment(timezone.now(), minutes=1)
    factories.a_contact(
        world.workspace,
        email=email,
        lifecyclestage="customer",
        hs_lifecyclestage_marketingqualifiedlead_date=told,
    )
    assert [name for name, _ in heard(world)] == ["lead", "marketingqualifiedlead", "customer"]


def test_meta_03_a_later_stage_or_a_date_in_the_future_is_not_jumped_over(world: World):
    now = timezone.now()
    ahead = str(int((now + timedelta(hours=1)).timestamp() * 1000))
    told, _ = moment(now, hours=1)
    factories.a_contact(
        world.workspace,
        lifecyclestage="opportunity",
        hs_lifecyclestage_customer_date=told,
        hs_lifecyclestage_lead_date=ahead,
    )
    assert [name for name, _ in heard(world)] == ["opportunity"]
