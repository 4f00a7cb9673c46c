"""VWG103: star imports that may bring in the old names."""

import libcst as cst

from varwg_codemod.bindings import Bindings
from varwg_codemod.facts import Trouble
from varwg_codemod.names import LIBRARY_ROOTS, OLD_NAMES
from varwg_codemod.rules.base import Rule
from varwg_codemod.syntax import Syntax


class Star(Rule):
    """Reported: ``from varwg import *``, and the unbound old names in such a file."""

    code = "VWG103"
    name = "star-import"
    rewrites = False

    def leave(self, syntax: Syntax, bindings: Bindings, node: cst.CSTNode) -> Trouble | None:
        """Recognise the import, and names that only it can have bound."""
        if isinstance(node, cst.ImportFrom) and isinstance(node.names, cst.ImportStar):
            base = bindings.import_base(node)
            if base.split(".")[0] in LIBRARY_ROOTS:
                return Trouble(
                    self.code,
                    f"`from {base} import *` may bring in the global generator",
                    "import the names that are needed one by one, then run again",
                )
        if not isinstance(node, cst.Name) or bindings.assignments(node):
            return None
        if node.value in OLD_NAMES and _has_star(syntax, bindings):
            return Trouble(
                "VWG108",
                f"`{node.value}` may come from a star import",
                "import it by name, then run again",
            )
        return None


def _has_star(syntax: Syntax, bindings: Bindings) -> bool:
    return any(
        isinstance(small, cst.ImportFrom)
        and isinstance(small.names, cst.ImportStar)
        and bindings.import_base(small).split(".")[0] in LIBRARY_ROOTS
        for line in syntax.module.body
        if isinstance(line, cst.SimpleStatementLine)
        for small in line.body
    )
