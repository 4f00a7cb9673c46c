"""Regular expressions take time in proportion to what they look at, whatever a file from a stranger holds."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from time import process_time

import pytest

ROOT = Path(__file__).resolve().parents[1]
#: What a text is made of, before and behind: none of these may be looked at again from each of its places.
SIGNS = (" ", "\t", "\n", "1", "a", "a1", "a ", "1 ", "- ", "-", "_", ".", ",", "(", "[", '"', "°", "1:", "a,", "a\n", "=")
BEFORE = ("", "a", "1 ", "[")
BEHIND = ("", "!", " x")
METHODS = ("match", "fullmatch", "search", "sub", "split", "findall", "finditer")
LENGTH = 40_000
#: Seconds of the processor: what is in proportion takes thousandths of one, and what takes the square takes more than five.
LIMIT = 0.5


def module_files() -> list[Path]:
    return [path for folder in ("varwg", "weathercop", "tools/varwg_codemod") for path in (ROOT / folder).rglob("*.py")]


def expressions_of(path: Path) -> Iterator[tuple[str, re.Pattern[str], str]]:
    """Name, expression and how it is used of all expressions that a module has."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    used: dict[str, set[str]] = {}
    for call in calls:
        assert isinstance(call.func, ast.Attribute)
        if isinstance(call.func.value, ast.Name) and call.func.attr in METHODS:
            used.setdefault(call.func.value.id, set()).add(call.func.attr)
            if call.func.value.id == "re" and (text := written(call.args[0])) is not None:
                yield f"line {call.lineno}", re.compile(text, re.MULTILINE), call.func.attr
    for node in ast.walk(tree):
        if (
            isinstance(node, (ast.For, ast.comprehension))
            and isinstance(node.iter, ast.Name)
            and isinstance(node.target, ast.Name)
        ):
            used.setdefault(node.iter.id, set()).update(used.get(node.target.id, ()))
    parts = path.relative_to(ROOT if "tools" not in path.parts else ROOT / "tools").with_suffix("").parts
    module = import_module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    for name, value in vars(module).items():
        for pattern in patterns_in(value):
            for method in used.get(name, {"search"}):
                yield name, pattern, method


def written(node: ast.expr) -> str | None:
    """The text of an expression that is written where it is used, with a word in place of what is filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "word" for part in node.values)
    return None


def patterns_in(value: object) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        yield value
    elif isinstance(value, (tuple, list)):
        for held in value:
            yield from patterns_in(held)
    elif isinstance(value, dict):
        yield from patterns_in(list(value.values()))


def seconds(pattern: re.Pattern[str], method: str, text: str) -> float:
    """Processor time of one use."""
    begin = process_time()
    if method == "sub":
        pattern.sub("", text)
    elif method == "finditer":
        list(pattern.finditer(text))
    else:
        getattr(pattern, method)(text)
    return process_time() - begin


@pytest.mark.parametrize("path", module_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_expression_takes_the_square_of_a_text(path: Path) -> None:
    slow = set()
    for name, pattern, method in set(expressions_of(path)):
        for sign in SIGNS:
            for before in BEFORE:
                for behind in BEHIND:
                    if (name, method) not in slow and seconds(
                        pattern, method, before + sign * (LENGTH // len(sign)) + behind
                    ) > LIMIT:
                        slow.add((name, method))
    assert not slow
