"""The OpenAPI description lists every address, and the page that shows it keeps to the Content-Security-Policy."""

import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern
from drf_spectacular.drainage import GENERATOR_STATS
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.api.urls import urlpatterns
from apps.api.v1.docs import Description, Docs
from apps.api.views import UnknownAddress

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def description() -> Any:
    return Client().get("/api/v1/openapi.json").json()


def routes() -> Iterator[tuple[str, str]]:
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        view = getattr(pattern.callback, "view_class", None)
        if view in (Description, Docs, UnknownAddress):
            continue
        path = "/api/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern.pattern))
        yield from ((path, method) for method in METHODS if hasattr(view, method))


def test_it_lists_every_address_of_ours_and_no_other(description: Any) -> None:
    listed = {(path, method) for path, operations in description["paths"].items() for method in operations}
    assert listed == set(routes())


def test_it_is_openapi_3_1_without_a_warning(description: Any) -> None:
    assert description["openapi"].startswith("3.1")
    GENERATOR_STATS.reset()
    Client().get("/api/v1/openapi.json")
    assert not GENERATOR_STATS._warn_cache
    assert not GENERATOR_STATS._error_cache


def test_it_describes_the_errors_of_each_operation(description: Any) -> None:
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            assert operation["operationId"]
            assert operation.get("summary") or operation["description"]
            if path == "/api/v1/problems/{code}":
                continue
            assert {"400", "401", "403", "429"} <= operation["responses"].keys(), path
            assert operation["security"] == [{"apiKey": []}]
            names = {parameter["name"] for parameter in operation.get("parameters", ())}
            assert ("Idempotency-Key" in names) == (method == "post")


def test_it_describes_rows_and_not_only_a_list(description: Any) -> None:
    schemas = description["components"]["schemas"]
    assert schemas["ContactsIn"]["properties"]["contacts"]["items"] == {"$ref": "#/components/schemas/ContactRow"}
    assert schemas["ContactsIn"]["properties"]["contacts"]["maxItems"] == 100
    assert set(schemas["ContactRow"]["required"]) == {"email"}


def test_it_shows_the_description_with_scripts_from_here_alone(db: None) -> None:
    page = Client().get("/api/v1/docs")
    text = page.content.decode()
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert re.findall(r"<script(?![^>]*src)", text) == []
    assert "<style" not in text
    sources = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert sources
    for source in sources:
        assert source.startswith("/")
        with closing(Client().get(source.replace("&amp;", "&"))) as found:
            assert found.status_code == 200, source


@pytest.mark.django_db(transaction=True)
def test_it_is_shown_by_a_real_browser(page: Page, live_server: LiveServer) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"{live_server.url}/api/v1/docs")
    expect(page.locator(".opblock-summary", has_text="/api/v1/contacts/batch")).to_be_visible(timeout=20_000)
    assert [text for text in complaints if "Content Security Policy" in text] == []
