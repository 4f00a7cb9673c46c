"""What callables outside of the program do with what they are given."""

import ast
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from varwg_codemod.flow import attributes, calls
from varwg_codemod.flow.sites import Site
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
    MANY_OBJECTS,
    MANY_TEXTS,
    NAMES,
    PART,
    PARTIAL,
    SUPER,
    TEXT,
    UNKNOWN,
    Value,
)
from varwg_codemod.index import Scope, Unit
from varwg_codemod.library import (
    API_NAMES,
    BUILTINS,
    CALLING,
    COPYING,
    HARMLESS,
    HOLDING,
    LIBRARY_ROOTS,
    NUMERIC,
    PASSING,
    POOL_METHODS,
    QUIET_BASES,
    SYNCHRONOUS,
    THREAD_PACKAGES,
    THREADING,
)

if TYPE_CHECKING:
    from varwg_codemod.flow.build import Flow

__all__ = ["POOL_METHODS", "call", "call_now", "manner"]


def manner(dotted: str) -> str:
    """How a foreign callable treats functions that it is given."""
    plain = dotted.replace("()", "")
    root = plain.partition(".")[0]
    if root in THREAD_PACKAGES or plain in THREADING:
        return "thread"
    if plain in COPYING:
        return "copied"
    if root in SYNCHRONOUS or "." not in plain:
        return "now"
    return "unknown"


def is_process(dotted: str) -> bool:
    """Whether functions that are given to a foreign callable run in other processes for certain."""
    plain = dotted.replace("()", "")
    return "ProcessPool" in plain or (plain.partition(".")[0] in _PROCESSES and "Thread" not in plain and "dummy" not in plain)


#: What makes something else of a function, through which it is called later.
_WRAPPING = frozenset({"property", "classmethod", "staticmethod", "functools.cached_property", "functools.singledispatch"})
#: What runs files or modules that are named by texts, in the same process; and those of it that run them as the program.
_AS_MAIN = frozenset({"runpy.run_path", "runpy.run_module", "exec"})
_STARTING = frozenset(
    ["importlib.import_module", "importlib.util.spec_from_file_location", "__import__", "runpy.run_path", "runpy.run_module"]
)
_PROCESSES = frozenset({"multiprocessing", "multiprocess"})


def call(flow: "Flow", site: Site, scope: Scope, value: Value) -> None:
    """Call something outside of the program."""
    dotted: str = value.what if value.kind == FOREIGN else f"{value.what}()"
    site.foreign.add(dotted)
    if value.origin is None:
        key = f"call {dotted} {site.result}"
        if key in site.given:
            return
        site.given.add(key)
    if dotted in flow.library.explicit:
        flow.graph.add(site.result, flow.values.get(GENERATOR, None, site.node))
        return
    library = flow.library_name(dotted)
    if library is not None:
        if library in flow.library.getters:
            flow.graph.add(site.result, flow.values.get(GENERATOR, None, site.node))
        elif library in flow.library.draws:
            site.drawn.add(library)
            for node in site.arguments.all():
                flow.graph.edge(node, site.result)
        return
    if dotted in _STARTING:
        _start(flow, site, _written_texts(site))
    special = _SPECIAL.get(dotted)
    if special is not None:
        special(flow, site, scope)
        return
    if dotted in _WRAPPING:
        for node in site.arguments.all():
            calls.hand_over(flow, node, site.node, scope, "unknown", dotted)
    if dotted in HARMLESS or dotted.endswith((".__init_subclass__", ".__setattr__")):
        for node in site.arguments.all():
            flow.graph.watch(node, partial(flow.examine, site.node))
        return
    if value.kind == FOREIGN and value.origin is not None and value.origin.kind == INST:
        _method_of_base(flow, site, value)
    if dotted in PASSING or (
        dotted.rpartition(".")[2] in ("fit", "__enter__", "cast") and dotted.partition(".")[0] in flow.library.roots
    ):
        _pass(flow, site, scope, dotted)
        return
    _give(flow, site, scope, dotted)


def _written_texts(site: Site) -> list[tuple[str, str]]:
    """Beginnings and ends of the names or paths that the arguments of a call may be."""
    found = []
    for argument in site.node.args if isinstance(site.node, ast.Call) else ():
        fixed = [n.value for n in ast.walk(argument) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
        if isinstance(argument, ast.Constant):
            found += [(text, text) for text in fixed]
        else:
            found.append(_pattern(argument) or ("", fixed[-1] if isinstance(argument, (ast.Call, ast.BinOp)) and fixed else ""))
    return found


def _start(flow: "Flow", site: Site, written: list[tuple[str, str]]) -> None:
    """Files of the program that are run where their names or paths are given as texts."""
    for module in flow.index.modules.values():
        names = (module.name, module.path, f"./{module.path}")
        if module is site.unit.module or not any(n.startswith(a) and n.endswith(b) for n in names for a, b in written):
            continue
        units = [module.unit]
        if module.main is not None and not site.foreign.isdisjoint(_AS_MAIN):
            units.append(module.main)
        for unit in units:
            site.ran[unit] = "the name of its file"


def _give(flow: "Flow", site: Site, scope: Scope, dotted: str) -> None:
    """Anything else: functions may be called, and what was given may come back."""

    how = manner(dotted)
    kind = f"{dotted.partition('.')[0]} {_may_call(dotted)} {dotted in HOLDING}"
    if kind in site.given:
        return
    site.given.add(kind)
    nodes = site.arguments.all()
    for node in nodes if _may_call(dotted) else ():
        if how == "now":
            call_now(flow, site, scope, node, [n for n in nodes if n != node], dotted)
        elif how == "thread":
            call_now(flow, site, scope, node, [n for n in nodes if n != node], dotted, noted=False)
            calls.hand_over(flow, node, site.node, scope, how, dotted)
        else:
            calls.hand_over(flow, node, site.node, scope, how, dotted)
        if (dotted.partition(".")[0] not in NUMERIC and dotted not in BUILTINS) or dotted in HOLDING:
            flow.graph.watch_callable(node, partial(_back, flow, site))
    if dotted.partition(".")[0] in ("pickle", "dill", "cloudpickle", "eval", "exec", "__import__", "shelve"):
        flow.graph.add(site.result, ANYTHING)
    else:
        flow.graph.add(site.result, flow.values.get(MADE, maker(dotted)))
        if dotted.startswith("importlib."):
            flow.graph.add(site.result, ANYTHING)


def _may_call(dotted: str) -> bool:
    """Whether a foreign callable may call, or keep, what it is given."""
    parts = dotted.replace("()", "").split(".")
    if len(parts) == 1 and parts[0] in BUILTINS:
        return False
    return parts[0] not in NUMERIC or parts[-1] in CALLING or (parts[0] == "scipy" and parts[1] in CALLING)


def maker(dotted: str) -> str:
    """What an object says of its origin; long chains are cut, the package stays."""
    plain = dotted.replace("()", "")
    root = plain.partition(".")[0]
    if plain == "scipy.stats.gaussian_kde":
        return "numpy.kde"
    if root in NUMERIC or (root in BUILTINS and root not in ("open", "type", "object", "super", "property")):
        return "numpy.array"
    if root in LIBRARY_ROOTS:
        known = next((part for part in plain.split(".") if part in API_NAMES), None)
        return f"{root}.{known}" if known else f"{root}.any"
    if root in THREAD_PACKAGES and any(word in plain for word in ("ProcessPool", "ThreadPool", "dummy")):
        return f"{root}.{'ProcessPool' if 'ProcessPool' in plain else 'ThreadPool'}"
    return plain if "." not in plain else root


def _back(flow: "Flow", site: Site, value: Value) -> None:
    """Containers and objects that were given may be returned; plain texts are not."""
    if value.kind in (CONTAINER, INST, FUNC, BOUND, CLASS, PARTIAL, UNKNOWN, GENERATOR):
        flow.graph.add(site.result, value)


def call_now(
    flow: "Flow", site: Site, scope: Scope, node: int | None, others: list[int], to: str, noted: bool = True, whole: bool = True
) -> None:
    """A foreign callable that may call what it is given there and then, with parts of what else it is given.

    What the function returns may be among the results of the callable or, if `whole`, be its result.
    """
    if node is None:
        return
    seen: set[int] = set()

    def handed(value: Value) -> None:

        if value.kind in (FUNC, BOUND, CLASS, PARTIAL):
            if noted:
                flow.escape(value, site.node, scope, "now", to)
            key = "run", value.what, *others, whole, site.result
            if key in site.given:
                return
            site.given.add(key)
            unit, receiver = calls.as_function(flow, value)
            if value.kind == PARTIAL:
                calls.call_partial(flow, replace(site, result=_inside(flow, site, value.what)), scope, value)
                if whole:
                    calls.call_partial(flow, site, scope, value)
            elif unit is not None:
                site.ran[unit] = to
                _fill(flow, unit, receiver, others, scope, site)
                if whole:
                    flow.graph.edge(flow.returned(unit), site.result)
                flow.graph.edge(flow.returned(unit), _inside(flow, site, unit))
            if value.kind == CLASS:
                made = flow.graph.holding(flow.values.get(INST, value.what))
                if whole:
                    flow.graph.edge(made, site.result)
                flow.graph.edge(made, _inside(flow, site, value.what.node))
        elif value.kind in (INST, GENERATOR):
            if noted:
                flow.escape(value, site.node, scope, "now", to)
            if value.kind == INST:
                _dunders(flow, site, value)
                unit, receiver = calls.as_function(flow, value)
                if unit is not None:  # no name stands there that a partial could be put around
                    site.ran[unit] = "operator"
                    _fill(flow, unit, receiver, others, scope, site)
                    flow.graph.edge(flow.returned(unit), site.result)
                    flow.graph.edge(flow.returned(unit), _inside(flow, site, unit))
        elif value.kind == CONTAINER and value.what not in seen:
            seen.add(value.what)
            flow.graph.watch_callable(value.what, handed)

    flow.graph.watch_callable(node, handed)


def _inside(flow: "Flow", site: Site, key: object) -> int:
    """The elements of what a mapping function returns; of one call they are one, however often its arguments come back to it."""
    elements = flow.field(site.node, "results")
    flow.graph.add(site.result, flow.values.get(CONTAINER, elements, site.node))
    return elements


def _dunders(flow: "Flow", site: Site, value: Value) -> None:
    """Foreign code that has an object may use its operators."""
    key = f"operators {id(value.what)}"
    if key in site.given:
        return
    site.given.add(key)
    for cls in value.what.mro():
        for variable in cls.scope.names.values():
            if variable.name.startswith("__") and variable.name not in _NOT_OPERATORS:
                for kind, node in variable.bindings:
                    unit = flow.index.unit_of.get(node) if kind == "def" else None
                    if unit is not None:
                        site.ran[unit] = "operator"
                        flow.graph.edge(flow.returned(unit), site.result)


_NOT_OPERATORS = frozenset(
    ["__init__", "__new__", "__init_subclass__", "__enter__", "__exit__", "__post_init__", "__call__", "__del__"]
)


def _fill(flow: "Flow", unit: Unit, receiver: Value | None, others: list[int], scope: Scope, site: Site) -> None:
    """The parameters of a function that foreign code calls: parts of what it was given, or its own values."""
    args = unit.args
    key = "fill", unit, receiver, *others
    if args is None or key in site.given:
        return
    site.given.add(key)
    parameters = [*args.posonlyargs, *args.args, *args.kwonlyargs]
    if receiver is not None and parameters:
        flow.graph.add(flow.parameter(unit, parameters[0].arg), receiver)
        parameters = parameters[1:]
    nodes = [flow.parameter(unit, a.arg) for a in parameters]
    nodes += [flow.elements(a) for a in (args.vararg, args.kwarg) if a is not None]
    made = flow.values.get(MADE, "numpy.array")
    for target in nodes:
        flow.graph.add(target, made)
        for other in others:
            flow.graph.edge(other, target)
            flow.iterate(other, target, site.node, scope)


def _method_of_base(flow: "Flow", site: Site, value: Value) -> None:
    """A method that a base outside of the program has may call what a class of the program overrides."""
    key = f"base {id(value.origin.what)} {value.what}"
    if key in site.given or str(value.what).startswith("object()"):
        return
    site.given.add(key)
    root = _root(str(value.what))
    like = (c for c in flow.index.classes if any(_root(base) == root for base in c.foreign))
    classes = [value.origin.what] if value.origin is not MANY_OBJECTS else list(like)
    for cls in classes:
        quiet = all(base in QUIET_BASES and not base.endswith("TestCase") for base in cls.all_foreign())
        for base in {*cls.mro(), *(cls.descendants() if value.origin is MANY_OBJECTS else ())}:
            for variable in base.scope.names.values():
                for kind, node in variable.bindings:
                    unit = flow.index.unit_of.get(node) if kind == "def" else None
                    if unit is not None and unit.name != "__init__" and (not quiet or unit.name.endswith("__")):
                        site.ran[unit] = str(value.what)


def _root(dotted: str) -> str:
    return dotted.partition(".")[0].partition("(")[0]


def _pass(flow: "Flow", site: Site, scope: Scope, dotted: str) -> None:
    """Builtins and the like whose result holds what they were given."""

    elements = flow.graph.new()
    called = None
    if dotted in ("sorted", "min", "max"):
        called = next((n for k, n in site.arguments.keywords if k == "key"), None)
    if dotted in ("collections.defaultdict",) and site.arguments.positional:
        called = site.arguments.positional[0][0]
    if dotted == "dataclasses.field":  # the factory is called where an object is made
        for _, node in site.arguments.keywords:
            calls.hand_over(flow, node, site.node, scope, "unknown", dotted)
    nodes = [n for n in site.arguments.all() if n != called]
    for node in nodes:
        flow.iterate(node, elements, site.node, scope)
    if called is not None:
        call_now(flow, site, scope, called, [elements], dotted)
    if dotted in ("next", "min", "max", "random.choice", "sum", "any", "all"):
        flow.graph.edge(elements, site.result)
        for node in nodes:
            flow.graph.edge(node, site.result)
    elif (
        dotted in ("copy.copy", "typing.cast", "dataclasses.replace", "itertools.repeat")
        or dotted.partition(".")[0] in flow.library.roots
    ):
        for node in nodes:
            flow.graph.edge(node, site.result)
        flow.graph.add(site.result, flow.values.get(MADE, maker(dotted)))
    else:
        if dotted in ("itertools.repeat", "dict", "types.SimpleNamespace"):
            for node in nodes:
                flow.graph.edge(node, elements)
        flow.graph.add(site.result, flow.values.get(CONTAINER, elements, site.node))
    if dotted in ("list", "tuple", "sorted", "set", "next", "sum", "min", "max", "any", "all"):
        return
    if dotted == "types.SimpleNamespace":
        for name, node in site.arguments.keywords:
            flow.graph.edge(node, flow.by_name(name))
        flow.graph.add(site.result, ANYTHING)


# Builtins with a meaning of their own


def _partial(flow: "Flow", site: Site, scope: Scope) -> None:
    positional = site.arguments.positional
    if not positional or positional[0][0] is None:
        return
    given = replace(site.arguments, positional=positional[1:])
    flow.partials[site.node] = (positional[0][0], given)

    def held(value: Value) -> None:
        flow.reached.setdefault(value, {})[site] = None
        site.makes.setdefault(("partial", value), set()).add(value)

    flow.graph.watch(positional[0][0], held)
    flow.graph.add(site.result, flow.values.get(PARTIAL, site.node))


def _getattr(flow: "Flow", site: Site, scope: Scope) -> None:

    if not isinstance(site.node, ast.Call) or len(site.arguments.positional) < 2:
        return
    owner, name = site.arguments.positional[0][0], site.arguments.positional[1][0]
    for node in [n for n, _ in site.arguments.positional[2:]]:
        flow.graph.edge(node, site.result)
    written = site.node.args[1]
    pattern = _pattern(written)
    if owner is None:
        return
    if pattern is not None:
        flow.graph.watch(owner, partial(_by_pattern, flow, site, scope, pattern))
    elif name is None:
        flow.graph.watch(owner, partial(_by_pattern, flow, site, scope, ("", "")))
    else:

        def named(text: Value) -> None:
            if text.kind == TEXT and text is not MANY_TEXTS:
                node = site.node
                assert isinstance(node, ast.Call)
                flow.graph.watch(owner, partial(attributes.load, flow, node, text.what, scope, site.result))
            elif text.kind in (TEXT, UNKNOWN, MADE):
                flow.graph.watch(owner, partial(_by_pattern, flow, site, scope, ("", "")))

        flow.graph.watch(name, named)


def _pattern(node: ast.expr) -> tuple[str, str] | None:
    """The fixed beginning and end of a text that is put together."""
    if isinstance(node, ast.JoinedStr):
        parts = [p.value if isinstance(p, ast.Constant) else None for p in node.values]
        first = parts[0] if parts and isinstance(parts[0], str) else ""
        last = parts[-1] if len(parts) > 1 and isinstance(parts[-1], str) else ""
        return first, last
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mod)):
        left = node.left.value if isinstance(node.left, ast.Constant) and isinstance(node.left.value, str) else ""
        right = node.right.value if isinstance(node.right, ast.Constant) and isinstance(node.right.value, str) else ""
        return (left.partition("%")[0], left.rpartition("%")[2][1:]) if isinstance(node.op, ast.Mod) else (left, right)
    return None


def _by_pattern(flow: "Flow", site: Site, scope: Scope, pattern: tuple[str, str], owner: Value) -> None:
    """Any attribute whose name fits."""

    names: set[str] = set()
    if owner.kind in (INST, CLASS):
        names = {v.name for c in owner.what.mro() for v in c.scope.names.values()}
        names |= {outside for outside, inside in flow.private.items() if inside in names and outside.startswith(pattern[0])}
    elif owner.kind == "module":
        names = set(owner.what.scope.names)
        if pattern == ("", ""):
            owner.what.dynamic = True
    elif owner.kind == GENERATOR:
        flow.graph.add(site.result, flow.values.get(PART, "any", site.node))
    elif owner.kind in (UNKNOWN, MADE, FOREIGN):
        flow.graph.add(site.result, ANYTHING if owner.kind == UNKNOWN else flow.values.get(MADE, owner.what))
        if owner.kind == UNKNOWN and pattern != ("", ""):
            names = {n for n in flow._methods if n.startswith(pattern[0]) and n.endswith(pattern[1])}
    assert isinstance(site.node, ast.Call)
    for name in sorted(names):
        if name.startswith(pattern[0]) and name.endswith(pattern[1]) and (pattern != ("", "") or not name.startswith("__")):
            attributes.load(flow, site.node, name, scope, site.result, owner)


def _setattr(flow: "Flow", site: Site, scope: Scope) -> None:

    if len(site.arguments.positional) == 3:
        calls.hand_over(flow, site.arguments.positional[2][0], site.node, scope, "unknown", "setattr")
        flow.graph.edge(site.arguments.positional[2][0], flow.by_name("*"))


def _super(flow: "Flow", site: Site, scope: Scope) -> None:
    found: Scope | None = scope
    while found is not None and (found.kind != "function" or found.unit.cls is None):
        found = found.parent
    if found is None or not found.unit.parameters():
        return
    cls = found.unit.cls
    own = flow.parameter(found.unit, found.unit.parameters()[0].arg)

    def received(value: Value) -> None:
        if value.kind in (INST, CLASS):
            flow.graph.add(site.result, flow.values.get(SUPER, (cls, value)))

    flow.graph.watch(own, received)


def _type(flow: "Flow", site: Site, scope: Scope) -> None:
    if len(site.arguments.positional) == 1:

        def typed(value: Value) -> None:
            if value.kind == INST:
                flow.graph.add(site.result, flow.values.get(CLASS, value.what, site.node))
            elif value.kind in (MADE, UNKNOWN):
                flow.graph.add(site.result, value)

        flow.graph.watch(site.arguments.positional[0][0], typed)
    elif site.arguments.positional:
        _give(flow, site, scope, "type")
        for node in site.arguments.all():
            calls.hand_over(flow, node, site.node, scope, "unknown", "type")


def _globals(flow: "Flow", site: Site, scope: Scope) -> None:
    flow.graph.add(site.result, flow.values.get(NAMES, scope.module))


def _locals(flow: "Flow", site: Site, scope: Scope) -> None:
    if site.foreign & {"vars", "dir"} and site.arguments.positional:
        calls.hand_over(flow, site.arguments.positional[0][0], site.node, scope, "copied", "vars")
        flow.graph.watch(site.arguments.positional[0][0], partial(_names_of, flow, site, scope))
        return
    flow.looked_at.setdefault(scope.unit, site.node)
    if scope.unit is scope.module.unit:
        flow.graph.add(site.result, flow.values.get(NAMES, scope.module))


def _names_of(flow: "Flow", site: Site, scope: Scope, value: Value) -> None:
    if value.kind == CLASS and "vars" in site.foreign:
        attributes.load(flow, site.node, "__dict__", scope, site.result, value)  # type: ignore[arg-type]
    else:
        flow.graph.add(site.result, flow.values.get(NAMES, value.what) if value.kind == "module" else ANYTHING)


def _evaluate(flow: "Flow", site: Site, scope: Scope) -> None:
    """Code in a text: anything of the module may be used."""
    flow.looked_at.setdefault(scope.unit, site.node)
    scope.module.dynamic = True
    site.is_unknown = True
    flow.graph.add(site.result, ANYTHING)
    inner = [n.value for a in getattr(site.node, "args", ()) for n in ast.walk(a) if isinstance(n, ast.Constant)]
    _start(flow, site, [(text, text) for text in inner if isinstance(text, str) and text.endswith(".py")])


def _members(flow: "Flow", site: Site, scope: Scope) -> None:
    """``inspect.getmembers``: pairs of names and of all that an object has."""
    pairs = flow.graph.new()
    flow.graph.edge(flow.container(site.node, [pairs]), site.result)
    members = flow.graph.new()
    flow.graph.add(members, MANY_TEXTS)
    flow.graph.edge(flow.container(site.node, [members]), pairs)
    for owner in [n for n, _ in site.arguments.positional[:1] if n is not None]:
        flow.graph.watch(owner, partial(attributes.all_of, flow, site.node, scope, members))


def _map(flow: "Flow", site: Site, scope: Scope) -> None:
    positional = [n for n, _ in site.arguments.positional]
    others = [n for n in positional[1:] if n is not None]
    name = min(
        site.foreign
        & {
            "map",
            "filter",
            "functools.reduce",
            "itertools.starmap",
            "itertools.filterfalse",
            "itertools.accumulate",
            "itertools.groupby",
            "itertools.takewhile",
            "itertools.dropwhile",
        }
    )
    function = positional[0] if positional else None
    if name in ("itertools.accumulate", "itertools.groupby") and len(positional) > 1:
        function, others = positional[1], [n for n in positional[:1] if n is not None]
    if function is not None:
        call_now(flow, site, scope, function, others, name, whole=name == "functools.reduce")
    elements = flow.field(site, "results")
    flow.graph.add(site.result, flow.values.get(CONTAINER, elements, site.node))
    if name != "map":
        for node in others:
            flow.iterate(node, elements, site.node, scope)
            flow.iterate(node, site.result, site.node, scope)


def _iter_names(flow: "Flow", site: Site, scope: Scope) -> None:
    """The last argument of `isinstance` and the like is not called."""


_SPECIAL = MappingProxyType(
    {
        "functools.partial": _partial,
        "functools.partialmethod": _partial,
        "getattr": _getattr,
        "operator.attrgetter": _iter_names,
        "setattr": _setattr,
        "super": _super,
        "type": _type,
        "globals": _globals,
        "locals": _locals,
        "vars": _locals,
        "dir": _locals,
        "inspect.getmembers": _members,
        "inspect.getmembers_static": _members,
        "eval": _evaluate,
        "exec": _evaluate,
        "map": _map,
        "filter": _map,
        "functools.reduce": _map,
        "itertools.starmap": _map,
        "itertools.filterfalse": _map,
        "itertools.accumulate": _map,
        "itertools.groupby": _map,
        "itertools.takewhile": _map,
        "itertools.dropwhile": _map,
    }
)
