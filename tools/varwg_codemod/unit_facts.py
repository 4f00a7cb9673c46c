"""The facts of one function: its parameters, decorators, and what it returns."""

import re
from typing import TypeGuard

import libcst as cst

from varwg_codemod import insertion
from varwg_codemod.bindings import Bindings
from varwg_codemod.decorators import hands_on_keywords
from varwg_codemod.facts import Spot, Unit
from varwg_codemod.names import RNG
from varwg_codemod.syntax import Syntax

_EXAMPLE = re.compile(r"\s*(>>>|\.\.\.) ")


def describe_unit(syntax: Syntax, bindings: Bindings, node: cst.FunctionDef, name: str) -> Unit:
    """The facts of a function at module level or of a method."""
    cls = bindings.enclosing_class(node)
    params = node.params
    ordinary = (*params.posonly_params, *params.params)
    listed = [*ordinary, *params.kwonly_params]
    listed += [p for p in (params.star_arg, params.star_kwarg) if isinstance(p, cst.Param)]
    names = tuple(p.name.value for p in listed)
    return Unit(
        name=name,
        kind="method" if cls else "function",
        cls=cls,
        spot=syntax.spot(node.name),
        decorators=tuple(_decorator(syntax, bindings, d) for d in node.decorators),
        parameters=names,
        positional=len(ordinary),
        none_defaults=tuple(p.name.value for p in listed if isinstance(p.default, cst.Name) and p.default.value == "None"),
        insertions=() if RNG in names else insertion.into_signature(syntax, node),
        rng_index=next((i for i, p in enumerate(ordinary) if p.name.value == RNG), None),
        rng_required=any(p.name.value == RNG and p.default is None for p in params.kwonly_params),
        autouse=any("autouse=True" in syntax.code(d).replace(" ", "") for d in node.decorators),
        annotated=_annotated(listed, skip_first=cls is not None),
        doctest=_doctest(syntax, node),
        hands_on_keywords=cls is None and hands_on_keywords(syntax, node),
    )


def _doctest(syntax: Syntax, node: cst.FunctionDef) -> Spot | None:
    """The docstring, if a doctest in it calls the function without ``rng``."""
    first = node.body.body[0] if node.body.body else None
    expression = first.body[0] if isinstance(first, cst.SimpleStatementLine) else first
    if not isinstance(expression, cst.Expr) or not isinstance(expression.value, cst.SimpleString):
        return None
    text = str(expression.value.evaluated_value)
    called = [line for line in text.splitlines() if _EXAMPLE.match(line) and f"{node.name.value}(" in line]
    return syntax.spot(expression.value) if any(RNG not in line for line in called) else None


def _decorator(syntax: Syntax, bindings: Bindings, decorator: cst.Decorator) -> str:
    """Dotted name of a decorator; for one of the file itself, "here:" and its name."""
    node = decorator.decorator
    if isinstance(node, cst.Call):
        node = node.func
    ref = bindings.ref(node)
    if ref is None:
        return syntax.code(node)
    return ref[1] if ref[0] == "abs" else f"here:{ref[1]}"


def _annotated(params: list[cst.Param], skip_first: bool) -> bool:
    rest = [p for p in params if not (skip_first and p is params[0])]
    return bool(rest) and all(p.annotation is not None for p in rest)


def is_main_guard(node: cst.CSTNode) -> TypeGuard[cst.If]:
    """Whether a statement is ``if __name__ == "__main__":``."""
    if not isinstance(node, cst.If) or not isinstance(node.test, cst.Comparison):
        return False
    test = node.test
    if len(test.comparisons) != 1 or not isinstance(test.comparisons[0].operator, cst.Equal):
        return False
    sides = [test.left, test.comparisons[0].comparator]
    named = [s for s in sides if isinstance(s, cst.Name) and s.value == "__name__"]
    texts = [s for s in sides if isinstance(s, cst.SimpleString) and s.evaluated_value == "__main__"]
    return bool(named) and bool(texts)
