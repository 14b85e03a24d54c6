"""Holds a resource to FHIR R4 by HL7's definitions: elements, cardinalities, codes, reference targets, choice types."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

DEFINITIONS = (
    Path(__file__).parents[2] / os.environ.get("WARMLINE_CONTRACTS", "../shared/contracts") / "fhir_r4_min.json"
)
Rules = dict[str, dict[str, list[Any]]]


def rules() -> Rules:
    """{type: {element path: [min, max, types, reference targets, required codes]}}."""
    read: Rules = msgspec.json.decode(DEFINITIONS.read_bytes())
    return read


def faults(known: Rules, resource: dict[str, Any]) -> list[str]:
    """What R4 does not allow, as "Type.path: why"."""
    kind = resource.get("resourceType", "")
    if kind not in known:
        return [f"{kind}: no type of R4 that is checked here"]
    body = {name: value for name, value in resource.items() if name != "resourceType"}
    return list(_object(known, kind, "", body))


def _object(known: Rules, kind: str, path: str, value: dict[str, Any]) -> Iterator[str]:
    allowed = {name: rule for name, rule in known[kind].items() if _is_child(name, path)}
    taken: set[str] = set()
    for name, part in value.items():
        element, type_ = _element(allowed, f"{path}{name}")
        if element is None:
            yield f"{kind}.{path}{name}: unknown"
            continue
        taken.add(element)
        yield from _values(known, kind, element, allowed[element], part, type_)
    yield from (f"{kind}.{name}: missing" for name, rule in allowed.items() if rule[0] and name not in taken)


def _is_child(name: str, path: str) -> bool:
    return name.startswith(path) and "." not in name[len(path) :]


def _element(allowed: dict[str, list[Any]], name: str) -> tuple[str | None, str]:
    if name in allowed:
        return name, ""
    for element in allowed:
        stem = element.removesuffix("[x]")
        ending = name.removeprefix(stem)
        for type_ in allowed[element][2] if stem != element and name.startswith(stem) else ():
            if ending == type_[0].upper() + type_[1:]:
                return element, str(type_)
    return None, ""


def _values(known: Rules, kind: str, element: str, rule: list[Any], value: Any, type_: str) -> Iterator[str]:
    many = rule[1] == "*"
    if many != isinstance(value, list) or value == []:
        yield f"{kind}.{element}: {'a list' if many else 'one value'} is needed"
        return
    for one in value if many else [value]:
        yield from _value(known, kind, element, rule, one, type_ or rule[2][0])


def _value(known: Rules, kind: str, element: str, rule: list[Any], one: Any, type_: str) -> Iterator[str]:
    codes, targets = (rule[4] if len(rule) > 4 else []), (rule[3] if len(rule) > 3 else [])
    if codes and one not in codes:
        yield f"{kind}.{element}: no code of R4"
    if type_ == "Reference" and targets not in ([], ["Resource"]):
        target = one.get("type") or str(one.get("reference", "")).split("/")[0]
        if target and target not in targets:
            yield f"{kind}.{element}: may not refer to {target}"
    if type_ in ("BackboneElement", "Element"):
        yield from _object(known, kind, f"{element}.", one)
    elif type_ == "Resource":
        yield from faults(known, one)
    elif type_ in known:
        yield from _object(known, type_, "", one)
    elif isinstance(one, dict | list):
        yield f"{kind}.{element}: {type_} is needed"
