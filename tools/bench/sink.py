"""A stand-in that takes everything and answers in the networks' shapes, so that the product's own speed is measured.

`python -m tools.bench.sink PORT`. It checks nothing: the sandbox does that. `GET /taken/1000` is answered as soon as a
thousand conversions were taken, with how many there are and when the latest request was answered, so that whoever
waits for them costs nothing meanwhile.
"""

import asyncio
import contextlib
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson

HOST = "127.0.0.1"
LARGEST_HEAD, LARGEST_BODY = 64 * 1024, 64 * 1024 * 1024


def _facebook(request: dict[str, Any]) -> dict[str, object]:
    return {"events_received": len(request["data"]), "messages": [], "fbtrace_id": "sink"}


def _google(request: dict[str, Any]) -> dict[str, object]:
    if "events" in request:
        return {"requestId": "sink"}
    rows = request.get("conversions") or request.get("conversionAdjustments") or []
    return {"results": [{"conversionAction": row["conversionAction"]} for row in rows], "jobId": "1"}


def _linkedin(request: dict[str, Any]) -> dict[str, object]:
    return {"elements": [{"status": 201}] * len(request["elements"])}


ANSWERS: dict[bytes, Callable[[dict[str, Any]], dict[str, object]]] = {
    b"facebook": _facebook,
    b"google": _google,
    b"linkedin": _linkedin,
}


@dataclass
class Taken:
    """How many conversions were taken, and when the latest of them (seconds since 1970)."""

    count: int = 0
    at: float = 0.0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def more(self, count: int) -> None:
        """Count some that were taken just now."""
        async with self.changed:
            self.count, self.at = self.count + count, time.time()
            self.changed.notify_all()

    async def until(self, count: int) -> dict[str, object]:
        """Wait until there are that many; what there is then."""
        async with self.changed:
            await self.changed.wait_for(lambda: self.count >= count)
            return {"taken": self.count, "at": self.at}


def conversions_in(request: dict[str, Any]) -> int:
    """How many conversions a request holds: every network has them in its one list of rows."""
    lists = ("data", "events", "conversions", "conversionAdjustments", "elements")
    return next((len(request[name]) for name in lists if name in request), 0)


async def answer(taken: Taken, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one connection's requests until it is closed. A path names the network first: `/google/v26/...`."""
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (int(line[15:]) for line in head.split(b"\r\n") if line[:15].lower() == b"content-length:"), 0
            )
            body = await reader.readexactly(min(length, LARGEST_BODY))
            said = orjson.dumps(await _said(taken, head.split(b" ", 2)[1].split(b"/"), body))
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(said), said)
            )
            await writer.drain()
    writer.close()


async def _said(taken: Taken, path: list[bytes], body: bytes) -> dict[str, object]:
    if path[1] == b"taken":
        return await taken.until(int(path[2]))
    if not body:
        return {"status": "ok"}
    request = orjson.loads(body)
    await taken.more(conversions_in(request))
    return ANSWERS[path[1]](request)


async def serve(port: int) -> None:
    """Answer on this port of this machine until cancelled."""
    taken = Taken()
    server = await asyncio.start_server(partial(answer, taken), HOST, port, limit=LARGEST_HEAD)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(int(sys.argv[1])))
