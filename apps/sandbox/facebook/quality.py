"""`GET /dataset_quality`: how well a dataset's web events can be matched. Scores are made up; shares are counted.

The real score looks at how many events were matched to a person, which nothing here can know.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from apps.sandbox.facebook import received
from apps.sandbox.facebook.calls import Asked, Needs, Reading
from apps.sandbox.facebook.listing import Node
from apps.sandbox.facebook.received import Body

NEEDS: Needs = (("ads_read",), ("ads_management", "business_management"))
# Our names of the keys, and how much each adds to a score of at most 10.
IDENTIFIERS: Mapping[str, tuple[str, float]] = {
    "em": ("email", 3.0),
    "ph": ("phone", 2.0),
    "fbc": ("fbc", 1.0),
    "fbp": ("fbp", 0.5),
    "external_id": ("external_id", 1.0),
    "client_ip_address": ("ip_address", 0.5),
    "client_user_agent": ("user_agent", 0.5),
    "fn": ("first_name", 0.5),
    "ln": ("last_name", 0.5),
    "zp": ("zip_code", 0.5),
}
GOAL_PERCENTAGE = 75
FREQUENCIES = ((3600, "real_time"), (86_400, "hourly"))


def _rows(asked: Asked) -> list[Node]:
    agent = str(asked.params.get("agent_name") or "")
    by_name: dict[str, list[Body]] = defaultdict(list)
    for event in received.bodies(asked.node, agent):
        if event["action_source"] == "website":
            by_name[event["event_name"]].append(event)
    seen = {each.value: each.count for each in asked.world.pixel_by_id[asked.node].events}
    now = asked.now.timestamp()
    return [{"web": [_event(name, events, seen.get(name, 0), now) for name, events in sorted(by_name.items())]}]


def _event(name: str, events: Sequence[Body], in_browser: int, now: float) -> Node:
    counted = received.keys(events)
    feedback = [
        {"identifier": called, "coverage": _share(counted[key], len(events))}
        for key, (called, _) in IDENTIFIERS.items()
        if counted[key]
    ]
    coverage = _share(min(len(events), in_browser), in_browser)
    return {
        "event_name": name,
        "event_match_quality": {"composite_score": _score(counted, len(events)), "match_key_feedback": feedback},
        "event_coverage": coverage | {"goal_percentage": GOAL_PERCENTAGE},
        "dedupe_key_feedback": [
            {"dedupe_key": key, "server_events_with_dedupe_key": _share(number, len(events))}
            for key, number in (
                ("event_id", sum(bool(event.get("event_id")) for event in events)),
                ("fbp", counted["fbp"]),
                ("external_id", counted["external_id"]),
            )
        ],
        "data_freshness": {"upload_frequency": _frequency(now - event["event_time"] for event in events)},
    }


def _score(counted: Counter[str], total: int) -> float:
    return round(sum(worth * counted[key] / total for key, (_, worth) in IDENTIFIERS.items()), 1)


def _share(part: int, whole: int) -> dict[str, float]:
    return {"percentage": round(100 * part / whole, 1) if whole else 0.0}


def _frequency(ages: Iterable[float]) -> str:
    age = median(ages)
    return next((name for most, name in FREQUENCIES if age <= most), "daily")


QUALITY = Reading(NEEDS, rows=_rows, kind="DatasetQuality", fields=("web",), default="web", alone=True)
