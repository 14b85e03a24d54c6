"""Which words of a message are denied, which speak of long ago; when unsure neither: a false alarm beats a miss."""

from __future__ import annotations

from itertools import pairwise

from routing.folding import Words, word_set

Span = tuple[int, int]
REACH = 3

_NEGATORS = word_set(
    "no not without never deny denies denied denying nor neither none sin ni nunca tampoco jamas niega"
    " niego negaba ningun ninguna"
)
_ALSO = frozenset(("or", "nor", "ni", "o", "u"))
_CLAUSE_WORDS = frozenset(("but", "however", "although", "except", "pero", "aunque", "excepto", "sino"))
#: After these a "no" speaks of something else than the symptom: "not sure", "no idea", "no puedo dormir".
_ELSEWHERE = word_set(
    "know sure only just stop stopping stopped quit sleep sleeping eat eating drink drinking walk move"
    " want like help helping helped work working better improve improving idea matter wait get go going"
    " talk speak see understand stand take handle joke doubt one wonder relief answer response call"
    " called calling appointment appointments well good right great ok bien puedo puede pude pudo"
    " podemos pueden puedes podia para paran deja dejan dejo aguanto aguanta soporto quita quitan mejora"
    " mejoro duermo dormir come bebe responde responden despierta contesta contestan solo solamente duda"
    " broma cede baja lie kidding lying exaggerating resolve resolving subside calm let normal stay keep"
    " tolerate bear wake"
)
_SPEAKERS = word_set("my i he she it we they the his her our mi")
_STILL_TRUE = word_set("like before such this worse bad asi antes tanto tan igual semejante")
_UNABLE = word_set("cannot not no never puedo puede pude pudo podemos")

_YEARS = word_set("year years decade decades ano anos decada decadas")
_PRESENT = word_set(
    "now today tonight currently again still started starting ahora hoy ahorita actualmente otra"
    " nuevamente sigue sigo since desde ongoing morning manana anoche"
)
_PAST = word_set("had was were did went got tuve tenia tuvo dio dieron estuve fui sufri sufrio padeci")
_LEADS = (
    ("history", "of"), ("historia", "de"), ("historial", "de"), ("antecedentes", "de"), ("antecedente", "de"),
    ("antecedentes",), ("past", "medical", "history"), ("h", "o"), ("family", "history"),
    ("antecedentes", "familiares"), ("used", "to", "have"), ("used", "to", "get"), ("previously", "had"),
)  # fmt: skip
_TIMES = (
    ("when", "i", "was"), ("when", "he", "was"), ("when", "she", "was"), ("when", "my", "mom", "was"),
    ("as", "a", "child"), ("as", "a", "kid"), ("as", "a", "teenager"), ("as", "a", "baby"), ("in", "the", "past"),
    ("last", "year"), ("long", "time", "ago"), ("long", "ago"), ("cuando", "era"), ("cuando", "yo", "era"),
    ("cuando", "tenia"), ("de", "nino"), ("de", "nina"), ("el", "ano", "pasado"), ("en", "el", "pasado"),
    ("hace", "mucho", "tiempo"), ("hace", "mucho"), ("hace", "muchos"), ("back", "in"),
)  # fmt: skip


def denied(words: Words) -> frozenset[int]:
    """The places of words under a "no" within three words in the same clause (a list with "or" goes on)."""
    out: set[int] = set()
    for place, word in enumerate(words.words):
        if word in _NEGATORS and not _speaks_of_something_else(words, place):
            out.update(_scope(words, place))
    return frozenset(out)


def _scope(words: Words, place: int) -> list[int]:
    scope, reach, i = [], REACH, place + 1
    while i < len(words.words) and words.clauses[i] == words.clauses[place]:
        word = words.words[i]
        if word in _ALSO:
            reach = REACH + 1
        elif word in _NEGATORS or word in _CLAUSE_WORDS or not reach:
            break
        scope.append(i)
        reach = reach - 1 if reach else 0
        i += 1
        if not reach and (i >= len(words.words) or words.words[i] not in _ALSO):
            break
    return scope


def _speaks_of_something_else(words: Words, place: int) -> bool:
    word, after = words.words[place], _clause_after(words, place)
    if not after:
        return True
    if word in ("never", "nunca", "jamas") and _STILL_TRUE & set(after):
        return True
    if word in ("without", "sin"):
        return any(w in _UNABLE for w in _clause_before(words, place, 5))
    if word == "no" and after[0] in _SPEAKERS:
        return True
    if after[0] == "he" and word == "no":
        return not (len(after) > 1 and after[1].endswith(("do", "to", "cho")))
    if after[0] == "se":
        return len(after) > 1 and after[1] in ("que", "si", "como", "por", "me", "quita", "calma")
    return after[0] in _ELSEWHERE or (len(after) > 1 and after[1] in ("well", "good", "right", "bien", "quita", "deja"))


def _clause_after(words: Words, place: int) -> tuple[str, ...]:
    end = place + 1
    while end < len(words.words) and end < place + 12 and words.clauses[end] == words.clauses[place]:
        end += 1
    return words.words[place + 1 : end]


def _clause_before(words: Words, place: int, count: int) -> list[str]:
    return [words.words[i] for i in range(max(0, place - count), place) if words.clauses[i] == words.clauses[place]]


def long_ago(words: Words) -> frozenset[int]:
    """The places of words that tell of years ago, of childhood, of antecedents, and of nothing present."""
    out: set[int] = set()
    for place in range(len(words.words)):
        if lead := _phrase_at(words, place, _LEADS):
            clause, start = words.clauses[place], place + lead
            end = min(start + 5, len(words.words))
            out.update(i for i in range(start, end) if words.clauses[i] == clause and not _now_between(words, start, i))
        elif time := (_phrase_at(words, place, _TIMES) or _years_at(words, place)):
            out.update(_around_time(words, place, time))
    return frozenset(out)


def _phrase_at(words: Words, place: int, phrases: tuple[tuple[str, ...], ...]) -> int:
    for phrase in phrases:
        if words.words[place] == phrase[0] and words.words[place : place + len(phrase)] == phrase:
            return len(phrase)
    return 0


def _years_at(words: Words, place: int) -> int:
    """Finds "5 years ago", "a few years back", "hace 3 años", "in 2009"; "since", "desde" make it present again."""
    now, before = words.words[place : place + 5], words.words[place - 1] if place else ""
    if now[0] in _YEARS and now[1:2] in (("ago",), ("back",)):
        return 2
    if now[0] == "hace" and before != "desde" and _YEARS & set(now[1:4]) and "que" not in now:
        return 3
    if now[0] in ("in", "en") and len(now) > 1 and now[1].isdigit() and 1930 <= int(now[1]) <= 2019:
        return 2
    return 0


def _around_time(words: Words, place: int, length: int) -> list[int]:
    clause = words.clauses[place]
    here = _clause(words, place, clause)
    there = _clause(words, here[-1] + 1, clause + 1) if here[-1] + 1 < len(words.words) else []
    there = [i for i in there if words.sentences[i] == words.sentences[place]]
    said = [words.words[i] for i in here if not place <= i < place + length]
    out = [] if _PRESENT & set(said) else here
    told = {words.words[i] for i in there}
    if len(said) <= 5 and told & _PAST and not told & _PRESENT:
        out = [*out, *there]
    return out


def _clause(words: Words, near: int, clause: int) -> list[int]:
    """The places of a clause around a word, at most 40 to each side: a text without commas stays cheap."""
    low = high = near
    while low > 0 and near - low < 40 and words.clauses[low - 1] == clause:
        low -= 1
    while high < len(words.words) and high - near < 40 and words.clauses[high] == clause:
        high += 1
    return list(range(low, high))


def _now_between(words: Words, start: int, place: int) -> bool:
    return bool(_PRESENT & set(words.words[start : place + 1]))


def is_denied(spans: tuple[Span, ...], no: frozenset[int], words: Words) -> bool:
    """Whether a "no" rules a hit: before it, or close before a later part of it ("my chest does not hurt")."""
    if not spans or not no:
        return False
    ordered = sorted(spans)
    if ordered[0][0] in no:
        return True
    inside = {i for span in ordered for i in range(*span)}
    for (_, end), (start, _) in pairwise(ordered):
        if start in no and any(i in range(end, start) and i not in inside for i in _negators_before(words, start)):
            return True
    return False


def _negators_before(words: Words, place: int) -> list[int]:
    return [i for i in range(max(0, place - 2), place) if words.words[i] in _NEGATORS]
