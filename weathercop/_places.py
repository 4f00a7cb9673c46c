"""Weather where no station is: scores kriged from the stations, distributions mixed with regard to elevation, and how far off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import xarray as xr
from scipy import linalg, optimize, signal

from varwg._arrays import BoolArray, FloatArray, IntArray, TimeArray, brief, correlation_matrix
from varwg._calendar import N_DOYS, daily_times, doy_index
from varwg._observations import Observations
from varwg._ranks import ranks_from_scores, scores_from_ranks
from varwg._request import Request
from varwg._simulated import Simulation
from varwg._simulation import engine_of
from varwg._variables import Variable, place_coordinates
from varwg.errors import DataError
from varwg.io._grid import stations_of_grid
from varwg.marginals._base import SeasonalMarginal
from varwg.marginals._seasonal import smooth
from varwg.streams import Streams, require_generator
from weathercop._model import MultisiteModel

_EARTH_RADIUS: Final = 6371.0
#: Stations closer than this, in km, are at the place itself.
_SAME: Final = 0.01
#: Stations that a place is made of, at most.
_MOST_NEIGHBOURS: Final = 8
#: Stations that amounts at one that is left out are compared with.
_NEAREST: Final = 3
#: Fewer stations, or a smaller range of their elevations in m, say nothing of what elevation does.
_FEWEST_FOR_ELEVATION: Final = 4
_LEAST_RELIEF: Final = 100.0
#: Scores at which distributions are compared: midpoints of a hundred equal parts.
_NODES: Final = scores_from_ranks((np.arange(100) + 0.5) / 100.0)


@dataclass(frozen=True, eq=False)
class Places:
    """Where weather is wanted: names, and latitude, longitude (degrees), elevation (m, NaN where unknown), shape (P,)."""

    names: tuple[str, ...]
    latitude: FloatArray
    longitude: FloatArray
    elevation: FloatArray
    grid: str = ""

    @classmethod
    def of(cls, places: Any) -> Places:
        """Places from a mapping, a table or a Dataset (see `Multisite.at_places`).

        Raises
        ------
        DataError
            If there are no latitudes and longitudes.
        """
        if isinstance(places, Mapping) and not isinstance(places, xr.Dataset):
            return cls._of_mapping(places)
        dataset = places if isinstance(places, xr.Dataset) else _from_table(places)
        dataset_of_places = _on_stations(dataset)
        names = (
            dataset_of_places["station"].values
            if "station" in dataset_of_places.coords
            else np.arange(dataset_of_places.sizes["station"])
        )
        unknown = np.full(dataset_of_places.sizes["station"], np.nan)
        latitude, longitude, elevation = (
            np.asarray(dataset_of_places[key].values, dtype=np.float64) if key in dataset_of_places.variables else unknown
            for key in ("latitude", "longitude", "elevation")
        )
        grid = str(dataset_of_places["station"].attrs.get("grid", "")) if "station" in dataset_of_places.coords else ""
        return cls._checked(tuple(str(name) for name in names), latitude, longitude, elevation, grid)

    @classmethod
    def _of_mapping(cls, places: Mapping[Any, Any]) -> Places:
        columns = np.full((3, len(places)), np.nan)
        for number, (name, where) in enumerate(places.items()):
            if len(where) not in (2, 3):
                raise DataError(
                    f"place {name!r} is {where!r}, but latitude, longitude and, if it is known, elevation were expected."
                )
            columns[: len(where), number] = where
        return cls._checked(tuple(map(str, places)), columns[0], columns[1], columns[2])

    @classmethod
    def _checked(
        cls, names: tuple[str, ...], latitude: FloatArray, longitude: FloatArray, elevation: FloatArray, grid: str = ""
    ) -> Places:
        unknown = ~(np.isfinite(latitude) & np.isfinite(longitude))
        if unknown.any():
            raise DataError(f"{names[int(unknown.argmax())]} has no latitude and longitude, which every place and station needs.")
        return cls(names, latitude, longitude, elevation, grid)

    def __getitem__(self, rows: IntArray) -> Places:
        return Places(
            tuple(self.names[row] for row in rows), self.latitude[rows], self.longitude[rows], self.elevation[rows], self.grid
        )


def _from_table(table: Any) -> xr.Dataset:
    """A DataFrame of places as a Dataset."""
    if not hasattr(table, "to_xarray") or not hasattr(table, "columns"):
        raise DataError(
            f"the places are a {type(table).__name__}, but a mapping of names to (latitude, longitude, elevation), a DataFrame "
            "or a Dataset was expected."
        )
    columns = {str(name).lower(): name for name in table.columns}
    label = next((columns[name] for name in ("station", "name", "place", "site", "id") if name in columns), None)
    names = [str(name) for name in (table.index if label is None else table[label])]
    coordinates = {
        key: ("station", np.asarray(table[columns[name]], dtype=np.float64))
        for key, aliases in (
            ("latitude", ("latitude", "lat")),
            ("longitude", ("longitude", "lon")),
            ("elevation", ("elevation", "altitude")),
        )
        for name in aliases
        if name in columns
    }
    return xr.Dataset(coords={"station": names, **coordinates})


def _on_stations(dataset: xr.Dataset) -> xr.Dataset:
    """A Dataset of places along a dimension `station`; cells of a grid without elevation, where others have one, are left out."""
    if "station" in dataset.dims:
        return dataset
    static = [name for name, array in dataset.data_vars.items() if array.dims and "time" not in array.dims]
    base = dataset[static] if static else dataset.isel(time=0, drop=True) if "time" in dataset.dims else dataset
    if not base.data_vars:
        empty = xr.DataArray(np.zeros([base.sizes[dim] for dim in base.dims]), dims=list(base.dims))
        base = base.assign(anything=empty)
    on_days = base.expand_dims(time=daily_times("2001-01-01", 1))
    flat = stations_of_grid(on_days, "time")[0]
    if "station" not in flat.dims:
        raise DataError(
            f"the places have the dimensions {', '.join(map(str, dataset.dims))}, but 'station' or those of a grid are expected."
        )
    height = next(
        (name for name in flat.data_vars if str(name).lower() in ("elevation", "altitude", "orog", "dem", "z", "height")), None
    )
    if height is None:
        return flat
    return flat.assign_coords(elevation=("station", np.asarray(flat[height].isel(time=0).values, dtype=np.float64)))


def distances(one: Places, other: Places) -> FloatArray:
    """Great-circle distances in km, shape (len(one), len(other))."""
    north, south = np.deg2rad(one.latitude)[:, None], np.deg2rad(other.latitude)[None, :]
    east = np.deg2rad(one.longitude)[:, None] - np.deg2rad(other.longitude)[None, :]
    half = np.sin((north - south) / 2.0) ** 2 + np.cos(north) * np.cos(south) * np.sin(east / 2.0) ** 2
    return np.asarray(2.0 * _EARTH_RADIUS * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))))


def correlation_length(correlations: FloatArray, distance: FloatArray) -> tuple[float, float]:
    """Length in km and share of an exponential correlation s exp(-d / L) between stations, by least squares over their pairs.

    Parameters
    ----------
    correlations : array, shape (S, S)
        Of one variable at stations that report it.
    distance : array, shape (S, S)
        In km.
    """
    rows, columns = np.triu_indices(len(correlations), 1)
    apart = distance[rows, columns] > _SAME
    estimates = np.atleast_2d(correlations)[rows, columns][apart]
    apart_km = distance[rows, columns][apart]
    if not apart_km.size:
        return 100.0, 1.0
    if apart_km.size == 1:
        return float(-apart_km[0] / np.log(np.clip(estimates[0], 0.01, 0.99))), 1.0

    def misfit(parameters: FloatArray) -> FloatArray:
        return np.asarray(parameters[1] * np.exp(-apart_km / np.exp(parameters[0])) - estimates)

    start = np.array([np.log(np.median(apart_km)), 0.95])
    fitted = optimize.least_squares(misfit, start, bounds=([np.log(1.0), 0.3], [np.log(20_000.0), 1.0])).x
    return float(np.exp(fitted[0])), float(fitted[1])


def kriging_weights(distance: FloatArray, between: FloatArray, length: float, share: float) -> FloatArray:
    """Weights (P, S) of ordinary kriging by that correlation (Cressie 1993, Statistics for Spatial Data, 3.2); they add up to 1.

    A place at a station has that station alone.
    """
    n_stations = between.shape[0]
    system = np.ones((n_stations + 1, n_stations + 1))
    correlation = share * np.exp(-between / length)
    np.fill_diagonal(correlation, 1.0)
    system[:n_stations, :n_stations] = correlation
    system[n_stations, n_stations] = 0.0
    right = np.vstack([share * np.exp(-distance.T / length), np.ones((1, distance.shape[0]))])
    weights = linalg.lstsq(system, right)[0][:n_stations].T
    here: BoolArray = np.asarray(distance <= _SAME)
    at_station = np.any(here, axis=1, keepdims=True)
    return np.asarray(np.where(at_station, here / np.maximum(here.sum(axis=1, keepdims=True), 1), weights))


def inverse_distance_weights(distance: FloatArray) -> FloatArray:
    """Weights (P, S) by the inverse square of the distance to the nearest stations (Shepard 1968); each row adds up to one."""
    nearest = np.argsort(np.argsort(distance, axis=1), axis=1) < _MOST_NEIGHBOURS
    weights = np.where(nearest, 1.0 / np.maximum(distance, _SAME) ** 2, 0.0)
    here: BoolArray = np.asarray(distance <= _SAME)
    weights = np.where(np.any(here, axis=1, keepdims=True), here, weights)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


@dataclass(frozen=True, eq=False)
class Mixture:
    """The distribution of one variable at places: that of stations, mixed quantile by quantile, and moved for the elevation.

    Attributes
    ----------
    variable : Variable
    marginals : tuple of SeasonalMarginal
        Those of the S stations that report it.
    weights : array, shape (P, S)
        What each of them counts at each place.
    rise : array, shape (P, S)
        Elevation of the place above that of the station in km, 0 where one is unknown.
    slope : array, shape (366,)
        Change of the mean (of its logarithm, for amounts) by km of elevation; zeros where elevation explains nothing.
    ceiling : array, shape (P, 366)
        Upper bound at each place, infinite where there is none.
    """

    variable: Variable
    marginals: tuple[SeasonalMarginal, ...]
    weights: FloatArray
    rise: FloatArray
    slope: FloatArray
    ceiling: FloatArray

    __repr__ = brief

    def values(self, scores: FloatArray, doy: IntArray, local: FloatArray | None = None) -> FloatArray:
        """Physical values (P, T) of scores (P, T).

        As many days are dry as the stations have on average, and amounts of the others are mixed; a mix of values would rain
        where any station does. `local` (2, P, T) is the share of the amounts' scores that is of the place alone, and what it is.
        """
        values = np.zeros(scores.shape)
        floors = np.array([marginal.threshold_scores() for marginal in self.marginals])
        dry = ranks_from_scores(floors)
        mixed = self.weights @ dry
        beyond = np.minimum(ranks_from_scores(-scores) / (1.0 - mixed)[:, doy], 1.0)
        if local is not None:
            between = -scores_from_ranks(beyond)
            own_part = np.sqrt(1.0 - local[0] ** 2) * between + local[0] * local[1]
            beyond = np.where(beyond < 1.0, ranks_from_scores(-own_part), 1.0)
        for number, marginal in enumerate(self.marginals):
            used = np.flatnonzero(self.weights[:, number])
            if used.size:
                scores_here = np.where(
                    beyond[used] < 1.0, -scores_from_ranks(beyond[used] * (1.0 - dry[number][doy])), floors[number][doy]
                )
                own = marginal.from_scores(scores_here if np.isfinite(floors[number]).any() else scores[used], doy)
                change = self.rise[used, number][:, None] * self.slope[doy]
                own = own * np.exp(change) if is_amount(self.variable) else own + change
                values[used] += self.weights[used, number][:, None] * own
        bounded = np.clip(values, self.variable.lower, self.ceiling[:, doy])
        return np.where(bounded < self.variable.threshold, 0.0, bounded) if self.variable.threshold else bounded


def is_amount(variable: Variable) -> bool:
    """Whether elevation multiplies it, as amounts of rain, or is added, as to temperatures and shares."""
    return variable.lower == 0.0 and variable.upper_bound == "none" and not variable.is_temperature


def means_of(marginals: tuple[SeasonalMarginal, ...]) -> FloatArray:
    """Mean of each day of the year, shape (S, 366)."""
    return np.array([marginal.mean() for marginal in marginals])


def elevation_slope(variable: Variable, means: FloatArray, elevation: FloatArray, weights: FloatArray) -> FloatArray:
    """Slope (366,) of means (S, 366) over elevation (S,), in km: mean and first harmonic of the year; zeros if it is no use.

    It is of use where it makes the errors at stations that are left out smaller; `weights` (S, S) are those of the others for
    each station, with zeros on the diagonal.
    """
    with_elevation = np.isfinite(elevation)
    if (
        with_elevation.sum() < _FEWEST_FOR_ELEVATION
        or np.ptp(elevation[with_elevation]) < _LEAST_RELIEF
        or not with_elevation.all()
    ):
        return np.zeros(N_DOYS)
    target = np.log(np.maximum(means, 1e-6)) if is_amount(variable) else means
    height = elevation / 1000.0

    def fitted(rows: BoolArray) -> FloatArray:
        centred = height[rows] - height[rows].mean()
        return smooth(centred @ (target[rows] - target[rows].mean(axis=0)) / (centred @ centred), 1)

    plain, risen = np.zeros(len(height)), np.zeros(len(height))
    for station in range(len(height)):
        rows = np.arange(len(height)) != station
        expected = weights[station] @ target
        with_height = expected + (height[station] - weights[station] @ height) * fitted(rows)
        plain[station] = np.mean((expected - target[station]) ** 2)
        risen[station] = np.mean((with_height - target[station]) ** 2)
    return fitted(np.ones(len(height), dtype=bool)) if risen.mean() < plain.mean() else np.zeros(N_DOYS)


@dataclass(frozen=True, eq=False)
class Local:
    """Share of the scores of amounts that is of places alone, shape (P,), and a root (P, P) of its correlation."""

    share: FloatArray
    root: FloatArray


@dataclass(frozen=True, eq=False)
class Interpolation:
    """How weather gets from the stations of a model to places.

    Attributes
    ----------
    places : Places
    variables : tuple of Variable
    mixtures : tuple of Mixture
        Distributions, by variable.
    rows : tuple of array of int
        Stations that report each variable.
    weights : tuple of array, shape (P, S_k)
        Of the scores.
    roots : tuple of array, shape (P, P)
        What turns independent noise into that which the scores lack, by variable.
    memory : array, shape (K,)
        Correlation of scores from day to day.
    together : array, shape (K, K)
        Root of the correlation of the variables of one day.
    local : tuple of Local or None
        What of the amounts is of the places alone, by variable; None for those without dry days.
    """

    places: Places
    variables: tuple[Variable, ...]
    mixtures: tuple[Mixture, ...]
    rows: tuple[IntArray, ...]
    weights: tuple[FloatArray, ...]
    roots: tuple[FloatArray, ...]
    memory: FloatArray
    together: FloatArray
    local: tuple[Local | None, ...]

    __repr__ = brief

    def values(self, scores: FloatArray, times: TimeArray, *, rng: np.random.Generator) -> FloatArray:
        """Physical values (P, K, T) of scores (S, K, T) at the stations."""
        n_places, n_variables, n_days = len(self.places.names), len(self.variables), times.size
        doy = doy_index(times)
        noise = np.einsum("kj,jpt->kpt", self.together, rng.standard_normal((n_variables, n_places, n_days)))
        values = np.empty((n_places, n_variables, n_days))
        for number, mixture in enumerate(self.mixtures):
            memory = self.memory[number]
            innovations = np.sqrt(1.0 - memory**2) * noise[number]
            innovations[:, 0] = noise[number][:, 0]
            own = signal.lfilter([1.0], [1.0, -memory], innovations, axis=1)
            between = self.weights[number] @ scores[self.rows[number], number] + self.roots[number] @ own
            of_place = None
            if (own_part := self.local[number]) is not None:
                noise_there = own_part.root @ rng.standard_normal((n_places, n_days))
                of_place = np.stack([np.broadcast_to(own_part.share[:, None], noise_there.shape), noise_there])
            values[:, number] = mixture.values(between, doy, of_place)
        return values


def interpolation(
    model: MultisiteModel,
    places: Places,
    scores: FloatArray,
    amounts: tuple[AmountsApart | None, ...],
    *,
    without: int | None = None,
) -> Interpolation:
    """Work out how weather gets to places.

    Parameters
    ----------
    model : MultisiteModel
        The fitted model.
    places : Places
        Where weather is wanted.
    scores : array, shape (S, K, T)
        Of a simulation of the model, which the correlation between stations is taken from.
    amounts : tuple of AmountsApart or None
        How unlike amounts at different places are, by variable (`amounts_apart`).
    without : int, optional
        A station that is left out.

    Raises
    ------
    DataError
        If fewer than two stations report a variable, or one has no place.
    """
    stations = _stations(model)
    used = np.array([number for number in range(len(stations.names)) if number != without], dtype=np.intp)
    mixtures, rows, weights, roots, local = [], [], [], [], []
    for column, variable in enumerate(model.variables):
        reporting = np.array([row for row in used if model.marginals[row][column] is not None], dtype=np.intp)
        if reporting.size < 2:
            raise DataError(
                f"{variable.name} is reported at {reporting.size} of the stations that are used, but two at least are needed."
            )
        here = stations[reporting]
        between, distance = distances(here, here), distances(places, here)
        length, share = correlation_length(correlation_matrix(scores[reporting, column]), between)
        kriged = kriging_weights(distance, between, length, share)
        apart = amounts[column]
        local.append(None if apart is None else apart.at(distance.min(axis=1), distances(places, places)))
        rows.append(reporting)
        weights.append(kriged)
        roots.append(_noise_root(kriged, places, between, distance, length, share))
        mixtures.append(_mixture(model, variable, column, reporting, places, here, distance, between))
    pooled = np.concatenate([scores[row] for row in used if np.isfinite(scores[row]).all()], axis=1)
    memory = [
        float(np.mean([correlation_matrix(np.stack([row[1:], row[:-1]]))[0, 1] for row in scores[reporting, k]]))
        for k, reporting in enumerate(rows)
    ]
    return Interpolation(
        places=places,
        variables=model.variables,
        mixtures=tuple(mixtures),
        rows=tuple(rows),
        weights=tuple(weights),
        roots=tuple(roots),
        memory=np.clip(memory, 0.0, 0.99),
        together=_root(correlation_matrix(pooled)),
        local=tuple(local),
    )


@dataclass(frozen=True)
class AmountsApart:
    """How unlike amounts at different places are: the share of their scores that stations do not tell, and its length in km."""

    share: float
    length: float

    def at(self, nearest: FloatArray, between: FloatArray) -> Local:
        """Those of places (P,) so far from the nearest station and from each other (P, P)."""
        fading = np.sqrt(1.0 - np.exp(-2.0 * nearest / self.length))
        return Local(self.share * fading, _root(np.exp(-between / self.length)))


def amounts_apart(model: MultisiteModel, scores: FloatArray, *, rng: np.random.Generator) -> tuple[AmountsApart | None, ...]:
    """How unlike amounts at different places are, by variable; None for variables without dry days.

    Where it rains is alike over longer distances than how much, so that amounts which are read from scores kriged for
    both are too much like those around. Each station is made of the others, and the share of noise is found with which its
    amounts would be as like those of the nearest stations as they are.

    Parameters
    ----------
    model : MultisiteModel
    scores : array, shape (S, K, T)
        Of a simulation of the model, of a whole record from its first day on.
    rng : numpy.random.Generator
        Source of what scores that are kriged lack.
    """
    stations, doy = _stations(model), doy_index(model.times)
    found: list[AmountsApart | None] = []
    for column in range(len(model.variables)):
        own = np.array([row for row in range(len(stations.names)) if model.marginals[row][column] is not None], dtype=np.intp)
        floors = [marginal.threshold_scores() for row in own if (marginal := model.marginals[row][column]) is not None]
        if own.size < _FEWEST_FOR_ELEVATION or not np.isfinite(floors).any():
            found.append(None)
            continue
        dry = ranks_from_scores(np.array(floors))[:, doy]
        between = distances(stations[own], stations[own])
        amounts = _amount_scores(scores[own, column], dry)
        length, share = correlation_length(correlation_matrix(scores[own, column]), between)
        like = np.array([[_correlation(one, other) for other in amounts] for one in amounts])
        sums = np.zeros(2)
        for station in range(own.size):
            others = np.delete(np.arange(own.size), station)
            here = stations[own[[station]]]
            among, distance = between[np.ix_(others, others)], between[[station]][:, others]
            weights = kriging_weights(distance, among, length, share)
            lacking = _noise_root(weights, here, among, distance, length, share)[0, 0]
            made = weights[0] @ scores[own[others], column] + lacking * rng.standard_normal(doy.size)
            made_amounts = _amount_scores(made[None], dry[[station]])[0]
            for near in others[np.argsort(distance[0])[:_NEAREST]]:
                sums += like[station, near], _correlation(made_amounts, amounts[near])
        ratio = float(np.clip(sums[0] / max(sums[1], 1e-9), 0.0, 1.0)) if np.isfinite(sums).all() else 1.0
        found.append(AmountsApart(float(np.sqrt(1.0 - ratio**2)), correlation_length(np.nan_to_num(like), between)[0]))
    return tuple(found)


def _amount_scores(scores: FloatArray, dry: FloatArray) -> FloatArray:
    """Scores among wet days of scores, whose shares of dry days are known, both (S, T); NaN on dry days."""
    beyond = ranks_from_scores(-scores) / (1.0 - dry)
    return np.where(beyond < 1.0, -scores_from_ranks(np.minimum(beyond, 1.0)), np.nan)


def _stations(model: MultisiteModel) -> Places:
    latitude, longitude, elevation = (model.site_values(name) for name in ("latitude", "longitude", "elevation"))
    return Places._checked(model.stations, latitude, longitude, elevation)


def _mixture(
    model: MultisiteModel,
    variable: Variable,
    column: int,
    reporting: IntArray,
    places: Places,
    here: Places,
    distance: FloatArray,
    between: FloatArray,
) -> Mixture:
    from varwg._observations.container import upper_bound

    marginals = tuple(marginal for row in reporting if (marginal := model.marginals[row][column]) is not None)
    apart = between + np.diag(np.full(reporting.size, np.inf))
    slope = elevation_slope(variable, means_of(marginals), here.elevation, inverse_distance_weights(apart))
    rise = np.nan_to_num(places.elevation[:, None] - here.elevation[None, :]) / 1000.0
    bounds = [upper_bound(variable, float(latitude)) for latitude in places.latitude]
    ceiling = np.array([np.full(N_DOYS, np.inf) if bound is None else bound for bound in bounds])
    return Mixture(variable, marginals, inverse_distance_weights(distance), rise, slope, ceiling)


def _noise_root(
    weights: FloatArray, places: Places, between: FloatArray, distance: FloatArray, length: float, share: float
) -> FloatArray:
    """Root (P, P) of the covariance that kriged scores lack to have the variance of one and the correlation of their distance."""
    correlation = share * np.exp(-between / length)
    np.fill_diagonal(correlation, 1.0)
    target = share * np.exp(-distances(places, places) / length)
    np.fill_diagonal(target, 1.0)
    kriged = weights @ correlation @ weights.T
    lacking = target - kriged
    missing = np.sqrt(np.maximum(1.0 - np.diag(kriged), 0.0))
    scale = missing / np.sqrt(np.maximum(np.diag(lacking), 1e-12))
    return _root(lacking * scale[:, None] * scale[None, :])


def _root(covariance: FloatArray) -> FloatArray:
    """A root of a covariance, of the nearest one that has one."""
    eigenvalues, vectors = np.linalg.eigh((covariance + covariance.T) / 2.0)
    root = vectors * np.sqrt(np.maximum(eigenvalues, 0.0))
    wanted, reached = np.sqrt(np.maximum(np.diag(covariance), 0.0)), np.linalg.norm(root, axis=1)
    return np.asarray(root * np.where(reached > 0.0, wanted / np.maximum(reached, 1e-12), 0.0)[:, None])


def scores_of(model: MultisiteModel, values: FloatArray, times: TimeArray, *, rng: np.random.Generator) -> FloatArray:
    """Scores (S, K, T) of values; those of dry days are drawn below the threshold, equally deep at all stations of a day."""
    doy = doy_index(times)
    scores = np.full(values.shape, np.nan)
    depth = rng.random((values.shape[1], times.size))
    for station, variable in np.ndindex(*values.shape[:2]):
        marginal = model.marginals[station][variable]
        if marginal is not None:
            wet_scores_of_day = marginal.to_scores(values[station, variable], doy)
            dry = marginal.is_censored(values[station, variable], doy)
            below = scores_from_ranks(depth[variable] * ranks_from_scores(marginal.threshold_scores()[doy]))
            scores[station, variable] = np.where(dry, below, wet_scores_of_day)
    return scores


def at_places(model: MultisiteModel, result: Simulation | xr.DataArray, places: Any, *, rng: np.random.Generator) -> xr.DataArray:
    """Weather of a simulation or an ensemble at places; see `Multisite.at_places`.

    Raises
    ------
    DataError
        If places or stations have no coordinates, or the result is none of this model.
    """
    streams = Streams.of(require_generator(rng))
    wanted = Places.of(places)
    weather = result.sim_sea if isinstance(result, Simulation) else result
    if tuple(map(str, weather["station"].values)) != model.stations:
        raise DataError("the result is not one of this generator: pass what its simulate or simulate_ensemble returned.")
    reference = _reference(model, streams=streams)
    amounts = amounts_apart(model, reference, rng=streams.generator("amounts"))
    step = interpolation(model, wanted, reference, amounts)
    times = weather["time"].values
    members = (
        [weather]
        if "realization" not in weather.dims
        else [weather.isel(realization=n) for n in range(weather.sizes["realization"])]
    )
    values = []
    for member in members:
        number = int(member["realization"]) if "realization" in member.coords else 0
        simulated = np.asarray(member.transpose("station", "variable", "time").values, dtype=np.float64)
        scores = scores_of(model, simulated, times, rng=streams.generator("dry days", number))
        values.append(step.values(scores, times, rng=streams.generator("places", number)))
    array = np.array(values) if "realization" in weather.dims else values[0]
    errors = mean_errors(model, reference, amounts)
    layout = {"grid": wanted.grid} if wanted.grid else {}
    coordinates = {
        "station": ("station", list(wanted.names), {"cf_role": "timeseries_id", **layout}),
        "variable": weather["variable"],
        "time": weather["time"],
        **place_coordinates(wanted.latitude, wanted.longitude, wanted.elevation),
        "mean_error": (
            "variable",
            errors,
            {"long_name": "root mean square of the errors of the mean at stations that are left out"},
        ),
        **{name: weather[name] for name in ("units", "realization") if name in weather.coords},
    }
    dims = (*(["realization"] if "realization" in weather.dims else []), "station", "variable", "time")
    attributes = {**weather.attrs, "places": "interpolated from the stations"}
    return xr.DataArray(array, coordinates, dims, name="sim_sea", attrs=attributes)


def _reference(model: MultisiteModel, *, streams: Streams) -> FloatArray:
    """Scores (S, K, T) of a simulation of the record's length."""
    engine = engine_of(model)
    plan = engine.plan(model, Request())
    return np.asarray(engine.realize_together(model, plan, rngs=[streams.generator("reference")])[0].scores, dtype=np.float64)


def mean_errors(model: MultisiteModel, scores: FloatArray, amounts: tuple[AmountsApart | None, ...]) -> FloatArray:
    """Root mean square (K,) over stations of the error of the mean that one has if it is left out; NaN where none can be."""
    errors = np.full((len(model.sites), len(model.variables)), np.nan)
    doy, stations = np.arange(0, N_DOYS, 15), _stations(model)
    nodes = np.tile(_NODES, doy.size)[None, :]
    days = np.repeat(doy, _NODES.size)
    for station in range(len(model.sites)):
        try:
            step = interpolation(model, stations[np.array([station])], scores, amounts, without=station)
        except DataError:
            continue
        for column, marginal in enumerate(model.marginals[station]):
            if marginal is not None:
                expected = step.mixtures[column].values(nodes, days).mean()
                errors[station, column] = expected - marginal.from_scores(nodes, days).mean()
    with np.errstate(invalid="ignore"):
        counts = np.isfinite(errors).sum(axis=0)
        return np.sqrt(np.where(counts > 0, np.nansum(errors**2, axis=0) / np.maximum(counts, 1), np.nan))


def leave_one_out(model: MultisiteModel, observations: Observations, *, rng: np.random.Generator) -> xr.Dataset:
    """Each station made of the others, and compared with what was observed there; see `Multisite.leave_one_out`."""
    streams = Streams.of(require_generator(rng))
    stations, times = _stations(model), model.times
    engine = engine_of(model)
    simulated = engine.realize_together(model, engine.plan(model, Request()), rngs=[streams.generator("member")])[0].values
    reference = _reference(model, streams=streams)
    amounts = amounts_apart(model, reference, rng=streams.generator("amounts"))
    scores = scores_of(model, np.asarray(simulated), times, rng=streams.generator("dry days"))
    shape = (len(_STATISTICS), len(stations.names), len(model.variables))
    observed, interpolated = np.full(shape, np.nan), np.full(shape, np.nan)
    for station in range(len(stations.names)):
        here = stations[np.array([station])]
        step = interpolation(model, here, reference, amounts, without=station)
        values = step.values(scores, times, rng=streams.generator("places", station))[0]
        nearest = int(np.argmin(np.where(np.arange(len(stations.names)) == station, np.inf, distances(here, stations)[0])))
        for column, variable in enumerate(model.variables):
            left_out = np.asarray(observations.values)[station, column]
            if np.isfinite(left_out).any():
                observed[:, station, column] = _statistics(left_out, np.asarray(observations.values)[nearest, column], variable)
                interpolated[:, station, column] = _statistics(values[column], np.asarray(simulated)[nearest, column], variable)
    dims = ("statistic", "station", "variable")
    coordinates = {"statistic": list(_STATISTICS), "station": list(stations.names), "variable": list(model.variable_names)}
    comparison = xr.Dataset({"observed": (dims, observed), "interpolated": (dims, interpolated)}, coordinates)
    comparison["error"] = comparison["interpolated"] - comparison["observed"]
    comparison["rmse"] = np.sqrt((comparison["error"] ** 2).mean("station"))
    return comparison


#: What is compared at a station that is left out.
_STATISTICS: Final = ("mean", "standard deviation", "wet days", "95th percentile", "day to day", "nearest station")


def _statistics(values: FloatArray, nearest: FloatArray, variable: Variable) -> tuple[float, ...]:
    """Mean, standard deviation, share of wet days, 95th percentile, correlation from day to day and with the nearest station."""
    present = values[np.isfinite(values)]
    wet = float((present >= variable.threshold).mean()) if variable.threshold else np.nan
    return (
        float(present.mean()),
        float(present.std()),
        wet,
        float(np.quantile(present, 0.95)),
        _correlation(values[1:], values[:-1]),
        _correlation(values, nearest),
    )


def _correlation(one: FloatArray, other: FloatArray) -> float:
    both = np.isfinite(one) & np.isfinite(other)
    return float(correlation_matrix(np.stack([one[both], other[both]]))[0, 1]) if both.sum() > 2 else np.nan
