"""Which fixtures and hooks run before a test, and so may have seeded its stream."""

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from varwg_codemod.effects import Op
from varwg_codemod.entries import Entries, is_test_file
from varwg_codemod.index import Index, Unit

RNG = "rng"


class Fixtures:
    """What test runners run before what."""

    def __init__(self, index: Index, entries: Entries) -> None:
        self._entries = entries
        self._all = index.units
        self._units = [u for u in index.units if u.kind == "function" and entries.kind(u) in ("fixture", "hook")]

    def before(self, unit: Unit) -> Iterator[Unit]:
        """The fixtures and hooks that run before a test, fixture or hook."""
        requested = self._requested(unit)
        for other in self._units:
            if other is unit:
                continue
            if self._entries.kind(other) == "hook":
                if self._is_hook_of(other, unit):
                    yield other
            elif self._governs(other, unit) and (self._entries.is_autouse(other) or other in requested):
                yield other

    def seeding(self, unit: Unit, ops: list[Op]) -> bool:
        """Whether a unit is a fixture that seeds for each test of its folder or file, and does nothing else."""
        if (
            self._entries.kind(unit) != "fixture"
            or not self._entries.is_autouse(unit)
            or self.is_wider(unit)
            or unit.cls is not None
        ):
            return False
        body = [s for s in unit.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
        seeds = len(ops) == 1 and ops[0].kind == "seed" and ops[0].trouble is None and bool(body)
        rest = body[1:]
        plain = not rest or (
            len(rest) == 1
            and isinstance(rest[0], ast.Expr)
            and isinstance(rest[0].value, ast.Yield)
            and rest[0].value.value is None
        )
        return (
            seeds
            and plain
            and isinstance(body[0], ast.Expr)
            and body[0].value is ops[0].call
            and not unit.parameters()
            and not self._is_asked_for(unit)
        )

    def is_wider(self, unit: Unit) -> bool:
        """Whether a fixture is made for more than one test, or has other options than `autouse`."""
        decorator = self._entries.fixture(unit)
        return isinstance(decorator, ast.Call) and (bool(decorator.args) or any(k.arg != "autouse" for k in decorator.keywords))

    def _is_asked_for(self, fixture: Unit) -> bool:
        """Whether a test asks for a fixture by its name, or another one has the name of the new one."""
        if any(self._entries.fixture_name(u) == RNG for u in self._units if self._entries.kind(u) == "fixture"):
            return True
        names = (a.arg for u in self._all if u.kind == "function" and self._entries.kind(u) for a in u.parameters())
        return fixture.name in names or any(fixture.name in _marked(u) for u in self._all if u.kind == "function")

    def _requested(self, unit: Unit) -> set[Unit]:
        found: set[Unit] = set()
        open_ = [unit]
        while open_:
            current = open_.pop()
            names = {a.arg for a in current.parameters()} | _marked(current)
            for other in self._units:
                asked = self._entries.kind(other) == "fixture" and self._entries.fixture_name(other) in names
                if asked and other not in found and self._governs(other, unit):
                    found.add(other)
                    open_.append(other)
        return found

    def _governs(self, fixture: Unit, unit: Unit) -> bool:
        """Whether tests of a file can use a fixture."""
        if fixture.cls is not None:
            return unit.cls is not None and fixture.cls in unit.cls.mro()
        if fixture.module is unit.module:
            return True
        path = PurePosixPath(fixture.module.path)
        if path.name == "conftest.py":
            return path.parent in PurePosixPath(unit.module.path).parents
        return not is_test_file(fixture.module.path)  # imported, or a plugin

    def _is_hook_of(self, hook: Unit, unit: Unit) -> bool:
        if hook.cls is not None:
            return unit.cls is not None and hook.cls in unit.cls.mro()
        if hook.name.startswith("pytest_"):
            return PurePosixPath(hook.module.path).parent in PurePosixPath(unit.module.path).parents
        return hook.module is unit.module


def _marked(unit: Unit) -> set[str]:
    """Names in ``@pytest.mark.usefixtures(...)``."""
    found: set[str] = set()
    decorators = list(getattr(unit.node, "decorator_list", ())) + (
        list(unit.cls.node.decorator_list) if unit.cls is not None else []
    )
    for decorator in decorators:
        if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute) and decorator.func.attr == "usefixtures":
            found |= {str(a.value) for a in decorator.args if isinstance(a, ast.Constant)}
    return found
