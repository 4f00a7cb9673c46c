"""Places where something is called, or is handed to code that is not part of the program."""

import ast
from dataclasses import dataclass, field

from varwg_codemod.flow.values import Value
from varwg_codemod.index import Unit


@dataclass(frozen=True)
class Arguments:
    """What is given to a call, as nodes of the graph (None: nothing that matters)."""

    positional: tuple[tuple[int | None, bool], ...] = ()  # node, whether it is `*values`
    keywords: tuple[tuple[str, int | None], ...] = ()
    doubles: tuple[int | None, ...] = ()  # `**values`

    def all(self) -> list[int]:
        """All nodes."""
        nodes = [n for n, _ in self.positional] + [n for _, n in self.keywords] + list(self.doubles)
        return [n for n in nodes if n is not None]


@dataclass(eq=False)
class Site:
    """A place that may call.

    Parameters
    ----------
    node
        The call, or the expression or statement that calls without saying so (a property, an operator).
    targets
        Functions of the program that it calls with its own arguments, and the values that led there. The
        constructors of classes are among them.
    ran
        Functions of the program that run because of it, but get their arguments from elsewhere.
    makes
        Classes of the program of which it makes objects.
    foreign
        Dotted names of what it calls outside of the program.
    """

    node: ast.AST
    unit: Unit
    arguments: Arguments
    result: int
    is_call: bool = True
    targets: dict[Unit, set[Value]] = field(default_factory=dict)
    ran: dict[Unit, str] = field(default_factory=dict)
    makes: dict[object, set[Value]] = field(default_factory=dict)
    foreign: set[str] = field(default_factory=set)
    is_unknown: bool = False
    unknown_method: str = ""
    called: Value | None = None
    drawn: set[str] = field(default_factory=set)  # methods of the hidden generator
    given: set[object] = field(default_factory=set)  # to which kinds of foreign code its arguments were given


@dataclass(frozen=True, eq=False)
class Escape:
    """A function, class or object that is handed to code outside of the program.

    `how` is "now" (called there and then), "thread", "maybe thread", "copied" or "unknown".
    """

    value: Value
    node: ast.AST
    unit: Unit
    how: str
    to: str
