"""VWG107: numpy.random's own global generator."""

from varwg_codemod.rules.base import Rule


class Legacy(Rule):
    """Reported: ``np.random.normal(...)``, ``np.random.seed(...)`` and the like."""

    code = "VWG107"
    name = "legacy-numpy"
    rewrites = False
