"""The screens' addresses. MemberMiddleware lets members in to every one of them, and nobody else."""

from django.urls import path

from apps.web import event_create, event_panel, events, home, keys, members, places, signal, signals

app_name = "web"
urlpatterns = [
    path("", home.show, name="overview"),
    path("events/", events.show, name="events"),
    path("events/new/", event_create.show, name="event_create"),
    path("events/new/triggers/", event_create.triggers, name="event_triggers"),
    path("events/<uuid:event_id>/", event_panel.show, name="event"),
    path("events/<uuid:event_id>/line/", events.line, name="event_line"),
    path("events/<uuid:event_id>/switch/", events.switch, name="event_switch"),
    path("events/<uuid:event_id>/delete/", event_panel.delete, name="event_delete"),
    path("signals/", signals.show, name="signals"),
    path("signals/<uuid:signal_id>/", signal.show, name="signal"),
    path("settings/keys/", keys.show, name="keys"),
    path("settings/keys/<uuid:key_id>/revoke/", keys.revoke, name="key_revoke"),
    path("settings/members/", members.show, name="members"),
    path("workspace/", places.choose, name="workspace_choose"),
]
