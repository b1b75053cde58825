"""The whole product on this machine: servers, tables, demo workspace, processes."""

import contextlib
import signal
import time
from collections.abc import Iterator

from tools.launcher import environment, instance, ports
from tools.launcher.fault import Fault, say, timed
from tools.launcher.foreground import python, quietly
from tools.launcher.instance import Claim, Instance
from tools.launcher.places import LOCAL
from tools.launcher.ports import Ports
from tools.launcher.processes import MIGRATE, SANDBOX, STOPPING_ORDER, WEB, Process
from tools.launcher.supervisor import READY_WITHIN, Supervisor, answers


@contextlib.contextmanager
def running() -> Iterator[tuple[Supervisor, dict[str, str]]]:
    """Start everything and yield its supervisor and environment once it answers; stop everything at the end."""
    at = ports.wanted()
    with contextlib.ExitStack() as held:
        claim = held.enter_context(Claim().held(at))
        # What a killed launcher left behind needs a moment to close its port.
        ports.claim(at, patience=2)
        with timed("Starting the database and the broker"):
            urls = held.enter_context(environment.servers(environment.lasting_homes()))
        variables = environment.product(urls, at)
        with timed("Preparing the tables and the demo workspace"):
            _prepare(variables)
        claim.announce(at, urls)
        supervisor = Supervisor(variables, blanks(at))
        held.callback(supervisor.stop)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            held.callback(signal.signal, number, signal.signal(number, supervisor.told_to_stop))
        with timed("Starting " + ", ".join(process.name for process in reversed(STOPPING_ORDER))):
            for process in reversed(STOPPING_ORDER):
                supervisor.start(process)
            supervisor.wait_until_ready(lambda process: health(process, at))
        yield supervisor, variables
        say("Stopping everything ...")


def blanks(at: Ports) -> dict[str, dict[str, object]]:
    """Return what fills the blanks of each process's command on this machine."""
    place: dict[str, object] = {"host": ports.HOST, "state": LOCAL}
    port = {WEB: at.web, SANDBOX: at.sandbox}
    return {process.name: {**place, "port": port.get(process)} for process in STOPPING_ORDER}


def health(process: Process, at: Ports) -> str:
    """Return the address at which a process says that it is ready."""
    base = at.sandbox_url if process is SANDBOX else at.web_url
    return f"{base}{process.health}"


def wait_for(other: Instance) -> None:
    """Return when a product that another process runs is ready. Raises `Fault` if it does not become so."""
    deadline = time.monotonic() + READY_WITHIN
    while not all(answers(health(process, other.ports)) for process in (WEB, SANDBOX)):
        if time.monotonic() > deadline or instance.current() is None:
            raise Fault("The convsync that runs in this folder is not ready; look at its terminal and at .local/logs.")
        time.sleep(0.2)


def _prepare(variables: dict[str, str]) -> None:
    """Migrate the product's and the sandbox's own database, and make the demo workspace unless it is there."""
    migrate = python(*MIGRATE.split()[1:])
    quietly(
        "migrate",
        (migrate, variables),
        (migrate, {**variables, "DJANGO_SETTINGS_MODULE": SANDBOX.settings}),
    )
    quietly("seed", (python("manage.py", "seed_demo"), variables))
