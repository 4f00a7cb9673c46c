"""The documentation site and the paper: what is generated is complete, runs, and leads where it says."""

from __future__ import annotations

import json
import re
from importlib import import_module
from pathlib import Path
from types import ModuleType

import make_paper
import make_site
import pytest

pytest.importorskip("matplotlib")

ROOT = Path(__file__).resolve().parents[2]
ADDRESS = "https://forge.example/someone/project"


def test_the_reference_has_everything_public_and_everything_has_a_docstring() -> None:
    pages = {name: make_site.reference(import_module(name)) for name in make_site.PACKAGES}
    for name, page in pages.items():
        entries = re.findall(r"^::: (\S+)$", page, flags=re.MULTILINE)
        links = re.findall(r"\[varwg's\]\[(\S+)\]", page)
        assert len(set(entries)) == len(entries)
        assert set(links) <= set(re.findall(r"^::: (\S+)$", pages["varwg"] + "\n" + page, flags=re.MULTILINE))
        package = import_module(name)
        for public in package.__all__:
            value = getattr(package, public) if public != "rng" else None
            if callable(value):
                assert value.__doc__, public
                assert f"{value.__module__}.{value.__qualname__}" in {*entries, *links}
            elif isinstance(value, ModuleType):
                assert f"## {value.__name__}\n" in page


def test_every_block_of_the_gallery_ends_with_a_picture() -> None:
    page = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
    made = make_site.pictures(page)
    assert len(made) == page.count("```python")
    assert all(content.startswith(b"\x89PNG") and len(content) < 200_000 for content, _ in made.values())
    assert "observed" in made["gallery/02.png"][1]
    with pytest.raises(ValueError, match="block 1 of gallery"):
        make_site.pictures("```python\nx = 1\n```\n")


def test_links_of_the_root_lead_to_pages_or_to_the_repository_or_are_text() -> None:
    text = "[a](docs/tutorial.md#x) [b](CHANGELOG.md) ![c](docs/img/p.png) [d](tests/t.py) [e](https://x.example) `[f](g)`\n"
    assert make_site.relinked(text, "") == (
        "[a](tutorial.md#x) [b](changelog.md) ![c](img/p.png) d [e](https://x.example) `[f](g)`\n"
    )
    assert f"[d]({ADDRESS}/blob/main/tests/t.py)" in make_site.relinked(text, ADDRESS)


def test_a_package_index_gets_absolute_links() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    text = make_site.absolute(readme, ADDRESS)
    outside = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r"\]\(([^)]+)\)", outside)
    assert links and all(link.startswith(("https://", "#")) for link in links)
    assert f"({ADDRESS}/raw/main/docs/img/summary.png)" in text and f"({ADDRESS}/blob/main/docs/tutorial.md)" in text
    blocks = r"^```.*?^```$"
    assert re.findall(blocks, text, flags=re.MULTILINE | re.DOTALL) == re.findall(blocks, readme, flags=re.MULTILINE | re.DOTALL)


def test_paper_and_readme_have_the_numbers_that_were_found() -> None:
    assert make_paper.main(["--check"]) == 0
    numbers = json.loads((ROOT / "paper" / "numbers.json").read_text(encoding="utf-8"))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "| all | {real_good} % | {real_fair} % | {real_poor} % |".format(**numbers) in readme
    assert "European stations: {real_values} graded values".format(**numbers) in readme
    assert "the grades of {example_values} statistics".format(**numbers) in readme
    assert "are fitted in {fit_s} s, ten with nine in {real_fit_s} s".format(**numbers) in readme
