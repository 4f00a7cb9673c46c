"""Constructors that are written into classes without one, so that their objects can keep a generator."""

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from varwg_codemod.edits import Edit, apply_edits
from varwg_codemod.source import Source

if TYPE_CHECKING:
    from varwg_codemod.engine import Finding

_NOTHING = "pass  # nothing yet: varwg-codemod"
_UNUSED = re.compile(rf"def __init__\(self\):\s+{_NOTHING}")
_USED = re.compile(rf"(self\.rng = rng)\s+{_NOTHING}")
_LINES = 3


def place(source: Source, cls: ast.ClassDef) -> int | None:
    """Where a constructor would stand: before the first method, or at the end; None where the class stands on one line."""
    first = next((s for s in cls.body if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef))), None)
    start = source.start(first or cls.body[-1])
    if first is not None and first.decorator_list:
        start = source.start(first.decorator_list[0]) - 1
    if source.text[source.line_start(start) : start].strip():
        return None
    end = source.line_end(source.end(cls.body[-1]))
    return source.line_start(start) if first is not None else end if source.text[:end].endswith(("\n", "\r")) else None


def added(source: Source, classes: Mapping[int, ast.ClassDef]) -> str:
    """The text with a constructor at the place of each of these classes that does nothing yet."""
    edits = []
    for offset, cls in classes.items():
        indent, line = source.indent(source.start(cls.body[-1])), source.newline
        step = "\t" if "\t" in indent else "    "
        new = f"{indent}def __init__(self):{line}{indent}{step}{_NOTHING}{line}"
        has_methods = any(isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef)) for s in cls.body)
        edits.append(Edit(offset, offset, 0, f"{new}{line}" if has_methods else f"{line}{new}"))
    return apply_edits(source.text, edits)


def used(text: str, classes: Mapping[int, ast.ClassDef]) -> dict[int, ast.ClassDef]:
    """Those of the classes whose constructor was given a generator in a text."""
    found = sorted([(m.start(), False) for m in _UNUSED.finditer(text)] + [(m.start(), True) for m in _USED.finditer(text)])
    return {offset: classes[offset] for offset, (_, is_used) in zip(sorted(classes), found, strict=True) if is_used}


def plain(text: str) -> str:
    """The text without the sign that a constructor did nothing."""
    return _USED.sub(r"\1", text)


def placed(finding: "Finding", source: Source, offsets: Iterable[int], text: str) -> "Finding":
    """A finding at its lines in the text without the new constructors, and in the new one without the signs of them."""
    line = finding.line
    for number, offset in enumerate(sorted(offsets)):
        line -= min(_LINES, max(0, finding.line - source.place(offset)[0] - number * _LINES))
    before = sum(text.count("\n", 0, match.end()) + 1 < finding.new_line for match in _USED.finditer(text))
    return replace(finding, line=line, new_line=finding.new_line - before)
