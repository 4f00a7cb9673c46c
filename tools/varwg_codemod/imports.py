"""The imports of a file: which are superfluous after the edits, and where one is added."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from varwg_codemod.edits import NUMPY, PARTIAL, PYTEST, VARWG, Edit
from varwg_codemod.index import Index, Module
from varwg_codemod.library import Library

_QUOTED = re.compile(r"""["'](?:\w+\[)*([A-Za-z_]\w*)""")
_CODE = "VWG012"


@dataclass(frozen=True)
class _Alias:
    """One name that an import binds."""

    node: ast.alias
    bound: str
    dotted: str
    old: bool


def first_binding(module: Module, roots: frozenset[str], before: int | None = None) -> str:
    """The name by which a file knows the library, if it imports it as a whole (before an offset)."""
    for node in module.source.tree.body:
        if before is not None and module.source.start(node) > before:
            break
        if isinstance(node, ast.Import):
            for alias in node.names:
                if (
                    alias.name.partition(".")[0] in roots
                    and alias.name != "weathercop"
                    and (alias.asname is None or "." not in alias.name)
                ):
                    return alias.asname or alias.name.partition(".")[0]
    return ""


class Imports:
    """What happens to the imports of one file."""

    def __init__(
        self, module: Module, index: Index, library: Library, old_name: object, replaced: frozenset[int] = frozenset()
    ) -> None:
        self._module = module
        self._index = index
        self._library = library
        self._old_name = old_name
        self._source = module.source
        self._replaced = replaced  # where names of the library stood that now mean something else

    def edits(self, edits: Iterable[Edit]) -> list[Edit]:
        """The edits, with known names for NumPy and the like, and the imports that come and go."""
        edits = list(edits)
        if not edits:
            return []
        added, edits = self._added(edits)
        return [*edits, *self._removed(edits), *added]

    # Removing

    def _removed(self, edits: list[Edit]) -> Iterator[Edit]:
        kept = self._remaining(edits)
        parents = {
            s: (owner, block)
            for owner in self._source.nodes
            if hasattr(owner, "body")
            for block in _blocks(owner)
            for s in block
            if isinstance(s, (ast.Import, ast.ImportFrom))
        }
        for statement, (owner, block) in parents.items():
            aliases = self._aliases(statement)
            unused = [a for a in aliases if self._is_superfluous(a, kept, edits)]
            if unused:
                yield from self._without(statement, aliases, unused, block, isinstance(owner, ast.Module))

    def _aliases(self, statement: ast.Import | ast.ImportFrom) -> list[_Alias]:
        base = self._index.absolute(self._module, statement) + "." if isinstance(statement, ast.ImportFrom) else ""
        found = []
        for alias in statement.names:
            dotted = f"{base}{alias.name}"
            bound = alias.asname or (alias.name.partition(".")[0] if not base else alias.name)
            old = bool(base) and self._old_name(dotted) is not None  # type: ignore[operator]
            found.append(_Alias(alias, bound, dotted, old))
        return found

    def _is_superfluous(self, alias: _Alias, kept: dict[str, int], edits: list[Edit]) -> bool:
        if alias.bound == "*" or alias.bound in self._module.exported:
            return False
        if alias.dotted.partition(".")[0] not in self._library.roots and not alias.old:
            return False
        if self._library.is_of_numpy and self._is_wanted_elsewhere(alias):
            return False
        if not alias.old and (self._module.is_package or not self._was_used(alias, edits)):
            return False
        if alias.old and (self._module.is_package or self._module.importers) and not self._was_used(alias, edits):
            return False
        return kept.get(alias.bound, 0) == 0

    def _is_wanted_elsewhere(self, alias: _Alias) -> bool:
        """Whether another file of the program takes the name from this one."""
        variable = self._module.scope.names.get(alias.bound)
        if variable is not None and any(scope.module is not self._module for _, scope in variable.loads):
            return True
        for path in self._module.importers:
            for node in self._index.modules[path].source.nodes:
                if isinstance(node, ast.ImportFrom) and any(a.name in (alias.bound, "*") for a in node.names):
                    return True
        return False

    def _was_used(self, alias: _Alias, edits: list[Edit]) -> bool:
        """Whether one of the edits replaces a use of the name."""
        text = self._source.text
        word = re.compile(rf"\b{re.escape(alias.bound)}\b")
        return any(word.match(text, start) for start in self._replaced) or any(
            e.end > e.start and word.search(text, e.start, e.end) for e in edits
        )

    def _remaining(self, edits: list[Edit]) -> dict[str, int]:
        """How often each name is used outside of what is replaced."""
        gone = sorted((e.start, e.end) for e in edits if e.end > e.start)
        counts: dict[str, int] = {}
        for node in self._source.nodes:
            if isinstance(node, ast.Name):
                start = self._source.start(node)
                if start not in self._replaced and not any(a <= start < b for a, b in gone):
                    counts[node.id] = counts.get(node.id, 0) + 1
        for name in set(_QUOTED.findall(self._source.text)) - self._library.old_names:
            counts[name] = counts.get(name, 0) + 1
        for edit in edits:
            for name in re.findall(r"\b(\w+)\." if self._library.is_of_numpy else r"\b(\w+)\.get_rng\(\)", edit.new):
                counts[name] = counts.get(name, 0) + 1
        return counts

    def _without(
        self, statement: ast.stmt, aliases: list[_Alias], unused: list[_Alias], block: list[ast.stmt], top: bool
    ) -> Iterator[Edit]:
        source = self._source
        start, end = source.start(statement), source.end(statement)
        if len(unused) == len(aliases):
            before = source.text[source.line_start(start) : start]
            after = source.text[end : source.line_end(end)]
            if not before.strip() and not after.strip() and (top or len(block) > 1):
                yield Edit(source.line_start(start), source.line_end(end), 0, "", _CODE)
            else:
                yield Edit(start, end, 0, "pass", _CODE)
            return
        kept_end: int | None = None
        for number, alias in enumerate(aliases):
            if alias not in unused:
                kept_end = source.end(alias.node)
            elif any(later not in unused for later in aliases[number:]):
                yield Edit(source.start(alias.node), source.start(aliases[number + 1].node), 0, "", _CODE)
            elif kept_end is not None:
                yield Edit(kept_end, source.end(aliases[-1].node), 0, "", _CODE)
                return

    # Adding

    def _added(self, edits: list[Edit]) -> tuple[list[Edit], list[Edit]]:
        numpy, partial = self._known("numpy"), self._known("functools.partial")
        functools = self._known("functools")
        taken = "np" in self._module.scope.names or self._is_local("np")
        wanted = {
            NUMPY: (numpy or ("numpy" if taken else "np"), numpy),
            PARTIAL: (partial or f"{functools or 'functools'}.partial", partial or functools),
            VARWG: ("varwg", None),
            PYTEST: (self._known("pytest") or "pytest", self._known("pytest")),
        }
        missing = []
        for token, (name, known) in wanted.items():
            if any(token in e.new for e in edits) and not known:
                module = token.strip("\0").partition(".")[0]
                missing.append(f"import {module}" + (" as np" if name == "np" else ""))
            edits = [Edit(e.start, e.end, e.rank, e.new.replace(token, name), e.code) for e in edits]
        if not missing:
            return [], edits
        offset, before, after = self._anchor(min(e.start for e in edits))
        lines = self._source.newline.join(sorted(missing))
        return [Edit(offset, offset, -(2 * 10**9), f"{before}{lines}{after}", _CODE)], edits

    def _known(self, dotted: str) -> str:
        """The name by which a file knows a module or function everywhere, or ""."""
        found = []
        for node in self._source.tree.body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                found += [
                    a.bound
                    for a in self._aliases(node)
                    if a.dotted == dotted and (a.node.asname or "." not in dotted or isinstance(node, ast.ImportFrom))
                ]
        good = [
            name
            for name in found
            if len(self._module.scope.names[name].bindings) == found.count(name) and not self._is_local(name)
        ]
        return "np" if "np" in good else good[0] if good else ""

    def _is_local(self, name: str) -> bool:
        """Whether a function of the file uses the name for something else."""
        return any(
            (isinstance(n, ast.arg) and n.arg == name)
            or (isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store))
            for n in self._source.nodes
        )

    def _anchor(self, first_use: int) -> tuple[int, str, str]:
        """Where an import is added: before the first of the library, else after those at the top."""
        source, body = self._source, self._source.tree.body
        after, at_top = 0, True
        for number, statement in enumerate(body):
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While, ast.With)):
                break
            is_import = isinstance(statement, (ast.Import, ast.ImportFrom))
            if is_import and source.start(statement) <= first_use and self._mentions_library(statement):
                return source.start(statement), "", source.newline
            is_doc = number == 0 and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            at_top = at_top and (is_import or is_doc)
            if at_top or (isinstance(statement, ast.ImportFrom) and statement.module == "__future__"):
                after = number + 1
        if after:
            end = source.line_end(source.end(body[after - 1]))
            return (end, "", source.newline) if source.text[:end].endswith(("\n", "\r")) else (end, source.newline, "")
        start = source.start(body[0]) if body else 0
        if body and getattr(body[0], "decorator_list", None):
            start = source.start(body[0].decorator_list[0]) - 1  # type: ignore[attr-defined]
        return start, "", source.newline * 2

    def _mentions_library(self, statement: ast.stmt) -> bool:
        words = self._source.code(statement).replace(".", " ").split()
        return any(root in words for root in self._library.roots)


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
            yield block
