"""The door at which a carrier fetches a file of a reply: a signed address that runs out, and nothing else."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from inbox import upload
from inbox.errors import NotFound
from inbox.house import House


@get("/media/{token:str}", sync_to_thread=True)
def media(token: FromPath[str], house: NamedDependency[House]) -> Response[bytes]:
    """The bytes, of the kind they were found to be."""
    with house.database.snapshot() as reading:
        row = upload.fetched(reading, house, token)
    try:
        content = house.files.read(row.blob)
    except (OSError, ValueError):
        raise NotFound("There is no such file.") from None
    headers = {"content-disposition": "attachment", "content-security-policy": "sandbox; default-src 'none'"}
    return Response(content, media_type=row.content_type, headers=headers)


HANDLERS = [media]
