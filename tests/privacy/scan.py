"""Looking for a person in everything that is stored: every column of every table, every key and value in Redis."""

from collections.abc import Callable, Iterable, Mapping
from hashlib import md5, sha1, sha256
from typing import Any

from django.conf import settings
from django.db import connection
from redis import Redis

from apps.core.tenancy import every_workspace


def forms_of(*identifiers: str) -> set[str]:
    """The identifiers as they may be stored, plain and under the hashes that somebody could compute."""
    plain = {form for text in identifiers for form in (text, text.lower(), text.strip())}
    plain |= {text.lstrip("+") for text in plain}
    return plain | {make(text.encode()).hexdigest() for text in plain for make in (sha256, sha1, md5)}


def found_in_tables(wanted: Iterable[str]) -> list[str]:
    """`table: identifier` for each table of which a row's text holds one."""
    found = []
    with every_workspace(), connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT row_to_json(held)::text FROM "{table}" AS held')  # noqa: S608 - a table's name
            rows = "\n".join(text for (text,) in cursor.fetchall()).lower()
            found += [f"{table}: {each}" for each in wanted if each.lower() in rows]
    return found


def found_in_redis(wanted: Iterable[str]) -> list[str]:
    """Keys whose name or value holds one."""
    client = Redis.from_url(str(settings.CACHES["default"]["LOCATION"]))
    held = [(key, _told(client, key)) for key in client.scan_iter()]
    return [
        key.decode("utf-8", "replace")
        for key, told in held
        for each in wanted
        if each.lower().encode() in (key + told).lower()
    ]


def _told(client: Any, key: bytes) -> bytes:
    return b"".join(_READ[client.type(key)](client, key))


_READ: Mapping[bytes, Callable[[Any, bytes], Iterable[bytes]]] = {
    b"string": lambda client, key: [client.get(key) or b""],
    b"list": lambda client, key: client.lrange(key, 0, -1),
    b"hash": lambda client, key: [part for pair in client.hgetall(key).items() for part in pair],
    b"set": lambda client, key: client.smembers(key),
    b"zset": lambda client, key: client.zrange(key, 0, -1),
}
