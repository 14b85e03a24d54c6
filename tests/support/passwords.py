"""Passwords that cost next to nothing, for tests that are about something else."""

from collections.abc import Iterator
from contextlib import contextmanager

from inbox import accounts


@contextmanager
def quick() -> Iterator[None]:
    """Until left, in this process: hashing one takes a millisecond instead of some eighty."""
    accounts.set_cost(passes=1, kibibytes=8)
    try:
        yield
    finally:
        accounts.set_cost()
