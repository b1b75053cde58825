"""One JSON line per happening, on standard error, in UTC. No personal data and no secrets: log ids and codes.

What slips in all the same, with an exception's text or from a library, is masked where it can be told by its form.
"""

import logging
import re
import sys
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger

_MASK = "***"
_TELLTALE = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.-]+"  # an e-mail address
    r"|\+\d[\d ()-]{7,}\d"  # a telephone number
    r"|\b(?:csk_|whsec_|EAA|ya29\.|GOCSPX-|AQ[A-Za-z0-9_-]{20})[\w./+=-]{6,}"  # keys and tokens, by how they begin
    r"|(?<=Bearer )\S+"
    r"|(?<=token=)[^&\s\"\\]+|(?<=secret=)[^&\s\"\\]+|(?<=password=)[^&\s\"\\]+|(?<=code=)[^&\s\"\\]+"
)


class Lossy:
    """A stream that drops lines rather than stop whoever writes them, where there is no room; it says how many later.

    A log on a full disk must not keep a signal from being taken in or a request from being settled.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.dropped = 0  # lines, since the last that was written

    def write(self, text: str) -> int:
        """Write the text, behind how many lines were lost before it; without room, count it among them."""
        try:
            if self.dropped:
                told = orjson.dumps({"event": "log.dropped", "level": "error", "lines": self.dropped}).decode()
                self._stream.write(f"{told}\n")
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            self.dropped += text.count("\n")
            return len(text)
        self.dropped = 0
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""


def configure() -> None:
    """Send structlog's and the libraries' warnings to standard error as JSON lines."""
    stream: Any = Lossy(sys.stderr)  # all that either of the two asks of a file
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
            masked,
        ],
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
                masked,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)  # Python's own warnings too are lines like any other
    # A client's mistake is answered to the client; it is not news for the operator.
    logging.getLogger("django.request").setLevel(logging.ERROR)


def masked(logger: WrappedLogger, name: str, line: EventDict | str) -> str:
    """The line as it is written, without what has the form of an address, a number, a key or a token."""
    return _TELLTALE.sub(_MASK, str(line))
