"""A stand-in that takes everything and answers in the networks' shapes, so that the product's own speed is measured.

`python -m tools.bench.sink PORT`. It checks nothing: the sandbox does that.
"""

import asyncio
import contextlib
import sys
from collections.abc import Callable
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


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one connection's requests until it is closed. A path names the network first: `/google/v26/...`."""
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (int(line[15:]) for line in head.split(b"\r\n") if line[:15].lower() == b"content-length:"), 0
            )
            body = await reader.readexactly(min(length, LARGEST_BODY))
            network = head.split(b" ", 2)[1].split(b"/", 2)[1]
            said = orjson.dumps(ANSWERS[network](orjson.loads(body)) if body else {"status": "ok"})
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(said), said)
            )
            await writer.drain()
    writer.close()


async def serve(port: int) -> None:
    """Answer on this port of this machine until cancelled."""
    server = await asyncio.start_server(answer, HOST, port, limit=LARGEST_HEAD)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(int(sys.argv[1])))
