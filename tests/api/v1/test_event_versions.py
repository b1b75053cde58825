"""PATCH /api/v1/events/{id} and its versions: edits over the API, refused when they would undo somebody else's."""

from typing import Any
from uuid import uuid4

import pytest

from apps.audit.models import Entry
from apps.conversions.models import EventVersion
from tests.api.conftest import Api, make_key
from tests.support import factories
from tests.support.world import World

EVENTS = "/api/v1/events"


def made(world: World, **values: Any) -> str:
    return f"{EVENTS}/{world.make_event(**values).id}"


def test_it_edits_what_the_body_names_and_leaves_the_rest(api: Api, world: World) -> None:
    path = made(world, name="Leads")
    before = api.get(path).body
    answer = api.send("PATCH", path, {"value": "40.00", "consent_values": ["granted"]})
    assert answer.status == 200, answer.body
    assert answer.body["version"] == 2
    assert answer.body["settings"] == {**before["settings"], "value": "40.00", "consent_values": ["granted"]}
    assert answer.body["name"] == "Leads"
    assert api.get(path).headers["ETag"] == answer.headers["ETag"]
    with world.scope():
        assert Entry.objects.get(action="event.edit").actor_kind == "key"


def test_it_lists_versions_with_what_each_changed(api: Api, world: World) -> None:
    path = made(world)
    api.send("PATCH", path, {"value": "40.00", "name": "Renamed"})
    newest, first = api.get(f"{path}/versions").body["results"]
    assert (newest["number"], newest["present"], first["number"], first["present"]) == (2, True, 1, False)
    assert newest["changes"][1] == {"field": "value", "before": "25.00", "after": "40.00"}
    assert [each["field"] for each in newest["changes"]] == ["name", "value"]
    assert first["changes"] == []
    assert newest["settings"]["name"] == "Renamed"


def test_it_goes_back_to_an_older_version(api: Api, world: World) -> None:
    path = made(world)
    first = api.get(path).body["settings"]
    api.send("PATCH", path, {"value": "40.00"})
    answer = api.post(f"{path}/roll-back", {"version": 1})
    assert (answer.status, answer.body["version"], answer.body["settings"]) == (200, 3, first)
    assert api.post(f"{path}/roll-back", {"version": 9}).status == 404


@pytest.mark.parametrize(
    ("method", "end", "body"), [("PATCH", "", {"value": "1"}), ("POST", "/roll-back", {"version": 1})]
)
def test_47_it_refuses_an_edit_of_what_was_edited_meanwhile(
    api: Api, world: World, method: str, end: str, body: dict[str, Any]
) -> None:
    path = made(world)
    seen = api.get(path).headers["ETag"]
    api.send("PATCH", path, {"value": "40.00"}, **{"If-Match": seen})
    assert api.send(method, f"{path}{end}", body, **{"If-Match": seen}).status == 412
    with world.scope():
        assert EventVersion.objects.count() == 2
    now = api.get(path).headers["ETag"]
    assert api.send(method, f"{path}{end}", body, **{"If-Match": now}).status == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"trigger": "stage_change"}, "trigger"),
        ({"account_id": "1"}, "account_id"),
        ({"value": "much"}, "value"),
        ({"destination": "1"}, "destination"),
        ({"name": ""}, "name"),
        ({"consent_property": ""}, "consent_property"),
        ({"options": {"nothing": "x"}}, "nothing"),
    ],
)
def test_it_names_what_an_edit_cannot_set(api: Api, world: World, body: dict[str, Any], field: str) -> None:
    answer = api.send("PATCH", made(world), body)
    assert answer.status == 400
    assert field in [each["field"] for each in answer.body["errors"]]


def test_an_edit_keeps_the_options_that_it_does_not_name(api: Api, world: World) -> None:
    path = made(world, options={"test_event_code": "TEST1"})
    before = api.get(path).body["settings"]["options"]
    assert api.send("PATCH", path, {"options": {}}).body["version"] == 1
    after = api.send("PATCH", path, {"options": {"test_event_code": ""}}).body["settings"]["options"]
    assert after == {name: value for name, value in before.items() if name != "test_event_code"}


def test_h07_it_says_what_an_edit_would_change_and_saves_nothing(api: Api, world: World) -> None:
    path = made(world)
    for said in ("yes", "granted", "no"):
        factories.a_submission(world.form, **{world.consent_property: said})
    answer = api.post(f"{path}/blast-radius", {"value": "40.00", "consent_values": ["granted", "yes"]})
    assert answer.status == 200, answer.body
    found = answer.body
    assert (found["found"], found["signals"], found["changed"], found["sent_before"], found["sent_after"]) == (
        3,
        3,
        2,
        1,
        2,
    )
    assert found["moves"] == [
        {"before": "blocked", "before_reason": "consent_denied", "after": "send", "after_reason": "", "count": 1}
    ]
    assert found["totals"] == [{"currency": "EUR", "before": "25.0000", "after": "80.0000"}]
    assert [each["differs"] for each in found["examples"]] == ["verdict", "value"]
    assert found["examples"][0]["before"] == {
        "verdict": "blocked",
        "reason": "consent_denied",
        "value": None,
        "currency": "",
    }
    assert api.get(path).body["version"] == 1
    assert api.post(f"{path}/blast-radius", {"value": "much"}).status == 400


def test_it_answers_404_for_another_tenants_versions(api: Api, world: World, other: World) -> None:
    theirs = other.make_event().id
    for event_id in (theirs, uuid4()):
        path = f"{EVENTS}/{event_id}"
        assert api.get(f"{path}/versions").status == 404
        assert api.send("PATCH", path, {"value": "1"}).status == 404
        assert api.post(f"{path}/roll-back", {"version": 1}).status == 404
        assert api.post(f"{path}/blast-radius", {"value": "1"}).status == 404


def test_a_key_that_only_reads_edits_nothing(world: World) -> None:
    path = made(world)
    reader = Api(make_key(world.workspace, ("events.read",)))
    assert reader.get(f"{path}/versions").status == 200
    assert reader.send("PATCH", path, {"value": "1"}).status == 403
    assert reader.post(f"{path}/blast-radius", {"value": "1"}).status == 403
    assert reader.post(f"{path}/roll-back", {"version": 1}).status == 403
