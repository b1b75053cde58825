"""Names of people, companies and jobs, and streets, in each network's form."""

import pytest

from tests.domain.identity.door import facebook, google, linkedin

META = [
    ("Mary-Jane", "maryjane"),
    ("D'Artagnan", "dartagnan"),
    ("D’Artagnan", "dartagnan"),
    ("Jean  Luc", "jeanluc"),
    ("Anne–Marie", "annemarie"),
    ("Dr. Zoë", "drzoë"),
    ("Vale\u0301ry", "valéry"),
    ("Władysław", "władysław"),
    ("GROẞ", "groß"),
    ("İbrahim", "i\u0307brahim"),
    ("\u212aelly", "kelly"),
    ("ΓΙΏΡΓΟΣ", "γιώργος"),
    ("Иван-Пётр", "иванпётр"),
    ("علی\u200cرضا", "علیرضا"),
    ("अनुष्का", "अनुष्का"),
    ("山田 太郎", "山田太郎"),
    ("Mary 🌸\ufe0f", "mary"),
    ("Ma\u00adry\u200b", "mary"),
    ("O\u00b4Neil", "oneil"),
    ("X Æ A-12", "xæa12"),
]


@pytest.mark.parametrize(("value", "form"), META)
def test_it_joins_a_name_for_meta_and_keeps_every_script(value: str, form: str) -> None:
    for field in ("firstname", "lastname"):
        assert facebook(field=field, value=value).values == (form,)


@pytest.mark.parametrize(("value", "form"), META)
def test_it_gives_linkedins_hashed_names_the_same_form_linkedin_a11(value: str, form: str) -> None:
    result = linkedin(field="hashed_firstname", value=value)
    assert (result.values, len(result.hashed)) == ((form,), 1)
    assert linkedin(field="hashed_lastname", value=value) == result


@pytest.mark.parametrize("value", ["-", "...", "12345", "🌸", "\u3164", "\u2764\ufe0f", "\u00b0"])
def test_it_drops_a_name_without_letters(value: str) -> None:
    assert facebook(field="firstname", value=value).dropped == "no_letters"
    assert google(field="firstname", value=value).dropped == "no_letters"
    assert google(field="lastname", value=value).dropped == "no_letters"
    assert linkedin(field="hashed_firstname", value=value).dropped == "no_letters"


GIVEN = [
    (" Alex   ", "alex"),
    (" Mr. Alex   ", "alex"),
    (" Mrs. Alex", "alex"),
    ("Ms. Alex", "alex"),
    (" Dr. Alex   ", "alex"),
    ("Dr Alex", "alex"),
    ("Mr. Dr. Alex", "alex"),
    (" Alex Dr.", "alex"),
    (" Mralex   ", "mralex"),
    ("Jean  Luc", "jean luc"),
    ("Mary-Jane", "mary-jane"),
    ("Zoë", "zoë"),
    ("Ju\u0308rgen", "jürgen"),
    ("太郎", "太郎"),
]


@pytest.mark.parametrize(("value", "form"), GIVEN)
def test_google_05_it_strips_titles_from_the_given_name(value: str, form: str) -> None:
    assert google(field="firstname", value=value).values == (form,)


FAMILY = [
    (" Quinn   ", "quinn"),
    ("Quinn-Alex", "quinnalex"),
    (" Quinn, Jr.   ", "quinn"),
    (" Quinn,Jr.   ", "quinn"),
    (" Quinn Sr.  ", "quinn"),
    ("quinn, jr. dds", "quinn"),
    ("quinn, jr., dds", "quinn"),
    ("Boardds", "boardds"),
    ("lacparm", "lacparm"),
    ("O'Neil III", "oneil"),
    ("Müller, Ph.D.", "müller"),
    ("Quinn 2nd", "quinn"),
    ("van der  Berg", "van der berg"),
    ("Vi", "vi"),
    ("Md", "md"),
    ("Jr.", "jr"),
    ("Núñez", "núñez"),
]


@pytest.mark.parametrize(("value", "form"), FAMILY)
def test_google_05_it_strips_suffixes_and_punctuation_from_the_family_name(value: str, form: str) -> None:
    assert google(field="lastname", value=value).values == (form,)


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("  Keizersgracht  12-A ", "keizersgracht 12-a"),
        ("10 Downing St., London", "10 downing st., london"),
        ("Königstraße\n1", "königstraße 1"),
        ("12", "12"),
    ],
)
def test_it_only_lower_cases_googles_street(value: str, form: str) -> None:
    result = google(field="street", value=value)
    assert (result.values, len(result.hashed)) == ((form,), 1)
    assert google(field="street", value="- . -").dropped == "no_letters"


def test_it_sends_linkedins_names_plain_and_cut_at_35_and_50_linkedin_a11() -> None:
    assert linkedin(field="firstname", value="  Zoë   Anne ").wire == ("Zoë Anne",)
    assert linkedin(field="firstname", value="é" * 40).wire == ("é" * 35,)
    assert linkedin(field="lastname", value="a" * 34 + " b").wire == ("a" * 34,)
    assert linkedin(field="jobtitle", value="😀 Chief " + "o" * 60).wire == ("😀 Chief " + "o" * 42,)
    assert linkedin(field="company", value="Ünlü \x00\u202eA.Ş.").wire == ("Ünlü A.Ş.",)
    assert len(linkedin(field="company", value="x" * 60).wire[0]) == 50
    assert linkedin(field="company", value="x" * 60).hashed == ()


def test_it_drops_what_is_too_long_to_be_a_name() -> None:
    assert facebook(field="firstname", value="a" * 100_000).dropped == "too_long"
    assert facebook(field="firstname", value="mary" + " " * 100_000).values == ("mary",)
