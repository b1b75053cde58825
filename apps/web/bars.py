"""Counts as the parts of a bar 100 units wide, drawn as SVG: positions are attributes, so no style is inline."""

from collections.abc import Mapping
from dataclasses import dataclass

from apps.web import wording
from apps.web.wording import Look

GAP = 0.6


@dataclass(frozen=True, slots=True)
class Part:
    """One colour of the bar."""

    state: str
    look: Look
    count: int
    share: float  # 0 to 1
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A stacked bar; `parts` stand in the order of wording.STATES."""

    total: int
    parts: tuple[Part, ...]


def bar_of(counts: Mapping[str, int]) -> Bar:
    """The bar of conversions by state; states without any are left out."""
    total = sum(counts.values())
    parts, at = [], 0.0
    for state, look in wording.STATES.items():
        count = counts.get(state, 0)
        if count:
            wide = count / total * 100
            gap = GAP if at + wide < 99.9 else 0
            parts.append(Part(state, look, count, count / total, f"{at:.2f}", f"{max(wide - gap, 0.8):.2f}"))
            at += wide
    return Bar(total, tuple(parts))
