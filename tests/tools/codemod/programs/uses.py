"""Counts uses of a hidden generator in a source, by the names that its imports bind and nothing else."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Final

_VARWG: Final = frozenset({"rng", "get_rng", "reseed"})
#: What `numpy.random` has besides the functions that use its hidden generator.
_EXPLICIT: Final = frozenset(
    {"Generator", "RandomState", "SeedSequence", "BitGenerator", "PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"}
    | {"default_rng", "bit_generator", "mtrand", "_generator"}
)


def count(texts: Mapping[str, str], library: str = "varwg") -> int:
    """Uses in all files of a program.

    Parameters
    ----------
    texts : mapping
        Sources by path.
    library : str
        "varwg" or "numpy".
    """
    return sum(len(lines(text, library)) for text in texts.values())


def lines(text: str, library: str = "varwg") -> list[int]:
    """The line of each use; a use is the name where it is read, not the import statement."""
    tree = ast.parse(text)
    modules, names = _bound(tree, library)
    return sorted(
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and _is_old(node.attr, library) and _dotted(node.value) in modules)
        or (isinstance(node, ast.Name) and node.id in names and isinstance(node.ctx, ast.Load))
    )


def _is_old(name: str, library: str) -> bool:
    return name in _VARWG if library == "varwg" else name not in _EXPLICIT


def _bound(tree: ast.Module, library: str) -> tuple[set[str], set[str]]:
    """Dotted names of the modules with the old functions, and names of the functions themselves."""
    homes = {"varwg", "vg", "varwg.core.core", "varwg.core.base"} if library == "varwg" else {"numpy.random"}
    modules, names = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                full, bound = alias.name, alias.asname or alias.name
                modules |= {bound + home.removeprefix(full) for home in homes if home == full or home.startswith(full + ".")}
                modules |= {home for home in homes if not alias.asname and full.startswith(home + ".")}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            for alias in node.names:
                full, bound = f"{node.module}.{alias.name}", alias.asname or alias.name
                modules |= {bound + home.removeprefix(full) for home in homes if home == full or home.startswith(full + ".")}
                if node.module in homes and _is_old(alias.name, library) and alias.name != "*":
                    names.add(bound)
    return modules, names


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = _dotted(node.value)
        return f"{inner}.{node.attr}" if inner else ""
    return ""
