"""The figures, each by its one definition (domain.md §12). Board, report and export ask the same measures."""

from __future__ import annotations

from inbox import metric_calls, metric_complaints, picks
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
        "survey_response",
        "Answered the question afterwards",
        "share",
        "up",
        "answered, of all who were asked how we did",
        picks.surveyed,
    ),
    Measure(
        "service_level",
        "Calls answered in 20 s",
        "share",
        "up",
        "answered within 20 seconds of the queue, of all offered; who left it for voicemail or a call back was offered",
        metric_calls.offered,
        metric_calls.in_time,
    ),
    Measure(
        "abandonment",
        "Hung up in the queue",
        "share",
        "down",
        "callers who gave up in the queue, of all offered",
        metric_calls.offered,
        metric_calls.given_up,
    ),
    Measure(
        "speed_of_answer",
        "Speed of answer",
        "mean",
        "down",
        "from the queue to a person, calls that were answered",
        metric_calls.answered,
    ),
    Measure(
        "handle_time",
        "Handle time, calls",
        "mean",
        "",
        "talk, hold and writing it up, calls in and out on which we spoke",
        metric_calls.handled,
    ),
    Measure(
        "occupancy",
        "Occupancy, calls",
        "time",
        "",
        "time on calls and writing them up, of the time for which people said they were available or were on one; what "
        "they did in writing meanwhile is not measured",
        metric_calls.busy,
        whole=lambda cohort: cohort.staffed,
    ),
    Measure(
        "complaints",
        "Complaints",
        "count",
        "",
        "opened in the period with a complaint as reason",
        metric_complaints.made,
    ),
    Measure(
        "complaint_contact",
        "Complaints, first contact in time",
        "share",
        "up",
        "complaints first answered by their deadline, of those answered or due",
        metric_complaints.contacted,
    ),
    Measure(
        "complaint_closed",
        "Complaints closed in 7 days",
        "share",
        "up",
        "complaints closed within 7 days, of those closed or older",
        metric_complaints.closed,
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

#: What the figures of a measure are called besides its own name, and of which kinds.
_ENDINGS = {"": (), "_median": ("waits",), "_p90": ("waits", "mean"), "_open": ("waits",)}


def measure_behind(figure: str) -> Measure | None:
    """The measure of a figure's name: `first_response_p90` is one of `first_response`."""
    for ending, kinds in _ENDINGS.items():
        if figure.endswith(ending) and (found := BY_NAME.get(figure.removesuffix(ending))):
            return found if not kinds or found.kind in kinds else None
    return None
