"""The floor plan: what is public can be reached by attribute, everything else is private, and rooms form no circle."""

import ast
import re
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import varwg
import weathercop

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = (varwg, weathercop)
MOST_MODULES = 180
#: Paths of the predecessors that their programs import from.
OLD_PATHS = {"weathercop.multisite"}
DOCUMENTS = ("README.md", "migration_guide.md", *(f"docs/{name}.md" for name in ("tutorial", "which", "faq", "gallery")))


def public_modules() -> list[ModuleType]:
    """Both packages and the modules that their `__all__` names."""
    named = [getattr(package, name) for package in PACKAGES for name in package.__all__ if name != "rng"]
    return [*PACKAGES, *(value for value in named if isinstance(value, ModuleType))]


def module_files() -> list[Path]:
    """Every module of both packages."""
    return [path for package in PACKAGES for path in (ROOT / package.__name__).rglob("*.py")]


@pytest.mark.parametrize("module", public_modules(), ids=lambda module: module.__name__)
def test_what_a_public_module_names_is_there_and_dir_shows_nothing_else(module: ModuleType) -> None:
    assert dir(module) == sorted(module.__all__)
    for name in module.__all__:
        assert getattr(module, name) is not None
    assert not [name for name in module.__all__ if name.startswith("_") and name != "__version__"]


def test_every_module_with_a_public_path_is_reachable_by_attribute() -> None:
    """A path without underscores is a promise; there are no more such modules than the packages name."""
    reachable = {module.__name__ for module in public_modules()}
    for path in module_files():
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if not any(part.startswith("_") for part in name.split(".")):
            assert name in reachable | OLD_PATHS, f"{path} has a public name, but no package names it"


def test_there_are_no_more_rooms_than_a_reader_can_hold() -> None:
    assert len(module_files()) <= MOST_MODULES


def imports_at_the_top(path: Path) -> set[str]:
    """Modules that a module imports when it is imported."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def test_no_module_imports_itself_by_way_of_others() -> None:
    names = {path: ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in module_files()}
    graph = {name: imports_at_the_top(path) & set(names.values()) - {name} for path, name in names.items()}
    finished: set[str] = set()
    while rest := [name for name in graph if name not in finished and graph[name] <= finished | packages_of(name)]:
        finished |= set(rest)
    assert sorted(set(graph) - finished) == []


def packages_of(name: str) -> set[str]:
    """The packages a module lies in, which Python imports before it."""
    parts = name.split(".")
    return {".".join(parts[:n]) for n in range(1, len(parts))}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_documents_name_public_paths_only(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    assert re.findall(r"\b(?:varwg|weathercop)(?:\.\w+)*\._\w+", text) == []


def test_errors_are_reachable_from_one_module() -> None:
    errors = import_module("varwg.errors")
    for path in module_files():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and node.name.endswith("Error"):
                assert getattr(errors, node.name).__module__ == "varwg.errors"


@pytest.mark.parametrize(
    ("conversion", "home"),
    [
        (r'\[ns\]|"ns"|datetime64\[s\]"|astype\("datetime64"', "_calendar.py"),
        (r"\.to_datetime\(|date_range\(", "_written_times.py"),
        (r"\bTimestamp\b", ""),
    ],
)
def test_times_become_seconds_in_one_place_only(conversion: str, home: str) -> None:
    """Nanoseconds wrap years before 1678 and after 2262 around without a word; all times go through `in_seconds`."""
    found = {path.name for path in module_files() if re.search(conversion, path.read_text(encoding="utf-8"))}
    assert found <= {home}


def said_of(annotation: ast.expr | None, aliases: dict[str, str]) -> str:
    """An annotation without the modules that its names come from, and with an alias of the file written out."""
    text = "" if annotation is None else re.sub(r"\b[\w.]+\.(\w+)", r"\1", ast.unparse(annotation))
    return aliases.get(text, text)


def read_aliases(body: list[ast.stmt]) -> dict[str, str]:
    """What the names of a file stand for."""
    plain = {ast.unparse(node.targets[0]): node.value for node in body if isinstance(node, ast.Assign)}
    said = {ast.unparse(node.target): node.value for node in body if isinstance(node, ast.AnnAssign)}
    return {name: said_of(value, {}) for name, value in (plain | said).items()}


def is_fixture(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and any("pytest.fixture" in ast.unparse(call) for call in node.decorator_list)


def read_fixtures(path: Path) -> dict[str, str]:
    """What the fixtures of a file give, as annotated."""
    made = {}
    body = ast.parse(path.read_text(encoding="utf-8")).body
    for node in body:
        if isinstance(node, ast.FunctionDef) and is_fixture(node):
            said, yields = said_of(node.returns, read_aliases(body)), any(isinstance(part, ast.Yield) for part in ast.walk(node))
            made[node.name] = said.removeprefix("Iterator[").removesuffix("]") if yields else said
    return made


def test_what_tests_take_is_annotated_as_what_fixtures_give() -> None:
    """No type checker knows where the arguments of a test come from; Any fits everything."""
    tests = ROOT / "tests"
    fixtures = {path: read_fixtures(path) for path in tests.rglob("*.py")}
    different = []
    for path in fixtures:
        body = ast.parse(path.read_text(encoding="utf-8")).body
        aliases = read_aliases(body)
        conftests = [folder / "conftest.py" for folder in path.parents if folder.is_relative_to(tests)]
        for node in body:
            if not (isinstance(node, ast.FunctionDef) and (is_fixture(node) or node.name.startswith("test_"))):
                continue
            places = conftests if is_fixture(node) and path.name == "conftest.py" else [path, *conftests]
            parameters = " ".join(
                ast.unparse(call.args[0]) for call in node.decorator_list if isinstance(call, ast.Call) and call.args
            )
            for argument in node.args.args:
                promised = next(
                    (fixtures[place][argument.arg] for place in places if argument.arg in fixtures.get(place, ())), None
                )
                said = said_of(argument.annotation, aliases)
                pattern = re.sub(r"\bAny\b", ".*", re.escape(said))
                if promised is not None and argument.arg not in parameters and not re.fullmatch(pattern, promised):
                    different.append(f"{path.relative_to(tests)}:{argument.lineno}: {argument.arg} is {promised}, not {said}")
    assert different == []
