"""What calls do: arguments reach parameters, results come back, and code outside of the program is handed things."""

import ast
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from varwg_codemod.flow import foreign
from varwg_codemod.flow.sites import Arguments, Site
from varwg_codemod.flow.values import (
    ANYTHING,
    BOUND,
    CLASS,
    CONTAINER,
    FOREIGN,
    FUNC,
    GENERATOR,
    INST,
    MADE,
    MEMBER,
    PART,
    PARTIAL,
    UNKNOWN,
    Value,
)
from varwg_codemod.index import Class, Scope, Unit
from varwg_codemod.library import TRANSPARENT

if TYPE_CHECKING:
    from varwg_codemod.flow.build import Flow

_ADDING = frozenset(["append", "add", "appendleft", "put", "insert", "setdefault", "extend", "update", "extendleft", "push"])
_TAKING = frozenset(["get", "pop", "popleft", "popitem", "setdefault", "__getitem__", "next", "get_nowait"])
SAME = frozenset(["values", "items", "copy", "keys", "__iter__", "union"])
MEMBERS = _ADDING | _TAKING | SAME | frozenset({"sort"})


def call(flow: "Flow", site: Site, scope: Scope, value: Value) -> None:
    """Call a value at a site."""
    site.called = value
    if value.kind == FUNC:
        bind(flow, site, value.what, value, None)
    elif value.kind == BOUND:
        unit, receiver = value.what
        bind(flow, site, unit, value, receiver)
    elif value.kind == CLASS:
        construct(flow, site, value)
    elif value.kind == INST:
        variable = value.what.attribute("__call__")
        if variable is not None:
            flow.graph.watch(flow.variable(variable), partial(method_called, flow, site, value))
        elif value.what.all_foreign():
            foreign.call(flow, site, scope, flow.values.get(FOREIGN, f"{value.what.all_foreign()[0]}()"))
    elif value.kind == PARTIAL:
        call_partial(flow, site, scope, value)
    elif value.kind in (FOREIGN, MADE):
        foreign.call(flow, site, scope, value)
    elif value.kind in (PART, GENERATOR):
        site.drawn.add(value.what or "")
        for node in site.arguments.all():
            flow.graph.edge(node, site.result)
            flow.iterate(node, site.result, site.node, scope)
        flow.graph.add(site.result, flow.values.get(MADE, "numpy.array"))
    elif value.kind == CONTAINER:  # a method of it that was kept, and makes another
        flow.graph.add(site.result, value)
    elif value.kind == MEMBER:
        _call_member(flow, site, scope, value)
    elif value.kind == UNKNOWN:
        _call_unknown(flow, site, scope)


def method_called(flow: "Flow", site: Site, receiver: Value, value: Value) -> None:
    """Call what the class of an object has by some name, with the object."""
    if value.kind == FUNC:
        unit: Unit = value.what
        first = None if unit.is_static else receiver
        if unit.is_class_method and receiver.kind == INST:
            first = flow.values.get(CLASS, receiver.what)
        bind(flow, site, unit, flow.bound(unit, first or receiver, site.node), first)


def bind(flow: "Flow", site: Site, unit: Unit, value: Value, receiver: Value | None) -> None:
    """Let arguments reach the parameters of a function, and what it returns the site."""
    if value in site.targets.setdefault(unit, set()):
        return
    site.targets[unit].add(value)
    flow.reached.setdefault(value, {})[site] = None
    for wrapper in flow.wrappers.get(unit, ()):
        site.ran[wrapper] = "wrapper"
    _give(flow, unit, site.arguments, receiver, site)
    _result(flow, site, unit)


def _result(flow: "Flow", site: Site, unit: Unit) -> None:
    if unit.is_generator:
        flow.graph.add(site.result, flow.values.get(CONTAINER, flow.yielded(unit), unit.node))
    flow.graph.edge(flow.returned(unit), site.result)


def _give(flow: "Flow", unit: Unit, given: Arguments, receiver: Value | None, site: Site) -> None:
    args = unit.args
    if args is None:
        return
    positional = [*args.posonlyargs, *args.args]
    if receiver is not None and positional:
        flow.graph.add(flow.parameter(unit, positional[0].arg), receiver)
        positional = positional[1:]
    for number, (node, starred) in enumerate(given.positional):
        if starred:
            for arg in positional[number:]:
                flow.iterate(node, flow.parameter(unit, arg.arg), site.node, unit.scope)
            if args.vararg is not None:
                flow.iterate(node, flow.elements(args.vararg), site.node, unit.scope)
        elif number < len(positional) and not any(s for _, s in given.positional[:number]):
            flow.graph.edge(node, flow.parameter(unit, positional[number].arg))
        elif args.vararg is not None:
            flow.graph.edge(node, flow.elements(args.vararg))
    names = {arg.arg for arg in (*args.args, *args.kwonlyargs)}
    for name, node in given.keywords:
        if name in names:
            flow.graph.edge(node, flow.parameter(unit, name))
        elif args.kwarg is not None:
            flow.graph.edge(node, flow.elements(args.kwarg))
    for node in given.doubles:
        taken = {name for name, _ in given.keywords} | {a.arg for a in positional[: len(given.positional)]}
        for name in names - taken - ({args.args[0].arg} if receiver is not None and args.args else set()):
            flow.iterate(node, flow.parameter(unit, name), site.node, unit.scope)
        if args.kwarg is not None:
            flow.iterate(node, flow.elements(args.kwarg), site.node, unit.scope)


def construct(flow: "Flow", site: Site, value: Value) -> None:
    """Make an object of a class."""
    cls: Class = value.what
    if value in site.makes.setdefault(cls, set()):
        return
    site.makes[cls].add(value)
    flow.reached.setdefault(value, {})[site] = None
    made = flow.values.get(INST, cls)
    flow.graph.add(site.result, made)
    for name in ("__init__", "__new__"):
        variable = cls.attribute(name)
        if variable is not None:
            receiver = made if name == "__init__" else flow.values.get(CLASS, cls)

            def constructed(found: Value, receiver: Value = receiver) -> None:
                if found.kind == FUNC:
                    bind(flow, site, found.what, value, receiver)

            flow.graph.watch(flow.variable(variable), constructed)
    if cls.attribute("__init__") is None:
        if cls.is_dataclass:
            _fill_fields(flow, site, cls)
            _run_factories(flow, site, cls)
            post = cls.attribute("__post_init__")
            if post is not None:
                inner = replace(site, arguments=Arguments(), targets={}, ran={}, makes={}, is_call=False)
                flow.sites.append(inner)
                flow.site_of.setdefault(site.node, []).append(inner)
                flow.graph.watch(flow.variable(post), partial(method_called, flow, inner, made))
        elif cls.all_foreign():
            for node in site.arguments.all():
                hand_over(flow, node, site.node, cls.scope, foreign.manner(cls.all_foreign()[0]), cls.all_foreign()[0])


def _fill_fields(flow: "Flow", site: Site, cls: Class) -> None:
    """The constructor of a dataclass or named tuple."""
    names = [
        s.target.id
        for c in reversed(cls.mro())
        for s in c.node.body
        if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)
    ]
    names = list(dict.fromkeys(names))
    for number, (node, starred) in enumerate(site.arguments.positional):
        for name in names[number:] if starred else names[number : number + 1]:
            if starred:
                flow.iterate(node, flow.field(cls, name), site.node, cls.scope)
            else:
                flow.graph.edge(node, flow.field(cls, name))
    for name, node in site.arguments.keywords:
        flow.graph.edge(node, flow.field(cls, name))
    for node in site.arguments.doubles:
        for name in names:
            flow.iterate(node, flow.field(cls, name), site.node, cls.scope)


def _run_factories(flow: "Flow", site: Site, cls: Class) -> None:
    """What makes the defaults of a dataclass runs where its objects are made."""
    for base in cls.mro():
        for statement in base.node.body:
            value = statement.value if isinstance(statement, ast.AnnAssign) else None
            for made in flow.site_of.get(value, []) if isinstance(value, ast.Call) else []:
                factory = next((node for name, node in made.arguments.keywords if name == "default_factory"), None)
                inner = replace(
                    site, arguments=Arguments(), targets={}, ran={}, makes={}, result=flow.graph.new(), is_call=False, given=set()
                )
                flow.sites.append(inner)
                flow.site_of.setdefault(site.node, []).append(inner)
                foreign.call_now(flow, inner, base.scope, factory, [], "dataclasses.field", noted=False)


def call_partial(flow: "Flow", site: Site, scope: Scope, value: Value) -> None:
    """Call what ``functools.partial`` made: the function runs; what it got there it has."""
    function, given = flow.partials[value.what]
    both = Arguments(
        (*given.positional, *site.arguments.positional),
        (*given.keywords, *site.arguments.keywords),
        (*given.doubles, *site.arguments.doubles),
    )

    def called(inner: Value) -> None:
        unit, receiver = as_function(flow, inner)
        if unit is not None:
            site.ran[unit] = "partial"
            _give(flow, unit, both, receiver, site)
            _result(flow, site, unit)
        if inner.kind == CLASS:
            flow.graph.add(site.result, flow.values.get(INST, inner.what))
            if inner.what.attribute("__init__") is None and inner.what.is_dataclass:
                _fill_fields(flow, replace(site, arguments=both), inner.what)
        elif inner.kind in (FOREIGN, MADE):
            foreign.call(flow, site, scope, inner)
        elif inner.kind == UNKNOWN:
            site.is_unknown = True

    flow.graph.watch(function, called)


def as_function(flow: "Flow", value: Value) -> tuple[Unit | None, Value | None]:
    """The function that calling a value runs, and what its first parameter gets."""
    if value.kind == FUNC:
        return value.what, None
    if value.kind == BOUND:
        method, receiver = value.what
        return method, receiver
    if value.kind == CLASS:
        unit = _method(flow, value.what, "__init__")
        return unit, flow.values.get(INST, value.what)
    if value.kind == INST:
        return _method(flow, value.what, "__call__"), value
    return None, None


def _method(flow: "Flow", cls: Class, name: str) -> Unit | None:
    variable = cls.attribute(name)
    nodes = [node for kind, node in variable.bindings if kind == "def"] if variable is not None else []
    return flow.index.unit_of.get(nodes[-1]) if nodes else None


def _call_member(flow: "Flow", site: Site, scope: Scope, value: Value) -> None:
    """A method of a container."""
    container, name = value.what
    inlet = flow.graph.inlet(container)
    if name in _ADDING:
        for node, _ in site.arguments.positional:
            if name in ("extend", "update", "extendleft"):
                flow.iterate(node, inlet, site.node, scope)
            else:
                flow.graph.edge(node, inlet)
        for _, node in site.arguments.keywords:
            flow.graph.edge(node, inlet)
    if name in _TAKING:
        flow.graph.edge(container.what, site.result)
        for node in site.arguments.all():
            flow.graph.edge(node, site.result)
    elif name in SAME:
        flow.graph.add(site.result, container)
    elif name == "sort":
        for keyword, node in site.arguments.keywords:
            if keyword == "key":
                foreign.call_now(flow, site, scope, node, [container.what], "builtins.sorted")


def _call_unknown(flow: "Flow", site: Site, scope: Scope) -> None:
    site.is_unknown = True
    flow.graph.add(site.result, ANYTHING)
    function = site.node.func if isinstance(site.node, ast.Call) else None
    name = function.attr if isinstance(function, ast.Attribute) else ""
    site.unknown_method = name
    how = "maybe thread" if name in foreign.POOL_METHODS else "unknown"
    for node in site.arguments.all():
        hand_over(flow, node, site.node, scope, how, name or "something unknown")
    if how == "maybe thread":
        others = list(site.arguments.all())
        for node in others[:1]:
            foreign.call_now(flow, site, scope, node, others[1:], name, noted=False)


def hand_over(flow: "Flow", node: int | None, at: ast.AST, scope: Scope, how: str, to: str) -> None:
    """Let code outside of the program have what a node holds, and what is inside of it."""
    flow.graph.edge(node, flow.sink(how, to, at, scope))


# Decorators


def decorate(flow: "Flow", decorator: ast.expr, current: int, unit: Unit, scope: Scope) -> int:
    """The node of a function after one of its decorators."""
    name = flow.index.resolve(decorator.func if isinstance(decorator, ast.Call) else decorator, scope)
    flow.value(decorator, scope) if isinstance(decorator, ast.Call) else None
    if unit.setter_of or (isinstance(name, str) and _is_transparent(name)):
        return current
    if isinstance(name, str) and name in ("functools.lru_cache", "functools.cache"):
        flow.cached[unit] = decorator
        return current
    if isinstance(name, Unit):
        return _decorated_by(flow, decorator, name, current, unit, scope)
    if isinstance(name, str):
        flow.decorated[unit] = (name, decorator)
        return current
    method = decorator.func if isinstance(decorator, ast.Call) else decorator
    if isinstance(method, ast.Attribute) and isinstance(flow.index.resolve(method.value, scope), Unit):
        # Functions have no such attributes: it is that of what another decorator returned, as `register` of singledispatch.
        flow.decorated[unit] = (ast.unparse(method), decorator)
        return current
    result = flow.graph.new()
    site = flow.site(decorator, scope, Arguments(((current, False),)))
    value = flow.value(decorator, scope) if not isinstance(decorator, ast.Call) else flow.node_of.get(decorator)
    if value is not None:
        flow.graph.watch(value, partial(call, flow, site, scope))
    flow.graph.edge(site.result, result)
    return result


def _is_transparent(name: str) -> bool:
    parts = name.split(".")
    return any(".".join(parts[:end]) in TRANSPARENT for end in range(1, len(parts) + 1))


def _decorated_by(flow: "Flow", decorator: ast.expr, outer: Unit, current: int, unit: Unit, scope: Scope) -> int:
    """A decorator of the program; one whose wrapper hands everything on leaves the function what it is."""
    maker = outer
    if isinstance(decorator, ast.Call):
        inner = _returned_function(outer)
        maker = inner if inner is not None else outer
    wrapper = _passing_wrapper(maker)
    site = flow.site(decorator, scope, Arguments(((current, False),)))
    if isinstance(decorator, ast.Call):
        flow.graph.watch(flow.node_of.get(decorator), partial(call, flow, site, scope))
    else:
        flow.graph.watch(flow.value(decorator, scope), partial(call, flow, site, scope))
    if wrapper is not None and not isinstance(wrapper, str):
        flow.wrappers.setdefault(unit, {})[wrapper] = None
        return current
    if wrapper == "same":
        return current
    return site.result


def _returned_function(unit: Unit) -> Unit | None:
    """The nested function that a function returns."""
    for statement in unit.body:
        if isinstance(statement, ast.Return) and isinstance(statement.value, ast.Name):
            return next((c for c in unit.children if c.name == statement.value.id), None)
    return None


def _passing_wrapper(unit: Unit) -> "Unit | str | None":
    """The wrapper that a decorator returns if it hands all arguments on; "same" if it returns the function itself."""
    parameters = unit.parameters()
    if not parameters:
        return None
    given = parameters[0].arg
    returns = [s.value for s in ast.walk(unit.node) if isinstance(s, ast.Return)]
    if all(isinstance(r, ast.Name) and r.id == given for r in returns) and returns:
        return "same"
    wrapper = _returned_function(unit)
    args = wrapper.args if wrapper is not None else None
    if wrapper is None or args is None or args.vararg is None or args.kwarg is None or args.kwonlyargs:
        return None
    stars, doubles, uses = args.vararg.arg, args.kwarg.arg, 0
    for node in ast.walk(wrapper.node):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == given:
            hands_on = [a.value.id for a in node.args if isinstance(a, ast.Starred) and isinstance(a.value, ast.Name)]
            hands_on += [k.value.id for k in node.keywords if k.arg is None and isinstance(k.value, ast.Name)]
            plain = [a.id for a in node.args if isinstance(a, ast.Name)]
            if hands_on != [stars, doubles] or plain != [a.arg for a in (*args.posonlyargs, *args.args)]:
                return None
            uses += 1
    mentions = [n.id for n in ast.walk(wrapper.node) if isinstance(n, ast.Name) and n.id in (stars, doubles)]
    return wrapper if uses and len(mentions) == 2 * uses else None


def decorate_class(flow: "Flow", decorator: ast.expr, own: Value, variable: int, scope: Scope) -> None:
    """A decorator of a class: the class stays what it is; what the program does with it there is followed."""
    name = flow.index.resolve(decorator.func if isinstance(decorator, ast.Call) else decorator, scope)
    if isinstance(name, str):
        if isinstance(decorator, ast.Call):
            flow.value(decorator, scope)
        if not _is_transparent(name):
            flow.escape(own, decorator, scope, "unknown", name)
        return
    value = flow.value(decorator, scope)
    site = flow.site(decorator, scope, Arguments(((flow.graph.holding(own), False),)))
    if value is not None:
        flow.graph.watch(value, partial(call, flow, site, scope))
