"""The pure heart of the codemod: texts in, texts and findings out. Reads and writes no files.

Index, values, call graph and effects are built once, the solver decides once, and the printer writes the decision down.
"""

import ast
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from varwg_codemod import constructors
from varwg_codemod.callgraph import CallGraph
from varwg_codemod.conversion import Conversion, old_generator_names
from varwg_codemod.edits import Edit, apply_edits, new_offset
from varwg_codemod.effects import Effects, Op, effects_of
from varwg_codemod.entries import Entries
from varwg_codemod.flow.build import Flow
from varwg_codemod.flow.graph import TangledError
from varwg_codemod.flow.values import FOREIGN
from varwg_codemod.imports import Imports
from varwg_codemod.index import Index, Module, Scope, Unit
from varwg_codemod.library import LEGACY_DRAWS, RENAMED, VARWG, Library
from varwg_codemod.patterns import hidden_names
from varwg_codemod.places import Places
from varwg_codemod.printer import Printer
from varwg_codemod.rules import RULES
from varwg_codemod.solver import GLOBAL, PARAMETER, SHIM, Solution, Solver
from varwg_codemod.source import InvalidError, Source
from varwg_codemod.troubles import Trouble


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    `line` and `col` (both from 1) are those of the original text, `new_line` and `new_col` of the
    rewritten one. `kind` is "rewritten" or "left"; `old_name` tells that one of the old names is
    still there.
    """

    path: str
    line: int
    col: int
    code: str
    kind: str
    message: str
    advice: str = ""
    safe: bool = True
    new_line: int = 0
    new_col: int = 0
    old_name: bool = False


@dataclass(frozen=True)
class Options:
    """What may be done.

    Parameters
    ----------
    blocked
        Codes of rules that must not be applied; their sites are left, and so is what depends on them.
    packages
        Directories known to be packages, apart from those whose ``__init__.py`` is in the run.
    library
        Whose hidden generator is replaced.
    """

    blocked: frozenset[str] = frozenset()
    packages: frozenset[str] = frozenset()
    library: Library = VARWG


@dataclass(frozen=True)
class Result:
    """The outcome of a run: the texts that changed, the findings, and the files that failed."""

    texts: Mapping[str, str]
    findings: tuple[Finding, ...]
    failures: Mapping[str, str]


class _FileError(Exception):
    """Something went wrong in one file."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path


def rewrite(sources: Mapping[str, str], options: Options | None = None) -> Result:
    """Rewrite a set of Python sources that belong together.

    Parameters
    ----------
    sources
        Texts by path (with forward slashes; the directories tell the packages).
    options
        What may be done; by default everything.

    Returns
    -------
    Result
        Running `rewrite` on the resulting texts changes nothing. A file that fails is left out, and what depends on it
        is decided without it.
    """
    options = options or Options()
    parsed: dict[str, Source] = {}
    failures: dict[str, str] = {}
    for path, text in sources.items():
        try:
            parsed[path] = Source(path, text)
        except InvalidError as error:
            failures[path] = str(error)
        except RecursionError:
            failures[path] = "an expression in it is nested too deeply"
    while True:
        try:
            return _stable(parsed, options, failures)
        except _FileError as error:
            failures[error.path] = str(error)
            del parsed[error.path]


def _stable(sources: Mapping[str, Source], options: Options, failures: Mapping[str, str]) -> Result:
    """A result with which a second run would agree; where it would not, everything stays as it is."""
    result = _constructed(sources, options, failures)
    if not result.texts or not any(f.kind == "left" for f in result.findings):
        return result
    after = {path: Source(path, result.texts[path]) if path in result.texts else source for path, source in sources.items()}
    if _constructed(after, options, failures).texts:
        return _Run(sources, options, failures, everything_stays=True).result()
    return result


def _constructed(sources: Mapping[str, Source], options: Options, failures: Mapping[str, str]) -> Result:
    """A result in which classes that have to keep a generator have a constructor for that, where they had none."""
    run = _Run(sources, options, failures)
    result = run.result()
    places = run.without_constructor
    while places:
        given = {p: Source(p, constructors.added(s, places[p])) if p in places else s for p, s in sources.items()}
        other = _Run(given, options, failures).result()
        texts = {path: other.texts.get(path, source.text) for path, source in given.items()}
        used = {path: constructors.used(texts[path], classes) for path, classes in places.items()}
        if used == places and _old_names(other) < _old_names(result):
            new = {path: constructors.plain(text) for path, text in texts.items() if text != sources[path].text}
            found = (constructors.placed(f, sources[f.path], places.get(f.path, {}), texts[f.path]) for f in other.findings)
            return Result(new, tuple(found), other.failures)
        places = {path: classes for path, classes in used.items() if classes} if used != places else {}
    return result


def _old_names(result: Result) -> int:
    return sum(f.old_name for f in result.findings if f.kind == "left")


class _Run:
    """One run over files that can all be parsed."""

    def __init__(
        self,
        sources: Mapping[str, Source],
        options: Options,
        failures: Mapping[str, str],
        everything_stays: bool = False,
    ) -> None:
        self._everything_stays = everything_stays
        self._sources = sources
        self._options = options
        self._library = options.library
        self._failures = dict(failures)
        self.without_constructor: dict[str, dict[int, ast.ClassDef]] = {}  # by file and where it could be

    def result(self) -> Result:
        """Analyse, decide, print."""
        if not any(self._mentions(source.text) for source in self._sources.values()):
            return Result({}, (), self._failures)
        index = Index(self._sources, self._options.packages)
        flow = Flow(index, self._library)
        try:
            flow.run()
        except TangledError:
            findings = [finding for module in index.modules.values() for finding in _named(module, index, flow)]
            return Result({}, tuple(sorted(set(findings), key=_order)), self._failures)
        places = {module: Places(module) for module in index.modules.values()}
        if self._library.explicit:
            return self._converted(index, flow, places)
        effects = effects_of(flow, index, places, self._library)
        graph = CallGraph(flow, index, places)
        entries = Entries(index, self._options.packages)
        solver = Solver(index, flow, effects, graph, entries, places, self._options.blocked)
        solution = solver.solve(_UNSTABLE if self._everything_stays else None)
        for cls in solver.without_constructor(solution) if not self._everything_stays else ():
            offset = constructors.place(cls.module.source, cls.node)
            if offset is not None:
                self.without_constructor.setdefault(cls.module.path, {})[offset] = cls.node
        printer = Printer(solution, solver)
        texts: dict[str, str] = {}
        findings = []
        self._legacy = {} if self._library.module else _legacy_names(flow)
        for path, module in index.modules.items():
            imports = Imports(module, index, self._library, flow.library_name, printer.replaced(module))
            edits = imports.edits([edit for _, edit in printer.edits(module)])
            text = self._applied(path, module.source, edits)
            if text != module.source.text:
                texts[path] = text
            findings += _rewritten(module.source, edits, text)
            findings += self._left(module, edits, text, effects, solution, solver, printer.borrowed)
        return Result(texts, tuple(sorted(set(findings), key=_order)), self._failures)

    def _converted(self, index: Index, flow: Flow, places: dict[Module, Places]) -> Result:
        """Another kind of explicit generator in place of the old one; nothing else changes."""
        conversion = Conversion(index, flow, places)
        texts: dict[str, str] = {}
        findings: list[Finding] = []
        needed = {edit.code for module in index.modules.values() for edit in conversion.edits(module)}
        stays = self._everything_stays or not self._options.blocked.isdisjoint({*needed, "VWG012"})
        for path, module in index.modules.items():
            imports = Imports(module, index, self._library, flow.library_name)
            edits = [] if stays else imports.edits(conversion.edits(module))
            text = self._applied(path, module.source, edits)
            if text != module.source.text:
                texts[path] = text
            findings += _rewritten(module.source, edits, text)
            left = [(node, trouble, old) for where, node, trouble, old in conversion.left if where is module]
            left += [(node, _hidden(name), True) for node, where, name in old_generator_names(flow) if where is module]
            findings += [_finding(module.source, node, trouble, edits, text, old) for node, trouble, old in left]
        return Result(texts, tuple(sorted(set(findings), key=_order)), self._failures)

    def _mentions(self, text: str) -> bool:
        return any(root in text for root in self._library.roots)

    def _applied(self, path: str, source: Source, edits: list[Edit]) -> str:
        try:
            text = apply_edits(source.text, edits)
        except ValueError as error:
            raise _FileError(path, f"internal error: {error}") from error
        if text != source.text and _compiles(source.text) and not _compiles(text):
            raise _FileError(path, "internal error: Python would not accept the result")
        return text

    def _left(
        self,
        module: Module,
        edits: list[Edit],
        text: str,
        effects: Effects,
        solution: Solution,
        solver: Solver,
        borrowed: list[tuple[int, Unit]],
    ) -> Iterator[Finding]:
        for unit, ops in effects.ops.items():
            if unit.module is module:
                for op in ops:
                    trouble = self._trouble(op, solution, solver)
                    if trouble is not None:
                        yield _finding(module.source, op.node, trouble, edits, text, bool(op.name))
        for alias, _statement, name in effects.imports.get(module, ()):
            start = module.source.start(alias)
            if not any(e.start <= start < e.end for e in edits):
                trouble = Trouble("VWG117", f"the old name `{name}` is still imported", "delete it when nothing uses it any more")
                yield _finding(module.source, alias, trouble, edits, text, True)
        for where, node, trouble in effects.notes:
            if where is module:
                yield _finding(module.source, node, trouble, edits, text, False)
        for offset, unit in borrowed:
            if unit.module is module:
                trouble = solution.unclean[unit]
                line, col = module.source.place(offset)
                new_line, new_col = _place(text, new_offset(offset, edits))
                yield Finding(
                    module.path,
                    line,
                    col,
                    trouble.code,
                    "left",
                    f"the generator is still the global one: {trouble.reason}",
                    trouble.advice,
                    True,
                    new_line,
                    new_col,
                    True,
                )
        yield from self._doctests(module, edits, text, solution, solver)
        yield from self._stars(module, edits, text)
        if self._concerns(module):
            yield from _legacy(module, edits, text, self._legacy.get(module, ()))

    def _concerns(self, module: Module) -> bool:
        return self._mentions(module.source.text)

    def _trouble(self, op: Op, solution: Solution, solver: Solver) -> Trouble | None:
        """Why an operation stays; None if it is rewritten."""
        mode = solution.mode.get(op.unit, GLOBAL)
        if mode == GLOBAL:
            return op.trouble or self._because(op, solution, solver)
        if mode == SHIM and (op.kind in ("seed", "store") or op.alias is not None):
            return solution.unclean[op.unit]
        return None

    def _because(self, op: Op, solution: Solution, solver: Solver) -> Trouble | None:
        """Why an operation stays that could be rewritten: its unit has to."""
        reason = solution.reasons.get(op.unit)
        other = next((o for o in solver.ops(op.unit) if o.trouble is reason and reason is not None), None)
        if other is None:
            return reason
        line, _ = op.module.source.place(op.module.source.start(other.node))
        return Trouble(
            "VWG117",
            f"kept on the global generator, because {op.module.path}:{line} still uses it",
            "rewrite that place by hand, then run the codemod again",
        )

    def _doctests(self, module: Module, edits: list[Edit], text: str, solution: Solution, solver: Solver) -> Iterator[Finding]:
        advice = "write it anew, with `rng`"
        for node in module.source.nodes:
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and ">>>" in node.value
                and _DOCTEST.search(node.value)
            ):
                yield _finding(
                    module.source,
                    node,
                    Trouble("VWG102", "a doctest in this string uses the global generator", advice),
                    edits,
                    text,
                    False,
                )
        for unit, mode in solution.mode.items():
            if unit.module is module and mode == PARAMETER and not isinstance(unit.node, ast.Lambda) and not solver.takes(unit):
                body = getattr(unit.node, "body", [])
                first = body[0] if body else None
                doc = first.value if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) else None
                if doc is not None and isinstance(doc.value, str) and re.search(rf">>> .*\b{unit.name}\(", doc.value):
                    yield _finding(
                        module.source,
                        doc,
                        Trouble("VWG102", f"the doctest of `{unit.name}` does not pass `rng`", advice),
                        edits,
                        text,
                        False,
                    )

    def _stars(self, module: Module, edits: list[Edit], text: str) -> Iterator[Finding]:
        for base, node in module.stars:
            of_library = base == self._library.module if self._library.module else base.partition(".")[0] in self._library.roots
            if of_library and not module.path.endswith("__init__.py"):
                trouble = Trouble(
                    "VWG103",
                    f"`from {base} import *` may bring in the global generator",
                    "import the names that are needed one by one, then run again",
                )
                yield _finding(module.source, node, trouble, edits, text, False)


_UNSTABLE = Trouble(
    "VWG117",
    "rewriting a part of this program would change how the rest is understood",
    "rewrite the other sites first, then run again",
)


def _hidden(name: str) -> Trouble:
    return Trouble(
        "VWG107", f"`numpy.random.{name}` is NumPy's own global generator", "run with --select legacy-numpy first, then again"
    )


_TANGLED = Trouble(
    "VWG117",
    "this program hands its functions and objects around in more ways than the codemod can follow, so all of it stays",
    "run it on a part of the program that can be run alone, or pass a Generator here by hand",
)
_DOCTEST = re.compile(r"^[^\S\n]*+(?:>>>|\.\.\.) .*\b(?:varwg|vg)\.(?:rng|get_rng|reseed)\b", re.MULTILINE)


def _finding(source: Source, node: ast.AST, trouble: Trouble, edits: list[Edit], text: str, old: bool) -> Finding:
    start = source.start(node)
    line, col = source.place(start)
    new_line, new_col = _place(text, new_offset(start, edits))
    return Finding(source.path, line, col, trouble.code, "left", trouble.reason, trouble.advice, True, new_line, new_col, old)


def _place(text: str, offset: int) -> tuple[int, int]:
    before = text[:offset]
    breaks = len(re.findall(r"\r\n|\r|\n", before))
    last = max(before.rfind("\n"), before.rfind("\r"))
    return breaks + 1, offset - last


def _rewritten(source: Source, edits: list[Edit], text: str) -> Iterator[Finding]:
    """What was changed, at its place in the original."""
    rules = {rule.code: rule for rule in RULES}
    for edit in edits:
        line, col = source.place(edit.start)
        words = " ".join(edit.new.split())
        rule = rules[edit.code]
        yield Finding(
            source.path, line, col, edit.code, "rewritten", f"{rule.name}: {f'`{words}`' if words else 'removed'}", safe=rule.safe
        )


def _legacy(module: Module, edits: list[Edit], text: str, names: Iterable[tuple[ast.AST, str]]) -> Iterator[Finding]:
    """NumPy's own hidden generator, in files that also use the library's: advice only."""
    for node, name in names:
        better = "np.random.default_rng(seed)" if name == "seed" else f"rng.{RENAMED.get(name, name)}"
        trouble = Trouble(
            "VWG107",
            f"`numpy.random.{name}` uses numpy's own global generator",
            f"use `{better}` of an explicit Generator, or run with --select legacy-numpy",
        )
        yield replace(_finding(module.source, node, trouble, edits, text, False), kind="advice")


def _named(module: Module, index: Index, flow: Flow) -> Iterator[Finding]:
    """Where a file names the hidden generator, as far as imports tell: of programs that cannot be followed further."""
    stars = [node for base, node in module.stars if base.partition(".")[0] in flow.library.roots]
    for node in [*stars, *(hidden for hidden, _ in hidden_names(module, flow.library))]:
        yield _finding(module.source, node, _TANGLED, [], module.source.text, True)
    open_: list[tuple[ast.AST, Scope]] = [(module.source.tree, module.scope)]
    while open_:
        node, scope = open_.pop()
        scope = index.scope_of.get(node, scope)
        open_ += [(child, scope) for child in ast.iter_child_nodes(node)]
        names: list[str] = []
        if isinstance(node, ast.ImportFrom):
            names = [f"{index.absolute(module, node)}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Attribute):
            base = index.resolve(node.value, scope)
            names = [f"{base.name if isinstance(base, Module) else base}.{node.attr}"] if isinstance(base, (str, Module)) else []
        elif isinstance(node, ast.Name) and isinstance(dotted := index.resolve(node, scope), str):
            names = [dotted]
        if any(flow.library_name(name) is not None for name in names):
            yield _finding(module.source, node, _TANGLED, [], module.source.text, True)


def _legacy_names(flow: Flow) -> dict[Module, list[tuple[ast.AST, str]]]:
    """Where files name what draws from NumPy's own hidden generator."""
    known = LEGACY_DRAWS | {"seed", "get_state", "set_state"}
    found: dict[Module, list[tuple[ast.AST, str]]] = {}
    for node, scope in flow.scope_at.items():
        if not isinstance(node, (ast.Name, ast.Attribute)) or node not in flow.node_of:
            continue
        for value in flow.graph.values[flow.node_of[node]]:
            if value.kind == FOREIGN and value.what.startswith("numpy.random."):
                name = value.what.removeprefix("numpy.random.")
                if name in known:
                    found.setdefault(scope.module, []).append((node, name))
    return found


def _compiles(text: str) -> bool:
    """Whether Python accepts a text that it can parse; ``global`` of a parameter, for one, it does not."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "<text>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        return False
    return True


def _order(finding: Finding) -> tuple[str, int, int, str]:
    return finding.path, finding.line, finding.col, finding.code
