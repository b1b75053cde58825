"""What every address has in common: keys, scopes, limits, and errors in the right shape."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from unittest.mock import patch
from uuid import UUID

import pytest
from django.db import OperationalError
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisGone

from apps.api import ratelimit
from apps.api.errors import RateLimited
from apps.core.actor import SYSTEM
from apps.core.tenancy import workspace_scope
from apps.records.models import Contact
from apps.workspaces.models import ApiKey
from apps.workspaces.services import api_key_revoke
from tests.api.conftest import Api, make_key
from tests.support.world import World

PLACES = {
    "v1": ("/api/v1/events", "application/problem+json"),
    "hubspot": ("/crm/v3/objects/contacts", "application/json"),
}


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer csk_12345678_nobody",
        "Basic dXNlcjpwdw==",
        "Bearer a b",
        "Bearer clé",
        "x" * 9000,
    ],
)
@pytest.mark.parametrize("place", PLACES)
def test_it_answers_401_without_a_key_in_use(world: World, place: str, header: str) -> None:
    path, content_type = PLACES[place]
    answer = Api("").get(path, Authorization=header)
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.headers["Content-Type"] == content_type


def test_it_takes_no_key_from_the_address(world: World, api: Api) -> None:
    assert Api("").get(f"/crm/v3/objects/contacts?hapikey={api.key}").status == 401


def test_it_refuses_a_revoked_key_at_once(world: World, api: Api) -> None:
    assert api.get("/api/v1/events").status == 200
    with world.scope():
        key = ApiKey.objects.get(prefix="_".join(api.key.split("_")[:2]))
        api_key_revoke(workspace_id=world.workspace.id, key_id=key.id, by=SYSTEM, at=timezone.now())
    assert api.get("/api/v1/events").status == 401


NEEDED = [
    ("GET", "/api/v1/accounts", "events.read"),
    ("POST", "/api/v1/contacts/batch", "records.write"),
    ("GET", "/api/v1/events", "events.read"),
    ("POST", "/api/v1/events", "events.write"),
    ("GET", "/api/v1/events/{id}", "events.read"),
    ("DELETE", "/api/v1/events/{id}", "events.write"),
    ("POST", "/api/v1/events/{id}/on", "events.write"),
    ("POST", "/api/v1/events/{id}/off", "events.write"),
    ("GET", "/api/v1/forms", "records.read"),
    ("POST", "/api/v1/forms", "records.write"),
    ("POST", "/api/v1/forms/{id}/submissions", "records.write"),
    ("POST", "/api/v1/conversions/release", "events.write"),
    ("POST", "/api/v1/conversions/reject", "events.write"),
    ("GET", "/api/v1/deadlines", "signals.read"),
    ("GET", "/api/v1/ledger", "signals.read"),
    ("GET", "/api/v1/reasons", "signals.read"),
    ("GET", "/api/v1/signals", "signals.read"),
    ("GET", "/api/v1/signals/{id}", "signals.read"),
    ("GET", "/crm/v3/objects/deals", "records.read"),
    ("POST", "/crm/v3/objects/deals", "records.write"),
    ("GET", "/crm/v3/objects/deals/1", "records.read"),
    ("PATCH", "/crm/v3/objects/deals/1", "records.write"),
    ("DELETE", "/crm/v3/objects/deals/1", "records.write"),
    ("POST", "/crm/v3/objects/deals/search", "records.read"),
    ("POST", "/crm/v3/objects/deals/batch/read", "records.read"),
    ("POST", "/crm/v3/objects/deals/batch/create", "records.write"),
    ("POST", "/crm/v3/objects/deals/batch/update", "records.write"),
    ("POST", "/crm/v3/objects/deals/batch/upsert", "records.write"),
    ("POST", "/crm/v3/objects/deals/batch/archive", "records.write"),
    ("GET", "/crm/v4/objects/deals/1/associations/contacts", "records.read"),
    ("PUT", "/crm/v4/objects/deals/1/associations/default/contacts/2", "records.write"),
    ("PUT", "/crm/v4/objects/deals/1/associations/contacts/2", "records.write"),
    ("DELETE", "/crm/v4/objects/deals/1/associations/contacts/2", "records.write"),
    ("POST", "/crm/v4/associations/deals/contacts/batch/associate/default", "records.write"),
    ("POST", "/crm/v4/associations/deals/contacts/batch/create", "records.write"),
    ("POST", "/crm/v3/associations/deals/contacts/batch/create", "records.write"),
    ("GET", "/crm/v3/properties/contacts", "records.read"),
    ("POST", "/crm/v3/properties/contacts", "records.write"),
    ("GET", "/crm/v3/properties/contacts/email", "records.read"),
    ("GET", "/crm/v3/pipelines/deals", "records.read"),
    ("GET", "/crm/v3/pipelines/deals/default", "records.read"),
    ("GET", "/marketing/v3/forms/", "records.read"),
    ("POST", "/marketing/v3/forms/", "records.write"),
    ("GET", "/marketing/v3/forms/{id}", "records.read"),
    ("POST", "/submissions/v3/integration/secure/submit/1/{id}", "records.write"),
]


def test_it_asks_each_address_for_its_scope_and_names_it(world: World) -> None:
    scopes = sorted({scope for _, _, scope in NEEDED})
    lacking = {scope: Api(make_key(world.workspace, [each for each in scopes if each != scope])) for scope in scopes}
    for method, path, scope in NEEDED:
        answer = lacking[scope].send(method, path.format(id=world.form.id))
        assert answer.status == 403, (method, path)
        assert scope in answer.body.get("detail", answer.body.get("message", "")), (method, path)


def test_it_permits_nothing_that_a_view_does_not_mention(api: Api) -> None:
    answer = api.send("DELETE", "/api/v1/events")
    assert answer.status == 405
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/", "/api/v2/events", "/api/v1/events/not-a-uuid"])
def test_it_answers_an_unknown_address_of_ours_with_problem_json(db: None, path: str) -> None:
    answer = Api("").get(path)
    assert answer.status == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.body["type"].endswith("/api/v1/problems/not-found")
    assert answer.body["status"] == 404


@pytest.mark.parametrize(
    "path", ["/crm/v3/nothing", "/marketing/v9/forms", "/submissions/x", "/crm/v3/objects/a/b/c/d"]
)
def test_it_answers_an_unknown_address_of_hubspot_in_its_shape(db: None, path: str) -> None:
    answer = Api("").post(path)
    assert answer.status == 404
    assert answer.body["status"] == "error"
    assert answer.body["category"] == "OBJECT_NOT_FOUND"
    assert answer.body["correlationId"] == answer.headers["X-Correlation-Id"]


BODIES = {
    "NaN": (b'{"value": NaN}', "application/json", 400),
    "a 5,000-digit integer": (b'{"value": ' + b"9" * 5000 + b"}", "application/json", 400),
    "200,000 deep": (b"[" * 200_000, "application/json", 400),
    "invalid UTF-8": (b"\xff\xfe", "application/json", 400),
    "NUL": (rb'{"inputs": [{"properties": {"email": "a\u0000@b.nl"}}]}', "application/json", 400),
    "a lone surrogate": (rb'{"name": "\ud800"}', "application/json", 400),
    "a key told twice": (b'{"a": 1, "a": 2}', "application/json", 400),
    "an array": (b"[]", "application/json", 400),
    "text": (b'"hello"', "application/json", 400),
    "null": (b"null", "application/json", 400),
    "text/plain": (b"{}", "text/plain", 415),
    "a form": (b"a=1", "application/x-www-form-urlencoded", 415),
    "another charset": (b"{}", "application/json; charset=utf-16", 415),
    "eleven megabytes": (b'{"a": "' + b"x" * 11_000_000 + b'"}', "application/json", 413),
}
WRITES = [
    "/api/v1/events",
    "/api/v1/forms",
    "/api/v1/contacts/batch",
    "/crm/v3/objects/contacts",
    "/crm/v3/objects/contacts/batch/upsert",
    "/crm/v3/objects/contacts/search",
    "/crm/v4/associations/contacts/deals/batch/create",
    "/crm/v3/properties/contacts",
    "/marketing/v3/forms/",
]


@pytest.mark.parametrize("path", WRITES)
def test_it_refuses_every_hostile_body(api: Api, path: str) -> None:
    for name, (raw, content_type, status) in BODIES.items():
        answer = api.send("POST", path, raw=raw, **{"Content-Type": content_type})
        assert answer.status == status, name
        assert answer.body.get("detail") or answer.body.get("message"), name


def test_it_refuses_a_compressed_body(api: Api) -> None:
    assert api.send("POST", "/api/v1/forms", raw=b"\x1f\x8b", **{"Content-Encoding": "gzip"}).status == 415


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/signals?limit=1&limit=1000",
        "/api/v1/signals?limit=-1",
        "/api/v1/signals?limit=1e9",
        "/api/v1/signals?after=forged",
        "/api/v1/signals?after=%00",
        "/api/v1/signals?tenant_id=1",
        "/api/v1/events?limit=5",
        "/crm/v3/objects/contacts?limit=1&limit=1000",
        "/crm/v3/objects/contacts?limit=0",
        "/crm/v3/objects/contacts?limit=101",
        "/crm/v3/objects/contacts?after=-1",
        "/crm/v3/objects/contacts?after=abc",
        "/crm/v3/objects/contacts?archived=maybe",
        "/crm/v3/objects/contacts?properties=a%00b",
        "/crm/v3/objects/contacts/1?idProperty=phone",
    ],
)
def test_it_refuses_a_parameter_that_cannot_be_used(api: Api, path: str) -> None:
    assert api.get(path).status == 400


def test_it_counts_requests_and_says_when_to_go_on(api: Api) -> None:
    with patch.object(ratelimit, "PER_KEY", ratelimit.Limit("key", 2, 3600)):
        first, second, third = (api.get("/api/v1/reasons") for _ in range(3))
        hubspot = api.get("/crm/v3/objects/contacts")
    assert first.headers["RateLimit-Policy"] == '"key";q=2;w=3600'
    assert '"key";r=0;' in second.headers["RateLimit"]
    assert third.status == 429
    assert 0 < int(third.headers["Retry-After"]) <= 3600
    assert hubspot.body["category"] == "RATE_LIMITS"


def test_it_names_its_limit_as_hubspot_does(api: Api) -> None:
    headers = api.get("/crm/v3/objects/contacts").headers
    assert headers["X-HubSpot-RateLimit-Max"] == str(ratelimit.PER_KEY.most)
    assert headers["X-HubSpot-RateLimit-Remaining"] == str(ratelimit.PER_KEY.most - 1)
    assert headers["X-HubSpot-RateLimit-Interval-Milliseconds"] == "10000"


def test_it_counts_by_itself_while_redis_is_away() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    limit = ratelimit.Limit("away", 2, 60)
    with patch("apps.api.ratelimit.cache.add", side_effect=RedisGone):
        assert ratelimit.count(limit, who="w", now=now).remaining == 1
        ratelimit.count(limit, who="w", now=now)
        with pytest.raises(RateLimited):
            ratelimit.count(limit, who="w", now=now)
        assert ratelimit.count(limit, who="v", now=now).remaining == 1


def test_it_says_nothing_of_the_inside_when_it_is_our_own_fault(api: Api) -> None:
    with (
        patch("apps.api.v1.ledger.ledger", side_effect=RuntimeError("anna@example.com")),
        patch("apps.api.problems.log") as log,
    ):
        answer = api.get("/api/v1/ledger")
    assert answer.status == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    logged = log.error.call_args
    assert logged.kwargs["error"] == "RuntimeError"
    assert answer.body["instance"] == f"urn:uuid:{logged.kwargs['correlation_id']}"
    assert "anna" not in f"{answer.body} {logged}"


def test_it_answers_503_when_the_database_is_away(api: Api) -> None:
    with patch("apps.api.v1.ledger.ledger", side_effect=OperationalError("gone")):
        assert api.get("/api/v1/ledger").status == 503


def test_it_answers_no_2xx_when_the_commit_fails(api: Api, world: World) -> None:
    @contextmanager
    def scope_that_breaks(workspace_id: UUID) -> Iterator[None]:
        with workspace_scope(workspace_id):
            yield
            raise OperationalError("gone")

    with patch("apps.api.views.workspace_scope", scope_that_breaks):
        answer = api.post("/crm/v3/objects/contacts", {"properties": {"email": "a@example.com"}})
    assert answer.status == 503
    with world.scope():
        assert not Contact.objects.exists()


def test_it_answers_a_head_as_a_get_without_its_body(api: Api) -> None:
    answer = api.send("HEAD", "/api/v1/events")
    assert answer.status == 200
    assert answer.body is None


def test_it_says_the_same_in_every_language(api: Api) -> None:
    answers = [api.post("/api/v1/forms", {}, **{"Accept-Language": each}) for each in ("en", "nl")]
    assert answers[0].body["errors"] == answers[1].body["errors"]


def test_it_explains_each_kind_of_problem_at_its_type(api: Api) -> None:
    problem = api.get("/api/v1/events/0198c0de-0000-7000-8000-000000000000").body
    path = problem["type"].split("/", 3)[3]
    assert Api("").get(f"/{path}").body["title"] == problem["title"]
