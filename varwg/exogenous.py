"""External variables of a site: series that drive the scores of a VAREX, as users hand them in and as a fit keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from varwg.arrays import BoolArray, FloatArray, IntArray, TimeArray, readonly_floats
from varwg.calendar import doy_index
from varwg.daily_series import rows_on
from varwg.errors import DataError, FitError
from varwg.models.moments import Linear, standardised
from varwg.models.order import Criterion, select_order
from varwg.models.simulation import replay
from varwg.models.var import VARModel, least_squares
from varwg.models.varex import FromPast, evaluated, fit_varex, values_of_day


@dataclass(frozen=True, eq=False)
class Exogenous:
    """What M external variables do to the scores of K variables: B (x_t - mean) is added to the autoregression of each day.

    As the autoregression is linear, scores are the sum of its response to this and of what it does without.

    Attributes
    ----------
    names : tuple of str
        Names of the external variables.
    coefficients : array, shape (K, M)
        B, per unit of x.
    mean : array, shape (M,)
        Mean of x over the record.
    record : array, shape (M, T)
        x on the days of the record.
    """

    names: tuple[str, ...]
    coefficients: FloatArray
    mean: FloatArray
    record: FloatArray

    def response(self, autoregression: Linear, values: FloatArray, doy: IntArray) -> FloatArray:
        """Scores (K, T) that values x (M, T) alone lead to; before the first day x is at its mean."""
        forcing = self.coefficients @ (values - self.mean[:, None])
        return replay(autoregression, np.zeros_like(forcing), doy=doy, forcing=forcing)

    def response_from_past(
        self, autoregression: Linear, own: FloatArray, from_past: FromPast, before: FloatArray | None = None
    ) -> FloatArray:
        """As `response`, for external variables that are a function of the scores of the days before.

        Parameters
        ----------
        autoregression : VARModel
            With p lags and constant coefficients.
        own : array, shape (K, T)
            Scores without the response.
        from_past : callable
            The M values of a day from the scores (K, n) of the days before it. They count as the mean on the first p days.
        before : array, shape (K, n), optional
            The response on the first n days, if it is known.
        """
        lags, order = autoregression.lag_matrices[0], autoregression.order
        n_known = 0 if before is None else before.shape[1]
        response, scores = np.zeros_like(own), own.copy()
        if before is not None:
            response[:, :n_known] = before
            scores[:, :n_known] += before
        for day in range(max(n_known, order), own.shape[1]):
            values = values_of_day(from_past, scores[:, :day], self.mean.size)
            response[:, day] = self.coefficients @ (values - self.mean)
            for lag in range(1, order + 1):
                response[:, day] += lags[lag - 1] @ response[:, day - lag]
            scores[:, day] += response[:, day]
        return response

    def values_on(self, times: TimeArray, ex: Any) -> FloatArray:
        """The values that were handed in for simulated days, shape (M, T).

        Raises
        ------
        DataError
            If there are none, not all, or others than in the fit.
        """
        if ex is None:
            raise DataError(
                f"the model was fitted with the external variables {', '.join(self.names)}, but ex is not given: pass their "
                "values on the simulated days."
            )
        names, values = external_series(ex, times)
        if len(values) != len(self.names) or (_named(ex) and set(names) != set(self.names)):
            raise DataError(f"ex has {', '.join(names)}, but the model was fitted with {', '.join(self.names)}: pass these.")
        return values[[names.index(name) for name in self.names]] if _named(ex) else values


def external_series(ex: Any, times: TimeArray) -> tuple[tuple[str, ...], FloatArray]:
    """Names and values (M, T) of external variables on the days `times`.

    Parameters
    ----------
    ex : array, mapping, pandas.Series or DataFrame, xarray.DataArray
        Values of one variable, shape (T,), or of several, shape (M, T), day by day; a mapping of names to series; or
        something with a calendar, of which the days are looked up: a Series, a DataFrame (a column each) or a DataArray with
        the dim time and at most one other.
    times : array of datetime64, shape (T,)
        The days.

    Raises
    ------
    DataError
        If a day is missing or not finite, or the shape does not fit.
    """
    if isinstance(ex, Mapping):
        parts = [(str(name), rows_on(series, times, str(name))) for name, series in ex.items()]
        for name, part in parts:
            if len(part) != 1:
                raise DataError(f"ex has {len(part)} series called {name}, but one of each name is expected.")
        names, values = tuple(name for name, _ in parts), np.concatenate([part for _, part in parts] or [np.empty((0, 0))])
    else:
        values = rows_on(ex, times, "ex")
        names = _names_of(ex, len(values))
    if values.shape != (len(names), times.size) or not names:
        raise DataError(
            f"ex has shape {values.shape}, but {times.size} days are needed: pass one value for each day, shape (T,), or (M, T) "
            "for M variables."
        )
    if not np.isfinite(values).all():
        row, day = np.argwhere(~np.isfinite(values))[0]
        raise DataError(
            f"{names[row]} in ex has no finite value on {times[day].astype('datetime64[D]')}, but every day is needed: fill it."
        )
    return names, values


def fit_exogenous(
    scores: FloatArray,
    observed: BoolArray,
    times: TimeArray,
    ex: Any,
    *,
    order: int | None,
    max_order: int,
    criterion: Criterion,
) -> tuple[Linear, Exogenous]:
    """The autoregression of complete scores (K, T), about a mean of zero, and the external variables that drive it.

    Scores of values that were not observed (K, T) tell nothing of the effect, as they were drawn without it. The order,
    where it is not given, is that of what a regression on the external variables leaves, or, where these are a function of
    the scores of the days before, that of the scores.

    Raises
    ------
    DataError, FitError
        If `ex` cannot be used, or has nothing that varies by itself.
    """
    if order is None and callable(ex):
        order = select_order(scores, max_order, criterion)
    names, record = _from_past(ex, scores, order) if callable(ex) and order else external_series(ex, times)
    constant = [name for name, row in zip(names, record, strict=True) if np.ptp(row) == 0.0]
    if constant:
        raise FitError(f"{constant[0]} in ex is constant, so that its effect cannot be told from the mean: leave it out.")
    if order is None:
        design = np.concatenate([np.ones((1, times.size)), record]).T
        order = select_order(least_squares(design, scores.T)[1].T, max_order, criterion)
    fitted = fit_varex(np.where(observed, scores, np.nan), record, order)
    external = Exogenous(names, fitted.exogenous_coefficients, fitted.exogenous_mean, readonly_floats(record))
    model = VARModel(
        order, fitted.intercept, fitted.coefficients, fitted.covariance, fitted.residuals, n_effective=fitted.n_effective
    )
    quiet = replace(model, intercept=readonly_floats(np.zeros_like(model.intercept)))
    doy = doy_index(times)
    return standardised(model, scores - external.response(quiet, record, doy), doy), external


def _from_past(from_past: FromPast, scores: FloatArray, order: int) -> tuple[tuple[str, ...], FloatArray]:
    """Names and values (M, T) of external variables that are a function of the past, at their mean on the first p days."""
    record = evaluated(from_past, scores, order)
    return _numbered(len(record)), np.where(np.isnan(record), np.nanmean(record, axis=1)[:, None], record)


def _numbered(n_rows: int) -> tuple[str, ...]:
    return ("ex",) if n_rows == 1 else tuple(f"ex{number}" for number in range(n_rows))


def _named(ex: Any) -> bool:
    """Whether the variables have names of their own."""
    return isinstance(ex, Mapping) or hasattr(ex, "columns") or getattr(ex, "name", None) is not None or _dim(ex) is not None


def _names_of(ex: Any, n_rows: int) -> tuple[str, ...]:
    if hasattr(ex, "columns"):
        return tuple(str(name) for name in ex.columns)
    dim = _dim(ex)
    if dim is not None:
        return tuple(str(name) for name in ex[dim].values)
    if getattr(ex, "name", None) is not None:
        return (str(ex.name),)
    return _numbered(n_rows)


def _dim(ex: Any) -> Any:
    """The dim of a DataArray that numbers its variables, None if it has none or no labels."""
    others = [dim for dim in getattr(ex, "dims", ()) if dim != "time"]
    return others[0] if len(others) == 1 and others[0] in ex.coords else None
