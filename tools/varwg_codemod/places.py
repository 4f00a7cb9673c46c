"""Where nodes stand in their file: parents, blocks, loops, and which statement certainly comes before which."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from varwg_codemod.index import Module, Unit

Block = tuple[ast.AST, str]
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Where:
    """The place of a node in its unit.

    `path` has for each statement around the node its block and its number there, from the outside; `nested` tells
    that a function, lambda or class inside of the unit is around it.
    """

    path: tuple[tuple[Block, int], ...]
    loops: tuple[ast.AST, ...]
    nested: bool

    def dominates(self, other: "Where") -> bool:
        """Whether a statement here has always been run before one there."""
        if not self.path:
            return False
        block, number = self.path[-1]
        return any(step[0] is block[0] and step[1] == block[1] and count > number for step, count in other.path)


class Places:
    """The tree of one file, upwards."""

    def __init__(self, module: Module) -> None:
        self.parent: dict[ast.AST, ast.AST] = {}
        self.step: dict[ast.AST, tuple[Block, int]] = {}
        open_: list[ast.AST] = [module.source.tree]
        while open_:
            node = open_.pop()
            for name, value in ast.iter_fields(node):
                if isinstance(value, ast.AST):
                    self.parent[value] = node
                    open_.append(value)
                elif isinstance(value, list):
                    for number, child in enumerate(value):
                        if isinstance(child, ast.AST):
                            self.parent[child] = node
                            open_.append(child)
                            if isinstance(child, ast.stmt):
                                self.step[child] = (node, name), number

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around a node, from the inside."""
        current = self.parent.get(node)
        while current is not None:
            yield current
            current = self.parent.get(current)

    def statement(self, node: ast.AST) -> ast.stmt | None:
        """The innermost statement that a node is in."""
        current: ast.AST | None = node
        while current is not None and not isinstance(current, ast.stmt):
            current = self.parent.get(current)
        return current

    def where(self, node: ast.AST, unit: Unit) -> Where:
        """The place of a node in a unit."""
        path: list[tuple[Block, int]] = []
        loops: list[ast.AST] = []
        nested = False
        current = node
        while current is not unit.node and current in self.parent:
            parent = self.parent[current]
            if current in self.step:
                path.append(self.step[current])
            if isinstance(parent, (ast.For, ast.AsyncFor, ast.While)) and self.step.get(current, ((None, ""), 0))[0][1] in (
                "body",
                "",
            ):
                if not isinstance(parent, (ast.For, ast.AsyncFor)) or current is not parent.iter:
                    loops.append(parent)
            elif isinstance(parent, _COMPREHENSIONS) and current is not parent.generators[0]:
                loops.append(parent)
            elif isinstance(parent, _FUNCTIONS) and parent is not unit.node and _is_inside(current, parent):
                nested = True
            current = parent
        return Where(tuple(reversed(path)), tuple(loops), nested)


def _is_inside(child: ast.AST, function: ast.AST) -> bool:
    """Whether a child of a function is in its body, not among its defaults and decorators."""
    body = getattr(function, "body", [])
    return child is body or (isinstance(body, list) and child in body)
