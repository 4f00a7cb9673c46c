"""The fitted single-site model: marginals and an autoregression, one immutable value, and its file."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from varwg import codec, modelfile
from varwg.arrays import FloatArray, IntArray, TimeArray, readonly_floats
from varwg.calendar import daily_times, doy_index
from varwg.errors import FitError
from varwg.marginals import MARGINALS, fit_marginal
from varwg.marginals.base import SeasonalMarginal
from varwg.models.moments import Linear, standardised
from varwg.models.order import Criterion, select_order
from varwg.models.seasonal_var import SeasonalVARModel, fit_seasonal_var
from varwg.models.simulation import replay
from varwg.models.var import VARModel, fit_var
from varwg.models.varma import VARMAModel, fit_varma
from varwg.normal_scores import NoisyAmounts, latent_scores
from varwg.observations import Observations
from varwg.provenance import Provenance
from varwg.streams import Streams
from varwg.variables import Variable

#: Largest number of lags that order selection considers.
MAX_ORDER: Final = 5

_LOGGER: Final = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class SiteModel:
    """Everything that was estimated from the observations of one station.

    Attributes
    ----------
    station : str
        Name of the station.
    variables : tuple of Variable
        The K variables.
    marginals : tuple of SeasonalMarginal
        Their seasonal distributions.
    autoregression : VARModel, SeasonalVARModel or VARMAModel
        Memory and dependence of the normal scores.
    noisy : tuple of NoisyAmounts
        The M variables whose amounts (of rain) are partly noise.
    noise : array, shape (M, T)
        That noise on the days of the record.
    first_day : str
        First day of the record, ISO 8601.
    n_days : int
        Length of the record.
    fit_seed : str
        Entropy and spawn key of the generator the fit drew from.
    """

    station: str
    variables: tuple[Variable, ...]
    marginals: tuple[SeasonalMarginal, ...]
    autoregression: Linear
    noisy: tuple[NoisyAmounts, ...]
    noise: FloatArray
    first_day: str
    n_days: int
    fit_seed: str

    @property
    def variable_names(self) -> tuple[str, ...]:
        """Names of the variables."""
        return tuple(variable.name for variable in self.variables)

    @property
    def times(self) -> TimeArray:
        """The days of the record."""
        return daily_times(self.first_day, self.n_days)

    @property
    def doy(self) -> IntArray:
        """Day of the year of the days of the record."""
        return doy_index(self.times)

    @property
    def residuals(self) -> FloatArray:
        """What drives a simulation of the record itself, shape (K + M, T): the autoregression's residuals, then the noise.

        Given back to `simulate(residuals=...)` they reproduce the observations.
        """
        return np.concatenate([self.autoregression.residuals, self.noise])

    def scores(self) -> FloatArray:
        """Complete normal scores of the record, shape (K, T), those of rain without the noise of its amounts."""
        return replay(self.autoregression, self.autoregression.residuals, doy=self.doy)

    def fingerprint(self) -> str:
        """SHA-256 of everything in the model."""
        return codec.digest(self)

    def save(self, path: str | Path) -> None:
        """Write the model to a NetCDF file (no pickle; see `load_site_model`), atomically."""
        modelfile.write(path, self, kind="SiteModel")


def load_site_model(path: str | Path) -> SiteModel:
    """The model that `SiteModel.save` wrote to `path`, bit for bit.

    Raises
    ------
    ModelFileError
        If the file is missing, foreign, newer than this version, or damaged.
    """
    classes = (SiteModel, Variable, NoisyAmounts, VARModel, SeasonalVARModel, VARMAModel, *MARGINALS)
    return codec.expect(modelfile.read(path, classes), SiteModel)


def fit_site(
    observations: Observations,
    *,
    order: int | None = None,
    ma_order: int = 0,
    seasonal: bool = False,
    criterion: Criterion = "bic",
    rng: np.random.Generator,
) -> SiteModel:
    """Estimate marginals and autoregression from the observations of one station.

    Parameters
    ----------
    observations : Observations
        Daily values of one station.
    order : int, optional
        Number of lags; chosen by `criterion` where it is not given.
    ma_order : int
        Number of lags of a moving average of the innovations.
    seasonal : bool
        Whether the autoregression changes with the day of the year.
    criterion : {"bic", "sc", "aic", "hq", "fpe"}
        What chooses the order.
    rng : numpy.random.Generator
        Draws the latent scores of dry days and gaps.

    Raises
    ------
    FitError
        If there are several stations, a variable has no values, or the autoregression cannot be estimated.
    """
    provenance = Provenance.of(rng)
    marginals = _marginals(observations)
    generator = Streams.of(rng).generator("dry days")
    latent = latent_scores(observations.values[0], marginals, observations.variables, observations.doy, rng=generator)
    scores = latent.scores
    lags = select_order(scores, MAX_ORDER, criterion) if order is None else order
    model = _autoregression(scores, observations, lags, ma_order, seasonal)
    _LOGGER.info("%s: autoregression of order %d", observations.stations[0], lags)
    return SiteModel(
        station=observations.stations[0],
        variables=observations.variables,
        marginals=marginals,
        autoregression=model,
        noisy=latent.noisy,
        noise=readonly_floats(latent.noise),
        first_day=str(observations.times[0].astype("datetime64[D]")),
        n_days=observations.times.size,
        fit_seed=" / ".join(provenance.attributes().values()),
    )


def _autoregression(scores: FloatArray, observations: Observations, order: int, ma_order: int, seasonal: bool) -> Linear:
    if seasonal and ma_order:
        raise FitError("a seasonal model with a moving average is not available: leave out seasonal=True or the moving average.")
    doy = observations.doy
    if seasonal:
        return standardised(fit_seasonal_var(scores, doy, order), scores, doy)
    if ma_order:
        return standardised(fit_varma(scores, order, ma_order), scores, doy)
    return standardised(fit_var(scores, order), scores, doy)


def _marginals(observations: Observations) -> tuple[SeasonalMarginal, ...]:
    if len(observations.stations) != 1:
        raise FitError(
            f"the observations have {len(observations.stations)} stations, but VarWG is a single-site generator: name "
            "one with station=..., or use weathercop.Multisite for all of them."
        )
    station, bounds = observations.stations[0], observations.upper_bounds()[0]
    missing = [v.name for v, row in zip(observations.variables, observations.values[0], strict=True) if np.isnan(row).all()]
    if missing:
        raise FitError(f"{missing[0]} at {station} has no values, so nothing can be fitted: leave the variable out.")
    return tuple(
        fit_marginal(values, observations.doy, variable, upper=upper, station=station)
        for values, variable, upper in zip(observations.values[0], observations.variables, bounds, strict=True)
    )
