"""The command: arguments, what is read and written, and the exit code."""

import argparse
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import unified_diff
from pathlib import Path

from varwg_codemod import __version__
from varwg_codemod.cython import find_in_cython, old_names_pattern
from varwg_codemod.engine import Finding, Options, rewrite
from varwg_codemod.files import FileError, SourceFile, decode, find_files, read_file, write_files
from varwg_codemod.fixme import mark
from varwg_codemod.library import LEGACY_GENERATOR, LIBRARIES, VARWG, Library
from varwg_codemod.notebooks import Notebook, NotebookError, read_notebook
from varwg_codemod.report import Report, list_rules
from varwg_codemod.rules import RULES

DONE, PENDING, FAILED = 0, 1, 2
_STDIN = "-"
_CYTHON = frozenset({".pyx", ".pxd", ".pxi"})
_IGNORE = re.compile(r"#\s*varwg-codemod:\s*ignore(?:\[([^\]]*)\])?")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


def parser() -> argparse.ArgumentParser:
    """The arguments of the command."""
    new = argparse.ArgumentParser(
        prog="varwg-codemod",
        description="Rewrite programs that use varwg's global generator to pass `rng=` explicitly. "
        "Without --write, shows what would change as a diff and writes nothing.",
        epilog="examples:\n  varwg-codemod program.py\n  varwg-codemod --write src tests\n  varwg-codemod --check .\n\n"
        "exit codes: 0 nothing to do, or all done; 1 changes pending, or sites left for a human;\n2 a file failed, "
        "or wrong usage",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    new.add_argument("paths", nargs="*", metavar="PATH", help="files, directories, patterns, or -")
    new.add_argument("--write", action="store_true", help="change the files")
    new.add_argument("--check", action="store_true", help="only the exit code, and failures")
    new.add_argument("--json", metavar="FILE", help="write the report as JSON, to standard output with -")
    new.add_argument("--stdin-filename", metavar="PATH", default=_STDIN, help="the name of what comes on standard input")
    new.add_argument(
        "--select",
        metavar="RULES",
        default=None,
        help="apply only these rules (codes or names); or legacy-numpy: NumPy's own global generator to RandomState; or "
        "legacy-numpy-generator: RandomState to Generator, with other numbers",
    )
    new.add_argument("--ignore", metavar="RULES", default="", help="do not apply these rules")
    new.add_argument("--list-rules", action="store_true", help="show all rules and stop")
    new.add_argument("--exclude", metavar="GLOB", action="append", default=[], help="leave out files")
    new.add_argument("--safe-only", action="store_true", help="skip the unsafe rules")
    new.add_argument("--fixme", action="store_true", help="mark sites left with `# FIXME(varwg-codemod CODE)`")
    new.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    return new


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    try:
        options = _with_settings(parser().parse_args(arguments))
    except FileError as error:
        sys.stderr.write(f"varwg-codemod: {error}\n")
        return FAILED
    if options.list_rules:
        sys.stdout.write("".join(f"{line}\n" for line in list_rules()))
        return DONE
    if not options.paths:
        parser().error("no PATH given")
    if options.write and options.check:
        parser().error("--write and --check exclude each other")
    try:
        return _Run(options).run()
    except FileError as error:
        sys.stderr.write(f"varwg-codemod: {error}\n")
        return FAILED


def _with_settings(options: argparse.Namespace) -> argparse.Namespace:
    """The options, with those that the nearest pyproject.toml sets under ``[tool.varwg-codemod]``; the command line wins."""
    here = Path.cwd()
    path = next((p for p in (folder / "pyproject.toml" for folder in (here, *here.parents)) if p.is_file()), None)
    if path is None:
        return options
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("varwg-codemod", {})
    except (OSError, ValueError) as error:
        raise FileError(f"{path.as_posix()} cannot be read: {error}") from error
    unknown = sorted(set(settings) - {"exclude", "ignore", "select", "safe-only"})
    if unknown:
        raise FileError(
            f"{path.as_posix()}: [tool.varwg-codemod] knows exclude, ignore, select and safe-only, found {unknown[0]}"
        )
    options.exclude = [*_listed(settings.get("exclude", [])), *options.exclude]
    options.ignore = options.ignore or ",".join(_listed(settings.get("ignore", [])))
    if options.select is None and "select" in settings:
        options.select = ",".join(_listed(settings["select"]))
    options.safe_only = options.safe_only or bool(settings.get("safe-only", False))
    return options


def _listed(value: object) -> list[str]:
    """A setting that is a text or a list of texts."""
    return [str(part) for part in value] if isinstance(value, list) else [str(value)]


class _Run:
    """One run of the command."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._failures: dict[str, str] = {}
        self._sources: dict[str, SourceFile] = {}
        self._notebooks: dict[str, Notebook] = {}
        self._findings: list[Finding] = []
        self._files = 0
        self._notes: list[str] = []
        self._compiled: set[str] = set()  # names of modules in Cython that draw
        self._written = False
        self._piped = options.stdin_filename if _STDIN in options.paths else ""
        self._library = self._chosen_library()
        self._hidden = self._codes(options.ignore)
        self._blocked = self._blocked_codes()

    def run(self) -> int:
        """Read, rewrite, show or write, report."""
        texts = self._read()
        packages = frozenset(
            str(p.path.parent.as_posix()) for p in self._sources.values() if (p.path.parent / "__init__.py").exists()
        )
        drawing = {root: frozenset(self._compiled) for root in self._library.roots if self._compiled}
        library = replace(self._library, drawing=drawing) if drawing else self._library
        chosen = Options(blocked=self._blocked, packages=packages, library=library)
        result = rewrite(texts, chosen)
        self._failures |= result.failures
        self._findings += [self._placed(f) for f in result.findings if self._is_shown(f)]
        new = self._new_contents(texts, result.texts, result.findings)
        if new and self._library is LEGACY_GENERATOR:
            self._notes.append("the numbers change: from the same seed a Generator draws others than a RandomState")
        self._output(new)
        report = Report(tuple(self._findings), self._failures, tuple(sorted(new)), self._files)
        self._tell(report)
        return self._exit_code(report)

    # Reading

    def _read(self) -> dict[str, str]:
        """The texts of all Python sources and notebooks."""
        texts: dict[str, str] = {}
        names = [name for name in self._options.paths if name != _STDIN]
        for path in find_files(names, self._options.exclude):
            self._files += 1
            name = path.as_posix()
            if path.is_symlink():
                self._notes.append(
                    f"{name}: is a symbolic link and was skipped; the file it points to is rewritten where it is given"
                )
                continue
            try:
                source = read_file(path, self._options.write)
                self._take(name, source, texts)
            except (FileError, NotebookError) as error:
                self._failures[name] = str(error)
        if _STDIN in self._options.paths:
            self._files += 1
            name = self._options.stdin_filename
            try:
                self._take(name, decode(Path(name), sys.stdin.buffer.read()), texts)
            except (FileError, NotebookError) as error:
                self._failures[name] = str(error)
        return texts

    def _take(self, name: str, source: SourceFile, texts: dict[str, str]) -> None:
        suffix = source.path.suffix
        if suffix in _CYTHON and self._library is not VARWG:
            return
        if suffix in _CYTHON:
            found = list(find_in_cython(name, source.text))
            self._findings += [f for f in found if self._is_shown(f)]
            self._compiled |= {source.path.stem} if found else set()
            return
        if suffix == ".ipynb":
            self._notebooks[name] = read_notebook(source.text)
            texts[name] = self._notebooks[name].text
            self._findings += _in_magics(name, self._notebooks[name])
        else:
            texts[name] = source.text
        self._sources[name] = source

    # Rules

    def _chosen_library(self) -> Library:
        """The library that `--select` names; it may stand there beside rules."""
        parts = [p.strip() for p in (self._options.select or "").split(",")]
        named = [LIBRARIES[p] for p in parts if p in LIBRARIES]
        if len(named) > 1:
            raise FileError(f"--select {named[0].name} and {named[1].name} are two steps; run them one after the other")
        if named:
            rules = [p for p in parts if p and p not in LIBRARIES]
            self._options.select = ",".join(rules) if rules else None
        return named[0] if named else VARWG

    def _codes(self, text: str) -> frozenset[str]:
        """Codes of the rules that a comma-separated list of codes, prefixes and names means."""
        found: set[str] = set()
        for part in filter(None, (p.strip() for p in text.split(","))):
            matching = {r.code for r in RULES if r.code.startswith(part.upper()) or r.name == part}
            if not matching:
                raise FileError(f"there is no rule `{part}`; see --list-rules")
            found |= matching
        return frozenset(found)

    def _blocked_codes(self) -> frozenset[str]:
        blocked = set(self._hidden)
        if self._options.select is not None:
            chosen = self._codes(self._options.select)
            blocked |= {rule.code for rule in RULES if rule.code not in chosen}
        if self._options.safe_only:
            blocked |= {rule.code for rule in RULES if not rule.safe}
        return frozenset(blocked)

    def _is_shown(self, finding: Finding) -> bool:
        """Report-only rules that are ignored say nothing, except about old names; nor do lines with a comment that says so."""
        if finding.kind != "rewritten" and self._is_silenced(finding):
            return False
        return finding.code not in self._hidden or finding.old_name

    def _is_silenced(self, finding: Finding) -> bool:
        source = self._sources.get(finding.path)
        if source is None or "varwg-codemod: ignore" not in source.text or finding.path in self._notebooks:
            return False
        lines = re.split(r"\r\n|\r|\n", source.text)
        match = _IGNORE.search(lines[finding.line - 1]) if finding.line <= len(lines) else None
        return match is not None and (match.group(1) is None or finding.code in re.split(r"[\s,]+", match.group(1)))

    # Writing

    def _placed(self, finding: Finding) -> Finding:
        """In notebooks, positions are told by cell."""
        notebook = self._notebooks.get(finding.path)
        if notebook is None:
            return finding
        cell, line = notebook.place(finding.line)
        return replace(finding, path=f"{finding.path}:cell {cell}", line=line, new_line=line)

    def _new_contents(self, old: Mapping[str, str], new: Mapping[str, str], findings: Sequence[Finding]) -> dict[str, str]:
        """The new text of each file that changes."""
        contents = {}
        for name in self._sources:
            text = new.get(name, old[name])
            if self._options.fixme and name not in self._failures:
                text = mark(text, [f for f in findings if f.path == name])
            if text == old[name]:
                continue
            notebook = self._notebooks.get(name)
            contents[name] = notebook.with_text(text) if notebook else text
        return contents

    def _output(self, new: Mapping[str, str]) -> None:
        for name, text in new.items():
            source = self._sources[name]
            if self._options.write and name == self._piped:
                _write_text(source.mark.decode() + text, source.encoding)
            elif not self._options.write and not self._options.check and self._options.json != _STDIN:
                mark = source.mark.decode()
                _write_text(_diff(name, mark + source.text, mark + text), source.encoding)
        if self._options.write and self._piped in self._sources and self._piped not in new:
            source = self._sources[self._piped]
            _write_text(source.mark.decode() + source.text, source.encoding)
        if self._options.write:
            self._write({name: text for name, text in new.items() if name != self._piped})

    def _write(self, new: Mapping[str, str]) -> None:
        """All files or none: half a program does not run, and no later run could tell what is missing."""
        if not self._failures:
            try:
                write_files([(self._sources[name], text) for name, text in new.items()])
            except FileError as error:
                self._failures["nothing was written"] = str(error)
        self._written = not self._failures

    def _tell(self, report: Report) -> None:
        written = self._written
        if self._options.json:
            if self._options.json == _STDIN:
                _write_text(report.as_json(), "utf-8")
            else:
                self._write_report(Path(self._options.json), report)
        if self._options.check:
            lines: list[str] = [f"{p}: {r}" for p, r in sorted(report.failures.items())]
        else:
            lines = [*self._notes, *report.lines(written)]
            if self._options.write and not written and report.changed:
                lines.append(
                    "nothing was written, because a program rewritten in part does not run; mend what failed, then run again"
                )
        sys.stderr.write("".join(f"{line}\n" for line in lines))

    def _write_report(self, path: Path, report: Report) -> None:
        """The findings as a file, which takes the place of none of the programs."""
        if any(Path(name).exists() and path.exists() and path.samefile(name) for name in self._sources):
            self._failures[str(path)] = "is one of the programs, so that the report was not written there"
            return
        try:
            path.write_text(report.as_json(), encoding="utf-8")
        except OSError as error:
            self._failures[str(path)] = f"the report cannot be written: {error.strerror}"

    def _exit_code(self, report: Report) -> int:
        if report.failures:
            return FAILED
        pending = bool(report.changed) and not self._written
        return PENDING if pending or report.left else DONE


def _in_magics(name: str, notebook: Notebook) -> Iterator[Finding]:
    """Old names in magics, and in cells that are not Python, which are left untouched."""
    pattern = old_names_pattern(notebook.text)
    magics = [(name, *notebook.place(line), magic, "a magic") for line, magic in notebook.hidden()]
    cells = [(cell, n, line) for cell, text in notebook.skipped for n, line in enumerate(text.split("\n"), start=1)]
    lines = [(name, *place, "a cell that is not Python") for place in cells]
    for path, cell, number, text, where in (*magics, *lines):
        for match in pattern.finditer(text):
            yield Finding(
                path=f"{path}:cell {cell}",
                line=number,
                col=match.start() + 1,
                code="VWG102",
                kind="left",
                message=f"`{match.group()}` in {where}",
                advice="write the line anew, with `rng`",
                new_line=number,
                new_col=match.start() + 1,
                old_name=True,
            )


def _diff(name: str, old: str, new: str) -> str:
    """A unified diff; lines are told apart by line feeds only, as `patch` does."""
    before, after = _LINE.findall(old), _LINE.findall(new)
    name = name.lstrip("/")
    ending = "\n\\ No newline at end of file\n"
    lines = unified_diff(before, after, f"a/{name}", f"b/{name}")
    return "".join(line if line.endswith("\n") else line + ending for line in lines)


def _write_text(text: str, encoding: str) -> None:
    """Write to standard output without translating line ends; to a file or pipe, in the encoding of the source."""
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None or sys.stdout.isatty():
        sys.stdout.write(text)
        return
    sys.stdout.flush()
    buffer.write(text.encode(encoding))
    buffer.flush()
