"""VWG101: old names reached by a string at run time."""

import libcst as cst

from varwg_codemod.bindings import Bindings
from varwg_codemod.facts import Trouble
from varwg_codemod.names import LIBRARY_ROOTS, OLD_NAMES, OLD_ROOTS
from varwg_codemod.patterns import called_name, string_value, strings_in
from varwg_codemod.rules.base import Rule
from varwg_codemod.syntax import Syntax

_GETTERS = frozenset({"getattr", "setattr", "hasattr", "delattr"})


class Dynamic(Rule):
    """Reported: ``getattr(varwg, "rng")``, ``vars(varwg)["rng"]``, ``sys.modules["varwg"].rng``."""

    code = "VWG101"
    name = "dynamic"
    rewrites = False

    def leave(self, syntax: Syntax, bindings: Bindings, node: cst.CSTNode) -> Trouble | None:
        """Recognise attribute access by string."""
        if isinstance(node, cst.Call):
            found = _gets(node) and _is_library(bindings, node.args[0].value if node.args else None)
        elif isinstance(node, cst.Subscript):
            found = _indexes(bindings, node)
        elif isinstance(node, cst.Attribute):
            found = node.attr.value in OLD_NAMES and _loaded_by_string(node.value)
        else:
            return None
        if not found:
            return None
        return Trouble(
            self.code,
            f"`{_shortened(syntax.code(node))}` reaches the global generator by a string",
            "pass a generator explicitly as `rng=`",
        )


def _gets(call: cst.Call) -> bool:
    return isinstance(call.func, cst.Name) and call.func.value in _GETTERS and bool(OLD_NAMES & set(strings_in(call)))


def _is_library(bindings: Bindings, node: cst.CSTNode | None) -> bool:
    if node is None:
        return False
    if isinstance(node, (cst.Call, cst.Subscript)):
        return _loaded_by_string(node)
    ref = bindings.ref(node)
    if ref is None:
        return isinstance(node, cst.Name) and node.value in OLD_ROOTS
    return ref[0] == "abs" and ref[1].split(".")[0] in LIBRARY_ROOTS


def _indexes(bindings: Bindings, node: cst.Subscript) -> bool:
    """``vars(varwg)["rng"]`` or ``varwg.__dict__["rng"]``."""
    keys = [e.slice.value for e in node.slice if isinstance(e.slice, cst.Index)]
    if not any(string_value(key) in OLD_NAMES for key in keys):
        return False
    value = node.value
    if isinstance(value, cst.Call) and called_name(value) == "vars" and value.args:
        return _is_library(bindings, value.args[0].value)
    if isinstance(value, cst.Attribute) and value.attr.value == "__dict__":
        return _is_library(bindings, value.value)
    return False


def _loaded_by_string(node: cst.CSTNode) -> bool:
    """``sys.modules["varwg"]``, ``import_module("varwg")``, ``__import__("varwg")``."""
    if isinstance(node, cst.Call) and called_name(node) in {"import_module", "__import__"}:
        return any(text.split(".")[0] in OLD_ROOTS for text in strings_in(node))
    if isinstance(node, cst.Subscript):
        keys = [string_value(e.slice.value) for e in node.slice if isinstance(e.slice, cst.Index)]
        return any(key is not None and key.split(".")[0] in OLD_ROOTS for key in keys)
    return False


def _shortened(code: str) -> str:
    line = code.splitlines()[0]
    return line if len(line) <= 40 and line == code else line[:37] + "..."
