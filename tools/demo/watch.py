"""Watching the product from outside until all that was played has settled."""

import time
from collections import Counter
from collections.abc import Mapping

import requests

from tools.demo.ledger import UNDER_WAY, Ledger
from tools.demo.place import SECONDS, Place, Trouble, session

SETTLES_WITHIN, GLANCE = 120.0, 0.5
Noticed = tuple[str, str]  # a kind of signal, and the form's or custom event's id, the stage's name, or the event's id


def settled(place: Place, noticed: Counter[Noticed]) -> Ledger:
    """The ledger once every signal is judged for every event that wants it and nothing is under way.

    `noticed` are the signals that must be there. Raises Trouble naming what is stuck after SETTLES_WITHIN seconds.
    """
    client = session(place.api_key)
    wanted = conversions_wanted(client, place, noticed)
    deadline = time.monotonic() + SETTLES_WITHIN
    while True:
        ledger = read_ledger(client, place)
        if not ledger.under_way and ledger.judged >= wanted:
            break
        if time.monotonic() > deadline:
            raise Trouble(_stuck(ledger, wanted))
        time.sleep(GLANCE)
    if (ledger.signals, ledger.judged) != (noticed.total(), wanted):
        raise Trouble(
            f"{noticed.total():,} signals and {wanted:,} judgements were due, but there are {ledger.signals:,} and "
            f"{ledger.judged:,}. Did somebody else write into the demo workspace meanwhile?"
        )
    return ledger


def read_ledger(client: requests.Session, place: Place) -> Ledger:
    """The ledger as it stands."""
    answer = client.get(f"{place.base_url}/api/v1/ledger", timeout=SECONDS)
    answer.raise_for_status()
    return Ledger.read(answer.json())


def accepted_by_sandbox(place: Place) -> dict[str, int]:
    """How many conversions each network's stand-in says it took."""
    answer = session().get(f"{place.sandbox_url}/_sandbox/ledger", timeout=SECONDS)
    answer.raise_for_status()
    return {network: count["accepted"] for network, count in answer.json()["counts"].items()}


def conversions_wanted(client: requests.Session, place: Place, noticed: Mapping[Noticed, int]) -> int:
    """How many rows the ledger must end with: each signal once for every event on its trigger, switched off or not.

    A correction is for one event.
    """
    answer = client.get(f"{place.base_url}/api/v1/events", timeout=SECONDS)
    answer.raise_for_status()
    corrections = sum(count for (kind, _), count in noticed.items() if kind == "adjustment")
    heard = [(event["trigger"], event["trigger_name"]) for event in answer.json()["results"]]
    return corrections + sum(noticed.get(each, 0) for each in heard)


def _stuck(ledger: Ledger, wanted: int) -> str:
    owed = ", ".join(
        f"{counts[state]:,} {state} at {network}"
        for network, counts in sorted(ledger.by_network.items())
        for state in UNDER_WAY
        if counts.get(state)
    )
    unjudged = f"{ledger.unjudged:,} signals are not judged yet" if ledger.unjudged else ""
    missing = f"{wanted - ledger.judged:,} judgements are missing" if ledger.judged < wanted else ""
    what = "; ".join(filter(None, (unjudged, missing, owed)))
    return f"It did not settle within {SETTLES_WITHIN:.0f} s: {what}. .local/logs/worker.log says why."
