"""Validation as tables: a summary for the terminal, all rows for a spreadsheet, and shares of grades for automation."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import numpy as np
import xarray as xr

from varwg._arguments import cell
from varwg._arrays import FloatArray
from varwg._persistence import COMPARISON, TEXT, replacing, write_dataset
from weathercop.validation._comparison import FAIR, GOOD, GRADES, NONE, POOR, RESULTS

#: Columns of the table of all rows.
COLUMNS: Final = (
    "statistic", "station", "variable", "period", "detail", "units", *RESULTS, "grade",
)  # fmt: skip
#: Dimensions that name a place or a variable, and the column they go to.
_STATIONS: Final = ("station", "station_pair")
_VARIABLES: Final = ("variable", "variable_pair")
_NAME_WIDTH: Final = 24
#: What else there is to say of a value, in words.
_DETAILS: Final = MappingProxyType({
    "lag": "after {} d", "sum_days": "over {} d", "duration": "over {} d", "return_period": "once in {} years",
    "level": "quantile {}", "band": "periods {}", "annual_band": "periods {}", "spell": "{} spells",
    "earlier_variable": "with {} a day earlier",
})  # fmt: skip


class Shares(NamedTuple):
    """Number of graded values and the shares of each grade."""

    n_values: int
    good: float
    fair: float
    poor: float


def statistic_names(report: xr.Dataset) -> tuple[str, ...]:
    """Names of the statistics in a validation Dataset."""
    return tuple(str(name) for name in report.data_vars if f"{name}_grade" in report.data_vars)


def grade_shares(report: xr.Dataset, *statistics: str) -> Shares:
    """Shares of grades of the named statistics, or of all; NaN where nothing could be compared."""
    codes = np.concatenate([report[f"{name}_grade"].values.ravel() for name in statistics or statistic_names(report)])
    codes = codes[codes != NONE]
    shares = [float(np.mean(codes == code)) if codes.size else float("nan") for code in (GOOD, FAIR, POOR)]
    return Shares(codes.size, *shares)


def summary_table(report: xr.Dataset) -> str:
    """One line per statistic: how many values, shares of grades, and the value that is furthest off."""
    lines = [
        f"{report.attrs['members']} members of {report.attrs['days']} days against {report.attrs['observed_days']} observed days",
        f"{'statistic':{_NAME_WIDTH}s} values   good   fair   poor   furthest off: observed / median (90 % range)",
    ]
    for name in statistic_names(report):
        shares = grade_shares(report, name)
        if shares.n_values:
            lines.append(f"{_shares_line(name, shares)}   {furthest(report, name)}")
    total = grade_shares(report)
    return "\n".join([*lines, _shares_line("all", total) if total.n_values else "nothing could be compared"])


def rows(report: xr.Dataset) -> Iterator[tuple[Any, ...]]:
    """All graded values as rows of `COLUMNS`."""
    for name in statistic_names(report):
        grades = report[f"{name}_grade"]
        values, labels = report[name].values, _Labels(report, name)
        for place in zip(*np.nonzero(grades.values != NONE), strict=True):
            results = values[(slice(None), *place)]
            code = int(grades.values[place])
            yield (name, *labels.of(place), *map(float, results), GRADES[code])


def write_csv(report: xr.Dataset, path: str | Path) -> None:
    """Write all graded values to a CSV file, one row each."""
    with replacing(path, kind=TEXT) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([cell(part) if isinstance(part, str) else part for part in row] for row in rows(report))


def write_netcdf(report: xr.Dataset, path: str | Path) -> None:
    """Write the Dataset to a NetCDF file."""
    write_dataset(path, report, COMPARISON)


def _shares_line(name: str, shares: Shares) -> str:
    return f"{name:{_NAME_WIDTH}s} {shares.n_values:6d}  {shares.good:5.0%}  {shares.fair:5.0%}  {shares.poor:5.0%}"


def at_station(report: xr.Dataset, station: str) -> xr.Dataset:
    """What a validation says of one station, and of the pairs of stations that it is one of."""
    selected = report.isel(station=[str(name) == station for name in report["station"].values])
    if "station_pair" not in report.dims:
        return selected
    pairs = [str(name) for name in report["station_pair"].values]
    return selected.isel(station_pair=[name.startswith(f"{station} & ") or name.endswith(f" & {station}") for name in pairs])


class _Labels:
    """Texts of the coordinates of one statistic, read once."""

    def __init__(self, report: xr.Dataset, name: str) -> None:
        self._texts = {str(dim): [str(value) for value in report[dim].values] for dim in report[f"{name}_grade"].dims}
        own_units = [str(units) for units in report["units"].values]
        unit = report[name].attrs.get("units")
        self._units = own_units if unit is None else [str(unit)] * len(own_units)
        self._variable = list(self._texts).index("variable") if "variable" in self._texts else None

    def of(self, place: tuple[int, ...], *, in_words: bool = False) -> tuple[str, str, str, str, str]:
        """Station, variable, period, everything else (maybe in words), and unit of one value."""
        at = {dim: texts[number] for (dim, texts), number in zip(self._texts.items(), place, strict=True)}
        station = "".join(at.pop(dim, "") for dim in _STATIONS)
        variable = "".join(at.pop(dim, "") for dim in _VARIABLES)
        period = at.pop("period", "year")
        units = self._units[0 if self._variable is None else place[self._variable]]
        detail = [_DETAILS[dim].format(value.removesuffix(".0")) if in_words else f"{dim} {value}" for dim, value in at.items()]
        return station, variable, period, ", ".join(detail), units


def furthest(report: xr.Dataset, name: str) -> str:
    """The value of a statistic whose observation is furthest from the median, in widths of the 90 % range, in words."""
    grades = report[f"{name}_grade"].values
    results = report[name].values
    distance = np.where(grades == NONE, -np.inf, _distance(results) + 1e6 * grades)
    place = tuple(int(index) for index in np.unravel_index(int(np.argmax(distance)), grades.shape))
    observed, median, low, high = (float(result[place]) for result in results[:4])
    station, variable, period, detail, units = _Labels(report, name).of(place, in_words=True)
    where = ", ".join(text for text in (f"{variable} at {station}", "" if period == "year" else period, detail) if text)
    unit = "" if units in ("", "1") else f" {units}"
    # As many decimals as the range is known to: two digits of its width.
    width = high - low
    decimals = int(np.clip(1 - np.floor(np.log10(width)), 0, 6)) if width > 0.0 else 3
    texts = [f"{round(value, decimals) + 0.0:.{decimals}f}" for value in (observed, median, low, high)]
    return f"{where}: {texts[0]} / {texts[1]} ({texts[2]} to {texts[3]}){unit}"


def _distance(results: FloatArray) -> FloatArray:
    width = results[3] - results[2]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.abs(results[0] - results[1]) / width
    return np.asarray(np.minimum(np.nan_to_num(ratio, nan=0.0, posinf=1e5), 1e5))
