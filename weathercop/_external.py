"""External variables: series without a place in the vine (a river's flow, an index) that ride on the phases of the weather."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr

from varwg import _persistence as codec
from varwg import _persistence as modelfile
from varwg._arrays import FloatArray, IntArray, TimeArray, brief
from varwg._calendar import doy_index
from varwg._observations import Observations
from varwg._provenance import Provenance, parsed_json, seed_from_text
from varwg._scores.completion import complete_scores
from varwg._simulated import Simulation
from varwg._variables import Variable
from varwg.errors import FitError, ScenarioError
from varwg.marginals import MARGINALS, fit_marginal
from varwg.marginals._base import SeasonalMarginal
from varwg.streams import Streams, realization_rng, require_generator
from weathercop._latent import LatentSpectrum
from weathercop._model import MultisiteModel
from weathercop._phases import MemberPhases

#: Share of the days of the weather record on which every external series has to be known.
_LEAST_COVERAGE: Final = 0.5
#: Latent series of the weather that gaps are filled from: those that are most correlated.
_MAX_HELPERS: Final = 12


@dataclass(frozen=True, eq=False)
class ExternalModel:
    """Series that go with the weather of a model, at stations of their own.

    Attributes
    ----------
    stations : tuple of str
        Their places.
    variables : tuple of Variable
        What they are.
    marginals : tuple (station) of tuple (variable) of SeasonalMarginal or None
        Seasonal distributions; None where a station does not report a variable.
    spectrum : LatentSpectrum
        Spectra of the N series that are reported, in the order of stations x variables, over the days of the weather record.
    """

    stations: tuple[str, ...]
    variables: tuple[Variable, ...]
    marginals: tuple[tuple[SeasonalMarginal | None, ...], ...]
    spectrum: LatentSpectrum

    __repr__ = brief

    def simulate(self, simulated: Simulation | xr.DataArray) -> xr.DataArray:
        """The external variables that go with a simulation or an ensemble.

        They ride on its random phases, which are drawn again from the recorded seeds; nothing else is. A scenario therefore
        does not change them.

        Parameters
        ----------
        simulated : Simulation, or DataArray with dimensions (realization, station, variable, time)
            What `simulate` or `simulate_ensemble` returned, or `open_ensemble`.

        Returns
        -------
        xarray.DataArray, dimensions (station, variable, time) or (realization, station, variable, time)
            At the stations of the external variables; NaN where one is not reported.

        Raises
        ------
        ScenarioError
            If an ensemble does not say how it was drawn, or its members had to meet conditions: those changed the phases,
            which only the results of single simulations hold.
        """
        if isinstance(simulated, Simulation):
            rng = Provenance.from_attributes(simulated.sim_sea.attrs).generator()
            return self._with_phases(simulated.sim_sea, rng, np.asarray(simulated.rphases.values))
        if not {"realization", "time"} <= set(simulated.coords) or not {"seed", "model"} <= set(simulated.attrs):
            raise ScenarioError(
                "this array does not say how its members were drawn, which it may have lost in a computation: pass the "
                "ensemble as it was simulated or opened."
            )
        if "conditions" in simulated.attrs:
            raise ScenarioError(
                "members of this ensemble had to meet conditions, which changed their phases: simulate them one by one with "
                "Multisite.simulate, and pass each result."
            )
        seed = seed_from_text(simulated.attrs["seed"])
        numbers = np.atleast_1d(simulated["realization"].values)
        members = [self._with_phases(simulated, realization_rng(int(number), seed)) for number in numbers]
        return xr.concat(members, xr.DataArray(numbers, dims="realization", name="realization"))

    def save(self, path: str | Path) -> None:
        """Write to a NetCDF file (see `load_external`), atomically."""
        modelfile.write(path, self, kind="ExternalModel")

    def _with_phases(self, weather: xr.DataArray, rng: np.random.Generator, phases: FloatArray | None = None) -> xr.DataArray:
        """With the phases that the weather drew from `rng`, or given ones."""
        times = weather["time"].values
        options = parsed_json(str(weather.attrs.get("phases", "{}")), "the description of the phases")
        drawn = MemberPhases.of(self.spectrum, times.size, **options).draw(Streams.of(rng))
        values = realize_external(self, drawn.phases if phases is None else phases, times, spectrum=drawn.spectrum)
        return external_array(self, values, times)


def load_external(path: str | Path) -> ExternalModel:
    """The external variables that `ExternalModel.save` wrote to `path`, bit for bit.

    Raises
    ------
    ModelFileError
        If the file is missing, holds something else, or is damaged.
    """
    classes = (ExternalModel, Variable, LatentSpectrum, *MARGINALS)
    return codec.expect(modelfile.read(path, classes), ExternalModel)


def fit_external(model: MultisiteModel, observations: Observations, *, rng: np.random.Generator) -> ExternalModel:
    """Spectra and marginals of external variables.

    Their dependence on the weather, at all lags, is kept as that of the latent series is among themselves: phases of all
    series turn alike. It is one of normal scores, so that correlations with heavy-tailed amounts of rain come out smaller
    than those of ranks do. External variables do not go through the vine, and scenarios do not move them.

    Parameters
    ----------
    model : MultisiteModel
        The fitted weather.
    observations : Observations
        Daily values of the external variables; days outside the record of the weather serve the marginals only.
    rng : numpy.random.Generator
        Draws the scores of gaps and of censored values, to go with the days around and with the weather.

    Returns
    -------
    ExternalModel

    Raises
    ------
    FitError
        If a series is not known on half of the days of the weather record, or its marginal cannot be estimated.
    """
    require_generator(rng)
    marginals, scores, upper = [], [], []
    doy = observations.doy
    bounds = observations.upper_bounds()
    for s, station in enumerate(observations.stations):
        row: list[SeasonalMarginal | None] = []
        for k, variable in enumerate(observations.variables):
            values = observations.values[s, k]
            if np.isnan(values).all():
                row.append(None)
                continue
            marginal = fit_marginal(values, doy, variable, upper=bounds[s][k], station=station)
            on_record = _on_days(values, observations.times, model.times)
            _check_coverage(on_record, f"{variable.name} at {station}", model)
            row.append(marginal)
            scores.append(marginal.to_scores(on_record, doy_index(model.times)))
            upper.append(_censoring(marginal, on_record, doy_index(model.times)))
        marginals.append(tuple(row))
    complete = _completed(model, np.array(scores), np.array(upper), rng=rng)
    return ExternalModel(observations.stations, observations.variables, tuple(marginals), LatentSpectrum.of(complete))


def realize_external(
    external: ExternalModel, phases: FloatArray, times: TimeArray, *, spectrum: LatentSpectrum | None = None
) -> FloatArray:
    """Values of the external variables that go with a realisation of the weather.

    Parameters
    ----------
    external : ExternalModel
        The fitted series.
    phases : array
        Phases of the realisation of the weather.
    times : array of datetime64, shape (T,)
        Its days.
    spectrum : LatentSpectrum, optional
        `external.spectrum` after the same changes (held periods, resampled amplitudes) as the spectrum of the weather.

    Returns
    -------
    array, shape (stations, variables, T)
        NaN where a station does not report a variable.
    """
    latent = iter((external.spectrum if spectrum is None else spectrum).realize(phases, times.size))
    doy = doy_index(times)
    values = np.full((len(external.stations), len(external.variables), times.size), np.nan)
    for s, row in enumerate(external.marginals):
        for k, marginal in enumerate(row):
            if marginal is not None:
                values[s, k] = marginal.from_scores(next(latent), doy)
    return values


def external_array(external: ExternalModel, values: FloatArray, times: TimeArray) -> xr.DataArray:
    """Values of `realize_external` with dimensions (station, variable, time) and units."""
    coordinates = {
        "station": list(external.stations),
        "variable": [variable.name for variable in external.variables],
        "units": ("variable", [variable.units for variable in external.variables]),
        "time": times,
    }
    return xr.DataArray(values, coordinates, ("station", "variable", "time"), name="external")


def _on_days(values: FloatArray, times: TimeArray, wanted: TimeArray) -> FloatArray:
    """Values on other days; NaN on those that are not there."""
    position = (wanted - times[0]).astype("timedelta64[D]").astype(np.int64)
    there = (position >= 0) & (position < times.size)
    moved = np.full(wanted.size, np.nan)
    moved[there] = values[position[there]]
    return moved


def _check_coverage(values: FloatArray, what: str, model: MultisiteModel) -> None:
    coverage = float(np.isfinite(values).mean())
    if coverage < _LEAST_COVERAGE:
        raise FitError(
            f"{what} is known on {coverage:.0%} of the {model.n_days} days from {model.first_day} that the weather is fitted to, "
            f"but {_LEAST_COVERAGE:.0%} are needed: give a series over the same years."
        )


def _censoring(marginal: SeasonalMarginal, values: FloatArray, doy: IntArray) -> FloatArray:
    """Scores that censored values are at most, infinite elsewhere."""
    upper = np.full(values.shape, np.inf)
    censored = marginal.is_censored(values, doy)
    upper[censored] = marginal.threshold_scores()[doy[censored]]
    return upper


def _completed(model: MultisiteModel, scores: FloatArray, upper: FloatArray, *, rng: np.random.Generator) -> FloatArray:
    """Scores (N, T) without gaps; what is unknown is drawn together with the latent series of the weather."""
    unknown = np.isnan(scores) | np.isfinite(upper)
    if not unknown.any():
        return scores
    weather = model.spectrum.realize(np.zeros(model.spectrum.n_phases(model.n_days)), model.n_days)
    zero_filled = np.where(unknown, 0.0, scores)
    strength = np.abs(zero_filled @ weather.T).max(axis=0)
    helpers = weather[np.sort(np.argsort(strength)[::-1][:_MAX_HELPERS])]
    rows = np.concatenate([scores, helpers])
    limits = np.concatenate([upper, np.full(helpers.shape, np.inf)])
    return complete_scores(rows, limits, rng=rng)[: len(scores)]
