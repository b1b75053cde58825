"""The payload preview's other two doors: single identifiers, and the command."""

import json
import subprocess
from copy import deepcopy

import pytest

from apps.domain.identity import sha256_hex
from apps.pipeline.preview import identifier_line
from tests.pipeline.preview_line import LINE
from tools.launcher import commands
from tools.launcher.foreground import python

pytestmark = pytest.mark.usefixtures("no_sockets")


def normalised(**asked_for):
    told = json.loads(identifier_line(json.dumps({"network": "facebook", "field": "email", **asked_for}).encode()))
    return told["normalised"], told["hashed"], told["dropped"]


@pytest.mark.parametrize(
    ("asked_for", "told"),
    [
        ({"value": " Jo@Example.COM "}, ("jo@example.com", sha256_hex("jo@example.com"), None)),
        ({"field": "zip", "value": 12345, "country": "US"}, ("12345", sha256_hex("12345"), None)),
        ({"field": "zip", "value": "1011 AB", "network": "google", "country": "NL"}, ("1011 AB", None, None)),
        ({"field": "phone", "value": "0612345678"}, (None, None, "phone_without_country")),
        (
            {"field": "phone", "value": "0612345678", "default_country": "NL", "network": "google"},
            ("+31612345678", sha256_hex("+31612345678"), None),
        ),
        ({"field": "phone", "value": "06", "network": "linkedin"}, (None, None, "not_used_by_network")),
        ({"value": "A" * 64}, (None, "a" * 64, None)),
        ({"value": "0" * 32}, (None, None, "md5_hash")),
        ({"value": None}, (None, None, "empty")),
        ({"value": "\ud800"}, (None, None, "invalid_text")),
        ({"field": "external_id", "value": "crm-1", "external_id_mode": "raw"}, ("crm-1", None, None)),
        (
            {"field": "date_of_birth", "value": "2027-01-01", "now": "2026-11-22T12:00:00Z"},
            (None, None, "invalid_date"),
        ),
    ],
)
def test_it_normalises_an_identifier(asked_for, told):
    assert normalised(**asked_for) == told


def test_it_gives_several_normal_forms_as_lists():
    forms = ["münchen", "mnchen"]
    assert normalised(field="city", value="München") == (forms, list(map(sha256_hex, forms)), None)


@pytest.mark.parametrize(
    "line", ['{"network": "facebook"}', '{"network": "x", "field": "email"}', '{"kind": 1}', "", '{"value": [1]}']
)
def test_it_answers_an_identifier_it_cannot_read_with_an_error(line):
    told = json.loads(identifier_line(line.encode()))
    assert told["verdict"] == "error"
    assert told["reason"]


def test_it_runs_as_a_command_without_any_server(tmp_path, monkeypatch):
    ran = []
    monkeypatch.setattr(commands, "call", lambda words, environment: ran.append((words, environment)) or 0)
    monkeypatch.setattr(commands.environment, "servers", lambda homes: pytest.fail("a server was started"))
    assert commands.manage(["preview", "--normalise", "--input", "-"]) == 0
    words, environment = ran[0]
    monkeypatch.undo()
    line = b'{"network": "facebook", "field": "email", "value": "a@example.nl"}\n'
    done = subprocess.run(words, env=environment, input=line * 2, capture_output=True, check=True)
    assert [json.loads(each)["normalised"] for each in done.stdout.splitlines()] == ["a@example.nl"] * 2


def test_it_keeps_the_order_of_a_file_that_several_processes_work_at(tmp_path):
    file = tmp_path / "signals.jsonl"
    lines = []
    for number in range(450):
        line = deepcopy(LINE)
        line["event"]["name"] = f"Lead {number}"
        line["contact"]["notes"] = "x" * 10_000
        lines.append(json.dumps(line) if number % 100 else "{]")
    file.write_text("\n".join(lines))
    words = python("manage.py", "preview", "--network", "facebook", "--input", str(file))
    done = subprocess.run(words, capture_output=True, check=True)
    told = [json.loads(each) for each in done.stdout.splitlines()]
    names = [each["requests"][0]["body"]["data"][0]["event_name"] if each["requests"] else "" for each in told]
    assert names == [f"Lead {number}" if number % 100 else "" for number in range(450)]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--input", "-"], "one of the arguments --network --normalise is required"),
        (["--network", "myspace", "--input", "-"], "invalid choice: 'myspace'"),
        (["--normalise"], "--input"),
        (["--normalise", "--input", "no-such-file"], "--input no-such-file cannot be read: No such file or directory"),
    ],
)
def test_it_says_what_is_wrong_with_the_command_line(words, message):
    done = subprocess.run(python("manage.py", "preview", *words), capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert message in done.stderr
    assert done.stdout == ""
