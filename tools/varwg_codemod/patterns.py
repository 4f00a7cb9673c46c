"""What a rule that only reports looks like to the scanner."""

from typing import Protocol

import libcst as cst

from varwg_codemod.bindings import Bindings
from varwg_codemod.facts import Trouble
from varwg_codemod.syntax import Syntax


class Pattern(Protocol):
    """Recognises code that is left for a human."""

    def leave(self, syntax: Syntax, bindings: Bindings, node: cst.CSTNode) -> Trouble | None:
        """Why the node must be left for a human; None if this rule has nothing to say about it."""


def string_value(node: cst.CSTNode) -> str | None:
    """The value of a plain string literal."""
    if isinstance(node, cst.SimpleString):
        value = node.evaluated_value
        return value if isinstance(value, str) else None
    return None


def strings_in(call: cst.Call) -> list[str]:
    """The plain string literals among the arguments of a call."""
    return [v for a in call.args if (v := string_value(a.value)) is not None]


def called_name(call: cst.Call) -> str:
    """Last part of the name of what is called."""
    if isinstance(call.func, cst.Attribute):
        return call.func.attr.value
    return call.func.value if isinstance(call.func, cst.Name) else ""
