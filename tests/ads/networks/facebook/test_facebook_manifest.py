"""Facebook's rules as `decide` applies them: which signals become events, and with what in them."""

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from apps.ads.networks import facebook
from apps.ads.networks.facebook import NETWORK
from apps.domain.decide import decide
from apps.domain.decision import Case, Decision, Verdict
from apps.domain.facts import (
    Account,
    Click,
    ConsentRule,
    Contact,
    EventRules,
    Signal,
    Trigger,
    ValueFrom,
    ValueRule,
    Workspace,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PROPERTIES = {"email": "joe@eg.com", "country": "US", "phone": "(650) 253-0000", "consent": "yes", "score": "71"}


def case(
    trigger: Trigger,
    *,
    properties: Mapping[str, str] = PROPERTIES,
    clicks: Mapping[str, str] | None = None,
    shared: frozenset[str] | None = None,
    age: timedelta = timedelta(hours=1),
    visit: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Case:
    seen = NOW - timedelta(days=30)
    website = {
        "event_source_url": "https://example.nl/",
        "client_user_agent": "Mozilla/5.0",
        "client_ip_address": "93.184.216.34",
    }
    is_form = trigger is not Trigger.STAGE_CHANGE
    return Case(
        signal=Signal(
            id="s1",
            kind=trigger,
            name="customer",
            occurred_at=NOW - age,
            **({**website, **(visit or {})} if is_form else {}),
        ),
        contact=Contact(properties, {kind: (Click(value, seen),) for kind, value in (clicks or {}).items()}),
        deal=None,
        event=EventRules(
            id="e1",
            trigger=trigger,
            trigger_name="customer",
            on_since=seen,
            network_event_name="Lead" if is_form else "Customer",
            destination="900100100100101",
            value=ValueRule(ValueFrom.FIXED, Decimal(25), "EUR"),
            consent=ConsentRule("consent", frozenset({"yes"})) if is_form else None,
            shared=shared,
            options=options or {},
        ),
        account=Account("facebook", "act_1001001", "EUR"),
        workspace=Workspace("w1", "EUR"),
        shape=NETWORK.manifest.shapes[trigger],
        now=NOW,
    )


def decided(case: Case) -> Decision:
    return decide(case, network_event_id="id-1")


def user_data(case: Case) -> dict[str, Any]:
    owed = decided(case).owed
    assert owed is not None
    data: dict[str, Any] = json.loads(NETWORK.element(owed))["user_data"]
    return data


def test_b03_it_sends_a_consented_form_with_its_visit() -> None:
    decision = decided(case(Trigger.FORM_SUBMISSION, options={"lead_score_property": "score"}))
    assert decision.verdict is Verdict.SEND
    assert decision.owed is not None
    event = json.loads(NETWORK.element(decision.owed))
    assert event["event_source_url"] == "https://example.nl/"
    assert event["custom_data"] == {"currency": "EUR", "value": 25.0, "lead_score": 71}
    assert event["user_data"]["em"] == ["8830eedd6c6b5ea97d181563a349476ca1bb25ace1f94b5c5e48d9cad727941b"]
    assert event["user_data"]["client_user_agent"] == "Mozilla/5.0"


@pytest.mark.parametrize(
    ("missing", "reason"), [("client_user_agent", "no_user_agent"), ("event_source_url", "no_page_url")]
)
def test_meta_23_it_sends_no_form_without_what_a_website_event_must_carry(missing: str, reason: str) -> None:
    decision = decided(case(Trigger.FORM_SUBMISSION, visit={missing: ""}))
    assert (decision.verdict, decision.reason) == (Verdict.BLOCKED, reason)


@pytest.mark.parametrize("trigger", [Trigger.FORM_SUBMISSION, Trigger.CUSTOM_EVENT])
@pytest.mark.parametrize("url", ["example.nl/offerte", "file:///x", "android-app://nl.example"])
def test_meta_23_it_sends_no_website_event_of_a_page_without_a_web_address(trigger: Trigger, url: str) -> None:
    assert decided(case(trigger, visit={"event_source_url": url})).reason == "bad_page_url"
    assert decided(case(trigger, visit={"event_source_url": url, "action_source": "chat"})).reason == ""


@pytest.mark.parametrize("trigger", [Trigger.FORM_SUBMISSION, Trigger.CUSTOM_EVENT])
@pytest.mark.parametrize("source", ["email", "phone_call", "chat", "physical_store", "system_generated", "other"])
@pytest.mark.parametrize("told_by", ["signal", "event"])
def test_meta_23_it_asks_a_visit_of_website_events_only(trigger: Trigger, source: str, told_by: str) -> None:
    nothing = {"client_user_agent": "", "event_source_url": "", "client_ip_address": ""}
    told = (
        case(trigger, visit={**nothing, "action_source": source})
        if told_by == "signal"
        else case(trigger, visit=nothing, options={"action_source": source})
    )
    decision = decided(told)
    assert decision.verdict is Verdict.SEND
    assert decision.owed is not None
    assert json.loads(NETWORK.element(decision.owed))["action_source"] == source


@pytest.mark.parametrize("source", ["app", "business_messaging", "billboard", "Website"])
def test_meta_01_it_takes_no_action_source_that_it_cannot_serve(source: str) -> None:
    decision = decided(case(Trigger.FORM_SUBMISSION, visit={"action_source": source}))
    assert (decision.verdict, decision.reason) == (Verdict.BLOCKED, "action_source_not_taken")


@pytest.mark.parametrize("options", [{"action_source": "website"}, {}])
def test_meta_01_it_lets_the_signals_own_action_source_count(options: dict[str, str]) -> None:
    called = case(Trigger.FORM_SUBMISSION, visit={"action_source": "phone_call"}, options=options)
    assert decided(called).verdict is Verdict.SEND


def test_meta_05_it_gives_a_store_62_days_and_everything_else_7() -> None:
    limit = timedelta(days=62) - timedelta(minutes=10)
    store, chat = {"action_source": "physical_store"}, {"action_source": "chat"}

    def reason(age: timedelta, visit: dict[str, str]) -> str:
        old = case(Trigger.CUSTOM_EVENT, age=age, visit=visit)
        return decided(replace(old, event=replace(old.event, on_since=NOW - timedelta(days=90)))).reason

    assert reason(limit, store) == ""
    assert reason(limit + timedelta(seconds=1), store) == "too_old"
    assert reason(timedelta(days=8), chat) == "too_old"


@pytest.mark.parametrize("trigger", [Trigger.FORM_SUBMISSION, Trigger.CUSTOM_EVENT, Trigger.STAGE_CHANGE])
def test_meta_24_it_sends_no_purchase_without_a_value(trigger: Trigger) -> None:
    bought = case(trigger, clicks={"lead_id": "123456789012345"})

    def reason(value: ValueRule, told: Decimal | None = None) -> str:
        event = replace(bought.event, network_event_name="Purchase", value=value)
        signal = replace(bought.signal, value=told, currency="EUR")
        return decided(replace(bought, event=event, signal=signal)).reason

    assert reason(ValueRule(ValueFrom.NONE)) == "no_value"
    assert reason(ValueRule(ValueFrom.SIGNAL)) == "no_value"
    assert reason(ValueRule(ValueFrom.SIGNAL), Decimal(-1)) == "no_value"
    assert reason(ValueRule(ValueFrom.SIGNAL), Decimal(0)) == ""
    assert reason(ValueRule(ValueFrom.FIXED, Decimal(25))) == ""


def test_meta_18_it_sends_several_of_a_person_sorted_and_each_once() -> None:
    several = case(Trigger.FORM_SUBMISSION)
    mary, joe = "mary@test.com", "JOE@eg.com"
    contact = replace(several.contact, more={"email": (mary, joe)})
    assert user_data(replace(several, contact=contact))["em"] == [
        "8830eedd6c6b5ea97d181563a349476ca1bb25ace1f94b5c5e48d9cad727941b",
        "dc9fd7aeec76f0850acc1c9c20d8beca58056307082f798bf35f867341bcde86",
    ]


@pytest.mark.parametrize(
    ("mode", "sent"),
    [
        ("raw", "crm-4711"),
        ("sha256", hashlib.sha256(b"crm-4711").hexdigest()),
        ("", hashlib.sha256(b"crm-4711").hexdigest()),
    ],
)
def test_meta_22_it_sends_the_customers_own_id_as_the_pixel_does(mode: str, sent: str) -> None:
    options = {"external_id_mode": mode} if mode else {}
    known = case(Trigger.FORM_SUBMISSION, properties={**PROPERTIES, "external_id": "crm-4711"}, options=options)
    assert user_data(known)["external_id"] == [sent]


def test_b03_it_shares_the_ip_address_unless_it_is_removed() -> None:
    assert user_data(case(Trigger.FORM_SUBMISSION))["client_ip_address"] == "93.184.216.34"
    kept = user_data(case(Trigger.FORM_SUBMISSION, shared=frozenset({"email"})))
    assert set(kept) == {"em", "client_user_agent"}


def test_a12_it_shares_facebooks_own_ids_whatever_the_choice() -> None:
    clicks = {"fbc": "fb.1.1763800000000.IwAR0abc", "fbp": "fb.1.1763800000001.1098115397"}
    kept = user_data(case(Trigger.FORM_SUBMISSION, clicks=clicks, shared=frozenset({"email"})))
    assert set(kept) == {"em", "client_user_agent", "fbc", "fbp"}


@pytest.mark.parametrize(
    ("properties", "shared"),
    [
        ({"city": "Breda", "country": "NL", "gender": "m"}, None),
        ({"date_of_birth": "1985-03-14"}, None),
        ({"firstname": "Joe", "gender": "m"}, frozenset({"firstname", "gender"})),
    ],
)
def test_meta_20_it_sends_nothing_that_facebook_finds_too_general(
    properties: dict[str, str], shared: frozenset[str] | None
) -> None:
    form = case(
        Trigger.FORM_SUBMISSION,
        properties={**properties, "consent": "yes"},
        shared=shared,
        visit={"client_ip_address": ""},
    )
    named = {"firstname", "gender"} <= properties.keys()
    # The user agent, which always leaves, makes a name and a gender enough.
    assert decided(form).reason == ("" if named else "weak_identifiers")


def test_b06_it_sends_stages_of_contacts_from_lead_ads_only() -> None:
    assert decided(case(Trigger.STAGE_CHANGE)).reason == "no_lead"
    assert decided(case(Trigger.STAGE_CHANGE, clicks={"lead_id": "l:12"})).reason == "no_lead"
    data = user_data(case(Trigger.STAGE_CHANGE, clicks={"lead_id": "123456789012345"}))
    assert data["lead_id"] == 123456789012345
    assert "client_user_agent" not in data


def test_meta_04_it_sends_no_stage_from_before_the_lead() -> None:
    early = case(Trigger.STAGE_CHANGE, clicks={"lead_id": "123456789012345"}, age=timedelta(days=6))
    lead = Click("123456789012345", NOW - timedelta(days=5))
    assert decided(replace(early, contact=Contact(PROPERTIES, {"lead_id": (lead,)}))).reason == "before_lead"


@pytest.mark.parametrize("trigger", [Trigger.FORM_SUBMISSION, Trigger.STAGE_CHANGE])
def test_meta_05_it_stops_a_margin_before_seven_days(trigger: Trigger) -> None:
    clicks = {"lead_id": "123456789012345"}
    limit = timedelta(days=7) - timedelta(minutes=10)
    assert decided(case(trigger, clicks=clicks, age=limit)).verdict is Verdict.SEND
    assert decided(case(trigger, clicks=clicks, age=limit + timedelta(seconds=1))).reason == "too_old"


@pytest.mark.parametrize("lead_id", ["", "12345678901234", "123456789012345678", "12345678901234x", "AQ-linkedin"])
def test_meta_02_it_refuses_a_stage_whose_lead_id_has_not_15_to_17_digits(lead_id: str) -> None:
    clicks = {"lead_id": lead_id} if lead_id else {}
    assert decided(case(Trigger.STAGE_CHANGE, clicks=clicks)).reason == "no_lead"


def test_meta_04_it_sends_nothing_from_more_than_a_minute_ahead() -> None:
    clicks = {"lead_id": "123456789012345"}
    for trigger in (Trigger.FORM_SUBMISSION, Trigger.STAGE_CHANGE):
        assert decided(case(trigger, clicks=clicks, age=timedelta(seconds=-60))).verdict is Verdict.SEND
        assert decided(case(trigger, clicks=clicks, age=timedelta(seconds=-61))).reason == "in_the_future"


def test_meta_19_it_drops_a_bad_identifier_alone_and_says_why_without_naming_the_person() -> None:
    bad = case(Trigger.FORM_SUBMISSION, properties={**PROPERTIES, "phone": "not a number", "lastname": "Vries"})
    assert set(user_data(bad)) == {"em", "ln", "country", "client_ip_address", "client_user_agent"}
    trace = str(decided(bad).trace)
    assert "phone" in trace
    assert "not a number" not in trace


def test_meta_24_it_never_makes_up_a_currency() -> None:
    form = case(Trigger.FORM_SUBMISSION)
    value = replace(form.event.value, currency="")
    told = replace(
        form,
        event=replace(form.event, value=value),
        account=replace(form.account, currency="USD"),
        workspace=replace(form.workspace, currency="EUR"),
    )
    owed = decided(told).owed
    assert owed is not None
    assert owed.value is not None
    assert owed.value.currency == "EUR"


@pytest.mark.parametrize("stage", ["subscriber", "lead", "customer", "other"])
def test_b07_it_sends_every_stage_under_its_own_name(stage: str) -> None:
    told = case(Trigger.STAGE_CHANGE, clicks={"lead_id": "123456789012345"})
    of_stage = replace(told, signal=replace(told.signal, name=stage), event=replace(told.event, trigger_name=stage))
    unnamed = replace(of_stage, event=replace(of_stage.event, network_event_name=""))
    owed = decided(unnamed).owed
    assert owed is not None
    event = json.loads(NETWORK.element(owed))
    assert (event["event_name"], event["action_source"]) == (stage, "system_generated")
    assert event["custom_data"]["event_source"] == "crm"


def test_meta_27_it_says_where_a_test_code_is_asked_for_that_test_events_count_as_real() -> None:
    choice = next(each for each in NETWORK.manifest.choices if each.name == "test_event_code")
    assert "count as real data" in choice.help


def test_b02_it_asks_for_a_pixel_and_warns_of_double_counting() -> None:
    manifest = NETWORK.manifest
    assert {shape.destination for shape in manifest.shapes.values()} == {"pixel"}
    assert [makes.kind for makes in NETWORK.makes] == ["pixel"]
    assert "counts twice" in manifest.warnings[Trigger.FORM_SUBMISSION]
    assert "same event id" in manifest.warnings[Trigger.FORM_SUBMISSION]


def test_b08_it_says_that_facebook_optimises_on_every_stage() -> None:
    assert "every lifecycle stage, Other included" in NETWORK.manifest.warnings[Trigger.STAGE_CHANGE]


def test_meta_33_it_speaks_a_version_that_is_named_once() -> None:
    sources = Path(facebook.__file__).parent.glob("*.py")
    naming = [file.name for file in sources if re.search(r"""["'/]v\d+\.\d""", file.read_text())]
    assert naming == ["manifest.py"]
    assert NETWORK.manifest.version_ends is not None


def test_meta_40_it_needs_no_vendors_kit_and_is_loaded_in_a_moment() -> None:
    script = (
        "import sys, time; started = time.process_time(); import apps.ads.networks.facebook; "
        "print(time.process_time() - started, {'facebook_business', 'pycountry', 'django'} & set(sys.modules))"
    )
    done = [subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True) for _ in "123"]
    assert {each.stdout.split(maxsplit=1)[1].strip() for each in done} == {"set()"}
    assert min(float(each.stdout.split()[0]) for each in done) < 0.3
