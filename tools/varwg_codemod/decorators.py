"""Whether a decorator of the program hands keyword arguments on unchanged, so that `rng` can pass through it."""

import libcst as cst
import libcst.matchers as m

from varwg_codemod.syntax import Syntax


def hands_on_keywords(syntax: Syntax, decorator: cst.FunctionDef) -> bool:
    """Whether each call of the decorated function is ``function(..., **kwargs)`` in a wrapper that takes them.

    The wrapper must do nothing else with its keyword arguments: one that looks at them, to cache results for instance,
    would see `rng` among them.

    Examples
    --------
    Such a decorator is::

        def timed(function):
            @functools.wraps(function)
            def wrapper(*args, **kwargs):
                start = time.perf_counter()
                result = function(*args, **kwargs)
                print(time.perf_counter() - start)
                return result
            return wrapper
    """
    text = syntax.code(decorator.body)
    if "**" not in text or "def " not in text:
        return False
    given = _given(decorator)
    calls = [call for call in m.findall(decorator.body, m.Call(func=m.Name())) if isinstance(call, cst.Call)]
    calls = [call for call in calls if isinstance(call.func, cst.Name) and call.func.value in given]
    return bool(calls) and all(_is_handed_on(syntax, decorator, call) for call in calls)


def _is_handed_on(syntax: Syntax, decorator: cst.FunctionDef, call: cst.Call) -> bool:
    wrapper = _enclosing(syntax, call)
    if wrapper is None or wrapper is decorator:
        return False
    return _passes(call, wrapper) and _is_returned(decorator, wrapper)


def _given(decorator: cst.FunctionDef) -> set[str]:
    """Names of parameters that may be the decorated function: the first of a function that defines another one."""
    functions = [decorator, *m.findall(decorator.body, m.FunctionDef())]
    return {
        f.params.params[0].name.value
        for f in functions
        if isinstance(f, cst.FunctionDef) and f.params.params and m.findall(f.body, m.FunctionDef())
    }


def _enclosing(syntax: Syntax, node: cst.CSTNode) -> cst.FunctionDef | None:
    current = syntax.parent(node)
    while current is not None and not isinstance(current, (cst.FunctionDef, cst.Lambda)):
        current = syntax.parent(current)
    return current if isinstance(current, cst.FunctionDef) else None


def _passes(call: cst.Call, wrapper: cst.FunctionDef) -> bool:
    """Whether a call hands on the wrapper's keyword arguments, which are used for nothing else."""
    rest = wrapper.params.star_kwarg
    wraps = m.Decorator(m.Call(func=m.Name("wraps") | m.Attribute(attr=m.Name("wraps"))))
    if rest is None or not all(m.matches(d, wraps) for d in wrapper.decorators):
        return False
    name = m.Name(rest.name.value)
    handed_on = m.Arg(value=name, star="**")
    only = len(m.findall(wrapper.body, name)) == len(m.findall(wrapper.body, handed_on))
    return only and any(m.matches(argument, handed_on) for argument in call.args)


def _is_returned(decorator: cst.FunctionDef, wrapper: cst.FunctionDef) -> bool:
    return any(m.findall(found, m.Name(wrapper.name.value)) for found in m.findall(decorator.body, m.Return()))
