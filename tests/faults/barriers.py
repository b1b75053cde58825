"""Where workers die, stand still or fail, as a test sets it up; `tests.faults.worker` comes to them."""

import json
from dataclasses import dataclass
from pathlib import Path

from tests.faults.servers import until


@dataclass(frozen=True)
class Barrier:
    """One of the places that `worker.py` wraps, as a file in the folder of barriers."""

    path: Path

    def set(self, act: str, *, after: int = 0) -> "Barrier":
        """Put it up: "kill", "wait" or "raise"; the first `after` pass."""
        self.path.write_text(json.dumps({"act": act, "after": after}))
        return self

    @property
    def taken(self) -> bool:
        """Whether somebody came to it."""
        return self.path.with_name(f"{self.path.name}.taken").exists()

    def reached(self, within: float = 60.0) -> "Barrier":
        """Return once somebody came to it."""
        until(lambda: self.taken, within=within, why=f"Nobody came to the barrier {self.path.name}.")
        return self

    def lift(self) -> None:
        """Take it away; who stands there goes on."""
        for path in (self.path, self.path.with_name(f"{self.path.name}.taken")):
            path.unlink(missing_ok=True)
