"""A real change is told from one that chance brings as easily."""

import random

import pytest

from slas import trends


def test_the_same_waits_are_no_change_and_doubled_ones_are() -> None:
    chance = random.Random(7)
    before = [chance.lognormvariate(6, 1) for _ in range(200)]
    now = [chance.lognormvariate(6, 1) for _ in range(200)]
    assert trends.waits_differ(now, before) is False
    assert trends.waits_differ([2 * wait for wait in now], before) is True


def test_a_hand_ranked_set() -> None:
    """Twenty on each side, all of one above all of the other: U is at its end, z = 5.41."""
    low, high = list(range(20)), list(range(20, 40))
    assert trends._ranks(low, high) == (sum(range(1, 21)), 0)
    assert trends._ranks([1.0, 1.0], [1.0, 2.0]) == (4.0, 24)
    assert trends.waits_differ(low, high) is True


def test_chance_cries_wolf_about_as_often_as_it_says() -> None:
    chance = random.Random(11)
    draws = [[chance.expovariate(1) for _ in range(40)] for _ in range(800)]
    wolves = sum(bool(trends.waits_differ(a, b)) for a, b in zip(draws[::2], draws[1::2], strict=True))
    assert 0.02 <= wolves / 400 <= 0.09


@pytest.mark.parametrize(
    ("now", "before", "differ"),
    [
        ((90, 100), (80, 100), True),
        ((90, 100), (85, 100), False),
        ((0, 100), (0, 100), False),
        ((9, 10), (1, 100), None),
    ],
)
def test_shares(now: tuple[int, int], before: tuple[int, int], differ: bool | None) -> None:
    assert trends.shares_differ(now, before) is differ


def test_too_few_are_not_judged() -> None:
    assert trends.waits_differ([1.0] * 19, [9.0] * 50) is None
    assert trends.waits_differ([5.0] * 20, [5.0] * 20) is False
    assert (trends.counts_differ(10, 20), trends.counts_differ(100, 110), trends.counts_differ(100, 150)) == (
        None,
        False,
        True,
    )
