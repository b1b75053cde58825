"""The ledger as the product tells it over its API, put beside what the sandbox says it accepted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NETWORKS = ("facebook", "google", "linkedin")
UNDER_WAY = ("waiting", "sending")
REACHED = ("sent", "confirmed")


@dataclass(frozen=True, slots=True)
class Ledger:
    """What became of every signal (GET /api/v1/ledger)."""

    signals: int
    unjudged: int
    judged: int
    by_state: Mapping[str, int]
    by_network: Mapping[str, Mapping[str, int]]
    blocked_by_reason: Mapping[str, int]
    asked_about: int = 0  # conversions that wait for somebody to look at their value

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> "Ledger":
        """From the API's answer. Raises KeyError when a part is missing."""
        return cls(
            signals=answer["signals"],
            unjudged=answer["unjudged"],
            judged=answer["judged"],
            by_state=answer["by_state"],
            by_network=answer["by_network"],
            blocked_by_reason=answer["blocked_by_reason"],
            asked_about=answer["waiting_by_reason"].get("outlier", 0),
        )

    @property
    def under_way(self) -> int:
        """Signals that wait to be judged, and conversions that are owed and neither ended yet nor wait for somebody."""
        return self.unjudged + sum(self.by_state.get(state, 0) for state in UNDER_WAY) - self.asked_about

    def reached(self, network: str) -> int:
        """Conversions the network took, by our own account."""
        return sum(self.by_network.get(network, {}).get(state, 0) for state in REACHED)


def summary(ledger: Ledger, accepted: Mapping[str, int]) -> dict[str, Any]:
    """The demo's last line; `accepted` is the sandbox's own count by network."""
    return {
        "signals": ledger.signals,
        "judged": ledger.judged,
        **{state: ledger.by_state.get(state, 0) for state in ("blocked", "sent", "confirmed", "failed", "waiting")},
        "by_network": {
            network: {"sent": ledger.reached(network), "accepted_by_sandbox": accepted.get(network, 0)}
            for network in NETWORKS
        },
        "blocked_by_reason": dict(ledger.blocked_by_reason),
    }


def differences(ledger: Ledger, accepted: Mapping[str, int], *, expected: frozenset[str]) -> list[str]:
    """What does not add up, in words; `expected` are the reasons that the stories must have run into."""
    found = [
        f"{network}: we count {ledger.reached(network)} sent, the sandbox accepted {accepted.get(network, 0)}"
        for network in NETWORKS
        if ledger.reached(network) != accepted.get(network, 0)
    ]
    if sum(ledger.by_state.values()) != ledger.judged:
        found.append(f"judged is {ledger.judged}, but its states add up to {sum(ledger.by_state.values())}")
    blocked = ledger.by_state.get("blocked", 0)
    if sum(ledger.blocked_by_reason.values()) != blocked:
        found.append(f"blocked is {blocked}, but its reasons add up to {sum(ledger.blocked_by_reason.values())}")
    missing = sorted(code for code in expected if not ledger.blocked_by_reason.get(code))
    if missing:
        found.append(f"nothing was blocked for: {', '.join(missing)}")
    return found
