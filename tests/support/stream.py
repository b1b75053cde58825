"""The stream as tests take it: judge what was noticed, serve every lane, and see what became of it."""

from apps.conversions.models import Conversion
from apps.pipeline import flow
from tests.support.world import World


def judge(world: World) -> None:
    """Judge what was noticed."""
    flow.judge(workspace_id=world.workspace.id)


def send(world: World) -> None:
    """Serve every lane once."""
    for account in (world.facebook, world.google, world.linkedin):
        flow.send(workspace_id=world.workspace.id, account_id=account.id)


def run(world: World) -> None:
    """Judge, then serve every lane."""
    judge(world)
    send(world)


def states(world: World) -> dict[str, str]:
    """The state of each network's conversion."""
    with world.scope():
        return dict(Conversion.objects.values_list("network", "state"))
