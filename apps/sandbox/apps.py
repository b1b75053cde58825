from django.apps import AppConfig


class SandboxConfig(AppConfig):
    """The sandbox's one Django app."""

    name = "apps.sandbox"
    label = "sandbox"
    default_auto_field = "django.db.models.BigAutoField"
