"""Idempotency-Key on POST (reliability: hostile input 46)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apps.api.models import KeptAnswer
from apps.tracking.models import Form
from tests.api.conftest import Api, make_key
from tests.support.world import World

FORMS = "/api/v1/forms"
BODY = {"name": "Demo", "fields": ["email"]}


def count(world: World) -> int:
    with world.scope():
        return Form.objects.count()


def test_it_does_the_same_request_once_and_answers_the_same(api: Api, world: World) -> None:
    before = count(world)
    first, second = (api.post(FORMS, BODY, **{"Idempotency-Key": "k1"}) for _ in range(2))
    assert (first.status, second.status) == (201, 201)
    assert first.body == second.body
    assert second.headers["Idempotency-Replayed"] == "true"
    assert count(world) == before + 1


def test_it_refuses_a_key_of_another_request(api: Api) -> None:
    api.post(FORMS, BODY, **{"Idempotency-Key": "k1"})
    answer = api.post(FORMS, {**BODY, "name": "Other"}, **{"Idempotency-Key": "k1"})
    assert answer.status == 422
    assert answer.body["type"].endswith("idempotency-key-reused")


def test_it_does_a_request_again_that_was_refused(api: Api) -> None:
    assert api.post(FORMS, {"name": ""}, **{"Idempotency-Key": "k1"}).status == 400
    assert api.post(FORMS, BODY, **{"Idempotency-Key": "k1"}).status == 201


def test_it_keeps_keys_of_workspaces_apart(api: Api, other: World) -> None:
    api.post(FORMS, BODY, **{"Idempotency-Key": "k1"})
    theirs = Api(make_key(other.workspace)).post(FORMS, BODY, **{"Idempotency-Key": "k1"})
    assert theirs.status == 201
    assert "Idempotency-Replayed" not in theirs.headers


@pytest.mark.parametrize("key", ["", "   ", "x" * 256])
def test_it_refuses_a_key_that_cannot_be_used(api: Api, key: str) -> None:
    assert api.post(FORMS, BODY, **{"Idempotency-Key": key}).status == 400


def test_it_forgets_a_key_after_a_day(api: Api, world: World) -> None:
    first = api.post(FORMS, BODY, **{"Idempotency-Key": "k1"})
    with world.scope():
        KeptAnswer.objects.update(answered_at=timezone.now() - timedelta(hours=25))
    second = api.post(FORMS, BODY, **{"Idempotency-Key": "k1"})
    assert second.status == 201
    assert second.body["id"] != first.body["id"]


def test_it_answers_409_while_the_same_key_is_being_answered(api: Api, world: World) -> None:
    from apps.api import idempotency

    other = connection.copy()
    try:
        other.set_autocommit(False)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(idempotency, "connection", other)
            idempotency._lock(world.workspace.id, "k1")
        answer = api.post(FORMS, BODY, **{"Idempotency-Key": "k1"})
    finally:
        other.rollback()
        other.close()
    assert answer.status == 409
    assert answer.headers["Retry-After"] == "1"
    assert api.post(FORMS, BODY, **{"Idempotency-Key": "k1"}).status == 201
