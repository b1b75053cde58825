"""How long a simulation of 100,000 signals takes on two worker processes: `python -m tools.bench.simulate [SIGNALS]`.

Everybody has sent the form in once in the last 90 days, half of them have a deal, a tenth says no. The rows are written
straight into the bench's database; the simulation is asked for over the API, and its own row says how long it took.
"""

import io
import json
import random
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import psycopg2

from apps.core.ids import derived_id
from tools.bench.render import IDENTIFIERS
from tools.bench.world import Bench, world
from tools.demo.pen import BROWSERS, PAGES, SITE
from tools.demo.people import person
from tools.demo.place import SECONDS, Trouble, session
from tools.demo.progress import phase
from tools.launcher.fault import Fault, say
from tools.launcher.processes import BEAT, WORKER

SIGNALS, DAYS, SEED, WORKERS = 100_000, 89, 11, 2
DONE_WITHIN, GLANCE = 300.0, 0.5
ROUNDS = 3  # the best counts: neighbours on the host only slow one down
_SCOPE = "SELECT set_config('convsync.workspace', 'every', false)"
_COLUMNS = {
    "records_contact": "id, workspace_id, properties, created_at, updated_at, email, lifecycle_stage",
    "records_deal": "id, workspace_id, properties, created_at, updated_at, amount, currency, stage_id",
    "records_association": "workspace_id, from_type, from_id, to_type, to_id, type_id, associated_at",
    "signals_signal": ("workspace_id, id, kind, name, contact_id, facts, repeat_key, occurred_at, recorded_at"),
}


def simulate_figures(bench: Bench, signals: int = SIGNALS) -> dict[str, Any]:
    """Seconds of one simulation, the best of ROUNDS, and its signals. Raises Trouble when it does not end."""
    with phase(f"Writing a history of {signals:,} signals") as done:
        _write(bench, signals)
        done(signals)
    for number in range(WORKERS):
        bench.start(f"worker-{number}", [*WORKER.words(), "-n", f"simulate{number}@%h"])
    bench.start_product(BEAT)
    time.sleep(5)  # workers take a moment to join
    with phase("Simulating a draft event over it, three times") as done:
        rounds = [_simulated(bench) for _ in range(ROUNDS)]
        done(rounds[0]["total"])
    seconds = min(_moment(found["ended_at"]) - _moment(found["started_at"]) for found in rounds).total_seconds()
    return {"simulate_s": round(seconds, 2), "simulate_signals": rounds[0]["result"]["signals"]}


def _moment(told: str) -> datetime:
    return datetime.fromisoformat(told)


def _simulated(bench: Bench) -> dict[str, Any]:
    place = bench.place
    client = session(place.api_key)
    accounts = client.get(f"{place.base_url}/api/v1/accounts", timeout=SECONDS).json()["results"]
    account = next(each for each in accounts if each["network"] == "facebook")
    draft = {
        "name": "Bench",
        "account_id": account["id"],
        "trigger": "form_submission",
        "trigger_name": place.forms["demo_request"],
        "destination": account["destinations"][0]["external_id"],
        "value_from": "deal",
        "value": "250.00",
        "consent_property": "marketing_consent",
        "consent_values": ["yes"],
        "shared_fields": list(IDENTIFIERS),
    }
    answer = client.post(f"{place.base_url}/api/v1/simulations", json={"event": draft}, timeout=SECONDS)
    if answer.status_code != 202:
        raise Trouble(f"The simulation was refused: {answer.text[:500]}")
    address, deadline = f"{place.base_url}/api/v1/simulations/{answer.json()['id']}", time.monotonic() + DONE_WITHIN
    while (found := client.get(address, timeout=SECONDS).json()).get("state") != "done":
        if time.monotonic() > deadline:
            raise Trouble(f"The simulation is not done after {DONE_WITHIN:.0f} s: {found.get('done')} signals.")
        time.sleep(GLANCE)
    return dict(found)


def _write(bench: Bench, signals: int) -> None:
    with closing(psycopg2.connect(bench.database_url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(_SCOPE)
        workspace = _one(cursor, "SELECT id FROM workspaces_workspace WHERE portal_id = %s", bench.place.portal_id)
        wanted = "SELECT id FROM records_pipelinestage WHERE key = 'contractsent' AND workspace_id = %s"
        tables = _rows(workspace, bench.place.forms["demo_request"], _one(cursor, wanted, workspace), signals)
        for table, lines in tables.items():
            # COPY does not go through row-level security, so it goes by a table of its own.
            columns = _COLUMNS[table]
            cursor.execute(f"CREATE TEMPORARY TABLE copied AS SELECT {columns} FROM {table} LIMIT 0")  # noqa: S608 - above
            cursor.copy_expert(f"COPY copied ({columns}) FROM STDIN", io.StringIO("".join(lines)))
            cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM copied")  # noqa: S608 - above
            cursor.execute("DROP TABLE copied")
            cursor.execute(f"ANALYZE {table}")


def _one(cursor: Any, query: str, wanted: object) -> str:
    cursor.execute(query, [wanted])
    return str(cursor.fetchone()[0])


def _rows(workspace: str, form: str, stage: str, signals: int) -> dict[str, list[str]]:
    rng, now = random.Random(SEED), datetime.now(UTC)  # noqa: S311 - the same history at every run
    tables: dict[str, list[str]] = {table: [] for table in _COLUMNS}
    for number in range(1, signals + 1):
        at = now - timedelta(days=DAYS) * rng.random() - timedelta(minutes=1)
        told = {**person(rng, number).properties, "marketing_consent": "no" if number % 10 == 0 else "yes"}
        contact = 10_000_000 + number
        visit = {"client_user_agent": rng.choice(BROWSERS), "event_source_url": f"{SITE}{PAGES['demo_request']}"}
        visit["client_ip_address"] = f"84.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        tables["records_contact"].append(_line(contact, workspace, told, at, at, told.get("email"), ""))
        tables["signals_signal"].append(
            _line(
                workspace,
                derived_id(at=at, key=f"{workspace}:bench:{number}"),
                "form_submission",
                form,
                contact,
                visit,
                f"bench{number}",
                at,
                at,
            )
        )
        if number % 2:
            tables["records_deal"].append(
                _line(contact, workspace, {}, at, at, f"{rng.randrange(20, 2_000)}.50", "EUR", stage)
            )
            tables["records_association"].append(_line(workspace, "contacts", contact, "deals", contact, 4, at))
    return tables


def _line(*values: object) -> str:
    return "\t".join(map(_told, values)) + "\n"


def _told(value: object) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, dict):
        return orjson.dumps(value).decode().replace("\\", "\\\\")
    return value.isoformat() if isinstance(value, datetime) else str(value)


def main() -> int:
    """Measure this alone, and print it as JSON; 1 when something stood in the way."""
    try:
        with world() as bench:
            figures = simulate_figures(bench, int(sys.argv[1]) if len(sys.argv) > 1 else SIGNALS)
    except (Trouble, Fault) as trouble:
        say(f"✗ {trouble}")
        return 1
    print(json.dumps(figures), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
