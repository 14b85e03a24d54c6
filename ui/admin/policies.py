"""SLA policies: targets by reason, priority and channel in order, and when they would be due."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from inbox import policy, policy_effect, practice, routing_rules
from inbox.actors import Permission
from inbox.errors import Invalid
from inbox.practice import Practice
from inbox.store.database import Reading
from slas.policies import SHIPPED, Condition, Field, Metric, Policy, Target
from ui.admin import sentences
from ui.admin.desk import Desk

HOME = "/admin/policies"
METRICS: tuple[Metric, ...] = ("read", "first_response", "next_response", "resolution", "callback")
UNITS = {"min": 60, "h": 3600, "days": 86_400, "s": 1}


class TargetForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A promise: an amount of `s`, `min`, `h`, `days` or `business`; none without an amount."""

    amount: int | None = None
    unit: str = "h"
    runs: Literal["always", "hours"] = "hours"


class PolicyForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A policy; `warn` in percent of the time, `pauses` while waiting on the patient."""

    name: str = ""
    reason: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    targets: dict[Metric, TargetForm] = {}
    warn: int | None = 75
    pauses: bool = True


class PoliciesForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All policies in order, upon the version that was seen."""

    policies: tuple[PolicyForm, ...]
    based_on: int = 0
    why: str = ""


@get(HOME, sync_to_thread=True)
def page(desk: NamedDependency[Desk]) -> Response[str]:
    """The policies in order."""
    routing_rules.permit(desk.actor)

    def read(reading: Reading) -> dict[str, Any]:
        version, clinic = policy.current(reading, "policies")
        return {
            "version": version,
            "policies": clinic.policies or SHIPPED,
            "blank": Policy("", 0, ()),
            "metrics": METRICS,
            "sentences": sentences,
            "parts": _parts,
            "chosen": _chosen,
        }

    return desk.show("policies.html", "policies", read)


@post(f"{HOME}/preview", sync_to_thread=True, status_code=200)
def preview(data: JSONBody[PoliciesForm], desk: NamedDependency[Desk]) -> dict[str, str]:
    """When each promise would be due for a message of now, and of Friday 17:50; and who would have been late."""
    routing_rules.permit(desk.actor, Permission.REHEARSE_RULES)
    policies = _policies(data)
    policy.check_policies(policies)
    return {"html": shown(desk, msgspec.structs.replace(desk.house.configuration.practice(), policies=policies))}


@post(HOME, sync_to_thread=True, status_code=200)
def publish(data: JSONBody[PoliciesForm], desk: NamedDependency[Desk]) -> dict[str, str]:
    """From now on these promises are made; running clocks take them from their original start."""
    routing_rules.permit(desk.actor, Permission.PUBLISH_RULES)
    desk.write(data, policy.publish_policies, _policies(data), based_on=data.based_on, why=data.why)
    return {"go": HOME}


def shown(desk: Desk, clinic: Practice) -> str:
    """The preview of a clinic's promises."""
    now = desk.house.database.clock()
    moments = (now, policy.late_friday(now, clinic.zone))
    rows = policy.preview(msgspec.structs.replace(clinic, targets={}), moments)
    with desk.house.database.snapshot() as reading:
        effect = policy_effect.effect(reading, practice.read(reading), clinic.policies, actor=desk.actor)
    return desk.piece("due.html", rows=rows, moments=moments, effect=effect, sentences=sentences)


def _policies(form: PoliciesForm) -> tuple[Policy, ...]:
    return tuple(_policy(one, number) for number, one in enumerate(form.policies, 1))


def _policy(form: PolicyForm, number: int) -> Policy:
    if not form.name.strip():
        raise Invalid(fields={"policies": f"policy {number} needs a name"})
    fields: tuple[tuple[Field, tuple[str, ...] | tuple[int, ...]], ...] = (
        ("reason", form.reason),
        ("priority", tuple(int(level) for level in form.priority)),
        ("channel", form.channel),
    )
    conditions = tuple(Condition(name, values) for name, values in fields if values)
    targets = tuple(_target(form, metric) for metric in METRICS if (form.targets.get(metric) or TargetForm()).amount)
    return Policy(form.name.strip(), 0, targets, conditions)


def _target(form: PolicyForm, metric: Metric) -> Target:
    asked = form.targets[metric]
    amount = asked.amount or 0
    size = {"business_days": amount} if asked.unit == "business" else {"seconds": amount * UNITS.get(asked.unit, 0)}
    try:
        return Target(metric, **size, calendar=asked.runs, warn=(form.warn or 75) / 100, pauses=form.pauses)
    except ValueError as error:
        raise Invalid(fields={"policies": f"{form.name}: {error}"}) from None


def _parts(target: Target | None) -> tuple[int | str, str, str]:
    """(amount, unit, runs) of a target, as its fields show it."""
    if target is None:
        return "", "h", "hours"
    if target.business_days:
        return target.business_days, "business", target.calendar
    unit = next(name for name in ("days", "h", "min", "s") if target.seconds % UNITS[name] == 0)
    return target.seconds // UNITS[unit], unit, target.calendar


def _chosen(one: Policy, field: str) -> tuple[str, ...]:
    return tuple(str(value) for condition in one.conditions if condition.field == field for value in condition.values)


HANDLERS = [page, preview, publish]
