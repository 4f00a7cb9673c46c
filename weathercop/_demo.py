"""The bundled example data, and the demonstration: fit them, simulate, and print observed beside simulated."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from varwg._arrays import FloatArray, IntArray
from varwg._calendar import doy_index
from varwg._observations import Observations, read_observations
from varwg._persistence import EXAMPLE, MODEL, REPORT, require_replaceable, write_dataset, write_text
from varwg._statistics import anomalies
from varwg.errors import StoreError
from varwg.io._sources import open_netcdf
from varwg.rain import is_wet
from weathercop._multisite import Multisite
from weathercop._report import Sources, available, write_report

if TYPE_CHECKING:
    import pandas as pd


def example_dataset() -> xr.Dataset:
    """Ten years of SYNTHETIC daily weather at three places, in memory.

    Made from climate normals of Bern, Munich and Zurich by a Richardson-type weather generator (not by this package);
    nothing in it was observed. See the attributes of the Dataset and `tools/make_example_data.py`.

    Returns
    -------
    xarray.Dataset
        Dims station (3) and time (3652 days from 2001-01-01); theta (degC), R (mm d-1), rh (1), Qsw (W m-2) and
        U (m s-1); a new object at every call.
    """
    with as_file(files("weathercop") / "data" / "example_daily.nc") as path, open_netcdf(path) as dataset:
        return dataset.load()


#: The scenario file of the tutorial.
WETTER: Final = """\
primary_var = ["theta", "rh"]
theta_incr = {theta = 1.5, rh = 0.01}
rain_factor = [1.1, 1.1, 1.1, 1.0, 1.0, 0.9, 0.9, 0.9, 1.0, 1.0, 1.1, 1.1]
"""


def write_example(directory: Path, *, rng: np.random.Generator) -> list[Path]:
    """Write the files of the tutorial, all of them synthetic.

    Tables of four years at three stations, which have a gap of 60 days and a value that nobody would believe, for the tutorial
    to show what is said of them, and the same as one file; a table of a lake; two years of hours; two periods of a climate
    model; a scenario.

    Raises
    ------
    StoreError
        If one of the files exists already, or cannot be written.
    """
    days = example_dataset()[["theta", "R", "rh"]].isel(time=slice(0, 1461))
    days["theta"][1, 700:760] = np.nan
    days["R"].loc[{"station": "ZURICH", "time": "2003-08-14"}] = 310.0
    days["rh"] = (days["rh"] * 100.0).assign_attrs(units="%")
    tables = {f"{str(station).lower()}.csv": days.sel(station=station, drop=True) for station in days["station"].values}
    datasets = {"observations.nc": days, "hours.nc": _hours(rng=rng), **_climate_model(rng=rng)}
    paths = [directory / name for name in (*tables, "lake.csv", *datasets, "wetter.toml")]
    for path in paths:
        if path.exists():
            raise StoreError(f"{path} exists already and would be lost: name another directory.")
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"the example cannot be written into {directory} ({error}): choose another directory.") from error
    for name, table in tables.items():
        text = table.to_dataframe()[["theta", "R", "rh"]].to_csv(index_label="date", lineterminator="\n")
        write_text(directory / name, text, error=StoreError)
    lake = _lake().to_csv(index_label="date", float_format="%.7g", lineterminator="\n")
    write_text(directory / "lake.csv", lake, error=StoreError)
    for name, dataset in datasets.items():
        write_dataset(directory / name, dataset, EXAMPLE, error=StoreError)
    write_text(directory / "wetter.toml", WETTER, error=StoreError)
    return paths


def _lake() -> pd.DataFrame:
    """Four years of days at one station with all that a lake model needs, and units beside the names."""
    days = example_dataset().isel(station=0, time=slice(0, 1461), drop=True)
    names = [str(name) for name in days.data_vars]
    return days.to_dataframe()[names].rename(columns={name: f"{name} [{days[name].attrs['units']}]" for name in names})


def _hours(*, rng: np.random.Generator) -> xr.Dataset:
    """Two years of hours at two stations: a sine around each day's mean, and its rain shared out at random."""
    days = example_dataset()[["theta", "R"]].isel(station=[0, 1], time=slice(0, 731))
    hour = np.arange(24)
    theta = days["theta"].values[..., None] + 4.0 * np.sin(2.0 * np.pi * (hour - 9) / 24.0)
    shares = rng.dirichlet(np.full(24, 0.1), size=(2, 731))
    rain = days["R"].values[..., None] * shares
    times = days["time"].values[:, None] + hour.astype("timedelta64[h]")
    hours = {
        name: (("station", "time"), values.reshape(2, -1), {"units": unit})
        for name, values, unit in (("theta", theta, "degC"), ("R", rain, "mm"))
    }
    return xr.Dataset(hours, {"station": days["station"].values, "time": times.ravel()})


def _climate_model(*, rng: np.random.Generator) -> dict[str, xr.Dataset]:
    """Twenty years of each period as a climate model writes them: kelvins, fluxes, no leap days; both are of one draw."""
    days = np.arange(20 * 365)
    tas = 282.0 - 8.0 * np.cos(2.0 * np.pi * (days % 365 + 1) / 365.0) + rng.normal(0.0, 3.0, days.size)
    pr = np.where(rng.random(days.size) < 0.4, rng.gamma(0.7, 7.0, days.size), 0.0) / 86400.0
    time = ("time", days, {"units": "days since 1981-01-01", "calendar": "noleap"})
    return {
        name: xr.Dataset(
            {"tas": ("time", tas + warming, {"units": "K"}), "pr": ("time", wetter * pr, {"units": "kg m-2 s-1"})},
            {"time": time, "lat": 47.0, "lon": 8.5},
        )
        for name, warming, wetter in (("historical.nc", 0.0, 1.0), ("future.nc", 2.4, 1.15))
    }


_HEADER: Final = (
    "station       variable  unit    |       mean        |         sd        |  wet fraction   |  lag-1 correl.  |"
    "  inter-station\n"
    "                                |     obs      sim  |     obs      sim  |    obs     sim  |    obs     sim  |"
    "    obs     sim"
)


@dataclass(frozen=True)
class Statistics:
    """Statistics of one variable at one station; NaN where one does not apply."""

    mean: float
    sd: float
    wet_fraction: float
    lag1: float
    inter_station: float


def statistics(values: FloatArray, doy: IntArray, *, wet: bool) -> list[Statistics]:
    """Statistics of one variable at all stations.

    Parameters
    ----------
    values : array, shape (S, T)
        Daily values, NaN where missing.
    doy : array of int, shape (T,)
        Day of the year of each value.
    wet : bool
        Whether a wet fraction (share of days with at least 1 mm) makes sense.

    Returns
    -------
    list of Statistics
        One per station. Correlations are those of anomalies from the mean annual cycle; the inter-station one is the
        mean over all other stations.
    """
    departures = anomalies(values, doy)
    correlations = _correlations(departures)
    np.fill_diagonal(correlations, np.nan)
    rows = []
    for station, row in enumerate(values):
        present = row[np.isfinite(row)]
        others = correlations[station][np.isfinite(correlations[station])]
        rows.append(
            Statistics(
                float(present.mean()) if present.size else np.nan,
                float(present.std()) if present.size else np.nan,
                float(is_wet(present).mean()) if wet and present.size else np.nan,
                _correlation(departures[station, :-1], departures[station, 1:]),
                float(others.mean()) if others.size else np.nan,
            )
        )
    return rows


def comparison_table(observations: Observations, members: Iterable[xr.DataArray]) -> str:
    """Observed statistics beside the mean of those of the members, one line per station and variable."""
    doy = doy_index(observations.times)
    simulated: list[list[list[Statistics]]] = []
    for member in members:
        member_doy = doy_index(member["time"].values)
        values = member.values
        simulated.append([statistics(values[:, k], member_doy, wet=v.name == "R") for k, v in enumerate(observations.variables)])
    lines = [_HEADER]
    for k, variable in enumerate(observations.variables):
        observed = statistics(observations.values[:, k], doy, wet=variable.name == "R")
        for s, station in enumerate(observations.stations):
            lines.append(_line(station, variable.name, variable.units, observed[s], [run[k][s] for run in simulated]))
    return "\n".join(lines)


def _line(station: str, variable: str, units: str, observed: Statistics, simulated: list[Statistics]) -> str:
    cells = []
    for name, width in (("mean", 8), ("sd", 8), ("wet_fraction", 7), ("lag1", 7), ("inter_station", 7)):
        mean = float(np.mean([getattr(member, name) for member in simulated]))
        cells.append(f"{_number(getattr(observed, name), width)} {_number(mean, width)}")
    return f"{station[:13]:13s} {variable[:9]:9s} {units[:7]:7s} | " + " | ".join(cells)


def _number(value: float, width: int) -> str:
    return f"{'-':>{width}}" if np.isnan(value) else f"{value:{width}.3g}" if abs(value) >= 100 else f"{value:{width}.3f}"


def _correlations(series: FloatArray) -> FloatArray:
    n = len(series)
    matrix = np.full((n, n), np.nan)
    for i in range(n):
        for j in range(i + 1, n):
            matrix[i, j] = matrix[j, i] = _correlation(series[i], series[j])
    return matrix


def _correlation(x: FloatArray, y: FloatArray) -> float:
    both = np.isfinite(x) & np.isfinite(y)
    if both.sum() < 3 or np.ptp(x[both]) == 0 or np.ptp(y[both]) == 0:
        return float("nan")
    return float(np.corrcoef(x[both], y[both])[0, 1])


def _command() -> str:
    """What a person has to type for the command, which is on no path where its environment is not active."""
    if shutil.which("weathercop") is not None:
        return "weathercop"
    program = Path(sys.argv[0])
    return sys.argv[0] if program.name == "weathercop" else f"{sys.executable} -m weathercop"


#: Fewer members have no range to compare with.
_MIN_MEMBERS: Final = 2


def demo(directory: Path, *, n_members: int, seed: int) -> Iterator[str]:
    """Do everything once with the example data, and say what was done, line by line.

    Parameters
    ----------
    directory : Path
        Gets the observations, the model, the members and the report.
    n_members : int
        Number of members.
    seed : int
        Seed of the fit and of the ensemble.

    Raises
    ------
    StoreError
        If the directory cannot be written, or holds another ensemble.
    """
    example = example_dataset()
    observations = read_observations(example)
    names = Sources(str(directory / "observations.nc"), str(directory / "model.nc"), str(directory))
    report = directory / "report.html"
    for path, kind in ((names.observations, EXAMPLE), (names.model, MODEL), (report, REPORT)):
        require_replaceable(Path(path), kind)
    began = time.perf_counter()
    wc = Multisite(observations).fit(rng=seed)
    n_days = observations.times.size
    yield (
        f"Fitted the example ({len(observations.stations)} stations x {len(observations.names)} variables, {n_days} days) "
        f"in {time.perf_counter() - began:.1f} s."
    )
    began = time.perf_counter()
    ensemble = wc.simulate_ensemble(n_members, seed=seed, out_dir=directory)
    yield f"{n_members} members of {n_days} days in {directory} after {time.perf_counter() - began:.1f} s."
    write_dataset(names.observations, example, EXAMPLE)
    wc.model.save(names.model)
    yield "\nObserved against simulated (mean over the members; the example's observations are synthetic themselves):\n"
    yield comparison_table(observations, (ensemble.sel(realization=i) for i in ensemble.realization.values))
    yield ""
    if n_members < _MIN_MEMBERS:
        yield "A report needs at least two members: run the demo with more."
        return
    yield "Grading some thirty statistics and drawing the report ..."
    write_report(report, ensemble, observations, model=wc.model, sources=names)
    pictures = "" if available() else ", without pictures because matplotlib is not installed"
    yield f"Report: {report} (open it in a browser{pictures})"
    typed = _command()
    yield f"Next:   {typed} info {directory}"
    yield f"        {typed} reproduce {directory / 'real_0001.nc'} --model {names.model}"
    yield f"        {typed} fit YOUR_OBSERVATIONS.nc -o model.nc --seed 1"
