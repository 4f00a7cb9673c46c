"""Which fixtures and hooks run before a test, and so may have seeded its stream."""

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Final

from varwg_codemod.effects import Op
from varwg_codemod.entries import Entries, is_test_file
from varwg_codemod.index import Index, Unit
from varwg_codemod.library import SETUP_METHODS

RNG = "rng"


#: How long fixtures of pytest live, the shortest first.
_SCOPES: Final = ("function", "class", "module", "package", "session")
_HOOKS: Final = MappingProxyType({"setup_function": "function", "setup_module": "module"})


class Fixtures:
    """What test runners run before what."""

    def __init__(self, index: Index, entries: Entries) -> None:
        self._entries = entries
        self._all = index.units
        self.modules = tuple(index.modules.values())
        self.files = [m.unit for m in index.modules.values() if is_test_file(m.path)]
        self._units = [u for u in index.units if u.kind == "function" and entries.kind(u) in ("fixture", "hook")]

    def before(self, unit: Unit) -> Iterator[Unit]:
        """The fixtures and hooks that run before a test, fixture or hook; before a fixture, those of its tests as well."""
        requested = self._requested(unit)
        prepared = self._prepared(unit)
        for other in self._units:
            if other is unit:
                continue
            if self._entries.kind(other) == "hook":
                if any(self._is_hook_of(other, each) for each in prepared):
                    yield other
            elif other in requested or (self._entries.is_autouse(other) and any(self.governs(other, u) for u in prepared)):
                yield other

    def _prepared(self, unit: Unit) -> dict[Unit, None]:
        """A unit, and all tests and fixtures for which it is made, if it is a fixture."""
        found = {unit: None}
        open_ = [unit]
        while open_:
            current = open_.pop()
            for other in self.requesters(current) if self._entries.kind(current) == "fixture" else ():
                if other not in found:
                    found[other] = None
                    open_.append(other)
        return found

    def order(self, test: Unit) -> tuple[str, int, str, int]:
        """In which order test runners come to tests: by files, and there as they stand, those of a `TestCase` by their names."""
        by_name = test.cls is not None and any(base.endswith("TestCase") for base in test.cls.all_foreign())
        line = test.cls.node.lineno if test.cls is not None else getattr(test.node, "lineno", 0)
        return test.module.path, line, test.name if by_name else "", test.number

    def seeds(self, unit: Unit, ops: list[Op]) -> bool:
        """Whether a unit seeds for tests and does nothing else: a fixture, a hook, or a file when it is imported."""
        if len(ops) != 1 or ops[0].kind != "seed" or ops[0].trouble is not None or not self.scope(unit):
            return False
        if any(self._entries.fixture_name(u) == RNG for u in self._units if self._entries.kind(u) == "fixture"):
            return False
        if unit.kind == "module":
            return self._is_alone(unit, ops[0])
        if unit.cls is not None or unit.parameters() or not self._can_be_renamed(unit):
            return False
        body = [s for s in unit.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
        last = body[-1] if len(body) == 2 else None
        ends = last is None or (isinstance(last, ast.Expr) and isinstance(last.value, ast.Yield) and last.value.value is None)
        return len(body) in (1, 2) and ends and isinstance(body[0], ast.Expr) and body[0].value is ops[0].call

    def _is_alone(self, unit: Unit, op: Op) -> bool:
        """Whether a statement at the top of a file stands on lines of its own."""
        source, call = unit.module.source, op.call
        assert call is not None
        start, end = source.start(call), source.end(call)
        before, after = source.text[source.line_start(start) : start].strip(), source.text[end : source.line_end(end)].strip()
        return not before and (not after or after.startswith("#")) and len(op.where.path) == 1

    def _can_be_renamed(self, fixture: Unit) -> bool:
        """Whether all who ask for a fixture do so by a parameter of which they make no use."""
        if self._entries.kind(fixture) == "hook":
            return True
        for module in self.modules:
            for node in module.source.nodes:
                if isinstance(node, ast.Constant) and node.value == fixture.name and is_test_file(module.path):
                    return False
        for unit in self.requesters(fixture):
            if any(isinstance(n, ast.Name) and n.id in (fixture.name, RNG) for n in ast.walk(unit.node)):
                return False
        return True

    def requesters(self, fixture: Unit) -> list[Unit]:
        """The tests and fixtures that ask for a fixture by a parameter."""
        asking = (u for u in self._all if u.kind == "function" and self._entries.kind(u) in ("test", "fixture"))
        return [u for u in asking if fixture.name in (a.arg for a in u.parameters()) and self.governs(fixture, u)]

    def scope(self, unit: Unit) -> str:
        """For how long a file, hook or fixture prepares tests; "" where that is not known."""
        name = PurePosixPath(unit.module.path).name
        if unit.kind == "module":
            return "session" if name == "conftest.py" else "module" if is_test_file(name) else ""
        if self._entries.kind(unit) == "hook":
            return _HOOKS.get(unit.name, "") if name != "conftest.py" else ""
        decorator = self._entries.fixture(unit)
        if not isinstance(decorator, ast.Call):
            return "function" if decorator is not None else ""
        options = {k.arg: k.value for k in decorator.keywords if k.arg != "autouse"}
        scope = options.pop("scope", ast.Constant("function"))
        known = isinstance(scope, ast.Constant) and scope.value in _SCOPES
        return str(scope.value) if isinstance(scope, ast.Constant) and known and not options and not decorator.args else ""

    def is_wide(self, unit: Unit) -> bool:
        """Whether a unit prepares the tests of more than one file, in whatever order they come."""
        return unit.kind == "module" or self.scope(unit) in ("package", "session", "class")

    def is_for_each(self, unit: Unit) -> bool:
        """Whether a unit prepares each test anew."""
        return self.scope(unit) == "function" or unit.name in SETUP_METHODS

    def nearness(self, unit: Unit) -> tuple[int, bool, int]:
        """The order in which units prepare a test: from the outer folders to its own file."""
        path = PurePosixPath(unit.module.path)
        return len(path.parts), path.name != "conftest.py", unit.number

    def may_hold(self, unit: Unit, seeder: Unit) -> bool:
        """Whether a fixture can ask for the one that is to seed: it lives no longer, and is not made before it."""
        scope = self.scope(unit)
        if not scope or _SCOPES.index(scope) > _SCOPES.index(self.scope(seeder)):
            return False
        first = self._entries.is_autouse(unit) and unit.module is seeder.module and scope == self.scope(seeder)
        return seeder.kind == "module" or not first

    def _requested(self, unit: Unit) -> set[Unit]:
        found: set[Unit] = set()
        open_ = [unit]
        while open_:
            current = open_.pop()
            names = {a.arg for a in current.parameters()} | _marked(current)
            for other in self._units:
                asked = self._entries.kind(other) == "fixture" and self._entries.fixture_name(other) in names
                if asked and other not in found and self.governs(other, unit):
                    found.add(other)
                    open_.append(other)
        return found

    def governs(self, fixture: Unit, unit: Unit) -> bool:
        """Whether tests of a file can use a fixture."""
        if fixture.cls is not None:
            return unit.cls is not None and fixture.cls in unit.cls.mro()
        if fixture.module is unit.module:
            return fixture.name != "setup_function" or unit.cls is None
        path = PurePosixPath(fixture.module.path)
        if path.name == "conftest.py":
            return path.parent in PurePosixPath(unit.module.path).parents
        return not is_test_file(fixture.module.path)  # imported, or a plugin

    def _is_hook_of(self, hook: Unit, unit: Unit) -> bool:
        if hook.cls is not None:
            return unit.cls is not None and hook.cls in unit.cls.mro()
        if hook.name.startswith("pytest_"):
            return PurePosixPath(hook.module.path).parent in PurePosixPath(unit.module.path).parents
        return hook.module is unit.module and (unit.cls is None or not hook.name.endswith("_function"))


def _marked(unit: Unit) -> set[str]:
    """Names in ``usefixtures`` there or for the whole class or file, and in ``request.getfixturevalue(...)``."""
    places = [unit.node, unit.module.source.tree, *([unit.cls.node] if unit.cls is not None else [])]
    marks = [decorator for place in places for decorator in getattr(place, "decorator_list", ())]
    for place in places[1:]:
        marks += [
            s.value
            for s in getattr(place, "body", ())
            if isinstance(s, ast.Assign) and getattr(s.targets[0], "id", "") == "pytestmark"
        ]
    calls = [node for mark in marks for node in ast.walk(mark) if _method_called(node) == "usefixtures"]
    if "getfixturevalue" in unit.module.source.text:
        calls += [node for node in ast.walk(unit.node) if _method_called(node) == "getfixturevalue"]
    return {str(a.value) for call in calls for a in getattr(call, "args", ()) if isinstance(a, ast.Constant)}


def _method_called(node: ast.AST) -> str:
    func = node.func if isinstance(node, ast.Call) else None
    return func.attr if isinstance(func, ast.Attribute) else ""
