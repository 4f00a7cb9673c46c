"""The helpers of the codemod's tests, as a fixture (tests here cannot import each other)."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def play() -> ModuleType:
    """The module playground.py beside this file."""
    path = Path(__file__).with_name("playground.py")
    spec = importlib.util.spec_from_file_location("codemod_playground", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
