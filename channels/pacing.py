"""How fast words leave a sender, and when a carrier that does not answer is left alone: values in, values out.

A sender is paced by its bucket (the generic cell rate algorithm, ITU-T I.371); an account that failed FAILURES times
in a row is asked by one probe at a time, after growing rests.
"""

from __future__ import annotations

import msgspec

#: What a sender may save up, in seconds of its rate.
BURST_SECONDS = 10.0
#: So many failures in a row are an outage; a single message's trouble is not.
FAILURES = 5
#: The rests between two probes: doubled each time, from and up to so many seconds.
REST_SECONDS, LONGEST_REST = 15.0, 300.0
#: Nobody else is sent while a probe is under way; one that was lost is given up then.
PROBE_SECONDS = 60.0
#: What sums of fractions may be off.
_GRAIN = 1e-4


class Bucket(msgspec.Struct, frozen=True):
    """`full_at`: the moment (unix seconds) at which the sender has saved up all it may."""

    full_at: float = 0.0


class Breaker(msgspec.Struct, frozen=True):
    """`since` and `until` as unix seconds, 0 while it is closed; `probe` is the message that tries for all."""

    failures: int = 0
    since: float = 0.0
    until: float = 0.0
    probe: int = 0

    @property
    def is_open(self) -> bool:
        """Whether the account rests."""
        return self.since > 0


def take(bucket: Bucket, *, now: float, per_second: float) -> tuple[Bucket, float]:
    """The bucket after one more message and 0, or the same bucket and the seconds until there is room."""
    full_at = max(bucket.full_at, now) + 1 / per_second
    wait = full_at - now - BURST_SECONDS
    return (bucket, wait) if wait > _GRAIN else (Bucket(full_at), 0.0)


def ask(breaker: Breaker, *, now: float, message: int) -> tuple[Breaker, float]:
    """0 where this message may leave, with the breaker that knows it as its probe; else the seconds to wait."""
    if not breaker.is_open:
        return breaker, 0.0
    if now < breaker.until:
        return breaker, breaker.until - now
    return msgspec.structs.replace(breaker, until=now + PROBE_SECONDS, probe=message), 0.0


def failed(breaker: Breaker, *, now: float, message: int) -> Breaker:
    """After a failure that may be the carrier's: what was under way when it was opened says nothing new."""
    if breaker.is_open and message != breaker.probe:
        return breaker
    failures = breaker.failures + 1
    if failures < FAILURES:
        return Breaker(failures)
    rest = min(LONGEST_REST, REST_SECONDS * 2 ** min(failures - FAILURES, 10))
    return Breaker(failures, breaker.since or now, now + rest)
