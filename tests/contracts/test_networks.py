"""The contract of a network: joining `apps.ads.registry` is joining this suite."""

import ast
import logging
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

import apps.ads.networks
from apps.ads.network import Network
from apps.ads.registry import NETWORKS
from apps.domain.facts import Trigger
from apps.domain.identity import FIELDS
from apps.domain.outcome import Reply
from tests.contracts.builders import PEOPLE, TOKEN, owed, owings, target
from tests.contracts.marks import each_network, each_shape, quickly

EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
# Facts of the visit that leave without being identifiers.
VISIT = {"action_source", "event_source_url", "referrer_url"}


def rendered(network: Network, trigger: str, count: int = 3) -> tuple[str, list[str], bytes]:
    """Route, elements and body of a request of `count` conversions."""
    conversions = [owed(network, trigger, network_event_id=f"event-{number}") for number in range(count)]
    elements = [network.element(conversion) for conversion in conversions]
    route = network.route(conversions[0])
    return route, elements, network.body(route, elements)


# The manifest


@each_network
def test_it_lives_in_one_folder_of_five_files(network: Network) -> None:
    folder = _folder(network)
    assert {"manifest.py", "client.py", "write.py", "outcome.py", "setup.md"} <= {
        file.name for file in folder.iterdir()
    }
    help_text = (folder / "setup.md").read_text()
    assert help_text.startswith("# ")
    assert len(help_text) > 500


@each_network
def test_it_is_registered_under_its_own_key_and_known_to_identity(network: Network) -> None:
    assert NETWORKS[network.manifest.key] is network
    assert network.manifest.key in FIELDS


@each_network
def test_it_has_a_shape_for_every_trigger_that_it_speaks_of(network: Network) -> None:
    manifest = network.manifest
    spoken_of = set(manifest.warnings).union(*(choice.triggers for choice in manifest.choices))
    assert manifest.shapes
    assert spoken_of <= set(manifest.shapes) <= set(Trigger)


@each_shape
def test_it_stops_sending_before_the_window_closes(network: Network, trigger: str) -> None:
    shape = network.manifest.shapes[trigger]
    windows = [window for window in (shape.max_age, shape.click_window) if window is not None]
    assert windows
    assert all(timedelta(0) < shape.margin < window for window in windows)


@each_shape
def test_it_names_only_identifiers_that_identity_can_bring_to_its_form(network: Network, trigger: str) -> None:
    shape = network.manifest.shapes[trigger]
    named = set(shape.identifiers).union(*shape.too_weak, *chain.from_iterable(shape.together))
    assert named | set(shape.needs_click) <= set(FIELDS[network.manifest.key])
    assert len(set(shape.identifiers)) == len(shape.identifiers)


@each_network
def test_it_lets_the_marketer_see_every_field_that_can_leave(network: Network) -> None:
    shown = {shared.name for shared in network.manifest.shared}
    identifiers = set(chain.from_iterable(shape.identifiers for shape in network.manifest.shapes.values()))
    assert shown <= identifiers | VISIT
    assert identifiers <= shown
    assert all(shared.label for shared in network.manifest.shared)


@each_network
def test_it_shares_always_what_cannot_be_removed(network: Network) -> None:
    fixed = {shared.name for shared in network.manifest.shared if not shared.removable}
    always = set(chain.from_iterable(shape.always_shared for shape in network.manifest.shapes.values()))
    assert always | (fixed & VISIT) == fixed


@each_network
def test_it_asks_for_fields_with_unique_names_and_a_known_kind(network: Network) -> None:
    choices = network.manifest.choices
    assert len({choice.name for choice in choices}) == len(choices)
    assert {choice.kind for choice in choices} <= {"text", "flag", "property", "choice"}
    assert all(choice.label and choice.help and choice.max_length > 0 for choice in choices)
    assert all(bool(choice.options) == (choice.kind == "choice") for choice in choices)


@each_network
def test_it_speaks_a_version_that_is_still_served_and_says_where_that_was_read(network: Network) -> None:
    manifest, today = network.manifest, datetime.now(UTC).date()
    assert manifest.version
    assert manifest.version_ends is None or manifest.version_ends > today, "move to a newer API version"
    assert manifest.as_of <= today
    assert manifest.source.startswith("https://")
    assert manifest.batch_limit > 0


@each_network
def test_it_says_how_fast_calls_may_leave_and_where_that_was_read(network: Network) -> None:
    for pace in network.manifest.paces:
        assert 0 < pace.per_minute <= pace.per_day
        assert pace.by in ("token", "app")
        assert pace.source.startswith("https://")


# Rendering


@each_shape
@quickly
@given(data=st.data())
def test_it_writes_the_same_bytes_for_the_same_conversion_whatever_the_order(
    network: Network, trigger: str, data: st.DataObject
) -> None:
    conversion = data.draw(owings(network, trigger))
    turned = replace(
        conversion,
        identifiers=dict(data.draw(st.permutations(list(conversion.identifiers.items())))),
        options=dict(data.draw(st.permutations(list(conversion.options.items())))),
    )
    assert network.element(conversion) == network.element(conversion) == network.element(turned)
    assert network.route(conversion) == network.route(turned)


@each_shape
@quickly
@given(data=st.data())
def test_it_puts_elements_into_the_body_unchanged_and_in_their_order(
    network: Network, trigger: str, data: st.DataObject
) -> None:
    conversions = data.draw(st.lists(owings(network, trigger), min_size=1, max_size=2))
    elements = [network.element(conversion) for conversion in conversions]
    body = network.body(network.route(conversions[0]), elements)
    assert ",".join(elements).encode() in body
    lists = [part for part in orjson.loads(body).values() if isinstance(part, list)]
    assert [orjson.loads(element) for element in elements] in lists


@each_shape
def test_it_fills_a_request_up_to_the_batch_limit(network: Network, trigger: str) -> None:
    limit = network.manifest.batch_limit
    element = network.element(owed(network, trigger))
    body = network.body(network.route(owed(network, trigger)), [element] * limit)
    assert body.count(element.encode()) == limit
    assert len(body) < 50 * 1024 * 1024


@each_shape
@quickly
@given(data=st.data())
def test_it_writes_no_empty_field_and_no_hash_of_nothing(network: Network, trigger: str, data: st.DataObject) -> None:
    element = network.element(data.draw(owings(network, trigger)))
    assert EMPTY_HASH not in element
    assert not [value for value in _leaves(orjson.loads(element)) if value in (None, "", {})]


@each_shape
def test_it_lets_no_raw_email_or_phone_leave(network: Network, trigger: str) -> None:
    _, _, body = rendered(network, trigger)
    text = body.decode().lower()
    digits = "".join(character for character in PEOPLE["phone"][0] if character.isdigit())
    assert PEOPLE["email"][0].lower() not in text
    assert digits not in text
    assert digits[2:] not in text


@each_shape
def test_it_says_which_event_it_is_so_that_a_resend_is_recognised(network: Network, trigger: str) -> None:
    _, elements, _ = rendered(network, trigger)
    assert all(f"event-{number}" in element for number, element in enumerate(elements))


@each_shape
def test_it_writes_the_value_without_rounding_it(network: Network, trigger: str) -> None:
    element = network.element(owed(network, trigger))
    assert "1249.50" in element
    assert '"EUR"' in element


@each_shape
def test_it_sends_a_conversion_without_a_value(network: Network, trigger: str) -> None:
    assert '"EUR"' not in network.element(owed(network, trigger, value=None))


# The address


@each_shape
def test_it_calls_only_its_own_hosts_over_https(network: Network, trigger: str) -> None:
    route, _, _ = rendered(network, trigger)
    url = urlsplit(network.address(target(network), route, 3).url)
    assert url.scheme == "https"
    assert url.hostname in network.manifest.hosts
    assert url.port is None


@each_shape
def test_it_follows_the_target_to_a_stand_in(network: Network, trigger: str) -> None:
    route, _, _ = rendered(network, trigger)
    stand_in = replace(target(network), base="http://127.0.0.1:8010/there")
    assert network.address(stand_in, route, 3).url.startswith("http://127.0.0.1:8010/there/")


@each_shape
def test_it_carries_the_token_in_a_header_only(network: Network, trigger: str) -> None:
    route, elements, body = rendered(network, trigger)
    address = network.address(target(network), route, len(elements))
    assert TOKEN in " ".join(address.headers.values())
    assert TOKEN not in address.url
    assert TOKEN.encode() not in body
    assert address.headers["Content-Type"] == "application/json"


@each_shape
def test_it_logs_and_prints_nothing(
    network: Network, trigger: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        route, elements, _ = rendered(network, trigger)
        network.address(target(network), route, len(elements))
        network.read(Reply(400, {}, b'{"error": {"message": "no"}}'), len(elements))
    assert not caplog.records
    assert capfd.readouterr() == ("", "")


# Purity


@each_network
def test_it_imports_only_the_rules_its_contract_and_the_standard_library(network: Network) -> None:
    folder = _folder(network)
    own = f"apps.ads.networks.{folder.name}"
    words = ("network", "wire", "counts", "found", "sign_in", "leads", "cautions", "answers", "paging")
    shared = [f"apps.ads.{name}" for name in words]
    allowed = ("apps.domain", "apps.core.errors", *shared, own)
    for file in folder.glob("*.py"):
        for module in _imports(file):
            is_plain = module.partition(".")[0] in sys.stdlib_module_names or module == "orjson"
            is_ours = any(module == name or module.startswith(f"{name}.") for name in allowed)
            assert (is_plain and module != "logging") or is_ours, f"{file.name} imports {module}"


def _folder(network: Network) -> Path:
    return Path(apps.ads.networks.__file__).parent / network.manifest.key


def _imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def _leaves(value: object) -> Iterator[object]:
    if isinstance(value, dict) and value:
        for part in value.values():
            yield from _leaves(part)
    elif isinstance(value, list) and value:
        for part in value:
            yield from _leaves(part)
    elif value != []:
        yield value
