"""Old names in Cython sources: found line by line, and shown as they should be."""

import re
from collections.abc import Iterator

from varwg_codemod.engine import Finding

_IMPORT = re.compile(r"^[^\S\n]*+c?import\s+((?:varwg|vg)(?:\.\w+)*)(?:\s+as\s+(\w+))?", re.MULTILINE)
_FROM = re.compile(r"^[^\S\n]*+from\s+(?:varwg|vg)(?:\.\w+)*\s+c?import\s+\(?([^)\n#]+)", re.MULTILINE)
_COMMENT = re.compile(r"#.*")


def find_in_cython(path: str, text: str) -> Iterator[Finding]:
    """Report each line of a Cython source that uses an old name, with the line as it should be."""
    pattern = old_names_pattern(text)
    for number, line in enumerate(text.splitlines(), start=1):
        code = _COMMENT.sub("", line)
        for match in pattern.finditer(code):
            yield Finding(
                path=path,
                line=number,
                col=match.start() + 1,
                code="VWG110",
                kind="left",
                message=f"`{match.group()}` in a Cython source",
                advice=f"take `rng` as an argument and write `{_rewritten(line, pattern).strip()}`",
                new_line=number,
                new_col=match.start() + 1,
                old_name=True,
            )


def old_names_pattern(text: str) -> re.Pattern[str]:
    """What the old names look like in this file, given its imports."""
    packages = {"varwg", "vg"}
    names: set[str] = set()
    for match in _IMPORT.finditer(text):
        packages.add(match.group(2) or match.group(1))
    for match in _FROM.finditer(text):
        for part in match.group(1).split(","):
            name, _, alias = part.strip().partition(" as ")
            if name in {"rng", "get_rng", "reseed"}:
                names.add((alias or name).strip())
    dotted = "|".join(re.escape(p) for p in sorted(packages, key=len, reverse=True))
    plain = "".join(f"|(?<![\\w.]){re.escape(name)}(?=\\s*[.(])" for name in sorted(names))
    return re.compile(rf"(?<![\w.])(?:{dotted})(?:\.\w+)*?\.(?:get_rng\s*\(\s*\)|rng\b|reseed\b){plain}")


def _rewritten(line: str, pattern: re.Pattern[str]) -> str:
    def replaced(match: re.Match[str]) -> str:
        if match.group().endswith("reseed"):
            return "rng = np.random.default_rng"
        return "rng"

    return pattern.sub(replaced, line)
