#!/usr/bin/env python3
"""How near simulations are to observations, beside those that other generators have stored with the same observations.

usage: python tools/benchmarks/peers.py [FOLDER or FILE.nc ...] [-n MEMBERS] [--seed S] [--spread WORD] [--all] [--chance RECORDS]

A file holds daily theta and R (dims station, time) and the peer's peer_theta and peer_R (realization, station, peer_time), or a
grid of temp and precip with the observed day that the peer put on each of its own (peer_source_day). For every statistic of
every station or pair: the observations' and its standard error (bootstrap of years), the mean over our members and over the
peer's, and their distances z from the observations in standard errors. Chance alone takes z beyond 2 in 5 % of the rows, were the
statistics normal and independent of the fit; `--chance` tells how many it takes there, and of which kinds, by members in place of
observations: for these the model is right, and what is far is so by chance, by errors that are too small, or by the fit.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import NamedTuple, get_args

import numpy as np
import xarray as xr

from varwg._arrays import FloatArray, TimeArray
from varwg._request import Spread
from weathercop import Multisite, realization_rng

WET = 1.0
YEAR = 365
RESAMPLES = 200
#: Share of its days, and of those of a year, that a series has to know.
FEWEST_KNOWN = 0.8
#: Distance that is called significant.
FAR = 2.0
SEASONS = (("winter", (335, 59)), ("summer", (151, 243)))


class Row(NamedTuple):
    """One statistic: observed, its standard error, ours and the peer's (NaN where the peer has none)."""

    name: str
    observed: float
    error: float
    ours: float
    peer: float

    @property
    def z(self) -> tuple[float, float]:
        """Distances of ours and of the peer's from the observed, in standard errors; NaN where all resamples agree."""
        if self.error == 0.0:
            return np.nan, np.nan
        return (self.ours - self.observed) / self.error, (self.peer - self.observed) / self.error


def whole_years(values: FloatArray, times: TimeArray) -> FloatArray:
    """Values (..., T) of complete calendar years without 29 February, shape (..., years, 365)."""
    days = times.astype("datetime64[D]")
    leap = (days - days.astype("datetime64[Y]")).astype(np.int64) == 59
    leap &= days.astype("datetime64[M]").astype(np.int64) % 12 == 1
    values, numbers = values[..., ~leap], days[~leap].astype("datetime64[Y]").astype(np.int64)
    complete = [year for year in np.unique(numbers) if (numbers == year).sum() == YEAR]
    return np.stack([values[..., numbers == year] for year in complete], axis=-2)


def spells(state: FloatArray) -> FloatArray:
    """Lengths of the spells in a series of 0 and 1; days that are unknown end them."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0.0], state == 1.0, [0.0]])))
    return (edges[1::2] - edges[::2]).astype(np.float64)


def correlation(one: FloatArray, other: FloatArray) -> float:
    """Correlation of what both know."""
    both = np.isfinite(one) & np.isfinite(other)
    return float(np.corrcoef(one[both], other[both])[0, 1])


def of_one(days: FloatArray, rainy: bool) -> Iterator[tuple[str, float]]:
    """Statistics of one series, shape (years, 365)."""
    days = days[np.isfinite(days).mean(axis=1) >= FEWEST_KNOWN]
    yield "mean", float(np.nanmean(days))
    yield "sd of annual means", float(np.nanmean(days, axis=1).std(ddof=1))
    for name, (first, last) in SEASONS:
        part = days[:, first:last] if first < last else np.concatenate([days[:, :last], days[:, first:]], axis=1)
        yield f"{name} mean", float(np.nanmean(part))
        for level in (0.99, 0.999) if rainy else (0.001, 0.01, 0.5, 0.99, 0.999):
            yield f"{name} {100 * level:g} % quantile", float(np.nanquantile(part, level))
        yield f"{name} sd", float(np.nanstd(part))
    anomalies = departures(days).ravel()
    yield "lag-1 correlation", correlation(anomalies[1:], anomalies[:-1])
    if not rainy:
        return
    amounts = days.ravel()
    wet = np.where(np.isfinite(amounts), amounts >= WET, np.nan)
    yield "wet fraction", float(np.nanmean(wet))
    yield "wet after wet", float(np.nanmean(wet[1:][wet[:-1] == 1.0]))
    yield "wet after dry", float(np.nanmean(wet[1:][wet[:-1] == 0.0]))
    yield "median wet day", float(np.median(amounts[wet == 1.0]))
    yield "annual maximum", float(np.nanmax(days, axis=1).mean())
    for name, state in (("wet", wet), ("dry", 1.0 - wet)):
        lengths = spells(state)
        yield f"mean {name} spell", float(lengths.mean())
        yield f"95 % quantile of {name} spells", float(np.quantile(lengths, 0.95))


def of_two_rains(one: FloatArray, other: FloatArray) -> Iterator[tuple[str, float]]:
    """Statistics of the rain of two stations, shapes (years, 365)."""
    known = np.isfinite(one) & np.isfinite(other)
    one, other = one[known], other[known]
    both = (one >= WET) & (other >= WET)
    yield "correlation", float(np.corrcoef(one, other)[0, 1])
    yield "correlation of days with both wet", float(np.corrcoef(one[both], other[both])[0, 1])
    yield "both wet", float(both.mean())
    yield "chi(0.99)", float((one[other > np.quantile(other, 0.99)] > np.quantile(one, 0.99)).mean())


def departures(days: FloatArray) -> FloatArray:
    """Days (years, 365) without three harmonics of the year."""
    spectrum = np.fft.rfft(np.nanmean(days, axis=0))
    spectrum[4:] = 0.0
    return np.asarray(days - np.fft.irfft(spectrum, YEAR))


def statistics(years: FloatArray, stations: Sequence[str], names: Sequence[str]) -> dict[str, float]:
    """All statistics of complete years (S, K, years, 365); stations without a variable are left out."""
    found: dict[str, float] = {}
    there = [s for s in range(len(stations)) if np.isfinite(years[s]).mean(axis=(1, 2)).min() > FEWEST_KNOWN]
    for s in there:
        for k, name in enumerate(names):
            found |= {f"{name} at {stations[s]}: {what}": value for what, value in of_one(years[s, k], name == "R")}
        for i, k in combinations(range(len(names)), 2):
            both = [departures(years[s, number]).ravel() for number in (i, k)]
            found[f"{names[i]} with {names[k]} at {stations[s]}: correlation"] = correlation(*both)
    for s, t in combinations(there, 2):
        for k, name in enumerate(names):
            where = f"{name} at {stations[s]} and {stations[t]}"
            if name == "R":
                found |= {f"{where}: {what}": value for what, value in of_two_rains(years[s, k], years[t, k])}
            else:
                both = [departures(years[number, k]).ravel() for number in (s, t)]
                found[f"{where}: correlation"] = correlation(*both)
    return found


def standard_errors(
    years: FloatArray, stations: Sequence[str], names: Sequence[str], *, rng: np.random.Generator, resamples: int = RESAMPLES
) -> dict[str, float]:
    """Standard deviation of each statistic over resamples of whole years (Efron and Tibshirani 1993, chapter 6)."""
    picks = (rng.integers(years.shape[-2], size=years.shape[-2]) for _ in range(resamples))
    several = [statistics(years[..., pick, :], stations, names) for pick in picks]
    return {name: float(np.std([one[name] for one in several])) for name in several[0]}


def mean_statistics(members: Sequence[FloatArray], stations: Sequence[str], names: Sequence[str]) -> dict[str, float]:
    """Means over members (S, K, years, 365)."""
    several = [statistics(member, stations, names) for member in members]
    return {name: float(np.mean([one[name] for one in several])) for name in several[0]}


def observations_and_peer(data: xr.Dataset) -> tuple[xr.Dataset, FloatArray, TimeArray]:
    """Observed theta and R, and the peer's realisations (M, S, 2, T) with their days."""
    if "peer_source_day" in data:
        cells = data.stack(cell=("latitude", "longitude")).transpose("cell", ...)
        cells = cells.isel(cell=[0, cells.sizes["cell"] - 1])
        labels = [f"{latitude:g}N {longitude:g}E" for latitude, longitude in cells["cell"].values]
        observed = xr.Dataset(
            {
                "theta": (("station", "time"), cells["temp"].values, {"units": "degC"}),
                "R": (("station", "time"), cells["precip"].values, {"units": "mm"}),
            },
            {"station": labels, "time": data["time"].values},
        )
        days = np.searchsorted(data["time"].values, data["peer_source_day"].values)
        own = np.stack([observed[name].values for name in ("theta", "R")], axis=1)
        return observed, np.moveaxis(own[..., days], 2, 0), data["peer_time"].values
    peer = np.stack([data[f"peer_{name}"].values for name in ("theta", "R")], axis=2)
    return data[["theta", "R"]], peer.astype(np.float64), data["peer_time"].values


def with_gaps(years: FloatArray, gaps: FloatArray) -> FloatArray:
    """Simulated years with the gaps of the observed ones, where they are as many."""
    return np.where(gaps, np.nan, years) if years.shape == gaps.shape else years


def require_rows(found: Mapping[str, float], names: Sequence[str]) -> None:
    """Stop with a sentence where no station has enough days."""
    if not found:
        raise SystemExit(f"no station has {' and '.join(names)} on {FEWEST_KNOWN:.0%} of the days")


def compare(data: xr.Dataset, *, members: int, seed: int, spread: Spread = "record", resamples: int = RESAMPLES) -> list[Row]:
    """Fit, simulate, and the table of one data set."""
    observed, peer, peer_times = observations_and_peer(data)
    theirs = [whole_years(one, peer_times) for one in peer]
    return rows_of(fitted(observed), observed, theirs, members=members, seed=seed, spread=spread, resamples=resamples)


def by_chance(
    data: xr.Dataset, *, records: int, members: int, seed: int, spread: Spread = "record", resamples: int = RESAMPLES
) -> list[Row]:
    """The tables of records that a model of one data set has made, each fitted anew."""
    wc, rows = fitted(observations_and_peer(data)[0]), []
    for number in range(records):
        made = wc.simulate(rng=realization_rng(members + number, seed)).to_dataset()
        rows += rows_of(fitted(made), made, [], members=members, seed=seed, spread=spread, resamples=resamples)
    return rows


def fitted(observed: xr.Dataset) -> Multisite:
    """A model of observations."""
    return Multisite(observed).fit(rng=np.random.default_rng(1), progress=False)


def rows_of(
    wc: Multisite,
    observed: xr.Dataset,
    peer: Sequence[FloatArray],
    *,
    members: int,
    seed: int,
    spread: Spread,
    resamples: int,
) -> list[Row]:
    """Statistics of observations, of members, and of complete years that a peer has simulated."""
    names, stations = ("theta", "R"), [str(name) for name in observed["station"].values]
    values = np.stack([observed[name].values for name in names], axis=1).astype(np.float64)
    years = whole_years(values, observed["time"].values)
    found = statistics(years, stations, names)
    require_rows(found, names)
    order = {"station": stations, "variable": list(names)}
    simulated = (wc.simulate(rng=realization_rng(n, seed), spread=spread).sim_sea.sel(order) for n in range(members))
    gaps = np.isnan(years)
    ours = mean_statistics([with_gaps(whole_years(one.values, one["time"].values), gaps) for one in simulated], stations, names)
    theirs = mean_statistics([with_gaps(one, gaps) for one in peer], stations, names) if len(peer) else {}
    errors = standard_errors(years, stations, names, rng=np.random.default_rng(seed), resamples=resamples)
    return [Row(name, found[name], errors[name], ours[name], theirs.get(name, np.nan)) for name in found]


def kinds(rows: Sequence[Row]) -> str:
    """Of which statistics rows are significantly wrong, the most frequent first."""
    far = Counter(row.name.split(": ")[-1] for row in rows if abs(row.z[0]) > FAR)
    number = Counter(row.name.split(": ")[-1] for row in rows)
    return ", ".join(f"{name} {count} of {number[name]}" for name, count in far.most_common())


def summary(rows: Sequence[Row]) -> str:
    """How many rows are significantly wrong, and how far off the middle one is."""
    z = np.abs(np.array([row.z for row in rows]))
    z = z[np.isfinite(z[:, 0])]
    both = z[np.isfinite(z[:, 1])]

    def said(distances: FloatArray) -> str:
        return f"|z| > {FAR:g} in {np.mean(distances > FAR):.1%}, median {np.median(distances):.2f}"

    text = f"{len(rows)} rows, {said(z[:, 0])}"
    if not both.size:
        return text
    worse = int(np.sum((both[:, 0] > FAR) & (both[:, 0] > both[:, 1])))
    return (
        f"{text}; of {len(both)} that the peer has: ours {said(both[:, 0])}, the peer's {said(both[:, 1])}; "
        f"ours wrong and farther than the peer's in {worse}"
    )


def main() -> None:
    """Print a table for each data set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="*", type=Path, default=[Path("../shared/data/peers")])
    parser.add_argument("-n", "--members", type=int, default=10)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--spread", default="record", choices=get_args(Spread))
    parser.add_argument("--chance", type=int, default=0, metavar="RECORDS", help="records that our model makes, fitted anew")
    parser.add_argument("--all", action="store_true", help="print all rows, and not only those with |z| > 2")
    options = parser.parse_args()
    files = [own for path in options.data for own in (sorted(path.glob("*.nc")) if path.is_dir() else [path])]
    if not files:
        parser.error(f"{options.data[0]} holds no NetCDF file: name a folder or files")
    for path in files:
        with xr.open_dataset(path) as opened:
            data = opened.load()
        asked = {"members": options.members, "seed": options.seed, "spread": options.spread}
        rows = compare(data, **asked)
        print(f"\n{path.stem}: {summary(rows)}")
        if options.chance:
            made = by_chance(data, records=options.chance, **asked)
            print(f"{options.chance} records of the model itself: {summary(made)}; {kinds(made)}")
        print(f"{'':62}{'observed':>10}{'error':>9}{'ours':>10}{'z':>7}{'peer':>10}{'z':>7}")
        for row in rows:
            ours, theirs = row.z
            if options.all or abs(ours) > FAR:
                print(
                    f"{row.name:62}{row.observed:>10.3f}{row.error:>9.3f}{row.ours:>10.3f}{ours:>7.1f}{row.peer:>10.3f}"
                    f"{theirs:>7.1f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
