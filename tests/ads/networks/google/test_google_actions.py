"""Conversion actions at the sandbox: read with what stands in the way, made, and found again by name."""

import pytest

from apps.ads.found import NewDestination
from apps.ads.networks.google.actions import destinations, make
from apps.ads.networks.google.categories import suggested_category
from apps.ads.networks.google.query import quoted
from tests.sandbox.callers import Google, action

CUSTOMER, MANAGER = "1234567890", "9876543210"


def found(side, **changes):
    """The account's conversion actions, by id."""
    return {each.external_id: each for each in side.ask(destinations(side.target(CUSTOMER, **changes)))}


def made(side, name="Customer from the CRM", kind="click_action", **settings):
    """What making it comes to."""
    return side.ask(make(side.target(CUSTOMER), NewDestination(kind, name, settings)))


def test_c02_it_reads_conversion_actions_with_the_settings_that_count(side):
    action = found(side)["1001"]
    assert (action.kind, action.name, action.cautions) == ("click_action", "Lead", ())
    assert action.facts == {
        "type": "UPLOAD_CLICKS",
        "status": "ENABLED",
        "category": "IMPORTED_LEAD",
        "primary": "true",
        "goal_biddable": "true",
        "counting": "MANY_PER_CLICK",
        "click_kinds": "gclid gbraid wbraid",
        "lookback_days": "90",
        "owner_customer": CUSTOMER,
        "always_use_default_value": "false",
        "default_value": "0.0",
        "enhanced_conversions": "true",
    }


def test_c03_it_reads_the_tag_to_put_on_the_page(side):
    tag = found(side)["2001"]
    assert tag.kind == "tag_action"
    assert tag.facts["tag_id"].startswith("AW-")
    assert "gtag(" in tag.facts["tag_event_snippet"]
    assert "googletagmanager.com" in tag.facts["tag_site_snippet"]


@pytest.mark.parametrize(
    ("number", "setting", "value", "caution"),
    [
        ("1001", "primary_for_goal", False, "not_primary"),
        ("1001", "counting_type", "ONE_PER_CLICK", "gclid_only"),
        ("1001", "always_use_default_value", True, "default_value_only"),
        ("1001", "click_through_lookback_window_days", 30, "short_lookback"),
        ("1001", "status", "HIDDEN", "hidden"),
    ],
)
def test_google_32_it_says_what_stands_in_the_way_of_an_action(side, number, setting, value, caution):
    side.change("actions", number, **{setting: value})
    assert found(side)[number].cautions == (caution,)


def test_google_08_it_says_which_clicks_an_action_counts(side):
    side.change("actions", "1001", counting_type="ONE_PER_CLICK")
    assert found(side)["1001"].facts["click_kinds"] == "gclid"


def test_google_34_it_shows_the_primary_action_and_the_biddable_goal_both(side):
    side.change_world(goals=[{"customer": CUSTOMER, "category": "IMPORTED_LEAD", "biddable": False}])
    actions = found(side)
    assert actions["1001"].cautions == ("goal_not_biddable",)
    assert (actions["1001"].facts["primary"], actions["1001"].facts["goal_biddable"]) == ("true", "false")
    assert actions["1003"].facts["goal_biddable"] == "true"


def test_c12_it_shows_whether_enhanced_conversions_are_on(side):
    side.change("customers", CUSTOMER, enhanced_conversions_for_leads=False)
    tag = found(side)["2001"]
    assert tag.cautions == ("not_enhanced",)
    assert tag.facts["enhanced_conversions"] == "false"


def test_google_31_it_marks_an_action_of_another_owner_than_the_one_that_tracks(side):
    actions = side.world()["actions"]
    side.change_world(actions=[*actions, actions[0] | {"id": "3001", "customer": MANAGER}])
    side.change("customers", CUSTOMER, conversion_customer=MANAGER)
    seen = found(side, login_customer_id=MANAGER)
    assert "other_owner" in seen["1001"].cautions
    assert "other_owner" not in seen["3001"].cautions


def test_google_35_c14_it_reads_googles_own_count_of_the_uploads(side):
    google = Google(side.control)
    google.clicks(*(google.click() for _ in range(3)), google.click(gclid="no click id!"))
    google.clicks(google.click(conversionAction=action(1003)))
    actions = found(side)
    counted = {name: actions["1001"].facts[name] for name in ("uploads_total", "uploads_successful", "upload_status")}
    assert counted == {"uploads_total": "4", "uploads_successful": "3", "upload_status": "NEEDS_ATTENTION"}
    assert actions["1001"].facts["upload_alerts"].startswith("UNPARSEABLE_GCLID ")
    assert actions["1001"].cautions == ("uploads_dropped",)
    assert actions["1003"].facts["upload_status"] == "EXCELLENT"
    assert "uploads_total" not in actions["1002"].facts


def test_it_leaves_removed_actions_out(side):
    side.change("actions", "1001", status="REMOVED")
    assert "1001" not in found(side)


def test_c04_it_makes_an_action_of_the_kind_the_event_needs(side):
    clicks = made(side, stage="customer", primary="true", value="25.00", currency="EUR")
    assert clicks.kind == "click_action"
    assert clicks.facts["category"] == "CONVERTED_LEAD"
    assert clicks.facts["counting"] == "MANY_PER_CLICK"
    assert clicks.facts["lookback_days"] == "90"
    assert (clicks.facts["default_value"], clicks.facts["default_currency"]) == ("25.0", "EUR")
    tag = made(side, "Offerte", "tag_action")
    assert (tag.kind, tag.facts["type"], tag.facts["category"]) == ("tag_action", "WEBPAGE", "SUBMIT_LEAD_FORM")
    assert clicks.external_id in found(side)


@pytest.mark.parametrize("primary", ["true", "false"])
def test_c06_it_makes_the_action_primary_or_not_as_chosen(side, primary):
    assert made(side, "Offerte", "tag_action", primary=primary).facts["primary"] == primary


def test_c08_it_finds_the_action_that_bears_the_name_already(side):
    first = made(side)
    assert made(side).external_id == first.external_id
    assert made(side, "Lead").external_id == "1001"


def test_google_33_it_adds_a_number_where_the_name_is_another_kinds_or_was_removed(side):
    assert made(side, "Contact form").name == "Contact form (2)"
    side.change("actions", "1002", status="REMOVED")
    assert made(side, "Qualified lead").name == "Qualified lead (2)"
    assert made(side, "Qualified lead").name == "Qualified lead (2)"


def test_google_33_it_finds_a_name_whatever_stands_in_it(side):
    name = "Jan's \\ \"lead\" ' OR 1 = 1"
    first = made(side, name)
    assert first.name == name
    assert made(side, name).external_id == first.external_id


def test_it_makes_the_action_where_conversions_are_tracked(side):
    side.change("customers", CUSTOMER, conversion_customer=MANAGER)
    target = side.target(CUSTOMER, login_customer_id=MANAGER, conversion_customer_id=MANAGER)
    action = side.ask(make(target, NewDestination("click_action", "Customer", {})))
    assert action.facts["owner_customer"] == MANAGER


def test_it_says_why_google_makes_none(side):
    assert side.refused(make(side.target(CUSTOMER), NewDestination("click_action", "x" * 101, {}))).code


@pytest.mark.parametrize(
    ("kind", "stage", "category"),
    [
        ("click_action", "subscriber", "SIGNUP"),
        ("click_action", "lead", "IMPORTED_LEAD"),
        ("click_action", "marketingqualifiedlead", "QUALIFIED_LEAD"),
        ("click_action", "opportunity", "QUALIFIED_LEAD"),
        ("click_action", "customer", "CONVERTED_LEAD"),
        ("click_action", "evangelist", "DEFAULT"),
        ("tag_action", "", "SUBMIT_LEAD_FORM"),
    ],
)
def test_google_34_it_suggests_the_category_by_the_stage(kind, stage, category):
    assert suggested_category(kind, stage) == category


def test_it_quotes_what_a_person_typed():
    assert quoted("it's \\") == "'it\\'s \\\\'"
