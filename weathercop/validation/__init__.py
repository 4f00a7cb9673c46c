"""Validation: every statistic that matters of an ensemble beside that of the observations, and how well they agree."""

from weathercop.validation._comparison import GRADES, GROUPS, RESULTS, STATISTICS, grade, validate
from weathercop.validation._scenario import reached, reached_table
from weathercop.validation._tables import (
    Shares,
    furthest,
    grade_shares,
    rows,
    statistic_names,
    summary_table,
    write_csv,
    write_netcdf,
)

__all__ = [
    "GRADES",
    "GROUPS",
    "RESULTS",
    "STATISTICS",
    "Shares",
    "furthest",
    "grade",
    "grade_shares",
    "reached",
    "reached_table",
    "rows",
    "statistic_names",
    "summary_table",
    "validate",
    "write_csv",
    "write_netcdf",
]


def __dir__() -> list[str]:
    return sorted(__all__)
