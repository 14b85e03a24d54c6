"""Reads a tree of Python files and templates and names each place that breaks the law of the house.

Every check takes the root folder and returns the offences, sorted; what is law, and why, stands in the tables on top.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

LEAVES = {"channels", "patients", "routing", "slas"}
# who may import whom; each folder may also import itself
FOLDERS: dict[str, set[str]] = {
    **{leaf: set() for leaf in LEAVES},
    "inbox": LEAVES,
    "ui": LEAVES | {"inbox"},
    "fixtures": {"inbox"},
    "migrations": {"inbox"},
}
# finer than folders: the file (or folder) on the left may import exactly these modules of the folder on the right
NARROWED = {("migrations/", "inbox"): {"inbox.store"}}
# the demo is the one command that plays a scripted clinic
WIDENED = {("ui/cli.py", "fixtures"), ("ui/commands/demo.py", "fixtures")}
# use cases call the store, never the reverse: of its neighbours it knows only these, none of which is a use case
STORE_MAY = {"actors", "clock", "errors", "live", "settings", "store"}
# libraries that belong to certain folders or files
LIBRARIES: dict[str, tuple[str, ...]] = {
    "sqlalchemy": ("inbox/", "migrations/"),
    "alembic": ("inbox/", "migrations/"),
    "psycopg": ("inbox/", "migrations/"),
    "twilio": ("channels/",),
    "aiosmtplib": ("channels/",),
    "aiosmtpd": ("channels/",),
    "httpx": ("channels/",),
    "litestar": ("ui/",),
    "jinja2": ("ui/",),
    "uvicorn": ("ui/",),
    "rq": ("inbox/jobs.py", "inbox/live.py"),
    "redis": ("inbox/jobs.py", "inbox/live.py"),
}
ENVIRONMENT_MAY = "inbox/settings.py"
# where a whole unit of work is caught so that the rest goes on, once in each file
CATCH_ALL_MAY = {
    "inbox/watch.py": "one poison row must not stop the timers",
    "inbox/worker.py": "one poison job must not stop the others",
    "inbox/fanout.py": "one entry that cannot be shown must not stop every screen",
    "inbox/intake.py": "the writing thread hands what it caught to every door that waits for it, which raises it",
}


def folder_imports(root: Path) -> list[str]:
    """Imports of our own folders that the house forbids; local and type-only imports count like all others."""
    return sorted(
        f"{file} imports {module}"
        for file, tree in _modules(root)
        for module in _imports(tree, file)
        if module.split(".")[0] in FOLDERS and not _folder_allowed(file, module)
    )


def library_imports(root: Path) -> list[str]:
    """Imports of a library outside the folders that may speak to it."""
    return sorted(
        f"{file} imports {module}"
        for file, tree in _modules(root)
        for module in _imports(tree, file)
        if not file.startswith(LIBRARIES.get(module.split(".")[0], ("",)))
    )


def cycles(root: Path) -> list[str]:
    """Pairs of folders that reach each other."""
    reached: dict[str, set[str]] = {folder: set() for folder in FOLDERS}
    for file, tree in _modules(root):
        reached[_folder(file)] |= {module.split(".")[0] for module in _imports(tree, file)} & FOLDERS.keys()
    for middle in FOLDERS:
        for start in FOLDERS:
            if middle in reached[start]:
                reached[start] |= reached[middle]
    return sorted(f"{one} ⇄ {two}" for one in FOLDERS for two in reached[one] if one < two and one in reached[two])


def environment_reads(root: Path) -> list[str]:
    """Uses of the environment outside the settings, whatever name they go by."""
    return sorted(
        f"{file}:{node.lineno}"
        for file, tree in _modules(root)
        for node in ast.walk(tree)
        if file != ENVIRONMENT_MAY and isinstance(node, ast.expr | ast.stmt) and _reads_environment(node)
    )


def catch_alls(root: Path) -> list[str]:
    """Handlers that take every exception: one in each file of CATCH_ALL_MAY, none elsewhere.

    Cleaning up and raising again (`except BaseException: …; raise`) swallows nothing and is free.
    """
    offences = []
    for file, tree in _modules(root):
        lines = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and _catches_all(node)]
        allowed = 1 if file in CATCH_ALL_MAY else 0
        offences += [f"{file}:{line}" for line in sorted(lines)[allowed:]]
    return sorted(offences)


def missing_docstrings(root: Path) -> list[str]:
    """Modules that do not say what lives here in one to three lines. An empty file says it by its name."""
    offences = []
    for file, tree in _modules(root):
        lines = (ast.get_docstring(tree) or "").splitlines()
        if tree.body and not 1 <= len([line for line in lines if line.strip()]) <= 3:
            offences.append(file)
    return sorted(offences)


TEMPLATE_OFFENCES = {
    "unescaped": re.compile(r"\|\s*safe\b|autoescape\s+false"),
    "inline handler": re.compile(r"<[^>]*\s(?:on[a-z]+|hx-on[:a-z-]*)\s*=", re.IGNORECASE),
    "style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "inline style": re.compile(r"<style\b", re.IGNORECASE),
    "inline script": re.compile(r"<script\b(?![^>]*\bsrc\s*=)(?![^>]*application/json)", re.IGNORECASE),
    "script address": re.compile(r"javascript:", re.IGNORECASE),
}


def template_offences(root: Path) -> list[str]:
    """What the content security policy would refuse in the browser, or what would let a patient's text in unescaped."""
    return sorted(
        f"{path.relative_to(root).as_posix()}: {name}"
        for path in root.glob("ui/templates/**/*")
        if path.is_file()
        for name, pattern in TEMPLATE_OFFENCES.items()
        if pattern.search(path.read_text())
    )


def _modules(root: Path) -> Iterator[tuple[str, ast.Module]]:
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            yield path.relative_to(root).as_posix(), ast.parse(path.read_text(), str(path))


def _folder(file: str) -> str:
    return file.split("/")[0]


def _imports(tree: ast.Module, file: str) -> Iterator[str]:
    """The full names that a module imports, anywhere in it, by statement or by a literal import_module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = _origin(node, file)
            yield from (f"{origin}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and _name(node.func) in ("import_module", "__import__"):
            yield from (arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str))


def _origin(node: ast.ImportFrom, file: str) -> str:
    package = file.split("/")[: -node.level] if node.level else []
    return ".".join([*package, *([node.module] if node.module else [])])


def _folder_allowed(file: str, module: str) -> bool:
    ours, theirs = _folder(file), module.split(".")[0]
    if file.startswith("inbox/store/") and theirs == "inbox":
        return module.split(".")[1] in STORE_MAY
    for (start, folder), modules in NARROWED.items():
        if file.startswith(start) and theirs == folder:
            return any(module == name or module.startswith(f"{name}.") for name in modules)
    return theirs == ours or theirs in FOLDERS[ours] or (file, theirs) in WIDENED


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _reads_environment(node: ast.expr | ast.stmt) -> bool:
    names = {"environ", "environb", "getenv", "getenvb", "putenv"}
    if isinstance(node, ast.ImportFrom):
        return node.module == "os" and any(alias.name in names for alias in node.names)
    return isinstance(node, ast.Attribute) and node.attr in names and _name(node.value) == "os"


def _catches_all(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = {"BaseException" if kind is None else _name(kind) for kind in kinds}
    last = handler.body[-1]
    raises_again = isinstance(last, ast.Raise) and last.exc is None
    return "Exception" in names or ("BaseException" in names and not raises_again)
