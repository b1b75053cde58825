"""The floor of the path: what is left when nothing is decided, kept safe or shared out. One process, one after another.

The same rows go in by COPY, the same identifiers are hashed, the same JSON is encoded and posted in the same batches,
and the same rows are marked as sent. It works in a copy of the measured database whose row-level security is off,
because PostgreSQL has no COPY under it. The rows are those that the product wrote, with ids of their own.
"""

import hashlib
import http.client
import io
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson
import psycopg2

from apps.ads.registry import NETWORKS
from apps.core.ids import new_id

BATCH = 500  # signals, as they are posted to the product
COMPLETION, SIGNAL, CONVERSION = "tracking_completion", "signals_signal", "conversions_conversion"
_SCOPE = "SELECT set_config('convsync.workspace', 'every', false)"
_HASHED = re.compile(r"[0-9a-f]{64}")
_MARK = f"""
    UPDATE {CONVERSION} SET state = 'sent', settled_at = now(), due_at = NULL, tries = 1, request_id = %s
     WHERE workspace_id = %s AND account_id = %s AND signal_id = ANY(%s::uuid[])
"""  # noqa: S608 - named above


@dataclass(frozen=True, slots=True)
class Table:
    """A table's columns, and rows of it as COPY writes them, field by field."""

    name: str
    columns: tuple[str, ...]
    rows: list[list[str]]

    def place(self, column: str) -> int:
        """Where the column stands."""
        return self.columns.index(column)


@dataclass(frozen=True, slots=True)
class Element:
    """One conversion to be: its row, its parsed payload, and the places in it where something hashed stands."""

    row: list[str]
    told: Any
    hashed: tuple[tuple[Any, Any, bytes], ...]


class Floor:
    """The rows of one round, ready to be let through."""

    def __init__(self, *, model_url: str, own_url: str, sink_url: str, signals: int) -> None:
        self._own_url, self._sink = own_url, urlsplit(sink_url)
        with closing(psycopg2.connect(model_url)) as connection, connection.cursor() as cursor:
            cursor.execute(_SCOPE)
            latest = f"(SELECT id FROM {SIGNAL} WHERE kind = 'custom_event' ORDER BY id DESC LIMIT {signals})"  # noqa: S608
            self._completions = _table(cursor, COMPLETION, f"ORDER BY id DESC LIMIT {signals}")
            self._signals = _table(cursor, SIGNAL, f"WHERE id IN {latest}")
            self._conversions = _table(cursor, CONVERSION, f"WHERE signal_id IN {latest}")

    def run(self) -> tuple[float, int]:
        """Let a new round of the rows through; the seconds it took, and how many conversions there were."""
        batches = list(self._batches())
        link = http.client.HTTPConnection(self._sink.hostname or "", self._sink.port)
        with closing(psycopg2.connect(self._own_url)) as connection, connection.cursor() as cursor:
            began = time.monotonic()
            for completions, signals, accounts in batches:
                _copy(cursor, self._completions, completions)
                _copy(cursor, self._signals, signals)
                connection.commit()
                for network, account, elements in accounts:
                    self._through(cursor, link, network, account, elements)
                connection.commit()
            taken = time.monotonic() - began
        link.close()
        return taken, sum(len(elements) for *_, accounts in batches for *_, elements in accounts)

    def _through(
        self, cursor: Any, link: http.client.HTTPConnection, network: str, account: str, elements: Sequence[Element]
    ) -> None:
        payload, signal = self._conversions.place("payload"), self._conversions.place("signal_id")
        told = []
        for each in elements:
            for holder, key, raw in each.hashed:
                holder[key] = hashlib.sha256(raw).hexdigest()
            told.append(orjson.dumps(each.told).decode())
            each.row[payload] = told[-1].replace("\\", "\\\\")
        _copy(cursor, self._conversions, [each.row for each in elements])
        route = elements[0].row[self._conversions.place("route")]
        link.request("POST", f"/{network}/v1", NETWORKS[network].body(route, told))
        link.getresponse().read()
        workspace = elements[0].row[self._conversions.place("workspace_id")]
        cursor.execute(_MARK, [str(new_id()), workspace, account, [each.row[signal] for each in elements]])

    def _batches(self) -> Iterator[tuple[list[list[str]], list[list[str]], list[tuple[str, str, list[Element]]]]]:
        own, identity = self._signals.place("id"), self._completions.place("id")
        told = self._completions.place("told_id")
        by_signal: dict[str, list[list[str]]] = {}
        for row in self._conversions.rows:
            by_signal.setdefault(row[self._conversions.place("signal_id")], []).append(row)
        for start in range(0, len(self._signals.rows), BATCH):
            completions, signals = [], []
            accounts: dict[tuple[str, str], list[Element]] = {}
            for completion, former in zip(
                self._completions.rows[start : start + BATCH], self._signals.rows[start : start + BATCH], strict=True
            ):
                fresh = str(new_id())
                completions.append(_with(completion, {identity: str(new_id()), told: f"floor-{fresh}"}))
                signals.append(_with(former, {own: fresh}))
                for row in by_signal[former[own]]:
                    element = self._element(row, fresh)
                    network, account = (element.row[self._conversions.place(n)] for n in ("network", "account_id"))
                    accounts.setdefault((network, account), []).append(element)
            yield completions, signals, [(*key, elements) for key, elements in accounts.items()]

    def _element(self, row: list[str], signal_id: str) -> Element:
        place = self._conversions.place
        waiting = {"state": "waiting", "settled_at": "\\N", "request_id": "\\N", "tries": "0"}
        changes = {place(name): value for name, value in {**waiting, "signal_id": signal_id}.items()}
        told = orjson.loads(row[place("payload")].replace("\\\\", "\\"))
        return Element(_with(row, changes), told, tuple(hashed_places(told)))


def unguard(database_url: str) -> None:
    """Switch row-level security off in the floor's own database."""
    with closing(psycopg2.connect(database_url)) as connection, connection, connection.cursor() as cursor:
        for table in (COMPLETION, SIGNAL, CONVERSION):
            cursor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")


def _table(cursor: Any, name: str, which: str) -> Table:
    cursor.execute(f"SELECT * FROM {name} LIMIT 0")  # noqa: S608 - named above
    columns = tuple(column.name for column in cursor.description)
    told = io.StringIO()
    cursor.copy_expert(f"COPY (SELECT * FROM {name} {which}) TO STDOUT", told)  # noqa: S608 - named above
    return Table(name, columns, [line.split("\t") for line in told.getvalue().splitlines()])


def _copy(cursor: Any, table: Table, rows: Sequence[Sequence[str]]) -> None:
    lines = "\n".join(["\t".join(row) for row in rows])
    cursor.copy_expert(f"COPY {table.name} ({', '.join(table.columns)}) FROM STDIN", io.StringIO(f"{lines}\n"))


def _with(row: Sequence[str], changes: Mapping[int, str]) -> list[str]:
    return [changes.get(place, value) for place, value in enumerate(row)]


def hashed_places(told: Any) -> Iterator[tuple[Any, Any, bytes]]:
    """Each place below that holds a hash, and something to hash there: an address that is as long as most are."""
    for key, value in told.items() if isinstance(told, dict) else enumerate(told) if isinstance(told, list) else ():
        if isinstance(value, str) and _HASHED.fullmatch(value):
            yield told, key, f"{value[:16]}@example.com".encode()
        else:
            yield from hashed_places(value)
