"""VWG102: old names in strings that patch them."""

import re

import libcst as cst

from varwg_codemod.bindings import Bindings
from varwg_codemod.facts import Trouble
from varwg_codemod.names import LIBRARY_ROOTS, OLD_NAMES
from varwg_codemod.patterns import called_name, string_value, strings_in
from varwg_codemod.rules.base import Rule
from varwg_codemod.syntax import Syntax

_PATH = re.compile(r"(varwg|vg)(\.\w+)*\.(rng|get_rng|reseed)(\.\w+)*\Z")
_DOCTEST = re.compile(r"^\s*(?:>>>|\.\.\.) .*\b(?:varwg|vg)\.(?:rng|get_rng|reseed)\b", re.MULTILINE)
_PATCHERS = frozenset({"setattr", "delattr", "object", "multiple"})


class Strings(Rule):
    """Reported: ``monkeypatch.setattr("varwg.rng", ...)``, ``mock.patch("varwg.reseed")``, and doctests."""

    code = "VWG102"
    name = "strings"
    rewrites = False

    def leave(self, syntax: Syntax, bindings: Bindings, node: cst.CSTNode) -> Trouble | None:
        """Recognise dotted paths in strings, and patching by module and name."""
        text = string_value(node)
        if text is not None and _PATH.match(text):
            return self._trouble(f'"{text}"')
        if text is not None and _DOCTEST.search(text):
            reason = "a doctest in this string uses the global generator"
            return Trouble(self.code, reason, "write the doctest anew, with `rng`")
        if isinstance(node, cst.Call) and called_name(node) in _PATCHERS and node.args:
            names = OLD_NAMES & set(strings_in(node))
            ref = bindings.ref(node.args[0].value)
            if names and ref is not None and ref[1].split(".")[0] in LIBRARY_ROOTS:
                return self._trouble(f'"{min(names)}"')
        return None

    def _trouble(self, text: str) -> Trouble:
        return Trouble(
            self.code,
            f"the string {text} names the global generator",
            "pass a prepared generator as `rng=` instead of patching",
        )
