"""VWG119: a RandomState that stays one."""

from varwg_codemod.rules.base import Rule


class OldKind(Rule):
    """Reported: a ``RandomState`` that a library asks for, or of which something is asked that a ``Generator`` has not."""

    code = "VWG119"
    name = "old-kind"
    rewrites = False
