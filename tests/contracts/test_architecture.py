"""The house's own laws, checked: layers, heavy imports, sizes, and what may not be named."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [path for folder in ("apps", "convsync", "tools") for path in (ROOT / folder).rglob("*.py")]
OURS = [path for path in SOURCES if "migrations" not in path.parts]
LONGEST_FILE, LONGEST_FUNCTION = 320, 45


def test_imports_point_one_way():
    lint = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([lint], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_web_process_imports_no_network_sdk():
    program = """
import sys
import convsync.wsgi
from django.test import Client
from django.conf import settings
settings.ALLOWED_HOSTS = ["testserver"]
assert Client().get("/account/login/").status_code == 200
heavy = {"google.ads", "grpc", "proto", "facebook_business", "pycountry", "phonenumbers.geodata"} & set(sys.modules)
print(",".join(sorted(heavy)))
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


def test_django_speaks_psycopg2():
    from django.db.backends.postgresql.psycopg_any import is_psycopg3

    assert not is_psycopg3


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_small_enough_to_read(path):
    text = path.read_text()
    assert len(text.splitlines()) <= LONGEST_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < LONGEST_FUNCTION, node.name


def test_every_workspace_is_seen_only_where_work_is_found_or_someone_is_recognised():
    users = {str(path.relative_to(ROOT)) for path in OURS if "every_workspace()" in path.read_text()}
    assert users <= {
        "apps/ads/leadgen.py",
        "apps/core/rotating.py",
        "apps/core/tenancy.py",
        "apps/pipeline/growth.py",
        "apps/pipeline/management/commands/poisoned.py",
        "apps/pipeline/management/commands/rotate_keys.py",
        "apps/operating/hooks.py",
        "apps/operating/quieting.py",
        "apps/operating/state.py",
        "apps/operating/telling.py",
        "apps/operating/watching.py",
        "apps/pipeline/flow.py",
        "apps/pipeline/simulating.py",
        "apps/pipeline/slices.py",
        "apps/pipeline/watching.py",
        "apps/workspaces/services.py",
    }
