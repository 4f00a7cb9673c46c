"""From daily to hourly (or any sub-daily) values: the course of observed days, laid on simulated daily values."""

from varwg._disaggregation.archive import HourlyArchive
from varwg._disaggregation.run import (
    Disaggregation,
    DisaggregationCounts,
    HourlyOptions,
    disaggregate,
    hourly_times,
    hours_of,
    step_times,
)

__all__ = [
    "Disaggregation",
    "DisaggregationCounts",
    "HourlyArchive",
    "HourlyOptions",
    "disaggregate",
    "hourly_times",
    "hours_of",
    "step_times",
]
