"""The ledger as aligned tables."""

from collections.abc import Iterator, Sequence

from apps.domain.reasons import REASONS
from apps.domain.states import State
from tools.demo.ledger import NETWORKS, Ledger

Row = Sequence[object]


def tables(ledger: Ledger) -> str:
    """Per network and state, and per reason with its sentence."""
    return "\n".join((*_aligned(_by_network(ledger)), "", *_aligned(_by_reason(ledger))))


def _by_network(ledger: Ledger) -> Iterator[Row]:
    yield ("network", "judged", *(state.value for state in State))
    for network in NETWORKS:
        counts = ledger.by_network.get(network, {})
        yield (network, sum(counts.values()), *(counts.get(state, 0) for state in State))
    yield ("all", ledger.judged, *(ledger.by_state.get(state, 0) for state in State))


def _by_reason(ledger: Ledger) -> Iterator[Row]:
    yield ("blocked because", "count", "")
    for code, count in sorted(ledger.blocked_by_reason.items(), key=lambda pair: (-pair[1], pair[0])):
        yield (code, count, REASONS[code].sentence if code in REASONS else "")


def _aligned(rows: Iterator[Row]) -> Iterator[str]:
    """Numbers and their headings to the right, text to the left."""
    texts = [[str(cell) for cell in row] for row in rows]
    numeric = [all(cell.isdigit() for cell in column) for column in zip(*texts[1:], strict=True)]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    for row in texts:
        cells = (
            cell.rjust(width) if is_number else cell.ljust(width)
            for cell, width, is_number in zip(row, widths, numeric, strict=True)
        )
        yield "  ".join(cells).rstrip()
