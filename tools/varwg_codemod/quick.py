"""What a cheap look at a file tells, without scopes: whether it is valid, and what it imports."""

import ast
import warnings

from varwg_codemod.bindings import package_of


class InvalidError(ValueError):
    """A text is not valid Python, or Python cannot parse it."""


def check(text: str) -> ast.Module:
    """Parse a text.

    Raises
    ------
    InvalidError
        With the place of the error.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        raise InvalidError(f"not valid Python: line {error.lineno}: {error.msg}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise InvalidError(f"cannot be parsed: {error}") from error


def compiles(text: str) -> bool:
    """Whether Python accepts a text that it can parse; ``global`` of a parameter, for one, it does not."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "<text>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def imported_modules(tree: ast.Module, path: str) -> frozenset[str]:
    """Dotted names of all that a file imports; names taken from a module count with and without it."""
    found: set[str] = set()
    package = package_of(path)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parts = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*parts, *([node.module] if node.module else [])])
            found |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return frozenset(found)
