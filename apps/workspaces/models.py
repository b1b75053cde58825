"""Workspaces (tenants), the people in them, and their API keys."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from apps.core.ids import new_id
from apps.core.tenancy import TenantModel
from apps.workspaces.roles import Role


class Workspace(models.Model):
    """A tenant. Everything a customer owns belongs to exactly one."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    portal_id = models.PositiveBigIntegerField(unique=True, help_text="The number HubSpot-shaped routes know it by.")
    name = models.CharField(max_length=100)
    currency = models.CharField(max_length=3)
    country = models.CharField(max_length=2, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    date_order = models.CharField(max_length=3, default="dmy")
    crm_name = models.CharField(max_length=60, default="convsync", help_text="Named to Meta as lead_event_source.")
    retention = models.JSONField(default=dict, db_default={}, help_text="Days by kind (domain/retention.py), chosen.")
    visits_kept_since = models.DateTimeField(null=True, help_text="What was told before has lost address and browser.")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Users are known by their e-mail address alone."""

    def create_user(self, email: str, password: str | None = None, name: str = "") -> "User":
        """A new user; without a password the account can only be entered through a password reset."""
        user = self.model(email=self.normalize_email(email).lower(), name=name)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who signs in; may be a member of several workspaces."""

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=100, blank=True)
    is_active = models.BooleanField(default=True)
    is_operator = models.BooleanField(default=False, db_default=False, help_text="Operates the instance; no tenant.")
    language = models.CharField(max_length=10, blank=True, db_default="", help_text="As last chosen, for mails.")
    date_joined = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return self.email


class Member(TenantModel):
    """A user's place in a workspace."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=10, choices=[(role.value, role.value) for role in Role])
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace_id", "user"], name="member_once"),
            models.CheckConstraint(condition=models.Q(role__in=[role.value for role in Role]), name="member_role"),
        ]


class ApiKey(TenantModel):
    """A client's key: shown once, stored as a SHA-256 hash, found by its prefix."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=254)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint("workspace_id", Lower("name"), name="api_key_name_once")]
