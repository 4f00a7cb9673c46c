"""Find state that lives longer than a call and is shared by everybody: a checker for Python sources.

    python tools/no_globals.py PATH... [--exempt FILE]

Prints `file:line: [rule] what` for each finding; the exit code is 1 if there are any, 2 if nothing could be checked.
It reads the text of the files (with `ast`) and imports nothing. What a name stands for is looked up in the imports and
definitions of its own file; what a call returns is not known: a call at module level passes if it is known to return
something immutable, if it makes a frozen dataclass, named tuple or enumeration of the files checked, or if the name is
annotated with `Final` and the call is not known to return something mutable.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

#: The one file that is allowed to hold state, by the end of its path.
EXEMPT: Final = ("varwg/_deprecated_rng.py",)

RULES: Final = (
    ("module-value", "a mutable value, or one that may be, at module level"),
    ("class-value", "a mutable value shared by all instances of a class"),
    ("global", "a global statement"),
    ("function-attribute", "an attribute written to a function or class"),
    ("cache", "functools.lru_cache or cache"),
    ("thread-local", "threading.local"),
    ("context-variable", "contextvars"),
    ("foreign-write", "a write to an imported module or object"),
    ("process-setting", "a setting of the whole process, such as warnings.filterwarnings or numpy.seterr"),
    ("mutable-default", "a default argument that is mutable"),
)

_MUTABLE_CALLS: Final = frozenset({
    "bytearray", "dict", "iter", "list", "open", "set",
    "array.array", "collections.ChainMap", "collections.Counter", "collections.OrderedDict", "collections.UserDict",
    "collections.UserList", "collections.defaultdict", "collections.deque", "io.BytesIO", "io.StringIO",
    "itertools.chain", "itertools.count", "itertools.cycle", "itertools.repeat", "queue.Queue", "random.Random",
    "str.maketrans", "dict.fromkeys", "threading.Condition", "threading.Event", "threading.Lock", "threading.RLock",
    "threading.Semaphore", "types.SimpleNamespace", "weakref.WeakKeyDictionary", "weakref.WeakSet",
    "weakref.WeakValueDictionary", "numpy.arange", "numpy.array", "numpy.asarray", "numpy.empty", "numpy.eye",
    "numpy.full", "numpy.geomspace", "numpy.identity", "numpy.linspace", "numpy.logspace", "numpy.ones", "numpy.zeros",
    "numpy.random.Generator", "numpy.random.RandomState", "numpy.random.default_rng",
})  # fmt: skip

_IMMUTABLE_CALLS: Final = frozenset({
    "bool", "bytes", "complex", "float", "frozenset", "int", "len", "max", "min", "object", "range", "str", "sum",
    "tuple", "collections.namedtuple", "dataclasses.field", "datetime.date", "datetime.datetime", "datetime.timedelta",
    "decimal.Decimal", "fractions.Fraction", "logging.getLogger", "math.sqrt", "math.log", "math.exp",
    "numpy.datetime64", "numpy.dtype", "numpy.finfo", "numpy.float64", "numpy.iinfo", "numpy.timedelta64",
    "operator.attrgetter", "operator.itemgetter", "pathlib.Path", "pathlib.PurePath", "pathlib.PurePosixPath",
    "re.compile", "types.MappingProxyType", "typing.NamedTuple", "typing.NewType", "typing.ParamSpec",
    "typing.TypeVar", "typing.TypeVarTuple", "typing.cast",
})  # fmt: skip

#: Calls that make something immutable out of the container given to them.
_FREEZERS: Final = frozenset({"frozenset", "tuple", "types.MappingProxyType"})

_SETTINGS: Final = frozenset({
    "faulthandler.enable", "gc.disable", "locale.setlocale", "logging.basicConfig", "logging.disable",
    "matplotlib.use", "numpy.random.seed", "numpy.random.set_state", "numpy.set_printoptions", "numpy.seterr",
    "numpy.seterrcall", "os.chdir", "os.putenv", "os.umask", "random.seed", "signal.signal", "sys.setrecursionlimit",
    "sys.setswitchinterval", "warnings.filterwarnings", "warnings.resetwarnings", "warnings.simplefilter",
    "xarray.set_options",
})  # fmt: skip
#: Settings that are the business of a program's main function, and wrong only at import.
_OF_A_PROGRAM: Final = frozenset({
    "faulthandler.enable", "logging.basicConfig", "logging.disable", "matplotlib.use", "signal.signal",
    "sys.setrecursionlimit",
})  # fmt: skip
_INSIDE_CATCH_WARNINGS: Final = frozenset({"warnings.filterwarnings", "warnings.simplefilter"})
_AS_CONTEXT: Final = frozenset({"xarray.set_options"})  # restored at the end of a with block

_CACHES: Final = frozenset({"functools.cache", "functools.lru_cache"})
_MUTATORS: Final = frozenset({
    "add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove", "setdefault", "sort", "update",
})  # fmt: skip
_IN_FUNCTION: Final = "def"  # stands among the contexts for the body of a function
_IMMUTABLE_BASES: Final = frozenset({
    "enum.Enum", "enum.IntEnum", "enum.StrEnum", "enum.Flag", "enum.IntFlag", "typing.NamedTuple",
})  # fmt: skip
_OWN_NAMES: Final = frozenset({"__all__", "__slots__", "__match_args__"})

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_Display: TypeAlias = ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp | ast.GeneratorExp


class Finding(NamedTuple):
    """Something shared and mutable."""

    line: int
    rule: str
    message: str


class Scope(NamedTuple):
    """Names bound outside and inside of the function that is looked at."""

    imported: dict[str, str]  # name -> dotted path of what it stands for
    defined: frozenset[str]  # functions and classes of the module
    local: frozenset[str]  # names bound in the enclosing functions, which hide the others
    frozen_classes: frozenset[str]


def check_source(text: str, frozen_classes: frozenset[str] = frozenset()) -> list[Finding]:
    """Findings in the source of one module, by line.

    Parameters
    ----------
    text : str
        Python source.
    frozen_classes : frozenset of str
        Names of classes, besides those of the source, whose instances are immutable.

    Raises
    ------
    SyntaxError
        If the source is not Python.
    """
    tree = ast.parse(text)
    defined = frozenset(node.name for node in tree.body if isinstance(node, (_Function, ast.ClassDef)))
    scope = Scope(_imports(tree), defined, frozenset(), frozen_classes | frozen_class_names(text))
    findings = [*_shared_values(tree.body, scope, "module-value"), *_walk(tree.body, scope, frozenset())]
    return sorted(set(findings))


def frozen_class_names(text: str) -> frozenset[str]:
    """Names of the classes in a source whose instances are immutable: frozen dataclasses, named tuples, enumerations."""
    tree = ast.parse(text)
    scope = Scope(_imports(tree), frozenset(), frozenset(), frozenset())
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and _is_frozen(node, scope))


def _is_frozen(node: ast.ClassDef, scope: Scope) -> bool:
    if any(_path(base, scope) in _IMMUTABLE_BASES for base in node.bases):
        return True
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and _path(decorator.func, scope) == "dataclasses.dataclass":
            frozen = next((word.value for word in decorator.keywords if word.arg == "frozen"), None)
            if isinstance(frozen, ast.Constant) and frozen.value is True:
                return True
    return False


def _imports(tree: ast.Module) -> dict[str, str]:
    """What each imported name of a module stands for, wherever it is imported."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.partition(".")[0]] = alias.name if alias.asname else alias.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            for alias in node.names:
                names[alias.asname or alias.name] = f"{origin}.{alias.name}"
    return names


def _path(node: ast.expr, scope: Scope) -> str:
    """Dotted path that an expression names, by the imports; empty if it is not a chain of names."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    root = node.id if node.id in scope.local else scope.imported.get(node.id, node.id)
    return ".".join([root, *reversed(parts)])


# Values that live as long as a module or a class ---------------------------------------------------------------------


def _shared_values(body: Sequence[ast.stmt], scope: Scope, rule: str) -> Iterator[Finding]:
    """Mutable values bound by the statements of a module or class, and of classes in it."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _shared_values(node.body, scope, "class-value")
        elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            yield from _binding(node, scope, rule)
        elif isinstance(node, (ast.If, ast.Try, ast.With, ast.For, ast.While)):
            for block in _blocks(node):
                yield from _shared_values(block, scope, rule)


def _blocks(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        yield getattr(node, name, [])
    for handler in getattr(node, "handlers", []):
        yield handler.body


def _binding(node: ast.Assign | ast.AnnAssign | ast.AugAssign, scope: Scope, rule: str) -> Iterator[Finding]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    if node.value is None or set(names) & _OWN_NAMES:
        return
    final = isinstance(node, ast.AnnAssign) and "Final" in ast.unparse(node.annotation)
    what = _mutable(node.value, scope, trusted=final)
    if what:
        yield Finding(node.lineno, rule, f"{', '.join(names) or 'a target'} is bound to {what}")


def _mutable(value: ast.expr, scope: Scope, *, trusted: bool) -> str:
    """What is mutable in a value, or empty; `trusted` lets calls pass of which nothing is known."""
    if isinstance(value, _Display):
        return "a generator" if isinstance(value, ast.GeneratorExp) else f"a {type(value).__name__.lower()}"
    if isinstance(value, ast.Call):
        return _mutable_call(value, scope, trusted=trusted)
    parts: list[ast.expr] = []
    if isinstance(value, ast.Tuple):
        parts = value.elts
    elif isinstance(value, ast.IfExp):
        parts = [value.body, value.orelse]
    elif isinstance(value, ast.BoolOp):
        parts = value.values
    elif isinstance(value, ast.BinOp):
        parts = [value.left, value.right]
    elif isinstance(value, (ast.NamedExpr, ast.Starred)):
        parts = [value.value]
    return next(filter(None, (_mutable(part, scope, trusted=trusted) for part in parts)), "")


def _mutable_call(call: ast.Call, scope: Scope, *, trusted: bool) -> str:
    path = _path(call.func, scope)
    if path in _FREEZERS:
        return next(filter(None, (_mutable_inside(item, scope, trusted=trusted) for item in call.args)), "")
    name = path.rpartition(".")[2]
    if path in _IMMUTABLE_CALLS or name in scope.frozen_classes:
        arguments = [*call.args, *(word.value for word in call.keywords)]
        return "" if path in _IMMUTABLE_CALLS else next(
            filter(None, (_mutable(item, scope, trusted=trusted) for item in arguments)), ""
        )  # fmt: skip
    if path in _MUTABLE_CALLS or path.startswith(("threading.local", "contextvars.")):
        return f"a {path}"
    if name in scope.defined and name[:1].isupper():
        return f"an instance of {name}, which is not frozen"
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Constant):
        return ""  # a method of a text or number
    return "" if trusted else f"what {ast.unparse(call.func)}() returns (annotate it with Final if that is immutable)"


def _mutable_inside(value: ast.expr, scope: Scope, *, trusted: bool) -> str:
    """What is mutable in the members of a container that is itself frozen at once."""
    if isinstance(value, (ast.List, ast.Set)):
        members: list[ast.expr] = value.elts
    elif isinstance(value, ast.Dict):
        members = value.values
    elif isinstance(value, (ast.ListComp, ast.SetComp, ast.GeneratorExp)):
        members = [value.elt]
    elif isinstance(value, ast.DictComp):
        members = [value.value]
    elif isinstance(value, ast.BinOp):
        sides = (_mutable_inside(side, scope, trusted=trusted) for side in (value.left, value.right))
        return next(filter(None, sides), "")
    else:  # what a call returns is frozen at once
        members = [] if isinstance(value, ast.Call) else [value]
    return next(filter(None, (_mutable(member, scope, trusted=trusted) for member in members)), "")


# Statements and expressions anywhere ---------------------------------------------------------------------------------


def _walk(nodes: Iterable[ast.AST], scope: Scope, contexts: frozenset[str]) -> Iterator[Finding]:
    """Findings in statements and expressions; `contexts` are the with blocks and function around them."""
    for node in nodes:
        yield from _finding_at(node, scope, contexts)
        if isinstance(node, (_Function, ast.Lambda)):
            yield from _defaults(node, scope)
            inner = scope._replace(local=scope.local | _bound_names(node))
            outside = [*getattr(node, "decorator_list", []), *node.args.defaults, *filter(None, node.args.kw_defaults)]
            yield from _walk(outside, scope, contexts)
            yield from _walk(node.body if isinstance(node.body, list) else [node.body], inner, frozenset({_IN_FUNCTION}))
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            managers = [item.context_expr for item in node.items]
            used = {_path(item.func if isinstance(item, ast.Call) else item, scope) for item in managers}
            yield from _walk(managers, scope, contexts | (used & _AS_CONTEXT))
            yield from _walk(node.body, scope, contexts | used)
        else:
            yield from _walk(ast.iter_child_nodes(node), scope, contexts)


def _finding_at(node: ast.AST, scope: Scope, contexts: frozenset[str]) -> Iterator[Finding]:
    if isinstance(node, ast.Global):
        yield Finding(node.lineno, "global", f"global {', '.join(node.names)}")
    elif isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Delete)):
        targets = node.targets if isinstance(node, (ast.Assign, ast.Delete)) else [node.target]
        for target in targets:
            yield from _write(target, scope)
    elif isinstance(node, ast.Call):
        yield from _call(node, scope, contexts)
    elif isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
        yield from _reference(node, scope)


def _reference(node: ast.Name | ast.Attribute, scope: Scope) -> Iterator[Finding]:
    path = _path(node, scope)
    if path in _CACHES:
        yield Finding(node.lineno, "cache", f"{path} keeps results between calls")
    elif path == "threading.local":
        yield Finding(node.lineno, "thread-local", "threading.local keeps a value for each thread")
    elif path.startswith("contextvars.") and path.count(".") == 1:
        yield Finding(node.lineno, "context-variable", f"{path} keeps a value for each context")


def _call(node: ast.Call, scope: Scope, contexts: frozenset[str]) -> Iterator[Finding]:
    path = _path(node.func, scope)
    allowed = (
        path in contexts
        or (path in _INSIDE_CATCH_WARNINGS and "warnings.catch_warnings" in contexts)
        or (path in _OF_A_PROGRAM and _IN_FUNCTION in contexts)
    )
    if path in _SETTINGS and not allowed:
        yield Finding(node.lineno, "process-setting", f"{path}() changes the whole process")
    if path in ("setattr", "delattr") and node.args:
        yield from _attribute_write(node.args[0], scope, node.lineno)
    if isinstance(node.func, ast.Attribute) and node.func.attr in _MUTATORS and _is_foreign_value(node.func.value, scope):
        yield Finding(node.lineno, "foreign-write", f"{ast.unparse(node.func)}() changes an imported object")


def _is_foreign_value(node: ast.expr, scope: Scope) -> bool:
    """Whether an expression is a value inside an imported module, such as `sys.path`, rather than a module."""
    root = _root(node)
    if root is None or root.id in scope.local or root.id not in scope.imported:
        return False
    return isinstance(node, (ast.Attribute, ast.Subscript)) or root.id.isupper()


def _write(target: ast.expr, scope: Scope) -> Iterator[Finding]:
    """Findings for an assignment to, or a deletion of, `target`."""
    if isinstance(target, (ast.Tuple, ast.List)):
        for item in target.elts:
            yield from _write(item, scope)
    elif isinstance(target, ast.Attribute):
        yield from _attribute_write(target.value, scope, target.lineno)
    elif isinstance(target, ast.Subscript):
        if isinstance(target.value, ast.Call) and _path(target.value.func, scope) == "globals":
            yield Finding(target.lineno, "global", "a write to globals()")
        elif _is_foreign_name(target.value, scope):
            yield Finding(target.lineno, "foreign-write", f"{ast.unparse(target)} belongs to an imported module")


def _attribute_write(owner: ast.expr, scope: Scope, line: int) -> Iterator[Finding]:
    """Findings for a write to an attribute of `owner`."""
    shown = ast.unparse(owner)
    if isinstance(owner, ast.Name) and owner.id in scope.defined - scope.local:
        yield Finding(line, "function-attribute", f"an attribute of {shown} is written, which all callers share")
    elif shown in ("cls", "type(self)", "self.__class__"):
        yield Finding(line, "function-attribute", f"an attribute of the class ({shown}) is written")
    elif _is_foreign_name(owner, scope):
        yield Finding(line, "foreign-write", f"an attribute of {shown} is written, which is imported")


def _is_foreign_name(node: ast.expr, scope: Scope) -> bool:
    root = _root(node)
    return root is not None and root.id in scope.imported and root.id not in scope.local


def _root(node: ast.expr) -> ast.Name | None:
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node if isinstance(node, ast.Name) else None


def _defaults(node: _Function | ast.Lambda, scope: Scope) -> Iterator[Finding]:
    for default in [*node.args.defaults, *filter(None, node.args.kw_defaults)]:
        what = _mutable(default, scope, trusted=True)
        if what:
            yield Finding(default.lineno, "mutable-default", f"a default argument is {what}")


def _bound_names(node: _Function | ast.Lambda) -> frozenset[str]:
    """Parameters and names assigned in a function, without those of functions inside it and global ones."""
    arguments = node.args
    names = {item.arg for item in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]}
    names |= {item.arg for item in (arguments.vararg, arguments.kwarg) if item is not None}
    shared: set[str] = set()
    pending: list[ast.AST] = list(node.body) if isinstance(node.body, list) else [node.body]
    while pending:
        item = pending.pop()
        if isinstance(item, (_Function, ast.ClassDef)):
            names.add(item.name)
            continue
        if isinstance(item, ast.Lambda):
            continue
        if isinstance(item, ast.Name) and isinstance(item.ctx, ast.Store):
            names.add(item.id)
        elif isinstance(item, ast.Global):
            shared |= set(item.names)
        pending.extend(ast.iter_child_nodes(item))
    return frozenset(names - shared)


# Files ---------------------------------------------------------------------------------------------------------------


def python_files(paths: Iterable[Path]) -> list[Path]:
    """The Python files among and below `paths`, sorted."""
    found: set[Path] = set()
    for path in paths:
        found |= set(path.rglob("*.py")) if path.is_dir() else {path}
    return sorted(found)


def check_files(paths: Iterable[Path], exempt: Sequence[str] = EXEMPT) -> list[tuple[Path, Finding]]:
    """Findings in files, except in those whose path ends like one of `exempt`.

    Raises
    ------
    OSError, SyntaxError, UnicodeDecodeError
        If a file cannot be read as Python.
    """
    texts = {path: path.read_text(encoding="utf-8") for path in python_files(paths)}
    frozen = frozenset(name for text in texts.values() for name in frozen_class_names(text))
    return [
        (path, finding)
        for path, text in texts.items()
        if not any(path.absolute().as_posix().endswith(f"/{name}") for name in exempt)
        for finding in check_source(text, frozen)
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    epilog = "rules: " + "; ".join(f"{name} ({what})" for name, what in RULES)
    parser = argparse.ArgumentParser(description="Find mutable state shared by a whole program.", epilog=epilog)
    parser.add_argument("paths", nargs="+", type=Path, help="files and directories to check")
    parser.add_argument("--exempt", action="append", default=None, metavar="FILE",
                        help=f"end of a path to leave out, repeatable (default: {', '.join(EXEMPT)})")  # fmt: skip
    options = parser.parse_args(arguments)
    if not python_files(options.paths):
        print("no Python files to check", file=sys.stderr)
        return 2
    try:
        findings = check_files(options.paths, EXEMPT if options.exempt is None else options.exempt)
    except (OSError, SyntaxError, UnicodeDecodeError) as error:
        print(f"cannot be checked: {error}", file=sys.stderr)
        return 2
    for path, finding in findings:
        print(f"{path}:{finding.line}: [{finding.rule}] {finding.message}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
