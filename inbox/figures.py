"""The figures, each by its one definition (domain.md §12). Board, report and export ask the same measures."""

from __future__ import annotations

from inbox import picks
from inbox.measures import Measure

MEASURES: tuple[Measure, ...] = (
    Measure("conversations", "Conversations", "count", "", "opened in the period", picks.opened),
    Measure("closed", "Closed", "count", "", "closures made in the period, whenever opened", picks.closed),
    Measure(
        "first_response",
        "First reply",
        "waits",
        "down",
        "first inbound to first human reply, by the clock on the wall",
        picks.first_response,
    ),
    Measure(
        "first_response_business",
        "First reply, open hours",
        "waits",
        "down",
        "first inbound to first human reply, in open hours",
        picks.first_response_business,
    ),
    Measure(
        "in_time",
        "Answered in time",
        "share",
        "up",
        "first answers given or due in the period that came by their deadline; automatic words are no answer",
        picks.answered,
    ),
    Measure(
        "first_read",
        "Urgent first read",
        "waits",
        "down",
        "first inbound to the first person who opened it, emergent and urgent conversations",
        picks.read,
    ),
    Measure(
        "resolution",
        "Resolution",
        "waits",
        "down",
        "first inbound to a resolving closure not reopened within 7 days, by the clock on the wall",
        picks.resolution,
    ),
    Measure(
        "resolution_business",
        "Resolution, open hours",
        "waits",
        "down",
        "the same in open hours, without the time it waited for the patient",
        picks.resolution_business,
    ),
    Measure(
        "resolution_rate",
        "Resolved",
        "share",
        "up",
        "resolved and not reopened within 7 days, of closures",
        picks.of_endings(picks.held),
    ),
    Measure(
        "reopen_rate",
        "Reopen rate",
        "share",
        "down",
        "closures that were reopened, of all closures",
        picks.of_endings(lambda ending: ending.reopened is not None),
    ),
    Measure(
        "confirmed_rate",
        "Closure confirmed",
        "share",
        "up",
        "closures with a word to the patient, of all closures; the others have a waiver",
        picks.of_endings(lambda ending: ending.confirmed),
    ),
    *(
        Measure(
            f"first_contact_{days}",
            f"First-contact resolution, {days} days",
            "share",
            "up",
            f"resolved with one contact and nothing new about it by any channel for {days} days; younger closures are "
            "left out",
            picks.first_contact(days),
        )
        for days in (7, 14, 30)
    ),
    Measure(
        "breach_rate",
        "Breach rate",
        "share",
        "down",
        "missed of all promises due; those still open count",
        picks.breaches,
    ),
    Measure(
        "transfer_rate",
        "Transferred",
        "share",
        "down",
        "conversations that more than one team had",
        picks.among(lambda cohort: cohort.moved),
    ),
    Measure(
        "escalation_rate",
        "Escalated",
        "share",
        "down",
        "conversations for which a hand was raised, by a clock, a red flag or a person",
        picks.among(lambda cohort: cohort.raised),
    ),
    Measure("backlog", "Backlog", "count", "down", "open now, whenever opened", picks.backlog),
    Measure(
        "oldest",
        "Oldest open",
        "oldest",
        "down",
        "the longest that an open conversation waits for its end",
        picks.backlog,
    ),
    Measure(
        "satisfaction",
        "Satisfied",
        "share",
        "up",
        "answers of 4 or 5 out of 5 to the question afterwards",
        picks.satisfied,
    ),
    Measure(
        "stage_replied",
        "Got a reply",
        "share",
        "up",
        "requests that a person answered",
        picks.stage(picks.was_answered),
    ),
    Measure(
        "stage_resolved", "Resolved", "share", "up", "answered, and closed as resolved", picks.stage(picks.was_resolved)
    ),
    Measure(
        "stage_told",
        "Told so",
        "share",
        "up",
        "resolved, with a word to the patient that it is",
        picks.stage(picks.was_told),
    ),
    Measure("stage_held", "Not reopened", "share", "up", "told so, and closed since", picks.stage(picks.has_held)),
)
BY_NAME = {measure.name: measure for measure in MEASURES}


def measure_behind(figure: str) -> Measure | None:
    """The measure of a figure's name: `first_response_p90` is one of `first_response`."""
    for ending in ("", "_median", "_p90", "_open"):
        if figure.endswith(ending) and (found := BY_NAME.get(figure.removesuffix(ending) if ending else figure)):
            return found if not ending or found.kind == "waits" else None
    return None
