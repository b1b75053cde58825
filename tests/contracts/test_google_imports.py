"""Google's libraries stay out of what runs: a worker that sends to Google imports none and stays as small as before."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def said(program: str) -> str:
    """What a fresh Python prints."""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_google_36_a_worker_imports_no_library_of_googles():
    program = """
import sys, django
django.setup()
import apps.pipeline.tasks
print(",".join(sorted({"google.ads", "google.auth", "google.protobuf", "grpc", "proto"} & set(sys.modules))))
"""
    assert said(program) == ""


def test_google_36_the_network_adds_less_than_a_mebibyte_to_what_the_others_need():
    program = """
import os, resource, sys
import apps.ads.networks.linkedin
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()
before = resident()
import apps.ads.networks.google
print(resident() - before)
"""
    assert int(said(program)) <= 1024 * 1024
