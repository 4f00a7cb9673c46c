"""VWG110: old names in Cython sources."""

from varwg_codemod.rules.base import Rule


class CythonSite(Rule):
    """Reported: lines of ``.pyx`` files are shown as they should be, not written."""

    code = "VWG110"
    name = "cython"
    rewrites = False
