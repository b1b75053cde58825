"""The customer's own systems in the demo: custom events, and corrections of what was sent, over /api/v1."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tools.demo.crm import chunks
from tools.demo.life import Completion
from tools.demo.place import SECONDS, Place, Trouble, session

# What is corrected: the new value, or None to withdraw it.
CORRECTIONS = ("99.50", "0", None, "12345.67", None)
CORRECTABLE = ("stage_change", "custom_event")
Told = tuple[str, str, Completion]  # the contact's id or "", its address, and what it completed


class App:
    """One system of the customer's, with the portal's key."""

    def __init__(self, place: Place) -> None:
        self._place, self._client = place, session(place.api_key)

    def completions_send(self, told: Sequence[Told]) -> None:
        """Tell of custom events in batches. Raises Trouble when one is refused."""
        for part in chunks(told):
            rows = [self._row(*each) for each in part]
            self._post("completions", {"completions": rows}, expected=200)

    def corrections_send(self) -> Counter[tuple[str, str]]:
        """Correct a few conversions that Google took; counts, by kind and event, the signals that must follow."""
        page = self._get("signals?network=google&state=sent&limit=100")
        sent = [
            (row["signal"]["id"], conversion["event_id"])
            for row in page["results"]
            for conversion in row["conversions"]
            if row["signal"]["kind"] in CORRECTABLE
            and (conversion["network"], conversion["state"]) == ("google", "sent")
        ]
        made: Counter[tuple[str, str]] = Counter()
        for (signal_id, event_id), value in zip(sent, CORRECTIONS, strict=False):
            kind = {"adjustment": "restatement", "value": value} if value is not None else {"adjustment": "retraction"}
            body = {"signal_id": signal_id, "event_id": event_id, **kind}
            self._post("conversions/correct", body, expected=201)
            made["adjustment", event_id] += 1
        return made

    def values_release(self) -> int:
        """Let everything leave that is held because of its value; returns how many that were."""
        released = 0
        while page := self._get("signals?state=waiting&reason=outlier&limit=100")["results"]:
            for row in page:
                for conversion in row["conversions"]:
                    if (conversion["state"], conversion["reason"]) == ("waiting", "outlier"):
                        body = {"signal_id": row["signal"]["id"], "event_id": conversion["event_id"]}
                        self._post("conversions/release", body, expected=200)
                        released += 1
        return released

    def hubspot_row(self, contact_id: str, email: str, completion: Completion) -> dict[str, object]:
        """The completion as HubSpot's request has it."""
        told = {
            "value": completion.value,
            "currency": completion.currency,
            "hs_url": completion.page_url,
            "user_agent": completion.user_agent,
            "action_source": completion.action_source,
        }
        row: dict[str, object] = {
            "eventName": self._place.behaviours[completion.behaviour],
            "uuid": completion.told_id,
            "properties": {name: value for name, value in told.items() if value},
        }
        row |= {"objectId": contact_id} if contact_id else {"email": email}
        return row if completion.at is None else row | {"occurredAt": completion.at.isoformat()}

    def _row(self, contact_id: str, email: str, completion: Completion) -> dict[str, str]:
        row = {
            "behaviour": self._place.behaviours[completion.behaviour],
            "id": completion.told_id,
            "contact_id": contact_id,
            "email": "" if contact_id else email,
            "value": completion.value,
            "currency": completion.currency,
            "page_url": completion.page_url,
            "user_agent": completion.user_agent,
            "action_source": completion.action_source,
        }
        return row if completion.at is None else row | {"occurred_at": completion.at.isoformat()}

    def _get(self, path: str) -> Any:
        answer = self._client.get(f"{self._place.base_url}/api/v1/{path}", timeout=SECONDS)
        answer.raise_for_status()
        return answer.json()

    def _post(self, path: str, body: Mapping[str, Any], *, expected: int) -> None:
        answer = self._client.post(f"{self._place.base_url}/api/v1/{path}", json=body, timeout=SECONDS)
        if answer.status_code != expected:
            raise Trouble(f"{path} answered {answer.status_code} instead of {expected}: {answer.text[:300]}")
