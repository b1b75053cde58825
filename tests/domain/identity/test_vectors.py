"""The networks' own published examples, and those that their official code agrees on: normal form and hash."""

import pytest

from tests.domain.identity.door import facebook, google, linkedin

META = [
    (
        "email",
        "John_Smith@gmail.com",
        "john_smith@gmail.com",
        "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f",
    ),
    ("email", "foo@bar.com", "foo@bar.com", "0c7e6a405862e402eb76a70f8a26fc732d07c32931e9fae9ab1582911d2e8a3b"),
    ("email", "a@b.c", "a@b.c", "d648b243a3e817eaa3309e00e183483f2867baadf522099f0c2121770536b25a"),
    ("email", '"a b"@c.d', '"a b"@c.d', "127c0c15264d00ef3a1d1e15d123aa4de68fdc23501a88893547fbd54ec296fa"),
    ("email", "fo'o@bar.com", "fo'o@bar.com", "1cb24a520b5a25841d6d02937ff4a5c31553f3002f923e291179b4e6dd4cc559"),
    ("email", "joe@eg.com", "joe@eg.com", "8830eedd6c6b5ea97d181563a349476ca1bb25ace1f94b5c5e48d9cad727941b"),
    ("email", "mary@test.com", "mary@test.com", "dc9fd7aeec76f0850acc1c9c20d8beca58056307082f798bf35f867341bcde86"),
    ("phone", "(650)555-1212", "16505551212", "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176"),
    ("phone", "12345678912", "12345678912", "2f7e2ea57f3dbf40f00a3d92b149778831cd23f399b1dcdede5c495421b698c0"),
    ("phone", "12062072008", "12062072008", "b82999fbe6c6a1e3807a652afe03612d1d45dfc56a481435ab00ca772b6d881c"),
    ("phone", "+1 (616) 954-78 88", "16169547888", "bb2fa2e6d2cea4746530c99686d0c7886ab2019875dca2d7e9e171c0e6ada00d"),
    ("firstname", "Mary", "mary", "6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec"),
    ("firstname", "Valéry", "valéry", "08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c"),
    ("firstname", "정", "정", "8fa8cd9c440be61d0151429310034083132b35975c4bea67fdd74158eb51db14"),
    ("firstname", "joe", "joe", "78675cc176081372c43abab3ea9fb70c74381eb02dc6e93fb6d44d161da6eeb3"),
    ("lastname", "smith", "smith", "6627835f988e2c5e50533d491163072d3f4f41f5c8b04630150debb3722ca2dd"),
    ("date_of_birth", "2/16/1997", "19970216", "01acdbf6ec7b4f478a225f1a246e5d6767eeab1a7ffa17f025265b5b94f40f0c"),
    ("date_of_birth", "19900101", "19900101", "d6165fc8037886424321260c0f9c2a76f7d8d545a02f95c70da9952a13299f33"),
    ("country", "United States", "us", "79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621"),
    ("country", "ca", "ca", "6959097001d10501ac7d54c0bdb8db61420f658f2922cc26e46d536119a31126"),
    ("state", "ca", "ca", "6959097001d10501ac7d54c0bdb8db61420f658f2922cc26e46d536119a31126"),
    ("city", "San Francisco", "sanfrancisco", "1a6bd4d9d79dc0a79b53795c70d3349fa9e38968a3fbefbfe8783efb1d2b6aac"),
    ("city", "seattle", "seattle", "3151a8f227c0e11fd9a7fd1aa24ebfee734503dea095c22c3b2fae09d62eeb25"),
    ("zip", "98001", "98001", "6a86295f630d0d5875fac8762a543c3d913fa139682f61d449aad6a3fe8c6303"),
    ("zip", "94105-1234", "94105", "e73ac16e69f060ee98b0fda5f66f48c4648ee26950e9bab3a097389853fd859e"),
    ("zip", "M1 1AE", "m11ae", "1dc694c2070e697769fb959b50671d76cafd430d8ca191fbdd0affcaea344ac5"),
    ("gender", "m", "m", "62c66a7a5dd70c3146618063c344e531e6d4b59e379808443ce962b3abd63c5a"),
    ("gender", "f", "f", "252f10c83610ebca1a059c0bae8255eba2f95be4d1d7bcfa89d7248a82d9f111"),
]
_META_COUNTRY = {"phone": "US", "zip": None, "state": None}


@pytest.mark.parametrize(("field", "value", "form", "digest"), META)
def test_meta_13_it_passes_metas_vectors(field: str, value: str, form: str, digest: str) -> None:
    result = facebook(field=field, value=value, country=_META_COUNTRY.get(field))
    assert (result.values, result.hashed, result.dropped) == ((form,), (digest,), None)
    assert result.wire == (digest,)


@pytest.mark.parametrize("value", ["a", "abc", "a@b", "@b.c", ".c", "@"])
def test_meta_13_it_drops_what_metas_code_refuses_as_an_email(value: str) -> None:
    assert facebook(field="email", value=value).dropped == "invalid_email"


def test_meta_17_it_trims_a_ready_made_hash_as_metas_code_does() -> None:
    result = facebook(field="email", value=f"  {'a' * 64} ")
    assert (result.values, result.hashed) == ((), ("a" * 64,))


GOOGLE = [
    (
        "email",
        "alexz@example.com",
        "alexz@example.com",
        "509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a",
    ),
    (
        "email",
        "  ALEXZ@example.com   ",
        "alexz@example.com",
        "509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a",
    ),
    (
        "email",
        "cloudy.sanfrancisco+shopping@gmail.com",
        "cloudysanfrancisco@gmail.com",
        "223ebda6f6889b1494551ba902d9d381daf2f642bae055888e96343d53e9f9c4",
    ),
    (
        "email",
        "j.e.f..ferson.Loves.hiking@gmail.com",
        "jeffersonloveshiking@gmail.com",
        "515d2f967f73864e76937ab2b897210a86fd286016903b1b08c3da07c75f513e",
    ),
    (
        "email",
        "user.name+NYC@Example.com",
        "user.name+nyc@example.com",
        "f109a2a632fbcea5fc82049f50beed3d8621bf9034399f437fb622222acccdac",
    ),
    ("phone", "1 800 555 0100", "+18005550100", "fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30"),
    ("phone", "+1 800-555-0100", "+18005550100", "fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30"),
    ("phone", "44-113-496-0987", "+441134960987", "0fac52d27ec377f8ad2f9de75d1f9bace693237e31868ae6f4616b8bbd0e94fb"),
    ("firstname", "  GivenName  ", "givenname", "128a07bfe2df877c52076e60d7774cf5baaa046c5a6c48daf30ff43ecca2f814"),
    ("lastname", "  FamilyName ", "familyname", "77762c287e61ce065bee5c15464012c6fbe088398b8057627d5577249430d574"),
]


@pytest.mark.parametrize(("field", "value", "form", "digest"), GOOGLE)
def test_google_05_c09_it_passes_googles_vectors(field: str, value: str, form: str, digest: str) -> None:
    result = google(field=field, value=value, country="GB" if value.startswith("44") else "US")
    assert (result.values, result.hashed, result.dropped) == ((form,), (digest,), None)


GOOGLE_REJECTS = [
    ("email", None, "empty"),
    ("email", "", "empty"),
    ("email", "quinn", "invalid_email"),
    ("email", "@example.com", "invalid_email"),
    ("email", " ...@gmail.com", "invalid_email"),
    ("phone", None, "empty"),
    ("phone", "+abc-DEF", "invalid_phone"),
    ("phone", "++++", "invalid_phone"),
    ("firstname", " ", "empty"),
    ("firstname", " Mr. ", "only_a_title"),
    ("lastname", ", Jr. ", "only_a_title"),
    ("lastname", ",Jr.,DDS ", "only_a_title"),
    ("country", "u", "unknown_country"),
    ("country", " u2 ", "unknown_country"),
    ("zip", "  ", "empty"),
]


@pytest.mark.parametrize(("field", "value", "reason"), GOOGLE_REJECTS)
def test_google_05_it_drops_only_what_googles_code_refuses(field: str, value: str | None, reason: str) -> None:
    result = google(field=field, value=value)
    assert (result.values, result.hashed, result.dropped) == ((), (), reason)


def test_it_hashes_linkedins_email_whatever_its_case_and_blanks_linkedin_a8() -> None:
    assert linkedin(field="email", value=" Mike@Example.COM ") == linkedin(field="email", value="mike@example.com")
    assert linkedin(field="email", value="mike@ example.com").values == ("mike@example.com",)


def test_it_folds_no_gmail_address_for_linkedin_linkedin_a8() -> None:
    assert linkedin(field="email", value="M.Ike+x@gmail.com").values == ("m.ike+x@gmail.com",)
    assert linkedin(field="email", value="A" * 64).hashed == ("a" * 64,)
    assert linkedin(field="email", value="A" * 32).dropped == "md5_hash"
