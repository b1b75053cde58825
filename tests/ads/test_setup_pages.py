"""The help beside the connect screen: `setup.md` of each network, and its Dutch."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

import apps.ads.networks
from apps.ads.network import Network
from apps.ads.registry import NETWORKS
from apps.web.help import help_of

FOLDER = Path(apps.ads.networks.__file__).parent
LANGUAGES = [code for code, _ in settings.LANGUAGES if code != "en"]
each_network = pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
each_language = pytest.mark.parametrize("language", LANGUAGES)


def page(network: Network, language: str = "en") -> str:
    name = "setup.md" if language == "en" else f"setup.{language}.md"
    return (FOLDER / network.manifest.key / name).read_text(encoding="utf-8")


def terms(text: str) -> list[str]:
    """Every `term`, as often as it stands there."""
    return sorted(re.findall(r"`([^`\n]+)`", text))


def shape(text: str) -> list[str]:
    """The page's skeleton: its headings, table rows and list items, in their order."""
    return [found[0] for line in text.splitlines() if (found := re.match(r"#+ |\||- |\d\. ", line))]


@each_network
def test_it_names_every_permission_that_signing_in_asks_for(network: Network) -> None:
    asked = {scope.rsplit("/", 1)[-1] for scopes in network.sign_in.scopes.values() for scope in scopes}
    assert asked <= set(terms(page(network)))


@each_network
def test_it_says_how_many_days_ahead_it_warns_where_the_sign_in_ends(network: Network) -> None:
    *earlier, last = map(str, network.sign_in.warn_days)
    assert f"{', '.join(earlier)} and {last} days before" in page(network)


@each_network
@each_language
def test_it_says_the_same_in_each_language(network: Network, language: str) -> None:
    english, translated = page(network), page(network, language)
    assert terms(translated) == terms(english)
    assert shape(translated) == shape(english)


@each_network
@each_language
def test_it_is_shown_in_the_reader_s_language(network: Network, language: str) -> None:
    with translation.override(language):
        shown = help_of(network.manifest.key)
    second_heading = re.findall(r"^## (.+)$", page(network, language), re.MULTILINE)[0]
    assert f"<h2>{second_heading}</h2>" in shown
    assert second_heading not in page(network)
