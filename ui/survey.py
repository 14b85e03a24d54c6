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
from ui.patient_words import WORDS

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
    with house.database.snapshot() as reading:
        question = survey.look(reading, token)
    if question is None:
        return links.gone(request, house, state, "survey_gone")
    chosen = request.query_params.get("score", "")
    return _page(request, house, token, question, {"score": chosen})


@post("/survey/{token:str}", request_max_body_size=links.BODY_BYTES, status_code=200)
async def answer(
    request: Request[Any, Any, Any], token: FromPath[str], house: NamedDependency[House], state: State
) -> Response[str]:
    """Keeps the first answer and thanks; an unhappy one is before a supervisor from here."""
    body = links.read(request, await request.body())
    return await anyio.to_thread.run_sync(_answer, request, house, state, token, body)


def _answer(
    request: Request[Any, Any, Any], house: House, state: State, token: str, fields: dict[str, str]
) -> Response[str]:
    with house.database.snapshot() as reading:
        question = survey.look(reading, token)
    if question is None:
        return links.gone(request, house, state, "survey_gone")
    score, words = fields.get("score", ""), fields.get("words", "").strip()
    if score not in {"1", "2", "3", "4", "5"}:
        return _page(request, house, token, question, fields, error="survey_choose")
    if len(words) > WORDS_LONGEST:
        return _page(request, house, token, question, fields, error="survey_long")
    tags = tuple(tag for tag in TAGS if fields.get(f"tag_{tag}"))
    house.database.write(survey.answer, house, token, score=int(score), tags=tags, words=words)
    return _thanks(request, house, question, unhappy=int(score) <= survey.UNHAPPY)


def _page(
    request: Request[Any, Any, Any],
    house: House,
    token: str,
    question: Question,
    typed: dict[str, str],
    *,
    error: str = "",
) -> Response[str]:
    if question.answered:
        return _thanks(request, house, question)
    words = WORDS[patient.language(request, question.language)]
    practice = house.configuration.practice()
    day = patient.day(question.opened_at, practice, patient.language(request, question.language))
    asked = {"token": token, "typed": typed, "error": words[error] if error else "", "faces": FACES, "tags": TAGS}
    status = 422 if error else 200
    return links.page(request, house, "survey.html", status=status, known=question.language, day=day, **asked)


def _thanks(
    request: Request[Any, Any, Any], house: House, question: Question, *, unhappy: bool = False
) -> Response[str]:
    return links.page(request, house, "survey_thanks.html", known=question.language, unhappy=unhappy)


HANDLERS = [ask, answer]
