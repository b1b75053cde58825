"""The accounts that a sign-in reaches, read from the sandbox: hierarchy, settings and what stands in the way."""

import pytest

from apps.ads.networks.google.accounts import accounts, settings_query
from apps.domain.reasons import Who

CUSTOMER, MANAGER = "1234567890", "9876543210"
SUB_MANAGER, DEEP = "5550001111", "5550002222"
EVERY_VERSION = ("v23", "v24", "v25", "v26")


def listed(side):
    """The accounts of the picker, by id."""
    return {each.external_id: each for each in side.ask(accounts(side.target()))}


def looked_at(side, number=CUSTOMER, **changes):
    """One account with its settings."""
    (account,) = side.ask(accounts(side.target(number, **changes)))
    return account


def below_the_manager(side):
    """A manager below the manager, with a client, and a user who has a role on the top one only."""
    customers = side.world()["customers"]
    new = [
        customers[0] | {"id": SUB_MANAGER, "name": "Region", "manager": True, "managers": [MANAGER]},
        customers[0] | {"id": DEEP, "name": "Shop", "managers": [SUB_MANAGER], "currency_code": "SEK"},
    ]
    side.change_world(customers=[*customers, *new])
    side.change("tokens", "ya29.sandbox", customers=[MANAGER])


def test_google_31_it_infers_the_login_customer_from_the_hierarchy(side):
    below_the_manager(side)
    found = listed(side)
    assert set(found) == {MANAGER, CUSTOMER, SUB_MANAGER, DEEP}
    assert found[DEEP].login_customer_id == found[CUSTOMER].login_customer_id == MANAGER
    assert found[MANAGER].login_customer_id == ""
    assert (found[DEEP].name, found[DEEP].currency, found[DEEP].time_zone) == ("Shop", "SEK", "Europe/Amsterdam")


def test_google_31_it_prefers_a_role_of_the_users_own_to_a_managers(side):
    assert listed(side)[CUSTOMER].login_customer_id == ""


def test_c07_it_says_that_an_account_is_a_manager(side):
    found = listed(side)
    assert found[MANAGER].is_manager
    assert found[MANAGER].cautions == ("manager",)
    assert found[MANAGER].refused == ""  # events of stages can be made for it; forms cannot sync
    assert not found[CUSTOMER].is_manager


def test_it_asks_once_for_each_customer_with_a_role(side):
    below_the_manager(side)
    calls = 0
    inquiry, reply = accounts(side.target()), None
    try:
        while True:
            call = next(inquiry) if reply is None else inquiry.send(reply)
            calls += 1
            reply = side.reply(call)
    except StopIteration:
        pass
    assert calls == 2  # who is accessible, and one search at the manager


def test_it_lists_a_cancelled_account_as_one_that_cannot_be_chosen(side):
    side.change("customers", CUSTOMER, enabled=False)
    found = listed(side)[CUSTOMER]
    assert (found.name, found.refused) == ("123-456-7890", "account_closed")


def test_it_keeps_a_suspended_account_with_a_caution(side):
    side.change("customers", CUSTOMER, suspended=True)
    side.change("tokens", "ya29.sandbox", customers=[MANAGER])
    assert listed(side)[CUSTOMER].cautions == ("suspended",)
    assert looked_at(side, login_customer_id=MANAGER).cautions == ("suspended",)


def test_google_32_it_reads_an_accounts_settings(side):
    account = looked_at(side)
    assert account.cautions == ()
    assert account.terms_accepted
    assert account.facts == {
        "status": "ENABLED",
        "test_account": "false",
        "auto_tagging": "true",
        "customer_data_terms": "true",
        "enhanced_conversions": "true",
        "conversion_tracking": "CONVERSION_TRACKING_MANAGED_BY_SELF",
        "conversion_customer": CUSTOMER,
        "settings_page": f"https://ads.google.com/aw/conversions/customersettings?__e={CUSTOMER}",
    }


@pytest.mark.parametrize(
    ("setting", "value", "caution"),
    [
        ("terms_accepted", False, "terms_not_accepted"),
        ("enhanced_conversions_for_leads", False, "enhanced_off"),
        ("auto_tagging_enabled", False, "no_auto_tagging"),
        ("test_account", True, "test_account"),
        ("manager", True, "manager"),
    ],
)
def test_google_32_it_says_what_stands_in_the_way(side, setting, value, caution):
    side.change("customers", CUSTOMER, **{setting: value})
    account = looked_at(side)
    assert account.cautions == (caution,)
    assert account.terms_accepted == (caution != "terms_not_accepted")


def test_c03_it_links_to_the_page_where_the_terms_are_accepted(side):
    side.change("customers", CUSTOMER, terms_accepted=False)
    assert looked_at(side).facts["settings_page"].startswith("https://ads.google.com/")


def test_google_31_it_resolves_the_customer_that_tracks_the_conversions(side):
    side.change("customers", CUSTOMER, conversion_customer=MANAGER)
    account = looked_at(side, login_customer_id=MANAGER)
    assert account.conversion_customer_id == MANAGER
    assert account.login_customer_id == MANAGER
    assert account.cautions == ("tracked_by_manager",)
    assert account.facts["conversion_tracking"] == "CONVERSION_TRACKING_MANAGED_BY_THIS_MANAGER"


def test_it_finds_no_account_that_the_user_lost(side):
    side.change("tokens", "ya29.sandbox", customers=[MANAGER])
    side.change("customers", CUSTOMER, managers=[])
    assert side.ask(accounts(side.target(CUSTOMER))) == ()


def test_it_finds_an_account_that_is_reached_through_another_manager_now(side):
    below_the_manager(side)
    (account,) = side.ask(accounts(side.target(DEEP, login_customer_id=DEEP)))
    assert account.login_customer_id == MANAGER


def test_google_29_it_does_not_take_a_missing_scope_for_a_lost_account(side):
    side.change("tokens", "ya29.sandbox", scopes=["https://www.googleapis.com/auth/datamanager"])
    outcome = side.refused(accounts(side.target(CUSTOMER)))
    assert (outcome.code, outcome.who, outcome.signed_out) == ("ACCESS_TOKEN_SCOPE_INSUFFICIENT", Who.ADMIN, False)


def test_it_says_that_a_token_is_dead(side):
    side.change("tokens", "ya29.sandbox", state="revoked")
    assert side.refused(accounts(side.target())).signed_out


@pytest.mark.parametrize("version", EVERY_VERSION)
def test_google_32_it_asks_for_enhanced_conversions_in_each_versions_words(side, version):
    target = side.target(CUSTOMER)
    answer = side.control.session.post(
        f"{target.base}/{version}/customers/{CUSTOMER}/googleAds:search",
        json={"query": settings_query(version)},
        headers={"Authorization": f"Bearer {target.credentials['access_token']}"},
        timeout=10,
    )
    assert answer.status_code == 200, answer.text
