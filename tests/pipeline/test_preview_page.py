"""docs/preview.md stays true: its examples are run, and it names every key.

`WRITE_EXAMPLES=1 ./run test tests/pipeline/test_preview_page.py` writes today's answers into the page, to be read and
committed when a network's format changed on purpose.
"""

import json
import os
import re

import pytest

from apps.ads.registry import NETWORKS
from apps.pipeline.preview import identifier_line, request_line, tables
from apps.pipeline.preview.identifiers import FIELDS
from tools.launcher.places import ROOT

PAGE = ROOT / "docs" / "preview.md"
EXAMPLE = re.compile(
    r"### An example: (?P<of>\w+)\n(?P<say>.*?)```json\n(?P<told>.*?)```\n\nOut:\n\n```json\n(?P<shown>.*?)```",
    re.DOTALL,
)


def answered(example):
    if example["of"] == "identifiers":
        return [json.loads(identifier_line(line.encode())) for line in example["told"].splitlines()]
    return json.loads(request_line(example["of"], json.dumps(json.loads(example["told"])).encode()))


def as_shown(answer):
    """The answer as the page writes it: a key a line, and so for each request and step."""
    if isinstance(answer, list):
        return "".join(f"{written(each)}\n" for each in answer)
    return "{\n" + ",\n".join(f"  {written(name)}: {_listed(value)}" for name, value in answer.items()) + "\n}\n"


def _listed(value):
    if not isinstance(value, list) or not value:
        return written(value)
    return "[\n" + ",\n".join(f"    {_request(each) if 'body' in each else written(each)}" for each in value) + "\n  ]"


def _request(request):
    return "{\n" + ",\n".join(f"      {written(name)}: {written(value)}" for name, value in request.items()) + "\n    }"


def written(value):
    return json.dumps(value, ensure_ascii=False)


def test_its_examples_are_what_comes_out():
    if os.environ.get("WRITE_EXAMPLES"):
        page = PAGE.read_text()
        PAGE.write_text(
            EXAMPLE.sub(lambda each: each[0].replace(each["shown"], as_shown(answered(each.groupdict()))), page)
        )
    found = [match.groupdict() for match in EXAMPLE.finditer(PAGE.read_text())]
    assert {each["of"] for each in found} == {*NETWORKS, "identifiers"}
    for each in found:
        assert each["shown"] == as_shown(answered(each))


@pytest.mark.parametrize("name", ["LINE", "SIGNAL", "DEAL", "EVENT", "REGION", "WORKSPACE"])
def test_it_names_every_key(name):
    page = PAGE.read_text()
    assert [key for key in getattr(tables, name) if f"`{key}`" not in page] == []


def test_it_names_every_identifier():
    page = PAGE.read_text()
    assert [field for field in FIELDS if f"`{field}`" not in page] == []
