"""What each unit does with the stream: draws, seeds, calls of other units, functions handed on."""

from dataclasses import dataclass, replace

from varwg_codemod.facts import Call, OldName, Reference, Spot, Trouble, Where
from varwg_codemod.names import (
    API_FUNCTIONS,
    API_METHODS,
    CALLING_BUILTINS,
    CALLING_LIBRARIES,
    EXECUTOR_METHODS,
    LIBRARY_ROOTS,
    PARTIAL,
    PROPERTY_DECORATORS,
    RNG,
    TELLING_METHODS,
)
from varwg_codemod.program import Key, Program
from varwg_codemod.receivers import Kind, Receivers


@dataclass(frozen=True)
class Op:
    """One thing a unit does that concerns the stream.

    `kind`: "use", "reseed", "store" (old names); "call" (of units); "api" (of the new API's stochastic
    methods); "reference" (units named without being called); "property" (units run by reading an
    attribute); "left" (for a human, and drawing from or seeding the old stream).
    `targets` are the units involved; `passed` tells that a generator is already passed; `telling`, of a
    method called on an unknown object, that it may be one of the new API as well.
    """

    kind: str
    path: str
    where: Where
    spot: Spot
    source: str
    targets: tuple[Key, ...] = ()
    old: OldName | None = None
    call: Call | None = None
    reference: Reference | None = None
    passed: bool = False
    by_name: bool = False
    telling: bool = False
    trouble: Trouble | None = None

    @property
    def unit(self) -> Key:
        """The unit that does it."""
        return self.path, self.where.unit


def link(program: Program, blocked: frozenset[str]) -> tuple[Op, ...]:
    """All operations of all units, also those whose targets turn out not to draw."""
    receivers = Receivers(program)
    found: list[Op] = []
    for path, facts in program.modules.items():
        found += [_old(path, old) for old in facts.old_names if old.kind != "import"]
        for call in facts.calls:
            found += _implicit(program, path, call)
            op = _call(program, receivers, path, call)
            if op is not None and op.kind == "api" and "VWG010" in blocked and call.old_arguments:
                op = _with_old_arguments(op, call)
            if op is not None:
                found.append(op)
        for reference in facts.references:
            op = _reference(program, receivers, path, reference)
            if op is not None:
                found.append(op)
    return tuple(found)


def _implicit(program: Program, path: str, call: Call) -> list[Op]:
    """Making an object may run its properties and special methods, which nobody calls by name."""
    cls = program.define(path, call.target).cls
    if cls is None:
        return []
    methods = [
        key
        for owner in program.lineage(cls)
        for name in program.classes[owner].methods
        for key in program.method(owner, name)
        if program.has_foreign_base(owner) or _is_implicit(program, key)
    ]
    if not methods:
        return []
    return [Op("property", path, call.where, call.spot, call.source, targets=tuple(dict.fromkeys(methods)))]


def _is_implicit(program: Program, key: Key) -> bool:
    unit = program.units[key]
    special = unit.short.startswith("__") and unit.short.endswith("__") and unit.short != "__init__"
    return special or bool(set(unit.decorators) & PROPERTY_DECORATORS)


def _old(path: str, old: OldName) -> Op:
    kind = "left" if old.kind == "leave" else old.kind
    return Op(kind, path, old.where, old.spot, old.source, old=old, trouble=old.trouble)


def _call(program: Program, receivers: Receivers, path: str, call: Call) -> Op | None:
    passed = RNG in call.keywords
    if call.target is not None:
        units = _callable_units(program, path, call)
        if units:
            return _op("call", path, call, units, passed or _given(program, units[0], call))
        if _is_api_function(call.target):
            return _api(program, path, call, passed)
        return None
    if call.method is None:
        return None
    kinds = _without_containers(receivers.kinds(path, call.receiver))
    if len({form for form, _ in kinds}) > 1:
        kinds = frozenset()
    if kinds and all(form == "foreign" for form, _ in kinds):
        return None
    if kinds and all(form == "api" for form, _ in kinds):
        if all(call.method in API_METHODS[str(name)] for _, name in kinds):
            return _api(program, path, call, passed)
        return None
    families: list[Key] = []
    for form, cls in kinds:
        if form == "run" and call.receiver is not None and call.receiver[0] == "super":
            families += program.method(cls, call.method)  # type: ignore[arg-type]
        elif form == "run":
            families += program.family(cls, call.method)  # type: ignore[arg-type]
    if kinds:
        return _op("call", path, call, tuple(dict.fromkeys(families)), passed) if families else None
    telling = call.method in TELLING_METHODS and not passed and _knows_library(program, path)
    named = program.methods_named(call.method)
    if named:
        return replace(_op("call", path, call, tuple(named), passed, by_name=True), telling=telling)
    if telling:
        trouble = Trouble(
            "VWG113",
            f"cannot tell which object `.{call.method}()` is called on",
            f"if it is a VarWG or Multisite, write `{call.source}(..., rng=rng)`",
        )
        return Op("left", path, call.where, call.spot, call.source, call=call, trouble=trouble)
    return None


def _without_containers(kinds: frozenset[Kind]) -> frozenset[Kind]:
    """Methods of lists and dictionaries are those of no class of the program."""
    return frozenset(("foreign", "") if form in {"list", "dict"} else (form, owner) for form, owner in kinds)


def _api(program: Program, path: str, call: Call, passed: bool) -> Op:
    """A call of the new API, left for a human if an argument of the old one cannot be moved out."""
    arguments = [a for a in call.old_arguments if a.value != "None"]
    if not arguments:
        return _op("api", path, call, (), passed)
    where = call.where
    block = program.modules[path].blocks[where.path[-1][0]] if where.path else None
    movable = block is not None and not block.one_line and block.loops == where.loops
    facts = program.modules[path]
    spots = [*(old.spot for old in facts.old_names), *(other.spot for other in facts.calls)]
    inside = any(_encloses(a.spot, spot) for a in arguments for spot in spots)
    if movable and not inside and not where.nested and len(arguments) == 1 and not passed:
        return _op("api", path, call, (), passed)
    return _with_old_arguments(_op("api", path, call, (), passed), call)


def _encloses(outer: Spot, inner: Spot) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _with_old_arguments(op: Op, call: Call) -> Op:
    """A call whose arguments of the old API are left for a human."""
    argument = call.old_arguments[0]
    trouble = Trouble(
        "VWG010",
        f"`{argument.name}=` is no longer an argument",
        "seed a Generator in a statement before the call and pass it as `rng=`",
    )
    return replace(op, kind="left", spot=argument.spot, source=argument.name, trouble=trouble)


def _given(program: Program, key: Key, call: Call) -> bool:
    """Whether a call passes ``rng`` by position."""
    unit = program.units[key]
    if unit.rng_index is None:
        return False
    return call.keywords.count("") > unit.rng_index - (unit.cls is not None)


def _op(kind: str, path: str, call: Call, units: tuple[Key, ...], passed: bool, by_name: bool = False) -> Op:
    return Op(
        kind,
        path,
        call.where,
        call.spot,
        call.source,
        targets=units,
        call=call,
        passed=passed,
        by_name=by_name,
    )


def _callable_units(program: Program, path: str, call: Call) -> tuple[Key, ...]:
    """The units that a call by name runs: functions, or the `__init__` of a class."""
    definition = program.define(path, call.target)
    if definition.cls is not None:
        return tuple(program.method(definition.cls, "__init__"))
    return definition.units


def _is_api_function(ref: tuple[str, str]) -> bool:
    parts = ref[1].split(".")
    return ref[0] == "abs" and len(parts) == 2 and parts[0] in LIBRARY_ROOTS and parts[1] in API_FUNCTIONS


def _knows_library(program: Program, path: str) -> bool:
    """Whether a file imports one of the packages."""
    return any(module.split(".")[0] in LIBRARY_ROOTS for module in program.imports_of(path))


def _reference(program: Program, receivers: Receivers, path: str, reference: Reference) -> Op | None:
    units: list[Key] = []
    if reference.given_ref in _LOOKING:
        return None
    if reference.target is not None:
        definition = program.define(path, reference.target)
        units += definition.units
        if definition.cls is not None and reference.given_to not in _HARMLESS_FOR_CLASSES:
            units += program.method(definition.cls, "__init__")
    elif reference.method is not None:
        for form, cls in receivers.kinds(path, reference.receiver):
            if form == "run":
                units += program.family(cls, reference.method)  # type: ignore[arg-type]
    if not units or (reference.given_to == "attribute" and not _all_properties(program, units)):
        return None
    kind = "property" if _all_properties(program, units) else "reference"
    return Op(
        kind,
        path,
        reference.where,
        reference.spot,
        reference.source,
        targets=tuple(dict.fromkeys(units)),
        reference=reference,
        passed=reference.partial == (),
    )


# Builtins that look at a function without calling or keeping it.
_LOOKING = frozenset(("abs", name) for name in ("callable", "repr", "id", "hash", "type", "dir", "help"))
_HARMLESS_FOR_CLASSES = frozenset({"isinstance", "issubclass", "attribute", "super", "decorator", ""})


def _all_properties(program: Program, units: list[Key]) -> bool:
    return all(set(program.units[key].decorators) & PROPERTY_DECORATORS for key in units)


def handling(reference: Reference) -> str:
    """How a function that is handed on can get its generator.

    "partial" (it is being bound by functools.partial already), "wrap" (it can be bound by one),
    "executor" (it runs in another thread or process), or "unknown".
    """
    given = reference.given_ref
    if reference.partial is not None and given is not None and given[1] in PARTIAL:
        return "partial"
    if given is not None and (given[1] in CALLING_BUILTINS or given[1].split(".")[0] in CALLING_LIBRARIES):
        return "wrap"
    return "executor" if reference.given_to in EXECUTOR_METHODS else "unknown"
