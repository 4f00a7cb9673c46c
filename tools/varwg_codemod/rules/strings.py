"""VWG102: old names in strings that patch them."""

from varwg_codemod.rules.base import Rule


class Strings(Rule):
    """Reported: ``monkeypatch.setattr("varwg.rng", ...)``, ``mock.patch("varwg.reseed")``, and doctests."""

    code = "VWG102"
    name = "strings"
    rewrites = False
