"""The create-event form as a browser sends it."""

from typing import Any

from tests.support.world import World


def filled(world: World, network: str, trigger: str, **changes: Any) -> dict[str, Any]:
    """A valid form for the network and trigger; `changes` replace fields, None leaves one out."""
    heard = {"form_submission": str(world.form.id), "custom_event": str(world.behaviour.id)}
    form = {
        "network": network,
        "account_id": str(world.account(network).id),
        "trigger": trigger,
        "trigger_name": heard.get(trigger, "customer"),
        "name": f"{network} {trigger}",
        "destination": world.actions[network, trigger][0].external_id,
        "value_from": "fixed",
        "value": "25.00",
        "currency": "EUR",
        "consent_property": world.consent_property,
        "consent_values": "yes\ngranted",
        "about": f"{network}:{trigger}",
        "shared_fields": ["email", "phone"],
    }
    return {name: value for name, value in {**form, **changes}.items() if value is not None}
