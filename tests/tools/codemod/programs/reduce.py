"""Makes a program smaller while something stays true of it, so that a fault can be read."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from functools import partial

Texts = Mapping[str, str]


def smaller(texts: Texts, holds: Callable[[Texts], bool]) -> dict[str, str]:
    """Drop files and statements, and put the inside of a block in its place, as long as `holds` says yes."""
    best = dict(texts)
    changed = True
    while changed:
        changed = False
        for path in sorted(best):
            without = {p: t for p, t in best.items() if p != path}
            if without and holds(without):
                best, changed = without, True
        for path in sorted(best):
            place = 0
            while (candidate := _without(best[path], place)) is not None:
                if candidate != best[path] and holds({**best, path: candidate}):
                    best, changed = {**best, path: candidate}, True
                else:
                    place += 1
    return best


def _without(text: str, place: int) -> str | None:
    """The text after change number `place`; None where there are no more."""
    tree = ast.parse(text)
    for number, change in enumerate(_changes(tree)):
        if number == place:
            change()
            return ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    return None


def _changes(tree: ast.Module) -> Iterator[Callable[[], None]]:
    """Each statement that can go, and each block that can be replaced by what is in it."""
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                yield from _of_block(node, name, block)


def _of_block(node: ast.AST, name: str, block: list[ast.stmt]) -> Iterator[Callable[[], None]]:
    for i, statement in enumerate(block):
        rest = block[:i] + block[i + 1 :]
        filled = rest if rest or name != "body" or isinstance(node, ast.Module) else [ast.Pass()]
        yield partial(setattr, node, name, filled)
        inner = getattr(statement, "body", None)
        if isinstance(statement, (ast.If, ast.For, ast.Try, ast.With)) and inner:
            yield partial(setattr, node, name, block[:i] + inner + block[i + 1 :])
