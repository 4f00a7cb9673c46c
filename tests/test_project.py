"""What a project says of itself in several places: versions, dependencies, sources of methods, and files of an sdist."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

import varwg

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
#: Form of a DOI as its handbook gives it: a prefix of the directory 10, and a suffix without blanks.
DOI = re.compile(r"10\.\d{4,9}/[-._;()/:A-Za-z0-9]+")
#: Names of packages that conda-forge calls differently.
CONDA = {"netCDF4": "netcdf4", "matplotlib": "matplotlib-base", "dask": "dask-core"}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_there_is_one_version() -> None:
    assert re.search(r"^version: (\S+)$", read("CITATION.cff"), flags=re.MULTILINE)[1] == varwg.__version__  # type: ignore[index]
    assert f"## {varwg.__version__}" in read("CHANGELOG.md")


def test_the_conda_recipe_asks_for_what_the_project_asks_for() -> None:
    project = SETTINGS["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["plot"], *extras["zarr"], *extras["distributed"]]
    lines = re.findall(r"^    - (\S+ >=\S+)$", read("conda/meta.yaml"), flags=re.MULTILINE)
    for name, least in (requirement.split(">=") for requirement in wanted):
        assert f"{CONDA.get(name, name)} >={least}" in lines
    assert f"python {project['requires-python'].replace('>=', '>=')}" in lines
    for command, target in project["scripts"].items():
        assert f"    - {command} = {target}\n" in read("conda/meta.yaml")


def test_dois_have_the_form_of_dois_and_the_papers_agree() -> None:
    named: dict[str, set[str]] = {}
    for path in [ROOT / name for name in ("README.md", "CITATION.cff", "paper/paper.bib")] + [
        path for package in ("varwg", "weathercop") for path in (ROOT / package).rglob("*.py")
    ]:
        text = path.read_text(encoding="utf-8")
        for found in re.findall(r"""(?:doi:\s*["'{]?|doi\.org/|doi = \{)([^\s"'},;]+)""", text, flags=re.IGNORECASE):
            doi = found.rstrip(".").removesuffix(")") if found.count("(") < found.count(")") else found.rstrip(".")
            assert DOI.fullmatch(doi), f"{path.name}: {found}"
            named.setdefault(path.name, set()).add(doi)
    assert len(set.union(*named.values())) > 8
    assert named["CITATION.cff"] <= named["README.md"]
    assert {doi for doi in named["README.md"] if "envsoft" in doi or "PhysRev" in doi} <= named["paper.bib"]


def test_an_sdist_has_what_its_tests_need() -> None:
    """Every tracked file is named by the manifest, but for what only the repository itself needs."""
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    if done.returncode or not done.stdout:
        pytest.skip("this is not a clone")
    words = read("MANIFEST.in").split()
    grafted = tuple(f"{words[at + 1]}/" for at, word in enumerate(words) if word == "graft")
    by_setuptools = ("varwg/", "weathercop/", "pyproject.toml", "README.md", "LICENSE", "MANIFEST.in")
    left_out = [name for name in done.stdout.split() if not name.startswith((*grafted, *by_setuptools)) and name not in words]
    assert left_out == [".gitignore"]


def test_releases_and_tests_are_made_by_what_is_here() -> None:
    workflows = read(".github/workflows/tests.yml") + read(".github/workflows/release.yml")
    for tool in re.findall(r"python (tools/\S+\.py)", workflows):
        assert (ROOT / tool).exists(), tool
    assert "mkdocs build --strict" in workflows and "--cov" in workflows
    assert SETTINGS["tool"]["coverage"]["report"]["fail_under"] >= 95
    versions = re.search(r"python: \[([^\]]+)\]", workflows)[1].replace('"', "").split(", ")  # type: ignore[index]
    promised = [name.rpartition(" ")[2] for name in SETTINGS["project"]["classifiers"] if "Python :: 3." in name]
    assert versions == promised


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`((?:\w+/)*\w+\.py|(?:\w+/)+)`", read("CONTRIBUTING.md")))))
def test_the_files_that_contributing_names_are_there(name: str) -> None:
    folders = (
        ROOT,
        *(ROOT / folder for folder in ("weathercop/copulas", "varwg/marginals", "tools/benchmarks", "tests/weathercop")),
    )
    assert any((folder / name).exists() for folder in folders)


def test_contributing_explains_words_that_the_sources_use() -> None:
    glossary = read("CONTRIBUTING.md").partition("## Words")[2].partition("\n## ")[0]
    words = re.findall(r"^\| (?!word )([^|]+?) \|", glossary, flags=re.MULTILINE)
    sources = "\n".join(
        path.read_text(encoding="utf-8") for folder in ("varwg", "weathercop") for path in (ROOT / folder).rglob("*.py")
    )
    assert len(words) > 20
    assert [word for entry in words for word in entry.split(", ") if word not in sources] == []
