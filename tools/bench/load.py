"""What the bench posts, made ready beforehand, and the clients that post it."""

import itertools
import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import orjson

from tools.demo.pen import BROWSERS, PAGES, SITE
from tools.demo.people import person
from tools.demo.place import SECONDS, Place, Trouble, session

CLIENTS = 4
SEED = 11


@dataclass(frozen=True, slots=True)
class Post:
    """One request: its path, its body, and how many signals it must cause."""

    path: str
    body: bytes
    signals: int


class Writer:
    """Makes posts of realistic rows about people who are all different."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._rng = random.Random(SEED)  # noqa: S311 - the same load at every run
        self._numbers = itertools.count()

    def forms(self, rows: int) -> Post:
        """A batch of form submissions: one conversion at Facebook and one at LinkedIn each."""
        path = f"/api/v1/forms/{self._place.forms['demo_request']}/submissions"
        return Post(path, orjson.dumps({"submissions": [self._submission() for _ in range(rows)]}), rows)

    def contacts(self, rows: int) -> Post:
        """A batch of leads who are marketing qualified: one conversion at Facebook and one at LinkedIn each."""
        inputs = [{"properties": self._lead()} for _ in range(rows)]
        return Post("/crm/v3/objects/contacts/batch/create", orjson.dumps({"inputs": inputs}), rows)

    def _submission(self) -> dict[str, object]:
        someone = person(self._rng, next(self._numbers))
        names = ("email", "firstname", "lastname", "phone", "company", "country")
        values = {name: someone.properties[name] for name in names if name in someone.properties}
        visit = {"page_url": f"{SITE}{PAGES['demo_request']}", "user_agent": self._rng.choice(BROWSERS)}
        return {"values": {**values, "marketing_consent": someone.yes}, **visit}

    def _lead(self) -> dict[str, str]:
        number = next(self._numbers)
        found = {"lead_id": str(10**15 + number), "lifecyclestage": "marketingqualifiedlead", "ads_consent": "granted"}
        return {**person(self._rng, number).properties, **found}


def post_all(place: Place, posts: Sequence[Post]) -> float:
    """Post all of them with CLIENTS clients at once; returns the seconds it took. Raises Trouble."""
    parts = [posts[number::CLIENTS] for number in range(CLIENTS)]
    began = time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(lambda part: _post_in_turn(place, part), parts))
    return time.monotonic() - began


def _post_in_turn(place: Place, posts: Sequence[Post]) -> None:
    client = session(place.api_key)
    client.headers["Content-Type"] = "application/json"
    for post in posts:
        answer = client.post(f"{place.base_url}{post.path}", data=post.body, timeout=SECONDS)
        if answer.status_code not in (200, 201):
            raise Trouble(f"{post.path} answered {answer.status_code}: {answer.text[:500]}")
