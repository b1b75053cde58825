"""An app at Facebook's lead ads: its webhook, its calls, and the sandbox's buttons."""

import json
from collections.abc import Mapping
from typing import Any

import requests

from tests.sandbox.callers import FACEBOOK_TOKEN, Control
from tests.sandbox.listener import Listener

APP, SECRET = "770077007700077", "sandbox-client-secret"
PAGE, FORM = "104000000000001", "205000000000001"


class Subscriber(Listener):
    """An app's webhook, which knows the token it was told to expect."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.verify_token = "let me in"

    @property
    def changes(self) -> list[list[Any]]:
        """The values of each delivery's changes."""
        told = [json.loads(each.body) for each in self.heard]
        return [[change["value"] for entry in one["entry"] for change in entry["changes"]] for one in told]

    def _answer(self, query: Mapping[str, str]) -> bytes:
        known = query["hub.verify_token"] == self.verify_token and query["hub.mode"] == "subscribe"
        return query["hub.challenge"].encode() if known else b"no"


class Desk:
    """Calls to the Graph API for leads, and to the sandbox's buttons."""

    def __init__(self, control: Control) -> None:
        control.touched = True
        self.control, self.base = control, f"{control.url}/facebook"

    def call(self, method: str, path: str, *, token: str = FACEBOOK_TOKEN, **params: Any) -> requests.Response:
        """Call the Graph API."""
        headers = {"Authorization": f"Bearer {token}"}
        return requests.request(method, f"{self.base}/v26.0/{path}", params=params, headers=headers, timeout=20)

    def refused(self, method: str, path: str, **given: Any) -> tuple[int, str]:
        """Make a call that is refused; the code and what it says."""
        answer = self.call(method, path, **given)
        assert answer.status_code in (400, 403), answer.text
        return answer.json()["error"]["code"], answer.json()["error"]["message"]

    @property
    def page_token(self) -> str:
        """The token of the page."""
        return self.call("GET", "me/accounts").json()["data"][0]["access_token"]

    def subscribe_app(self, url: str, **changes: Any) -> requests.Response:
        """Subscribe an address to pages, as the app."""
        given = {"object": "page", "callback_url": url, "verify_token": "let me in", "fields": "leadgen"} | changes
        return self.call("POST", f"{APP}/subscriptions", token=f"{APP}|{SECRET}", **given)

    def subscribe(self, url: str) -> None:
        """Subscribe an address to the page's leads, all of it."""
        self.subscribe_app(url).raise_for_status()
        given = {"subscribed_fields": "leadgen"}
        self.call("POST", f"{PAGE}/subscribed_apps", token=self.page_token, **given).raise_for_status()

    def button(self, name: str, **given: Any) -> Any:
        """Press a button of the sandbox's."""
        return requests.post(f"{self.base}/_sandbox/{name}", json=given, timeout=20).json()

    def leads(self, **given: Any) -> list[str]:
        """The ids of the form's leads, the newest first."""
        answer = self.call("GET", f"{FORM}/leads", **given)
        assert answer.status_code == 200, answer.text
        return [lead["id"] for lead in answer.json()["data"]]
