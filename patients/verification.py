"""What somebody on a line must have answered before anything of a patient is said (privacy.md §5).

Refuses to know the answers: only which questions were asked and answered right is kept.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

#: Questions that whoever rings can answer and a stranger cannot guess.
KINDS = ("full_name", "birth_date", "address", "phone", "email", "record_number", "last_visit")
#: So many of them, of which one is no name: names stand on door plates.
NEEDED = 2
#: It holds so long, at most until they hang up or somebody else takes the call.
HOLDS = timedelta(minutes=30)


def suffices(answered: Collection[str]) -> bool:
    """Whether these questions, answered right, are enough."""
    return len(set(answered) & set(KINDS)) >= NEEDED
