"""Where a program starts: scripts, ``main``, tests, fixtures, hooks of test runners."""

import ast
from pathlib import PurePosixPath

from varwg_codemod.index import Class, Index, Module, Unit
from varwg_codemod.library import MAIN_NAMES, SETUP_METHODS, TEST_HOOKS


def is_test_file(path: str) -> bool:
    """Whether pytest or unittest collect a file."""
    name = PurePosixPath(path).name
    return name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py"


class Entries:
    """Tells the entry points of a program from the functions that they call."""

    def __init__(self, index: Index, packages: frozenset[str]) -> None:
        self._index = index
        self._packages = packages | {str(PurePosixPath(p).parent) for p in index.modules if p.endswith("__init__.py")}
        self._kinds: dict[Unit, str] = {}

    def kind(self, unit: Unit) -> str:
        """ "script", "main block", "main", "test", "fixture", "hook", or ""."""
        if unit not in self._kinds:
            self._kinds[unit] = self._kind(unit)
        return self._kinds[unit]

    def _kind(self, unit: Unit) -> str:
        if unit.kind == "module":
            return "script" if self.is_script(unit.module) else ""
        if unit.kind == "main":
            return "main block"
        if unit.kind != "function":
            return ""
        if self.fixture(unit) is not None:
            return "fixture"
        if (unit.name in TEST_HOOKS and (unit.cls is None or self.is_test_class(unit.cls))) or unit.name.startswith("pytest_"):
            return "hook" if is_test_file(unit.module.path) or unit.cls is not None else ""
        if unit.name.startswith("test") and self._is_test_place(unit):
            return "test"
        top = unit.cls is None and unit.parent is not None and unit.parent.kind in ("module", "main")
        return "main" if top and unit.name in MAIN_NAMES else ""

    def _is_test_place(self, unit: Unit) -> bool:
        if unit.cls is not None:
            return self.is_test_class(unit.cls)
        top = unit.parent is not None and unit.parent.kind == "module"
        return top and is_test_file(unit.module.path)

    def is_test_class(self, cls: Class) -> bool:
        """Whether a test runner collects the methods of a class."""
        if any(base.endswith("TestCase") for base in cls.all_foreign()):
            return True
        return is_test_file(cls.module.path) and cls.name.startswith("Test")

    def is_script(self, module: Module) -> bool:
        """Whether a file is run, not imported."""
        if is_test_file(module.path) or module.is_package or module.importers:
            return False
        return str(PurePosixPath(module.path).parent) not in self._packages

    def fixture(self, unit: Unit) -> ast.expr | None:
        """The decorator that makes a function a fixture of pytest."""
        decorators: list[ast.expr] = getattr(unit.node, "decorator_list", [])
        for decorator in decorators:
            plain = decorator.func if isinstance(decorator, ast.Call) else decorator
            found = self._index.resolve(plain, unit.scope.parent or unit.scope)
            if isinstance(found, str) and found in ("pytest.fixture", "pytest.yield_fixture"):
                return decorator
        return None

    def is_autouse(self, unit: Unit) -> bool:
        """Whether a fixture runs for all tests of its folder or file."""
        decorator = self.fixture(unit)
        keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
        return any(k.arg == "autouse" and not (isinstance(k.value, ast.Constant) and not k.value.value) for k in keywords)

    def fixture_name(self, unit: Unit) -> str:
        """The name by which tests ask for a fixture."""
        decorator = self.fixture(unit)
        keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
        names = [k.value.value for k in keywords if k.arg == "name" and isinstance(k.value, ast.Constant)]
        return str(names[0]) if names else unit.name

    def is_setup(self, unit: Unit) -> bool:
        """Whether a method runs before each test of its class."""
        return unit.cls is not None and unit.name in SETUP_METHODS and self.is_test_class(unit.cls)
