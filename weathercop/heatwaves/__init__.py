"""Heat waves: what is one, which there are, and how a scenario makes them hotter."""

from weathercop.heatwaves._detection import HeatWaves, compare, detect, warmest_windows
from weathercop.heatwaves._hot_days import KUGLITSCH, ZITTIS, HeatThresholds, HeatWaveDefinition, OutOfSampleThresholds
from weathercop.heatwaves._hotter import HotterHeatWaves, heat_wave_signal

__all__ = [
    "KUGLITSCH",
    "ZITTIS",
    "HeatThresholds",
    "HeatWaveDefinition",
    "HeatWaves",
    "HotterHeatWaves",
    "OutOfSampleThresholds",
    "compare",
    "detect",
    "heat_wave_signal",
    "warmest_windows",
]


def __dir__() -> list[str]:
    return sorted(__all__)
