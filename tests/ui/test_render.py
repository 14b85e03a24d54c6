"""Filters, the timeline and the geometry of charts."""

from datetime import date

import pytest

from tests.support import screens
from ui import charts, render, reports, timeline, words


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Maria de la Cruz", "MC"), ("Cher", "C"), ("  ", "?"), ("(unknown) Ana", "A"), ("Ñuñez Ob", "ÑO")],
)
def test_initials(name: str, letters: str) -> None:
    assert render.initials(name) == letters


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("+14155550142", "(415) 555-0142"),
        ("+442071838750", "+442071838750"),
        ("GMy7Z10loBDbQkkAYHnHwQePX6ecSm0w1Yt_3-kLq9A", "Visitor GMy7"),
        ("", ""),
    ],
)
def test_address(value: str, words: str) -> None:
    assert render.address(value) == words


@pytest.mark.parametrize(
    ("code", "said"),
    [("person", "a person asked"), ("clock:first_response", "first reply missed"), ("red_flag", "red flag")],
)
def test_cause(code: str, said: str) -> None:
    assert words.cause(code) == said


@pytest.mark.parametrize(("octets", "words"), [(812, "812 B"), (14_700, "14 kB"), (3_240_000, "3.2 MB")])
def test_size(octets: int, words: str) -> None:
    assert render.size(octets) == words


@pytest.mark.parametrize(
    ("number", "unit", "words"),
    [
        (None, "seconds", "–"),
        (300, "seconds", "5m"),
        (6.8, "percent", "6.8%"),
        (90.0, "percent", "90%"),
        (7912, "count", "7,912"),
    ],
)
def test_value(number: float | None, unit: str, words: str) -> None:
    assert render.value(number, unit) == words


@pytest.mark.parametrize(("number", "words"), [(0, ""), (7, "7"), (99, "99"), (100, "99+")])
def test_count(number: int, words: str) -> None:
    assert render.count(number) == words


def test_timeline_is_one_and_in_order() -> None:
    assert [one.id for one in timeline.items(screens.view())] == [
        "call-CA1",
        "message-11",
        "event-31",
        "message-12",
        "note-21",
        "message-13",
        "message-14",
        "message-15",
        "message-16",
    ]


def test_keys_sort_as_text() -> None:
    items = timeline.items(screens.view())
    assert sorted(items, key=lambda one: one.at) == sorted(items, key=lambda one: one.key)


def test_form_fields_stop_at_free_text() -> None:
    text = "Topic: Refill\nDate of birth: 1968-03-14\nPlease call me\nNote: not a field"
    assert timeline.form_fields(text) == (
        [("Topic", "Refill"), ("Date of birth", "1968-03-14")],
        "Please call me\nNote: not a field",
    )


def test_line_breaks_where_a_day_has_no_case() -> None:
    plot = charts.plot([4.0, None, 2.0], width=48, height=44, count=3)
    assert (plot.top, plot.ticks) == (4.0, [0, 1, 2, 3, 4])
    assert charts.line(plot, [4.0, None, 2.0]) == "M40.0 10.0h0M40.0 15.0h0"


@pytest.mark.parametrize(("largest", "top"), [(0, 4), (4, 4), (5, 6), (29, 40), (1234, 1600)])
def test_ceiling(largest: float, top: float) -> None:
    assert charts.ceiling(largest) == top


def test_marks_step_aside() -> None:
    assert charts.spread([(50, False), (50, False), (90, True)]) == [0, -12, 0]


def test_labels_keep_apart() -> None:
    assert [charts.apart(20, 90), charts.apart(80, 82), charts.apart(5, 6)] == [(20, 90), (68, 82), (12, 26)]


def test_view_labels() -> None:
    assert [words.view_label(view) for view in ("mine", "queue:front_desk", "odd_one")] == [
        "My queue",
        "Front desk",
        "Odd one",
    ]


def test_reports_count_whole_local_days() -> None:
    today = date(2026, 11, 22)
    assert reports.span("2026-11-01", "2026-11-02", today=today) == (date(2026, 11, 1), date(2026, 11, 3))
    assert reports.span(None, None, today=today) == (date(2026, 10, 26), date(2026, 11, 23))


@pytest.mark.parametrize(
    ("first", "last", "field"), [("x", None, "from"), (None, "2026-13-01", "to"), ("2026-11-03", "2026-11-02", "from")]
)
def test_reports_name_the_wrong_day(first: str | None, last: str | None, field: str) -> None:
    with pytest.raises(reports.Invalid) as caught:
        reports.span(first, last, today=date(2026, 11, 22))
    assert list(caught.value.fields) == [field]
