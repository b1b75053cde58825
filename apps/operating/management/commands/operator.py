"""`manage.py operator EMAIL`: who may see the operator's page and is mailed of the instance's alerts."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.workspaces.models import User


class Command(BaseCommand):
    help = "Makes somebody an operator of the instance, or with --revoke no longer. Operators belong to no workspace."

    def add_arguments(self, parser: CommandParser) -> None:
        """The address, and whether it is taken back."""
        parser.add_argument("email")
        parser.add_argument("--revoke", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Change it; a new person sets a password by the mail behind “Forgot your password?”."""
        email = User.objects.normalize_email(options["email"]).lower()
        user = User.objects.filter(email=email).first()
        if options["revoke"]:
            if user is None or not user.is_operator:
                raise CommandError(f"{email} is no operator.")
            User.objects.filter(pk=user.pk).update(is_operator=False)
            self.stdout.write(f"{email} is no operator any more.")
            return
        user = user or User.objects.create_user(email)
        User.objects.filter(pk=user.pk).update(is_operator=True)
        self.stdout.write(f"{email} is an operator: {self._how(user)}")

    def _how(self, user: User) -> str:
        if user.has_usable_password():
            return "sign in, then open /operator/."
        return "set a password at /account/password/reset/, then open /operator/."
