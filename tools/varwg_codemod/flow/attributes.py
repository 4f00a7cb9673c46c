"""What attributes and items of values are, and what is stored in them."""

import ast
import sys
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from varwg_codemod.flow import calls, foreign
from varwg_codemod.flow.sites import Arguments
from varwg_codemod.flow.values import (
    ANYTHING,
    CLASS,
    CONTAINER,
    FOREIGN,
    FUNC,
    GENERATOR,
    INST,
    MADE,
    MANY_TEXTS,
    MEMBER,
    MODULE,
    NAMES,
    PART,
    PROPERTY,
    SUPER,
    TEXT,
    UNKNOWN,
    Value,
)
from varwg_codemod.index import Class, Scope, Unit, Variable
from varwg_codemod.library import (
    API_NAMES,
    CALLING,
    COMMON_METHODS,
    DATA_MODULES,
    KEEPING,
    LIBRARY_ROOTS,
    NAMELESS_BASES,
    NUMERIC,
    RUNNING_TESTS,
    THREAD_PACKAGES,
    Library,
)

if TYPE_CHECKING:
    from varwg_codemod.flow.build import Flow

_MOST_CLASSES = 24
_MOST_DOTS = 3  # of what imports name and is handed around; an attribute of an attribute of ... would never end


def load(flow: "Flow", node: ast.expr, name: str, scope: Scope, target: int, owner: Value) -> None:
    """Let the attribute of a value reach a node."""
    loader = _LOADERS.get(owner.kind)
    if loader is not None:
        loader(flow, node, flow.private.get(name, name), scope, target, owner)


def all_of(flow: "Flow", node: ast.AST, scope: Scope, target: int, owner: Value) -> None:
    """Let all attributes of a value that are looked up at once reach a node."""
    if owner.kind == MODULE:
        owner.what.dynamic = True
        flow.graph.add(target, ANYTHING)
    elif owner.kind in (INST, CLASS):
        for name in sorted({v.name for cls in owner.what.mro() for v in cls.scope.names.values()}):
            if not name.startswith("__"):
                load(flow, node, name, scope, target, owner)  # type: ignore[arg-type]
    elif owner.kind == UNKNOWN:
        flow.graph.add(target, ANYTHING)


def _of_instance(flow: "Flow", node: ast.expr, name: str, scope: Scope, target: int, owner: Value) -> None:
    cls: Class = owner.what
    flow.graph.edge(flow.field(cls, name), target)
    if name == "__class__":
        flow.graph.add(target, flow.values.get(CLASS, cls, node))
        return
    variable = cls.attribute(name)
    if variable is not None:
        flow.graph.watch(flow.variable(variable), partial(_class_member, flow, node, scope, target, owner))
    elif cls.all_foreign():
        inherited(flow, node, name, target, owner)
    for hook in ("__getattribute__", "__getattr__")[: 1 if variable is not None else 2]:
        if not name.startswith("__") and cls.attribute(hook) is not None and (owner, hook, target) not in flow.hooked:
            flow.hooked.add((owner, hook, target))
            lookup = _Lookup(flow, hook, name)
            is_followed = all(lookup.follow(c.scope.names[hook]) for c in cls.mro() if hook in c.scope.names)
            result = flow.implicit(node, scope, owner, hook, [flow.text(name)]) if lookup.works or not is_followed else None
            if not is_followed:
                flow.graph.edge(result, target)
                flow.graph.add(target, ANYTHING)
                continue
            for value in lookup.values:
                flow.graph.edge(value, target)
            for other in lookup.others:
                flow.graph.watch(other, partial(load, flow, node, name, scope, target))


class _Lookup:
    """What hooks such as ``__getattr__`` give for one name, if they only look it up in other objects."""

    def __init__(self, flow: "Flow", hook: str, name: str) -> None:
        self._flow, self._hook, self._name = flow, hook, name
        self.others: list[int] = []  # objects in which the name is looked up
        self.values: list[int] = []  # what is returned for this name
        self.works = False  # whether it does anything else for this name

    def follow(self, variable: Variable) -> bool:
        """Whether a hook is of that kind; note what it gives."""
        unit = self._flow.index.unit_of.get(variable.bindings[0][1]) if len(variable.bindings) == 1 else None
        if unit is None or unit.kind != "function" or len(unit.parameters()) != 2 or unit.children or unit.is_generator:
            return False
        self._asked = unit.parameters()[1].arg
        stored = [n for n in ast.walk(unit.node) if _is_name(n, self._asked) and not isinstance(n.ctx, ast.Load)]  # type: ignore[attr-defined]
        return not stored and not getattr(unit.node, "decorator_list", ()) and self._block(unit.body, unit)

    def _block(self, body: list[ast.stmt], unit: Unit) -> bool:
        for statement in body:
            if isinstance(statement, ast.If):
                named = self._names(statement.test)
                self.works |= not named
                if (not named or self._name in named) and not self._block(statement.body, unit):
                    return False
                if not self._block(statement.orelse, unit):
                    return False
            elif isinstance(statement, ast.Return):
                if statement.value is not None and not self._returned(statement.value, unit):
                    return False
            elif any(isinstance(n, ast.Return) for n in ast.walk(statement)):
                return False
            elif not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
                self.works = True
        return True

    def _names(self, test: ast.expr) -> list[object]:
        """The only names for which a condition may hold; none if it may hold for any."""
        for part in test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]:
            if isinstance(part, ast.Compare) and _is_name(part.left, self._asked) and isinstance(part.ops[0], ast.Eq):
                right = part.comparators[0]
                return [right.value] if len(part.ops) == 1 and isinstance(right, ast.Constant) else []
        return []

    def _returned(self, value: ast.expr, unit: Unit) -> bool:
        if _is_chain(value) and not _is_name(value, self._asked):
            self.works |= isinstance(value, ast.Attribute)
            self.values.append(self._flow.delegate(unit, value))
            return True
        if not isinstance(value, ast.Call) or value.keywords or not value.args or not _is_name(value.args[-1], self._asked):
            return False
        func, given = value.func, value.args[:-1]
        if isinstance(func, ast.Attribute) and func.attr == self._hook == "__getattribute__":
            base = self._flow.index.resolve(func.value, unit.scope)
            return base == "super()" if not given else isinstance(base, Class) or base == "object"
        if self._flow.index.resolve(func, unit.scope) == "getattr" and len(given) == 1 and _is_chain(given[0]):
            self.works |= isinstance(given[0], ast.Attribute)
            self.others.append(self._flow.delegate(unit, given[0]))
            return True
        return False


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _is_chain(node: ast.expr) -> bool:
    """Whether an expression is a name, or an attribute of an attribute of one."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def inherited(flow: "Flow", node: ast.expr, name: str, target: int, owner: Value) -> None:
    """An attribute that a base outside of the program has; a method of it may call what the class overrides."""
    for base in owner.what.all_foreign():
        if not name.startswith("__") and (base in NAMELESS_BASES or _is_missing(base, name)):
            continue
        shown = name if name.startswith("__") or name in flow.library.foreign_methods else "any"
        calls_back = name.startswith("__") or _may_call_back(base, name)
        flow.graph.add(target, flow.values.get(FOREIGN, f"{base}().{shown}", owner if calls_back else None))


def _is_missing(base: str, name: str) -> bool:
    """Whether a class of the standard library is known not to have an attribute of its own by some name."""
    kind = _standard_class(base)
    return kind is not None and name != "data" and not hasattr(kind, name) and not hasattr(kind, "__getattr__")


def _standard_class(base: str) -> type | None:
    module, _, kind = base.rpartition(".")
    if module and (module.partition(".")[0] not in sys.stdlib_module_names or module not in sys.modules):
        return None
    found = getattr(sys.modules[module or "builtins"], kind, None)
    return found if isinstance(found, type) else None


def _may_call_back(base: str, name: str) -> bool:
    """Whether an attribute of a base may be a method that calls others of the object, as far as the base is known."""
    if base.endswith("TestCase"):
        return name in RUNNING_TESTS
    kind = _standard_class(base)
    return kind is None or callable(getattr(kind, name, None))


def _class_member(flow: "Flow", node: ast.expr, scope: Scope, target: int, owner: Value, value: Value) -> None:
    if value.kind == PROPERTY or (value.kind == FUNC and value.what.is_property):
        site = flow.site(node, scope, is_call=False)
        calls.bind(flow, site, value.what, value, owner)
        flow.graph.edge(site.result, target)
    elif value.kind == FUNC and value.origin is None:
        if value.what.is_static:
            flow.graph.add(target, flow.values.get(FUNC, value.what, node))
        else:
            receiver = flow.values.get(CLASS, owner.what) if value.what.is_class_method else owner
            flow.graph.add(target, flow.bound(value.what, receiver, node))
    elif value.kind == CLASS and value.origin is None:
        flow.graph.add(target, flow.values.get(CLASS, value.what, node))
    else:
        if value.kind == INST and value.what.attribute("__get__") is not None:
            flow.graph.edge(flow.implicit(node, scope, value, "__get__"), target)
            flow.graph.add(target, ANYTHING)
        flow.named(target, node, value)


def _of_class(flow: "Flow", node: ast.expr, name: str, scope: Scope, target: int, owner: Value) -> None:
    cls: Class = owner.what
    if owner.origin is not None and owner.origin is not getattr(node, "value", None):
        flow.examine(node, owner)
    variable = cls.attribute(name)
    flow.graph.edge(flow.field(cls, name), target)
    if name == "__subclasses__":
        found = [flow.graph.holding(flow.values.get(CLASS, heir, node)) for heir in cls.descendants()[1:]]
        flow.graph.add(target, flow.values.get(MEMBER, (flow.values.get(CONTAINER, flow.holder(found), node), "copy")))
    elif name == "__name__":
        flow.graph.edge(flow.text(cls.name), target)
    elif name == "__dict__":
        members = flow.graph.new()
        flow.graph.add(members, MANY_TEXTS)
        flow.graph.edge(flow.container(node, [members]), target)
        all_of(flow, node, scope, members, owner)
    elif variable is None:
        if cls.all_foreign():
            inherited(flow, node, name, target, owner)
        return
    else:
        if _is_enumeration(cls) and variable.kinds == {"assign"}:
            flow.graph.add(target, flow.values.get(INST, cls))

        def member(value: Value) -> None:
            if value.kind == FUNC and value.origin is None and value.what.is_class_method:
                flow.graph.add(target, flow.bound(value.what, owner, node))
            else:
                flow.named(target, node, value)

        flow.graph.watch(flow.variable(variable), member)


def _is_enumeration(cls: Class) -> bool:
    return any(base.startswith("enum.") for base in cls.all_foreign())


def _of_names(flow: "Flow", node: ast.expr, name: str, scope: Scope, target: int, owner: Value) -> None:
    """A method of globals(), by which any of them may be reached."""
    owner.what.dynamic = True
    flow.graph.add(target, ANYTHING)


def _of_super(flow: "Flow", node: ast.expr, name: str, scope: Scope, target: int, owner: Value) -> None:
    cls, receiver = owner.what
    mro = receiver.what.mro()
    rest = mro[mro.index(cls) + 1 :] if cls in mro else []
    found = next((c.scope.names[name] for c in rest if name in c.scope.names), None)
    if found is None:
        for base in receiver.what.all_foreign() or ["object"]:
            flow.graph.add(target, flow.values.get(FOREIGN, f"{base}.{name}" if base != "?" else f"?.{name}"))
        return
    flow.graph.watch(flow.variable(found), partial(_class_member, flow, node, scope, target, receiver))


def _of_module(flow: "Flow", node: ast.expr, name: str, scope: Scope, target: int, owner: Value) -> None:
    module = owner.what
    if module.name.partition(".")[0] in flow.library.roots and name in flow.library.old_names:
        flow.named(target, node, flow.values.get(FOREIGN, f"{module.name}.{name}"))
        return
    if name == "__dict__":
        flow.graph.add(target, flow.values.get(NAMES, module))
        return
    variable = module.scope.names.get(name) or flow.index.star_source(name, module)
    inner = flow.index.module(f"{module.name}.{name}", module) if variable is None or module.is_package else None
    if variable is not None:
        variable.loads.append((node, scope))
        flow.graph.watch(flow.variable(variable), partial(flow.named, target, node))
    elif inner is None:
        flow.graph.add(target, flow.elsewhere(module, name))
    if inner is not None:
        flow.graph.add(target, flow.values.get(MODULE, inner))


def _of_foreign(flow: "Flow", node: ast.expr, name: str, scope: Scope, target: int, owner: Value) -> None:
    plain: str = owner.what
    by_path = plain.count(".") < _MOST_DOTS or plain.partition(".")[0] in LIBRARY_ROOTS or _is_path(node, scope)
    if owner.kind == FOREIGN and "(" not in plain and by_path:
        dotted = f"{plain}.{name}"
        # A module of the library's own sources is reached through its package.
        inner = flow.index.module(dotted, scope.module)
        if inner is not None and flow.library_name(dotted) is None:
            flow.graph.add(target, flow.values.get(MODULE, inner))
            return
    else:
        dotted = _of_object(plain, name, flow.library)
    flow.named(target, node, flow.values.get(FOREIGN, dotted, None if dotted.startswith("object()") else owner.origin))


def _is_path(node: ast.expr, scope: Scope) -> bool:
    """Whether an attribute is looked up in what imports name, not in an object that was handed around."""
    base: ast.expr = node
    while isinstance(base, ast.Attribute):
        base = base.value
    variable = scope.lookup(base.id) if isinstance(base, ast.Name) else None
    return isinstance(base, ast.Name) and (variable is None or "import" in variable.kinds)


def _of_object(maker: str, name: str, library: Library) -> str:
    """What matters of a method of a foreign object: of which package it is, and the few names that are of interest."""
    parts = maker.replace("()", "").split(".")
    if parts[0] in NUMERIC and parts[-1] != "impossible" and name in library.foreign_methods:
        return f"numpy.array().{'resample_kde' if name == 'resample' and parts[-1] == 'kde' else name}"
    if parts[0] in LIBRARY_ROOTS:
        known = next((part for part in parts if part in API_NAMES), None)
        return f"{parts[0]}.{known}().{name}" if known else f"{parts[0]}.any().any"
    if parts[-1] == "impossible" and name not in CALLING:
        return f"numpy.array().impossible{f'_{name}' if name in library.foreign_methods else ''}"
    if parts[0] in NUMERIC:
        return f"numpy.array().{name if name in CALLING else 'any' if name in COMMON_METHODS else 'impossible'}"
    if parts[0] in DATA_MODULES and name not in KEEPING:
        return "numpy.array().any"
    owner = maker if parts[0] in THREAD_PACKAGES and len(parts) == 2 else parts[0]
    return f"{owner}().{name if parts[0] in THREAD_PACKAGES or parts[0] == 'importlib' else 'any'}"


def _of_generator(flow: "Flow", node: ast.expr, name: str, scope: Scope, target: int, owner: Value) -> None:
    flow.graph.add(target, flow.values.get(PART, name, node))
    if flow.library.module and name not in flow.library.known and owner.origin is not None:
        flow.odd.add(owner.origin)


def _of_part(flow: "Flow", node: ast.expr, name: str, scope: Scope, target: int, owner: Value) -> None:
    if owner.what == "bit_generator":
        flow.graph.add(target, flow.values.get(PART, name, node))


def _of_container(flow: "Flow", node: ast.expr, name: str, scope: Scope, target: int, owner: Value) -> None:
    if name not in calls.MEMBERS:
        return
    if node not in flow.called and name in calls.SAME:  # what it returns when it is called
        flow.graph.add(target, owner)
        return
    if node not in flow.called:  # kept for later: of any container
        owner = flow.graph.any_with(owner)
    flow.graph.add(target, flow.values.get(MEMBER, (owner, name)))


def _of_unknown(flow: "Flow", node: ast.expr, name: str, scope: Scope, target: int, owner: Value) -> None:
    flow.graph.add(target, ANYTHING)
    flow.graph.edge(flow.by_name(name), target)
    found = flow.defined(name) if not name.startswith("__") else []
    if not found:
        return
    if name in COMMON_METHODS or len(found) > _MOST_CLASSES:
        flow.vague.setdefault(name, []).append((node, flow.unit_at(scope, node)))
        return
    flow.maybe.add(node)
    for cls, variable in found:
        for heir in cls.descendants():
            if heir.attribute(name) is variable:
                receiver = flow.values.get(INST, heir)
                flow.graph.watch(flow.variable(variable), partial(_class_member, flow, node, scope, target, receiver))


def _of_function(flow: "Flow", node: ast.expr, name: str, scope: Scope, target: int, owner: Value) -> None:
    if owner.origin is not None and owner.origin is not getattr(node, "value", None):
        flow.examine(node, owner)
    if not name.startswith("__"):
        flow.graph.edge(flow.field(owner.what, name), target)
    elif name in ("__code__", "__defaults__", "__kwdefaults__", "__signature__", "__wrapped__"):
        flow.escape(owner, node, scope, "unknown", name)


def _of_property(flow: "Flow", node: ast.expr, name: str, scope: Scope, target: int, owner: Value) -> None:
    flow.graph.add(target, owner)


def _of_text(flow: "Flow", node: ast.expr, name: str, scope: Scope, target: int, owner: Value) -> None:
    """A method that makes another text, or something else to which nobody gives functions."""
    flow.graph.add(target, flow.values.get(FOREIGN, "numpy.array().any"))


_LOADERS = MappingProxyType(
    {
        INST: _of_instance,
        CLASS: _of_class,
        SUPER: _of_super,
        MODULE: _of_module,
        NAMES: _of_names,
        FOREIGN: _of_foreign,
        MADE: _of_foreign,
        GENERATOR: _of_generator,
        PART: _of_part,
        CONTAINER: _of_container,
        UNKNOWN: _of_unknown,
        FUNC: _of_function,
        PROPERTY: _of_property,
        TEXT: _of_text,
    }
)


def store(flow: "Flow", target: ast.Attribute, scope: Scope, value: int | None, owner: Value) -> None:
    """Let a value reach the attribute of another."""
    name = flow.private.get(target.attr, target.attr)
    if owner.kind == INST:
        setter = next((c.setters[name] for c in owner.what.mro() if name in c.setters), None)
        if setter is not None:
            site = flow.site(target, scope, Arguments(((value, False),)), is_call=False)
            calls.bind(flow, site, setter, flow.values.get(FUNC, setter, target), owner)
            return
        flow.implicit(target, scope, owner, "__setattr__")
        flow.graph.edge(value, flow.field(owner.what, name))
    elif owner.kind == CLASS:
        variable = owner.what.scope.names.get(name)
        flow.graph.edge(value, flow.variable(variable) if variable is not None else flow.field(owner.what, name))
        for heir in owner.what.descendants():
            flow.graph.edge(value, flow.field(heir, name))
    elif owner.kind == MODULE:
        if owner.what.name.partition(".")[0] in flow.library.roots and name in flow.library.old_names:
            flow.stores.append((target, flow.unit_at(scope, target), name))
            return
        variable = owner.what.scope.names.get(name)
        if variable is None:
            variable = owner.what.scope.bind(name, "stored", target)
        elif ("stored", target) not in variable.bindings:
            variable.bindings.append(("stored", target))
        flow.graph.edge(value, flow.variable(variable))
    elif owner.kind == FOREIGN and flow.library_name(f"{owner.what}.{name}"):
        flow.stores.append((target, flow.unit_at(scope, target), name))
    elif owner.kind == FUNC:
        flow.graph.edge(value, flow.field(owner.what, name))
    elif owner.kind in (UNKNOWN, MADE, FOREIGN):
        flow.graph.edge(value, flow.by_name(name))
        calls.hand_over(flow, value, target, scope, "unknown", f".{name}")


def load_item(flow: "Flow", node: ast.Subscript, key: int | None, scope: Scope, target: int, owner: Value) -> None:
    """Let an item of a value reach a node."""
    if owner.kind == CONTAINER:
        flow.graph.edge(owner.what, target)
    elif owner.kind == INST:
        found = flow.implicit(node, scope, owner, "__getitem__", [key])
        flow.graph.edge(found, target)
        if owner.what.is_dataclass:
            for cls in owner.what.mro():
                for statement in cls.node.body:
                    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                        flow.graph.edge(flow.field(owner.what, statement.target.id), target)
    elif owner.kind == CLASS:
        _class_item(flow, node, key, scope, target, owner)
    elif owner.kind == NAMES:
        _named_item(flow, node, key, target, owner)
    elif owner.kind == FOREIGN and owner.what == "sys.modules":
        itself = _is_name(node.slice, "__name__")
        text = node.slice.value if isinstance(node.slice, ast.Constant) else ""
        module = scope.module if itself else flow.index.module(str(text), scope.module)
        flow.graph.add(target, flow.values.get(MODULE, module) if module is not None else ANYTHING)
    elif owner.kind in (MADE, UNKNOWN, FOREIGN):
        flow.graph.add(target, owner if owner.kind != FOREIGN else flow.values.get(MADE, foreign.maker(owner.what)))


def _class_item(flow: "Flow", node: ast.Subscript, key: int | None, scope: Scope, target: int, owner: Value) -> None:
    """``Kind[key]``: what the class says itself, or its metaclass; the class with its parameters where neither does."""
    hooks = [owner.what.attribute("__class_getitem__")]
    for cls in owner.what.mro():
        for keyword in cls.node.keywords:
            kind = flow.index.resolve(keyword.value, cls.scope.parent or cls.scope) if keyword.arg == "metaclass" else None
            hooks.append(kind.attribute("__getitem__") if isinstance(kind, Class) else None)
    written = [hook for hook in hooks if hook is not None]
    handed_on = any(_is_name(n, "super") for h in written for _, made in h.bindings for n in ast.walk(made))
    if handed_on or not written:
        flow.graph.add(target, owner)
    site = flow.site(node, scope, Arguments(((key, False),)), is_call=False)
    flow.graph.edge(site.result, target)
    for hook in written:
        flow.graph.watch(flow.variable(hook), partial(calls.method_called, flow, site, owner))


def _named_item(flow: "Flow", node: ast.Subscript, key: int | None, target: int, owner: Value) -> None:
    """An entry of globals(): by its name where that is known, else any."""

    def entry(name: Value) -> None:
        if name.kind == TEXT and name.what is not None:
            variable: Variable | None = owner.what.scope.names.get(name.what)
            if variable is not None:
                flow.graph.watch(flow.variable(variable), partial(flow.named, target, node))
        elif name.kind in (TEXT, UNKNOWN, MADE):
            owner.what.dynamic = True
            flow.graph.add(target, ANYTHING)

    if key is None:
        owner.what.dynamic = True
        flow.graph.add(target, ANYTHING)
    else:
        flow.graph.watch(key, entry)


def store_item(flow: "Flow", target: ast.Subscript, scope: Scope, value: int | None, owner: Value) -> None:
    """Let a value become an item of another."""
    if owner.kind == CONTAINER:
        flow.graph.edge(value, flow.graph.inlet(owner))
    elif owner.kind == INST:
        flow.implicit(target, scope, owner, "__setitem__", [None, value])
        if owner.what.attribute("__setitem__") is None:  # that of `dict`, or another base
            calls.hand_over(flow, value, target, scope, "unknown", "[]")
    elif owner.kind == NAMES:
        owner.what.dynamic = True
    elif owner.kind in (UNKNOWN, MADE, FOREIGN) and not str(owner.what).startswith("numpy.array"):
        calls.hand_over(flow, value, target, scope, "unknown", "[]")
