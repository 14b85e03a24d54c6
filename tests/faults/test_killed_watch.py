"""kill -9 of two watchers while hundreds of deadlines pass: each promise is broken once, with its deadline."""

import random
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from inbox.clock import utc_now
from inbox.store import tables as t
from tests.faults import roles
from tests.faults.clinic import Clinic, now
from tests.faults.processes import Process
from tests.faults.waiting import Verdict, judge, pause, still, until

SEED, CONVERSATIONS = 5, 40


def broken(clinic: Clinic) -> list[str]:
    """The clocks of the ledger's breaches."""
    breaches = select(t.clock_entries.c.clock_id).where(t.clock_entries.c.kind == "breach")
    return [str(row.clock_id) for row in clinic.all(breaches)]


def kill_while_firing(clinic: Clinic, role: Callable[..., object], kills: int) -> Verdict:
    chance, started = random.Random(SEED), now()
    with clinic.shifted(-timedelta(days=3)) as earlier:
        clinic.land(CONVERSATIONS, earlier)
    due = (t.clocks.c.state == "running") & (t.clocks.c.due_at < utc_now())
    promised = [str(row.id) for row in clinic.all(select(t.clocks.c.id).where(due))]
    log = clinic.folder / "watch.log"
    watchers = [Process(role, clinic.settings, log=log) for _ in range(2)]
    for number in range(kills):
        before = len(broken(clinic))
        until(lambda seen=before: len(broken(clinic)) > seen or len(broken(clinic)) >= len(promised), "timers fire")
        pause(chance.uniform(0, 0.1))
        watchers[number % 2].kill()
        watchers[number % 2] = Process(role, clinic.settings, log=log)
    still(lambda: [len(broken(clinic)), *(watcher.alive() for watcher in watchers)])
    for watcher in watchers:
        watcher.kill()
    return judge(SEED, promised, broken(clinic), started)


def test_each_deadline_fires_once(clinic: Clinic) -> None:
    verdict = kill_while_firing(clinic, roles.watch_timers, kills=5)
    assert (verdict.lost, verdict.doubled, verdict.unexpected) == (0, 0, 0), verdict
    journaled = t.journal.c.verb == "clock.breached"
    assert len(clinic.all(select(t.journal.c.seq).where(journaled))) == verdict.acked


def test_marking_before_the_effect_misses(clinic: Clinic) -> None:
    verdict = kill_while_firing(clinic, roles.watch_that_marks_first, kills=5)
    assert verdict.lost > 0, verdict
