from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "apps.api"

    def ready(self) -> None:
        """Say how kept answers forget a person."""
        from apps.api.idempotency import answers_forget
        from apps.core.forgetting import forgets

        forgets("kept_answers", answers_forget)
