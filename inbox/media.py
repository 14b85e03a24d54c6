"""Files that the provider still holds are fetched by a job: from its hosts only, with credentials, size-limited, judged
by their bytes. Until then, and if it fails, the message stands with "media missing"."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from channels import media_kinds
from channels.fetch import TWILIO_HOSTS, Fetched, FetchFailed
from channels.fetch import fetch as fetch_file
from inbox.house import House
from inbox.store import attachments, jobs, threads
from inbox.store.database import Transaction
from inbox.store.jobs import Job


def fetch(house: House, job: Job) -> None:
    """The *media* job."""
    with house.database.snapshot() as reading:
        file = attachments.get(reading, job.ref)
    if file is None or file.state != "missing":
        house.database.write(lambda unit: jobs.finish(unit, job))
        return
    try:
        fetched = asyncio.run(_get(house, file.url))
    except FetchFailed as error:
        if not error.permanent:
            raise
        house.database.write(_settle, job, file.id, file.message_id, {"state": "refused"})
        return
    kind = media_kinds.received(fetched.content, fetched.content_type or file.content_type)
    if not kind:
        house.database.write(_settle, job, file.id, file.message_id, {"state": "refused"})
        return
    values = {
        "state": "stored",
        "blob": house.files.keep(fetched.content),
        "size": len(fetched.content),
        "sha256": fetched.sha256,
        "content_type": kind,
    }
    house.database.write(_settle, job, file.id, file.message_id, values)


async def _get(house: House, url: str) -> Fetched:
    host = urlsplit(house.settings.twilio_api_url).hostname
    hosts = TWILIO_HOSTS | {host} if host else TWILIO_HOSTS
    return await fetch_file(url, hosts=hosts, credentials=credentials(house), loopback=house.settings.is_demo)


def credentials(house: House) -> dict[str, tuple[str, str]]:
    """Whom the account's token is for: the API alone. What it redirects to is signed, and belongs to others."""
    account = house.twilio
    known = {"api.twilio.com", urlsplit(house.settings.twilio_api_url).hostname or "api.twilio.com"}
    return {name: (account.account_sid, account.tokens[0]) for name in known if account.tokens}


def _settle(unit: Transaction, job: Job, file_id: int, message_id: int, values: dict[str, object]) -> None:
    attachments.keep(unit, file_id, values)
    message = threads.message(unit, message_id)
    if message is not None:
        threads.change(unit, threads.get(unit, message.conversation_id), {})
        details = {"message": message_id, "file": file_id, "state": values["state"]}
        unit.record("file.settled", actor_id=None, conversation_id=message.conversation_id, details=details)
    if not jobs.finish(unit, job):
        raise jobs.TakenOver
