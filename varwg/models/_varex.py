"""Vector autoregressions with external variables (VAREX): fit, simulation, and external series of a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from varwg._arrays import BoolArray, FloatArray, IntArray, TimeArray, brief, matrix_product, readonly_floats
from varwg._calendar import doy_index, rows_on
from varwg.errors import DataError, FitError
from varwg.models._base import check_series, lagged_design, spectral_radius
from varwg.models._moments import Linear, standardised
from varwg.models._simulation import BURN_IN, gaussian_innovations, recursion, replay
from varwg.models._var import Criterion, VARModel, least_squares, select_order
from varwg.streams import require_generator

#: The M exogenous values of a day from the days before it, shape (K, at least p), the latest last.
FromPast: TypeAlias = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, eq=False)
class VAREXModel:
    """A fitted VAREX(p): y_t = c + A_1 y_{t-1} + ... + A_p y_{t-p} + B x_t + e_t.

    Attributes
    ----------
    order : int
        Number of lags p.
    intercept : array, shape (K,)
        c.
    coefficients : array, shape (p, K, K)
        A_1 to A_p.
    exogenous_coefficients : array, shape (K, M)
        B.
    exogenous_mean : array, shape (M,)
        Mean of x over the days that were used.
    covariance : array, shape (K, K)
        Covariance of the innovations e, with the denominator n - K p - M - 1.
    residuals : array, shape (K, T)
        What is left of the data it was fitted to; NaN on the first p days and where a value is missing.
    n_effective : int
        Number n of days that were used.
    """

    order: int
    intercept: FloatArray
    coefficients: FloatArray
    exogenous_coefficients: FloatArray
    exogenous_mean: FloatArray
    covariance: FloatArray
    residuals: FloatArray
    n_effective: int

    __repr__ = brief


def fit_varex(scores: FloatArray, exogenous: FloatArray | FromPast, order: int) -> VAREXModel:
    """Fit by least squares (Luetkepohl 2005, section 10.3) to the days that are complete.

    Parameters
    ----------
    scores : array, shape (K, T)
        Normal scores, NaN where missing.
    exogenous : array, shape (M, T) or (T,), or callable
        Exogenous series of the same days, NaN where missing; or a function of the days before a day.
    order : int
        Number of lags p, at least 1.

    Raises
    ------
    FitError
        If lengths differ, the record is too short, predictors are linearly dependent or the fit is not stable.
    """
    series = check_series(scores, order)
    n_variables = series.shape[0]
    drivers = evaluated(exogenous, series, order) if callable(exogenous) else np.atleast_2d(np.asarray(exogenous, float))
    if drivers.shape[1] != series.shape[1]:
        raise FitError(f"exogenous has {drivers.shape[1]} days and scores {series.shape[1]}: give both for the same days.")
    design, days = lagged_design(series, order)
    usable = np.isfinite(drivers[:, days]).all(axis=0)
    days, design = days[usable], np.concatenate([design[usable], drivers[:, days[usable]].T], axis=1)
    solution, unexplained = least_squares(design, series[:, days].T)
    split = 1 + order * n_variables
    coefficients = solution[1:split].reshape(order, n_variables, n_variables).transpose(0, 2, 1)
    radius = float(spectral_radius(coefficients[None])[0])
    if radius >= 1.0:
        raise FitError(f"the VAREX({order}) has spectral radius {radius:.3f}, so it is not stable: lower the order.")
    residuals = np.full(series.shape, np.nan)
    residuals[:, days] = unexplained.T
    return VAREXModel(
        order=order,
        intercept=readonly_floats(solution[0]),
        coefficients=readonly_floats(coefficients),
        exogenous_coefficients=readonly_floats(solution[split:].T),
        exogenous_mean=readonly_floats(drivers[:, days].mean(axis=1)),
        covariance=readonly_floats(matrix_product(unexplained.T, unexplained) / (days.size - design.shape[1])),
        residuals=readonly_floats(residuals),
        n_effective=int(days.size),
    )


def simulate_varex(
    model: VAREXModel,
    exogenous: FloatArray | FromPast,
    n_days: int,
    *,
    rng: np.random.Generator,
    start: FloatArray | None = None,
    burn_in: int = BURN_IN,
) -> FloatArray:
    """Simulate with Gaussian innovations.

    Parameters
    ----------
    model : VAREXModel
        What is simulated.
    exogenous : array, shape (M, n) or (n,), or callable
        Exogenous series of the simulated days; or a function of the days simulated before a day.
    n_days : int
        Length n of the series.
    rng : numpy.random.Generator
        Source of the innovations.
    start : array, shape (K, p), optional
        The p days before the first. Without it, `burn_in` days lead up to it, with the mean exogenous values of the fit
        where these are given as a series.
    burn_in : int
        Length of the run-up.

    Returns
    -------
    array, shape (K, n)

    Raises
    ------
    DataError
        If shapes do not fit or a value of `exogenous` is missing.
    """
    require_generator(rng)
    n_variables, n_exogenous = model.exogenous_coefficients.shape
    n_before = burn_in if start is None else 0
    rows = np.zeros(n_before + n_days, dtype=np.intp)
    additions = gaussian_innovations(model.covariance[None], rows, rng=rng) + model.intercept[:, None]
    first = np.zeros((n_variables, model.order)) if start is None else np.asarray(start, dtype=np.float64)
    if first.shape != (n_variables, model.order):
        raise DataError(f"start has shape {first.shape}, but {(n_variables, model.order)} (variables, days) is expected.")
    if callable(exogenous):
        return _run_from_past(model, exogenous, additions, first)[:, n_before:]
    drivers = np.atleast_2d(np.asarray(exogenous, dtype=np.float64))
    if drivers.shape != (n_exogenous, n_days) or not np.isfinite(drivers).all():
        raise DataError(f"exogenous has shape {drivers.shape} or gaps, but {(n_exogenous, n_days)} finite values are expected.")
    additions[:, :n_before] += (model.exogenous_coefficients @ model.exogenous_mean)[:, None]
    additions[:, n_before:] += model.exogenous_coefficients @ drivers
    return recursion(model.coefficients[None], rows, additions, first)[:, n_before:]


def _run_from_past(model: VAREXModel, from_past: FromPast, additions: FloatArray, start: FloatArray) -> FloatArray:
    order, n_exogenous = model.order, model.exogenous_coefficients.shape[1]
    series = np.concatenate([start, additions], axis=1)
    for day in range(order, series.shape[1]):
        values = values_of_day(from_past, series[:, :day], n_exogenous)
        series[:, day] += model.exogenous_coefficients @ values
        for lag, matrix in enumerate(model.coefficients, start=1):
            series[:, day] += matrix @ series[:, day - lag]
    return series[:, order:]


def evaluated(from_past: FromPast, series: FloatArray, order: int) -> FloatArray:
    """Exogenous values on every day of a series, NaN on the first p, which have no past."""
    columns = [np.atleast_1d(from_past(series[:, :day])) for day in range(order, series.shape[1])]
    return np.concatenate([np.full((columns[0].size, order), np.nan), np.array(columns, dtype=np.float64).T], axis=1)


def values_of_day(from_past: FromPast, past: FloatArray, n_exogenous: int) -> FloatArray:
    """The M exogenous values of the day after `past` (K, n), checked."""
    values = np.atleast_1d(np.asarray(from_past(past), dtype=np.float64))
    if values.shape != (n_exogenous,) or not np.isfinite(values).all():
        raise DataError(f"the exogenous function gave {values}, but {n_exogenous} finite values are expected.")
    return values


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

    __repr__ = brief

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
