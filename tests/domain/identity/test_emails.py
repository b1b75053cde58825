"""E-mail addresses: what is kept, what is folded where, what is dropped."""

import pytest

from apps.domain.identity import normalise
from tests.domain.identity.door import facebook, google, linkedin

NETWORKS = ("facebook", "google", "linkedin")


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("\ufeffJoe@EG.com\u200b", "joe@eg.com"),
        ("\u00a0joe@eg.com\u00a0", "joe@eg.com"),
        ("joe+news@eg.com", "joe+news@eg.com"),
        ("o'brien@eg.co.uk", "o'brien@eg.co.uk"),
        ("joe@Müller.DE", "joe@xn--mller-kva.de"),
        ("joe@xn--mller-kva.de", "joe@xn--mller-kva.de"),
        ("joe@mu\u0308ller.de", "joe@xn--mller-kva.de"),
        ("joe@straße.de", "joe@xn--strae-oqa.de"),
        ("joe@例え.jp", "joe@xn--r8jz45g.jp"),
        ("joe@例え。jp", "joe@xn--r8jz45g.jp"),
        ("joe@ｅｇ.com", "joe@eg.com"),
        ('"joe"@eg.com', '"joe"@eg.com'),
        ('"j@e"@eg.com', '"j@e"@eg.com'),
    ],
)
def test_it_keeps_a_real_address(network: str, value: str, form: str) -> None:
    assert normalise(network=network, field="email", value=value).values == (form,)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize(
    "value",
    [
        "jörg@müller.de",
        "\u212aelly@eg.com",  # a Kelvin sign, which lower-cases to k
        "\u0130brahim@eg.com",  # a Turkish İ, which lower-cases to two characters
        "joe@eg",
        "joe@eg..com",
        "joe@.eg.com",
        "joe@eg.com.",
        "joe@-eg.com",
        "joe@e_g.com",
        "joe@192.168.0.1",
        "joe@[192.168.0.1]",
        "joe.@eg.com",
        ".joe@eg.com",
        "joe..smith@eg.com",
        "joe@mary@eg.com",
        "Joe Smith <joe@eg.com>",
        "joe@eg.com,mary@eg.com",
        "joe@eg.com; mary@eg.com",
        "joe(at)eg.com",
        "joe\x00@eg.com",
        "j" * 65 + "@eg.com",
        "joe@" + "e" * 64 + ".com",
        "joe@" + "eg." * 90 + "com",
        '""@eg.com',
        "joe@\u0301eg.com",
        "joe@e\u20acg.com",
    ],
)
def test_it_drops_what_is_not_one_address(network: str, value: str) -> None:
    assert normalise(network=network, field="email", value=value).dropped == "invalid_email"


def test_it_treats_a_blank_inside_as_each_network_documents() -> None:
    assert facebook(field="email", value="jo e@eg.com").dropped == "invalid_email"
    assert google(field="email", value="jo e@eg.com").dropped == "invalid_email"
    assert google(field="email", value='"jo e"@eg.com').dropped == "invalid_email"
    assert linkedin(field="email", value="jo e@eg.com").values == ("joe@eg.com",)


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("Jane.Doe+shopping@gmail.com", "janedoe@gmail.com"),
        ("Jane.Doe+shopping@GOOGLEMAIL.com", "janedoe@googlemail.com"),
        ("Jane.Doe+shopping@gmail.co.uk", "jane.doe+shopping@gmail.co.uk"),
        ("Jane.Doe+shopping@mail.gmail.com", "jane.doe+shopping@mail.gmail.com"),
        ("QuinnY@EXAMPLE.com", "quinny@example.com"),
    ],
)
def test_it_folds_only_gmail_and_googlemail_and_only_for_google(value: str, form: str) -> None:
    assert google(field="email", value=value).values == (form,)
    assert facebook(field="email", value=value).values == (value.lower(),)
    assert linkedin(field="email", value=value).values == (value.lower(),)


def test_it_drops_a_gmail_address_that_is_only_a_tag() -> None:
    assert google(field="email", value="+news@gmail.com").dropped == "invalid_email"


def test_it_does_not_judge_placeholders() -> None:
    assert facebook(field="email", value="test@test.com").values == ("test@test.com",)
