"""Ids, addresses and user agents that leave as they came, or not at all."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.domain.identity import normalise, sha256_hex
from tests.domain.identity.door import facebook, google, linkedin

FBCLID = "IwAR2F4-dbP0l7Mn1IawQQGCINEz7PYXQvwjNwB_qa2ofrHyiLjcbCRxTDMgk"


@pytest.mark.parametrize(
    "value",
    [
        f"fb.1.1554763741205.{FBCLID}",
        f"fb.0.1554763741205.{FBCLID}",
        f"fb.2.1554763741205.{FBCLID}.AQ",
        f"fb.1.1554763741205.{FBCLID}.Bg",
        f"fb.1.1554763741205.{FBCLID}.AQYAAgEA",
        "fb.1.1554763741205." + "x" * 500,
    ],
)
def test_meta_21_it_passes_fbc_byte_for_byte(value: str) -> None:
    assert facebook(field="fbc", value=value).wire == (value,)
    assert facebook(field="fbc", value=f" {value}\n").wire == (value,)


@pytest.mark.parametrize(
    "value",
    [
        FBCLID,
        f"fb.1.1554763741.{FBCLID}",
        f"fb.1.{FBCLID}",
        f"fb.x.1554763741205.{FBCLID}",
        f"FB.1.1554763741205.{FBCLID}",
        "fb.1.1554763741205.",
        "fb.1.1554763741205.with.dot",
        f"fb.1.1554763741205.{FBCLID}.XX",
        f"fb.1.1554763741205.{FBCLID}.AQ.AQ",
        "fb.1.1554763741205.a b",
        "fb.1.1554763741205.<script>",
        "fb.1.155476374120５.abc",
        "fb.1.1554763741205." + "x" * 501,
    ],
)
def test_meta_21_it_drops_a_malformed_fbc(value: str) -> None:
    assert facebook(field="fbc", value=value).dropped == "invalid_click_id"


def test_it_passes_fbp_and_drops_what_only_looks_like_it() -> None:
    assert facebook(field="fbp", value="fb.1.1558571054389.1098115397").wire == ("fb.1.1558571054389.1098115397",)
    assert facebook(field="fbp", value="1098115397").dropped == "invalid_click_id"


@pytest.mark.parametrize("field", ["gclid", "gbraid", "wbraid"])
def test_it_passes_googles_click_ids_byte_for_byte(field: str) -> None:
    for value in ("EAIaIQobChMI-aBc_DeF", "TeSter-123", "Cj0KCQjw==", "a" * 512, "d41d8cd98f00b204e9800998ecf8427e"):
        assert google(field=field, value=value).wire == (value,)
    for value in ("a b", "<script>", "a&b=c", "abc%3D", "é", "a" * 513, "{gclid}"):
        assert google(field=field, value=value).dropped == "invalid_click_id"
    assert google(field=field, value="a" * 10_000).dropped == "too_long"
    assert facebook(field=field, value="TeSter-123").dropped == "not_used_by_network"


def test_it_passes_linkedins_own_ids_byte_for_byte() -> None:
    assert linkedin(field="li_fat_id", value="0FbE1a-7c3D").wire == ("0FbE1a-7c3D",)
    assert linkedin(field="acxiom_id", value="XY/1234+=").wire == ("XY/1234+=",)
    assert linkedin(field="li_fat_id", value="a b").dropped == "invalid_click_id"
    assert google(field="li_fat_id", value="abc").dropped == "not_used_by_network"


def test_it_drops_the_device_id_of_a_phone_that_opted_out() -> None:
    device = "38400000-8cf0-11bd-b23e-10b96e40000d"
    assert linkedin(field="google_aid", value=device.upper()).wire == (device,)
    assert linkedin(field="google_aid", value="00000000-0000-0000-0000-000000000000").dropped == "placeholder"
    assert linkedin(field="google_aid", value=device.replace("-", "")).dropped == "invalid_device_id"


@pytest.mark.parametrize("value", ["123456789012345", "1234567890123456", "12345678901234567"])
def test_meta_02_it_keeps_a_lead_id_as_text(value: str) -> None:
    assert facebook(field="lead_id", value=value).wire == (value,)
    assert facebook(field="lead_id", value=f"l:{value}").wire == (value,)


@pytest.mark.parametrize(
    "value", ["1234", "1" * 18, "1.23457E+15", "123456789012345.0", "f:123456789012345", "١" * 15, "-" * 15]
)
def test_meta_02_it_drops_what_is_no_lead_id(value: str) -> None:
    assert facebook(field="lead_id", value=value).dropped == "invalid_lead_id"


def test_it_gives_a_linkedin_lead_its_urn_linkedin_a12() -> None:
    urn = "urn:li:leadGenFormResponse:3c6f1a-b2"
    assert linkedin(field="lead_id", value="3c6f1a-b2").wire == (urn,)
    assert linkedin(field="lead_id", value=urn).wire == (urn,)
    assert linkedin(field="lead_id", value="urn:li:leadGenFormResponse:123456789012345").dropped is None
    assert linkedin(field="lead_id", value="123456789012345").dropped == "not_used_by_network"
    for value in ("urn:li:leadGenForm:1", "urn:li:leadGenFormResponse:", "a b"):
        assert linkedin(field="lead_id", value=value).dropped == "invalid_lead_id"


def test_meta_22_it_keeps_the_case_of_an_external_id_in_either_mode() -> None:
    hashed = facebook(field="external_id", value=" User-7 ")
    assert (hashed.values, hashed.wire) == (("User-7",), (sha256_hex("User-7"),))
    raw = facebook(field="external_id", value=" User-7 ", external_id_mode="raw")
    assert (raw.values, raw.hashed, raw.wire) == (("User-7",), (), ("User-7",))


def test_meta_22_it_does_not_take_a_uuid_without_dashes_for_a_hash() -> None:
    uuid = "0188a5eb4dd97d2a9c0f6c2b1f3e4a5b"
    assert facebook(field="external_id", value=uuid).hashed == (sha256_hex(uuid),)


def test_meta_17_it_passes_a_hashed_external_id_once() -> None:
    assert facebook(field="external_id", value="B" * 64).wire == ("b" * 64,)
    assert facebook(field="external_id", value="B" * 64, external_id_mode="raw").wire == ("B" * 64,)


def test_it_sends_linkedins_external_id_raw_in_either_mode() -> None:
    for mode in ("raw", "sha256"):
        assert linkedin(field="external_id", value="User-7", external_id_mode=mode).wire == ("User-7",)
    assert google(field="external_id", value="User-7").dropped == "not_used_by_network"


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("8.8.8.8", "8.8.8.8"),
        (" 192.0.66.168 ", "192.0.66.168"),
        ("2001:4860:4860::8888", "2001:4860:4860::8888"),
        ("2001:4860:4860:0000:0000:0000:0000:8888", "2001:4860:4860::8888"),
        ("2A00:1450::1", "2a00:1450::1"),
        ("::ffff:8.8.8.8", "8.8.8.8"),
    ],
)
def test_meta_23_it_passes_a_visitors_address(value: str, form: str) -> None:
    assert facebook(field="client_ip_address", value=value).wire == (form,)
    assert google(field="client_ip_address", value=value).wire == (form,)
    on_linkedin = linkedin(field="client_ip_address", value=value)
    assert (on_linkedin.wire or on_linkedin.dropped) == ("ipv6_not_accepted" if ":" in form else (form,))


NOBODYS = """
127.0.0.1 10.1.2.3 192.168.1.1 172.16.0.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 192.0.2.1 255.255.255.255
::1 :: fe80::1 fd00::1 ff02::1 2001:db8::1 64:ff9b::808:808 2002:808:808::1 ::ffff:10.0.0.1
"""


@pytest.mark.parametrize("network", ["facebook", "google", "linkedin"])
@pytest.mark.parametrize("value", NOBODYS.split())
def test_it_drops_an_address_that_is_nobodys_own_linkedin_a10(network: str, value: str) -> None:
    assert normalise(network=network, field="client_ip_address", value=value).dropped == "private_ip"


@pytest.mark.parametrize(
    "value", ["999.999.999.999", "8.8.8", "8.8.8.8:443", "8.8.8.8, 1.1.1.1", "010.1.1.1", "host.example"]
)
def test_it_drops_what_is_not_one_address(value: str) -> None:
    assert facebook(field="client_ip_address", value=value).dropped == "invalid_ip"
    assert facebook(field="client_ip_address", value="2a00:1450::1%eth0").dropped == "invalid_ip"


def test_it_passes_a_user_agent_as_it_is() -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/146.0"
    assert facebook(field="client_user_agent", value=agent).wire == (agent,)
    assert google(field="client_user_agent", value=agent).wire == (agent,)
    assert linkedin(field="client_user_agent", value=agent).dropped == "not_used_by_network"
    assert facebook(field="client_user_agent", value="a\r\nX-Evil: 1").dropped == "invalid_user_agent"
    assert facebook(field="client_user_agent", value="a" * 5_000).dropped == "too_long"


@given(st.ip_addresses(v=4).map(str) | st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){3}", fullmatch=True))
def test_it_judges_an_ipv4_address_as_the_standard_library_does(text: str) -> None:
    expected: str | None = "invalid_ip"
    try:
        address = ip_address(text)
    except ValueError:
        pass
    else:
        expected = None if address.is_global and not address.is_multicast else "private_ip"
    found = facebook(field="client_ip_address", value=text)
    assert (found.dropped, found.values) == (expected, () if expected else (text,))
