"""The question how we did: one page, five faces, one tap. GET shows and records nothing, because mail scanners look."""

from __future__ import annotations

from typing import Any

import anyio.to_thread
from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath

from inbox import survey
from inbox.house import House
from inbox.survey import TAGS, WORDS_LONGEST, Question
from ui import links, patient
from ui.links import Visit

GONE = "survey_gone"
#: Score, icon and the name of its word.
FACES = (
    (1, "mood-cry", "face_1"),
    (2, "mood-sad", "face_2"),
    (3, "mood-neutral", "face_3"),
    (4, "mood-smile", "face_4"),
    (5, "mood-happy", "face_5"),
)


@get("/survey/{token:str}", sync_to_thread=True)
def ask(
    request: Request[Any, Any, Any], token: FromPath[str], house: NamedDependency[House], state: State
) -> Response[str]:
    """The question; a face in the link (`?score=4`) is chosen already and still waits for its button."""
    visit = Visit(request, house, state, token, GONE)
    question = visit.find(survey.look)
    chosen = {"score": request.query_params.get("score", "")}
    return visit.gone() if question is None else _page(visit, question, chosen)


@post("/survey/{token:str}", request_max_body_size=links.BODY_BYTES, status_code=200)
async def answer(
    request: Request[Any, Any, Any], token: FromPath[str], house: NamedDependency[House], state: State
) -> Response[str]:
    """Keeps the first answer and thanks; an unhappy one is before a supervisor from here."""
    fields = links.read(request, await request.body())
    return await anyio.to_thread.run_sync(_answer, Visit(request, house, state, token, GONE), fields)


def _answer(visit: Visit, fields: dict[str, str]) -> Response[str]:
    question = visit.find(survey.look)
    if question is None:
        return visit.gone()
    score, words = fields.get("score", ""), fields.get("words", "").strip()
    if score not in {"1", "2", "3", "4", "5"}:
        return _page(visit, question, fields, error="survey_choose")
    if len(words) > WORDS_LONGEST:
        return _page(visit, question, fields, error="survey_long")
    tags = tuple(tag for tag in TAGS if fields.get(f"tag_{tag}"))
    visit.house.database.write(survey.answer, visit.house, visit.token, score=int(score), tags=tags, words=words)
    return visit.page("survey_thanks.html", unhappy=int(score) <= survey.UNHAPPY)


def _page(visit: Visit, question: Question, typed: dict[str, str], *, error: str = "") -> Response[str]:
    if question.answered:
        return visit.page("survey_thanks.html", unhappy=False)
    day = patient.day(question.opened_at, visit.house.configuration.practice(), visit.spoken)
    asked = {"typed": typed, "error": visit.words[error] if error else "", "faces": FACES, "tags": TAGS}
    return visit.page("survey.html", status=422 if error else 200, day=day, **asked)


HANDLERS = [ask, answer]
