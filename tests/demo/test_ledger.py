"""The demo's own bookkeeping: it must find a ledger that does not add up, and show it so that a person can read it."""

from dataclasses import replace

from tools.demo.ledger import Ledger, differences, summary
from tools.demo.table import tables

LEDGER = Ledger(
    signals=7,
    unjudged=0,
    judged=9,
    by_state={"blocked": 3, "sent": 5, "failed": 1},
    by_network={"facebook": {"blocked": 3, "sent": 2}, "google": {"sent": 3, "failed": 1}},
    blocked_by_reason={"no_lead": 2, "consent_denied": 1},
)
ACCEPTED = {"facebook": 2, "google": 3, "linkedin": 0}


def test_it_finds_nothing_wrong_where_all_adds_up() -> None:
    assert differences(LEDGER, ACCEPTED, expected=frozenset({"no_lead"})) == []


def test_it_names_the_network_whose_count_differs() -> None:
    assert differences(LEDGER, {**ACCEPTED, "google": 4}, expected=frozenset()) == [
        "google: we count 3 sent, the sandbox accepted 4"
    ]


def test_it_says_when_the_states_or_the_reasons_do_not_add_up() -> None:
    wrong = replace(LEDGER, judged=10, blocked_by_reason={"no_lead": 2})
    first, second = differences(wrong, ACCEPTED, expected=frozenset())
    assert first == "judged is 10, but its states add up to 9"
    assert second == "blocked is 3, but its reasons add up to 2"


def test_it_names_a_reason_that_never_occurred() -> None:
    assert differences(LEDGER, ACCEPTED, expected=frozenset({"bad_currency", "no_lead"})) == [
        "nothing was blocked for: bad_currency"
    ]


def test_it_ends_with_the_line_that_was_promised() -> None:
    assert summary(LEDGER, ACCEPTED) == {
        "signals": 7,
        "judged": 9,
        "blocked": 3,
        "sent": 5,
        "confirmed": 0,
        "failed": 1,
        "waiting": 0,
        "by_network": {
            "facebook": {"sent": 2, "accepted_by_sandbox": 2},
            "google": {"sent": 3, "accepted_by_sandbox": 3},
            "linkedin": {"sent": 0, "accepted_by_sandbox": 0},
        },
        "blocked_by_reason": {"no_lead": 2, "consent_denied": 1},
    }


def test_it_aligns_the_tables_and_says_each_reason_in_a_sentence() -> None:
    lines = tables(LEDGER).splitlines()
    assert lines[0].split() == [
        "network",
        "judged",
        "blocked",
        "cancelled",
        "waiting",
        "sending",
        "sent",
        "confirmed",
        "failed",
        "expired",
        "unknown",
        "poisoned",
    ]
    assert lines[1].index("5") == lines[0].index("judged") + len("judged") - 1
    assert "no_lead" in lines[7]
    assert lines[7].endswith("it has no lead id.")
