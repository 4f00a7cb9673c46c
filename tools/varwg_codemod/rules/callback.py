"""VWG112: functions that are handed on and draw."""

from varwg_codemod.rules.base import Rule


class Callback(Rule):
    """Reported: ``pool.map(noise, sizes)``: the tasks would share or copy one stream."""

    code = "VWG112"
    name = "callback"
    rewrites = False
