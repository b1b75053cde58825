"""An app's webhook on this machine, for the networks that call one."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Heard:
    """A delivery as it came in."""

    body: bytes
    headers: Mapping[str, str]


class Listener:
    """A server that answers challenges with what `answer` makes of the query, and keeps what is posted to it."""

    def __init__(self, answer: Callable[[Mapping[str, str]], bytes]) -> None:
        self.answer, self.status = answer, 200
        self.heard: list[Heard] = []
        self.challenges = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.challenges += 1
                query = parse_qs(urlsplit(self.path).query)
                self._say(outer.answer({name: values[0] for name, values in query.items()}))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.heard.append(Heard(body, dict(self.headers)))
                self._say(b"")

            def _say(self, body: bytes) -> None:
                self.send_response(outer.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/leads"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self.server.shutdown()
        self.server.server_close()
