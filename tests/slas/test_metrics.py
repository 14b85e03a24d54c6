"""The figures: open waits count, empty sets have no figure, and the definitions exclude what they say."""

from hypothesis import given, settings
from hypothesis import strategies as st

from slas.metrics import (
    Quantile,
    Rate,
    Waits,
    abandonment,
    covered,
    mean,
    median,
    p90,
    percentile,
    quantile,
    service_level,
    summarise_waits,
)


def test_nearest_rank() -> None:
    assert median([1, 2, 3, 4]) == 2
    assert p90(range(1, 11)) == 9
    assert percentile([7], 0) == 7
    assert median([]) is None


def test_an_open_wait_moves_the_median() -> None:
    assert summarise_waits([10, 20, 30]) == Waits(3, 0, Quantile(20), Quantile(30))
    assert summarise_waits([10, 20, 30], [90, 95, 99]) == Waits(6, 3, Quantile(30), Quantile(99, at_least=True))
    assert summarise_waits([], [5]) == Waits(1, 1, Quantile(5, at_least=True), Quantile(5, at_least=True))
    assert summarise_waits([]) == Waits(0, 0, None, None)


def test_a_fresh_open_wait_says_little() -> None:
    assert quantile([10, 20, 30], [1], 0.5) == Quantile(20)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 50), min_size=1), st.sampled_from([0.25, 0.5, 0.9]))
def test_with_nothing_open_it_is_the_percentile(waits: list[int], share: float) -> None:
    found = quantile(waits, [], share)
    assert found is not None
    assert found.seconds == percentile(waits, share - 1e-12)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 50), min_size=1), st.lists(st.integers(0, 50)))
def test_waits_still_open_never_make_the_median_better(ended: list[int], still_open: list[int]) -> None:
    with_open, without = quantile(ended, still_open, 0.5), quantile(ended, [], 0.5)
    assert with_open is not None
    assert without is not None
    assert with_open.at_least or with_open.seconds >= without.seconds


def test_short_abandons_are_excluded_and_said_so() -> None:
    assert service_level([5, 20, 21], [3, 5, 40], within=20) == Rate(2, 4, excluded=2)
    assert service_level([5, 20, 21], [3, 5, 40], within=20, left=2) == Rate(2, 6, excluded=2)
    assert abandonment(3, [3, 5, 40]) == Rate(1, 4, excluded=2)
    assert mean([10, 20]) == 15


def test_time_that_overlaps_counts_once() -> None:
    assert covered([(10, 20), (15, 30), (12, 14), (40, 41)]) == 21
    assert covered([]) == 0


def test_no_cases_no_figure() -> None:
    assert service_level([], [], within=20).share is None
    assert mean([]) is None
    assert Rate(1, 4).share == 0.25
