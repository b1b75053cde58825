"""A process inside one database that does what it is told, line by line, and says how long each took.

`python -m tools.bench.hands` reads lines of JSON from its input: the name of one of `DEEDS`, then its arguments. So two
databases that differ in nothing but their size can take turns, and what is compared is the product's own work: the
functions that its tasks call, in one thread, without the waiting of queues.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from tools.bench import stage
from tools.bench.copies import id_of_copy
from tools.demo.pen import BROWSERS, PAGES, SITE
from tools.demo.place import Trouble
from tools.launcher.foreground import python

SEED = 11


class Hands:
    """The other end: a process that was started for one database."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            python("-m", "tools.bench.hands"),
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def do(self, deed: str, *arguments: object) -> Any:
        """What came of it. Raises Trouble when the process ended instead."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{json.dumps([deed, *arguments])}\n")
        self._process.stdin.flush()
        told = self._process.stdout.readline()
        if not told:
            raise Trouble(f"The process that was to {deed} ended with {self._process.wait()}.")
        return json.loads(told)

    def rest(self) -> None:
        """End the process."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


def staged(events: int, contacts: int, networks: list[str]) -> dict[str, Any]:
    """Make a workspace: its id, and its accounts' by network."""
    from apps.ads.models import AdAccount
    from apps.core.tenancy import workspace_scope

    workspace_id, _ = stage.workspace_staged(name="Size", events=events, contacts=contacts, networks=networks)
    with workspace_scope(workspace_id):
        accounts = dict(AdAccount.objects.values_list("network", "id"))
    return {"workspace": str(workspace_id), "accounts": {name: str(number) for name, number in accounts.items()}}


def served(world: dict[str, Any], copies: list[int], signals: int) -> dict[str, float]:
    """So many signals in each of these copies of a workspace, from taking in to sent; seconds and conversions."""
    from apps.core.tenancy import workspace_scope
    from apps.pipeline import flow
    from apps.pipeline.intake import MOST_COMPLETIONS, completions_receive

    ids = [id_of_copy(UUID(world["workspace"]), copy) for copy in copies]
    accounts = [[id_of_copy(UUID(each), copy) for each in world["accounts"].values()] for copy in copies]
    told = [_completions(workspace_id, signals) for workspace_id in ids]
    sent, began = 0, time.perf_counter()
    for workspace_id, owned, completed in zip(ids, accounts, told, strict=True):
        for first in range(0, signals, MOST_COMPLETIONS):
            part = completed[first : first + MOST_COMPLETIONS]
            with workspace_scope(workspace_id):
                completions_receive(workspace_id=workspace_id, completed=part, at=part[0].completed_at)
        flow.judge(workspace_id=workspace_id)
        for account in owned:
            while left := flow.send(workspace_id=workspace_id, account_id=account):
                sent += left
    flow.sweep()
    return {"seconds": time.perf_counter() - began, "conversions": sent}


def sent(workspace: str, account: str) -> dict[str, float]:
    """One request for an account whose rows wait already, in a turn that is short; seconds and conversions."""
    from apps.core.ids import new_id
    from apps.pipeline import doorbell, flow

    doorbell.ring_judge(new_id())  # somebody else stands in line
    began = time.perf_counter()
    conversions = flow.send(workspace_id=UUID(workspace), account_id=UUID(account))
    return {"seconds": time.perf_counter() - began, "conversions": conversions}


def _completions(workspace_id: UUID, signals: int) -> list[Any]:
    from django.utils import timezone

    from apps.core.ids import new_id
    from apps.core.tenancy import workspace_scope
    from apps.pipeline.intake import Completed
    from apps.records.models import Contact
    from apps.tracking.models import Behaviour

    with workspace_scope(workspace_id):
        people = list(Contact.objects.values_list("id", flat=True))
        behaviours = list(Behaviour.objects.values_list("id", flat=True))
    rng, now = random.Random(SEED), timezone.now()  # noqa: S311 - the same load at every run
    return [
        Completed(
            behaviour=str(behaviours[number % len(behaviours)]),
            completed_at=now,
            contact_id=str(rng.choice(people)),
            told_id=str(new_id()),
            page_url=f"{SITE}{PAGES['demo_request']}",
            user_agent=rng.choice(BROWSERS),
        )
        for number in range(signals)
    ]


DEEDS: Mapping[str, Callable[..., Any]] = {"staged": staged, "served": served, "sent": sent}


def main() -> int:
    """Do what is told until nothing more is."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # the product's own log lines are no answers
    stage.set_up()
    for line in sys.stdin:
        deed, *arguments = json.loads(line)
        answers.write(f"{json.dumps(DEEDS[deed](*arguments))}\n")
        answers.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
