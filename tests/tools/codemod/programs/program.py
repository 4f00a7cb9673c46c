"""Puts units into modules and gives them a main part, or tests, that print numbers."""

from __future__ import annotations

from random import Random

from .units import KINDS
from .words import NUMPY, VARWG, Vocabulary
from .writer import Module, Writer, indented


def program(random: Random, words: Vocabulary) -> dict[str, str]:
    """A program's texts by path; it starts with `run.py`, or consists of tests."""
    return _Program(random, words).files()


class _Program:
    """One program while it is made, from its last unit to its first."""

    def __init__(self, random: Random, words: Vocabulary) -> None:
        self._random = random
        self._writer = Writer(random, words)
        self._words = words
        self._tests = random.random() < 0.12
        self._extra: dict[str, str] = {}
        self._modules = self._layout()

    def files(self) -> dict[str, str]:
        """All texts."""
        count = self._random.randint(2, 7)
        places = sorted(self._random.randrange(len(self._modules)) for _ in range(count))
        for place in places:
            module = self._modules[place]
            unit = self._random.choice(KINDS)(self._writer, module)
            module.body += [*unit.lines, ""]
            self._writer.units.append(unit)
        texts = self._test_files() if self._tests else self._main_file()
        texts |= {module.path: module.text() for module in self._modules if module.path not in texts}
        return texts | self._extra | self._foreign()

    def _layout(self) -> list[Module]:
        """Modules in the order in which they are filled: the last one may import all others."""
        names = [["run.py"], ["tools.py", "run.py"], ["core.py", "models.py", "run.py"]]
        packages = [
            ["lib/core.py", "run.py"],
            ["lib/core.py", "lib/models.py", "run.py"],
            ["lib/statistics.py", "lib/core.py", "run.py"],
        ]
        paths = self._random.choice(names + packages)
        if self._tests:
            paths = [*paths[:-1], "model.py"]
        if any(path.startswith("lib/") for path in paths):
            inner = [path.removeprefix("lib/").removesuffix(".py") for path in paths if path.startswith("lib/")]
            self._extra["lib/__init__.py"] = "".join(f"from .{name} import *\n" for name in inner)
        return [Module(path, self._words.style(self._random)) for path in paths]

    def _lines(self, module: Module, count: int) -> list[str]:
        """Statements of the main part."""
        lines: list[str] = []
        for number in range(count):
            if self._random.random() < 0.15:
                lines += ["out = 0.0", *self._writer.body(module, 1, "1"), f"print({number}, out)"]
            else:
                lines.append(f"print({number}, {self._writer.value(module, '1')})")
            if self._writer.reseeds and self._random.random() < 0.1:
                lines.append(self._writer.seed(module, str(number)))
        return lines

    def _main_file(self) -> dict[str, str]:
        """`run.py`, seeded at one level or another, or not at all."""
        main = self._modules[-1]
        lines, seed = self._lines(main, self._random.randint(2, 5)), self._writer.seed(main, str(self._random.randint(0, 99)))
        kind = self._random.choice(("main", "main", "main", "script", "script", "module", "argument", "loop", "none"))
        if kind == "script":
            main.body += [seed, *lines]
        elif kind == "module":
            main.body = [seed, "", *main.body, "def main():", *indented(lines), "", "main()"]
        elif kind == "argument":
            start = self._writer.seed(main, "seed")
            main.body += [
                "def main(seed=5):",
                *indented([start, *lines]),
                "",
                "if __name__ == '__main__':",
                "    main()",
                "    main(6)",
            ]
        elif kind == "loop":
            start = self._writer.seed(main, "seed")
            main.body += ["def main():", "    for seed in (1, 2):", *indented([start, *lines], 2), "", "main()"]
        elif kind == "none":
            main.body += ["def main():", *indented(lines), "", "if __name__ == '__main__':", "    main()"]
        else:
            main.body += ["def main():", *indented([seed, *lines]), "", "if __name__ == '__main__':", "    main()"]
        return {main.path: main.text()}

    def _test_files(self) -> dict[str, str]:
        """Tests, with fixtures that seed and others that draw."""
        conftest = Module("conftest.py", self._words.style(self._random))
        conftest.imports["import pytest"] = None
        tests = Module("test_model.py", self._words.style(self._random))
        kind = self._random.choice((*("each",) * 3, *("asked",) * 2, "import", "session", "module", "hook", "hook"))
        seed = self._writer.seed(conftest, "0")
        if kind == "import":
            conftest.body += [seed, ""]
        elif kind == "hook":
            hook = self._random.choice(("setup_function", "setup_module"))
            tests.body += [f"def {hook}():", f"    {self._writer.seed(tests, '0')}", ""]
        else:
            options = {"each": "(autouse=True)", "asked": ""}.get(kind, f'(scope="{kind}", autouse=True)')
            conftest.body += [f"@pytest.fixture{options}", "def seed():", f"    {seed}"]
            conftest.body += [*self._random.choice(([], ["    yield"])), ""]
        asked = kind == "asked" or (kind == "each" and self._random.random() < 0.3)
        request = "seed" if asked else ""
        conftest.body += ["@pytest.fixture", f"def sample({request}):", f"    return {self._writer.value(conftest, '1')}"]
        seeding = "seed" if kind == "asked" else ""
        for number in range(self._random.randint(1, 3)):
            taken = ", ".join(filter(None, [seeding, self._random.choice(("", "sample"))]))
            printed = ["print('sample', sample)"] if "sample" in taken else []
            own = [self._writer.seed(tests, "3")] if self._writer.reseeds and self._random.random() < 0.3 else []
            tests.body += [f"def test_{number}({taken}):", *indented([*own, *printed, *self._lines(tests, 2)]), ""]
        if self._random.random() < 0.4:
            tests.imports["import unittest"] = None
            inner = [
                "def setUp(self):",
                f"    {self._writer.seed(tests, '7')}",
                "def test_case(self):",
                *indented(self._lines(tests, 2)),
            ]
            tests.body += ["class TestCase(unittest.TestCase):", *indented(inner)]
        return {"conftest.py": conftest.text(), "test_model.py": tests.text()}

    def _foreign(self) -> dict[str, str]:
        """A module that the migration does not see, and that draws from the same generator."""
        if not self._writer.foreign:
            return {}
        style = self._words.style(self._random)
        drawn = self._words.draw(self._random, style)
        lines = [
            *style.imports,
            "",
            "def draw():",
            f"    return {drawn}",
            "",
            "def draw_many(n):",
            "    return sum(draw() for _ in range(n))",
        ]
        lines += ["", "def call(function, *arguments):", "    return function(*arguments)"]
        return {"outside/foreign.py": "\n".join(lines) + "\n"}


VOCABULARIES = {"varwg": VARWG, "numpy": NUMPY}
