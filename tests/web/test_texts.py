"""Every text a reader can meet is there in Dutch too, in the compiled file that is served, by the glossary."""

import re
from io import BytesIO

import pytest
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po
from django.test import Client
from django.utils import translation

from apps.ads.registry import NETWORKS
from apps.core.errors import Fault, InvalidInput
from apps.domain.identity.reasons import DropReason
from apps.domain.reasons import REASONS
from apps.domain.steps import PASSED, TITLES
from apps.pipeline.explain import SUMMARIES
from apps.web import faults, texts, wording

AGAIN = "run `./run manage texts` and translate what it names"
PLACEHOLDERS = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
# Words that are the same in both languages.
SAME = {
    "Contact",
    "Details",
    "E-mail",
    "Id",
    "Marketeer",
    "Menu",
    "Pixel (dataset)",
    "Route",
    "Trace-id",
    "Trigger",
    "User agent",
}


def _dutch():
    with (texts.folder() / "django.po").open("rb") as file:
        return read_po(file, locale="nl")


def test_it_has_a_dutch_text_for_everything():
    gathered, held = texts.catalog(), _dutch()
    assert [message.id for message in gathered if message.id and message.id not in held] == [], AGAIN
    assert texts.untranslated(held) == [], AGAIN
    assert [message.id for message in held if message.fuzzy and message.id] == [], AGAIN


def test_it_holds_no_dutch_that_nobody_reads():
    gathered = texts.catalog()
    assert [message.id for message in _dutch() if message.id and message.id not in gathered] == [], AGAIN
    assert not _dutch().obsolete


def test_it_serves_what_was_translated():
    compiled = BytesIO()
    write_mo(compiled, _dutch())
    with (texts.folder() / "django.mo").open("rb") as file:
        served = {str(message.id): message.string for message in read_mo(file) if message.id}
    compiled.seek(0)
    wanted = {str(message.id): message.string for message in read_mo(compiled) if message.id}
    assert served == wanted, AGAIN


def test_it_keeps_every_placeholder():
    for message in _dutch():
        if message.id:
            ids = message.id if isinstance(message.id, list | tuple) else [message.id]
            strings = message.string if isinstance(message.string, list | tuple) else [message.string]
            assert {p for s in strings for p in PLACEHOLDERS.findall(s)} == {
                p for s in ids for p in PLACEHOLDERS.findall(s)
            }, message.id


def _tables():
    yield from (text for reason in REASONS.values() for text in (reason.sentence, reason.advice))
    yield from TITLES.values()
    yield from PASSED.values()
    yield from SUMMARIES.values()
    yield from (reason.explanation for reason in DropReason)
    for network in NETWORKS.values():
        manifest = network.manifest
        yield from manifest.warnings.values()
        yield from (shared.label for shared in manifest.shared)
        yield from (text for choice in manifest.choices for text in (choice.label, choice.help))


def test_it_says_every_text_of_the_domain_in_dutch():
    with translation.override("nl"):
        english = [text for text in _tables() if wording.say(text) == text and text not in SAME]
    assert english == []


@pytest.mark.parametrize(
    ("english", "dutch"),
    [
        ("Conversion events", "Conversiegebeurtenissen"),
        ("Signal", "Signaal"),
        ("Lifecycle stage", "Levenscyclusfase"),
        ("Form submission", "Formulierinzending"),
        ("Ad account", "Advertentieaccount"),
        ("Value", "Waarde"),
        ("Sent", "Verzonden"),
        ("Blocked", "Tegengehouden"),
    ],
)
def test_it_uses_the_glossary(english: str, dutch: str):
    with translation.override("nl"):
        assert wording.say(english) == dutch


def test_it_tells_every_fault_of_a_draft_in_dutch():
    with translation.override("nl"):
        for field, code in faults.TEXTS:
            said = faults.by_field(InvalidInput(Fault(field or "any", code, "English")))
            assert "English" not in said.values()


def test_it_switches_the_language_and_remembers_it(admin: Client):
    admin.post("/i18n/setlang/", {"language": "nl", "next": "/signals/"})
    page = admin.get("/signals/").content.decode()
    assert '<html lang="nl"' in page
    assert "Signalen" in page
    admin.post("/i18n/setlang/", {"language": "en", "next": "/signals/"})
    assert '<html lang="en"' in admin.get("/signals/").content.decode()
