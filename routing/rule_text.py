"""A rule set as the TOML text that `routing.rules.read` reads. Keeps the comments on top; others are lost."""

from __future__ import annotations

import msgspec

from routing.rules import Rule, Rules


def write(rules: Rules, heading: str = "") -> str:
    """The TOML text of a rule set: what `read` reads. `heading` are the comment lines on top."""
    parts = [f"{heading.rstrip()}\n" if heading.strip() else "", f"version = {_toml(rules.version)}\n"]
    return "".join([*parts, *(_written(rule) for rule in rules.rule)])


def heading(text: str) -> str:
    """The comment lines on top of a rules text, which `write` keeps."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line)
    return "\n".join(lines)


def _written(rule: Rule) -> str:
    plain = msgspec.to_builtins(rule, builtin_types=())
    default = msgspec.to_builtins(Rule(rule.name))
    when, empty = plain.pop("when"), default.pop("when")
    values = [(key, value) for key, value in plain.items() if key == "name" or value != default[key]]
    values[1:1] = [(f"when.{key}", value) for key, value in when.items() if value != empty[key]]
    return "\n[[rule]]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in values)


def _toml(value: object) -> str:
    """A string, number, boolean or list of strings, as TOML spells it; JSON's escapes are TOML's."""
    if isinstance(value, tuple | list):
        return f"[{', '.join(_toml(part) for part in value)}]"
    return msgspec.json.encode(value).decode().replace("\x7f", "\\u007F")
