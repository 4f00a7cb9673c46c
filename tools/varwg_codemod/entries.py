"""Where a program starts: scripts, ``main``, tests, fixtures, hooks of test runners."""

from dataclasses import replace
from pathlib import PurePosixPath

from varwg_codemod.links import Op
from varwg_codemod.names import (
    EVERYDAY_METHODS,
    HARMLESS_LIBRARY_CALLS,
    HARMLESS_ROOTS,
    MAIN_NAMES,
    TEST_HOOKS,
)
from varwg_codemod.program import Key, Program
from varwg_codemod.receivers import is_fixture
from varwg_codemod.scan import MAIN, MODULE


class Entries:
    """Tells the entry points of a program from the functions that they call."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._importers = program.imported_by()

    def kind(self, key: Key) -> str | None:
        """ "script", "main block", "main", "test", "fixture", "hook", or None."""
        path, name = key
        unit = self._program.units[key]
        if name == MODULE:
            return "script" if self.is_script(path) else None
        if name == MAIN:
            return "main block"
        if is_fixture(unit.decorators):
            return "fixture"
        if unit.short in TEST_HOOKS or unit.short.startswith("pytest_"):
            return "hook"
        if unit.short.startswith("test") and self._is_test_place(path, unit.cls):
            return "test"
        return "main" if unit.cls is None and unit.short in MAIN_NAMES else None

    def _is_test_place(self, path: str, cls: str | None) -> bool:
        if cls is not None and self._program.is_test_case((path, cls)):
            return True
        return is_test_file(path) and (cls is None or cls.rsplit(".", 1)[-1].startswith("Test"))

    def is_script(self, path: str) -> bool:
        """Whether a file is run, not imported."""
        if is_test_file(path) or path.endswith("__init__.py"):
            return False
        return not self._importers.get(path) and not self._in_package(path)

    def _in_package(self, path: str) -> bool:
        return str(PurePosixPath(path).parent) in self._program.packages

    def is_library_level(self, key: Key) -> bool:
        """Whether a unit is run when its module is imported."""
        return key[1] == MODULE and not self.is_script(key[0])

    def rehome(self, op: Op) -> Op:
        """In a script, the ``__main__`` block is a part of the module's own code."""
        if op.where.unit == MAIN and self.is_script(op.path):
            return replace(op, where=replace(op.where, unit=MODULE))
        return op

    def may_seed(self, seeder: Key, key: Key) -> bool:
        """Whether what one unit does to the global stream can be seen by a later one."""
        if seeder == key:
            return False
        if self.is_library_level(seeder):
            return True
        own_class = self._program.units[seeder].cls
        if self.kind(seeder) == "hook" and own_class is not None:
            return self._is_of(key, (seeder[0], own_class))
        if seeder[0] != key[0] and PurePosixPath(seeder[0]).name != "conftest.py":
            return False
        kind, unit = self.kind(seeder), self._program.units[seeder]
        if kind == "fixture" and not unit.autouse:
            return unit.short in self._requested(key)
        return kind in {"fixture", "hook"}

    def _is_of(self, key: Key, cls: Key) -> bool:
        """Whether a unit is a method of a class or of one that inherits from it."""
        own = key[0], self._program.units[key].cls or ""
        return own in self._program.classes and cls in self._program.lineage(own)

    def _requested(self, key: Key) -> set[str]:
        """Names of the fixtures that a test asks for, directly or through other fixtures."""
        found: set[str] = set()
        todo = set(self._program.units[key].parameters)
        while todo:
            name = todo.pop()
            if name not in found:
                found.add(name)
                fixtures = [k for k in self._program.units if k[1] == name and self.kind(k) == "fixture"]
                todo |= {p for k in fixtures for p in self._program.units[k].parameters}
        return found

    def calls_unknown(self, key: Key, after: int) -> bool:
        """Whether a unit calls, after an offset, code that is not in the program and could draw."""
        path, name = key
        names = {name, MAIN} if name == MODULE and self.is_script(path) else {name}
        for call in self._program.modules[path].calls:
            if call.where.unit not in names or call.spot.start < after:
                continue
            if call.target is None and call.method is None:
                continue
            if call.target is None:
                harmless = call.method in EVERYDAY_METHODS or str(call.method).startswith("assert")
                if not harmless:
                    return True
                continue
            definition = self._program.define(path, call.target)
            if definition.units or definition.cls is not None:
                continue
            parts = call.target[1].split(".")
            known = "." not in call.target[1] or parts[0] in HARMLESS_ROOTS
            if not known and parts[-1] not in HARMLESS_LIBRARY_CALLS:
                return True
        return self.calls_given(key, after)

    def calls_given(self, key: Key, after: int) -> bool:
        """Whether a unit calls, after an offset, a function that it was given."""
        calls = (c for c in self._program.modules[key[0]].calls if c.where.unit == key[1] and c.spot.start >= after)
        return any(c.method is None and c.receiver is not None and c.receiver[0] == "parameter" for c in calls)


def is_test_file(path: str) -> bool:
    """Whether pytest or unittest would collect tests from a file."""
    name = PurePosixPath(path).name
    return name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py"
