"""What nobody sent and nobody wants any more goes: old drafts, files put aside and left (privacy.md section 7).

Refuses to touch what was said, and a file that a draft still holds: a purged file keeps its row and hash.
"""

from __future__ import annotations

from datetime import timedelta

from inbox.house import House
from inbox.store import drafts, uploads, watermarks

#: How often somebody looks, whichever process it is.
EVERY = timedelta(hours=1)
#: Words not said and files not sent are kept so long after they were last touched.
KEPT = timedelta(days=15)
MOST = 500
MARK = "retention"


def clean(house: House) -> tuple[int, int]:
    """Removes what is over, when it is time; answers how many drafts and how many files. The bytes go last: a crash in
    between leaves some that nothing names."""
    with house.database.transaction() as unit:
        if watermarks.claim(unit, MARK, EVERY) is None:
            return 0, 0
        before = unit.now - KEPT
        ended, blobs = drafts.end_older(unit, before), uploads.purge(unit, before, MOST)
        if ended or blobs:
            unit.record("retention.cleaned", actor_id=None, details={"drafts": ended, "files": len(blobs)})
    for blob in blobs:
        house.files.forget(blob)
    return ended, len(blobs)
