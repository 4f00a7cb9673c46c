"""What a rule is: a code, a name, and either edits it writes or nodes it leaves for a human."""

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from varwg_codemod.bindings import Bindings
from varwg_codemod.edits import Edit
from varwg_codemod.facts import ModuleFacts, Trouble
from varwg_codemod.plan import Plan
from varwg_codemod.syntax import Syntax


class Rule:
    """A rule; its docstring shows the code before and after.

    A rule that is not `safe` may change numbers or behaviour and is skipped with ``--safe-only``.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    safe: ClassVar[bool] = True
    rewrites: ClassVar[bool] = True

    def edits(self, plan: Plan, facts: ModuleFacts) -> Iterator[Edit]:
        """The edits that this rule makes in one file."""
        yield from ()

    def leave(self, syntax: Syntax, bindings: Bindings, node: cst.CSTNode) -> Trouble | None:
        """Why a node must be left for a human; None if this rule has nothing to say about it."""
        return None
