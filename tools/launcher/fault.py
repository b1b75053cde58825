"""Faults a person can mend, and the launcher's one voice."""

import contextlib
import sys
import time
from collections.abc import Iterator


class Fault(Exception):
    """Something foreseeable stands in the way. Its text is one sentence and the fix, shown without a traceback."""


def say(line: str, *, end: str = "\n") -> None:
    """Print one line of progress on stderr, so that stdout belongs to the command that was asked for."""
    print(line, file=sys.stderr, end=end, flush=True)


@contextlib.contextmanager
def timed(title: str) -> Iterator[None]:
    """Say `title`, do what stands inside, and say how many seconds it took."""
    say(f"{title} ...", end="")
    began = time.monotonic()
    try:
        yield
    except BaseException:
        say("")
        raise
    say(f" {time.monotonic() - began:.1f} s")
