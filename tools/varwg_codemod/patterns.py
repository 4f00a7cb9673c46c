"""Old names that are reached by strings, by star imports, or that are another library's: found, never rewritten."""

import ast
import re
from collections.abc import Iterator

from varwg_codemod.index import Module
from varwg_codemod.library import Library
from varwg_codemod.troubles import Trouble

_GETTERS = frozenset({"getattr", "setattr", "hasattr", "delattr"})
_PATCHERS = frozenset({"setattr", "delattr", "object", "multiple"})
_PATH = re.compile(r"(varwg|vg)(\.\w+)*\.(rng|get_rng|reseed)(\.\w+)*\Z")


def hidden_names(module: Module, library: Library) -> Iterator[tuple[ast.AST, Trouble]]:
    """Nodes that reach the hidden generator in a way that is not to be rewritten, and why."""
    if not any(root in module.source.text for root in library.roots):
        return
    if library.module:
        yield from _hidden_in_module(module, library)
        return
    for node in module.source.nodes:
        if isinstance(node, ast.Call):
            name = next((t for t in _texts(node) if t in library.old_names), "")
            called = _called(node)
            if name and called in _GETTERS and isinstance(node.func, ast.Name) and _is_library(node.args[0], library):
                yield node, _by_string(module, node)
            elif name and called in _PATCHERS and node.args and _is_library(node.args[0], library):
                yield node, _patched(name)
        elif isinstance(node, ast.Subscript):
            key = node.slice
            if isinstance(key, ast.Constant) and key.value in library.old_names and _is_dict_of(node.value, library):
                yield node, _by_string(module, node)
        elif isinstance(node, ast.Attribute):
            if node.attr in library.old_names and _loaded_by_string(node.value, library):
                yield node, _by_string(module, node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 200 and _PATH.match(node.value):
            yield node, _patched(node.value)


def _hidden_in_module(module: Module, library: Library) -> Iterator[tuple[ast.AST, Trouble]]:
    """The same for a library whose module draws."""
    path = re.compile(rf"(?:np|{re.escape(library.module)}|numpy\.random)(?:\.mtrand)?(?:\.(\w+))?\Z")
    for node in module.source.nodes:
        if isinstance(node, (ast.Call, ast.Subscript)) and _loaded_by_string(node, library):
            yield node, _by_string(module, node)
        elif isinstance(node, ast.Call) and _called(node) in _PATCHERS and node.args and _is_random(node.args[0]):
            name = next((t for t in _texts(node) if t in library.known), "")
            if name:
                yield node, _patched(name)
        elif isinstance(node, ast.Attribute) and node.attr in ("__dict__", "set_bit_generator") and _is_random(node.value):
            yield node, _by_string(module, node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 200:
            match = path.match(node.value)
            if match is not None and match.group(1) in library.known:
                yield node, _patched(node.value)


def _is_random(node: ast.expr) -> bool:
    """Whether an expression looks like NumPy's module of drawing functions."""
    return (node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")) in ("random", "npr", "mtrand")


def _by_string(module: Module, node: ast.AST) -> Trouble:
    code = module.source.code(node)
    line = code.splitlines()[0]
    shown = line if len(line) <= 40 and line == code else line[:37] + "..."
    return Trouble("VWG101", f"`{shown}` reaches the global generator by a string", "pass a generator explicitly as `rng=`")


def _patched(text: str) -> Trouble:
    return Trouble(
        "VWG102", f'the string "{text}" names the global generator', "pass a prepared generator as `rng=` instead of patching"
    )


def _texts(call: ast.Call) -> list[str]:
    return [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _is_library(node: ast.expr, library: Library) -> bool:
    if isinstance(node, (ast.Call, ast.Subscript)):
        return _loaded_by_string(node, library)
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in library.roots


def _is_dict_of(node: ast.expr, library: Library) -> bool:
    """``vars(varwg)`` or ``varwg.__dict__``."""
    if isinstance(node, ast.Call) and _called(node) == "vars" and node.args:
        return _is_library(node.args[0], library)
    return isinstance(node, ast.Attribute) and node.attr == "__dict__" and _is_library(node.value, library)


def _loaded_by_string(node: ast.expr, library: Library) -> bool:
    """``sys.modules["varwg"]``, ``import_module("varwg")``, ``__import__("varwg")``."""
    if isinstance(node, ast.Call) and _called(node) in {"import_module", "__import__"}:
        return any(text.split(".")[0] in library.roots for text in _texts(node))
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return isinstance(node.slice.value, str) and node.slice.value.split(".")[0] in library.roots
    return False
