"""One set of calls and what LinkedIn answers to them, for the sandbox and for LinkedIn itself (S12).

The second runs when somebody supplies a test account: LINKEDIN_TEST_TOKEN, and the ids of the account, of a rule fed by
the API and of one fed by the Insight Tag in LINKEDIN_TEST_ACCOUNT, LINKEDIN_TEST_RULE and LINKEDIN_TEST_TAG_RULE.
"""

import json
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.sandbox.callers import EMAIL, LINKEDIN_TOKEN, Control, now_ms, rule

CASES = json.loads((Path(__file__).parent / "linkedin_cases.json").read_text())
LIVE = "https://api.linkedin.com/rest"
CLAUSES = {f"s{number}" for number in range(1, 9)}


@dataclass(frozen=True)
class Target:
    """Whom the calls go to, and the names of things there."""

    url: str
    token: str
    names: Mapping[str, object]

    def call(self, asked: Mapping[str, Any]) -> requests.Response:
        """Make the call of a case."""
        given: dict[str, Any] = {
            "Authorization": f"Bearer {self.token}",
            "LinkedIn-Version": "202609",
            "X-Restli-Protocol-Version": "2.0.0",
        }
        body = self.element(asked["element"]) if "element" in asked else None
        if "elements" in asked:
            body = {"elements": [self.element(each) for each in asked["elements"]]}
            given["X-RestLi-Method"] = "BATCH_CREATE"
        headers = {name: value for name, value in (given | dict(asked.get("headers", {}))).items() if value}
        path = asked.get("path", "conversionEvents").replace("$account", str(self.names["$account"]))
        method = asked.get("method", "POST")
        return requests.request(method, f"{self.url}/{path}", json=body, headers=headers, timeout=30)

    def element(self, changes: Mapping[str, Any]) -> Any:
        """A valid event with a case's changes."""
        event: dict[str, Any] = {
            "conversion": "$rule",
            "conversionHappenedAt": "$now",
            "conversionValue": {"currencyCode": "EUR", "amount": "12.50"},
            "eventId": uuid.uuid4().hex,
            "user": {"userIds": [{"idType": "SHA256_EMAIL", "idValue": "$email"}]},
        }
        return self.filled(event | dict(changes))

    def filled(self, value: Any) -> Any:
        """A value with the names in it filled in."""
        if isinstance(value, dict):
            return {key: self.filled(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.filled(inner) for inner in value]
        return self.names.get(value, value) if isinstance(value, str) else value


def names(account: str, fed_by_api: str, fed_by_tag: str) -> dict[str, object]:
    """The names that the cases use."""
    return {
        "$account": f"urn:li:sponsoredAccount:{account}",
        "$rule": rule(int(fed_by_api)),
        "$tag_rule": rule(int(fed_by_tag)),
        "$email": EMAIL,
        "$now": now_ms() - 60_000,
        "$long_ago": now_ms() - 91 * 86_400_000,
        "$seconds": now_ms() // 1000,
    }


def prepared(control: Control, given: Mapping[str, Any]) -> None:
    """Bring the sandbox into the state that a case starts from."""
    if "token" in given:
        control.change("linkedin", "tokens", LINKEDIN_TOKEN, **given["token"])
    if "fault" in given:
        control.fault("linkedin", **given["fault"])


def agrees(answer: requests.Response, expect: Mapping[str, Any]) -> None:
    """The answer is the one that the case expects."""
    assert answer.status_code == expect["status"], answer.text
    for header in expect.get("headers", ()):
        assert header in answer.headers, header
    if expect.get("empty"):
        assert answer.content == b""
        return
    body = answer.json()
    for key, name in (("code", "code"), ("service_code", "serviceErrorCode")):
        assert key not in expect or body[name] == expect[key]
    if "elements" in expect:
        assert [each["status"] for each in body["elements"]] == expect["elements"]
    assert set(expect.get("has", ())) <= set(body)
    for words in expect.get("says", ()):
        assert words in body["message"], body["message"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"].replace(" ", "_"))
def test_linkedin_s12_the_sandbox_answers_as_the_contract_says(control: Control, case: dict[str, Any]) -> None:
    prepared(control, case.get("given", {}))
    target = Target(f"{control.url}/linkedin/rest", LINKEDIN_TOKEN, names("507001001", "104001", "104009"))
    agrees(target.call(case["request"]), case["expect"])


def test_linkedin_s12_the_cases_cover_every_clause_that_a_call_can_show() -> None:
    assert {case["name"].partition(" ")[0] for case in CASES} == CLAUSES


# Without a test account there is no case to run, and so none that is skipped.
LIVE_CASES = [case for case in CASES if case.get("live") and os.environ.get("LINKEDIN_TEST_TOKEN")]
if LIVE_CASES:

    @pytest.mark.parametrize("case", LIVE_CASES, ids=lambda case: case["name"].replace(" ", "_"))
    def test_linkedin_s12_linkedin_itself_answers_as_the_contract_says(case: dict[str, Any]) -> None:
        account, fed_by_api, fed_by_tag = (
            os.environ[f"LINKEDIN_TEST_{name}"] for name in ("ACCOUNT", "RULE", "TAG_RULE")
        )
        target = Target(LIVE, os.environ["LINKEDIN_TEST_TOKEN"], names(account, fed_by_api, fed_by_tag))
        agrees(target.call(case["request"]), case["expect"])
