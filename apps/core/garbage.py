"""Python's collector of garbage in a process that works on rows by the thousand."""

import gc

YOUNG = 20_000  # objects: about a batch, whose rows are all in use until it is written


def collect_rarely() -> None:
    """Look for garbage once a batch instead of every 700 objects, and never again among what was there at the start.

    What a batch leaves behind is freed as soon as nobody holds it; only what points at itself waits for the collector.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
