"""Moments, amounts and payloads as they are read."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from apps.domain.states import State
from apps.web import formats, wording
from apps.web.bars import bar_of
from apps.web.templatetags.convsync import json_lit, plain_url

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "english", "dutch"),
    [
        (timedelta(seconds=20), "just now", "zojuist"),
        (timedelta(minutes=5), "5 min ago", "5 min geleden"),
        (timedelta(hours=1), "1 hour ago", "1 uur geleden"),
        (timedelta(hours=30), "30 hours ago", "30 uur geleden"),
        (timedelta(days=3), "3 days ago", "3 dagen geleden"),
        (timedelta(days=20), "2 Nov", "2 nov"),
        (timedelta(days=400), "18 Oct 2025", "18 okt 2025"),
        (-timedelta(hours=2), "in 2 hours", "over 2 uur"),
        (-timedelta(days=88), "in 88 days", "over 88 dagen"),
        (-timedelta(seconds=5), "in a moment", "zo meteen"),
    ],
)
def test_it_tells_how_long_ago_something_was(before: timedelta, english: str, dutch: str):
    with translation.override("en"):
        assert formats.relative(NOW - before, NOW) == english
    with translation.override("nl"):
        assert formats.relative(NOW - before, NOW).replace("nov.", "nov") == dutch


def test_it_gives_the_exact_moment_in_the_workspaces_zone_and_in_utc():
    with timezone.override(ZoneInfo("Europe/Amsterdam")), translation.override("en"):
        assert formats.exact(NOW) == "22 Nov 2026, 13:00:00 CET · 2026-11-22 12:00:00 UTC"


@pytest.mark.parametrize(("language", "told"), [("en", "Sat 24 Oct 2026"), ("nl", "za 24 okt 2026")])
def test_it_writes_a_day_as_the_reader_does(language: str, told: str):
    with translation.override(language):
        assert formats.day_of_week(date(2026, 10, 24)) == told
        assert told.endswith(formats.day(date(2026, 10, 24)))


def test_it_gives_a_moment_once_where_there_is_no_other_zone_than_utc():
    with timezone.override(UTC), translation.override("en"):
        assert formats.exact(NOW) == "22 Nov 2026, 12:00:00 UTC"


@pytest.mark.parametrize(
    ("language", "text", "read"),
    [
        ("en", "25.00", "25.00"),
        ("en", "1,250.50", "1250.50"),
        ("nl", "25,00", "25.00"),
        ("nl", "1.250,50", "1250.50"),
        ("nl", "much", "much"),
        ("nl", " 12 ", "12"),
        ("nl", "25.00", "25.00"),
    ],
)
def test_it_reads_an_amount_as_it_is_typed(language: str, text: str, read: str):
    with translation.override(language):
        assert formats.amount_typed(text) == read


@pytest.mark.parametrize(("language", "shown"), [("en", "€1,250.50"), ("nl", "€\xa01.250,50")])
def test_it_writes_money_with_its_currency(language: str, shown: str):
    with translation.override(language):
        assert formats.money(Decimal("1250.50"), "EUR") == shown


def test_it_never_reads_a_little_as_nothing():
    with translation.override("en"):
        assert formats.percent(0.001) == "<1%"
        assert formats.percent(0) == "0%"


def test_it_writes_the_facts_of_a_trace_for_people():
    with timezone.override(ZoneInfo("Europe/Amsterdam")), translation.override("nl"):
        assert wording.fact_shown("2026-11-22T12:00:00+00:00") == "22 nov 2026, 13:00"
        assert wording.fact_shown("email, client_user_agent") == "E-mail, User agent"
        assert wording.fact_shown("1250.50") == "1.250,50"
        assert wording.fact_shown("act_1001001") == "act_1001001"


@given(
    st.recursive(
        st.none() | st.booleans() | st.text() | st.integers(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_it_shows_any_payload_without_letting_markup_through(payload: object):
    text = json.dumps(payload, indent=2, ensure_ascii=False)
    shown = Template("{{ shown }}").render(Context({"shown": json_lit(text)}))
    bare = shown.replace("</span>", "")
    for kind in ("key", "text", "bare"):
        bare = bare.replace(f'<span class="json-{kind}">', "")
    assert "<" not in bare
    assert ">" not in bare


def test_it_shows_an_address_without_what_could_be_secret():
    address = "https://graph.facebook.com/v26.0/900/events?appsecret_proof=abc&access_token=def"
    assert plain_url(address) == "https://graph.facebook.com/v26.0/900/events"


@given(st.dictionaries(st.sampled_from([state.value for state in State]), st.integers(0, 10**7)))
def test_it_draws_a_bar_whose_parts_add_up(counts: dict[str, int]):
    bar = bar_of(counts)
    assert sum(part.count for part in bar.parts) == bar.total == sum(counts.values())
    assert all(0 <= float(part.x) <= 100 and float(part.width) > 0 for part in bar.parts)


@pytest.mark.parametrize("state", State)
def test_it_has_a_word_an_icon_and_a_tone_for_every_state(state: State):
    look = wording.STATES[state]
    assert str(look.word)
    assert look.icon
    assert look.tone in ("ok", "info", "warn", "bad", "off")
