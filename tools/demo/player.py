"""Plays the lives, phase by phase, as an integration and a website would; counts the signals that must follow."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from tools.demo.app import App
from tools.demo.crm import Crm
from tools.demo.life import BEFORE_DEALS, Life, Stage, Submission
from tools.demo.place import Place, Trouble
from tools.demo.progress import phase
from tools.demo.site import Site

VISITORS = 4
# The open route takes 50 in 10 seconds of one form from one address: so few, and the others through the site's server.
OPENLY = 20


class Player:
    """Plays into one place. `signals` counts, by (trigger, name), what the product must have noticed."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._crm, self._app = Crm(place), App(place)
        self._ids: dict[str, str] = {}
        self.signals: Counter[tuple[str, str]] = Counter()

    def play(self, lives: Sequence[Life]) -> None:
        """All of it. Raises Trouble when the product refuses what it should take, or takes what it should refuse."""
        created = [life for life in lives if life.properties]
        with phase("Creating contacts in batches") as done:
            done(self._create([life for life in created if not life.alone]))
        with phase("Creating contacts one by one, some for the second time") as done:
            done(self._create_alone([life for life in created if life.alone or life.again]))
        with phase("Correcting contacts") as done:
            done(self._correct([life for life in created if life.correction]))
        with phase("Sending forms in") as done:
            done(self._send_forms([life for life in lives if life.submissions]))
        with phase("Telling of custom events") as done:
            done(self._complete([life for life in lives if life.completions]))
        with phase("Changing lifecycle stages") as done:
            done(self._change_stages({life.case: _early(life) for life in created}))
        with phase("Creating deals and associating them") as done:
            done(self._make_deals([life for life in created if life.deals]))
        with phase("Changing lifecycle stages that deals count for") as done:
            done(self._change_stages({life.case: life.stages[len(_early(life)) :] for life in created}))

    def _create(self, lives: Sequence[Life]) -> int:
        ids = self._crm.contacts_create({life.case: life.properties for life in lives})
        _compare("contacts", {life.case for life in lives if not life.refused}, set(ids))
        self._ids |= ids
        return len(ids)

    def _create_alone(self, lives: Sequence[Life]) -> int:
        for life in lives:
            contact_id, created = self._crm.contact_create(life.again or life.properties)
            if created is bool(life.again):
                raise Trouble(f"{life.case}: a contact was created twice, or taken for another that was not there.")
            if life.again:
                later = {name: value for name, value in life.again.items() if name != "email"}
                self._crm.contact_update(contact_id, later)
            self._ids[life.case] = contact_id
        return len(lives)

    def _correct(self, lives: Sequence[Life]) -> int:
        self._crm.contacts_update({self._ids[life.case]: life.correction or {} for life in lives})
        return len(lives)

    def _change_stages(self, wanted: Mapping[str, Sequence[Stage]]) -> int:
        count = 0
        for turn in range(max(map(len, wanted.values()), default=0)):
            changes = {
                case: stages[turn] for case, stages in wanted.items() if turn < len(stages) and case in self._ids
            }
            self._crm.contacts_update({self._ids[case]: _written(stage) for case, stage in changes.items()})
            self.signals.update(("stage_change", stage.name) for stage in changes.values())
            count += len(changes)
        return count

    def _make_deals(self, lives: Sequence[Life]) -> int:
        planned = [(life.case, f"{life.case} #{n}", deal) for life in lives for n, deal in enumerate(life.deals)]
        ids = self._crm.deals_create({name: deal.properties for _, name, deal in planned})
        _compare("deals", {name for _, name, deal in planned if not deal.refused}, set(ids))
        # A contact's second deal is tied in a later call, so that it is the most recent one (A07).
        for number in (0, 1):
            ties = [(self._ids[c], ids[name]) for c, name, _ in planned if name in ids and name.endswith(f"#{number}")]
            self._crm.tie(ties)
        return len(ids)

    def decide(self) -> None:
        """Look at the values that are held, and let them leave."""
        with phase("Looking at values far above the usual, and letting them leave") as done:
            done(self._app.values_release())

    def correct(self) -> None:
        """Correct a few conversions that Google took."""
        with phase("Correcting what was sent to Google") as done:
            made = self._app.corrections_send()
            self.signals.update(made)
            done(made.total())

    def _complete(self, lives: Sequence[Life]) -> int:
        told = [(self._ids.get(life.case, ""), life.email, each) for life in lives for each in life.completions]
        again = [row for row in told for _ in range(row[2].times)]
        self._app.completions_send([row for row in again if not row[2].by_hubspot])
        self._crm.completions_send([self._app.hubspot_row(*row) for row in again if row[2].by_hubspot])
        self.signals.update(("custom_event", self._place.behaviours[each.behaviour]) for _, _, each in told)
        return len(told)

    def _send_forms(self, lives: Sequence[Life]) -> int:
        open_lives, others = lives[:OPENLY], lives[OPENLY:]
        sent = _send(self._place, open_lives, openly=True)
        with ThreadPoolExecutor(VISITORS) as visitors:
            parts = [others[number::VISITORS] for number in range(VISITORS)]
            for each in visitors.map(lambda part: _send(self._place, part, openly=False), parts):
                sent += each
        self.signals.update({("form_submission", self._place.forms[form]): count for form, count in sent.items()})
        return sent.total()


def _send(place: Place, lives: Sequence[Life], *, openly: bool) -> Counter[str]:
    site, sent = Site(place), Counter[str]()
    for life in lives:
        for submission in _each_time(life):
            if not site.submit(submission, openly=openly):
                raise Trouble(f"{life.case}: the form {submission.form} was refused.")
            sent[submission.form] += 1
    return sent


def _each_time(life: Life) -> Iterator[Submission]:
    for submission in life.submissions:
        for _ in range(submission.times):
            yield submission


def _early(life: Life) -> tuple[Stage, ...]:
    """The stages that come before the deals are made."""
    count = next((n for n, stage in enumerate(life.stages) if stage.name not in BEFORE_DEALS), len(life.stages))
    return life.stages[:count]


def _written(stage: Stage) -> dict[str, str]:
    told = {f"hs_lifecyclestage_{stage.name}_date": stage.at.isoformat()} if stage.at else {}
    return {"lifecyclestage": stage.name, **told}


def _compare(what: str, expected: set[str], taken: set[str]) -> None:
    if expected != taken:
        listed = ", ".join(sorted(expected ^ taken)[:10])
        raise Trouble(
            f"{what}: {len(taken - expected)} were taken that should be refused, and {len(expected - taken)} "
            f"were refused that should be taken, among them {listed}."
        )
