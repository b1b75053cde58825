"""Callers of the sandbox, and the smallest valid conversion of each kind."""

import hashlib
import json
import subprocess
import sys
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

PIXEL = "900100100100101"
CUSTOMER = "1234567890"
MANAGER = "9876543210"
FACEBOOK_TOKEN = "EAAsandboxtoken"
GOOGLE_TOKEN = "ya29.sandbox"
LINKEDIN_TOKEN = "AQsandbox"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64)"

Json = dict[str, Any]


def sha256(text: str) -> str:
    """The SHA-256 of a text, in lower-case hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def sdk_says(script: str, *words: str) -> Any:
    """What a script with an official SDK prints as JSON, in a process of its own because its settings are global."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, *words], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


EMAIL = sha256("mike@example.com")
PHONE = sha256("31612345678")


class Control:
    """The sandbox's own API."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.touched = False

    def call(self, method: str, path: str, **given: Any) -> requests.Response:
        """Call it, and remember when that may change more than the ledger."""
        self.touched = self.touched or (method != "GET" and path != "reset")
        return self.session.request(method, f"{self.url}/_sandbox/{path}", timeout=10, **given)

    def restore(self) -> None:
        """Forget everything and bring the default world back."""
        self.call("POST", "reset").raise_for_status()
        self.call("DELETE", "world").raise_for_status()

    def ledger(self, **filters: Any) -> Any:
        """The ledger's counts and items."""
        answer = self.call("GET", "ledger", params=filters)
        answer.raise_for_status()
        return answer.json()

    def counts(self, network: str) -> tuple[int, int, int]:
        """How many of a network's conversions were accepted, refused and recognised as duplicates."""
        found = self.ledger()["counts"][network]
        return found["accepted"], found["refused"], found["duplicates"]

    def change_world(self, network: str, **changes: Any) -> None:
        """Replace parts of one network's world."""
        world = self.call("GET", "world").json()[network]
        self.call("PUT", "world", json={network: world | changes}).raise_for_status()

    def change(self, network: str, part: str, identifier: str, **changes: Any) -> None:
        """Change one account, token, rule or the like, found by its id (or token)."""
        items = self.call("GET", "world").json()[network][part]
        changed = [item | changes if identifier in (item.get("id"), item.get("token")) else item for item in items]
        self.change_world(network, **{part: changed})

    def set_clock(self, **offset: float) -> None:
        """Move the sandbox's clock from the real time."""
        seconds = int(timedelta(**offset).total_seconds())
        self.call("POST", "clock", json={"offset_seconds": seconds}).raise_for_status()

    def fault(self, network: str, **fault: Any) -> None:
        """Let something happen to the next request to a network."""
        self.call("POST", "faults", json={"faults": [{"network": network, **fault}]}).raise_for_status()


class Caller:
    """What the callers of the three networks share."""

    def __init__(self, control: Control) -> None:
        self.control = control
        self.session = requests.Session()

    def post(self, path: str, **given: Any) -> requests.Response:
        """Post to the sandbox."""
        return self.session.post(f"{self.control.url}/{path}", timeout=10, **given)


class Facebook(Caller):
    """The Graph API."""

    path = f"facebook/v26.0/{PIXEL}/events"

    def event(self, **changes: Any) -> Json:
        """A valid website event; a change to None takes the key away."""
        event: Json = {
            "event_name": "Lead",
            "event_time": int(time.time()) - 60,
            "event_id": uuid.uuid4().hex,
            "action_source": "website",
            "event_source_url": "https://example.com/thanks",
            "user_data": {"em": [EMAIL], "client_user_agent": BROWSER},
        }
        return {key: value for key, value in (event | changes).items() if value is not None}

    def lead_event(self, **changes: Any) -> Json:
        """A valid event of the Conversion Leads profile."""
        event = self.event(
            event_name="Qualified lead",
            action_source="system_generated",
            event_source_url=None,
            user_data={"lead_id": 123456789012345},
            custom_data={"event_source": "crm", "lead_event_source": "HubSpot"},
        )
        return event | changes

    def send(self, *events: Json, token: str = FACEBOOK_TOKEN, **others: Any) -> requests.Response:
        """Send events as JSON with a bearer token."""
        body = {"data": list(events), **others}
        return self.post(self.path, json=body, headers={"Authorization": f"Bearer {token}"})

    def refused(self, *events: Json) -> tuple[int, int, int | None]:
        """Send events that are refused; the HTTP status, the code and the subcode."""
        answer = self.send(*events)
        error = answer.json()["error"]
        return answer.status_code, error["code"], error.get("error_subcode")


class Google(Caller):
    """The Google Ads API over REST."""

    def click(self, **changes: Any) -> Json:
        """A valid click conversion; a change to None takes the key away."""
        row: Json = {
            "gclid": f"Cj0K-{uuid.uuid4().hex}",
            "conversionAction": action(1001),
            "conversionDateTime": at(minutes=-5),
            "conversionValue": 12.5,
            "currencyCode": "EUR",
            "orderId": uuid.uuid4().hex,
        }
        return {key: value for key, value in (row | changes).items() if value is not None}

    def enhancement(self, **changes: Any) -> Json:
        """A valid enhancement; a change to None takes the key away."""
        row: Json = {
            "adjustmentType": "ENHANCEMENT",
            "conversionAction": action(2001),
            "orderId": uuid.uuid4().hex,
            "gclidDateTimePair": {"conversionDateTime": at(hours=-1)},
            "userIdentifiers": [{"hashedEmail": EMAIL}],
            "userAgent": BROWSER,
        }
        return {key: value for key, value in (row | changes).items() if value is not None}

    def clicks(self, *rows: Json, **others: Any) -> requests.Response:
        """Upload click conversions."""
        return self.upload("uploadClickConversions", {"conversions": list(rows), "partialFailure": True} | others)

    def adjustments(self, *rows: Json, **others: Any) -> requests.Response:
        """Upload conversion adjustments."""
        body = {"conversionAdjustments": list(rows), "partialFailure": True} | others
        return self.upload("uploadConversionAdjustments", body)

    def upload(self, method: str, body: Json, **others: Any) -> requests.Response:
        """Upload a body."""
        return self.call(f":{method}", body, **others)

    def search(self, query: str, **others: Any) -> requests.Response:
        """Ask for one page of resources."""
        return self.call("/googleAds:search", {"query": query}, **others)

    def call(
        self,
        method: str,
        body: Json,
        *,
        customer: str = CUSTOMER,
        version: str = "v26",
        token: str = GOOGLE_TOKEN,
        login: str | None = None,
    ) -> requests.Response:
        """Post a body to a customer; a mutation changes the world."""
        self.control.touched = self.control.touched or method.endswith(":mutate")
        headers = {"Authorization": f"Bearer {token}"} | ({"login-customer-id": login} if login else {})
        return self.post(f"google/{version}/customers/{customer}{method}", json=body, headers=headers)


class LinkedIn(Caller):
    """The Conversions API."""

    path = "linkedin/rest/conversionEvents"

    def element(self, **changes: Any) -> Json:
        """A valid conversion event; a change to None takes the key away."""
        element: Json = {
            "conversion": rule(104001),
            "conversionHappenedAt": now_ms() - 60_000,
            "conversionValue": {"currencyCode": "EUR", "amount": "12.50"},
            "eventId": uuid.uuid4().hex,
            "user": {"userIds": [{"idType": "SHA256_EMAIL", "idValue": EMAIL}]},
        }
        return {key: value for key, value in (element | changes).items() if value is not None}

    def send(self, body: Any, **headers: str) -> requests.Response:
        """Send one event."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.post(self.path, json=body, headers=self.headers() | given)

    def batch(self, *elements: Json, **headers: str) -> requests.Response:
        """Send a batch."""
        return self.send({"elements": list(elements)}, X_RestLi_Method="BATCH_CREATE", **headers)

    def headers(self) -> dict[str, str]:
        """The headers of a good call."""
        return {
            "Authorization": f"Bearer {LINKEDIN_TOKEN}",
            "LinkedIn-Version": "202609",
            "X-Restli-Protocol-Version": "2.0.0",
        }


def action(number: int, customer: str = CUSTOMER) -> str:
    """A conversion action's resource name."""
    return f"customers/{customer}/conversionActions/{number}"


def rule(number: int) -> str:
    """A conversion rule's URN."""
    return f"urn:lla:llaPartnerConversion:{number}"


def at(**offset: float) -> str:
    """A time from now, as Google writes it."""
    moment = datetime.now(UTC) + timedelta(**offset)
    return moment.strftime("%Y-%m-%d %H:%M:%S+00:00")


def now_ms() -> int:
    """The time, as LinkedIn counts it."""
    return time.time_ns() // 1_000_000
