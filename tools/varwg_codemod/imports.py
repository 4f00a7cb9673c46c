"""The imports of a file: which modules, which names, whether still used, and where to add one."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst
from libcst.metadata import Assignment, ImportAssignment

from varwg_codemod.bindings import Bindings
from varwg_codemod.facts import ImportName, Ref
from varwg_codemod.names import LIBRARY_ROOTS, OLD_NAMES
from varwg_codemod.syntax import Syntax

Statement = cst.Import | cst.ImportFrom

# A name at the start of a string may be an annotation in quotes.
_QUOTED = re.compile(r"""["'](?:\w+\[)*([A-Za-z_]\w*)""")


@dataclass(frozen=True)
class Imports:
    """What a file's imports offer to rewritten code."""

    bindings: tuple[tuple[str, Ref], ...]
    numpy_name: str | None
    numpy_conflict: bool
    partial_name: str | None
    anchor: tuple[int, str, str]


def imports_of(syntax: Syntax, bindings: Bindings, first_use: int | None = None) -> Imports:
    """Module-level names and imports of a file, in which `first_use` is where one may first be needed."""
    scope = syntax.scope(syntax.module)
    bound: dict[str, set[Ref | None]] = {}
    for assignment in () if scope is None else scope.assignments:
        ref = bindings.assigned_ref(assignment, assignment.name)
        bound.setdefault(assignment.name, set()).add(ref)
    sure = {n: next(iter(r)) for n, r in bound.items() if len(r) == 1}
    known = tuple(sorted((n, r) for n, r in sure.items() if r is not None))
    numpy_name = _numpy(dict(known), unsure=bound)
    partial = next((n for n, r in known if r == ("abs", "functools.partial")), None)
    functools = next((n for n, r in known if r == ("abs", "functools")), None)
    return Imports(
        bindings=known,
        numpy_name=numpy_name,
        numpy_conflict=numpy_name is None and "np" in bound,
        partial_name=partial or (f"{functools}.partial" if functools else None),
        anchor=_anchor(syntax, first_use),
    )


def _numpy(known: dict[str, Ref], unsure: dict[str, set[Ref | None]]) -> str | None:
    names = [name for name, ref in known.items() if ref == ("abs", "numpy")]
    if "np" in names:
        return "np"
    return names[0] if names else None


def _anchor(syntax: Syntax, first_use: int | None) -> tuple[int, str, str]:
    """Where an import can be added (offset, text before it, text after it).

    Before the first import of an old package, if only imports and simple statements come before it,
    none of which may need the new import;
    else after the imports at the top of the file.
    """
    body = syntax.module.body
    after, at_top = 0, True
    for index, statement in enumerate(body):
        if isinstance(statement, (cst.FunctionDef, cst.ClassDef, cst.For, cst.While, cst.With)):
            break
        first = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else statement
        is_import = isinstance(first, (cst.Import, cst.ImportFrom))
        early = first_use is None or syntax.start(statement) < first_use
        if is_import and early and _mentions_library(syntax, first):
            return syntax.start(statement), "", syntax.newline
        at_top = at_top and (is_import or (index == 0 and _is_docstring(first)))
        if at_top or _is_future(first):
            after = index + 1
    if after:
        return syntax.line_end(syntax.end(body[after - 1])), syntax.newline, ""
    return (syntax.start(body[0]) if body else 0), "", syntax.newline * 2


def _is_future(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.ImportFrom) and isinstance(node.module, cst.Name) and node.module.value == "__future__"


def _is_docstring(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Expr) and isinstance(node.value, (cst.SimpleString, cst.ConcatenatedString))


def _mentions_library(syntax: Syntax, node: cst.CSTNode) -> bool:
    return any(root in syntax.code(node).replace(".", " ").split() for root in LIBRARY_ROOTS)


def import_names(syntax: Syntax, bindings: Bindings, statements: Sequence[Statement], path: str) -> tuple[ImportName, ...]:
    """Every name bound by an import of the old packages, with the number of its uses."""
    uses = _count_uses(syntax, bindings, statements)
    exported = _exported(syntax) if not path.endswith("__init__.py") else None
    found: list[ImportName] = []
    for statement in statements:
        if isinstance(statement.names, cst.ImportStar):
            continue
        names = [
            ImportName(
                statement=syntax.spot(statement),
                alias=syntax.spot(alias),
                bound=bound,
                ref=_alias_ref(bindings, statement, alias),
                line=_line(syntax, statement),
                lone=_is_lone(syntax, statement),
                uses=uses[statement, bound],
                exported=exported is None or bound in exported,
                old=bindings.old_name(("abs", _alias_ref(bindings, statement, alias))) is not None,
            )
            for alias in statement.names
            for bound in [alias.evaluated_alias or alias.evaluated_name.split(".")[0]]
        ]
        if any(name.old or name.ref.split(".")[0] in LIBRARY_ROOTS for name in names):
            found += names
    return tuple(found)


def _line(syntax: Syntax, statement: cst.CSTNode) -> tuple[int, int]:
    start = syntax.line_start(syntax.start(statement))
    return start, syntax.after_line(syntax.end(statement))


def _alias_ref(bindings: Bindings, statement: cst.Import | cst.ImportFrom, alias: cst.ImportAlias) -> str:
    if isinstance(statement, cst.Import):
        return alias.evaluated_name
    return f"{bindings.import_base(statement)}.{alias.evaluated_name}"


def _is_lone(syntax: Syntax, statement: cst.CSTNode) -> bool:
    """Whether the import is alone on its line, without a comment, in a block of several statements."""
    line = syntax.parent(statement)
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
        return False
    block = syntax.parent(line)
    if line.trailing_whitespace.comment is not None:
        return False
    return isinstance(block, cst.Module) or len(getattr(block, "body", ())) > 1


def _count_uses(syntax: Syntax, bindings: Bindings, statements: Sequence[Statement]) -> Counter[tuple[cst.CSTNode, str]]:
    """How often the name that an import statement binds is used, by (statement, name)."""
    found: Counter[tuple[cst.CSTNode, str]] = Counter()
    for node in syntax.names():
        for assignment in bindings.assignments(node):
            if isinstance(assignment, ImportAssignment):
                found[assignment.node, node.value] += 1
    quoted = set(_QUOTED.findall(syntax.text)) - OLD_NAMES
    for statement in statements:
        for name in quoted:
            found[statement, name] += 1
    return found


def _exported(syntax: Syntax) -> frozenset[str]:
    """The names in ``__all__``."""
    scope = syntax.scope(syntax.module)
    names: set[str] = set()
    for assignment in () if scope is None else scope["__all__"]:
        if not isinstance(assignment, Assignment):
            continue
        statement = syntax.parent(assignment.node)
        while statement is not None and not isinstance(statement, (cst.Assign, cst.AugAssign)):
            statement = syntax.parent(statement)
        names |= _strings(statement) if statement is not None else set()
    return frozenset(names)


def _strings(node: cst.CSTNode) -> set[str]:
    if isinstance(node, cst.SimpleString):
        return {str(node.evaluated_value)}
    return set().union(*(_strings(child) for child in node.children))
