"""Core's start-up: logging is set here, once, for every process."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Plumbing without business."""

    name = "apps.core"

    def ready(self) -> None:
        """Register the system checks and set up logging."""
        from apps.core import logging

        logging.configure()
