"""`manage.py hooks`: what an operator copies into a network's pages."""

import re
from io import StringIO

from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from apps.ads.asking import SANDBOX_APPS

MINE, SECRET = "4711", "a-secret-of-the-operator"


def printed(settings: Settings, apps: dict[str, tuple[str, str]]) -> dict[str, dict[str, str]]:
    """What the command says of the networks themselves, by network and line."""
    settings.NETWORK_APPS, settings.SANDBOX_URL, settings.BASE_URL = apps, "", "https://convsync.example.com"
    said = StringIO()
    call_command("hooks", stdout=said)
    assert SECRET not in said.getvalue()
    blocks = re.findall(r"^(\S.*)\n((?:  .*\n)+)", said.getvalue(), re.MULTILINE)
    return {title: {line[2:17].strip(): line[17:] for line in lines.splitlines()} for title, lines in blocks}


def test_it_prints_the_addresses_to_register_at_each_network(settings: Settings) -> None:
    told = printed(settings, {})
    assert told.keys() == {"Facebook (live)", "Google Ads (live)", "LinkedIn (live)"}
    assert told["Google Ads (live)"]["come back to"] == "https://convsync.example.com/connect/google/back/"
    assert told["LinkedIn (live)"]["leads told at"] == "https://convsync.example.com/hooks/leads/linkedin/"
    assert "leads told at" not in told["Google Ads (live)"]
    assert all("not registered" in block["app"] for block in told.values())


def test_it_prints_a_verify_token_where_the_network_repeats_one(settings: Settings, client: Client) -> None:
    told = printed(settings, {"facebook": (MINE, SECRET), "linkedin": (MINE, SECRET)})
    assert told["Facebook (live)"]["app"] == MINE
    assert "verify token" not in told["LinkedIn (live)"]
    asked = {
        "hub.mode": "subscribe",
        "hub.verify_token": told["Facebook (live)"]["verify token"],
        "hub.challenge": "12345",
    }
    assert client.get("/hooks/leads/facebook/", asked).content == b"12345"


def test_it_tells_the_sandbox_s_apps_apart(settings: Settings) -> None:
    settings.NETWORK_APPS, settings.SANDBOX_URL = {}, "http://127.0.0.1:8010"
    said = StringIO()
    call_command("hooks", stdout=said)
    assert f"Facebook (sandbox)\n  app            {SANDBOX_APPS['facebook'].id}\n" in said.getvalue()
