"""The rules: their codes, and that each docstring shows what the rule really does."""

import re
import textwrap
from types import ModuleType

import pytest
from varwg_codemod.engine import Options
from varwg_codemod.library import LEGACY_GENERATOR, VARWG
from varwg_codemod.rules import RULES
from varwg_codemod.rules.base import Rule

_IMPORTS = "import functools\n\nimport numpy as np\nimport pytest\nimport varwg\nimport varwg as vg\n\n"
_NOISE = "def noise(n, scale=1.0):\n    return scale * varwg.rng.normal(size=n)\n"
_NEW_NOISE = "def noise(n, scale=1.0, *, rng):\n    return scale * rng.normal(size=n)\n"
_CLASS = "import unittest\n\n\nclass TestA(unittest.TestCase):\n"
_SEED = "varwg.reseed(1)\n"
_NEW_SEED = "rng = np.random.default_rng(1)\n"
_PERTURB = (
    "class Model:\n    def perturb(self):\n        return varwg.rng.normal()\n\nimport pickle\n\nmodels = pickle.loads(data)\n"
)
_NEW_PERTURB = (
    "class Model:\n    def perturb(self, *, rng):\n        return rng.normal()\n\nimport pickle\n\nmodels = pickle.loads(data)\n"
)
_WG = "wg = varwg.VarWG()\nstate = varwg.rng.bit_generator.state\n"
_NEW_WG = "wg = varwg.VarWG()\nrng = np.random.default_rng()\nstate = rng.bit_generator.state\n"

# What stands around the example: before it, before the rewritten one, and after both.
CONTEXT = {
    "VWG002": (_SEED, _NEW_SEED, ""),
    "VWG006": (_NOISE + _SEED, _NEW_NOISE + _NEW_SEED, ""),
    "VWG008": (_CLASS, _CLASS, ""),
    "VWG009": (_SEED, _NEW_SEED, ""),
    "VWG010": (_WG, _NEW_WG, ""),
    "VWG011": (_NOISE + "sizes = [1]\n" + _SEED, _NEW_NOISE + "sizes = [1]\n" + _NEW_SEED, ""),
    "VWG013": (_PERTURB + _SEED, _NEW_PERTURB + _NEW_SEED, ""),
}
REWRITING = [rule for rule in RULES if rule.rewrites]


def _examples(rule: Rule) -> tuple[str, str]:
    doc = textwrap.dedent(" " * 4 + (rule.__doc__ or ""))
    found = re.search(r"Before::\n(.*)\nAfter::\n(.*)", doc, re.DOTALL)
    assert found is not None
    return textwrap.dedent(found.group(1)).strip("\n") + "\n", textwrap.dedent(found.group(2)).strip("\n") + "\n"


def test_codes_are_unique_and_in_order() -> None:
    """A code means one rule for ever."""
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes))
    assert all(re.fullmatch(r"VWG\d{3}", code) for code in codes)
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", REWRITING, ids=lambda rule: rule.code)
def test_the_docstring_is_what_happens(play: ModuleType, rule: Rule) -> None:
    """Rewriting the example before gives the example after, and the rule is among those applied."""
    before, after = _examples(rule)
    if rule.code == "VWG012":
        before, after = before + "reseed(1)\nVarWG()\nrng.random()\n", after
    first, then, rest = CONTEXT.get(rule.code, ("", "", ""))
    if rule.code == "VWG008":
        before, after = textwrap.indent(before, "    "), textwrap.indent(after, "    ")
    path = "test_it.py" if rule.code in {"VWG008", "VWG014", "VWG017"} else "prog.py"
    library = LEGACY_GENERATOR if rule.code in {"VWG018", "VWG019"} else VARWG
    result = play.rewrite({path: _IMPORTS + first + before + rest}, Options(library=library))
    new = result.texts[path]
    assert rule.code in {f.code for f in result.findings if f.kind == "rewritten"}
    assert after in new
    assert then in new
    assert not [f for f in result.findings if f.kind == "left" and f.code != "VWG117"]
