"""Who must be asked before a call is recorded: states where all parties have to agree. Pure; has the practice's lawyer
read the list before use.
"""

from __future__ import annotations

#: Lists name eleven to thirteen; Michigan is disputed and is asked.
ALL_PARTY = frozenset({"CA", "CT", "DE", "FL", "IL", "MD", "MA", "MI", "MT", "NV", "NH", "PA", "WA"})


def must_ask(*states: str) -> bool:
    """Whether a party to the call may be where all must agree; one whose state nobody knows (two letters) may be."""
    return any(len(state) != 2 or state.upper() in ALL_PARTY for state in states)
