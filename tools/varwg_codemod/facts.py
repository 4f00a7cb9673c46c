"""What is known of one source file after scanning it: plain values with offsets, no syntax trees."""

from dataclasses import dataclass

Ref = tuple[str, str]
"""A thing referred to: ("abs", "package.module.name") or ("here", "Class.method" of this file)."""

TypeRef = tuple[str, object]
"""How the class of a value may be found out; see `varwg_codemod.receivers`."""


@dataclass(frozen=True)
class Spot:
    """A stretch of the text, as offsets, and the line (from 1) and column (from 1) it starts at."""

    start: int
    end: int
    line: int
    col: int


@dataclass(frozen=True)
class Where:
    """A place in the program.

    `path` lists (block, index of the statement in it) from the unit's own body inwards; `loops` the
    loops and comprehensions around the place; `nested` is set inside a def, class or lambda that is
    itself inside the unit; `moment` is the offset at which the place can first be executed.
    """

    unit: str
    path: tuple[tuple[int, int], ...]
    loops: tuple[int, ...]
    nested: bool
    moment: int


@dataclass(frozen=True)
class Trouble:
    """Why a site is left for a human (rule code, reason, what to do)."""

    code: str
    reason: str
    advice: str


@dataclass(frozen=True)
class OldName:
    """One use of an old name.

    `kind`: "use" (the generator), "reseed" (a call of reseed as a statement), "store" (the attribute
    itself is replaced), "import" (an alias in a from-import), "leave" (only ever reported).
    """

    kind: str
    spot: Spot
    where: Where
    name: str
    source: str
    method: str | None = None
    bare: bool = False
    call_end: int = 0
    alias: bool = False
    through_variable: bool = False
    drop: tuple[int, int] | None = None
    trouble: Trouble | None = None
    harmless: bool = False


@dataclass(frozen=True)
class Call:
    """A call: what is called, and where to insert a keyword argument (`{}` stands for the text).

    `keywords` has for each argument its keyword, its stars, or "" if it is positional, and `arguments`
    the class of its value.
    """

    where: Where
    spot: Spot
    target: Ref | None
    receiver: TypeRef | None
    method: str | None
    keywords: tuple[str, ...]
    insertions: tuple[tuple[int, str], ...]
    source: str
    arguments: tuple[TypeRef | None, ...] = ()
    old_arguments: tuple["OldArgument", ...] = ()


@dataclass(frozen=True)
class OldArgument:
    """An argument of the old API (`random_state=`, `seed_before_sim=`): its span with the comma."""

    name: str
    remove: tuple[int, int]
    value: str
    spot: Spot


@dataclass(frozen=True)
class Reference:
    """A function named without being called: what is named and who gets it."""

    where: Where
    spot: Spot
    target: Ref | None
    receiver: TypeRef | None
    method: str | None
    given_to: str
    given_ref: Ref | None
    partial: tuple[tuple[int, str], ...] | None = None
    source: str = ""


@dataclass(frozen=True)
class Unit:
    """A module's top level, its ``if __name__ == "__main__"`` block, a function or a method.

    `hands_on_keywords` tells of a decorator that the functions it makes pass keyword arguments on; `doctest`
    is the docstring of a function if it calls the function without passing ``rng``.
    """

    name: str
    kind: str
    cls: str | None
    spot: Spot
    decorators: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    positional: int = 0
    none_defaults: tuple[str, ...] = ()
    insertions: tuple[tuple[int, str], ...] = ()
    rng_index: int | None = None
    rng_required: bool = False
    generator: bool = False
    early_exit: int | None = None
    autouse: bool = False
    foreign_rng: bool = False
    returns: tuple[TypeRef, ...] = ()
    annotated: bool = False
    hands_on_keywords: bool = False
    doctest: Spot | None = None

    @property
    def short(self) -> str:
        """The function's own name."""
        return self.name.rsplit(".", 1)[-1]


@dataclass(frozen=True)
class Class:
    """A class, its bases, its methods, and the classes of the attributes set on ``self``."""

    name: str
    bases: tuple[Ref, ...]
    methods: tuple[str, ...]
    attributes: tuple[tuple[str, TypeRef], ...] = ()
    rng_attribute: bool = False


@dataclass(frozen=True)
class Block:
    """A list of statements: where each starts, how it is indented, and the loops around it."""

    starts: tuple[int, ...]
    indent: str
    loops: tuple[int, ...]
    nested: bool
    one_line: bool


@dataclass(frozen=True)
class ImportName:
    """One name of an old package bound by an import statement, and how often it is used.

    `old`: it is one of the old names itself; `lone`: the statement is alone on its line, and its block
    would not be empty without it.
    """

    statement: Spot
    alias: Spot
    bound: str
    ref: str
    line: tuple[int, int]
    lone: bool
    uses: int
    exported: bool
    old: bool = False


@dataclass(frozen=True)
class ModuleFacts:
    """Everything the planning needs to know of one file."""

    path: str
    newline: str
    units: tuple[Unit, ...] = ()
    classes: tuple[Class, ...] = ()
    old_names: tuple[OldName, ...] = ()
    calls: tuple[Call, ...] = ()
    references: tuple[Reference, ...] = ()
    blocks: tuple[Block, ...] = ()
    imports: tuple[ImportName, ...] = ()
    bindings: tuple[tuple[str, Ref], ...] = ()
    numpy_name: str | None = None
    numpy_conflict: bool = False
    partial_name: str | None = None
    import_anchor: tuple[int, str, str] = (0, "", "")
