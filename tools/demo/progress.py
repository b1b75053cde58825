"""What the demo says on stderr while it plays."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tools.launcher.fault import say


@contextmanager
def phase(title: str) -> Iterator[Callable[[int], None]]:
    """Say what is being done and how long it took; whoever calls what is yielded also says how many there were."""
    began = time.monotonic()
    counted: list[int] = []
    say(f"{title} ...", end="")
    try:
        yield counted.append
    except BaseException:
        say("")
        raise
    how_many = f" {sum(counted):,} in" if counted else ""
    say(f"{how_many} {time.monotonic() - began:.1f} s")
