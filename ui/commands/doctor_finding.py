"""What `warmline doctor` says of a part."""

from __future__ import annotations

from typing import NamedTuple


class Finding(NamedTuple):
    """How a part is: `state` ok, warn or fail; `words` what was seen, and the mend where there is one."""

    part: str
    state: str
    words: str
