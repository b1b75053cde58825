"""Waiting for the product to settle: what the demo says when it does not, or when somebody else wrote too."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.demo.test_ledger import LEDGER
from tools.demo import watch
from tools.demo.ledger import Ledger
from tools.demo.place import Place, Trouble

PLACE = Place("http://127.0.0.1:1", "http://127.0.0.1:2", 1, {}, {}, "key")
NOTICED = Counter({("stage_change", "lead"): 7})


def settled(monkeypatch: pytest.MonkeyPatch, ledger: Ledger, *, wanted: int) -> Ledger:
    monkeypatch.setattr(watch, "SETTLES_WITHIN", 0.0)
    monkeypatch.setattr(watch, "read_ledger", lambda client, place: ledger)
    monkeypatch.setattr(watch, "conversions_wanted", lambda client, place, noticed: wanted)
    return watch.settled(PLACE, NOTICED)


def test_it_returns_the_ledger_when_all_is_judged_and_nothing_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settled(monkeypatch, LEDGER, wanted=9) == LEDGER


def test_it_says_what_is_stuck_and_where(monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = replace(
        LEDGER, unjudged=4, by_state={"waiting": 2, "blocked": 7}, by_network={"linkedin": {"waiting": 2, "blocked": 7}}
    )
    with pytest.raises(Trouble) as trouble:
        settled(monkeypatch, stuck, wanted=12)
    assert "4 signals are not judged yet; 3 judgements are missing; 2 waiting at linkedin" in str(trouble.value)


def test_it_says_when_somebody_else_wrote_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Trouble, match="somebody else"):
        settled(monkeypatch, replace(LEDGER, signals=8), wanted=9)
