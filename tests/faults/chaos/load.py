"""Steady load: one client for each workspace posts batch after batch, each until it was acknowledged."""

import threading
import time
from itertools import count
from typing import Any
from uuid import uuid4

import requests

from tests.api.conftest import make_key
from tests.faults.people import submission
from tests.faults.world import World
from tests.support.world import World as Space

AT_ONCE, PAUSE, AGAIN_AFTER = 5, 0.25, 0.3  # rows, and seconds
_numbers = count(1)
_counting = threading.Lock()


class Client(threading.Thread):
    """Whoever sends one workspace's forms in: the same Idempotency-Key until there is an answer, as a good client does.

    `people` are the numbers of whom it told; `refused` counts answers that said no for good.
    """

    def __init__(self, world: World, space: Space) -> None:
        super().__init__(daemon=True)
        self.world, self.space = world, space
        self.people: list[int] = []
        self.posted, self.repeated, self.refused = 0, 0, 0
        self._stopping = threading.Event()
        self._key = make_key(space.workspace)

    def run(self) -> None:
        """Post until told to stop; what was begun is finished."""
        while not self._stopping.is_set():
            with _counting:
                numbers = [next(_numbers) for _ in range(AT_ONCE)]
            if self._told([submission(number) for number in numbers]):
                with _counting:
                    self.world.told += AT_ONCE
                self.people += numbers
            time.sleep(PAUSE)

    def stop(self) -> None:
        """Begin nothing more."""
        self._stopping.set()

    def _told(self, rows: list[dict[str, Any]]) -> bool:
        """Whether the batch was taken. It is sent again for as long as nobody says yes or no."""
        key = str(uuid4())
        while True:
            self.posted += 1
            try:
                answer = requests.post(
                    f"{self.world.web_url}/api/v1/forms/{self.space.form.id}/submissions",
                    json={"submissions": rows},
                    headers={"Authorization": f"Bearer {self._key}", "Idempotency-Key": key},
                    timeout=20,
                )
            except requests.RequestException:
                answer = None
            if answer is not None and answer.ok:
                return True
            if answer is not None and answer.status_code < 500 and answer.status_code not in (409, 429):
                self.refused += 1
                return False
            self.repeated += 1
            time.sleep(AGAIN_AFTER)
