"""The fitted single-site model: marginals and an autoregression, one immutable value, and its file."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from html import escape
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np

from varwg import _persistence as codec
from varwg import _persistence as modelfile
from varwg._arguments import switch, whole_number
from varwg._arrays import BoolArray, FloatArray, IntArray, TimeArray, covariance_matrix, readonly_floats
from varwg._calendar import N_DOYS, daily_times, doy_index
from varwg._disaggregation import HourlyArchive
from varwg._disaggregation.archive import archive_of
from varwg._observations import Observations
from varwg._provenance import Provenance
from varwg._scores.normal_scores import NoisyAmounts, latent_scores
from varwg._trend import Trend, TrendOnDays, estimate_trend, trend_lines, without_trend
from varwg._variables import Variable, default_primary
from varwg.errors import DataError, FitError
from varwg.marginals import MARGINALS, fit_marginal
from varwg.marginals._base import SeasonalMarginal
from varwg.marginals._diagnostics import tail_lines
from varwg.marginals._fit import FOURIER_ORDER, SEASON_WINDOW
from varwg.models._moments import Linear, standardised, stationary_moments
from varwg.models._simulation import replay
from varwg.models._var import Criterion, SeasonalVARModel, VARModel, fit_seasonal_var, fit_var, select_order
from varwg.models._varex import Exogenous, FromPast, fit_exogenous
from varwg.models._varma import VARMAModel, fit_varma
from varwg.streams import Streams

#: Largest number of lags that order selection considers.
MAX_ORDER: Final = 5

_LOGGER: Final = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False, repr=False)
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
    archive : HourlyArchive or None
        Courses of observed days, where the observations were sub-daily.
    exogenous : Exogenous or None
        External variables that drive the scores, and their effect.
    latitude, longitude, elevation : float
        Degrees and metres; NaN where unknown.
    primary : int
        Index of the primary variable, which scenarios act on.
    trend : Trend or None
        How the climate of the record changes; all else is of its mean.
    grid : str
        The layout of the grid whose cells the stations are, as text; empty where they are none.
    """

    #: The module that simulates with such a model; by name, as values import none of their users.
    engine: ClassVar[str] = "varwg._site_simulation"

    station: str
    variables: tuple[Variable, ...]
    marginals: tuple[SeasonalMarginal, ...]
    autoregression: Linear
    noisy: tuple[NoisyAmounts, ...]
    noise: FloatArray
    first_day: str
    n_days: int
    fit_seed: str
    archive: HourlyArchive | None = None
    exogenous: Exogenous | None = None
    latitude: float = np.nan
    longitude: float = np.nan
    elevation: float = np.nan
    primary: int = 0
    trend: Trend | None = None
    grid: str = ""

    @property
    def stations(self) -> tuple[str, ...]:
        """Name of the station, the only one."""
        return (self.station,)

    @property
    def primary_var(self) -> str:
        """Name of the primary variable."""
        return self.variables[self.primary].name

    @property
    def hourly(self) -> HourlyArchive | None:
        """The courses of observed days, where the observations were sub-daily."""
        return self.archive

    def site_values(self, what: str) -> FloatArray:
        """Latitude, longitude or elevation, shape (1,)."""
        return np.array([getattr(self, what)], dtype=np.float64)

    @property
    def place(self) -> dict[str, Any]:
        """Where the station is, by name of the attribute."""
        return {name: getattr(self, name) for name in ("latitude", "longitude", "elevation", "grid")}

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

        Given back to `simulate(residuals=...)`, with the external variables of the record where there are any, they reproduce
        the observations.
        """
        return np.concatenate([self.autoregression.residuals, self.noise])

    def scores(self) -> FloatArray:
        """Complete normal scores of the record, shape (K, T), those of rain without the noise of its amounts."""
        replayed = replay(self.autoregression, self.autoregression.residuals, doy=self.doy)
        return replayed if self.exogenous is None else replayed + self.response(self.exogenous.record, self.doy)

    def response_on(self, times: TimeArray, ex: Any) -> FloatArray:
        """What external variables on some days, as users hand them in, add to the scores, shape (K, T).

        Raises
        ------
        DataError
            If they are not given on all days, or the model has no external variables.
        """
        if self.exogenous is not None:
            return self.response(self.exogenous.values_on(times, ex), doy_index(times))
        if ex is not None:
            raise self._without_external()
        return np.zeros((len(self.variables), times.size))

    def response_from_past(self, own: FloatArray, from_past: FromPast, before: FloatArray | None = None) -> FloatArray:
        """What external variables that are a function of the past add to scores (see `varwg.models._varex.Exogenous`).

        Raises
        ------
        DataError
            If the function gives something else than finite numbers, or the model has no external variables.
        """
        if self.exogenous is None:
            raise self._without_external()
        return self.exogenous.response_from_past(self.autoregression, own, from_past, before)

    def response(self, external: FloatArray, doy: IntArray) -> FloatArray:
        """What external variables (M, T) add to the scores, shape (K, T)."""
        if self.exogenous is None:
            return np.zeros((len(self.variables), doy.size))
        return self.exogenous.response(self.autoregression, external, doy)

    def _without_external(self) -> DataError:
        return DataError(
            f"ex is given, but the model of {self.station} was fitted without external variables: fit(ex=...) first, or leave "
            "it out."
        )

    def moments(self) -> tuple[FloatArray, FloatArray]:
        """Means (R, K) and covariances (R, K, K) of the scores, for R rows of a seasonal table."""
        means, covariances = stationary_moments(self.autoregression)
        if self.exogenous is None:
            return means, covariances
        return means, covariances + covariance_matrix(self.response(self.exogenous.record, self.doy))

    def __repr__(self) -> str:
        from varwg._description import describe_model

        memory = f"memory: {type(self.autoregression).__name__} of order {self.autoregression.order}"
        further = [memory, *tail_lines(self), *trend_lines(self.trend, self.variables)]
        families = [[marginal.family] for marginal in self.marginals]
        record = f"{self.n_days} days from {self.first_day}, primary {self.primary_var}"
        return describe_model("SiteModel", self.variables, families, self.stations, record, further)

    def _repr_html_(self) -> str:
        return f"<pre>{escape(repr(self))}</pre>"

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
    parts = (SiteModel, Variable, NoisyAmounts, HourlyArchive, Exogenous, Trend)
    classes = (*parts, VARModel, SeasonalVARModel, VARMAModel, *MARGINALS)
    return codec.expect(modelfile.read(path, classes), SiteModel)


def load_model(path: str | Path) -> Any:
    """The model that `save` wrote to `path`, be it one of `VarWG` or of `weathercop.Multisite`.

    Raises
    ------
    ModelFileError
        As for `load_site_model`.
    """
    if modelfile.kind_of(path) != "MultisiteModel":
        return load_site_model(path)
    # The one place where this package knows of the other, by name and on demand: such a file cannot be read without it.
    return import_module("weathercop").load_model(path)


def physical_values(
    model: SiteModel,
    scores: FloatArray,
    times: TimeArray,
    trend: TrendOnDays | None,
) -> FloatArray:
    """Physical values (K, T) of scores (K, T) on some days, with the trend that these have."""
    doy = doy_index(times)
    if trend is not None:
        scores = np.array([trend.scores_of_record(row, 0, column) for column, row in enumerate(scores)])
    values = np.array([marginal.from_scores(row, doy) for marginal, row in zip(model.marginals, scores, strict=True)])
    if trend is not None:
        trend.put_back(values[None])
    return values


def fit_site(
    observations: Observations,
    *,
    primary_var: str | None = None,
    order: int | None = None,
    ma_order: int = 0,
    seasonal: bool = False,
    criterion: Criterion = "bic",
    ex: Any = None,
    trend: Any = None,
    window: int = SEASON_WINDOW,
    harmonics: int = FOURIER_ORDER,
    rng: np.random.Generator,
) -> SiteModel:
    """Estimate marginals and autoregression from the observations of one station.

    Parameters
    ----------
    observations : Observations
        Daily values of one station.
    primary_var : str, optional
        Variable that scenarios act on; the default is `varwg._variables.default_primary`.
    order : int, optional
        Number of lags; chosen by `criterion` where it is not given.
    ma_order : int
        Number of lags of a moving average of the innovations.
    seasonal : bool
        Whether the autoregression changes with the day of the year.
    criterion : {"bic", "sc", "aic", "hq", "fpe"}
        What chooses the order.
    ex : array, mapping, Series, DataFrame, DataArray or callable, optional
        External variables of the days of the record, for a VAREX (see `varwg.models._varex.external_series`); or a function that
        makes those of a day from the normal scores (K, n) of the days before.
    trend : "linear", or mapping or Series of int to float, optional
        What the climate of the record changes with (see `varwg._trend.estimate_trend`); it is taken out before anything else.
    window, harmonics : int
        Half-width in days of the windows, and number of harmonics, of the seasons of distributions.
    rng : numpy.random.Generator
        Draws the latent scores of dry days and gaps.

    Raises
    ------
    FitError
        If there are several stations, a variable has no values, or the autoregression cannot be estimated.
    """
    switch(seasonal, "seasonal", error=FitError)
    ma_order = whole_number(ma_order, "q", 0, error=FitError)
    order = None if order is None else whole_number(order, "p", 1, error=FitError)
    provenance, archive = Provenance.of(rng), archive_of(observations)
    slopes = None if trend is None else estimate_trend(observations, trend)
    observations, exceedance = without_trend(observations, slopes)
    whole_number(window, "window", 0, N_DOYS // 2, error=FitError)
    whole_number(harmonics, "harmonics", 0, N_DOYS // 4, error=FitError)
    marginals = _marginals(observations, window, harmonics)
    generator = Streams.of(rng).generator("dry days")
    latent = latent_scores(
        observations.values[0],
        marginals,
        observations.variables,
        observations.doy,
        rng=generator,
        exceedance=None if exceedance is None else exceedance[0],
    )
    scores, exogenous = latent.scores, None
    if ex is None:
        lags = select_order(scores, MAX_ORDER, criterion) if order is None else order
        model = _autoregression(scores, observations, lags, ma_order, seasonal)
    else:
        if seasonal or ma_order:
            raise FitError(
                "a model with external variables has no season and no moving average: leave out seasonal and q, or ex."
            )
        observed: BoolArray = np.isfinite(observations.values[0])
        model, exogenous = fit_exogenous(
            scores, observed, observations.times, ex, order=order, max_order=MAX_ORDER, criterion=criterion
        )
    _LOGGER.info("%s: autoregression of order %d", observations.stations[0], model.order)
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
        archive=archive,
        exogenous=exogenous,
        latitude=float(observations.latitude[0]),
        longitude=float(observations.longitude[0]),
        elevation=float(observations.elevation[0]),
        primary=default_primary(observations.variables) if primary_var is None else observations.names.index(primary_var),
        trend=slopes,
        grid=observations.grid,
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


def _marginals(observations: Observations, window: int, harmonics: int) -> tuple[SeasonalMarginal, ...]:
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
        fit_marginal(values, observations.doy, variable, upper=upper, station=station, window=window, fourier_order=harmonics)
        for values, variable, upper in zip(observations.values[0], observations.variables, bounds, strict=True)
    )
