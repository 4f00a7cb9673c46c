"""The documentation site: hooks of MkDocs that make what is not written by hand. Build it by `mkdocs build --strict`.

The home page, the guide from 1.x, the changelog and the guide for contributors are the files of the repository's root; the
reference has a page for each package with an entry for everything public; the pictures of the gallery are made by the code beside
them.

`python tools/make_site.py --release` writes what needs the project's public address: absolute links in README.md, which a package
index shows, and `[project.urls]`. The address is the one line `address` of `[tool.site]` in pyproject.toml; while it is empty,
links to files of the repository become plain text on the site, and nothing is written.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("varwg", "weathercop")
#: Pages of the site that are files elsewhere in the repository.
COPIED = MappingProxyType({"index.md": "README.md", "migration_guide.md": "migration_guide.md", "changelog.md": "CHANGELOG.md",
                           "contributing.md": "CONTRIBUTING.md"})  # fmt: skip
GALLERY = "gallery.md"
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)#\s]+)(#[^)]*)?\)")
_IMAGE = re.compile(r"(!\[[^\]]*\]\()docs/(img/[^)]+\))")
_FENCE = re.compile(r"(^```.*?^```$|`[^`\n]*`)", flags=re.MULTILINE | re.DOTALL)


def address() -> str:
    """Where the repository is, as in https://forge.example/project; empty while it has no public place."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["site"]["address"])


def on_config(config: Any) -> Any:
    """Put in the addresses that are known."""
    config["site_url"] = config["repo_url"] = address() or None
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the pages and pictures that are not written by hand."""
    from mkdocs.structure.files import File

    made = {name: relinked((ROOT / source).read_text(encoding="utf-8"), address()) for name, source in COPIED.items()}
    made |= {f"reference/{name}.md": reference(import_module(name)) for name in PACKAGES}
    drawn = pictures((ROOT / "docs" / GALLERY).read_text(encoding="utf-8"))
    config["extra"]["seen"] = {name: words for name, (_, words) in drawn.items()}
    for name, content in (made | {name: content for name, (content, _) in drawn.items()}).items():
        files.append(File.generated(config, name, content=content))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Show the pictures of the gallery below the code that makes them."""
    if page.file.src_uri != GALLERY:
        return markdown
    names = iter(config["extra"]["seen"].items())

    def shown(block: re.Match[str]) -> str:
        name, words = next(names)
        return f"{block[0]}\n\n![{re.sub(r'[][|]', ' ', words)}]({name})"

    return re.sub(r"^```python\n.*?^```$", shown, markdown, flags=re.MULTILINE | re.DOTALL)


def relinked(text: str, base: str) -> str:
    """A page of the repository's root for the site: links to other pages lead there, links to files to the repository."""
    pages = {source: name for name, source in COPIED.items()}

    def link(found: re.Match[str]) -> str:
        words, target, anchor = found[1], found[2], found[3] or ""
        if "://" in target or target.startswith("mailto:"):
            return found[0]
        if target in pages or (target.startswith("docs/") and target.endswith(".md")):
            return f"[{words}]({pages.get(target, target.removeprefix('docs/'))}{anchor})"
        return f"[{words}]({base}/blob/main/{target}{anchor})" if base else words

    parts = _FENCE.split(text)
    parts[::2] = [_IMAGE.sub(r"\1\2", _LINK.sub(link, part)) for part in parts[::2]]
    return "".join(parts)


def absolute(text: str, base: str) -> str:
    """The README for a package index: every link and picture by its address."""

    def link(found: re.Match[str]) -> str:
        mark, words, target = found.groups()
        return f"{mark}[{words}]({base}/{'raw' if mark else 'blob'}/main/{target})"

    parts = _FENCE.split(text)
    parts[::2] = [re.sub(r"(!?)\[([^\]]*)\]\((?!https?:|#|mailto:)([^)\s]+)\)", link, part) for part in parts[::2]]
    return "".join(parts)


def reference(package: ModuleType) -> str:
    """A page with an entry for everything that a package makes public, module by module."""
    return "\n".join([f"# {package.__name__}\n", *_entries(package, set())])


def _entries(module: ModuleType, told: set[str]) -> Iterator[str]:
    modules = []
    for name in sorted(set(module.__all__) - {"rng"}):
        value = getattr(module, name)
        if isinstance(value, ModuleType):
            modules.append(value)
        elif callable(value) and not name.startswith("_"):
            home = f"{value.__module__}.{value.__qualname__}"
            elsewhere = module.__name__.startswith("weathercop") and _is_public(import_module("varwg"), value)
            yield f"### {name}\n\nThe same as [varwg's][{home}].\n" if elsewhere or home in told else f"::: {home}\n"
            told.add(home)
    for inner in modules:
        if inner.__name__.startswith(module.__name__):
            yield f"## {inner.__name__}\n\n{(inner.__doc__ or '').partition(chr(10))[0]}\n"
            yield from _entries(inner, told)


def _is_public(package: ModuleType, value: object) -> bool:
    """Whether a package, or a module that it names, makes an object public."""
    named = [getattr(package, name) for name in package.__all__ if not name.startswith("_") and name != "rng"]
    return any(own is value or (isinstance(own, ModuleType) and _is_public(own, value)) for own in named)


def pictures(page: str) -> dict[str, tuple[bytes, str]]:
    """PNG files of the pictures that the blocks of a page end with, run one after the other, and what is seen in words."""
    from varwg.plotting import _style as style

    space: dict[str, Any] = {}
    made = {}
    for number, code in enumerate(re.findall(r"^```python\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL), start=1):
        tree = ast.parse(code)
        last = tree.body.pop()
        if not isinstance(last, ast.Expr):
            raise ValueError(f"block {number} of {GALLERY} does not end with a picture.")
        exec(compile(tree, GALLERY, "exec"), space)
        drawn = eval(compile(ast.Expression(last.value), GALLERY, "eval"), space)
        made[_picture(number)] = style.png(drawn[0], dpi=110, small=True), style.in_words(drawn[0])
        style.close(drawn[0])
    return made


def _picture(number: int) -> str:
    return f"gallery/{number:02d}.png"


def release() -> int:
    """Write addresses into README.md and pyproject.toml, if the project has one; returns the exit code."""
    base = address()
    if not base:
        print("pyproject.toml has no address under [tool.site], so that links stay as they are.")
        return 0
    readme, settings = ROOT / "README.md", ROOT / "pyproject.toml"
    readme.write_text(absolute(readme.read_text(encoding="utf-8"), base), encoding="utf-8")
    urls = f'[project.urls]\nSource = "{base}"\nIssues = "{base}/issues"\nChangelog = "{base}/blob/main/CHANGELOG.md"\n\n'
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("[project.scripts]", urls + "[project.scripts]", 1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    if sys.argv[1:] != ["--release"]:
        sys.exit("usage: mkdocs build --strict, or python tools/make_site.py --release")
    sys.exit(release())
