from django.apps import AppConfig


class AdsConfig(AppConfig):
    name = "apps.ads"

    def ready(self) -> None:
        """Register the system checks."""
        from apps.ads import checks  # noqa: F401 - importing it registers them
