"""Processor time by process, read from the system: where the time of a run goes."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")


class Spent:
    """Processor seconds of some processes and their children since this was made, by name; zeros where no /proc is."""

    def __init__(self, processes: Mapping[str, Iterable[int]]) -> None:
        self._processes = {name: tuple(ids) for name, ids in processes.items()}
        self._before = self._now()

    def since(self) -> dict[str, float]:
        """Seconds by name."""
        return {name: seconds - self._before[name] for name, seconds in self._now().items()}

    def _now(self) -> dict[str, float]:
        children = _children()
        return {
            name: sum(_seconds(each) for process in ids for each in _tree(process, children))
            for name, ids in self._processes.items()
        }


def parent_of(process: int) -> int:
    """The process that started this one; 0 when it is not known."""
    fields = _fields(process)
    return int(fields[1]) if fields else 0


def peak_mib(process: int) -> float:
    """The most memory that the process ever held, in MiB; 0.0 when it is not known."""
    try:
        lines = (_PROC / str(process) / "status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), 0.0)


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for folder in _PROC.glob("[0-9]*"):
        found.setdefault(parent_of(int(folder.name)), []).append(int(folder.name))
    return found


def _tree(process: int, children: Mapping[int, Iterable[int]]) -> Iterator[int]:
    yield process
    for child in children.get(process, ()):
        yield from _tree(child, children)


def _seconds(process: int) -> float:
    """Of the process and of its children that have ended: a database's connections come and go."""
    fields = _fields(process)
    return sum(map(int, fields[11:15])) / _TICKS if fields else 0.0


def _fields(process: int) -> list[str]:
    """What /proc tells after the name, which may hold blanks: the state, the parent, ..."""
    try:
        return (_PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
