"""What a name in a file stands for: an imported thing, a definition of the file, or a variable."""

from collections.abc import Mapping
from pathlib import PurePosixPath

import libcst as cst
from libcst.metadata import Assignment, BaseAssignment, BuiltinAssignment, ImportAssignment

from varwg_codemod.facts import Ref
from varwg_codemod.names import HARMLESS_ROOTS, LIBRARY_ROOTS, OLD_MODULES, OLD_NAMES, OLD_ROOTS
from varwg_codemod.syntax import Syntax


def old_name(ref: Ref | None, offered: Mapping[str, str] | None = None) -> str | None:
    """Which of the old names an absolute reference is, or None.

    `offered` are dotted names under which other modules of the program offer the old names.

    Examples
    --------
    >>> old_name(("abs", "varwg.core.core.rng"))
    'rng'
    >>> old_name(("abs", "varwg.rng.normal")) is None
    True
    """
    if ref is None or ref[0] != "abs":
        return None
    if offered and ref[1] in offered:
        return offered[ref[1]]
    *modules, last = ref[1].split(".")
    roots = [i for i, part in enumerate(modules) if part in OLD_ROOTS]
    if last not in OLD_NAMES or not roots or modules[0] not in LIBRARY_ROOTS:
        return None
    return last if all(part in OLD_MODULES for part in modules[roots[-1] + 1 :]) else None


def package_of(path: str) -> tuple[str, ...]:
    """The package a file is in, from the last directory named like one of the libraries on."""
    parts = PurePosixPath(path).parts[:-1]
    roots = [i for i, part in enumerate(parts) if part in LIBRARY_ROOTS]
    return parts[roots[-1] :] if roots else tuple(part for part in parts if part not in "/.")


class Bindings:
    """Looks names up in the scopes of one file."""

    def __init__(self, syntax: Syntax, path: str, offered: Mapping[str, str]) -> None:
        self._syntax = syntax
        self._offered = offered
        self._looked_up: set[cst.CSTNode] = set()
        self._package = package_of(path)
        self._star = self._star_import()

    def old_name(self, ref: Ref | None) -> str | None:
        """Which of the old names a reference is, or None."""
        return old_name(ref, self._offered)

    def assignments(self, name: cst.Name) -> tuple[BaseAssignment, ...]:
        """What is bound to the name in the scope that it is looked up in, in the order of the text."""
        scope = self._syntax.scope(name)
        return () if scope is None else tuple(scope[name.value])

    def visible(self, name: str, at: cst.CSTNode) -> tuple[BaseAssignment, ...]:
        """What `name` would be bound to at a node."""
        node: cst.CSTNode | None = at
        while node is not None and self._syntax.scope(node) is None:
            node = self._syntax.parent(node)
        scope = self._syntax.scope(node) if node is not None else None
        return () if scope is None else tuple(scope[name])

    def ref(self, node: cst.CSTNode) -> Ref | None:
        """What an expression (a name, or attributes of one) refers to, if that is certain."""
        if isinstance(node, cst.Attribute):
            base = self.ref(node.value)
            if base is None or (base[0] == "here" and not self._is_class(node.value)):
                return None
            return base[0], f"{base[1]}.{node.attr.value}"
        if not isinstance(node, cst.Name):
            return None
        assignments = self.assignments(node)
        if not assignments and self._star is not None:
            return "abs", f"{self._star}.{node.value}"
        refs = {self.assigned_ref(a, node.value) for a in assignments}
        refs.discard(("none", ""))
        return refs.pop() if len(refs) == 1 else None

    def refs(self, node: cst.Name) -> set[Ref | None]:
        """All the things a name may refer to."""
        return {self.assigned_ref(a, node.value) for a in self.assignments(node)}

    def assigned_ref(self, assignment: BaseAssignment, name: str) -> Ref | None:
        """What one assignment binds a name to."""
        if isinstance(assignment, BuiltinAssignment):
            return "abs", name
        if isinstance(assignment, ImportAssignment):
            return self._imported(assignment, name)
        if not isinstance(assignment, Assignment):
            return None
        node = assignment.node
        if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
            return "here", self.qualified(node)
        value = self.assigned_value(node)
        if isinstance(value, cst.Name) and value.value == "None":
            return "none", ""
        if value is not None and self._at_module_level(node) and node not in self._looked_up:
            self._looked_up.add(node)  # `a = b; b = a` must come to an end
            found = self.ref(value.func if isinstance(value, cst.Call) else value)
            self._looked_up.discard(node)
            called = isinstance(value, cst.Call)
            if self.old_name(found) == ("get_rng" if called else "rng"):
                return "abs", "varwg.rng"
            if not called and self.old_name(found) in {"get_rng", "reseed"}:
                return found
        return None

    def _star_import(self) -> str | None:
        """The module that names bound nowhere come from: the last one of ``from module import *`` that may be in the run."""
        found = [
            self.import_base(small)
            for line in self._syntax.module.body
            if isinstance(line, cst.SimpleStatementLine)
            for small in line.body
            if isinstance(small, cst.ImportFrom) and isinstance(small.names, cst.ImportStar)
        ]
        known = LIBRARY_ROOTS | HARMLESS_ROOTS
        return next((base for base in reversed(found) if base.split(".")[0] not in known), None)

    def qualified(self, node: cst.CSTNode) -> str:
        """Dotted name of a function or class inside its file, e.g. "Class.method"."""
        parts: list[str] = []
        current: cst.CSTNode | None = node
        while current is not None:
            if isinstance(current, (cst.FunctionDef, cst.ClassDef)):
                if parts and isinstance(current, cst.FunctionDef):
                    parts.insert(0, "<locals>")
                parts.insert(0, current.name.value)
            current = self._syntax.parent(current)
        return ".".join(parts)

    def assigned_value(self, target: cst.CSTNode) -> cst.BaseExpression | None:
        """The value in ``target = value``; None for any other kind of binding."""
        parent = self._syntax.parent(target)
        if isinstance(parent, cst.AssignTarget):
            statement = self._syntax.parent(parent)
            if isinstance(statement, cst.Assign):
                return statement.value
        if isinstance(parent, (cst.AnnAssign, cst.NamedExpr)) and parent.target is target:
            return parent.value
        return None

    def enclosing_class(self, node: cst.CSTNode) -> str | None:
        """Qualified name of the class whose method a node is in (or is)."""
        current = self._syntax.parent(node)
        while current is not None and not isinstance(current, cst.ClassDef):
            current = self._syntax.parent(current)
        return self.qualified(current) if current is not None else None

    def _is_class(self, node: cst.CSTNode) -> bool:
        if not isinstance(node, cst.Name):
            return isinstance(node, cst.Attribute) and self._is_class(node.value)
        kinds = [a.node for a in self.assignments(node) if isinstance(a, Assignment)]
        return bool(kinds) and all(isinstance(kind, cst.ClassDef) for kind in kinds)

    def _at_module_level(self, node: cst.CSTNode) -> bool:
        scope = self._syntax.scope(node)
        return scope is not None and scope is scope.globals

    def _imported(self, assignment: ImportAssignment, name: str) -> Ref | None:
        statement = assignment.node
        if isinstance(statement, cst.Import):
            for alias in statement.names:
                dotted = _dotted(alias.name)
                if alias.asname is not None and _bound(alias) == name:
                    return "abs", dotted
                if alias.asname is None and dotted.split(".")[0] == name:
                    return "abs", name
            return None
        if not isinstance(statement, cst.ImportFrom) or isinstance(statement.names, cst.ImportStar):
            return None
        for alias in statement.names:
            if _bound(alias) == name:
                return "abs", f"{self.import_base(statement)}.{_dotted(alias.name)}"
        return None

    def import_base(self, statement: cst.ImportFrom) -> str:
        """Absolute name of the module that a from-import takes its names from."""
        module = _dotted(statement.module) if statement.module is not None else ""
        level = len(statement.relative)
        if not level:
            return module
        base = self._package[: len(self._package) - level + 1]
        return ".".join([*base, module] if module else base)


def _bound(alias: cst.ImportAlias) -> str:
    """The name that an import alias binds."""
    if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
        return alias.asname.name.value
    return _dotted(alias.name)


def _dotted(node: cst.CSTNode) -> str:
    if isinstance(node, cst.Attribute):
        return f"{_dotted(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, cst.Name) else ""
