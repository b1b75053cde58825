"""How many conversions a second one core judges and renders: the pure functions that judging uses, no database.

`python -m tools.bench.render [NETWORK ...]` measures them alone. What is timed is what happens for each conversion once
its facts are read: the case, the decision, every identifier brought to the network's form and hashed, the conversion's
own id, its JSON, and the body of each full request. The trace is taken down, but written out only where it is stored.
"""

import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from apps.ads.registry import NETWORKS
from apps.core.ids import short_hash
from apps.domain import facts
from apps.domain.decide import decide
from apps.domain.decision import Case
from apps.domain.facts import Trigger, ValueFrom
from tools.demo.names import COUNTRIES
from tools.demo.pen import BROWSERS, SITE
from tools.demo.people import person
from tools.launcher.fault import Fault

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BATCH, ROUNDS, WARM_UP, SEED = 250, 400, 2_000, 11
# The five identifiers of a conversion at Facebook; elsewhere those of them that the network takes, and its click.
IDENTIFIERS = ("email", "phone", "firstname", "lastname", "external_id")
TRIGGERS = {"facebook": Trigger.FORM_SUBMISSION, "google": Trigger.STAGE_CHANGE, "linkedin": Trigger.FORM_SUBMISSION}
# People of one country, as most of a workspace's are, who write their numbers in its usual ways.
_COUNTRY = next(country for country in COUNTRIES if country.code == "NL")
_PHONES = ("06 2{:07}", "06-2{:07}", "+31 6 2{:07}", "0031 6 2{:07}", "+316 2{:07}")
_WORKSPACE = facts.Workspace("w1", "EUR", "NL")
_EVENTS = {
    trigger: facts.EventRules(
        id="e1",
        trigger=trigger,
        trigger_name="form",
        on_since=NOW - timedelta(days=30),
        network_event_name="Lead",
        destination="104001",
        value=facts.ValueRule(ValueFrom.FIXED, Decimal("25.00"), "EUR"),
        consent=facts.ConsentRule("consent", frozenset({"yes"})),
        shared=frozenset(IDENTIFIERS),  # the country counts for the phone number all the same
    )
    for trigger in TRIGGERS.values()
}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"

Facts = tuple[facts.Signal, facts.Contact]
Named = Callable[[random.Random, int], dict[str, str]]


def render_figures(networks: Sequence[str] = tuple(NETWORKS)) -> dict[str, dict[str, int]]:
    """Conversions a second and core by network, the best of ROUNDS batches, since neighbours only slow a core down.

    `render_per_s`: everybody is somebody new, with names as people share them. `render_unique_names_per_s`: nobody
    shares a name either, so that no remembered hash helps. `render_again_per_s`: the same people once more.
    """
    return {
        "render_per_s": {key: _fastest(key, shared_names) for key in networks},
        "render_unique_names_per_s": {key: _fastest(key, unique_names) for key in networks},
        "render_again_per_s": {key: _fastest(key, shared_names, again=True) for key in networks},
    }


def _fastest(network: str, named: Named, *, again: bool = False) -> int:
    rng = random.Random(SEED)  # noqa: S311 - the same people at every run
    people = (somebody(rng, number, named) for number in range(WARM_UP + ROUNDS * BATCH))
    render(network, [next(people) for _ in range(WARM_UP)])
    best = 0.0
    for _ in range(ROUNDS):
        batch = [next(people) for _ in range(BATCH)]
        if again:
            render(network, batch)
        began = time.process_time()
        render(network, batch)
        best = max(best, BATCH / (time.process_time() - began))
    return round(best)


def render(network_key: str, people: Sequence[Facts]) -> list[bytes]:
    """Judge and render one conversion of each; the bodies that would leave. Raises Fault when one would not."""
    network, trigger = NETWORKS[network_key], TRIGGERS[network_key]
    event, shape = _EVENTS[trigger], network.manifest.shapes[trigger]
    account = facts.Account(network_key, "1234567890", "EUR")
    routes: dict[str, list[str]] = {}
    for signal, contact in people:
        case = Case(signal, contact, None, event, account, _WORKSPACE, shape, NOW)
        owed = decide(case, network_event_id=short_hash(_WORKSPACE.id, event.id, signal.id)).owed
        if owed is None:
            raise Fault(f"A conversion that was to be measured at {network_key} would not leave.")
        routes.setdefault(network.route(owed), []).append(network.element(owed))
    limit = network.manifest.batch_limit
    return [
        network.body(route, elements[first : first + limit])
        for route, elements in routes.items()
        for first in range(0, len(elements), limit)
    ]


def shared_names(rng: random.Random, number: int) -> dict[str, str]:
    """Names as the people of a country have them."""
    return {
        "firstname": rng.choice(_COUNTRY.women + _COUNTRY.men),
        "lastname": rng.choice(_COUNTRY.families),
    }


def unique_names(rng: random.Random, number: int) -> dict[str, str]:
    """Names that nobody else has."""
    mark = "".join(_LETTERS[number // 26**place % 26] for place in range(5))
    return {name: value + mark for name, value in shared_names(rng, number).items()}


def somebody(rng: random.Random, number: int, named: Named) -> Facts:
    """Someone with all five identifiers, none of them anybody else's but perhaps a name, who came by an ad."""
    contact = facts.Contact(
        {
            "email": person(rng, number).email,
            "phone": rng.choice(_PHONES).format(rng.randrange(10**7)),
            **named(rng, number),
            "external_id": f"C-{number:06}",
            "country": rng.choice(_COUNTRY.spellings),
            "consent": "yes",
        },
        {"gclid": (facts.Click(f"Cj0KCQiA{number:012}", NOW - timedelta(days=3)),)},
    )
    signal = facts.Signal(
        id=f"signal-{number}",
        kind=Trigger.FORM_SUBMISSION,
        name="form",
        occurred_at=NOW - timedelta(seconds=number % 3_600),
        event_source_url=f"{SITE}/demo",
        client_user_agent=rng.choice(BROWSERS),
    )
    return signal, contact


if __name__ == "__main__":
    print(json.dumps(render_figures(sys.argv[1:] or tuple(NETWORKS))))
