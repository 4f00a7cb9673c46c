"""Heat waves: what is one, which there are, and how a scenario makes them hotter."""

from weathercop.heatwaves.detection import HeatWaves, compare, detect, warmest_windows
from weathercop.heatwaves.hot_days import KUGLITSCH, ZITTIS, HeatThresholds, HeatWaveDefinition, OutOfSampleThresholds
from weathercop.heatwaves.hotter import HotterHeatWaves, heat_wave_signal

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
