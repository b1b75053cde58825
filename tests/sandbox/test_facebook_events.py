"""What Facebook takes and refuses: one bad event refuses the whole call, and every code is the published one."""

import time

import pytest

from tests.sandbox.callers import BROWSER, EMAIL, PHONE, Control, Facebook

DAY = 86_400
SCHEMA = (400, 100, 2804019)
TOO_OLD = (400, 100, 2804003)
MATCH_KEYS = (400, 100, 2804050)
NOT_HASHED = (400, 100, 2804016)


def said(facebook: Facebook, *events: dict) -> str:
    """What a schema refusal says."""
    error = facebook.send(*events).json()["error"]
    assert error["error_subcode"] == 2804019
    assert error["is_transient"] is False
    return error["error_user_msg"]


def test_meta_35_it_refuses_the_whole_call_for_one_bad_event_and_stores_nothing(
    facebook: Facebook, control: Control
) -> None:
    bad = facebook.event(event_time=None)
    assert facebook.refused(facebook.event(), bad, facebook.event()) == SCHEMA
    assert control.counts("facebook") == (0, 3, 0)
    neighbour, guilty, _ = control.ledger()["items"]
    assert "event 1" in neighbour["reason"]
    assert "event_time" in guilty["reason"]


def test_a_refused_event_is_no_duplicate_when_it_comes_again(facebook: Facebook, control: Control) -> None:
    good = facebook.event()
    facebook.send(good, facebook.event(event_time=None))
    assert facebook.send(good).status_code == 200
    assert control.counts("facebook") == (1, 2, 0)


def test_meta_35_it_names_the_json_path_of_an_unknown_key(facebook: Facebook) -> None:
    event = facebook.event(advertiser_tracking_enabled=True)
    assert 'Unexpected key "advertiser_tracking_enabled" on param "$[\'data\'][1]".' in said(
        facebook, facebook.event(), event
    )


def test_meta_35_it_names_the_json_path_of_a_missing_key(facebook: Facebook) -> None:
    event = facebook.event()
    del event["user_data"]
    assert "\"$['data'][0]\"" in said(facebook, event)


def test_meta_35_it_names_the_json_path_inside_user_data(facebook: Facebook) -> None:
    event = facebook.event(user_data={"em": EMAIL, "e_mail": "x", "client_user_agent": BROWSER})
    assert "\"$['data'][0]['user_data']\"" in said(facebook, event)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("event_name", ""),
        ("event_name", 5),
        ("event_time", "yesterday"),
        ("event_time", 1.5),
        ("event_time", True),
        ("action_source", "newsletter"),
        ("event_id", 17),
        ("event_source_url", "example.com/no-scheme"),
        ("user_data", []),
        ("custom_data", "x"),
        ("opt_out", "no"),
        ("data_processing_options", ["CCPA"]),
        ("data_processing_options_country", 2),
        ("data_processing_options_state", 999),
        ("messaging_channel", "fax"),
    ],
)
def test_it_refuses_an_event_key_of_the_wrong_kind(facebook: Facebook, key: str, value: object) -> None:
    assert facebook.refused({**facebook.event(), key: value}) == SCHEMA


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("em", [EMAIL, 5]),
        ("em", []),
        ("em", {"sha256": EMAIL}),
        ("client_ip_address", ["1.2.3.4"]),
        ("client_ip_address", "999.1.2.3"),
        ("client_user_agent", [BROWSER]),
        ("external_id", 4711),
        ("fbp", 5),
    ],
)
def test_it_refuses_user_data_of_the_wrong_kind(facebook: Facebook, key: str, value: object) -> None:
    event = facebook.event(user_data={"ph": PHONE, "client_user_agent": BROWSER, key: value})
    assert facebook.refused(event) == SCHEMA


def test_it_takes_limited_data_use_and_every_identifier(facebook: Facebook) -> None:
    event = facebook.event(
        data_processing_options=["LDU"],
        data_processing_options_country=1,
        data_processing_options_state=1000,
        opt_out=True,
        user_data={
            **dict.fromkeys(("em", "ph", "fn", "ln", "ge", "db", "ct", "st", "zp", "country"), EMAIL),
            "external_id": ["customer-1"],
            "client_ip_address": "2001:db8::1",
            "client_user_agent": BROWSER,
            "fbc": "fb.1.1790000000000.AbC_def-123",
            "fbp": "fb.1.1790000000000.1098115397",
        },
        custom_data={"value": "142.52", "currency": "eur", "anything": {"else": 1}},
    )
    assert facebook.send(event).status_code == 200


def test_it_refuses_an_event_older_than_seven_days(facebook: Facebook) -> None:
    now = int(time.time())
    assert facebook.refused(facebook.event(event_time=now - 7 * DAY - 60)) == TOO_OLD
    assert facebook.send(facebook.event(event_time=now - 7 * DAY + 60)).status_code == 200


def test_it_gives_a_physical_store_62_days(facebook: Facebook) -> None:
    now = int(time.time())
    store = {"action_source": "physical_store", "event_source_url": None}
    assert facebook.refused(facebook.event(**store, event_time=now - 62 * DAY - 60)) == TOO_OLD
    assert facebook.send(facebook.event(**store, event_time=now - 62 * DAY + 60)).status_code == 200


def test_meta_35_it_checks_the_age_before_the_match_keys(facebook: Facebook) -> None:
    old = facebook.event(event_time=int(time.time()) - 8 * DAY, user_data={"client_user_agent": BROWSER})
    assert facebook.refused(old) == TOO_OLD


def test_meta_35_it_refuses_an_event_from_the_future_in_the_strict_profile_only(
    facebook: Facebook, control: Control
) -> None:
    early = int(time.time()) + 3600
    assert facebook.refused(facebook.event(event_time=early)) == SCHEMA
    control.change_world("facebook", profile="observed")
    assert facebook.send(facebook.event(event_time=early)).status_code == 200


@pytest.mark.parametrize(
    "keys",
    [
        (),
        ("client_user_agent",),
        ("ct", "country", "st", "zp", "ge", "client_user_agent"),
        ("db", "client_user_agent"),
        ("fn", "ge"),
        ("ln", "ge"),
    ],
)
def test_it_refuses_user_data_that_is_too_broad(facebook: Facebook, keys: tuple[str, ...]) -> None:
    event = facebook.event(action_source="phone_call", event_source_url=None, user_data=dict.fromkeys(keys, EMAIL))
    assert facebook.refused(event) == MATCH_KEYS


def test_an_empty_identifier_does_not_count_as_a_match_key(facebook: Facebook) -> None:
    event = facebook.event(user_data={"external_id": "", "client_user_agent": BROWSER})
    assert facebook.refused(event) == MATCH_KEYS


@pytest.mark.parametrize("value", ["mike@example.com", EMAIL.upper(), EMAIL[:-1], f" {EMAIL}", [EMAIL, "x"], ""])
@pytest.mark.parametrize("key", ["em", "country"])
def test_it_refuses_a_hashed_key_that_is_not_hashed(facebook: Facebook, key: str, value: object) -> None:
    event = facebook.event(user_data={"external_id": "1", "client_user_agent": BROWSER, key: value})
    assert facebook.refused(event) == NOT_HASHED


@pytest.mark.parametrize(
    "fbc", ["fb.1.1790000000.AbC", "AbC", "fb.1.1790000000000.", "fb.x.1790000000000.AbC", "fb.1.1790000000000.a b"]
)
def test_it_refuses_a_malformed_click_id(facebook: Facebook, fbc: str) -> None:
    event = facebook.event(user_data={"em": EMAIL, "fbc": fbc, "client_user_agent": BROWSER})
    assert facebook.refused(event) == (400, 100, 2804001)


def test_it_wants_a_value_and_a_currency_for_a_purchase(facebook: Facebook) -> None:
    def purchase(**custom_data: object) -> dict:
        return facebook.event(event_name="Purchase", custom_data=custom_data)

    assert facebook.refused(facebook.event(event_name="Purchase")) == (400, 100, 2804009)
    assert facebook.refused(purchase(currency="EUR")) == (400, 100, 2804009)
    assert facebook.refused(purchase(value=-1, currency="EUR")) == (400, 100, 2804009)
    assert facebook.refused(purchase(value=10)) == (400, 100, 2804010)
    assert facebook.refused(purchase(value=10, currency="EURO")) == SCHEMA
    assert facebook.send(purchase(value=0, currency="EUR")).status_code == 200


def test_meta_35_it_wants_the_user_agent_and_the_address_of_a_website_event(
    facebook: Facebook, control: Control
) -> None:
    no_agent, no_address = facebook.event(user_data={"em": EMAIL}), facebook.event(event_source_url=None)
    assert "\"$['data'][0]['user_data']\"" in said(facebook, no_agent)
    assert '"event_source_url"' in said(facebook, no_address)
    control.change_world("facebook", profile="observed")
    assert facebook.send(no_agent, no_address).status_code == 200


def test_it_wants_neither_from_other_sources(facebook: Facebook) -> None:
    event = facebook.event(action_source="email", event_source_url=None, user_data={"em": EMAIL})
    assert facebook.send(event).status_code == 200


def test_it_takes_a_conversion_lead_with_nothing_but_its_lead_id(facebook: Facebook, control: Control) -> None:
    assert facebook.send(facebook.lead_event()).status_code == 200
    assert control.ledger()["items"][0]["body"]["user_data"]["lead_id"] == 123456789012345


@pytest.mark.parametrize("lead_id", ["123456789012345", 12345678901234, 123456789012345678, 1.5, True])
def test_it_refuses_a_lead_id_that_is_not_an_integer_of_15_to_17_digits(facebook: Facebook, lead_id: object) -> None:
    assert facebook.refused(facebook.lead_event(user_data={"lead_id": lead_id})) == SCHEMA


def test_it_wants_the_crm_of_a_conversion_lead(facebook: Facebook) -> None:
    assert "\"$['data'][0]['custom_data']\"" in said(facebook, facebook.lead_event(custom_data={"event_source": "crm"}))


def test_it_takes_a_conversion_lead_by_e_mail(facebook: Facebook) -> None:
    assert facebook.send(facebook.lead_event(user_data={"em": EMAIL})).status_code == 200


def test_it_counts_an_event_with_the_same_name_and_id_once(facebook: Facebook, control: Control) -> None:
    event = facebook.event()
    for _ in range(2):
        assert facebook.send(event).json()["events_received"] == 1
    assert control.counts("facebook") == (1, 0, 1)
    assert control.ledger(state="duplicate")["items"][0]["key"] == event["event_id"]


def test_it_counts_a_repeat_inside_one_call_once(facebook: Facebook, control: Control) -> None:
    event = facebook.event()
    assert facebook.send(event, event, facebook.event()).json()["events_received"] == 3
    assert control.counts("facebook") == (2, 0, 1)


def test_another_name_or_no_id_is_another_event(facebook: Facebook, control: Control) -> None:
    event, nameless = facebook.event(), facebook.event(event_id=None)
    facebook.send(event, event | {"event_name": "Contact"}, nameless, nameless)
    assert control.counts("facebook") == (4, 0, 0)


def test_meta_35_it_forgets_an_event_id_after_48_hours(facebook: Facebook, control: Control) -> None:
    event = facebook.event()
    facebook.send(event)
    control.set_clock(hours=47)
    facebook.send(event)
    control.set_clock(hours=49)
    facebook.send(event)
    assert control.counts("facebook") == (2, 0, 1)


def test_an_event_id_belongs_to_its_pixel(facebook: Facebook, control: Control) -> None:
    pixels = [{"id": number, "ad_accounts": ["act_1001001"]} for number in ("900100100100101", "900100100100102")]
    control.change_world("facebook", pixels=pixels)
    event = facebook.event()
    for pixel in pixels:
        path = f"facebook/v26.0/{pixel['id']}/events"
        facebook.post(path, json={"data": [event]}, headers={"Authorization": "Bearer EAAsandboxtoken"})
    assert control.counts("facebook") == (2, 0, 0)


def in_store(facebook: Facebook, **changes: object) -> dict:
    return facebook.event(
        action_source="physical_store",
        event_source_url=None,
        custom_data={"order_id": "o-1", "item_number": "7", **changes.pop("custom", {})},  # type: ignore[dict-item]
        **changes,
    )


def test_it_takes_events_of_a_store_for_62_days(facebook: Facebook) -> None:
    now = int(time.time())
    assert facebook.send(in_store(facebook, event_time=now - 61 * DAY)).status_code == 200
    assert facebook.refused(in_store(facebook, event_time=now - 63 * DAY)) == TOO_OLD


def test_meta_35_it_knows_a_sale_by_its_time_name_item_and_order_whatever_its_event_id(
    facebook: Facebook, control: Control
) -> None:
    at = int(time.time()) - 60
    facebook.send(in_store(facebook, event_time=at))
    facebook.send(in_store(facebook, event_time=at, user_data={"ph": PHONE}))
    assert control.counts("facebook") == (1, 0, 1)
    facebook.send(in_store(facebook, event_time=at, custom={"item_number": "8"}))
    facebook.send(
        in_store(facebook, event_time=at - 1),
        in_store(facebook, event_time=at, event_name="Purchase", custom={"value": 1, "currency": "EUR"}),
    )
    assert control.counts("facebook") == (4, 0, 1)


def test_it_knows_a_sale_without_an_order_by_its_person(facebook: Facebook, control: Control) -> None:
    at = int(time.time()) - 60
    for person in ({"em": [EMAIL]}, {"em": [EMAIL]}, {"ph": PHONE}):
        facebook.send(in_store(facebook, event_time=at, custom={"order_id": ""}, user_data=person))
    assert control.counts("facebook") == (2, 0, 1)


def test_meta_35_it_remembers_a_sale_for_7_days(facebook: Facebook, control: Control) -> None:
    sale = in_store(facebook, event_time=int(time.time()) - 60)
    facebook.send(sale)
    control.set_clock(days=6)
    facebook.send(sale)
    assert control.counts("facebook") == (1, 0, 1)
    control.set_clock(days=8)
    facebook.send(sale)
    assert control.counts("facebook") == (2, 0, 1)


def test_it_drops_a_stage_from_before_its_lead_and_says_it_was_received(facebook: Facebook, control: Control) -> None:
    came_in = int(time.time()) - 3600
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(came_in))
    control.change_world("facebook", leads=[{"id": "123456789012345", "created_time": created}])
    early, after = facebook.lead_event(event_time=came_in - 1), facebook.lead_event(event_time=came_in)
    assert facebook.send(early, after).json()["events_received"] == 2
    assert control.counts("facebook") == (1, 1, 0)
    assert "before its lead" in next(item for item in control.ledger()["items"] if not item["accepted"])["reason"]
    control.change_world("facebook", profile="observed")
    assert facebook.send(facebook.lead_event(event_time=came_in - 1)).status_code == 200
    assert control.counts("facebook") == (2, 1, 0)
