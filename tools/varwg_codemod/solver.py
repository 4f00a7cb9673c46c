"""Decides once, for a whole program, where each unit gets its generator from.

Every unit that draws or seeds has a mode.

- PARAMETER: it takes `rng`.
- OWN: a program or stream starts there, and it makes its generator.
- SHIM: as OWN, but something that it runs still draws from the hidden generator, so its generator is that one.
- CLOSURE: a function in one of the others, which sees its `rng`.
- ATTRIBUTE: a method that Python calls, and so can take no argument; its class is given `rng` when an object is made, and keeps
  it in `self.rng`.
- SELF: a method of a test class whose `setUp` seeds, with `self.rng`.
- FIXTURE: a fixture that only seeded, and is the fixture `rng` now.
- GLOBAL: it stays as it is, with a reason.

The solver starts with nothing in GLOBAL and only ever adds to it, until all invariants hold:

1. Who calls a PARAMETER unit has a generator at hand, and the call can be given one more argument.
2. All functions that one call may run take `rng`, or none.
3. Each mention of a PARAMETER unit is such a call, or can be bound to the generator where it stands.
4. An OWN unit is run by none that draws or seeds itself: nobody goes on with its stream.
5. Nothing that an OWN unit runs is GLOBAL or unknown; otherwise it is SHIM.
"""

import ast
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from varwg_codemod.callgraph import CallGraph, Edge, Mention
from varwg_codemod.effects import Effects, Op
from varwg_codemod.entries import Entries, is_test_file
from varwg_codemod.flow.build import Flow
from varwg_codemod.index import Class, Index, Module, Unit
from varwg_codemod.library import CALLING_BACK
from varwg_codemod.obstacles import Obstacles
from varwg_codemod.places import Places
from varwg_codemod.tests_of import Fixtures
from varwg_codemod.troubles import Trouble

PARAMETER, OWN, SHIM, SELF, CLOSURE, GLOBAL = "parameter", "own", "shim", "self", "closure", "global"
ATTRIBUTE, FIXTURE = "attribute", "fixture"
RNG = "rng"
_STATE = re.compile(r"\.bit_generator\.state\s*=|\bset_state\(")


@dataclass
class Solution:
    """What becomes of each unit, call and mention."""

    mode: dict[Unit, str] = field(default_factory=dict)
    reasons: dict[Unit, Trouble] = field(default_factory=dict)
    needs: set[Unit] = field(default_factory=set)
    disturbs: set[Unit] = field(default_factory=set)
    own: set[Unit] = field(default_factory=set)
    leading: dict[Unit, Op] = field(default_factory=dict)
    host: dict[Unit, Unit] = field(default_factory=dict)
    calls: dict[ast.Call, tuple[Unit, str]] = field(default_factory=dict)  # calls that gain `rng`: in which unit, by which rule
    partials: dict[ast.AST, Unit] = field(default_factory=dict)
    unclean: dict[Unit, Trouble] = field(default_factory=dict)
    family: dict[Unit, Class] = field(default_factory=dict)
    _askers: frozenset[Unit] | None = None
    _guests: dict[Unit, set[Unit]] | None = None
    asks: dict[Unit, Unit] = field(default_factory=dict)  # tests and fixtures that ask for the fixture `rng`, and that one

    def at_hand(self, unit: Unit) -> bool:
        """Whether a unit has a generator that it can pass on."""
        return self.mode.get(unit, GLOBAL) != GLOBAL

    def askers(self) -> frozenset[Unit]:
        """Units that give a generator to what they call or hand on; to be asked when all is decided."""
        if self._askers is None:
            self._askers = frozenset([*(u for u, _ in self.calls.values()), *self.partials.values()])
        return self._askers

    def guests(self, unit: Unit) -> frozenset[Unit]:
        """The other units that use the generator of a unit; to be asked when all modes are decided."""
        if self._guests is None:
            self._guests = {}
            for other in self.host:
                if self.host_of(other) is not other:
                    self._guests.setdefault(self.host_of(other), set()).add(other)
        return frozenset(self._guests.get(unit, ()))

    def host_of(self, unit: Unit) -> Unit:
        """The unit whose generator a unit uses."""
        while self.mode.get(unit) == CLOSURE:
            unit = self.host[unit]
        return unit


class Solver:
    """Finds the solution of a program."""

    def __init__(
        self,
        index: Index,
        flow: Flow,
        effects: Effects,
        graph: CallGraph,
        entries: Entries,
        places: dict[Module, Places],
        blocked: frozenset[str] = frozenset(),
    ) -> None:
        self.index, self.flow, self.effects, self.graph = index, flow, effects, graph
        self.entries, self.places, self.blocked = entries, places, blocked
        self.fixtures = Fixtures(index, entries)
        self.obstacles = Obstacles(self)
        self._global: dict[Unit, Trouble] = {}
        self._imports = _import_closure(index)
        self._attribute: set[Unit] = set()  # methods that cannot take `rng`, of classes that keep it
        self._late: set[Unit] = set()  # units that hand their generator on before they seed
        self._made: set[object] | None = None  # the classes of which objects are made
        self._near: dict[Module, set[Module]] = {}
        self._dubious = sorted({*effects.held, *effects.foreign, *effects.unknown}, key=lambda u: u.number)
        self._namers: dict[ast.AST, Unit] | None = None

    def solve(self, stays: Trouble | None = None) -> Solution:
        """Iterate until nothing more has to stay; with a reason, all of it stays."""
        if stays is not None:
            self._global = dict.fromkeys({u for u in self.effects.ops if self.effects.ops[u]}, stays)
        for op in self.effects.all():
            if op.trouble is not None:
                self._global.setdefault(op.unit, op.trouble)
        while True:
            solution = self._attempt()
            before = len(self._global) + len(self._attribute)
            late = self._handing_on_first(solution)
            if late:
                self._late |= late
                continue
            for unit, trouble in self._violations(solution):
                if unit not in self._attribute and self._may_keep(unit, trouble):
                    self._attribute.add(unit)
                else:
                    self._global.setdefault(unit, trouble)
            if len(self._global) + len(self._attribute) == before:
                return solution

    def _may_keep(self, unit: Unit, trouble: Trouble) -> bool:
        """Whether the object of a method that cannot be given a generator can have one.

        A method that is called by its name somewhere, or handed on, may be run by anything: by all that is known it is the
        same stream only where the whole program seeds once.
        """
        if trouble.code == "VWG105":
            return self.obstacles.may_keep(unit)
        if trouble.code not in ("VWG112", "VWG113") or unit.cls is None or self._is_shared(unit):
            return False
        seeds = [op for op in self.effects.all() if op.kind in ("seed", "store", "dynamic") or (op.kind == "api" and op.bare)]
        once = len(seeds) < 2 and not any(op.where.loops or op.where.nested for op in seeds)
        return once and self.obstacles.may_keep(unit)

    def _is_shared(self, unit: Unit) -> bool:
        """Whether another thread or process may run a unit, or a copy of it, as far as is known of where it is handed to."""
        escapes = [escape for mention in self.graph.mentions.get(unit, ()) for escape in mention.escapes]
        elsewhere = any(e.how != "now" and e.to.replace("()", "").partition(".")[0] not in CALLING_BACK for e in escapes)
        return elsewhere or any(unit in e.threads for e in self.graph.into.get(unit, ()))

    def keepers(self, unit: Unit) -> frozenset[Unit]:
        """The constructors of all objects that have a method; none if some have no constructor of the program."""
        if unit.cls is None:
            return frozenset()
        if self._made is None:
            self._made = {made for site in self.flow.sites for made in site.makes}
        found = set()
        for heir in unit.cls.descendants():
            variable = heir.attribute("__init__")
            made = [self.index.unit_of.get(node) for _, node in variable.bindings] if variable is not None else []
            if len(made) == 1 and made[0] is not None:
                found.add(made[0])
            elif made or heir in self._made or len(heir.descendants()) == 1:
                return frozenset()
        return frozenset(found)

    def without_constructor(self, solution: Solution) -> list[Class]:
        """Classes whose methods stay because their objects have no constructor that could be given a generator."""
        found: dict[Class, None] = {}
        for unit, trouble in solution.reasons.items():
            if unit.cls is not None and trouble.code in ("VWG105", "VWG112", "VWG113") and unit in solution.disturbs:
                found.update(dict.fromkeys(cls for cls in unit.cls.descendants() if self._could_be_constructed(cls)))
        return list(found)

    def _could_be_constructed(self, cls: Class) -> bool:
        """Whether a constructor without arguments would change nothing for a class and those that derive from it."""
        if cls.attribute("__init__") is not None or self._made is None or cls not in self._made:
            return False
        heirs, bases = cls.descendants()[1:], cls.mro()
        if any(len(heir.node.bases) != 1 for heir in heirs) or set(cls.all_foreign()) - {"object", "abc.ABC"}:
            return False
        return not any(
            c.decorators or c.node.keywords or c.is_dataclass or not {"__new__", "__slots__"}.isdisjoint(c.scope.names)
            for c in (*heirs, *bases)
        )

    def _handing_on_first(self, solution: Solution) -> set[Unit]:
        """Units that give their generator to what they call, make or bind before the seed that is to be the first of all."""
        late: set[Unit] = set()
        for node, unit in [*((node, unit) for node, (unit, _) in solution.calls.items()), *solution.partials.items()]:
            lead = solution.leading.get(unit) if unit in solution.own else None
            if unit in solution.family and self.entries.is_setup(unit):
                lead = self._first_seed(unit, self.ops(unit), ())
            if lead is not None and not lead.where.dominates(self.places[unit.module].where(node, unit)):
                late.add(unit)
        return late

    # One attempt

    def _attempt(self) -> Solution:
        solution = Solution(reasons=dict(self._global))
        self._families(solution)
        self._asks(solution)
        self._roots(solution)
        for unit in solution.needs:
            solution.mode[unit] = self._mode(unit, solution)
        for unit in self._global:
            solution.mode[unit] = GLOBAL
        self._hand_on(solution)
        return solution

    def ops(self, unit: Unit) -> list[Op]:
        """The operations of a unit."""
        return self.effects.ops.get(unit, [])

    def _families(self, solution: Solution) -> None:
        """Test classes whose preparation seeds: their methods share `self.rng`."""
        for unit in self.index.units:
            if not self.entries.is_setup(unit) or unit in self._global or unit in self._late:
                continue
            cls = unit.cls
            assert cls is not None
            lead = self._first_seed(unit, self.ops(unit), ())
            if lead is None or len(lead.where.path) != 1 or self._may_return_before(unit, lead):
                continue
            for heir in cls.descendants():
                for variable in heir.scope.names.values():
                    for kind, node in variable.bindings:
                        method = self.index.unit_of.get(node) if kind == "def" else None
                        if method is not None and method.is_method and not method.is_class_method:
                            solution.family.setdefault(method, cls)
            for heir in cls.mro()[1:]:
                for variable in heir.scope.names.values():
                    for kind, node in variable.bindings:
                        method = self.index.unit_of.get(node) if kind == "def" else None
                        if method is not None and method.is_method and self.ops(method):
                            solution.family.setdefault(method, cls)

    def _asks(self, solution: Solution) -> None:
        """Tests and fixtures for which one fixture or file seeds: that becomes the fixture `rng`, for which they ask."""
        touched = self._closure({u for u in self.effects.ops if self.effects.ops[u]} | set(self.effects.held), lambda unit: True)
        free = [u for u in touched if u not in self._global and self.fixtures.seeds(u, self.ops(u))]
        seeders = sorted(free, key=self.fixtures.nearness, reverse=True)  # the nearest seeds last, and so for good
        near = [u for u in touched if u not in seeders and self.entries.kind(u) in ("test", "fixture", "hook")]
        for seeder in seeders:
            wide = self.fixtures.is_wide(seeder)
            mine = {u for u in near if u not in solution.asks and (wide or seeder in self.fixtures.before(u))}
            alone = (mine or not wide) and self._seeds_alone(seeder, mine)
            if alone and all(self._may_ask(u, seeder, mine, touched) for u in mine):
                solution.asks.update(dict.fromkeys(mine, seeder))
                solution.asks[seeder] = seeder

    def _seeds_alone(self, seeder: Unit, mine: set[Unit]) -> bool:
        """Whether one stream runs through all tests that a unit prepares: nothing else seeds it, nor draws on import."""
        if self.fixtures.scope(seeder) == "function":
            return True
        run = {u for unit in mine for u in self.graph.reach(unit)}
        if self.fixtures.is_wide(seeder):
            run = set(self.effects.ops)
        return not any(
            (op.bare if op.kind == "api" else op.kind in ("seed", "store", "dynamic")) or unit.kind == "module"
            for unit in run - {seeder}
            for op in self.ops(unit)
        )

    def _may_ask(self, unit: Unit, seeder: Unit, mine: set[Unit], touched: set[Unit]) -> bool:
        """Whether a test or fixture can take the fixture `rng`, and shares its stream with no other."""
        if unit in self._global or self.entries.kind(unit) not in ("test", "fixture"):
            return False
        if unit.cls is not None and any(base.endswith("TestCase") for base in unit.cls.all_foreign()):
            return False
        if self.entries.kind(unit) == "fixture" and not self.fixtures.may_hold(unit, seeder):
            return False
        others = {u for u in self.fixtures.before(unit) if u in touched and u is not seeder}
        return self.fixtures.governs(seeder, unit) and all(
            u in mine or (self.fixtures.seeds(u, self.ops(u)) and self.fixtures.nearness(u) < self.fixtures.nearness(seeder))
            for u in others
        )

    def seeds_on_import(self, unit: Unit) -> bool:
        """Whether importing a file may seed, by itself or by what it imports."""
        run = {u for module in self._imports[unit.module] for u in self.graph.reach(module.unit)}
        return any(op.kind in ("seed", "store", "dynamic") for u in run for op in self.ops(u))

    def _may_return_before(self, unit: Unit, lead: Op) -> bool:
        before = unit.body[: lead.where.path[0][1]]
        return any(isinstance(node, (ast.Return, ast.Raise, ast.Yield)) for statement in before for node in ast.walk(statement))

    def _roots(self, solution: Solution) -> None:
        """Where generators are made: the largest set of units that leave no stream to others."""
        direct = {u for u in self.effects.ops if self.effects.ops[u]} | set(self.effects.held)
        self._direct = direct
        touched = self._closure(direct, lambda unit: True)
        solution.leading = {u: lead for u in touched if (lead := self._leading(u, touched)) is not None}
        own = {
            u
            for u in touched
            if u not in self._global
            and u not in solution.family
            and u not in solution.asks
            and self._may_own(u, solution, touched)
        }
        ancestors = {u: self.graph.ancestors(u) for u in own}
        while True:
            solution.disturbs = self._closure(direct, lambda u, own=own: u not in own)  # type: ignore[misc]
            apart = {u: self._apart(u, own, solution.disturbs) for u in solution.disturbs if u in direct}
            wrong = {u for u in own if self._is_heard(u, ancestors[u] & solution.disturbs, apart)}
            wrong |= {u for u in own if u.kind == "main" and u.parent in solution.disturbs}
            wrong |= {u for u in own - wrong if self._borrows(u, solution.disturbs)}
            wrong |= {u for u in own - wrong if u not in solution.leading and self._goes_on(u, ancestors[u], direct)}
            if not wrong:
                break
            own -= wrong
        solution.own = own
        solution.leading = {u: lead for u in touched if (lead := self._leading(u, solution.disturbs - own)) is not None}
        self._needs(solution)

    def _is_heard(self, unit: Unit, ancestors: set[Unit], apart: dict[Unit, set[Unit]]) -> bool:
        """Whether somebody who runs a unit may go on with its stream."""
        return any(unit not in apart.get(a, ()) for a in ancestors)

    def _apart(self, unit: Unit, own: set[Unit], disturbs: set[Unit]) -> set[Unit]:
        """Roots that a unit runs before it seeds, and so leave no stream to it."""
        lead = self._leading(unit, disturbs - own)
        if lead is None or lead.kind != "seed":
            return set()
        places, source = self.places[unit.module], unit.module.source
        found: set[Unit] = set()
        for edge in self.graph.out.get(unit, ()):
            roots = self._run_roots(edge, own)
            where = places.where(edge.site.node, unit)
            before = hasattr(edge.site.node, "lineno") and source.start(edge.site.node) < source.start(lead.node)
            if roots and before and not where.nested and not set(where.loops) & set(lead.where.loops):
                found |= roots
        after = {
            r
            for e in self.graph.out.get(unit, ())
            for r in self._run_roots(e, own)
            if not hasattr(e.site.node, "lineno") or source.start(e.site.node) > source.start(lead.node)
        }
        return found - after

    def _run_roots(self, edge: Edge, own: set[Unit]) -> set[Unit]:
        return {r for callee in edge.callees for r in self.graph.reach(callee) if r in own}

    def _borrows(self, unit: Unit, disturbs: set[Unit]) -> bool:
        """Whether a unit runs functions or uses objects that hold the generator of a stream that started elsewhere."""
        reach = self.graph.reach(unit)
        for other in reach:
            makers = self.keepers(other) if other in self._attribute else ()
            if any(e.unit not in reach for made in makers for e in self.graph.into.get(made, ())):
                return True
            inner = other.kind == "lambda" or (other.parent is not None and other.parent.kind in ("function", "lambda"))
            if other is not unit and inner and other in disturbs and other.parent in disturbs and other.parent not in reach:
                return True
            for mention in self.graph.mentions.get(other, ()) if other in disturbs and other is not unit else ():
                bound = mention.origin in self.graph.partials or mention.escapes or mention.unit in disturbs
                if (
                    mention.unit is not None
                    and mention.unit not in reach
                    and bound
                    and _may_run_in(mention, reach)
                    and not mention.direct
                    and (mention.unit.kind != "module" or mention.origin in self.graph.partials)
                ):
                    return True
            for node in self.effects.held.get(other, ()):
                source = self._namer(node)
                if source is not None and source not in reach and source.parent not in reach:
                    return True
        return False

    def _namer(self, node: ast.AST) -> Unit | None:
        """The unit that names the hidden generator at a node."""
        if self._namers is None:
            self._namers = {
                n: op.unit for op in self.effects.all() for n in (op.node, getattr(op.node, "func", None)) if n is not None
            }
        return self._namers.get(node)

    def _goes_on(self, unit: Unit, ancestors: set[Unit], direct: set[Unit]) -> bool:
        """Whether a unit that does not seed goes on with the stream of what was run before it."""
        mine = self.graph.reach(unit)
        others = {u for a in ancestors for u in self.graph.reach(a) if u in direct}
        return bool(others - mine - {unit})

    def _may_own(self, unit: Unit, solution: Solution, touched: set[Unit]) -> bool:
        if self.entries.kind(unit):
            return True
        if unit.kind != "function" or unit not in solution.leading:
            return False
        others = [op for op in self.ops(unit) if op is not solution.leading[unit]]
        return bool(others) or any(e.callees & touched for e in self.graph.out.get(unit, ()))

    def _closure(self, start: Iterable[Unit], through: Callable[[Unit], bool]) -> set[Unit]:
        """Units, and all that run them, as long as `through` says so."""
        found = set(start)
        open_ = list(found)
        while open_:
            unit = open_.pop()
            if not through(unit):
                continue
            for edge in self.graph.into.get(unit, ()):
                if edge.unit not in found and unit not in edge.threads:
                    found.add(edge.unit)
                    open_.append(edge.unit)
        return found

    def _needs(self, solution: Solution) -> None:
        """Units that need a generator at hand, with those that are called at the same places."""
        needs = {u for u, ops in self.effects.ops.items() if ops and u not in self._global}
        needs |= {u for u in self._takers() if u not in self._global}
        done: set[Unit] = set()
        while True:
            fresh = [u for u in needs - done if u not in solution.own and not self._is_inner(u)]
            fresh = fresh or [u for u in needs - done if u not in solution.own and u.parent not in needs]
            more: set[Unit] = set()
            for unit in fresh:
                done.add(unit)
                more |= self._needed_for(unit)
            if not fresh:
                for unit in done:
                    more |= self._needed_for_mentions(unit, needs, solution)
            more = {u for u in more if u not in needs and u not in self._global}
            if not more and not fresh:
                break
            needs |= more
        solution.needs = needs

    def _is_inner(self, unit: Unit) -> bool:
        return unit.kind == "lambda" or (unit.parent is not None and unit.parent.kind in ("function", "lambda"))

    def _needed_for(self, unit: Unit) -> set[Unit]:
        """Units that need a generator because they call another, or bind it where nothing else can."""
        more: set[Unit] = set()
        if unit in self._attribute:
            return set(self.keepers(unit))
        for edge in self.graph.into.get(unit, ()):
            if unit in edge.targets and not edge.passed and self._direct_at(edge, unit):
                more.add(edge.unit)
                more |= set(edge.targets)
        return more | self._mentioners(unit)

    def _needed_for_mentions(self, unit: Unit, needs: set[Unit], solution: Solution) -> set[Unit]:
        """Units that call a function by a name it was given where no generator is at hand."""
        more: set[Unit] = set()
        for mention in self.graph.mentions.get(unit, ()) if unit not in self._attribute else ():
            bindable = (
                isinstance(mention.origin, (ast.Name, ast.Attribute)) and mention.unit in needs and mention.unit.kind != "module"
            )
            if not mention.direct and not bindable:
                for edge in mention.edges:
                    if unit in edge.targets and not edge.passed:
                        more.add(edge.unit)
                        more |= {t for t in edge.targets if t not in solution.own}
        return more

    def _takers(self) -> set[Unit]:
        """Functions that take a required `rng` already, and are called without.

        A call that may run functions without that parameter as well was written for those: it says nothing of the others.
        """
        found = set()
        for edge in self.graph.edges:
            if edge.call is None or edge.passed or any(k.arg is None for k in edge.call.keywords):
                continue
            if all(self.takes(u) for u in edge.targets):
                found |= {u for u in edge.targets if not self._given_by_position(edge.call, u)}
        return found

    def _given_by_position(self, call: ast.Call, unit: Unit) -> bool:
        args = unit.args
        names = [a.arg for a in (*args.posonlyargs, *args.args)] if args is not None else []
        if RNG not in names:
            return False
        place = names.index(RNG) - (1 if unit.is_method else 0)
        return len(call.args) > place or any(isinstance(a, ast.Starred) for a in call.args)

    def takes(self, unit: Unit) -> bool:
        """Whether a function has a required parameter `rng` already."""
        args = unit.args
        if args is None:
            return False
        required = [a.arg for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True) if d is None]
        positional = [*args.posonlyargs, *args.args]
        required += [a.arg for a in positional[: len(positional) - len(args.defaults)]]
        return RNG in required

    def _mentioners(self, unit: Unit) -> set[Unit]:
        """Units that name a function which is run by code from elsewhere, and so have to bind the generator to it."""
        found = set()
        for mention in self.graph.mentions.get(unit, ()):
            foreign = (
                mention.escapes
                or any(e.ran.get(unit, "wrapper") != "wrapper" for e in mention.edges)
                or mention.origin in self.graph.partials
            )
            if mention.unit is not None and not mention.direct and foreign:
                found.add(mention.unit)
        return found

    # Seeds

    def _leading(self, unit: Unit, touched: set[Unit]) -> Op | None:
        """The seeding statement that certainly comes before all else that a unit does to the generator."""
        ops = self.ops(unit)
        if unit in self._late or not any(op.kind in ("seed", "store") for op in ops):
            return None
        others = [edge.site.node for edge in self.graph.out.get(unit, ()) if edge.callees & touched]
        for child in self._inner(unit):
            if child in touched:
                others += [
                    m.origin
                    for m in self.graph.mentions.get(child, ())
                    if m.origin is not None and m.unit is unit and child.kind != "lambda"
                ]
                if child.kind == "lambda":
                    others.append(child.node)
        return self._first_seed(unit, ops, others)

    def _first_seed(self, unit: Unit, ops: list[Op], others: Iterable[ast.AST]) -> Op | None:
        places = self.places[unit.module]
        wheres = [(op, op.where) for op in ops if op.kind != "dynamic" or op.name]
        more = [places.where(node, unit) for node in others]
        for op in ops:
            if op.kind not in ("seed", "store") or op.where.nested or op.trouble is not None:
                continue
            if all(other is op or self._comes_first(op, other) for other, _ in wheres) and all(
                op.where.dominates(w) for w in more
            ):
                return op
        return None

    def _comes_first(self, seed: Op, other: Op) -> bool:
        return seed.where.dominates(other.where)

    def _inner(self, unit: Unit) -> list[Unit]:
        found = []
        for child in unit.children:
            if child.kind in ("function", "lambda"):
                found.append(child)
                found += self._inner(child)
        return found

    # Modes

    def _mode(self, unit: Unit, solution: Solution) -> str:
        if unit in self._global:
            return GLOBAL
        if unit in solution.family:
            return SELF
        if unit in solution.own:
            return OWN
        if unit in self._attribute:
            return ATTRIBUTE
        if solution.asks.get(unit) is unit:
            return FIXTURE
        if unit.kind == "module":
            return GLOBAL
        parent = unit.parent
        assert parent is not None
        if unit.kind == "main":
            solution.host[unit] = parent
            return CLOSURE if parent in solution.needs and parent not in self._global else GLOBAL
        nested = parent.kind in ("function", "lambda") or (unit.kind == "lambda" and parent.kind != "function")
        if nested and parent in solution.needs and parent in solution.disturbs and parent not in self._global:
            solution.host[unit] = parent
            return CLOSURE
        return PARAMETER

    def _hand_on(self, solution: Solution) -> None:
        """How mentions that are not calls get their generator: bound where they stand, or passed where they are called."""
        must: set[Edge] = set()
        waiting: list[Mention] = []
        for unit, mode in solution.mode.items():
            if mode != PARAMETER:
                continue
            for edge in self.graph.into.get(unit, ()):
                if unit in edge.targets and edge.call is not None and self._direct_at(edge, unit) and not edge.passed:
                    must.add(edge)
            for mention in self.graph.mentions.get(unit, ()):
                if mention.direct or self._is_only_wrapped(mention):
                    continue
                foreign = (
                    bool(mention.escapes)
                    or any(e.ran.get(unit, "wrapper") != "wrapper" for e in mention.edges)
                    or mention.origin in self.graph.partials
                )
                if not foreign and self._cannot_bind(mention, unit, solution):
                    must.update(e for e in mention.edges if unit in e.targets)
                else:
                    waiting.append(mention)
        for mention in waiting:
            if mention.escapes or not mention.edges or any(e not in must for e in mention.edges):
                travels = mention.escapes or mention.edges or mention.origin in self.graph.partials
                if mention.unit is not None and isinstance(mention.origin, (ast.Name, ast.Attribute)) and travels:
                    solution.partials[mention.origin] = mention.unit
        for edge in must:
            if edge.call is not None and not edge.passed:
                rule = "VWG013" if edge.certainty == "maybe" else "VWG006"
                solution.calls[edge.call] = edge.unit, rule

    def _direct_at(self, edge: Edge, unit: Unit) -> bool:
        func = edge.call.func if edge.call is not None else None
        return any(v.origin is func or v.origin is edge.site.node for v in edge.targets[unit])

    def _is_only_wrapped(self, mention: Mention) -> bool:
        """Whether a definition only reaches its own decorators, which hand all arguments on."""
        return mention.origin is None and not mention.edges and not mention.escapes

    def _cannot_bind(self, mention: Mention, unit: Unit, solution: Solution) -> bool:
        """Whether no generator is at hand where a function is mentioned."""
        if mention.unit is None or not isinstance(mention.origin, (ast.Name, ast.Attribute)):
            return True
        return mention.unit.kind == "module" or not solution.at_hand(mention.unit)

    # Invariants

    def _violations(self, solution: Solution) -> Iterable[tuple[Unit, Trouble]]:
        """Units that break an invariant, and why they have to stay."""
        found = list(self.obstacles.find(solution))
        if found:
            return found
        self._clean(solution)
        return [*self._continued(solution), *self._captured(solution), *self._worthless(solution)]

    def _clean(self, solution: Solution) -> None:
        """Mark the roots that run something which still draws from the hidden generator."""
        for unit in list(solution.own):
            if solution.mode.get(unit) == OWN:
                trouble = self.dirt(unit, solution)
                if trouble is not None and not self._is_unseeded(unit):
                    solution.mode[unit] = SHIM
                    solution.unclean[unit] = trouble

    def _continued(self, solution: Solution) -> Iterable[tuple[Unit, Trouble]]:
        """Tests that do not seed go on with the stream of the last one before them that does: both keep the hidden generator."""
        seeding: dict[Unit, set[Unit]] = {}
        if any(mode == OWN and u not in solution.leading and self.entries.kind(u) for u, mode in solution.mode.items()):
            tests = (u for u in self.index.units if self.entries.kind(u) == "test")
            for test in sorted(tests, key=self.fixtures.order):
                seeding[test] = {
                    u
                    for entry in (test, *self.fixtures.before(test))
                    for u in self.graph.reach(entry)
                    if any(op.kind in ("seed", "store") or (op.kind == "api" and op.bare) for op in self.ops(u))
                }
        last: Unit | None = None
        for test, seeders in seeding.items():
            entries = (test, *self.fixtures.before(test))
            following = [u for u in entries if solution.mode.get(u) == OWN and u not in solution.leading]
            if last is not None and following and not seeders:
                for unit in following:
                    solution.mode[unit] = SHIM
                    solution.unclean[unit] = _goes_on_after(unit, last)
                for unit in {u for entry in (last, *self.fixtures.before(last)) for u in self.graph.reach(entry)}:
                    if solution.mode.get(unit) == OWN and not self.graph.reach(unit).isdisjoint(seeding[last]):
                        solution.mode[unit] = SHIM
                        solution.unclean[unit] = _goes_on_after(following[0], last)
                    elif unit in seeding[last] and solution.mode.get(unit) in (SELF, FIXTURE):
                        yield unit, _goes_on_after(following[0], last)
            last = test if seeders else last

    def dirt(self, unit: Unit, solution: Solution) -> Trouble | None:
        """What a unit runs that may draw from the hidden generator or seed it."""
        reach, near = self._runs(unit)
        stays = {u for u, mode in solution.mode.items() if mode == GLOBAL and u in solution.disturbs}
        left = sorted(
            (u for u in stays if u in reach or (u.module in near and self.obstacles.is_loose(u))), key=lambda u: u.number
        )
        if left:
            return _left_behind(left[0])
        for other in (u for u in self._dubious if u in reach):
            for node in self.effects.held.get(other, ()):
                source = self._namer(node)
                if source is not None and source in stays:
                    return _left_behind(source)
            for node, root in self.effects.foreign.get(other, ()):
                return _foreign(other, node, root)
            for node, code in self.effects.unknown.get(other, ()):
                return _unknown(other, node, code)
        return None

    def _runs(self, unit: Unit) -> tuple[set[Unit], set[Module]]:
        """What a unit runs, with the modules that are imported for it, and the modules that may run together with it."""
        reach = set(self.graph.reach(unit))
        modules = {m for own in {u.module for u in reach} for m in self._imports[own]} | {u.module for u in reach}
        reach |= {m.unit for m in modules if m is not unit.module}
        if unit.kind == "module" and unit.module.main is not None:
            reach |= self.graph.reach(unit.module.main)
        elif unit.module.unit is not unit:
            reach.add(unit.module.unit)
        near = set(self._imports) if self.obstacles.loads_by_string() else modules | {unit.module} | self._around(unit.module)
        return reach, near

    def _is_unseeded(self, unit: Unit) -> bool:
        """Whether no code that a root may run seeds, nor runs other packages: its numbers differ from run to run anyway.

        NumPy's hidden generator is seeded by anybody; that of this library by the program alone.
        """
        if self.flow.library.module:
            return False
        reach, near = self._runs(unit)
        reach |= {u for u, ops in self.effects.ops.items() if ops and u.module in near and self.obstacles.is_loose(u)}
        return not any(u in self.effects.foreign or any(not _is_draw(op) for op in self.ops(u)) for u in reach)

    def _around(self, module: Module) -> set[Module]:
        """Modules that may run together with one: what imports it, and what that imports."""
        if module not in self._near:
            found: set[Module] = set()
            for other, closed in self._imports.items():
                if module in closed and (other is module or not is_test_file(other.path)):
                    found |= closed
            self._near[module] = found
        return self._near[module]

    def _worthless(self, solution: Solution) -> Iterable[tuple[Unit, Trouble]]:
        """Groups of units in which something is left behind, and that would not use the hidden generator less than before."""
        for group in self._groups(solution):
            shim = [u for u in group if solution.mode.get(u) == SHIM]
            orphans = self._orphans(group, solution)
            if not shim and not orphans:
                continue
            gain = sum(len([op for op in self.ops(u) if self._is_replaced(op, solution)]) for u in group)
            gain -= sum(not any(op.alias for op in self.ops(u)) for u in shim if self._wants_generator(u, solution))
            if gain <= 0 or orphans:
                reason = next((solution.unclean[u] for u in shim), None) or next(iter(orphans.values()), None)
                for unit in group:
                    if solution.mode.get(unit, GLOBAL) != GLOBAL and reason is not None:
                        yield unit, reason

    def _captured(self, solution: Solution) -> Iterable[tuple[Unit, Trouble]]:
        """Kept methods of the generator, in programs that seed more than once: which stream they follow would change."""
        kept = [op for op in self.effects.all() if op.captured and solution.mode.get(op.unit, GLOBAL) != GLOBAL]
        seeds = [op for op in self.effects.all() if op.kind == "seed"] if kept else []
        again = any(op is not solution.leading.get(op.unit) or op.unit not in solution.own or op.where.loops for op in seeds)
        if again or any(_STATE.search(m.source.text) for m in self.index.modules.values() if kept):
            for op in kept:
                yield (
                    op.unit,
                    Trouble(
                        "VWG108",
                        "a method or part of the generator is kept while it is seeded anew",
                        "call the method on the generator itself, then run again",
                    ),
                )

    def _orphans(self, group: set[Unit], solution: Solution) -> dict[Unit, Trouble]:
        """Functions that seed for code that cannot be seen, and whose callers cannot be seen either."""
        found = {}
        for unit in group:
            seeds = solution.mode.get(unit) in (PARAMETER, SELF) and any(op.kind == "seed" for op in self.ops(unit))
            trouble = self.dirt(unit, solution) if seeds and not self.graph.ancestors(unit) - {unit} else None
            if trouble is not None:
                found[unit] = trouble
        return found

    def _is_replaced(self, op: Op, solution: Solution) -> bool:
        mode = solution.mode.get(op.unit)
        if mode == SHIM:
            return op.kind == "use" and op.alias is None
        return mode not in (None, GLOBAL) and op.kind in ("use", "seed", "store")

    def _wants_generator(self, unit: Unit, solution: Solution) -> bool:
        """Whether a unit with the hidden generator has to name it."""
        if any(op.kind in ("use", "api") for op in self.ops(unit)):
            return True
        hosted = solution.guests(unit)
        asked = solution.askers()
        return bool(hosted) or unit in asked

    def _groups(self, solution: Solution) -> list[set[Unit]]:
        """Units that are connected by calls."""
        units = set(solution.mode)
        groups: list[set[Unit]] = []
        guests: dict[Unit, set[Unit]] = {}
        for guest, host in solution.host.items():
            guests.setdefault(host, set()).add(guest)
        while units:
            start = units.pop()
            group, open_ = {start}, [start]
            while open_:
                unit = open_.pop()
                near = {e.unit for e in self.graph.into.get(unit, ())} | {
                    c for e in self.graph.out.get(unit, ()) for c in e.callees
                }
                near |= {solution.host[unit]} if unit in solution.host else set()
                near |= guests.get(unit, set())
                for other in near - group:
                    group.add(other)
                    open_.append(other)
            units -= group
            groups.append(group & set(solution.mode))
        return groups


def _is_draw(op: Op) -> bool:
    """Whether an operation draws numbers and does nothing else to the generator."""
    return (op.kind == "use" and not op.bare) or (op.kind == "api" and not op.bare)


def _may_run_in(mention: Mention, reach: frozenset[Unit]) -> bool:
    """Whether what a mention names may be run by some units, as far as is known of where it is run."""
    if any(escape.how != "now" for escape in mention.escapes) or not (mention.edges or mention.escapes):
        return True
    return any(edge.unit in reach for edge in mention.edges)


def _place(unit: Unit, node: ast.AST) -> str:
    line, _ = unit.module.source.place(unit.module.source.start(node))
    return f"{unit.module.path}:{line}"


def shown(unit: Unit) -> str:
    """A unit as a reader knows it."""
    if unit.kind in ("module", "main"):
        return f"the code of {unit.module.path}"
    name = f"{unit.cls.name}.{unit.name}" if unit.cls is not None else unit.name
    return f"`{name}` ({_place(unit, unit.node)})"


def _left_behind(unit: Unit) -> Trouble:
    return Trouble(
        "VWG117",
        f"{shown(unit)} still draws from the global generator",
        "rewrite that first, then run again; until then the numbers stay the same",
    )


def _goes_on_after(unit: Unit, last: Unit) -> Trouble:
    return Trouble(
        "VWG116",
        f"{shown(unit)} does not seed, and goes on with the stream that {shown(last)} seeds",
        f"let `{unit.name}` seed as well, then run again",
    )


def _foreign(unit: Unit, node: ast.AST, root: str) -> Trouble:
    return Trouble(
        "VWG116",
        f"`{root}`, which is not part of the run, may draw from the global generator ({_place(unit, node)})",
        f"run the codemod on `{root}` as well, or pass it a Generator",
    )


def _unknown(unit: Unit, node: ast.AST, code: str) -> Trouble:
    return Trouble(
        "VWG116",
        f"`{code}` may be anything, and may draw from the global generator ({_place(unit, node)})",
        "pass it a Generator, then seed by hand",
    )


def _import_closure(index: Index) -> dict[Module, set[Module]]:
    """For each module, those that are imported because of it."""
    imports: dict[Module, set[Module]] = {m: set() for m in index.modules.values()}
    for module in index.modules.values():
        for importer in module.importers:
            imports[index.modules[importer]].add(module)
    closed = {}
    for module in imports:
        found, open_ = {module}, [module]
        while open_:
            for other in imports[open_.pop()] - found:
                found.add(other)
                open_.append(other)
        closed[module] = found
    return closed
