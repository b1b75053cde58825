"""`./run manage preview`: what would leave, line by line (docs/preview.md)."""

import contextlib
import gc
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.ads.registry import NETWORKS
from apps.pipeline.preview import identifier_line, request_line
from apps.pipeline.preview.lines import answers, answers_by

MUCH = 4 * 1024 * 1024  # bytes of requests: seconds of work


class Command(BaseCommand):
    help = (
        "Writes, for each line of JSON, the request that would leave for it with its verdict and trace, or with "
        "--normalise the identifier as a network matches it. Opens no connection, writes no rows: see docs/preview.md."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """One of the two kinds of line, and where the lines come from."""
        kind = parser.add_mutually_exclusive_group(required=True)
        kind.add_argument("--network", choices=list(NETWORKS), help="the lines are signals, for this network")
        kind.add_argument("--normalise", action="store_true", help="the lines are identifiers")
        parser.add_argument("--input", required=True, metavar="FILE|-", help="JSON lines; - reads standard input")

    def handle(self, *args: object, **options: Any) -> None:
        """Answer every line. Exits 0 when all were answered, whatever the answers."""
        answer: Callable[[bytes], bytes] = identifier_line
        if not options["normalise"]:
            answer = partial(request_line, options["network"])
        _collect_less()
        out = sys.stdout.buffer
        try:
            with _opened(options["input"]) as source:
                waited_for = source is sys.stdin.buffer
                workers = 1 if waited_for or options["normalise"] else _workers(source)
                for line in answers(source, answer) if workers == 1 else answers_by(workers, source, answer):
                    out.write(line)
                    if waited_for:
                        out.flush()  # whoever writes a line and waits gets its answer
            out.flush()
        except BrokenPipeError:
            # The reader has seen enough (`| head`). Python would flush once more at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _workers(source: BinaryIO) -> int:
    """A process for each processor where there is enough to do for them."""
    return os.cpu_count() or 1 if os.fstat(source.fileno()).st_size > MUCH else 1


def _collect_less() -> None:
    """A line leaves hardly a cycle, yet looking for them in all that Django loaded took a third of the time."""
    gc.freeze()
    gc.set_threshold(50_000)


@contextlib.contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115 - closed below; only opening may fail here
    except OSError as error:
        raise CommandError(f"--input {name} cannot be read: {error.strerror}.") from error
    with file:
        yield file
