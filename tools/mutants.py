"""Which changes of a module no test notices: a small mutation tester.

`python tools/mutants.py varwg/rain.py tests/varwg/rain -n 20` changes one operator, comparison, number or condition at a time in
a copy of the project, runs the tests, and prints the mutants that survive. `--seed` chooses others.
"""

from __future__ import annotations

import argparse
import ast
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np

ROOT: Final = Path(__file__).resolve().parents[1]
#: Seconds after which a mutant that makes tests run for ever counts as noticed.
_LONGEST: Final = 300
#: What each operator becomes.
_SWAPPED: Final[Mapping[type[ast.AST], str]] = MappingProxyType(
    {
        ast.Lt: "<=",
        ast.LtE: "<",
        ast.Gt: ">=",
        ast.GtE: ">",
        ast.Eq: "!=",
        ast.NotEq: "==",
        ast.Add: "-",
        ast.Sub: "+",
        ast.Mult: "/",
        ast.Div: "*",
        ast.And: "or",
        ast.Or: "and",
        ast.BitAnd: "|",
        ast.BitOr: "&",
    }
)


class Mutant(NamedTuple):
    """A piece of source in place of another."""

    line: int
    start: int
    end: int
    text: str

    def of(self, source: str) -> str:
        """The source with it."""
        return source[: self.start] + self.text + source[self.end :]


def mutants(source: str) -> list[Mutant]:
    """All single changes of a module, but for those of its constants and docstrings."""
    lines = source.splitlines(keepends=True)
    offsets = [0, *np.cumsum([len(line.encode()) for line in lines]).tolist()]
    raw = source.encode()

    def at(line: int, column: int) -> int:
        return len(raw[: offsets[line - 1] + column].decode())

    found = []
    for function in (node for node in ast.walk(ast.parse(source)) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))):
        for node in (part for statement in function.body for part in ast.walk(statement)):
            for left, right, operator in _operators(node):
                start, end = at(left.end_lineno or 0, left.end_col_offset or 0), at(right.lineno, right.col_offset)
                between = source[start:end]
                old = _written(operator)
                if type(operator) in _SWAPPED and between.count(old) == 1:
                    place = start + between.index(old)
                    found.append(Mutant(left.end_lineno or 0, place, place + len(old), _SWAPPED[type(operator)]))
            if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
                start, end = at(node.lineno, node.col_offset), at(node.end_lineno or 0, node.end_col_offset or 0)
                found.append(Mutant(node.lineno, start, end, str(node.value + 1)))
            if isinstance(node, (ast.If, ast.IfExp, ast.While)):
                test = node.test
                start, end = at(test.lineno, test.col_offset), at(test.end_lineno or 0, test.end_col_offset or 0)
                found.append(Mutant(test.lineno, start, end, f"(not ({source[start:end]}))"))
    return sorted(set(found))


def _operators(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr, ast.AST]]:
    """Operands left and right of each operator of an expression."""
    if isinstance(node, ast.BinOp):
        yield node.left, node.right, node.op
    elif isinstance(node, ast.BoolOp):
        for left, right in zip(node.values, node.values[1:], strict=False):
            yield left, right, node.op
    elif isinstance(node, ast.Compare):
        for left, right, operator in zip([node.left, *node.comparators], node.comparators, node.ops, strict=False):
            yield left, right, operator


def _written(operator: ast.AST) -> str:
    """How an operator is written; nothing that is found for one that is not swapped."""
    orders, sums = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq), (ast.Add, ast.Sub, ast.Mult, ast.Div)
    kinds = (*orders, *sums, ast.And, ast.Or, ast.BitAnd, ast.BitOr)
    texts = ("<", "<=", ">", ">=", "==", "!=", "+", "-", "*", "/", "and", "or", "&", "|")
    return next((text for kind, text in zip(kinds, texts, strict=True) if isinstance(operator, kind)), "\0")


def passes(copy: Path, tests: list[str]) -> bool:
    """Whether tests pass in a copy of the project."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "-p", "no:cacheprovider", *tests]
    environment = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        return subprocess.run(command, cwd=copy, env=environment, capture_output=True, timeout=_LONGEST).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def main() -> int:
    """Change a module again and again, and say what nobody noticed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("module", help="path of the module, from the root of the project")
    parser.add_argument("tests", nargs="+", help="tests that should notice")
    parser.add_argument("-n", "--number", type=int, default=20, help="mutants, chosen at random (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="which are chosen (default: %(default)s)")
    arguments = parser.parse_args()
    source = (ROOT / arguments.module).read_text(encoding="utf-8")
    every = mutants(source)
    chosen = np.random.default_rng(arguments.seed).permutation(len(every))[: arguments.number]
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory) / "project"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", "__pycache__", ".*_cache"))
        if not passes(copy, arguments.tests):
            print("the tests fail without any change", file=sys.stderr)
            return 2
        survivors = []
        for number in sorted(chosen.tolist()):
            mutant = every[number]
            (copy / arguments.module).write_text(mutant.of(source), encoding="utf-8")
            if passes(copy, arguments.tests):
                survivors.append(mutant)
        for mutant in survivors:
            before = source[mutant.start : mutant.end]
            print(f"{arguments.module}:{mutant.line}: {before} -> {mutant.text}:  {source.splitlines()[mutant.line - 1].strip()}")
    print(f"{arguments.module}: {len(chosen)} of {len(every)} mutants, {len(survivors)} survive")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
