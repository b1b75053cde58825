"""What a person does at a network's consent page at the sandbox, without a browser."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qs, urljoin, urlsplit

import requests


def agree(address: str, *, yes: bool = True, **fields: object) -> dict[str, str]:
    """Say yes (or no) at the consent page and return the query that the network sends back with."""
    person = requests.Session()
    page = person.get(address, timeout=10)
    page.raise_for_status()
    link = re.search(r'id="yes" href="([^"]+)"' if yes else r'id="no" href="([^"]+)"', page.text)
    if link:
        answer = person.get(urljoin(address, link[1].replace("&amp;", "&")), allow_redirects=False, timeout=10)
    else:
        answer = person.post(address, _filled(page.text, yes, fields), allow_redirects=False, timeout=10)
    assert answer.status_code in (302, 303), answer.text
    return {name: values[-1] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def _filled(page: str, yes: bool, fields: Mapping[str, object]) -> dict[str, object]:
    """The form as it stands, every box ticked, with `fields` instead where they are given."""
    ticked = re.findall(r'type="checkbox" name="(\w+)" value="([^"]+)" checked', page)
    filled: dict[str, object] = {}
    for name, value in ticked:
        filled[name] = [*_list(filled.get(name)), value]
    account = re.search(r"<option(?: selected)?>([^<]+)</option>", page)
    if account:
        filled["account"] = account[1]
    return {**filled, "decision": "allow" if yes else "cancel", **fields}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
