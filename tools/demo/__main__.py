"""`python -m tools.demo`: reset, play, wait until all has settled, show the ledger, compare it with the sandbox's."""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import requests

from tools.demo.crm import FAILURES
from tools.demo.ledger import Ledger, differences, summary
from tools.demo.place import SECONDS, Place, Trouble, session
from tools.demo.player import Player
from tools.demo.progress import phase
from tools.demo.stories import lives, reasons_shown
from tools.demo.table import tables
from tools.demo.watch import accepted_by_sandbox, settled
from tools.launcher.fault import say
from tools.launcher.foreground import python

CONTACTS, SEED = 2100, 2026


def main(arguments: list[str]) -> int:
    """Play the demo; 0 when our ledger adds up and equals the sandbox's, else 1 with the difference on stderr."""
    options = _options(arguments)
    try:
        place = reset(os.environ)
        ledger = play(place, contacts=options.contacts, seed=options.seed)
        accepted = accepted_by_sandbox(place)
    except (Trouble, requests.RequestException, *FAILURES) as trouble:
        say(f"✗ {trouble}")
        return 1
    except KeyboardInterrupt:
        return 130
    print(tables(ledger), flush=True)
    faults = differences(ledger, accepted, expected=reasons_shown())
    for fault in faults:
        say(f"✗ {fault}")
    print(json.dumps(summary(ledger, accepted)), flush=True)
    return 1 if faults else 0


def reset(environment: Mapping[str, str]) -> Place:
    """Empty the demo workspace and the sandbox, and return where to play. Raises Trouble."""
    with phase("Emptying the demo workspace and the sandbox"):
        run = subprocess.run(python("manage.py", "demo_reset"), stdout=subprocess.PIPE, text=True, check=False)
        if run.returncode:
            raise Trouble("The demo workspace could not be emptied; the reason stands above.")
        told: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
        place = Place(environment["CONVSYNC_BASE_URL"], environment["CONVSYNC_SANDBOX_URL"], **told)
        session().post(f"{place.sandbox_url}/_sandbox/reset", timeout=SECONDS).raise_for_status()
    return place


def play(place: Place, *, contacts: int, seed: int) -> Ledger:
    """Play into an empty workspace and wait until all has settled. Raises Trouble."""
    player = Player(place)
    player.play(lives(contacts=contacts, seed=seed, now=datetime.now(UTC)))
    _wait(place, player)
    player.decide()
    player.correct()
    return _wait(place, player)


def _wait(place: Place, player: Player) -> Ledger:
    with phase("Waiting until all has settled") as done:
        ledger = settled(place, player.signals)
        done(ledger.judged)
    return ledger


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run demo", description="Play CRM activity into convsync from outside.")
    parser.add_argument("--contacts", type=int, default=CONTACTS, help=f"how many contacts (default {CONTACTS})")
    parser.add_argument("--seed", type=int, default=SEED, help="the same seed plays the same demo")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
