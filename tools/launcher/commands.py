"""What `./run` can do. Each command takes its arguments and returns an exit code."""

import contextlib
import time
from collections.abc import Callable, Iterator

from tools.launcher import browser, environment, gate, instance, ports, product
from tools.launcher.fault import Fault, say, timed
from tools.launcher.foreground import call, launch, python
from tools.launcher.ports import Ports

DEMO_SIGN_IN = ("demo@convsync.test", "demo-convsync")


def start(_arguments: list[str]) -> int:
    """Start everything and keep it running until Ctrl-C."""
    began = time.monotonic()
    with product.running() as (supervisor, variables):
        if not supervisor.stopping:
            email, password = DEMO_SIGN_IN
            print(
                f"\n✓ convsync runs on {variables['CONVSYNC_BASE_URL']} ({time.monotonic() - began:.0f} s)\n"
                f"  sign in as  {email}\n"
                f"  password    {password}\n"
                f"  sandbox     {variables['CONVSYNC_SANDBOX_URL']} (stands in for the ad networks)\n"
                f"  logs        .local/logs\n\n"
                f"Ctrl-C stops everything.",
                flush=True,
            )
        supervisor.watch()
    return 0


WITHOUT_SERVERS = ("preview",)


def manage(arguments: list[str]) -> int:
    """Run one of Django's commands with the servers up, but for the few that need none."""
    other = instance.current()
    at = other.ports if other else ports.wanted()
    if arguments and arguments[0] in WITHOUT_SERVERS:
        return call(python("manage.py", *arguments), environment.product(environment.NO_SERVERS, at))
    with environment.servers(environment.lasting_homes()) as urls:
        return call(python("manage.py", *arguments), environment.product(urls, at))


def test(arguments: list[str]) -> int:
    """Run the tests on servers of their own; returns pytest's exit code."""
    with servers_for_tests() as variables:
        return _pytest(arguments, variables)


def faults(arguments: list[str]) -> int:
    """Run the catalogue of faults; the last line of stdout counts them. 0 only when all are survived."""
    with servers_for_tests() as variables:
        return call(python("-m", "pytest", "tests/faults", "-p", "tests.faults.tally", *arguments), variables)


def chaos(arguments: list[str]) -> int:
    """Let faults happen at random under load; the last line of stdout counts. 0 only when nothing was wrong."""
    words = ("-p", "tests.faults.chaos.plugin", "-p", "no:cacheprovider", "-q", "-s", "--tb=short")
    with servers_for_tests() as variables:
        return call(python("-m", "pytest", "tests/faults/chaos/run.py", *words, *arguments), variables)


def check(arguments: list[str]) -> int:
    """Run the whole gate; `--fast` leaves the tests out."""
    if arguments not in ([], ["--fast"]):
        raise Fault(f"check takes nothing or --fast, not {' '.join(arguments)!r}.")
    with servers_for_tests() as variables:
        if not gate.passes(variables):
            return 1
        if arguments:
            return 0
        began = time.monotonic()
        code = _pytest(["-q"], variables)
        gate.verdict("tests", passed=code == 0, began=began)
        return code


def demo(arguments: list[str]) -> int:
    """Play the demo against the running product, or against one started for it. Its stdout is left to it."""
    return _beside_the_product("tools.demo", arguments)


def bench(arguments: list[str]) -> int:
    """Measure the product on servers of its own. Its stdout is left to it."""
    return _alone("tools.bench", arguments)


def bench_fairness(arguments: list[str]) -> int:
    """Measure what one workspace's backlog does to another. Its stdout is left to it."""
    return _alone("tools.bench.fairness", arguments)


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "start": start,
    "manage": manage,
    "test": test,
    "faults": faults,
    "chaos": chaos,
    "check": check,
    "demo": demo,
    "bench": bench,
    "bench-fairness": bench_fairness,
}


@contextlib.contextmanager
def servers_for_tests() -> Iterator[dict[str, str]]:
    """Servers of their own for tests, for as long as the block; yields the environment that leads to them."""
    # Free ports: a product that runs beside the tests must not be what they talk to.
    at = Ports(ports.free_port(), ports.free_port())
    with contextlib.ExitStack() as held:
        with timed("Starting the test servers"):
            urls = held.enter_context(environment.servers(environment.throwaway_homes()))
        yield {**environment.product(urls, at), "DJANGO_ALLOW_ASYNC_UNSAFE": "1", "CONVSYNC_TESTING": "1"}


def _pytest(arguments: list[str], variables: dict[str, str]) -> int:
    try:
        variables = {**variables, "CHROMIUM": str(browser.ensure())}
    except Fault as fault:
        say(f"! {fault}\n  The browser tests will fail; the others run.")
    return call(python("-m", "pytest", *arguments), variables)


def _alone(module: str, arguments: list[str]) -> int:
    """Run a module with the database server up, and nothing of the product but what it starts itself."""
    other = instance.current()
    at = other.ports if other else ports.wanted()
    with environment.servers(environment.lasting_homes()) as urls:
        return call(python("-m", module, *arguments), environment.product(urls, at))


def _beside_the_product(module: str, arguments: list[str]) -> int:
    words = python("-m", module, *arguments)
    other = instance.current()
    if other is not None:
        variables = environment.product(other.urls, other.ports)
        with timed("Waiting for the convsync that runs in this folder"):
            product.wait_for(other)
        return call(words, variables)
    with product.running() as (supervisor, variables):
        if supervisor.stopping:
            return 130
        guest = launch(words, variables)
        supervisor.watch(done=lambda: guest.poll() is not None)
        if guest.poll() is None:
            guest.terminate()
        code = guest.wait()
        return code if code >= 0 else 128 - code
