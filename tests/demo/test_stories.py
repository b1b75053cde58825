"""The demo's cast: repeatable, large and varied enough."""

import unicodedata
from collections import Counter
from datetime import UTC, datetime

import pytest

from apps.domain.reasons import REASONS
from tests.support.reasons import AFTER_JUDGING
from tools.demo.life import Life
from tools.demo.stories import STORIES, lives, reasons_shown

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOLDS = {"outlier", "terms_not_accepted"}
# These need an event, a page or an adjustment that nobody in the demo has.
NOT_IN_THE_DEMO = {"bad_page_url", "click_not_counted", "no_value", "no_new_value"}


@pytest.fixture(scope="module")
def cast() -> list[Life]:
    return lives(contacts=2100, seed=2026, now=NOW)


def values_of(cast: list[Life], name: str) -> list[str]:
    written = [life.properties for life in cast] + [sent.fields for life in cast for sent in life.submissions]
    return [held[name] for held in written if name in held]


def test_it_tells_the_same_for_the_same_seed(cast: list[Life]) -> None:
    assert lives(contacts=2100, seed=2026, now=NOW) == cast
    assert lives(contacts=2100, seed=2027, now=NOW) != cast


def test_it_makes_at_least_two_thousand_contacts(cast: list[Life]) -> None:
    assert sum(not life.refused for life in cast) >= 2000


@pytest.mark.parametrize("contacts", [1, 200, 2100])
def test_it_tells_every_story_in_a_demo_of_any_size(contacts: int) -> None:
    told = Counter(life.story for life in lives(contacts=contacts, seed=1, now=NOW))
    assert set(told) == set(STORIES)
    assert min(told.values()) >= 2


def test_it_runs_into_every_reason_that_blocks() -> None:
    assert reasons_shown() == REASONS.keys() - AFTER_JUDGING - HOLDS - NOT_IN_THE_DEMO


def test_it_names_people_in_many_scripts(cast: list[Life]) -> None:
    letters = {letter for name in values_of(cast, "lastname") for letter in name if letter.isalpha()}
    scripts = {unicodedata.name(letter).split()[0] for letter in letters}
    assert {"LATIN", "GREEK", "CYRILLIC", "ARABIC", "HANGUL", "CJK"} <= scripts


def test_it_spells_phones_in_many_ways(cast: list[Life]) -> None:
    shapes = {"".join("9" if sign.isdigit() else sign for sign in phone) for phone in values_of(cast, "phone")}
    assert len(shapes) > 40
    assert any(phone.startswith("00") for phone in values_of(cast, "phone"))


def test_it_has_fields_that_are_missing_and_fields_that_are_wrong(cast: list[Life]) -> None:
    created = [life.properties for life in cast if life.properties]
    assert sum("firstname" not in held for held in created) > 50
    assert {"n/a", "123", "1-800-FLOWERS"} <= set(values_of(cast, "phone"))
    assert any(life.refused for life in cast)


def test_it_has_consent_given_refused_and_never_asked(cast: list[Life]) -> None:
    assert {"ja", "ναι", "はい", "nee", "no"} <= set(values_of(cast, "marketing_consent"))
    assert {"granted", "denied"} <= set(values_of(cast, "ads_consent"))
    assert any("ads_consent" not in life.properties for life in cast if life.properties)


def test_it_has_deals_won_lost_worth_nothing_and_in_many_currencies(cast: list[Life]) -> None:
    deals = [deal.properties for life in cast for deal in life.deals]
    assert {"closedwon", "closedlost", "contractsent"} <= {deal["dealstage"] for deal in deals}
    assert {"EUR", "USD", "GBP", "JPY", "KWD", "XXQ"} <= {deal.get("deal_currency_code", "") for deal in deals}
    assert any("amount" not in deal for deal in deals)
    assert "0" in {deal.get("amount") for deal in deals}


@pytest.mark.parametrize("kind", ["lead_id", "gclid", "gbraid", "wbraid", "li_fat_id"])
def test_it_gives_no_ad_click_to_two_contacts(cast: list[Life], kind: str) -> None:
    seen = [life.properties[kind] for life in cast if kind in life.properties]
    assert len(seen) > 10
    assert len(seen) == len(set(seen))


def test_it_sends_forms_early_late_and_without_the_visit(cast: list[Life]) -> None:
    sent = [each for life in cast for each in life.submissions]
    assert any(each.submitted_at and each.submitted_at > NOW for each in sent)
    assert any(each.submitted_at and each.submitted_at < NOW for each in sent)
    assert any(not each.user_agent for each in sent)
    assert any(not each.page_url for each in sent)
    assert any(each.times == 2 for each in sent)
