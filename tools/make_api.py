"""Write the API reference as HTML from the docstrings: python tools/make_api.py [DIRECTORY], by default build/api.

Needs pdoc: pip install -e ".[docs]". The packages load their public names when they are first asked for, and pdoc asks for
nothing; so this does, in its own process, and adds the modules to what is public.
"""

from __future__ import annotations

import pkgutil
import sys
import warnings
from importlib import import_module
from pathlib import Path
from types import ModuleType

PACKAGES = ("varwg", "weathercop")
#: Modules that are programs, not for import.
NOT_DOCUMENTED = ("__main__", "data", "templates")


def main(arguments: list[str]) -> int:
    """Write the reference; returns the exit code."""
    import pdoc

    directory = Path(arguments[0]) if arguments else Path("build") / "api"
    for package in PACKAGES:
        open_up(import_module(package))
    pdoc.render.configure(docformat="numpy", search=True, show_source=True)
    with warnings.catch_warnings():
        # The annotations of generated methods of named tuples name what only their own modules know.
        warnings.filterwarnings("ignore", category=UserWarning, module="pdoc")
        pdoc.pdoc(*PACKAGES, output_directory=directory)
    print(f"{len(list(directory.rglob('*.html')))} pages; begin with {directory / 'index.html'}")
    return 0


def open_up(package: ModuleType) -> None:
    """Load all public names of a package, and add its modules, and theirs, to them."""
    names = [name for name in getattr(package, "__all__", ()) if not name.startswith("_")]
    for name in names:
        setattr(package, name, getattr(package, name))
    for found in pkgutil.iter_modules(package.__path__):
        if found.name.startswith("_") or found.name in NOT_DOCUMENTED:
            continue
        module = import_module(f"{package.__name__}.{found.name}")
        if found.ispkg:
            open_up(module)
        if found.name not in names:
            setattr(package, found.name, module)
            names.append(found.name)
    package.__all__ = names  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
