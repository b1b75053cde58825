"""What Google's manifest promises to the rules: windows, needs and the words of the dialog."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from apps.ads.networks import google
from apps.ads.networks.google.manifest import MANIFEST
from apps.domain.decide import decide
from apps.domain.decision import Case, Decision, Verdict
from apps.domain.facts import Account, Click, Contact, EventRules, Signal, ValueFrom, ValueRule, Workspace

ACCOUNT = Account("google", "1234567890")
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TEN = ValueRule(ValueFrom.FIXED, Decimal(10), "EUR")
EMAIL = {"email": "anna@example.com"}
ADDRESS = {"firstname": "Anna", "lastname": "Muster", "zip": "8001", "country": "CH", "city": "Zürich"}


def judged(
    trigger: str,
    *,
    ago: timedelta = timedelta(minutes=1),
    clicked: timedelta | None = None,
    account: Account = ACCOUNT,
    known: Mapping[str, str] | None = None,
    adjustment: str = "",
    original: timedelta | None = None,
    order_id: str = "",
    value: ValueRule = TEN,
    consent: Mapping[str, str] | None = None,
) -> Decision:
    """Decide a signal of `trigger` that occurred `ago`, for a contact that clicked `clicked` before now."""
    shape = MANIFEST.shape_for(trigger, adjustment)
    assert shape is not None
    original_at = None if original is None else NOW - original
    clicks = {"gclid": (Click("Cj0KCQ", NOW - clicked),)} if clicked else {}
    case = Case(
        signal=Signal(
            "s", trigger, "x", NOW - ago, order_id=order_id, adjustment=adjustment, original_occurred_at=original_at
        ),
        contact=Contact(properties=known or {}, clicks=clicks, consent=consent or {}),
        deal=None,
        event=EventRules(
            id="e",
            trigger=trigger,
            trigger_name="x",
            on_since=NOW - timedelta(days=365),
            network_event_name="",
            destination="1001",
            value=value,
            consent=None,
        ),
        account=account,
        workspace=Workspace("w", "EUR", country="CH"),
        shape=shape,
        now=NOW,
    )
    return decide(case, network_event_id="cs-1")


def test_it_needs_a_click_for_a_stage_and_no_identifier():
    assert judged("stage_change", known=EMAIL).reason == "no_click"
    assert judged("stage_change", clicked=timedelta(days=3)).verdict is Verdict.SEND


@pytest.mark.parametrize(("days", "reason"), [(89, ""), (91, "click_too_old")])
def test_c01_google_12_it_takes_a_stage_within_90_days_of_the_click(days, reason):
    assert judged("stage_change", clicked=timedelta(days=days)).reason == reason


@pytest.mark.parametrize(("minutes", "reason"), [(24 * 60 - 11, ""), (24 * 60 - 9, "too_old")])
def test_c11_google_15_it_takes_a_form_within_24_hours_less_ten_minutes(minutes, reason):
    assert judged("form_submission", ago=timedelta(minutes=minutes), known=EMAIL).reason == reason


def test_google_07_it_shares_an_address_only_as_a_whole():
    whole = judged("form_submission", known=ADDRESS).owed
    assert whole is not None
    assert {"firstname", "lastname", "zip", "country", "city"} <= whole.identifiers.keys()
    partial = judged("form_submission", known=EMAIL | ADDRESS | {"zip": ""}).owed
    assert partial is not None
    assert partial.identifiers.keys() == {"email"}


def test_it_takes_an_address_along_with_a_click_only_as_a_whole():
    whole = judged("stage_change", clicked=timedelta(days=3), known=ADDRESS).owed
    assert whole is not None
    assert whole.identifiers.keys() == {"firstname", "lastname", "zip", "country"}
    partial = judged("stage_change", clicked=timedelta(days=3), known=ADDRESS | {"zip": ""}).owed
    assert partial is not None
    assert not partial.identifiers


def test_it_blocks_a_form_with_nothing_to_match():
    assert judged("form_submission", known={"city": "Zürich"}).reason == "no_identifier"


def test_c07_google_31_it_never_syncs_forms_to_a_manager():
    manager = Account("google", "1234567890", is_manager=True)
    assert judged("form_submission", account=manager, known=EMAIL).reason == "manager_account"
    assert judged("stage_change", account=manager, clicked=timedelta(days=3)).verdict is Verdict.SEND


def test_c03_google_32_it_holds_forms_until_the_terms_are_accepted():
    unsigned = Account("google", "1234567890", terms_accepted=False)
    decision = judged("form_submission", account=unsigned, known=EMAIL)
    assert (decision.verdict, decision.reason) == (Verdict.HELD, "terms_not_accepted")


def test_it_takes_a_custom_event_by_the_rules_of_a_stage():
    assert judged("custom_event", known=EMAIL).reason == "no_click"
    assert judged("custom_event", clicked=timedelta(days=3)).verdict is Verdict.SEND
    assert judged("custom_event", ago=timedelta(0), clicked=timedelta(days=91)).reason == "click_too_old"


@pytest.mark.parametrize(("hours", "reason"), [(23, ""), (24, "too_old")])
def test_it_enhances_a_conversion_within_24_hours_of_the_original(hours, reason):
    decision = judged("form_submission", known=EMAIL, adjustment="enhancement", original=timedelta(hours=hours))
    assert decision.reason == reason


@pytest.mark.parametrize("adjustment", ["restatement", "retraction"])
@pytest.mark.parametrize(("days", "reason"), [(53, ""), (54, "too_old")])
def test_it_corrects_a_conversion_within_54_days(adjustment, days, reason):
    original = timedelta(days=days)
    assert judged("adjustment", adjustment=adjustment, original=original, order_id="o").reason == reason


def test_it_needs_an_order_id_or_the_click_before_the_original_to_correct_it():
    original = timedelta(days=5)
    assert judged("adjustment", adjustment="retraction", original=original).reason == "no_click"
    later = judged("adjustment", adjustment="retraction", original=original, clicked=timedelta(days=4))
    assert later.reason == "before_click"
    by_click = judged("adjustment", adjustment="retraction", original=original, clicked=timedelta(days=6))
    assert by_click.owed is not None
    assert by_click.owed.click_kind == "gclid"
    by_order = judged("adjustment", adjustment="retraction", original=original, order_id="o", clicked=timedelta(days=6))
    assert by_order.owed is not None
    assert by_order.owed.click == ""


def test_it_needs_a_new_value_to_restate_and_none_to_retract():
    told = ValueRule(ValueFrom.SIGNAL)
    assert judged("adjustment", adjustment="restatement", order_id="o", value=told).reason == "no_new_value"
    assert judged("adjustment", adjustment="retraction", order_id="o", value=told).verdict is Verdict.SEND


def test_it_lands_each_shape_in_its_own_kind_of_action():
    assert {shape.destination for shape in MANIFEST.shapes.values()} == {"click_action", "tag_action"}
    assert MANIFEST.batch_limit == 2000


def test_c05_it_offers_every_identifier_as_shared_data_and_recommends_email():
    offered = {shared.name: shared for shared in MANIFEST.shared}
    assert offered.keys() == {name for shape in MANIFEST.shapes.values() for name in shape.identifiers}
    assert [name for name, shared in offered.items() if shared.recommended] == ["email"]


def test_it_warns_of_manager_accounts_terms_the_day_and_goals():
    form, stage = MANIFEST.warnings["form_submission"], MANIFEST.warnings["stage_change"]
    assert all(word in form for word in ("manager (MCC)", "customer data terms", "24 hours"))
    assert all(word in stage for word in ("90 days", "account-level goal"))


def test_c02_c06_it_asks_for_the_conversions_column_by_trigger():
    assert {choice.name: set(choice.triggers) for choice in MANIFEST.choices} == {
        "include_in_conversions": {"stage_change", "custom_event"},
        "primary_action": {"form_submission"},
        "route": {"stage_change", "custom_event", "form_submission"},
    }


def test_google_09_it_never_dates_a_conversion_in_the_future():
    decision = judged("stage_change", ago=-timedelta(minutes=4), clicked=timedelta(days=3))
    assert decision.owed is not None
    assert decision.owed.occurred_at == NOW


@pytest.mark.parametrize(
    ("adjustment", "verdict"), [("enhancement", "consent_denied"), ("restatement", "consent_denied")]
)
def test_google_14_it_asks_consent_before_adjustments_which_carry_none(adjustment, verdict):
    denied = {"ad_user_data": "denied"}
    assert judged("adjustment", adjustment=adjustment, order_id="o", known=EMAIL, consent=denied).reason == verdict


@pytest.mark.parametrize("hours", [25, 24 * 88])
def test_google_15_it_takes_a_late_form_as_an_event_where_its_tag_told_the_order(hours):
    tried = Account("google", "1234567890", route="data_manager")
    late = judged("form_submission", ago=timedelta(hours=hours), known=EMAIL, account=tried, order_id="tag-1")
    assert late.owed is not None
    assert late.owed.shape == "form_event"


def test_google_15_it_takes_forms_as_events_where_adjustments_are_closed():
    closed = Account("google", "1234567890", route="data_manager_only")
    decision = judged("form_submission", known=EMAIL | ADDRESS, account=closed, order_id="tag-1")
    assert decision.owed is not None
    assert decision.owed.shape == "form_event"
    assert decision.owed.identifiers.keys() == {"email", "firstname", "lastname", "zip", "country"}


def test_it_explains_its_setup_without_naming_a_secret():
    text = (Path(google.__file__).parent / "setup.md").read_text(encoding="utf-8")
    assert text.startswith("# Google Ads\n")
    assert "customer data terms" in text
