"""Why a unit cannot be given its generator explicitly, and stays with the hidden one."""

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from varwg_codemod.callgraph import UNKNOWN, Edge, Mention
from varwg_codemod.flow.values import CLASS, Value
from varwg_codemod.index import Class, Scope, Unit, Variable
from varwg_codemod.library import QUIET_BASES
from varwg_codemod.troubles import Trouble

if TYPE_CHECKING:
    from varwg_codemod.solver import Solution, Solver

RNG = "rng"
_BY_STRING = frozenset(["methodcaller", "attrgetter", "setattr", "patch", "object", "multiple", "run_path", "delattr"])
_LOADING = (
    "import_module",
    "__import__",
    "import __main__",
    "def __getattr__(name",
    "sys.modules",
    "run_path",
    "run_module",
    "exec_module",
)
_EXAMPLE = re.compile(r"^[^\S\n]*+(?:>>>|\.\.\.)(.*)$", re.MULTILINE)
_CALLED = re.compile(r"(?<!\bdef )(?<!\bclass )\b(?!__init__\b)([A-Za-z_]\w*)\s*\(")
_BASES = re.compile(r"\bclass \w+\(([^)]*)\)")
#: Methods that run before an object has its attributes, after it has lost them, or for each attribute.
_WITHOUT_OBJECT = frozenset(
    ["__new__", "__del__", "__init_subclass__", "__class_getitem__", "__getattr__", "__setattr__", "__getattribute__"]
)
_OF_MODULES = frozenset(["__getattr__", "__dir__"])  # functions that Python calls for a module
_INSIDE = re.compile(r"\.__dict__\b|(?<!\))\.__new__\(")
_TAKING_DUNDERS = frozenset({"__init__", "__call__", "__new__"})


class Obstacles:
    """Checks the invariants of a solution."""

    def __init__(self, solver: "Solver") -> None:
        self._solver = solver
        self._lost: set[str] | None = None
        self._strings: set[str] | None = None
        self._uses: dict[ast.AST, Unit] | None = None
        self._loaded: set[str] | None = None
        self._loading: bool | None = None

    def find(self, solution: "Solution") -> Iterator[tuple[Unit, Trouble]]:
        """Units that break an invariant, each with its reason."""
        from varwg_codemod.solver import ATTRIBUTE, CLOSURE, FIXTURE, GLOBAL, OWN, PARAMETER, SELF

        checks = {
            FIXTURE: self._seeder,
            ATTRIBUTE: self._attribute,
            PARAMETER: self._parameter,
            OWN: self._own,
            CLOSURE: self._closure,
            SELF: self._self,
        }
        for unit, mode in list(solution.mode.items()):
            if mode == GLOBAL:
                if unit not in solution.reasons:
                    yield unit, self._no_mode(unit, solution)
                continue
            trouble = self._names(unit, solution) or self._blocked(unit, solution) or checks[mode](unit, solution)
            if trouble is not None:
                yield unit, trouble
        yield from self._tests(solution)
        yield from self._families(solution)

    def _no_mode(self, unit: Unit, solution: "Solution") -> Trouble:
        if unit.kind == "module":
            return Trouble(
                "VWG109",
                "module-level code draws or seeds when the module is imported",
                "move it into a function that takes `rng`",
            )
        return self._left(unit.parent or unit)

    def _left(self, unit: Unit) -> Trouble:
        from varwg_codemod.solver import shown

        return Trouble(
            "VWG117",
            f"it shares its stream with {shown(unit)}, which stays with the global generator",
            "rewrite that first, then run again",
        )

    def is_loose(self, unit: Unit) -> bool:
        """Whether a unit may be run by something that the call graph does not know."""
        graph = self._solver.graph
        if (self._solver.entries.kind(unit) and not self._is_loaded(unit)) or unit.kind in ("module", "main"):
            return False
        for mention in graph.mentions.get(unit, ()):
            if mention.escapes or (not mention.direct and not mention.edges and mention.origin is not None):
                return True
        if unit.cls is not None:
            special = (
                unit.is_property
                or bool(unit.setter_of)
                or unit in self._solver.flow.decorated
                or (unit.name.startswith("__") and unit.name != "__init__")
            )
            return special or bool(_foreign_bases(unit)) or self._by_name(unit) is not None
        hooks = unit.name in _OF_MODULES and unit.parent is unit.module.unit
        return hooks or self._by_name(unit) is not None or unit in self._solver.flow.decorated or unit in self._solver.flow.cached

    def may_keep(self, unit: Unit) -> bool:
        """Whether the objects of a method can keep a generator: each constructor can be given one, and nothing else is `rng`."""
        cls = unit.cls
        if cls is None or unit.is_static or unit.is_class_method or unit.name in _WITHOUT_OBJECT:
            return False
        made = self._solver.keepers(unit)
        if not made or unit in made or any(self._solver.takes(m) or not m.parameters() for m in made):
            return False
        classes = {c for heir in cls.descendants() for c in heir.mro()}
        if any(c.is_dataclass or c.decorators or self._is_copied(c) or _bases_outside(c) for c in classes):
            return False
        if any(name in c.scope.names for c in classes for name in ("__slots__", "__setattr__")) or self._looks_inside():
            return False
        if any(owner in classes and name == RNG for (owner, name), _ in self._solver.flow.fields()):
            return False
        return not any(
            isinstance(n, ast.Attribute) and n.attr == RNG for c in classes for n in ast.walk(c.node) if not self._is_old(n)
        )

    def _looks_inside(self) -> bool:
        """Whether the program makes objects without their constructor, or looks at all that they hold."""
        return any(_INSIDE.search(module.source.text) for module in self._solver.index.modules.values())

    def _is_old(self, node: ast.AST) -> bool:
        """Whether an attribute `rng` is that of the library."""
        return any(op.node is node for op in self._solver.effects.all())

    def _is_copied(self, cls: Class) -> bool:
        """Whether objects of a class are copied or leave the thread, and a generator in them would be doubled."""
        return any(e.value.kind == "instance" and e.value.what is cls and e.how != "now" for e in self._solver.flow.escapes)

    def _attribute(self, unit: Unit, solution: "Solution") -> Trouble | None:
        from varwg_codemod.solver import PARAMETER

        made = next((m for m in self._solver.keepers(unit) if solution.mode.get(m) != PARAMETER), None)
        if made is not None:
            reason = solution.reasons.get(made)
            name = unit.cls.name if unit.cls is not None else unit.name
            why = f" ({reason.reason})" if reason is not None else ""
            return Trouble(
                "VWG105",
                f"`{unit.name}` draws where nobody can pass `rng`, and `{name}` cannot be given one{why}",
                "keep a Generator in the object, or draw in a method that takes `rng`",
            )
        return None

    # Modes

    def _parameter(self, unit: Unit, solution: "Solution") -> Trouble | None:
        if self._solver.takes(unit):
            return self._calls(unit, solution) or self._mentions(unit, solution)
        return self._signature(unit, solution) or self._calls(unit, solution) or self._mentions(unit, solution)

    def _signature(self, unit: Unit, solution: "Solution") -> Trouble | None:
        solver, flow = self._solver, self._solver.flow
        kind = solver.entries.kind(unit)
        if kind in ("test", "fixture", "hook") and unit not in solution.asks:
            return Trouble(
                "VWG116",
                f"the {kind} `{unit.name}` is called by the test runner, and its stream is shared",
                "make a fixture `rng` and take it as an argument",
            )
        if unit.is_property or unit.setter_of:
            return Trouble("VWG105", f"the property `{unit.name}` draws", "make it a method that takes `rng`")
        if unit.name.startswith("__") and unit.name.endswith("__") and unit.name not in _TAKING_DUNDERS:
            return Trouble("VWG105", f"`{unit.name}` is called by Python itself", "draw in a method that takes `rng`")
        if unit in flow.cached:
            return Trouble("VWG114", f"`{unit.name}` is cached but draws", "draw outside of the cache")
        if unit in flow.decorated:
            name, _ = flow.decorated[unit]
            return Trouble(
                "VWG114",
                f"the decorator `{name}` may not hand `rng` on to `{unit.name}`",
                "let it pass keyword arguments, then add `rng` by hand",
            )
        for wrapper in flow.wrappers.get(unit, ()):
            if wrapper in solution.disturbs:
                return Trouble(
                    "VWG114", f"a decorator of `{unit.name}` draws or seeds itself", "draw or seed in the function itself"
                )
        if unit in flow.looked_at:
            return Trouble(
                "VWG108",
                f"`{unit.name}` looks at its own variables by `locals()` or runs code from a string",
                "name what it needs, then run again",
            )
        if unit.cls is not None and unit.name != "__init__":
            bases = _foreign_bases(unit)
            if bases and not (unit.name.startswith("_") and not unit.name.startswith("__")):
                return Trouble(
                    "VWG112",
                    f"`{unit.name}` may be called by the base class `{bases[0]}` from elsewhere",
                    "keep a Generator in the object and draw from it",
                )
        args = unit.args
        if (
            args is not None
            and args.kwarg is not None
            and any(e.passed for e in solver.graph.into.get(unit, ()) if unit in e.targets)
        ):
            return Trouble(
                "VWG118",
                f"`{unit.name}` is given `rng` already among its other keywords",
                "take `rng` as a parameter and draw from it",
            )
        if args is not None and args.kwarg is not None and _reads_key(unit):
            return Trouble(
                "VWG118", f"`{unit.name}` looks for `rng` among its keywords", "take `rng` as a parameter and draw from it"
            )
        return None

    def _calls(self, unit: Unit, solution: "Solution") -> Trouble | None:
        for edge in self._solver.graph.into.get(unit, ()):
            trouble = self._call(edge, unit, solution)
            if trouble is not None:
                return trouble
        return self._by_name(unit)

    def _call(self, edge: Edge, unit: Unit, solution: "Solution") -> Trouble | None:
        from varwg_codemod.solver import PARAMETER

        if edge.ran.get(unit) == "wrapper":
            return Trouble(
                "VWG114",
                f"`{unit.name}` is wrapped around another function and draws or seeds itself",
                "draw or seed in the function itself",
            )
        if unit in edge.ran:
            if edge.ran[unit] == "operator" or not self._solver._mentioners(unit):
                return (
                    None
                    if edge.ran[unit] == "partial"
                    else Trouble(
                        "VWG112",
                        f"`{unit.name}` is run by `{edge.ran[unit]}`, which passes no `rng`",
                        "draw in a function that is called by the program",
                    )
                )
            return None
        if edge.passed:
            return None
        if edge.call is None:
            return Trouble(
                "VWG105",
                f"`{unit.name}` is called without a call that could pass `rng` ({self._at(edge)})",
                "draw in a method that is called by its name",
            )
        if edge.call not in solution.calls:
            return None  # the generator is bound where the function is mentioned
        if edge.certainty == UNKNOWN:
            return Trouble(
                "VWG113",
                f"a call that may run `{unit.name}` may run something unknown as well ({self._at(edge)})",
                "tell them apart, then run again",
            )
        if not solution.at_hand(edge.unit):
            return self._left(edge.unit)
        for made in edge.site.makes:
            if isinstance(made, Class) and made.attribute("__init__") is None:
                return Trouble(
                    "VWG112",
                    f"a call that may run `{unit.name}` may make a `{made.name}`, which takes no `rng` ({self._at(edge)})",
                    "let both take `rng`",
                )
        for other in edge.targets:
            if solution.mode.get(other) != PARAMETER and not self._solver.takes(other):
                return Trouble(
                    "VWG112",
                    f"a call that may run `{unit.name}` may run `{other.name}`, which cannot take `rng` ({self._at(edge)})",
                    "let both take `rng`",
                )
        return None

    def _at(self, edge: Edge) -> str:
        source = edge.unit.module.source
        return f"{edge.unit.module.path}:{source.place(source.start(_placed(edge.site.node, edge.unit)))[0]}"

    def _by_name(self, unit: Unit) -> Trouble | None:
        """Calls of a method by its name, on objects about which nothing is known."""
        if self._called_in_strings(unit) & self._named_in_strings():
            return Trouble(
                "VWG113", f"`{unit.name}` is looked up by its name in a string", "call it by its own name, with `rng=rng`"
            )
        if unit.cls is None:
            if unit.module.dynamic:
                return Trouble(
                    "VWG113",
                    f"names of {unit.module.path} are looked up by strings that are not known",
                    "call it by its own name, with `rng=rng`",
                )
            if self._is_loaded(unit):
                return Trouble(
                    "VWG113",
                    f"`{unit.name}` is taken from a module that is loaded by a string",
                    "import it by its name, then run again",
                )
            return None
        if unit.name == "__init__":
            return None
        for node, where in self._solver.flow.vague.get(unit.name, ()):
            line = where.module.source.place(where.module.source.start(node))[0]
            return Trouble(
                "VWG113",
                f"`{unit.name}` is called on an object of unknown class ({where.module.path}:{line})",
                "annotate the object, then run again",
            )
        if unit.name in self._lost_names():
            return Trouble(
                "VWG113", f"`{unit.name}` is called on an object of unknown class", "annotate the object, then run again"
            )
        return None

    def _called_in_strings(self, unit: Unit) -> set[str]:
        """The names by which a string would call a unit: the class for a constructor, and what a private name is outside."""
        if unit.cls is None:
            return {unit.name}
        cls = unit.cls
        if unit.name == "__init__":
            return {unit.name, *(heir.name for heir in cls.descendants())}
        return {unit.name, f"_{cls.name.lstrip('_')}{unit.name}"}

    def _named_in_strings(self) -> set[str]:
        """Names in calls that look functions up by strings, and in doctests."""
        if self._strings is None:
            self._strings = set()
            for module in self._solver.index.modules.values():
                for node in module.source.nodes:
                    if isinstance(node, ast.Call):
                        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                        if name in _BY_STRING:
                            self._strings |= {
                                a.value.rpartition(".")[2]
                                for a in node.args
                                if isinstance(a, ast.Constant) and isinstance(a.value, str)
                            }
                    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and ">>>" in node.value:
                        for line in _EXAMPLE.findall(node.value):
                            self._strings |= set(_CALLED.findall(line))
                            for bases in _BASES.findall(line):
                                self._strings |= {base.strip().rpartition(".")[2] for base in bases.split(",")}
        return self._strings

    def _is_loaded(self, unit: Unit) -> bool:
        """Whether a function may be taken from a module that is loaded by a string."""
        return unit.cls is None and unit.parent is unit.module.unit and unit.name in self._loaded_names()

    def _loaded_names(self) -> set[str]:
        """Names that are taken from modules loaded by strings, or made when they are asked for."""
        if self._loaded is None:
            flow = self._solver.flow
            dynamic = self.loads_by_string()
            self._loaded = set()
            for node in list(flow.scope_at) if dynamic else []:
                if isinstance(node, ast.Attribute) and node.value in flow.node_of:
                    values = flow.graph.values[flow.node_of[node.value]]
                    if not values or any(
                        (v.kind in ("unknown", "made", "foreign") and not _is_plain(v)) or _is_lazy(v, node.attr) for v in values
                    ):
                        self._loaded.add(node.attr)
        return self._loaded

    def loads_by_string(self) -> bool:
        """Whether modules are loaded, or their names made, by strings anywhere in the program."""
        if self._loading is None:
            texts = [m.source.text for m in self._solver.index.modules.values()]
            self._loading = any(word in text for text in texts for word in _LOADING)
        return self._loading

    def _lost_names(self) -> set[str]:
        """Names of methods that are called on something about which the analysis knows nothing at all."""
        if self._lost is None:
            flow = self._solver.flow
            methods = {u.name for u in self._solver.index.units if u.cls is not None}
            self._lost = {
                node.attr
                for node in flow.scope_at
                if isinstance(node, ast.Attribute)
                and node.attr in methods
                and node in flow.node_of
                and not flow.graph.values[flow.node_of[node]]
                and not _has_values(flow, node.value)
            }
        return self._lost

    def _mentions(self, unit: Unit, solution: "Solution") -> Trouble | None:
        for mention in self._solver.graph.mentions.get(unit, ()):
            trouble = None if mention.direct else self._mention(mention, unit, solution)
            if trouble is not None:
                return trouble
        return None

    def _mention(self, mention: Mention, unit: Unit, solution: "Solution") -> Trouble | None:
        bound = mention.origin in solution.partials
        for escape in mention.escapes:
            if escape.how in ("thread", "maybe thread"):
                return Trouble(
                    "VWG112",
                    f"`{unit.name}` is handed on to `{escape.to}` and draws from a stream it shares",
                    f"give each task a generator of its own, e.g. {self._solver.flow.library.task}",
                )
            if escape.how != "now" or not bound:
                return Trouble(
                    "VWG112", f"`{unit.name}` is handed on to `{escape.to}`", "hand on functools.partial(..., rng=rng)"
                )
        if bound and mention.value.kind == CLASS and mention.value in self._solver.flow.examined:
            return Trouble(
                "VWG112",
                f"`{unit.cls.name if unit.cls else unit.name}` is handed on as a class",
                "hand on a function that makes the object",
            )
        if bound and mention.value in self._solver.flow.examined:
            return Trouble(
                "VWG112",
                f"`{unit.name}` is compared or looked at where it is handed on",
                "hand on functools.partial(..., rng=rng)",
            )
        if bound and mention.unit is not None and not solution.at_hand(mention.unit):
            return self._left(mention.unit)
        if not bound:
            for edge in mention.edges:
                if unit in edge.targets and (edge.call is None or edge.call not in solution.calls) and not edge.passed:
                    return Trouble(
                        "VWG112",
                        f"`{unit.name}` is called by a name that it was given elsewhere ({self._at(edge)})",
                        "call it by its own name, with `rng=rng`",
                    )
                if unit in edge.ran:
                    return Trouble(
                        "VWG112",
                        f"`{unit.name}` is run by code that passes no `rng` ({self._at(edge)})",
                        "hand on functools.partial(..., rng=rng)",
                    )
        if not bound and not mention.edges and not mention.escapes and self._vanishes(mention):
            return Trouble(
                "VWG112", f"`{unit.name}` is handed on to where it cannot be followed", "hand on functools.partial(..., rng=rng)"
            )
        return None

    def _vanishes(self, mention: Mention) -> bool:
        """Whether a function is named, not called, and nothing is known of what becomes of it."""
        unit = mention.unit
        if unit is None or not isinstance(mention.origin, (ast.Name, ast.Attribute)):
            return False
        if mention.value in self._solver.flow.examined:
            return False
        places = self._solver.places[unit.module]
        parent = places.parent.get(mention.origin)
        if isinstance(
            parent,
            (
                ast.Attribute,
                ast.ClassDef,
                ast.Compare,
                ast.ExceptHandler,
                ast.arg,
                ast.AnnAssign,
                ast.Subscript,
                ast.match_case,
                ast.MatchClass,
                ast.Expr,
            ),
        ):
            return False
        return not (
            isinstance(parent, ast.FunctionDef) and (mention.origin in parent.decorator_list or mention.origin is parent.returns)
        )

    def _own(self, unit: Unit, solution: "Solution") -> Trouble | None:
        is_test = self._solver.entries.kind(unit) == "test"
        if not is_test and self._is_loaded(unit):
            return self._by_name(unit)
        if self._solver.flow.looked_at.get(unit) is not None and unit.kind == "function":
            return Trouble(
                "VWG108",
                f"`{unit.name}` looks at its own variables by `locals()` or runs code from a string",
                "name what it needs, then run again",
            )
        if self._solver.entries.kind(unit) == "fixture" and self._keeps(unit, solution):
            return Trouble(
                "VWG116",
                f"what the fixture `{unit.name}` makes goes on drawing in the tests",
                "make a fixture `rng` and take it as an argument",
            )
        if unit.is_generator and self._solver.entries.kind(unit) not in ("fixture", "hook"):
            return Trouble("VWG116", f"the generator `{unit.name}` seeds while others draw", "seed before it is called")
        for other, host in solution.host.items():
            if host is unit and unit.kind == "function":
                reach = self._solver.graph.reach(unit)
                for edge in self._solver.graph.into.get(other, ()):
                    if edge.unit not in reach and edge.unit not in solution.host:
                        return Trouble(
                            "VWG116", f"what `{unit.name}` makes goes on drawing after it has returned", "seed where it is called"
                        )
        return None

    def _keeps(self, unit: Unit, solution: "Solution") -> bool:
        if any(host is unit for host in solution.host.values()) or any(u is unit for u in solution.partials.values()):
            return True
        ops = self._solver.ops(unit)
        return any(op.kind == "use" and op.bare and op.alias is None for op in ops) or all(op.kind == "seed" for op in ops)

    def _closure(self, unit: Unit, solution: "Solution") -> Trouble | None:
        host = solution.host[unit]
        for mention in self._solver.graph.mentions.get(unit, ()):
            for escape in mention.escapes:
                if escape.how != "now":
                    return Trouble(
                        "VWG112",
                        f"`{unit.name}` is handed on to `{escape.to}` and draws from a stream it shares",
                        f"give each task a generator of its own, e.g. {self._solver.flow.library.task}",
                    )
        if any(unit in e.threads for e in self._solver.graph.into.get(unit, ())):
            return Trouble(
                "VWG112",
                f"`{unit.name}` is run in another thread and draws from a stream it shares",
                f"give each task a generator of its own, e.g. {self._solver.flow.library.task}",
            )
        if not solution.at_hand(host):
            return self._left(host)
        return None

    def _self(self, unit: Unit, solution: "Solution") -> Trouble | None:
        if unit.is_static:
            return Trouble("VWG108", f"`{unit.name}` is static and has no `self.rng`", "make it a method")
        cls = solution.family[unit]
        for heir in {*cls.descendants(), *cls.mro()}:
            for node in ast.walk(heir.node):
                if (
                    isinstance(node, ast.Attribute)
                    and node.attr == RNG
                    and isinstance(node.value, ast.Name)
                    and node.value.id in ("self", "cls", heir.name)
                ):
                    return Trouble("VWG108", "`self.rng` is another attribute of this class", "rename it, then run again")
        return None

    def _seeder(self, unit: Unit, solution: "Solution") -> Trouble | None:
        """A fixture that seeds stays if one of those for which it does has to stay, or what they run or may run."""
        from varwg_codemod.solver import GLOBAL

        for other, fixture in solution.asks.items():
            if fixture is unit and other is not unit:
                if other in solution.reasons:
                    return self._left(other)
                dirt = self._solver.dirt(other, solution) if other in solution.needs else None
                if dirt is not None:
                    return Trouble("VWG116", f"it seeds for `{other.name}`; {dirt.reason}", dirt.advice)
        stays = (u for u, mode in solution.mode.items() if mode == GLOBAL and u in solution.disturbs and u is not unit)
        loose = next((u for u in stays if self.is_loose(u)), None)
        return None if loose is None else self._left(loose)

    # Whole groups

    def _families(self, solution: "Solution") -> Iterator[tuple[Unit, Trouble]]:
        """Test classes that share `self.rng`: all of their methods, or none."""
        by_class: dict[object, list[Unit]] = {}
        for unit, cls in solution.family.items():
            by_class.setdefault(cls, []).append(unit)
        for units in by_class.values():
            stays = next((u for u in units if u in solution.reasons and u in solution.disturbs), None)
            reason = solution.reasons[stays] if stays is not None else None
            if reason is None:
                dirty = [t for u in units if u in solution.disturbs and (t := self._solver.dirt(u, solution)) is not None]
                reason = dirty[0] if dirty else None
            if reason is not None:
                for unit in units:
                    if unit in solution.needs and unit not in solution.reasons:
                        yield unit, Trouble("VWG117", reason.reason, reason.advice)

    def _tests(self, solution: "Solution") -> Iterator[tuple[Unit, Trouble]]:
        """Tests that go on with the stream of what ran before them."""
        fixtures, entries = self._solver.fixtures, self._solver.entries
        files = [u for u in fixtures.files if self._solver.seeds_on_import(u) and solution.asks.get(u) is not u]
        tests = [u for u in solution.disturbs if entries.kind(u) in ("test", "fixture", "hook") and u not in solution.asks]
        for unit in tests:
            lead = solution.leading.get(unit)
            own_setup = unit in solution.family
            before = [
                u
                for u in fixtures.before(unit)
                if u in solution.disturbs and not (own_setup and u in solution.family and entries.is_setup(u))
            ]
            before += files if not own_setup else []
            if not before or (lead is not None and not own_setup):
                continue
            first = before[0].module.path if before[0].kind == "module" else before[0].name
            for one in (unit, *before):
                if one not in solution.reasons:
                    yield one, _shared(f"`{first}` may seed the stream of `{unit.name}`")
            anew = any(u in solution.leading for u in before if fixtures.is_for_each(u))
            once = {u for u in before if not fixtures.is_for_each(u) and not anew}
            for other in tests if once else ():
                if other in solution.leading and other not in solution.reasons and self._comes_between(other, once):
                    yield other, _shared(f"`{unit.name}` may go on with the stream that `{other.name}` seeds")

    def _comes_between(self, unit: Unit, once: set[Unit]) -> bool:
        """Whether a test may run between what prepares several tests and one of these."""
        return any(self._solver.fixtures.is_wide(u) for u in once) or not once.isdisjoint(self._solver.fixtures.before(unit))

    # Names and rules

    def _names(self, unit: Unit, solution: "Solution") -> Trouble | None:
        """Whether `rng` means something else in a unit."""
        from varwg_codemod.solver import ATTRIBUTE, SELF

        if solution.mode[unit] in (SELF, ATTRIBUTE) or self._solver.takes(unit):
            if self._solver.takes(unit) and any(op.kind in ("use", "seed", "store") for op in self._solver.ops(unit)):
                return Trouble(
                    "VWG118",
                    f"`{unit.name}` has a parameter `rng` and uses the global generator as well",
                    "make `rng` required and remove the fallback",
                )
            return None
        if any(a.arg == RNG for a in unit.parameters()):
            return Trouble(
                "VWG118",
                f"`{unit.name}` has a parameter `rng` and uses the global generator as well",
                "make `rng` required and remove the fallback",
            )
        if RNG in unit.scope.outer and unit.kind != "module":
            return Trouble("VWG108", "`rng` is declared global in this function", "rename it, then run again")
        for node, variable in self._variables(unit):
            user = self._user(node)
            if user is not None:
                if not solution.at_hand(user):
                    return Trouble(
                        "VWG108", "`rng` is the global generator in code that stays as it is", "rename it, then run again"
                    )
            elif variable is None or not self._is_ours(variable, unit):
                return Trouble("VWG108", "`rng` is another variable in this function", "rename it, then run again")
        return None

    def _variables(self, unit: Unit) -> Iterator[tuple[ast.AST, Variable | None]]:
        """Each place in a unit where the plain name `rng` is read or bound."""
        module = unit.module
        if RNG not in module.source.text:
            return
        if unit.kind in ("module", "main"):
            variable = module.scope.names.get(RNG)
            if variable is not None:
                for _, node in variable.bindings:
                    yield node, variable
                for op in self._solver.effects.all():
                    if op.unit.module is module and isinstance(op.node, ast.Name) and op.node.id == RNG:
                        yield op.node, variable
            return
        for node in ast.walk(unit.node):
            if isinstance(node, ast.Name) and node.id == RNG:
                scope = self._solver.flow.scope_at.get(node) or self._scope_of(node, unit)
                yield node, scope.lookup(RNG)
            elif isinstance(node, ast.arg) and node.arg == RNG:
                yield node, None

    def _scope_of(self, node: ast.AST, unit: Unit) -> Scope:
        index = self._solver.index
        for above in self._solver.places[unit.module].above(node):
            if above in index.scope_of:
                return index.scope_of[above]
        return unit.module.scope

    def _is_ours(self, variable: Variable, unit: Unit) -> bool:
        """Whether a variable is bound to the hidden generator only, and will be the explicit one."""
        aliases = {op.alias for op in self._solver.effects.all() if op.alias is not None}
        places = self._solver.places[variable.scope.module]
        for kind, node in variable.bindings:
            if kind == "import" and any(
                stmt is node and alias.name == RNG
                for alias, stmt, _ in self._solver.effects.imports.get(variable.scope.module, ())
            ):
                continue
            if node in aliases or places.parent.get(node) in aliases:
                continue
            return False
        return True

    def _user(self, node: ast.AST) -> Unit | None:
        """The unit that uses the hidden generator by the plain name `rng` here."""
        if self._uses is None:
            self._uses = {op.node: op.unit for op in self._solver.effects.all() if isinstance(op.node, ast.Name)}
        return self._uses.get(node)

    def _blocked(self, unit: Unit, solution: "Solution") -> Trouble | None:
        """Whether a rule that is switched off would have to be applied."""
        if not self._solver.blocked:
            return None
        from varwg_codemod.printer import codes_needed

        for code in sorted(codes_needed(unit, solution, self._solver)):
            if code in self._solver.blocked:
                return Trouble(code, f"it needs the rule {code}, which is not applied", "apply it, or rewrite this by hand")
        return None


def _shared(reason: str) -> Trouble:
    return Trouble("VWG116", reason, "make a fixture `rng` and take it as an argument")


def _foreign_bases(unit: Unit) -> list[str]:
    """Bases outside of the program, and metaclasses, that may call a method."""
    return _bases_outside(unit.cls) if unit.cls is not None else []


def _bases_outside(cls: Class) -> list[str]:
    """Bases of a class outside of the program, and metaclasses, that may use its objects."""
    found = [b for b in cls.all_foreign() if b.removesuffix("()") not in QUIET_BASES]
    for base in cls.mro():
        for keyword in base.node.keywords:
            name = getattr(keyword.value, "attr", getattr(keyword.value, "id", ""))
            if keyword.arg == "metaclass" and name not in ("ABCMeta", "EnumMeta"):
                found.append(name)
    return found


def _placed(node: ast.AST, unit: Unit) -> ast.AST:
    if hasattr(node, "lineno"):
        return node
    context = getattr(node, "context_expr", None)
    return context if context is not None else unit.node


def _is_plain(value: Value) -> bool:
    """Whether a value from elsewhere is no module loaded by a string."""
    return value.kind != "unknown" and not str(value.what).startswith(
        ("importlib", "__import__", "__main__", "sys.modules", "runpy")
    )


def _is_lazy(value: Value, name: str) -> bool:
    """Whether a module makes a name when it is asked for it."""
    return value.kind == "module" and name not in value.what.scope.names and "__getattr__" in value.what.scope.names


def _has_values(flow: object, node: ast.AST) -> bool:
    held = flow.node_of.get(node)  # type: ignore[attr-defined]
    return held is not None and bool(flow.graph.values[held])  # type: ignore[attr-defined]


def _reads_key(unit: Unit) -> bool:
    return any(isinstance(n, ast.Constant) and n.value == RNG for n in ast.walk(unit.node))
