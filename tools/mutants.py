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
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.launcher.commands import servers_for_tests
from tools.launcher.fault import Fault, say
from tools.launcher.places import ROOT

WITHIN = 400.0  # seconds for the tests of one mutant
# As in pyproject.toml, but that one database serves all mutants that change none of its tables.
OPTIONS = "--strict-markers --strict-config -p no:valkey -p no:cacheprovider --import-mode=importlib -ra"
STORY, CONSENT = "tests/pipeline/test_story.py", "tests/pipeline/test_consent.py"
GUARDS, PEOPLE = "tests/faults/test_guards.py", "tests/faults/test_people.py"
TIMES = "tests/faults/test_times.py"
FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+?)(?:\[.*)?(?: - .*)?$", re.MULTILINE)


@dataclass(frozen=True)
class Mutant:
    """A guard, the line that is it, what stands there instead, and the tests that are to notice."""

    guard: str
    file: str
    old: str
    new: str
    tests: tuple[tuple[str, str], ...]  # (file, test's name), without a name all of the file

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
        (
            (GUARDS, "test_it_leaves_a_lane_alone_that_another_worker_serves"),
            (STORY, "test_two_workers_at_one_lane_send_it_once"),
        ),
    ),
    Mutant(
        "lease of a conversion",
        "apps/conversions/owing.py",
        "rows = Conversion.objects.filter(state=State.SENDING, leased_until__lt=Now())\n    accounts",
        "rows = Conversion.objects.filter(state=State.SENDING)\n    accounts",
        ((GUARDS, "test_it_gives_nothing_back_that_is_being_sent"),),
    ),
    Mutant(
        "the database's clock, not the worker's",
        "apps/core/clock.py",
        "moment: datetime = now",
        "moment: datetime = datetime.now(now.tzinfo)",
        ((TIMES, "test_f37_a_worker_whose_clock_is_off_judges_by_the_databases"),),
    ),
    Mutant(
        "consent asked again at the claim",
        "apps/conversions/claiming.py",
        'reason = unwilling.get(row.key, "")',
        'reason = ""',
        (
            (PEOPLE, "test_f53_what_is_withdrawn_while_it_is_on_its_way_is_not_tried_again"),
            (CONSENT, "test_a11_a_retry_does_not_leave_after_a_withdrawal"),
        ),
    ),
    Mutant(
        "consent asked again when it is withdrawn",
        "apps/pipeline/noticing.py",
        "consent_recheck(contact_ids=changed, at=at)",
        "consent_recheck(contact_ids=(), at=at)",
        ((CONSENT, "test_a11_a_withdrawal_ends_what_waits_in_its_own_transaction"),),
    ),
    Mutant(
        "consent asked again for the halves of a refused request",
        "apps/conversions/claiming.py",
        "left = {row.key for row in rows} - refused.keys()",
        "left = {row.key for row in rows}",
        (
            (CONSENT, "test_a11_what_is_withdrawn_while_a_request_is_narrowed_down_stays_here"),
            ("tests/privacy/test_erasing.py", "test_h09_halves_of_a_refused_request_leave_without_the_erased"),
        ),
    ),
    Mutant(
        "bytes as they were frozen",
        "apps/deliveries/sending.py",
        "[each.payload for each in part.claimed]",
        "[each.payload.replace('\":', '\": ') for each in part.claimed]",
        ((GUARDS, "test_it_sends_the_very_bytes_that_were_frozen_in_one_order_each_time"),),
    ),
    Mutant(
        "one order for the same conversions",
        "apps/conversions/claiming.py",
        "return sorted(claimed, key=lambda each: each.key)",
        "return sorted(claimed, key=lambda each: -each.tries * hash(each.key))",
        ((GUARDS, "test_it_sends_the_very_bytes_that_were_frozen_in_one_order_each_time"),),
    ),
    Mutant(
        "window asked again at the claim",
        "apps/domain/retry.py",
        "if self.expires_at is not None and self.expires_at <= now:",
        "if self.expires_at is not None and self.expires_at is now:",
        ((STORY, "test_what_waited_past_its_window_expires_and_says_so"),),
    ),
    Mutant(
        "window at judging",
        "apps/domain/windows.py",
        "ends = None if length is None else _plain(occurred_at) + length",
        "ends = None",
        (
            ("tests/domain/test_windows.py", ""),
            ("tests/domain/test_rules.py", ""),
        ),
    ),
    Mutant(
        "doubt that outlasts the network's memory",
        "apps/domain/retry.py",
        "if self.recognised_until is not None and self.recognised_until <= now:",
        "if self.recognised_until is not None and self.recognised_until is now:",
        (("tests/pipeline/test_doubt.py", ""),),
    ),
    Mutant(
        "tenant, first layer: the managers' filter",
        "apps/core/tenancy.py",
        "return rows if scope == EVERY else rows.filter(workspace_id=scope)",
        "return rows",
        ((GUARDS, "test_it_asks_for_its_own_workspace_before_the_database_hides_the_others"),),
    ),
    Mutant(
        "dedup: a signal's id comes from its cause",
        "apps/signals/services.py",
        'return derived_id(at=self.occurred_at, key=f"{workspace_id}:{self.cause}")',
        'return derived_id(at=self.occurred_at, key=f"{id(self)}{workspace_id}:{self.cause}")',
        (
            (GUARDS, "test_it_makes_one_signal_of_a_cause_that_is_noticed_twice"),
            ("tests/pipeline/test_stages.py", ""),
        ),
    ),
    Mutant(
        "dedup: one row for each signal and event",
        "apps/core/bulk.py",
        "' ON CONFLICT DO NOTHING'}",
        "''}",
        ((GUARDS, "test_it_keeps_what_was_decided_when_a_signal_is_judged_again"),),
    ),
    Mutant(
        "dedup: a repeat of one act",
        "apps/conversions/judging.py",
        'repeats.first(signal, rules.id) if signal.repeat_key else "",',
        '"",',
        ((STORY, "test_a13_the_same_submission_twice_is_one_conversion_and_the_second_says_why"),),
    ),
    Mutant(
        "row before the wire",
        "apps/deliveries/sending.py",
        "        _save_request(sender, turn.route, claimed, request_id, now)\n    return _Part",
        "    return _Part",
        (
            (STORY, "test_a_worker_that_died_holding_conversions_loses_none_and_sends_the_same_bytes"),
            (STORY, "test_many_conversions_share_one_request"),
        ),
    ),
    Mutant(
        "circuit breaker",
        "apps/domain/breaker.py",
        "return Position.OPEN if now < self.open_until <= now + LONGEST_PAUSE else Position.HALF_OPEN",
        "return Position.CLOSED",
        (("tests/domain/test_breaker.py", ""), ("tests/deliveries/test_circuits.py", "")),
    ),
    Mutant(
        "an answer settles only its own request's conversions",
        "apps/conversions/owing.py",
        "of_request = Conversion.objects.filter(request_id=request_id, state=state)",
        "of_request = Conversion.objects.filter(state=state)",
        ((GUARDS, "test_a_late_answer_settles_nothing_that_left_again_in_another_request"),),
    ),
    Mutant(
        "an answer puts off only its own request's conversions",
        "apps/conversions/owing.py",
        "AND owed.request_id = %(request)s AND owed.state = %(state)s",
        "AND owed.state = %(state)s",
        ((GUARDS, "test_a_late_answer_settles_nothing_that_left_again_in_another_request"),),
    ),
    Mutant(
        "one judge for each workspace: the advisory lock",
        "apps/conversions/judging.py",
        "return bool(cursor.fetchone()[0])",
        "return bool(cursor.fetchone())",
        ((GUARDS, "test_it_judges_no_workspace_that_another_worker_judges"),),
    ),
    Mutant(
        "one renews the token: the row's lock",
        "apps/connections/services.py",
        "Connection.objects.select_for_update().filter(id=connection_id).first()",
        "Connection.objects.filter(id=connection_id).first()",
        (("tests/faults/test_sign_ins.py", "test_f35_of_eight_workers_one_renews_and_the_rotated_token_is_kept"),),
    ),
    Mutant(
        "a claim takes no more than fits into a request",
        "apps/conversions/claiming.py",
        "LIMIT %(limit)s",
        "",
        (("tests/conversions/test_claiming.py", ""),),
    ),
    Mutant(
        "event asked again at the claim",
        "apps/conversions/claiming.py",
        'reason = stopped.get(row.event_id, "") if row.payload else "erased"',
        'reason = "" if row.payload else "erased"',
        (
            (
                "tests/pipeline/test_switching.py",
                "test_a04_an_event_switched_off_while_a_judge_was_at_work_still_sends_nothing",
            ),
        ),
    ),
    Mutant(
        "tenant, second layer: row-level security",
        "apps/core/tenancy.py",
        'f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",',
        'f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",',
        (("tests/core/test_tenancy.py", ""),),
    ),
)


MAKES_TABLES = {"tenant, second layer: row-level security"}  # last, for those after it would find its tables


@dataclass(frozen=True)
class Seen:
    """What the tests made of a mutant: those that failed."""

    mutant: Mutant
    failed: tuple[str, ...]
    seconds: float


def tried(mutant: Mutant, variables: Mapping[str, str], *, anew: bool) -> Seen:
    """Make the mutant in a copy and run its tests; `anew`: with a database that is made for them."""
    began = time.monotonic()
    tests = [f"{file}::{name}" if name else file for file, name in mutant.tests]
    words = ["-m", "pytest", *tests, "-q", "-o", f"addopts={OPTIONS}", "--create-db" if anew else "--reuse-db"]
    with tempfile.TemporaryDirectory(prefix="mutant-") as name:
        folder = Path(name)
        _copy(folder)
        mutant.made_in(folder)
        ran = subprocess.run(
            [sys.executable, *words],
            cwd=folder,
            env=dict(variables),
            capture_output=True,
            text=True,
            timeout=WITHIN,
            check=False,
        )
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
    with servers_for_tests() as variables:
        for mutant in chosen:
            seen.append(tried(mutant, variables, anew=not seen or mutant.guard in MAKES_TABLES))
            mark, count = "✓" if seen[-1].failed else "✗", len(seen[-1].failed)
            say(f"{mark} {mutant.guard}: {count} failed ({seen[-1].seconds:.0f} s)")
    print(table(seen))
    return 0 if all(each.failed for each in seen) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
