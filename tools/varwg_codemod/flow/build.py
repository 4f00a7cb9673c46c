"""Builds the graph of values from the trees of a program: statements and expressions."""
# ruff: noqa: N802 - methods are named after the nodes of a tree

import ast
import builtins
from collections.abc import Iterable
from functools import partial
from types import MappingProxyType

from varwg_codemod.flow import attributes, calls
from varwg_codemod.flow.graph import Graph
from varwg_codemod.flow.sites import Arguments, Escape, Site
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
    MANY_TEXTS,
    MODULE,
    NAMES,
    NONE,
    PART,
    PARTIAL,
    PROPERTY,
    TEXT,
    UNKNOWN,
    Value,
    Values,
)
from varwg_codemod.index import Class, Index, Module, Scope, Unit, Variable
from varwg_codemod.library import Library

_TRAVELLING = frozenset({FUNC, CLASS, BOUND, INST, PARTIAL, GENERATOR, PART, PROPERTY})
_BUILTINS = frozenset(dir(builtins))
_CONVERTED = frozenset({"def", "class", "import"})
_MOST_HELD = 50  # values that the graph may hold, by the nodes of the trees; what is less tangled holds less than 30
_MOST_LETTERS = 12  # of a text whose letters are told apart when it is iterated
_OPERATORS = MappingProxyType(
{
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.FloorDiv: "floordiv", ast.Mod: "mod",
    ast.Pow: "pow", ast.MatMult: "matmul", ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor", ast.LShift: "lshift",
    ast.RShift: "rshift", ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge", ast.Eq: "eq", ast.NotEq: "ne",
    ast.In: "contains", ast.NotIn: "contains",
}
)  # fmt: skip


class Flow:
    """Where the values of a program go.

    Attributes
    ----------
    sites
        All places that call.
    escapes
        What is handed to code outside of the program.
    reached
        For each function or class that an expression names, the sites that call it by that expression.
    node_of
        The node of each name, attribute and call that is read.
    vague
        Attributes of objects of unknown type, by name.
    """

    def __init__(self, index: Index, library: Library) -> None:
        self.index = index
        self.library = library
        self.graph = Graph(_MOST_HELD * sum(len(m.source.nodes) for m in index.modules.values()))
        self.values = Values()
        self.sites: list[Site] = []
        self.site_of: dict[ast.AST, list[Site]] = {}
        self.escapes: list[Escape] = []
        self.reached: dict[Value, dict[Site, None]] = {}
        self.node_of: dict[ast.AST, int] = {}
        self.scope_at: dict[ast.AST, Scope] = {}
        self.owner_of: dict[ast.AST, int] = {}  # the node of what an attribute is taken of
        self._fixtures: dict[str, list[Unit]] | None = None
        self.opened: set[Unit] = set()  # functions that nobody in the program calls
        self.vague: dict[str, list[tuple[ast.AST, Unit]]] = {}
        self.maybe: set[ast.AST] = set()
        self.partials: dict[ast.AST, tuple[int, Arguments]] = {}
        self.wrappers: dict[Unit, dict[Unit, None]] = {}  # decorated function -> wrappers around it
        self.cached: dict[Unit, ast.AST] = {}
        self.decorated: dict[Unit, tuple[str, ast.AST]] = {}  # by code outside of the program
        self.looked_at: dict[Unit, ast.AST] = {}  # units that call locals() and the like
        self.stores: list[tuple[ast.AST, Unit, str]] = []  # assignments to names of the library
        self.star_names: list[tuple[ast.AST, Unit, str]] = []
        self.doubtful: list[tuple[ast.AST, Unit, str]] = []  # old names reached in an odd way
        self.examined: dict[Value, ast.AST] = {}  # functions and classes that are compared, or whose attributes are read
        self.dunders = {v.name for c in index.classes for v in c.scope.names.values() if v.name.startswith("__")}
        self._fields: dict[tuple[object, str], int] = {}
        self._by_name: dict[str, int] = {}
        self._returns: dict[Unit, int] = {}
        self._yields: dict[Unit, int] = {}
        self._texts: dict[str, int] = {}
        self._nothing = self.graph.holding(NONE)
        self._anything = self.graph.holding(ANYTHING)
        self.private: dict[str, str] = {}  # names of private attributes as they are outside of their class
        self._methods: dict[str, list[tuple[Class, Variable]]] = {}
        self._defined: dict[str, list[tuple[Class, Variable]]] = {}
        for cls in index.classes:
            for variable in cls.scope.names.values():
                self._methods.setdefault(variable.name, []).append((cls, variable))
                self.private[f"_{cls.name.lstrip('_')}{variable.name}"] = variable.name
        self._escaped: set[tuple[Value, str]] = set()
        self.called: set[ast.AST] = set()  # expressions that are called where they stand
        self.owners: set[ast.AST] = set()  # expressions of which an attribute is taken, or that a name is made to stand for
        self.odd: set[ast.AST] = set()  # expressions for the library's module from which other things than draws are taken later
        self.direct: set[ast.AST] = set()  # expressions that name a drawing function of the library's module
        self._sinks: dict[tuple[str, str], int] = {}
        self._pending_iterations: set[tuple[int, int]] = set()
        self._iterated: set[tuple[Value, int]] = set()
        self.hooked: set[tuple[Value, str, int]] = set()  # objects and nodes for which `__getattr__` was followed

    def run(self) -> None:
        """Build and solve; functions that nobody calls are called by somebody unknown."""
        for module in self.index.modules.values():
            self.statements(module.source.tree.body, module.scope)
        for cls in self.index.classes:
            self._receivers(cls)
        self.graph.solve()
        while True:
            called = {unit for site in self.sites for unit in (*site.targets, *site.ran)}
            fresh = [u for u in self.index.units if u.args is not None and u not in called and u not in self.opened]
            if not fresh:
                return
            for unit in fresh:
                self.opened.add(unit)
                self._open(unit)
            self.graph.solve()

    def _receivers(self, cls: Class) -> None:
        """The first parameters of its methods are objects of the class and of those derived from it."""
        for variable in cls.scope.names.values():
            for kind, node in variable.bindings:
                unit = self.index.unit_of.get(node) if kind == "def" else None
                if unit is None or not unit.is_method or not unit.parameters():
                    continue
                own = self.parameter(unit, unit.parameters()[0].arg)
                for heir in cls.descendants():
                    if heir.attribute(variable.name) is variable and not (heir is cls and unit.name == "__init_subclass__"):
                        kind = CLASS if unit.is_class_method else INST
                        self.graph.add(own, self.values.get(kind, heir))

    def _open(self, unit: Unit) -> None:
        """Give the parameters of a function what their annotations say, or anything."""
        args = unit.args
        assert args is not None
        parameters = unit.parameters()[1 if unit.is_method else 0 :]
        for arg in parameters:
            found = self.annotated(arg.annotation, unit.scope.parent or unit.scope)
            found = found or self._asked_for(unit, arg)
            for value in found or [ANYTHING]:
                self.graph.add(self.parameter(unit, arg.arg), value)
        for extra in (args.vararg, args.kwarg):
            if extra is not None:
                self.graph.add(self.elements(extra), ANYTHING)

    def _asked_for(self, unit: Unit, arg: ast.arg) -> list[Value]:
        """What a parameter holds if nobody in the program calls the function: what the fixture of its name makes."""
        if self._fixtures is None:
            self._fixtures = {}
            for other in self.index.units:
                name = self._fixture_name(other)
                if name:
                    self._fixtures.setdefault(name, []).append(other)
            for name in self._parametrized():
                self._fixtures.pop(name, None)
        if not (unit.name.startswith("test") or self._fixture_name(unit)):
            is_old = bool(self.library.explicit) and arg.arg == "rng" and arg.annotation is None
            return [self.values.get(GENERATOR, None, arg)] if is_old else []
        given = self._fixtures.get(arg.arg, [])
        for fixture in given:
            self.graph.edge(self.returned(fixture), self.parameter(unit, arg.arg))
            self.graph.edge(self.yielded(fixture), self.parameter(unit, arg.arg))
        return [NONE] if given else []

    def _parametrized(self) -> set[str]:
        """Names of parameters to which tests are given other values than those of fixtures."""
        names: set[str] = set()
        for module in self.index.modules.values():
            for node in module.source.nodes if "parametrize" in module.source.text else ():
                if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "parametrize":
                    given = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "argnames")]
                    texts = [n.value for g in given for n in ast.walk(g) if isinstance(n, ast.Constant)]
                    names |= {name.strip() for text in texts for name in str(text).split(",")}
        return names

    def _fixture_name(self, unit: Unit) -> str:
        """By which name tests ask for what a function makes; "" where it is no fixture."""
        for decorator in getattr(unit.node, "decorator_list", ()):
            plain = decorator.func if isinstance(decorator, ast.Call) else decorator
            if self.index.resolve(plain, unit.scope.parent or unit.scope) in ("pytest.fixture", "pytest.yield_fixture"):
                names = [k.value for k in decorator.keywords if k.arg == "name"] if isinstance(decorator, ast.Call) else []
                return str(names[0].value) if names and isinstance(names[0], ast.Constant) else unit.name
        return ""

    def annotated(self, annotation: ast.expr | None, scope: Scope) -> list[Value]:
        """The objects that an annotation allows, as far as it names classes of the program or of the library."""
        if annotation is None:
            return []
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            try:
                annotation = ast.parse(annotation.value, mode="eval").body
            except (SyntaxError, ValueError):
                return []
        if isinstance(annotation, ast.BinOp):
            return [*self.annotated(annotation.left, scope), *self.annotated(annotation.right, scope)]
        if isinstance(annotation, ast.Subscript):
            inner = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
            held = [value for part in inner for value in self.annotated(part, scope)]
            head = self.index.resolve(annotation.value, scope)
            if isinstance(head, str) and head.rpartition(".")[2] in ("Optional", "Union"):
                return held
            if not held:
                return []
            node = self.graph.new()
            for value in held:
                self.graph.add(node, value)
            return [self.values.get(CONTAINER, node, annotation)]
        found = self.index.resolve(annotation, scope)
        if isinstance(found, Class):
            return [self.values.get(INST, heir) for heir in found.descendants()]
        if isinstance(found, str) and found in self.library.explicit:
            return [self.values.get(GENERATOR, None, annotation)]
        if isinstance(found, str) and found.partition(".")[0] in self.library.roots and self.library.name == "varwg":
            return [self.values.get(MADE, found)]
        return []

    # Nodes

    def variable(self, variable: Variable) -> int:
        """The node of a variable."""
        if variable.node < 0:
            variable.node = self.graph.new()
            for kind, node in variable.bindings:
                if kind == "import":
                    self._import(variable, node)
        return variable.node

    def parameter(self, unit: Unit, name: str) -> int:
        """The node of a parameter."""
        return self.variable(unit.scope.names[name])

    def field(self, owner: object, name: str) -> int:
        """The node of an attribute of objects of a class (or of a class, or function)."""
        node = self._fields.get((owner, name))
        if node is None:
            node = self._fields[owner, name] = self.graph.new()
            self.graph.edge(node, self.by_name(name))
        return node

    def fields(self) -> list[tuple[tuple[object, str], int]]:
        """The nodes of all attributes that were stored or read, with their owners and names."""
        return list(self._fields.items())

    def by_name(self, name: str) -> int:
        """The node of all attributes of a name."""
        node = self._by_name.get(name)
        if node is None:
            node = self._by_name[name] = self.graph.new()
        return node

    def delegate(self, unit: Unit, owner: ast.expr) -> int:
        """The node of the object in which a hook of a class looks up a name."""
        node = self.node_of.get(owner)
        return node if node is not None else self.value(owner, unit.scope) or self._anything

    def returned(self, unit: Unit) -> int:
        """The node of what a function returns."""
        if unit not in self._returns:
            self._returns[unit] = self.graph.new()
        return self._returns[unit]

    def yielded(self, unit: Unit) -> int:
        """The node of what a generator function yields."""
        if unit not in self._yields:
            self._yields[unit] = self.graph.new()
        return self._yields[unit]

    def elements(self, arg: ast.AST) -> int:
        """The node of the elements of ``*args`` or ``**kwargs``."""
        return self.field(arg, "*")

    def text(self, text: str) -> int:
        """The node of a string."""
        if text not in self._texts:
            self._texts[text] = self.graph.holding(self.values.get(TEXT, text))
        return self._texts[text]

    def container(self, origin: ast.AST, contents: Iterable[int | None] = ()) -> int:
        """The node of a new container."""
        elements = self.graph.new()
        for content in contents:
            self.graph.edge(content, elements)
        return self.graph.holding(self.values.get(CONTAINER, elements, origin))

    def holder(self, contents: Iterable[int | None]) -> int:
        """A new node to which the values of others run."""
        node = self.graph.new()
        for content in contents:
            self.graph.edge(content, node)
        return node

    def methods(self, name: str) -> list[tuple[Class, Variable]]:
        """All class attributes of a name."""
        return self._methods.get(name, [])

    def defined(self, name: str) -> list[tuple[Class, Variable]]:
        """All methods of a name."""
        if name not in self._defined:
            self._defined[name] = [(c, v) for c, v in self.methods(name) if "def" in v.kinds]
        return self._defined[name]

    def _import(self, variable: Variable, node: ast.AST) -> None:
        module = variable.scope.module
        if isinstance(node, ast.Import):
            for alias in node.names:
                if (alias.asname or alias.name.split(".")[0]) == variable.name:
                    name = alias.name if alias.asname else alias.name.split(".")[0]
                    self.graph.add(variable.node, self._module_value(name, module))
        elif isinstance(node, ast.ImportFrom):
            base = self.index.absolute(module, node)
            for alias in node.names:
                if (alias.asname or alias.name) == variable.name:
                    self._import_from(variable.node, base, alias.name, module)

    def _module_value(self, name: str, at: Module) -> Value:
        found = self.index.module(name, at)
        return self.values.get(MODULE, found) if found is not None else self.values.get(FOREIGN, name)

    def _import_from(self, target: int, base: str, name: str, at: Module) -> None:
        if base.partition(".")[0] in self.library.roots and name in self.library.old_names:
            self.graph.add(target, self.values.get(FOREIGN, f"{base}.{name}"))
            return
        found = self.index.module(base, at)
        if found is None:
            self.graph.add(target, self._module_value(f"{base}.{name}", at))
            return
        source = found.scope.names.get(name) if found is not at else None
        source = source or self.index.star_source(name, found)
        if source is not None:
            self.graph.edge(self.variable(source), target)
        inner = self.index.module(f"{found.name}.{name}", at)
        if inner is not None and (source is None or found.is_package):
            self.graph.add(target, self.values.get(MODULE, inner))
        elif source is None:
            self.graph.add(target, self.elsewhere(found, name))

    def elsewhere(self, module: Module, name: str) -> Value:
        """What a name of a module is that no source in the program binds: of a star import, or a compiled module that draws."""
        star = next((b for b, _ in module.stars if self.index.module(b, module) is None), None)
        is_compiled = any(name in names for names in self.library.drawing.values())
        home = star if star is not None else module.name if is_compiled else ""
        return self.values.get(FOREIGN, f"{home}.{name}") if home else ANYTHING

    # Sites

    def site(self, node: ast.AST, scope: Scope, arguments: Arguments | None = None, is_call: bool = True) -> Site:
        """A new place that calls."""
        site = Site(node, self.unit_at(scope, node), arguments or Arguments(), self.graph.new(), is_call)
        self.sites.append(site)
        self.site_of.setdefault(node, []).append(site)
        return site

    def unit_at(self, scope: Scope, node: ast.AST) -> Unit:
        """The unit that runs a node in a scope."""
        module = scope.module
        guard = module.guard
        if guard is None or scope.unit is not module.unit:
            return scope.unit
        line = getattr(node, "lineno", 0)
        inside = guard.body[0].lineno <= line <= (guard.body[-1].end_lineno or 0)
        return module.main if inside and module.main is not None else scope.unit

    def bound(self, unit: Unit, receiver: Value, node: ast.AST) -> Value:
        """A method of an object; that of all objects for which it is the same method is the same value."""
        parameters, cls = unit.parameters(), unit.cls
        if cls is None or not parameters or receiver.kind not in (INST, CLASS) or cls not in receiver.what.mro():
            return self.values.get(BOUND, (unit, receiver), node)
        self.graph.add(self.parameter(unit, parameters[0].arg), receiver)
        return self.values.get(BOUND, (unit, self.values.get(receiver.kind, cls)), node)

    def implicit(self, node: ast.AST, scope: Scope, value: Value, method: str, given: Iterable[int | None] = ()) -> int | None:
        """Call a special method of an object, if its class has it; the node of the result."""
        if value.kind != INST or method not in self.dunders:
            return None
        variable = value.what.attribute(method)
        if variable is None:
            return None
        site = self.site(node, scope, Arguments(tuple((g, False) for g in given)), is_call=False)
        self.graph.watch(self.variable(variable), partial(calls.method_called, self, site, value))
        return site.result

    def sink(self, how: str, to: str, at: ast.AST, scope: Scope) -> int:
        """The node of all that is handed to some code outside of the program."""
        node = self._sinks.get((how, to))
        if node is None:
            node = self._sinks[how, to] = self.graph.new()
            sink = node

            def handed(value: Value) -> None:
                if value.kind in _TRAVELLING:
                    self.escape(value, at, scope, how, to)
                elif value.kind == CONTAINER:
                    self.graph.edge(value.what, sink)

            self.graph.watch_callable(node, handed)
        return node

    def escape(self, value: Value, node: ast.AST, scope: Scope, how: str, to: str) -> None:
        """Note that a value is handed to code outside of the program."""
        if (value, how) not in self._escaped:
            self._escaped.add((value, how))
            self.escapes.append(Escape(value, node, self.unit_at(scope, node), how, to))

    # Statements

    def statements(self, body: Iterable[ast.stmt], scope: Scope) -> None:
        """Build a block."""
        for statement in body:
            self.statement(statement, scope)

    def statement(self, node: ast.AST, scope: Scope) -> None:
        """Build a statement."""
        method = getattr(self, f"_{type(node).__name__}", None)
        if method is not None:
            method(node, scope)
            return
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child, scope)
            elif isinstance(child, (ast.stmt, ast.match_case, ast.pattern, ast.ExceptHandler)):
                self.statement(child, scope)

    def _FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
        unit = self.index.unit_of[node]
        self._parameters(unit, scope)
        current = self.graph.holding(self.values.get(FUNC, unit))
        for decorator in reversed(node.decorator_list):
            current = calls.decorate(self, decorator, current, unit, scope)
        if not unit.setter_of:
            self.graph.edge(current, self.variable(scope.lookup(node.name) or scope.names[node.name]))
        self.statements(node.body, unit.scope)

    _AsyncFunctionDef = _FunctionDef

    def _parameters(self, unit: Unit, scope: Scope) -> None:
        args = unit.args
        assert args is not None
        positional = [*args.posonlyargs, *args.args]
        pairs = list(zip(positional[len(positional) - len(args.defaults) :], args.defaults, strict=True))
        pairs += [(a, d) for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True) if d is not None]
        for arg, default in pairs:
            self.graph.edge(self.value(default, scope), self.parameter(unit, arg.arg))
        for extra in (args.vararg, args.kwarg):
            if extra is not None:
                self.graph.add(self.parameter(unit, extra.arg), self.values.get(CONTAINER, self.elements(extra), extra))

    def _ClassDef(self, node: ast.ClassDef, scope: Scope) -> None:
        cls = self.index.class_of[node]
        for part in (*node.bases, *(k.value for k in node.keywords)):
            self.value(part, scope)
        variable = self.variable(scope.lookup(node.name) or scope.names[node.name])
        own = self.values.get(CLASS, cls)
        self.graph.add(variable, own)
        for decorator in node.decorator_list:
            calls.decorate_class(self, decorator, own, variable, scope)
        hook = next((c.scope.names["__init_subclass__"] for c in cls.mro()[1:] if "__init_subclass__" in c.scope.names), None)
        if hook is not None:
            site = self.site(node, scope, is_call=False)
            self.graph.watch(self.variable(hook), partial(calls.method_called, self, site, own))
        self.statements(node.body, cls.scope)

    def _Return(self, node: ast.Return, scope: Scope) -> None:
        if node.value is not None:
            self.graph.edge(self.value(node.value, scope), self.returned(scope.unit))

    def _Assign(self, node: ast.Assign, scope: Scope) -> None:
        if self.library.module and self._renames(node, scope):
            self.owners.add(node.value)
        value = self.value(node.value, scope)
        for target in node.targets:
            self.assign(target, value, scope)

    def _renames(self, node: ast.Assign, scope: Scope) -> bool:
        """Whether an assignment gives something one more name, as an import would."""
        target = node.targets[0]
        variable = scope.lookup(target.id) if isinstance(target, ast.Name) and len(node.targets) == 1 else None
        return variable is not None and len(variable.bindings) == 1 and variable.name != "rng" and scope.kind != "class"

    def _AnnAssign(self, node: ast.AnnAssign, scope: Scope) -> None:
        if node.value is not None:
            self.assign(node.target, self.value(node.value, scope), scope)

    def _AugAssign(self, node: ast.AugAssign, scope: Scope) -> None:
        value = self.value(node.value, scope)
        target = self.value(_loaded(node.target), scope) if not isinstance(node.target, ast.Name) else None
        if isinstance(node.target, ast.Name):
            variable = scope.lookup(node.target.id)
            target = self.variable(variable) if variable is not None else None
        self.assign(node.target, value, scope)
        if target is not None and value is not None:

            def joined(held: Value) -> None:
                if held.kind == CONTAINER:
                    self.iterate(value, self.graph.inlet(held), node, scope)

            self.graph.watch(target, joined)
        self._operator(target, _OPERATORS.get(type(node.op), ""), node, scope, "i")

    def _For(self, node: ast.For | ast.AsyncFor, scope: Scope) -> None:
        elements = self.graph.new()
        self.iterate(self.value(node.iter, scope), elements, node.iter, scope)
        self.assign(node.target, elements, scope)
        self.statements(node.body, scope)
        self.statements(node.orelse, scope)

    _AsyncFor = _For

    def _With(self, node: ast.With | ast.AsyncWith, scope: Scope) -> None:
        for item in node.items:
            manager = self.value(item.context_expr, scope)
            entered = self.graph.new()
            if manager is not None:
                self.graph.watch(manager, partial(self._enter, item, scope, entered))
            if item.optional_vars is not None:
                self.assign(item.optional_vars, entered, scope)
        self.statements(node.body, scope)

    _AsyncWith = _With

    def _enter(self, item: ast.withitem, scope: Scope, entered: int, value: Value) -> None:
        if value.kind == INST:
            prefix = "__aenter__" if value.what.attribute("__aenter__") else "__enter__"
            self.graph.edge(self.implicit(item.context_expr, scope, value, prefix), entered)
            self.implicit(item, scope, value, prefix.replace("enter", "exit"))
            if value.what.all_foreign():
                self.graph.add(entered, value)
        elif value.kind == CONTAINER:
            self.graph.edge(value.what, entered)
        elif value.kind in (MADE, UNKNOWN):
            self.graph.add(entered, value)

    def _If(self, node: ast.If, scope: Scope) -> None:
        while True:
            self.value(node.test, scope)
            self.statements(node.body, scope)
            if len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
                node = node.orelse[0]
                continue
            self.statements(node.orelse, scope)
            return

    def _ExceptHandler(self, node: ast.ExceptHandler, scope: Scope) -> None:
        kind = self.value(node.type, scope) if node.type is not None else None
        if node.name and kind is not None:
            variable = self.variable(scope.lookup(node.name) or scope.bind(node.name, "store", node))

            def caught(value: Value) -> None:
                if value.kind == CLASS:
                    self.graph.add(variable, self.values.get(INST, value.what))

            self.graph.watch(kind, caught)
        self.statements(node.body, scope)

    def _Match(self, node: ast.Match, scope: Scope) -> None:
        subject = self.value(node.subject, scope)
        for case in node.cases:
            for part in ast.walk(case.pattern):
                name = getattr(part, "name", None) or getattr(part, "rest", None)
                variable = scope.lookup(name) if isinstance(name, str) else None
                if variable is not None:
                    self.graph.edge(subject, self.variable(variable))
                    if subject is not None:
                        self.iterate(subject, self.variable(variable), part, scope)
                if isinstance(part, ast.MatchClass):
                    self.value(part.cls, scope)
            if case.guard is not None:
                self.value(case.guard, scope)
            self.statements(case.body, scope)

    def _match_case(self, node: ast.match_case, scope: Scope) -> None:
        self.statements(node.body, scope)

    # Targets

    def assign(self, target: ast.AST, value: int | None, scope: Scope) -> None:
        """Let a value reach a target."""
        if isinstance(target, ast.Name):
            variable = scope.lookup(target.id)
            if variable is not None:
                self.graph.edge(value, self.variable(variable))
        elif isinstance(target, ast.Attribute):
            self.owners.add(target.value)
            owner = self.value(target.value, scope)
            if owner is not None:
                self.scope_at[target] = scope
                self.graph.watch(owner, partial(attributes.store, self, target, scope, value))
        elif isinstance(target, ast.Subscript):
            owner = self.value(target.value, scope)
            self.value(target.slice, scope)
            if owner is not None:
                self.graph.watch(owner, partial(attributes.store_item, self, target, scope, value))
        elif isinstance(target, (ast.Tuple, ast.List)):
            parts = self.graph.new()
            if value is not None:
                self.graph.watch(value, partial(self._unpack, parts, target, scope))
            for part in target.elts:
                self.assign(part, parts, scope)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, self.container(target, [value]), scope)

    def _unpack(self, parts: int, node: ast.AST, scope: Scope, value: Value) -> None:
        """What an element of a container of containers is made of; other things are their own parts (see `iterate`)."""
        if value.kind == CONTAINER:
            self.graph.edge(value.what, parts)
        elif value.kind == INST and "__iter__" in self.dunders and value.what.attribute("__iter__"):
            self._iterate_value(parts, node, scope, value)
        elif value.kind != TEXT:
            self.graph.add(parts, value)

    def iterate(self, node: int | None, elements: int, at: ast.AST, scope: Scope) -> None:
        """Let the elements of a value reach a node."""
        if node is not None and (node, elements) not in self._pending_iterations:
            self._pending_iterations.add((node, elements))
            self.graph.watch(node, partial(self._iterate_value, elements, at, scope))

    def _iterate_value(self, elements: int, at: ast.AST, scope: Scope, value: Value) -> None:
        if value.kind == CONTAINER:
            self.graph.edge(value.what, elements)
        elif value.kind == TEXT:
            for char in set(value.what or "") if len(value.what or "") <= _MOST_LETTERS else ():
                self.graph.edge(self.text(char), elements)
            if value.what is None or len(value.what) > _MOST_LETTERS:
                self.graph.add(elements, MANY_TEXTS)
        elif value.kind == INST and (value, elements) not in self._iterated:
            self._iterated.add((value, elements))  # an iterator gives itself when it is asked for one
            found = self.implicit(at, scope, value, "__iter__")
            if found is not None:
                self.iterate(found, elements, at, scope)
            self.graph.edge(self.implicit(at, scope, value, "__next__"), elements)
            if found is None:
                self.graph.edge(self.implicit(at, scope, value, "__getitem__"), elements)
        elif value.kind in (MADE, UNKNOWN):
            self.graph.add(elements, value)
        elif value.kind == NAMES:
            self.graph.add(elements, MANY_TEXTS)

    # Expressions

    def value(self, node: ast.expr, scope: Scope) -> int | None:
        """The node of an expression; None if nothing that matters can come of it."""
        method = getattr(self, f"_{type(node).__name__}", None)
        if method is not None:
            found: int | None = method(node, scope)
            return found
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child, scope)
        return None

    def _Constant(self, node: ast.Constant, scope: Scope) -> int | None:
        if node.value is None:
            return self._nothing
        return self.text(node.value) if isinstance(node.value, str) and len(node.value) < 60 else None

    def _Name(self, node: ast.Name, scope: Scope) -> int | None:
        if not isinstance(node.ctx, ast.Load):
            return None
        variable = scope.lookup(node.id) or self.index.star_source(node.id, scope.module)
        self.scope_at[node] = scope
        if variable is None:
            return self._unbound(node, scope)
        variable.loads.append((node, scope))
        source = self.variable(variable)
        if not variable.kinds & _CONVERTED and not (self.library.module and variable.kinds == {"assign"}):
            self.node_of[node] = source
            return source
        target = self.graph.new()
        self.graph.watch(source, partial(self.named, target, node))
        self.node_of[node] = target
        return target

    def _unbound(self, node: ast.Name, scope: Scope) -> int:
        if node.id in _BUILTINS:
            value = self.values.get(FOREIGN, node.id)
        else:
            star = next((b for b, _ in scope.module.stars if self.index.module(b, scope.module) is None), None)
            if star and star.partition(".")[0] in self.library.roots and node.id in self.library.old_names:
                self.star_names.append((node, self.unit_at(scope, node), node.id))
            value = self.values.get(FOREIGN, f"{star}.{node.id}") if star and node.id not in self.library.old_names else ANYTHING
        target = self.graph.holding(value)
        self.node_of[node] = target
        return target

    def named(self, target: int, node: ast.AST, value: Value) -> None:
        """An expression has named a definition, or the hidden generator."""
        if value.kind in (FUNC, CLASS) and value.origin is None:
            value = self.values.get(value.kind, value.what, node)
        elif value.kind == FOREIGN and (self.is_generator(value.what) or self._is_bare(value.what, node)):
            value = self.values.get(GENERATOR, None, node)
        elif value.kind == FOREIGN and self.library.module and self._draws(value.what):
            self.direct.add(node)
            value = self.values.get(PART, value.what.rpartition(".")[2], node)
        self.graph.add(target, value)

    def _is_bare(self, dotted: str, node: ast.AST) -> bool:
        """Whether the module of the drawing functions is named as a value, to be used like a generator."""
        return bool(self.library.module) and dotted == self.library.module and node not in self.owners

    def _draws(self, dotted: str) -> bool:
        name = self.library_name(dotted)
        return name is not None and name not in self.library.seeders and name != self.library.generator

    def library_name(self, dotted: str) -> str | None:
        """Which of the old names a dotted name is."""
        first, _, rest = dotted.partition(".")
        last = dotted.rpartition(".")[2]
        library = self.library
        if library.module:
            owner = dotted.rpartition(".")[0].removesuffix(".mtrand")
            inside = owner == library.module and (last != library.generator or dotted.endswith(f".mtrand.{last}"))
            return last if inside and (last in library.known or last == library.generator) else None
        known = last in library.old_names and first in library.roots and first != "weathercop"
        return last if known and rest and "(" not in dotted else None

    def is_generator(self, dotted: str) -> bool:
        """Whether a dotted name is the hidden generator."""
        return bool(self.library.generator) and self.library_name(dotted) == self.library.generator

    def _Attribute(self, node: ast.Attribute, scope: Scope) -> int | None:
        self.owners.add(node.value)
        owner = self.value(node.value, scope)
        self.scope_at[node] = scope
        if owner is None:
            return None
        target = self.graph.new()
        self.node_of[node] = target
        self.owner_of[node] = owner
        self.graph.watch(owner, partial(attributes.load, self, node, node.attr, scope, target))
        return target

    def _Subscript(self, node: ast.Subscript, scope: Scope) -> int | None:
        owner, key = self.value(node.value, scope), self.value(node.slice, scope)
        self.scope_at[node] = scope
        if owner is None:
            return None
        target = self.graph.new()
        self.node_of[node] = target
        self.graph.watch(owner, partial(attributes.load_item, self, node, key, scope, target))
        return target

    def _Slice(self, node: ast.Slice, scope: Scope) -> None:
        for part in (node.lower, node.upper, node.step):
            if part is not None:
                self.value(part, scope)

    def _Call(self, node: ast.Call, scope: Scope) -> int | None:
        self.called.add(node.func)
        called = self.value(node.func, scope)
        positional: list[tuple[int | None, bool]] = []
        for arg in node.args:
            starred = isinstance(arg, ast.Starred)
            positional.append((self.value(arg.value if isinstance(arg, ast.Starred) else arg, scope), starred))
        keywords = [(k.arg, self.value(k.value, scope)) for k in node.keywords]
        arguments = Arguments(
            tuple(positional),
            tuple((name, n) for name, n in keywords if name is not None),
            tuple(n for name, n in keywords if name is None),
        )
        site = self.site(node, scope, arguments)
        self.scope_at[node] = scope
        self.node_of[node] = site.result
        if called is not None:
            self.graph.watch(called, partial(calls.call, self, site, scope))
        return site.result

    def _Lambda(self, node: ast.Lambda, scope: Scope) -> int:
        unit = self.index.unit_of[node]
        self._parameters(unit, scope)
        self.graph.edge(self.value(node.body, unit.scope), self.returned(unit))
        return self.graph.holding(self.values.get(FUNC, unit, node))

    def _IfExp(self, node: ast.IfExp, scope: Scope) -> int | None:
        self.value(node.test, scope)
        return self._union([self.value(node.body, scope), self.value(node.orelse, scope)])

    def _BoolOp(self, node: ast.BoolOp, scope: Scope) -> int | None:
        return self._union([self.value(part, scope) for part in node.values])

    def _BinOp(self, node: ast.BinOp, scope: Scope) -> int | None:
        left, right = self.value(node.left, scope), self.value(node.right, scope)
        name = _OPERATORS.get(type(node.op), "")
        results = [self._operator(left, name, node, scope), self._operator(right, name, node, scope, "r")]
        if isinstance(node.op, (ast.Add, ast.Mult, ast.BitOr)) and (left is not None or right is not None):
            results += [self._joined(left), self._joined(right)]
        return self._union([r for r in results if r is not None])

    def _joined(self, node: int | None) -> int | None:
        """What an operand is a part of: a longer container, the same object, or a text of which nothing is known."""
        if node is None:
            return None
        result = self.graph.new()
        self.graph.watch(node, lambda v: self.graph.add(result, MANY_TEXTS if v.kind == TEXT else v))
        return result

    def _operator(self, node: int | None, name: str, at: ast.AST, scope: Scope, prefix: str = "") -> int | None:
        method = f"__{prefix}{name}__"
        if node is None or not (method in self.dunders or f"__{name}__" in self.dunders):
            return None
        result = self.graph.new()

        def operated(value: Value) -> None:
            for special in {method, f"__{name}__"}:
                self.graph.edge(self.implicit(at, scope, value, special), result)

        self.graph.watch(node, operated)
        return result

    def _Compare(self, node: ast.Compare, scope: Scope) -> int | None:
        parts = [self.value(part, scope) for part in (node.left, *node.comparators)]
        plain = all(isinstance(o, (ast.Is, ast.IsNot)) for o in node.ops) and isinstance(node.comparators[-1], ast.Constant)
        for part in () if plain else parts:
            self.graph.watch(part, partial(self.examine, node))
        for left, operator, right in zip(parts, node.ops, parts[1:], strict=False):
            name = _OPERATORS.get(type(operator), "")
            if name:
                self._operator(right if name == "contains" else left, name, node, scope)
        return None

    def examine(self, node: ast.AST, value: Value) -> None:
        """Note that it matters which function or class this is."""
        if value.kind in (FUNC, CLASS, BOUND):
            self.examined.setdefault(value, node)

    def _UnaryOp(self, node: ast.UnaryOp, scope: Scope) -> int | None:
        name = {ast.USub: "neg", ast.UAdd: "pos", ast.Invert: "invert", ast.Not: "bool"}[type(node.op)]
        return self._operator(self.value(node.operand, scope), name, node, scope)

    def _FormattedValue(self, node: ast.FormattedValue, scope: Scope) -> int | None:
        shown = self.value(node.value, scope)
        for name in ("str", "repr", "format"):
            self._operator(shown, name, node.value, scope)
        if node.format_spec is not None:
            self.value(node.format_spec, scope)
        return None

    def _union(self, nodes: list[int | None]) -> int | None:
        nodes = [n for n in nodes if n is not None]
        if len(nodes) < 2:
            return nodes[0] if nodes else None
        result = self.graph.new()
        for node in nodes:
            self.graph.edge(node, result)
        return result

    def _NamedExpr(self, node: ast.NamedExpr, scope: Scope) -> int | None:
        value = self.value(node.value, scope)
        variable = scope.lookup(node.target.id)
        if variable is not None:
            self.graph.edge(value, self.variable(variable))
        return value

    def _Await(self, node: ast.Await, scope: Scope) -> int | None:
        return self.value(node.value, scope)

    def _Starred(self, node: ast.Starred, scope: Scope) -> int | None:
        elements = self.graph.new()
        self.iterate(self.value(node.value, scope), elements, node, scope)
        return elements

    def _Yield(self, node: ast.Yield, scope: Scope) -> int | None:
        if node.value is not None:
            self.graph.edge(self.value(node.value, scope), self.yielded(scope.unit))
        return self._anything

    def _YieldFrom(self, node: ast.YieldFrom, scope: Scope) -> int | None:
        self.iterate(self.value(node.value, scope), self.yielded(scope.unit), node, scope)
        return self._anything

    def _List(self, node: ast.List | ast.Tuple | ast.Set, scope: Scope) -> int:
        return self.container(node, [self.value(part, scope) for part in node.elts])

    _Tuple = _Set = _List

    def _Dict(self, node: ast.Dict, scope: Scope) -> int:
        contents: list[int | None] = []
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None:
                self.value(key, scope)
                contents.append(self.value(value, scope))
            else:
                elements = self.graph.new()
                self.iterate(self.value(value, scope), elements, node, scope)
                contents.append(elements)
        return self.container(node, contents)

    def _comprehension(self, node: ast.AST, scope: Scope) -> int:
        assert isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp))
        inner = self.index.scope_of[node]
        for number, part in enumerate(node.generators):
            elements = self.graph.new()
            self.iterate(self.value(part.iter, inner if number else scope), elements, part.iter, inner)
            self.assign(part.target, elements, inner)
            for condition in part.ifs:
                self.value(condition, inner)
        if isinstance(node, ast.DictComp):
            self.value(node.key, inner)
            return self.container(node, [self.value(node.value, inner)])
        return self.container(node, [self.value(node.elt, inner)])

    _ListComp = _SetComp = _DictComp = _GeneratorExp = _comprehension


def _loaded(target: ast.expr) -> ast.expr:
    """An assignment's target, as an expression that is read."""
    if isinstance(target, ast.Attribute):
        return ast.copy_location(ast.Attribute(target.value, target.attr, ast.Load()), target)
    if isinstance(target, ast.Subscript):
        return ast.copy_location(ast.Subscript(target.value, target.slice, ast.Load()), target)
    return target
