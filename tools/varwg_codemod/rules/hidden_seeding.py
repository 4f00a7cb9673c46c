"""VWG116: seeding for code that is not to be seen."""

from varwg_codemod.rules.base import Rule


class HiddenSeeding(Rule):
    """Reported: a fixture that only seeds, or a seed before calls into code outside of the run."""

    code = "VWG116"
    name = "hidden-seeding"
    rewrites = False
