"""The bars on what others wrote: the same scores that `make corpora` prints."""

from collections.abc import Callable

import pytest

from bench.corpora import corpus
from bench.corpora.every import CORPORA
from tests.support.corpora import CASES

Note = Callable[[str, object], None]


@pytest.mark.corpus
@pytest.mark.parametrize("name", [name for name in CORPORA if name.startswith("mail:")])
def test_the_bar_holds(name: str, record_property: Note) -> None:
    score = corpus.score(name)
    record_property(CASES, score.cases)
    assert (score.holds, score.slowest < corpus.SECONDS) == (True, True), score.wrong


@pytest.mark.corpus
def test_every_corpus_has_cases() -> None:
    """A corpus without cases would meet any bar that counts the wrong ones."""
    assert [name for name, one in CORPORA.items() if next(one.cases(), None) is None] == []


def test_a_wrong_answer_an_exception_and_no_case_at_all_miss_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control."""

    def fails() -> bool:
        raise ValueError

    asked = {"one": lambda: True, "two": lambda: False, "three": fails}
    monkeypatch.setitem(CORPORA, "some", corpus.Corpus(lambda: iter(asked.items()), most_wrong=2))
    monkeypatch.setitem(CORPORA, "all", corpus.Corpus(lambda: iter(asked.items()), 0.34))
    monkeypatch.setitem(CORPORA, "none", corpus.Corpus(lambda: iter(()), most_wrong=2))
    scores = [corpus.score(name) for name in ("some", "all", "none")]
    assert [(one.cases, one.wrong, one.holds) for one in scores] == [
        (3, ("two", "three"), True),
        (3, ("two", "three"), False),
        (0, (), False),
    ]
