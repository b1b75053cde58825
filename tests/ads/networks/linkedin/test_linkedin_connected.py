"""LinkedIn at the sandbox: signed in, accounts chosen, rules made and linked, tokens renewed or found dead."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Barrier, Thread
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.db import connection as database
from django.utils import timezone

from apps.ads.accounts import account_refresh, destination_make, links_offered
from apps.ads.asking import NotThere
from apps.ads.choosing import Offer, choose, disconnect, offer
from apps.ads.connecting import Visitor, come_back, leave, paste
from apps.ads.found import NewDestination
from apps.ads.models import AdAccount, ConversionAction
from apps.ads.tokens import Renewal, token_ready, token_renew
from apps.connections.models import Connection
from apps.core.errors import InvalidInput
from apps.core.tenancy import workspace_scope
from tests.sandbox.callers import LINKEDIN_TOKEN, Control
from tests.support.world import make_world

pytestmark = pytest.mark.django_db(transaction=True)


class Bench:
    """A workspace's admin in front of a browser, and the sandbox's own buttons."""

    def __init__(self, control: Control) -> None:
        self.control, self.world = control, make_world()
        self.visitor = Visitor(self.world.workspace.id, self.world.admin.pk, "session-1", self.world.by)
        with self.world.scope():
            AdAccount.objects.filter(network="linkedin").delete()

    def consent(self) -> str:
        """Go to the consent page, allow, and come back; the attempt."""
        with workspace_scope(self.visitor.workspace_id):
            page = leave(visitor=self.visitor, system="linkedin", environment="sandbox", at=timezone.now())
        back = requests.post(page, data={"decision": "allow"}, timeout=10, allow_redirects=False)
        query = parse_qs(urlsplit(back.headers["Location"]).query)
        state, code = query["state"][0], query["code"][0]
        return str(come_back(visitor=self.visitor, system="linkedin", state=state, code=code, at=timezone.now()))

    def pasted(self, token: str = LINKEDIN_TOKEN) -> str:
        """Paste a token; the attempt."""
        given = {"access_token": token}
        attempt = paste(visitor=self.visitor, system="linkedin", environment="sandbox", given=given, at=timezone.now())
        return str(attempt)

    def offered(self, attempt: str) -> Offer:
        """What there is to choose from."""
        return offer(visitor=self.visitor, attempt_id=attempt, at=timezone.now())

    def connected(self, attempt: str) -> AdAccount:
        """The sandbox's account, chosen."""
        now = timezone.now()
        (account,) = choose(visitor=self.visitor, offered=self.offered(attempt), external_ids=["507001001"], at=now)
        return account

    def sign_in(self, account: AdAccount) -> Connection:
        """The account's sign-in as it is kept now."""
        with self.world.scope():
            return Connection.objects.get(id=account.connection_id)

    def renewals(self) -> int:
        """How many tokens of the app the sandbox has given out."""
        return sum(1 for token in self.control.call("GET", "world").json()["linkedin"]["tokens"] if token["client_id"])

    def make(self, account: AdAccount, name: str, **settings: str) -> ConversionAction:
        """Make a rule of the account."""
        new = NewDestination("rule", name, settings)
        return destination_make(
            workspace_id=self.visitor.workspace_id,
            account_id=account.id,
            new=new,
            by=self.visitor.by,
            at=timezone.now(),
        )


@pytest.fixture
def bench(sandbox) -> Iterator[Bench]:
    control = Control(sandbox.url)
    control.restore()
    yield Bench(control)
    control.restore()


def rule_names(control: Control) -> list[str]:
    return [rule["name"] for rule in control.call("GET", "world").json()["linkedin"]["rules"]]


def test_l01_it_connects_by_oauth_and_keeps_the_chosen_account_with_its_rules(bench: Bench) -> None:
    attempt = bench.consent()
    offered = bench.offered(attempt)
    assert [(one.external_id, one.role, one.refused) for one in offered.accounts] == [
        ("507001001", "ACCOUNT_MANAGER", "")
    ]
    assert offered.missing == {}
    assert offered.grant.who == "Sandbox Member"
    account = bench.connected(attempt)
    connection = bench.sign_in(account)
    assert set(connection.credentials()) == {"access_token", "refresh_token"}
    with bench.world.scope():
        rules = {each.external_id: each for each in ConversionAction.objects.filter(account=account)}
    assert set(rules) == {"104001", "104002", "104003", "104009"}
    assert rules["104001"].facts["campaigns"] == "Brochure"
    assert rules["104002"].cautions == ["no_campaign"]
    assert rules["104009"].cautions[0] == "wrong_method"


def test_l01_it_connects_with_a_direct_api_token(bench: Bench) -> None:
    account = bench.connected(bench.pasted())
    connection = bench.sign_in(account)
    assert connection.credentials() == {"access_token": LINKEDIN_TOKEN}
    assert account.facts == {} or account.name == "Sandbox account"


def test_linkedin_a25_it_keeps_what_kind_of_token_it_is_and_when_it_ends(bench: Bench) -> None:
    direct = bench.sign_in(bench.connected(bench.pasted()))
    assert (direct.scopes, direct.expires_at, direct.ends_at) == (None, None, None)
    before = timezone.now()
    oauth = bench.sign_in(bench.connected(bench.consent()))
    assert oauth.scopes is not None
    assert "rw_conversions" in oauth.scopes
    assert oauth.expires_at is not None
    assert oauth.ends_at is not None
    assert timedelta(days=59) < oauth.expires_at - before <= timedelta(days=60, minutes=1)
    assert timedelta(days=364) < oauth.ends_at - before <= timedelta(days=365, minutes=1)


def test_l01_it_takes_no_token_that_linkedin_does_not_know(bench: Bench) -> None:
    with pytest.raises(NotThere) as refused:
        bench.pasted("AQnobody")
    assert refused.value.outcome.signed_out


def test_linkedin_a23_it_lets_nobody_choose_an_account_as_a_viewer(bench: Bench) -> None:
    bench.control.change("linkedin", "tokens", LINKEDIN_TOKEN, role="VIEWER")
    attempt = bench.pasted()
    (one,) = bench.offered(attempt).accounts
    assert one.refused == "viewer_role"
    with pytest.raises(InvalidInput):
        bench.connected(attempt)


def test_linkedin_a23_it_pages_through_all_accounts_and_rules(bench: Bench) -> None:
    accounts = [{"id": str(600_000_000 + number), "name": f"Account {number}"} for number in range(130)]
    accounts.append({"id": "507001001", "name": "Sandbox account"})
    rules = [{"id": str(200_000 + n), "name": f"Rule {n}", "account": "507001001"} for n in range(230)]
    token = {"token": LINKEDIN_TOKEN, "accounts": [each["id"] for each in accounts]}
    bench.control.change_world("linkedin", accounts=accounts, rules=rules, tokens=[token])
    attempt = bench.pasted()
    assert len({one.external_id for one in bench.offered(attempt).accounts}) == 131
    account = bench.connected(attempt)
    with bench.world.scope():
        assert ConversionAction.objects.filter(account=account, gone_at=None).count() == 230


def test_linkedin_a24_it_makes_a_rule_once_however_often_it_is_asked(bench: Bench) -> None:
    account = bench.connected(bench.pasted())
    first = bench.make(account, "Demo booked", type="BOOK_APPOINTMENT", associate="NONE")
    again = bench.make(account, "demo booked ", type="BOOK_APPOINTMENT", associate="NONE")
    assert first.id == again.id
    assert rule_names(bench.control).count("Demo booked") == 1
    assert first.facts["type"] == "BOOK_APPOINTMENT"
    assert first.cautions == ["no_campaign"]


def test_linkedin_a24_it_makes_one_rule_when_two_people_ask_at_once(bench: Bench) -> None:
    account = bench.connected(bench.pasted())
    made: list[str] = []
    start = Barrier(2)

    def ask_for_it() -> None:
        start.wait()
        made.append(bench.make(account, "Demo booked", type="BOOK_APPOINTMENT").external_id)
        database.close()

    threads = [Thread(target=ask_for_it) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 2
    assert len(set(made)) == 1
    assert rule_names(bench.control).count("Demo booked") == 1


def test_linkedin_a23_it_lets_no_event_use_a_rule_of_the_insight_tag(bench: Bench) -> None:
    account = bench.connected(bench.pasted())
    with pytest.raises(InvalidInput, match="destination: The rule is fed by the Insight Tag"):
        bench.world.make_event("linkedin", account_id=str(account.id), destination="104009")
    bench.world.make_event("linkedin", account_id=str(account.id), destination="104001")


def test_l01_it_links_campaigns_to_a_rule_and_shows_them(bench: Bench) -> None:
    account = bench.connected(bench.pasted())
    ids = {"workspace_id": bench.visitor.workspace_id, "account_id": account.id}
    assert links_offered(**ids, at=timezone.now()) == {"600001": "Brochure", "600002": "Webinar"}
    linked = bench.make(account, "Customer", type="PURCHASE", campaigns="600001,600002")
    assert linked.external_id == "104002"
    assert linked.facts["campaigns"] == "Brochure, Webinar"
    assert linked.cautions == []


def test_linkedin_a23_it_sees_a_rule_that_was_switched_off_or_deleted(bench: Bench) -> None:
    account = bench.connected(bench.pasted())
    rules = [{"id": "104001", "name": "Qualified lead", "account": "507001001", "enabled": False}]
    bench.control.change_world("linkedin", rules=rules)
    account_refresh(workspace_id=bench.visitor.workspace_id, account_id=account.id, at=timezone.now())
    with bench.world.scope():
        (left,) = ConversionAction.objects.filter(account=account, gone_at=None)
    assert left.cautions == ["disabled", "no_campaign"]


def test_linkedin_a17_it_renews_once_when_two_workers_find_the_token_ended(bench: Bench) -> None:
    account = bench.connected(bench.consent())
    used, before = bench.sign_in(account).secret_since, bench.renewals()
    done: list[Renewal] = []
    start = Barrier(2)

    def renew() -> None:
        start.wait()
        done.append(
            token_renew(
                workspace_id=bench.visitor.workspace_id,
                connection_id=account.connection_id,
                used=used,
                now=timezone.now(),
            )
        )
        database.close()

    threads = [Thread(target=renew) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [Renewal.NEWER, Renewal.NEWER]
    assert bench.renewals() == before + 1


def test_linkedin_a25_it_renews_ahead_but_not_for_ever_in_the_last_days(bench: Bench) -> None:
    account = bench.connected(bench.consent())
    ends_at, before = bench.sign_in(account).ends_at, bench.renewals()
    assert ends_at is not None
    bench.control.set_clock(days=360)
    late = timezone.now() + timedelta(days=360)
    ids = {"workspace_id": bench.visitor.workspace_id, "connection_id": account.connection_id}
    renewed = token_ready(**ids, now=late)
    assert renewed.expires_at is not None
    assert renewed.ends_at is not None
    assert abs(renewed.expires_at - ends_at) < timedelta(minutes=1)
    assert abs(renewed.ends_at - ends_at) < timedelta(minutes=1)
    token_ready(**ids, now=late + timedelta(hours=1))
    assert bench.renewals() == before + 1


def test_it_gives_the_sign_in_back_and_says_when_it_could_not(bench: Bench) -> None:
    oauth = bench.connected(bench.consent())
    assert disconnect(visitor=bench.visitor, connection_id=oauth.connection_id, at=timezone.now())
    direct = bench.connected(bench.pasted())
    assert not disconnect(visitor=bench.visitor, connection_id=direct.connection_id, at=timezone.now())
