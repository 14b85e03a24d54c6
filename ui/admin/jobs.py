"""Jobs: what waits, what runs, what gave up; try again or cancel."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from inbox import chore
from ui.admin.desk import Desk
from ui.admin.people import Nothing

HOME = "/admin/jobs"


@get(HOME, sync_to_thread=True)
def page(desk: NamedDependency[Desk]) -> Response[str]:
    """The work of the house."""
    return desk.show("jobs.html", "jobs", lambda reading: {"chores": chore.listed(reading, actor=desk.actor)})


@post(f"{HOME}/{{job_id:int}}/retry", sync_to_thread=True, status_code=200)
def retry(job_id: FromPath[int], data: JSONBody[Nothing], desk: NamedDependency[Desk]) -> dict[str, str]:
    """A dead job is tried again."""
    desk.write(data, chore.retry, job_id=job_id)
    return {"go": HOME}


@post(f"{HOME}/{{job_id:int}}/cancel", sync_to_thread=True, status_code=200)
def cancel(job_id: FromPath[int], data: JSONBody[Nothing], desk: NamedDependency[Desk]) -> dict[str, str]:
    """It is not tried again."""
    desk.write(data, chore.cancel, job_id=job_id)
    return {"go": HOME}


HANDLERS = [page, retry, cancel]
