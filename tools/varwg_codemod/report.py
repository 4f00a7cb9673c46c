"""The report: one line for each finding, a summary, and the same as JSON."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from varwg_codemod.engine import Finding
from varwg_codemod.rules import RULES


@dataclass(frozen=True)
class Report:
    """What there is to say about a run."""

    findings: tuple[Finding, ...]
    failures: Mapping[str, str]
    changed: tuple[str, ...]
    files: int

    @property
    def left(self) -> tuple[Finding, ...]:
        """The findings that are left for a human."""
        return tuple(f for f in self.findings if f.kind == "left")

    def lines(self, written: bool) -> Iterable[str]:
        """The report for people; positions are those in the files as they are now."""
        for path, reason in sorted(self.failures.items()):
            yield f"{path}: {reason}"
        for finding in self.left:
            yield finding_line(finding, written)
        yield self.summary(written)

    def summary(self, written: bool) -> str:
        """One line with the numbers."""
        old_names = sum(f.old_name for f in self.left)
        verb = "rewritten" if written else "would be rewritten"
        return (
            f"{self.files} files: {len(self.changed)} {verb}, {len(self.left)} sites left for a human "
            f"({old_names} old names), {len(self.failures)} failed"
        )

    def as_json(self) -> str:
        """Everything, for programs."""
        codes = Counter(f.code for f in self.left)
        content = {
            "version": 1,
            "files": self.files,
            "changed": list(self.changed),
            "failures": dict(sorted(self.failures.items())),
            "summary": {
                "rewritten": sum(f.kind == "rewritten" for f in self.findings),
                "left": len(self.left),
                "old_names_left": sum(f.old_name for f in self.left),
                "left_by_code": dict(sorted(codes.items())),
            },
            "findings": [asdict(f) for f in self.findings],
        }
        return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def finding_line(finding: Finding, written: bool) -> str:
    """`file:line:col CODE reason → what to do`."""
    line, col = (finding.new_line, finding.new_col) if written else (finding.line, finding.col)
    return f"{finding.path}:{line}:{col} {finding.code} {finding.message} \N{RIGHTWARDS ARROW} {finding.advice}"


def list_rules() -> Iterable[str]:
    """One line for each rule: code, name, kind, and what it does."""
    for rule in RULES:
        kind = ("safe" if rule.safe else "unsafe") if rule.rewrites else "report"
        first = (rule.__doc__ or "").strip().splitlines()[0]
        yield f"{rule.code}  {rule.name:<18} {kind:<7} {first}"
