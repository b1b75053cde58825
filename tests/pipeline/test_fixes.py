"""Ranked fixes: what a fix promises is what then happens, once it is made and the history simulated again."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.ads.models import AdAccount
from apps.conversions.rehearsing import setting_drafted
from apps.core.actor import SYSTEM
from apps.core.errors import InvalidInput
from apps.domain.forecast import CEILING, WEIGHTS, match_chance
from apps.pipeline import simulation_parts
from apps.pipeline.fixes import KINDS, fixes_proposed
from apps.workspaces.models import Workspace
from apps.workspaces.services import workspace_country_set
from tests.pipeline.test_simulation import simulated
from tests.support import factories
from tests.support.people import a_history
from tests.support.world import make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world():
    """A workspace that has no default country yet."""
    world = make_world()
    Workspace.objects.filter(id=world.workspace.id).update(country="")
    return world


def promised(result, kind):
    return next(fix for fix in result["fixes"] if fix["kind"] == kind)


def assert_kept(promise, before, after):
    """What was promised is what the second simulation has more than the first."""
    assert promise["sends"] == after["verdicts"].get("send", 0) - before["verdicts"].get("send", 0)
    assert promise["contacts"] == after["contacts"] - before["contacts"]
    assert promise["forecast"] == pytest.approx(after["forecast"] - before["forecast"], abs=0.11)
    for currency in {*before["value"], *after["value"], *promise["value"]}:
        more = Decimal(after["value"].get(currency, 0)) - Decimal(before["value"].get(currency, 0))
        assert Decimal(promise["value"].get(currency, 0)) == more


def test_h05_a_default_country_gains_the_contacts_that_it_promised(world, monkeypatch):
    monkeypatch.setattr(simulation_parts, "PART", 3)
    draft = world.draft("facebook", shared_fields=("phone",), options={"action_source": "other"})
    for number in range(7):
        factories.a_submission(world.form, email=f"n{number}@example.com", phone=f"06 123456{number:02}", country="")
    factories.a_submission(world.form, email="b@example.com", phone="+31 6 98765432", country="NL")
    before = simulated(world, draft)
    promise = promised(before, "default_country")
    assert (promise["told"], promise["contacts"], promise["sends"]) == ({"country": "NL"}, 7, 7)
    with world.scope():
        workspace_country_set(workspace_id=world.workspace.id, country="NL", by=world.by, at=timezone.now())
    after = simulated(world, draft)
    assert_kept(promise, before, after)
    assert not [fix for fix in after["fixes"] if fix["kind"] == "default_country"]


@pytest.mark.parametrize("seed", range(4))
def test_h05_every_fix_keeps_its_promise_on_a_history_of_all_sorts_of_people(world, monkeypatch, seed):
    monkeypatch.setattr(simulation_parts, "PART", 6)
    a_history(world, seed=seed, people=12)
    draft = world.draft("facebook", shared_fields=("firstname",), consent_values=("perhaps",))
    before = simulated(world, draft)
    applied: Mapping = {
        "share_field": lambda told: replace(draft, shared_fields=(*draft.shared_fields, told["field"])),
        "consent_value": lambda told: replace(draft, consent_values=(*draft.consent_values, told["value"])),
    }
    assert before["fixes"]
    for promise in before["fixes"]:
        if promise["kind"] in applied:
            assert_kept(promise, before, simulated(world, applied[promise["kind"]](promise["told"])))


def test_h05_the_terms_of_an_account_free_what_waits_for_them(world):
    with world.scope():
        AdAccount.objects.filter(id=world.google.id).update(terms_accepted=False)
    for _ in range(3):
        factories.a_submission(world.form)
    before = simulated(world, world.draft("google"))
    promise = promised(before, "accept_terms")
    assert (before["verdicts"], promise["sends"], promise["contacts"]) == ({"held": 3}, 3, 3)
    with world.scope():
        AdAccount.objects.filter(id=world.google.id).update(terms_accepted=True)
    assert_kept(promise, before, simulated(world, world.draft("google")))


def test_h05_the_fix_that_gains_most_contacts_stands_first(world):
    for number in range(4):
        factories.a_submission(world.form, email=f"x{number}@example.com", marketing_consent="maybe")
    factories.a_submission(world.form, email="y@example.com", marketing_consent="later")
    fixes = simulated(world, world.draft("linkedin"))["fixes"]
    assert [(fix["told"]["value"], fix["contacts"]) for fix in fixes] == [("maybe", 4), ("later", 1)]


def test_h05_nobody_is_told_to_count_a_no_as_consent(world):
    for value in ("no", "Nee", "FALSE", "unsubscribed", "", "Όχι", "HAYIR", "いいえ", "아니요", "لا", "não"):
        factories.a_submission(world.form, marketing_consent=value)
    assert simulated(world, world.draft("linkedin"))["fixes"] == []


def test_h05_every_kind_of_fix_is_proposed_somewhere(world):
    for number in range(3):
        contact = {"email": f"z{number}@example.com", "phone": "+31612345678", "marketing_consent": "perhaps"}
        factories.a_contact(world.workspace, **contact)
    now, found = timezone.now(), set()
    with world.scope():
        AdAccount.objects.filter(id=world.google.id).update(terms_accepted=False)
        contacts = [factories.contact_id_of(f"z{number}@example.com") for number in range(3)]
        for draft in (
            world.draft("facebook", shared_fields=("firstname",), value_from="none", value=""),
            world.draft("google", value_from="none", value=""),
        ):
            setting = setting_drafted(workspace_id=world.workspace.id, draft=draft, since=now)
            found |= {fix["kind"] for fix in fixes_proposed(setting=setting, contact_ids=contacts)}
    assert found == set(KINDS)


def test_h05_a_default_country_must_be_one(world):
    with world.scope(), pytest.raises(InvalidInput, match="country"):
        workspace_country_set(workspace_id=world.workspace.id, country="ZZ", by=SYSTEM, at=timezone.now())


NAMES = sorted({name for weights in WEIGHTS.values() for name in weights})


@settings(max_examples=60)
@given(st.sampled_from(sorted(WEIGHTS)), st.lists(st.sampled_from(NAMES), unique=True), st.sampled_from(NAMES))
def test_the_match_forecast_never_falls_with_one_more_identifier_and_promises_nobody_certainty(network, kept, more):
    with_it = match_chance(network, (*kept, more))
    assert 0 <= match_chance(network, tuple(kept)) <= with_it <= CEILING < 1
