"""The API reference: packages that load lazily are opened up, so that pdoc finds all that is public."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import make_api
import pytest

LAZY = """
from importlib import import_module
__all__ = ["thing", "__version__"]
__version__ = "1"
def __getattr__(name):
    if name == "thing":
        return import_module("lazy_package.inner.deep").thing
    raise AttributeError(name)
"""


@pytest.fixture
def lazy_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    files = {
        "__init__.py": LAZY,
        "_private.py": "raise ImportError('private modules are not for the reference')",
        "__main__.py": "raise ImportError('programs are not for the reference')",
        "inner/__init__.py": "",
        "inner/deep.py": "def thing(): 'What it does.'",
    }
    for name, text in files.items():
        path = tmp_path / "lazy_package" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in sys.modules if name.startswith("lazy_package")]:
        monkeypatch.delitem(sys.modules, name)
    return "lazy_package"


def test_public_names_and_modules_are_loaded(lazy_package: str) -> None:
    package = import_module(lazy_package)
    make_api.open_up(package)
    assert package.__all__ == ["thing", "inner"]
    assert vars(package)["thing"].__doc__ == "What it does."
    assert package.inner.__all__ == ["deep"]


def test_the_packages_have_docstrings_for_all_that_is_public() -> None:
    for name in make_api.PACKAGES:
        package = import_module(name)
        bare = [
            public for public in package.__all__ if callable(getattr(package, public)) and not getattr(package, public).__doc__
        ]
        assert not bare
