"""A vine of its own for each station, where one for all stations stacked does not do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from varwg._arrays import FloatArray
from varwg.ensembles._executors import mapped
from varwg.errors import FitError
from weathercop.vines._base import Vine


@dataclass(frozen=True, eq=False)
class StationVines:
    """One vine for each station; ranks have shape (K, S, T).

    Parameters
    ----------
    stations : tuple of str
        Names of the stations in the order of the second axis of the ranks.
    vines : tuple of Vine
        Their vines.
    """

    stations: tuple[str, ...]
    vines: tuple[Vine, ...]

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables, the same for all stations."""
        return self.vines[0].variables

    def rosenblatt(self, ranks: ArrayLike, doy: ArrayLike) -> FloatArray:
        """As `Vine.rosenblatt`, station by station."""
        return self._stacked(ranks, lambda vine, of_station: vine.rosenblatt(of_station, doy))

    def inverse_rosenblatt(self, ranks: ArrayLike, doy: ArrayLike) -> FloatArray:
        """As `Vine.inverse_rosenblatt`, station by station."""
        return self._stacked(ranks, lambda vine, of_station: vine.inverse_rosenblatt(of_station, doy))

    def __repr__(self) -> str:
        return f"{type(self).__name__} of {len(self.stations)} stations: {', '.join(self.stations)}; print() shows them all"

    def __str__(self) -> str:
        return "\n\n".join(f"{name}\n{vine}" for name, vine in zip(self.stations, self.vines, strict=True))

    def _stacked(self, ranks: ArrayLike, transform: Callable[[Vine, FloatArray], FloatArray]) -> FloatArray:
        values = np.asarray(ranks, dtype=np.float64)
        return np.stack([transform(vine, values[:, number]) for number, vine in enumerate(self.vines)], axis=1)


def fit_station_vines(ranks: ArrayLike, *, stations: Sequence[str], fit: Callable[[FloatArray], Vine]) -> StationVines:
    """Fit a vine to each station.

    Parameters
    ----------
    ranks : array, shape (K, S, T)
        Uniform ranks.
    stations : sequence of str
        S names.
    fit : callable
        Fits a vine to the ranks (K, T) of one station, such as
        `functools.partial(fit_cvine, doy=doy, variables=names)`.

    Raises
    ------
    FitError
        If the names do not fit the ranks, or a station cannot be fitted; the message names it.
    """
    values = np.asarray(ranks, dtype=np.float64)
    if values.ndim != 3 or values.shape[1] != len(stations):
        raise FitError(f"ranks have shape {values.shape}, but (K, {len(stations)}, T) was expected for the stations.")
    return station_vines(stations, lambda number: fit(values[:, number]))


def station_vines(stations: Sequence[str], fit: Callable[[int], Vine], *, n_workers: int = 1) -> StationVines:
    """As `fit_station_vines`, with a function that fits the vine of the station of a number, on threads.

    Raises
    ------
    FitError
        If a station cannot be fitted; the message names it.
    """

    def named(number: int) -> Vine:
        try:
            return fit(number)
        except FitError as error:
            raise FitError(f"{stations[number]}: {error}") from error

    return StationVines(tuple(stations), tuple(mapped(named, range(len(stations)), n_workers)))
