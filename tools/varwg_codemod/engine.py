"""The pure heart of the codemod: texts in, texts and findings out. Reads and writes no files."""

import ast
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import libcst as cst

from varwg_codemod.edits import NUMPY, PARTIAL, VARWG, Edit, apply_edits, old_offset
from varwg_codemod.facts import ModuleFacts, Trouble
from varwg_codemod.modes import PARAMETER
from varwg_codemod.names import LIBRARY_ROOTS
from varwg_codemod.plan import Left, Plan
from varwg_codemod.program import Program
from varwg_codemod.quick import InvalidError, check, compiles, imported_modules
from varwg_codemod.rules import RULES
from varwg_codemod.scan import scan
from varwg_codemod.syntax import line_column

_ROUNDS = 6
_RELEVANT = re.compile(r"\b(varwg|vg|weathercop|reseed|get_rng|simulate|disaggregate|random_dryness)\b")

Offered = Mapping[str, str]
Scan = Callable[[Mapping[str, str], Offered], "dict[str, ModuleFacts | Exception]"]


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
    """

    blocked: frozenset[str] = frozenset()
    packages: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Result:
    """The outcome of a run: the texts that changed, the findings, and the files that failed."""

    texts: Mapping[str, str]
    findings: tuple[Finding, ...]
    failures: Mapping[str, str]


@dataclass
class _State:
    """The texts while they are being rewritten, and how they came about."""

    texts: dict[str, str]
    rounds: dict[str, list[list[Edit]]] = field(default_factory=dict)
    offered: dict[str, str] = field(default_factory=dict)
    imports: dict[str, frozenset[str]] = field(default_factory=dict)
    used: frozenset[tuple[str, str, str]] = frozenset()


class _FileError(Exception):
    """Something went wrong in one file."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path


def scan_all(texts: Mapping[str, str], offered: Offered) -> dict[str, ModuleFacts | Exception]:
    """Scan texts one after the other."""
    return {path: scan_one(path, text, offered) for path, text in texts.items()}


def scan_one(path: str, text: str, offered: Offered) -> ModuleFacts | Exception:
    """Scan one text; whatever goes wrong is returned, not raised."""
    try:
        return scan(text, path, RULES, offered)
    except cst.ParserSyntaxError as error:  # cannot be sent to another process
        return ValueError(f"LibCST cannot parse it: line {error.raw_line}: {error.message}")
    except RecursionError:
        return ValueError("an expression in it is nested too deeply")
    except Exception as error:  # any failure concerns this file only
        return RuntimeError(f"internal error: {type(error).__name__}: {error}")


def rewrite(sources: Mapping[str, str], options: Options | None = None, scan_texts: Scan = scan_all) -> Result:
    """Rewrite a set of Python sources that belong together.

    Parameters
    ----------
    sources
        Texts by path (with forward slashes; the directories tell the packages).
    options
        What may be done; by default everything.
    scan_texts
        How to scan several texts, for instance in several processes.

    Returns
    -------
    Result
        Running `rewrite` on the resulting texts changes nothing.
    """
    options = options or Options()
    failures: dict[str, str] = {}
    while True:
        remaining = {path: text for path, text in sources.items() if path not in failures}
        try:
            return _rewrite(remaining, options, scan_texts, failures)
        except _FileError as error:
            failures[error.path] = str(error)


def _rewrite(sources: Mapping[str, str], options: Options, scan_texts: Scan, failures: dict[str, str]) -> Result:
    state = _State(dict(sources))
    modules: dict[str, ModuleFacts] = {}
    for path, text in sources.items():
        state.imports[path] = imported_modules(_parsed(path, text), path)
    _scan_into(modules, _relevant(sources), scan_texts, {})
    _scan_offered(state, modules, options, scan_texts)
    for _ in range(_ROUNDS):
        plan = _plan(state, modules, options, scan_texts)
        if not state.rounds:
            plan.used = state.used = _used_names(modules)
        changed = _apply(state, plan, options)
        if not changed:
            break
        again = {path: state.texts[path] for path in changed}
        _scan_into(modules, again, scan_texts, state.offered)
    else:
        raise _FileError(min(changed), "the rewriting did not come to an end")
    findings = [*_rewritten(sources, state), *_left(sources, state, plan)]
    texts = {path: text for path, text in state.texts.items() if text != sources[path]}
    return Result(texts, tuple(sorted(findings, key=_place)), dict(failures))


def _place(finding: Finding) -> tuple[str, int, int, str]:
    return finding.path, finding.line, finding.col, finding.code


def _relevant(sources: Mapping[str, str]) -> dict[str, str]:
    return {path: text for path, text in sources.items() if _RELEVANT.search(text)}


def _parsed(path: str, text: str) -> ast.Module:
    """Refuse what is not valid Python, with the place of the error."""
    try:
        return check(text)
    except InvalidError as error:
        raise _FileError(path, str(error)) from error


def _scan_into(modules: dict[str, ModuleFacts], texts: Mapping[str, str], scan_texts: Scan, offered: Offered) -> None:
    for path, facts in scan_texts(texts, offered).items():
        if isinstance(facts, Exception):
            raise _FileError(path, str(facts))
        modules[path] = facts


def _scan_offered(state: _State, modules: dict[str, ModuleFacts], options: Options, scan_texts: Scan) -> None:
    """Find old names that files take from one another, not from the old packages."""
    while True:
        program = Program(modules, state.imports, options.packages)
        offered = program.offered(state.offered)
        if offered.keys() <= state.offered.keys():
            return
        new = {name.rpartition(".")[0].rpartition(".")[2] for name in offered.keys() - state.offered.keys()}
        pattern = re.compile(rf"\b({'|'.join(map(re.escape, sorted(new)))})\b")
        takers = {path: text for path, text in state.texts.items() if pattern.search(text)}
        state.offered |= offered
        _scan_into(modules, takers, scan_texts, state.offered)


def _plan(state: _State, modules: dict[str, ModuleFacts], options: Options, scan_texts: Scan) -> Plan:
    """Plan with all files that matter: those that mention a function which gains a parameter too."""
    while True:
        plan = Plan(modules, state.imports, options.packages, options.blocked, state.used)
        names = _names_of_interest(plan)
        pattern = re.compile(rf"\b({'|'.join(map(re.escape, sorted(names)))})\b") if names else None
        more = {
            path: text
            for path, text in state.texts.items()
            if path not in modules and pattern is not None and pattern.search(text)
        }
        if not more:
            return plan
        _scan_into(modules, more, scan_texts, state.offered)


def _names_of_interest(plan: Plan) -> set[str]:
    """Names by which other files could refer to functions and classes that take a generator."""
    names = set()
    for key, mode in plan.modes.mode.items():
        unit = plan.program.units[key]
        if mode == PARAMETER or unit.cls:
            names.add(unit.short if unit.short != "__init__" else str(unit.cls).rsplit(".", 1)[-1])
            names |= {str(unit.cls).rsplit(".", 1)[-1]} if unit.cls else set()
    return {name.split("#")[0] for name in names if not name.startswith("<")}


def _used_names(modules: Mapping[str, ModuleFacts]) -> frozenset[tuple[str, str, str]]:
    return frozenset(
        (path, name.bound, name.ref)
        for path, facts in modules.items()
        for name in facts.imports
        if name.uses and (name.old or name.ref.split(".")[0] in LIBRARY_ROOTS)
    )


def _apply(state: _State, plan: Plan, options: Options) -> list[str]:
    """Make one round of edits; the paths that changed."""
    changed = []
    for path, facts in plan.program.modules.items():
        try:
            edits = _edits(plan, facts, options)
            text = apply_edits(state.texts[path], edits)
        except Exception as error:  # any failure concerns this file only
            raise _FileError(path, f"internal error: {type(error).__name__}: {error}") from error
        if text == state.texts[path]:
            continue
        try:
            _parsed(path, text)
        except _FileError as error:
            raise _FileError(path, f"internal error: the result would be invalid ({error})") from error
        if compiles(state.texts[path]) and not compiles(text):
            raise _FileError(path, "internal error: Python would not accept the result")
        state.texts[path] = text
        state.rounds.setdefault(path, []).append(edits)
        changed.append(path)
    return changed


def _edits(plan: Plan, facts: ModuleFacts, options: Options) -> list[Edit]:
    """All edits of all rules in one file, with the imports that they need."""
    found = [edit for rule in RULES if rule.code not in options.blocked for edit in rule.edits(plan, facts)]
    return _with_imports(facts, found)


def _with_imports(facts: ModuleFacts, edits: Iterable[Edit]) -> list[Edit]:
    """Put in the names under which numpy and functools are known, importing what is missing."""
    edits = list(edits)
    wanted = {
        NUMPY: (facts.numpy_name or ("numpy" if facts.numpy_conflict else "np"), facts.numpy_name),
        PARTIAL: (facts.partial_name or "functools.partial", facts.partial_name),
        VARWG: ("varwg", None),
    }
    missing = []
    for token, (name, known) in wanted.items():
        if any(token in edit.new for edit in edits) and known is None:
            module = token.strip("\0").split(".")[0]
            missing.append(f"import {module}" + (" as np" if name == "np" else ""))
        edits = [Edit(e.start, e.end, e.rank, e.new.replace(token, name), e.code) for e in edits]
    if missing:
        offset, before, after = facts.import_anchor
        lines = facts.newline.join(sorted(missing))
        edits.append(Edit(offset, offset, -(2 * 10**9), f"{before}{lines}{after}", "VWG012"))
    return edits


def _rewritten(sources: Mapping[str, str], state: _State) -> list[Finding]:
    """What was changed, at its place in the original."""
    safe = {rule.code: rule.safe for rule in RULES}
    names = {rule.code: rule.name for rule in RULES}
    findings = []
    for path, rounds in state.rounds.items():
        for number, edits in enumerate(rounds):
            for edit in edits:
                offset = edit.start
                for earlier in reversed(rounds[:number]):
                    offset = old_offset(offset, earlier)
                line, col = line_column(sources[path], offset)
                message = f"{names[edit.code]}: {_summary(edit.new)}"
                findings.append(Finding(path, line, col, edit.code, "rewritten", message, safe=safe[edit.code]))
    return findings


def _summary(new: str) -> str:
    words = " ".join(new.split())
    return f"`{words}`" if words else "removed"


def _left(sources: Mapping[str, str], state: _State, plan: Plan) -> list[Finding]:
    """What is left in the final texts, at its place in the original and in the new text."""
    findings = []
    for path, facts in plan.program.modules.items():
        for left in (*plan.left(path), *_left_imports(plan, facts)):
            offset = left.start
            for edits in reversed(state.rounds.get(path, [])):
                offset = old_offset(offset, edits)
            line, col = line_column(sources[path], offset)
            new_line, new_col = line_column(state.texts[path], left.start)
            findings.append(
                Finding(
                    path=path,
                    line=line,
                    col=col,
                    code=left.trouble.code,
                    kind="left",
                    message=left.trouble.reason,
                    advice=left.trouble.advice,
                    new_line=new_line,
                    new_col=new_col,
                    old_name=left.old_name,
                )
            )
    return findings


def _left_imports(plan: Plan, facts: ModuleFacts) -> list[Left]:
    """Old names that are still imported by name."""
    trouble = Trouble("VWG117", "an old name is still imported", "delete it when nothing uses it any more")
    return [
        Left(facts.path, old.spot.start, old.spot.end, old.source, old.trouble or trouble, True)
        for old in facts.old_names
        if old.kind == "import"
    ]
