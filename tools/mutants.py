"""Is every guard watched? `python -m tools.mutants [GUARD...]` takes one away at a time and runs tests that may mind.

Each mutant is made in a copy of the project; nothing here changes. The last lines are a table for docs/reliability.md.
Exit code 0 only when some test fails for each of them.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tools.launcher.fault import Fault, say
from tools.launcher.places import ROOT

WITHIN = 400.0  # seconds for the tests of one mutant
STORY, CONSENT, FAULTS = "tests/pipeline/test_story.py", "tests/pipeline/test_consent.py", "tests/faults"
FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+?)(?:\[.*)?(?: - .*)?$", re.MULTILINE)


@dataclass(frozen=True)
class Mutant:
    """A guard, the line that is it, what stands there instead, and the tests that are to notice."""

    guard: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def made_in(self, folder: Path) -> None:
        """Take the guard away in that copy. Raises Fault when the line is not there, or not once."""
        path = folder / self.file
        text = path.read_text()
        if text.count(self.old) != 1:
            raise Fault(f"{self.guard}: {self.old!r} is {text.count(self.old)} times in {self.file}; name it anew.")
        path.write_text(text.replace(self.old, self.new))


MUTANTS = (
    Mutant(
        "lease of a lane",
        "apps/deliveries/lanes.py",
        "Lane.objects.filter(free, account_id=account_id).update(lease=lease",
        "Lane.objects.filter(account_id=account_id).update(lease=lease",
        (STORY, "tests/faults/test_crash.py", "tests/pipeline/test_linkedin_holds.py"),
    ),
    Mutant(
        "lease of a conversion",
        "apps/conversions/owing.py",
        "rows = Conversion.objects.filter(state=State.SENDING, leased_until__lt=now)\n    accounts",
        "rows = Conversion.objects.filter(state=State.SENDING)\n    accounts",
        (STORY, f"{FAULTS}/test_guards.py"),
    ),
    Mutant(
        "consent asked again at the claim",
        "apps/conversions/claiming.py",
        'reason = unwilling.get(row.key, "")',
        'reason = ""',
        (CONSENT, f"{FAULTS}/test_people.py"),
    ),
    Mutant(
        "consent asked again when it is withdrawn",
        "apps/pipeline/noticing.py",
        "consent_recheck(contact_ids=changed, at=at)",
        "consent_recheck(contact_ids=(), at=at)",
        (CONSENT,),
    ),
    Mutant(
        "consent asked again for the halves of a refused request",
        "apps/conversions/claiming.py",
        "left = {row.key for row in rows} - refused.keys()",
        "left = {row.key for row in rows}",
        (CONSENT, "tests/privacy/test_erasing.py"),
    ),
    Mutant(
        "bytes as they were frozen",
        "apps/deliveries/sending.py",
        "body=sender.network.body(route, [each.payload for each in claimed])",
        "body=sender.network.body(route, [each.payload.replace('\":', '\": ') for each in claimed])",
        (STORY, f"{FAULTS}/test_guards.py"),
    ),
    Mutant(
        "one order for the same conversions",
        "apps/conversions/claiming.py",
        "return sorted(claimed, key=lambda each: each.key)",
        "return sorted(claimed, key=lambda each: -each.tries * hash(each.key))",
        (STORY, f"{FAULTS}/test_guards.py"),
    ),
    Mutant(
        "window asked again at the claim",
        "apps/conversions/claiming.py",
        "row.expires_at is not None and row.expires_at <= now",
        "row.expires_at is not None and row.expires_at is now",
        (STORY,),
    ),
    Mutant(
        "window at judging",
        "apps/domain/windows.py",
        "ends = _plain(occurred_at) + (longest - shape.margin) if longest else None",
        "ends = None",
        ("tests/domain", f"{FAULTS}/test_times.py"),
    ),
    Mutant(
        "doubt that outlasts the network's memory",
        "apps/conversions/claiming.py",
        "doubted_before = now - recognised_for if recognised_for is not None else None",
        "doubted_before = None",
        ("tests/pipeline/test_doubt.py",),
    ),
    Mutant(
        "tenant, first layer: the managers' filter",
        "apps/core/tenancy.py",
        "return rows if scope == EVERY else rows.filter(workspace_id=scope)",
        "return rows",
        ("tests/core/test_tenancy.py", f"{FAULTS}/test_guards.py"),
    ),
    Mutant(
        "tenant, second layer: row-level security",
        "apps/core/tenancy.py",
        'f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",',
        'f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",',
        ("tests/core/test_tenancy.py",),
    ),
    Mutant(
        "dedup: a signal's id comes from its cause",
        "apps/signals/services.py",
        'return derived_id(at=self.occurred_at, key=f"{workspace_id}:{self.cause}")',
        'return derived_id(at=self.occurred_at, key=f"{id(self)}{workspace_id}:{self.cause}")',
        (STORY, "tests/pipeline/test_stages.py", f"{FAULTS}/test_guards.py"),
    ),
    Mutant(
        "dedup: one row for each signal and event",
        "apps/core/bulk.py",
        '" ON CONFLICT DO NOTHING"',
        '""',
        (STORY, "tests/pipeline/test_stages.py", f"{FAULTS}/test_guards.py"),
    ),
    Mutant(
        "dedup: a repeat of one act",
        "apps/conversions/judging.py",
        'repeat_of=repeats.first(signal, rules.id) if signal.repeat_key else "",',
        'repeat_of="",',
        (STORY,),
    ),
    Mutant(
        "row before the wire",
        "apps/deliveries/sending.py",
        "        _save_request(sender, route, claimed, request_id, now)\n    return _deliver",
        "    return _deliver",
        (STORY,),
    ),
    Mutant(
        "an answer settles only its own request's conversions",
        "apps/conversions/owing.py",
        "rows = Conversion.objects.filter(request_id=request_id, state=state)\n        if",
        "rows = Conversion.objects.filter(state=state)\n        if",
        (f"{FAULTS}/test_guards.py", "tests/pipeline/test_confirming.py"),
    ),
    Mutant(
        "one judge for each workspace: the advisory lock",
        "apps/conversions/judging.py",
        "return bool(cursor.fetchone()[0])",
        "return bool(cursor.fetchone())",
        (STORY, f"{FAULTS}/test_guards.py"),
    ),
    Mutant(
        "one renews the token: the row's lock",
        "apps/connections/services.py",
        "Connection.objects.select_for_update().filter(id=connection_id).first()",
        "Connection.objects.filter(id=connection_id).first()",
        (f"{FAULTS}/test_sign_ins.py",),
    ),
    Mutant(
        "a claim takes no more than fits into a request",
        "apps/conversions/claiming.py",
        "WITH due AS MATERIALIZED (",
        "WITH due AS NOT MATERIALIZED (",
        ("tests/conversions/test_claiming.py",),
    ),
    Mutant(
        "event asked again at the claim",
        "apps/conversions/claiming.py",
        'reason = stopped.get(row.event_id, "") if row.payload else "erased"',
        'reason = "" if row.payload else "erased"',
        (STORY,),
    ),
)


@dataclass(frozen=True)
class Seen:
    """What the tests made of a mutant: those that failed."""

    mutant: Mutant
    failed: tuple[str, ...]
    seconds: float


def tried(mutant: Mutant) -> Seen:
    """Make the mutant in a copy and run its tests."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutant-") as name:
        folder = Path(name)
        _copy(folder)
        mutant.made_in(folder)
        tests = [test for test in mutant.tests if (folder / test.partition("::")[0]).exists()]
        words = [sys.executable, "-m", "tools.launcher", "test", *tests, "-q", "-p", "no:cacheprovider", "--no-header"]
        ran = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=WITHIN, check=False)
    names = dict.fromkeys(found.rpartition("::")[2] for found in FAILED.findall(ran.stdout))
    if ran.returncode not in (0, 1):
        raise Fault(f"{mutant.guard}: its tests could not be run.\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}")
    return Seen(mutant, tuple(names), time.monotonic() - began)


def _copy(folder: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def table(seen: list[Seen]) -> str:
    """The table as docs/reliability.md shows it: at most two tests of each."""
    lines = ["| guard | where | tests that fail without it |", "|---|---|---|"]
    for each in seen:
        more = f" and {len(each.failed) - 2} more" if len(each.failed) > 2 else ""
        named = ", ".join(f"`{name}`" for name in each.failed[:2]) or "**none**"
        lines.append(f"| {each.mutant.guard} | `{each.mutant.file}` | {named}{more} |")
    return "\n".join(lines)


def main(guards: list[str]) -> int:
    """Try the mutants whose guard contains one of these words, or all of them."""
    chosen = [each for each in MUTANTS if not guards or any(word in each.guard for word in guards)]
    seen: list[Seen] = []
    for mutant in chosen:
        seen.append(tried(mutant))
        mark, count = "✓" if seen[-1].failed else "✗", len(seen[-1].failed)
        say(f"{mark} {mutant.guard}: {count} failed ({seen[-1].seconds:.0f} s)")
    print(table(seen))
    return 0 if all(each.failed for each in seen) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
