"""VarWG, the class users meet: the observations of one station in, a fitted model and simulations out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import xarray as xr

from varwg.calendar import daily_times
from varwg.errors import DataError, FitError, ScenarioError
from varwg.models.order import Criterion
from varwg.observations import Observations, read_observations
from varwg.scenario import Increment, Scenario
from varwg.simulation import Simulation, simulate
from varwg.site_model import SiteModel, fit_site
from varwg.streams import RngLike, front_door
from varwg.variables import Variable


class VarWG:
    """A single-site weather generator: seasonal marginals and a vector autoregression of normal scores.

    Parameters
    ----------
    var_names : sequence of str or Variable, or None
        Variables to use, in this order; None for all. The data may be given here alone, as in `VarWG(data)`.
    data : xarray.Dataset, pandas.DataFrame, path or Observations
        Observed weather of one station, or of several of which `station` names one.
    station : str, optional
        The station to use where the data has several.
    primary_var : str, optional
        Variable that scenarios act on; theta by default, or the first where there is no theta.

    Attributes
    ----------
    observations : Observations
        The checked observations; immutable.

    Raises
    ------
    DataError
        If the observations cannot be used; the message says what was found and what to do.

    Examples
    --------
    >>> import numpy as np, varwg, weathercop
    >>> data = weathercop.example_dataset().isel(station=[0])
    >>> wg = varwg.VarWG(("theta", "R", "rh"), data).fit(rng=np.random.default_rng(1))
    >>> times, values = wg.simulate(T=365, rng=np.random.default_rng(2))
    >>> values.shape
    (3, 365)
    """

    def __init__(
        self, var_names: Any, data: Any = None, *, station: str | None = None, primary_var: str | None = None
    ) -> None:
        if data is None:
            var_names, data = None, var_names
        names: Sequence[str | Variable] | None = [var_names] if isinstance(var_names, (str, Variable)) else var_names
        stations = None if station is None else [station]
        self.observations: Observations = read_observations(data, variables=names, stations=stations)
        if len(self.observations.stations) > 1:
            raise DataError(
                f"the data has the stations {', '.join(self.observations.stations)}, but VarWG is a single-site generator: "
                "name one with station=..., or use weathercop.Multisite for all of them."
            )
        self.primary_var = self._checked_primary(primary_var)
        self._model: SiteModel | None = None

    @property
    def model(self) -> SiteModel:
        """The fitted model, an immutable value.

        Raises
        ------
        FitError
            Before `fit`.
        """
        if self._model is None:
            raise FitError("the generator is not fitted yet: call fit(rng=numpy.random.default_rng(seed)) first.")
        return self._model

    @property
    def var_names(self) -> tuple[str, ...]:
        """Names of the variables."""
        return self.observations.names

    def fit(
        self, p: int | None = None, *, seasonal: bool = False, criterion: Criterion = "bic", rng: RngLike = None
    ) -> VarWG:
        """Estimate the model.

        Parameters
        ----------
        p : int, optional
            Number of lags; chosen by `criterion` where it is not given.
        seasonal : bool
            Whether the autoregression changes with the day of the year.
        criterion : {"bic", "sc", "aic", "hq", "fpe"}
            What chooses the order.
        rng : Generator, SeedSequence, int or None
            Source of the latent scores of dry days and gaps; None draws fresh entropy, recorded with the model.

        Returns
        -------
        VarWG
            Itself, with `model` set.

        Raises
        ------
        FitError
            If a part of the model cannot be estimated.
        """
        generator = front_door(rng, caller="VarWG.fit()")
        self._model = fit_site(self.observations, order=p, seasonal=seasonal, criterion=criterion, rng=generator)
        return self

    def simulate(
        self,
        T: int | None = None,
        *,
        start: object = None,
        theta_incr: Increment = None,
        rng: RngLike = None,
    ) -> Simulation:
        """Simulate once.

        Parameters
        ----------
        T : int, optional
            Number of days; by default the length of the record.
        start : date, optional
            First day; by default that of the record.
        theta_incr : float or sequence of 12, optional
            Change of the primary variable's mean in its unit, or 12 monthly ones.
        rng : Generator, SeedSequence, int or None
            Source of all randomness; None draws fresh entropy, recorded in the result.

        Returns
        -------
        Simulation
            Unpacks as `times, data`.

        Raises
        ------
        DataError, ScenarioError, RngError
            If the days, the scenario or the source of randomness cannot be used.
        """
        model = self.model
        generator = front_door(rng, caller="VarWG.simulate()")
        times = daily_times(model.first_day if start is None else start, model.n_days if T is None else T)
        scenario = Scenario.of((model.station,), theta_incr=theta_incr)
        return simulate(model, times, rng=generator, scenario=scenario, primary=self.var_names.index(self.primary_var))

    def to_dataset(self) -> xr.Dataset:
        """The checked observations as a tidy CF Dataset."""
        return self.observations.to_dataset()

    def __repr__(self) -> str:
        state = "fitted" if self._model else "not fitted"
        station, n_days = self.observations.stations[0], self.observations.times.size
        return f"<VarWG: {station}, {', '.join(self.var_names)}, {n_days} days, {state}>"

    def _checked_primary(self, primary_var: str | None) -> str:
        names = self.observations.names
        if primary_var is None:
            return "theta" if "theta" in names else names[0]
        if primary_var not in names:
            raise ScenarioError(f"primary_var is {primary_var!r}, but the observations have {', '.join(names)}: name one.")
        return primary_var
