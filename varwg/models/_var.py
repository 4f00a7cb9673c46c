"""Vector autoregressions, the same all year or with the seasons: least squares, choice of the order, tests of the residuals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from scipy import linalg, special

from varwg._arrays import BoolArray, FloatArray, IntArray, brief, matrix_product, readonly_floats, solved
from varwg._calendar import N_DOYS
from varwg.errors import DataError, FitError
from varwg.marginals._seasonal import circular_distance, row_sums, smooth
from varwg.models._base import check_series, lagged_design, residuals_of, spectral_radius

#: Half-width in days of the window of each day of the year.
WINDOW: Final = 60
#: Harmonics kept of each parameter's course over the year.
N_HARMONICS: Final = 3


@dataclass(frozen=True, eq=False)
class VARModel:
    """A fitted VAR(p): y_t = c + A_1 y_{t-1} + ... + A_p y_{t-p} + e_t.

    Attributes
    ----------
    order : int
        Number of lags p.
    intercept : array, shape (K,)
        c.
    coefficients : array, shape (p, K, K)
        A_1 to A_p.
    covariance : array, shape (K, K)
        Covariance of the innovations e, with the denominator n - K p - 1.
    residuals : array, shape (K, T)
        What is left of the data it was fitted to; days before the first count as zero, NaN where a value is missing.
    n_effective : int
        Number n of days, complete with their p predecessors, that were used.
    """

    order: int
    intercept: FloatArray
    coefficients: FloatArray
    covariance: FloatArray
    residuals: FloatArray
    n_effective: int

    __repr__ = brief

    @property
    def n_variables(self) -> int:
        """Number of variables K."""
        return int(self.intercept.size)

    @property
    def intercepts(self) -> FloatArray:
        """Intercept as a table of one row, shape (1, K)."""
        return self.intercept[None]

    @property
    def lag_matrices(self) -> FloatArray:
        """Coefficients as a table of one row, shape (1, p, K, K)."""
        return self.coefficients[None]

    @property
    def covariances(self) -> FloatArray:
        """Covariance as a table of one row, shape (1, K, K)."""
        return self.covariance[None]

    @property
    def ma_matrices(self) -> FloatArray:
        """No moving average, shape (0, K, K)."""
        return np.zeros((0, self.n_variables, self.n_variables))

    @property
    def mean(self) -> FloatArray:
        """Stationary mean (I - A_1 - ... - A_p)^-1 c, shape (K,)."""
        return np.asarray(linalg.solve(np.eye(self.n_variables) - self.coefficients.sum(axis=0), self.intercept))


def fit_var(scores: FloatArray, order: int) -> VARModel:
    """Fit a VAR by least squares (Luetkepohl 2005, sections 3.2.1 and 3.2.2) to the days that are complete.

    Parameters
    ----------
    scores : array, shape (K, T)
        Normal scores, NaN where missing.
    order : int
        Number of lags p, at least 1.

    Raises
    ------
    FitError
        If the record is too short, a variable is constant, missing throughout or a combination of the others, or the
        fitted model is not stable.
    """
    series = check_series(scores, order)
    n_variables = series.shape[0]
    design, days = lagged_design(series, order)
    solution, unexplained = least_squares(design, series[:, days].T)
    coefficients = solution[1:].reshape(order, n_variables, n_variables).transpose(0, 2, 1)
    radius = float(spectral_radius(coefficients[None])[0])
    if radius >= 1.0:
        raise FitError(
            f"the VAR({order}) fitted to {days.size} days has spectral radius {radius:.3f}, so that its simulations would "
            "grow without bound: remove the trend from the data or lower the order."
        )
    residuals = residuals_of(series, solution[:1], coefficients[None], np.zeros(series.shape[1], dtype=np.intp))
    return VARModel(
        order=order,
        intercept=readonly_floats(solution[0]),
        coefficients=readonly_floats(coefficients),
        covariance=readonly_floats(matrix_product(unexplained.T, unexplained) / (days.size - design.shape[1])),
        residuals=readonly_floats(residuals),
        n_effective=int(days.size),
    )


def _triangle(columns: FloatArray) -> FloatArray:
    """R of the QR decomposition of columns (n, m), rows after rows: so few that BLAS takes one thread for them.

    Of all rows at once the last bits would depend on the number of threads, and with many columns of all columns at once.
    """
    triangle: FloatArray = np.zeros((0, columns.shape[1]))
    for first in range(0, len(columns), _ROWS):
        table = np.concatenate([triangle, columns[first : first + _ROWS]])
        n_together = max(_ONE_THREAD // len(table), 1)
        for column in range(0, min(table.shape), n_together):
            part, rest = table[column:, column : column + n_together], table[column:, column + n_together :]
            reflections, factors = np.linalg.qr(part, mode="raw")
            part[:] = np.triu(reflections.T)
            # Householder's reflections of these columns, of those after them.
            for number, factor in enumerate(factors if rest.size else ()):
                vector = np.concatenate([[1.0], reflections[number, number + 1 :]])
                rest[number:] -= factor * vector[:, None] * np.einsum("i,ij->j", vector, rest[number:])
        triangle = table[: table.shape[1]]
    return triangle


def least_squares(design: FloatArray, targets: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Coefficients (m, K) of `targets` (n, K) on `design` (n, m), and the residuals (n, K).

    Raises
    ------
    FitError
        If there are too few complete days or the predictors are linearly dependent.
    """
    n_days, n_predictors = design.shape
    if n_days <= n_predictors + targets.shape[1]:
        raise FitError(
            f"only {n_days} days are complete with their predecessors, too few for {n_predictors} coefficients per "
            "variable: infill the gaps, leave out the variable that has most, or lower the order."
        )
    triangle = _triangle(np.concatenate([design, targets], axis=1))
    within, across = triangle[:n_predictors, :n_predictors], triangle[:n_predictors, n_predictors:]
    sizes = np.linalg.svd(within, compute_uv=False)
    rank = int((sizes > n_predictors * float(np.finfo(np.float64).eps) * sizes[0]).sum())
    if rank < n_predictors:
        raise FitError(
            f"the {n_predictors} predictors span only {rank} dimensions, because a variable is a combination of the "
            "others: leave one of these out."
        )
    solution = solved(within, across)
    return solution, targets - matrix_product(design, solution)


#: Rows of a QR decomposition at a time, and numbers of a table for which OpenBLAS takes one thread there.
_ROWS: Final = 64
_ONE_THREAD: Final = 9000
#: Akaike, Hannan and Quinn, Schwarz ("bic" is another name of "sc"), final prediction error.
Criterion: TypeAlias = Literal["aic", "hq", "sc", "bic", "fpe"]

_CRITERIA: Final = ("aic", "hq", "sc", "fpe")


def select_order(scores: FloatArray, max_order: int, criterion: Criterion = "bic") -> int:
    """Number of lags, 1 to `max_order`, with the smallest value of a criterion.

    Parameters
    ----------
    scores : array, shape (K, T)
        Normal scores, NaN where missing.
    max_order : int
        Largest number of lags considered.
    criterion : {"aic", "hq", "sc", "bic", "fpe"}
        Which criterion decides.

    Raises
    ------
    FitError
        If the criterion is unknown or the record too short for `max_order`.
    """
    name = "sc" if criterion == "bic" else criterion
    if name not in _CRITERIA:
        raise FitError(f"the criterion is {criterion!r}, but one of {', '.join(_CRITERIA)} or bic is expected.")
    return 1 + int(np.argmin(order_criteria(scores, max_order)[_CRITERIA.index(name)]))


def order_criteria(scores: FloatArray, max_order: int) -> FloatArray:
    """The criteria of all orders on one common sample, the days that are complete with `max_order` predecessors.

    Luetkepohl (2005), equations 4.3.2 (FPE), 4.3.4 (AIC), 4.3.8 (HQ) and 4.3.9 (SC), with the intercepts counted as
    parameters.

    Returns
    -------
    array, shape (4, max_order)
        Rows AIC, HQ, SC, FPE.
    """
    series = check_series(scores, max_order)
    n_variables = series.shape[0]
    design, days = lagged_design(series, max_order)
    targets = series[:, days].T
    n_days = days.size
    columns = []
    for order in range(1, max_order + 1):
        n_predictors = 1 + order * n_variables
        _, residuals = least_squares(design[:, :n_predictors], targets)
        log_det = float(np.linalg.slogdet(matrix_product(residuals.T, residuals) / n_days)[1])
        per_parameter = n_predictors * n_variables / n_days
        inflation = (n_days + n_predictors) / (n_days - n_predictors)
        columns.append(
            (
                log_det + 2.0 * per_parameter,
                log_det + 2.0 * np.log(np.log(n_days)) * per_parameter,
                log_det + np.log(n_days) * per_parameter,
                np.exp(log_det) * inflation**n_variables,
            )
        )
    return np.array(columns).T


@dataclass(frozen=True)
class ResidualTest:
    """Outcome of a test whose statistic follows a chi-squared distribution if the residuals are as assumed.

    Attributes
    ----------
    statistic : float
        Value of the statistic.
    degrees_of_freedom : int
        Of the chi-squared distribution.
    p_value : float
        Probability of a larger statistic; small values speak against the assumption.
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float


def portmanteau_test(residuals: FloatArray, n_fitted_lags: int, n_lags: int) -> ResidualTest:
    """Whether residuals are uncorrelated up to a lag: adjusted portmanteau statistic (Luetkepohl 2005, equation 4.4.23).

    Parameters
    ----------
    residuals : array, shape (K, T)
        Residuals of a fitted model; days with a NaN are left out.
    n_fitted_lags : int
        Number of lag matrices that were estimated, p + q.
    n_lags : int
        Largest lag h looked at, above `n_fitted_lags`.

    Raises
    ------
    DataError
        If `n_lags` is not above `n_fitted_lags`, or the complete days are too few.
    """
    if n_lags <= n_fitted_lags:
        raise DataError(f"n_lags is {n_lags}, but more than the {n_fitted_lags} fitted lags are needed.")
    centred, complete = _centred(residuals, n_lags)
    centred, n_days = np.where(complete, centred, 0.0), int(complete.sum())
    inverse = linalg.inv(matrix_product(centred, centred.T) / n_days)
    statistic = 0.0
    for lag in range(1, n_lags + 1):
        lagged = matrix_product(centred[:, lag:], centred[:, :-lag].T) / n_days
        statistic += np.trace(lagged.T @ inverse @ lagged @ inverse) / (n_days - lag)
    return _outcome(n_days**2 * statistic, centred.shape[0] ** 2 * (n_lags - n_fitted_lags))


def normality_test(residuals: FloatArray) -> ResidualTest:
    """Whether residuals are multivariate normal, by skewness and kurtosis (Luetkepohl 2005, equations 4.5.4 to 4.5.8).

    Parameters
    ----------
    residuals : array, shape (K, T)
        Residuals of a fitted model; days with a NaN are left out.

    Raises
    ------
    DataError
        If the complete days are too few.
    """
    centred, complete = _centred(residuals, 0)
    centred, n_days = centred[:, complete], int(complete.sum())
    factor = linalg.cholesky(matrix_product(centred, centred.T) / n_days, lower=True)
    standard = linalg.solve_triangular(factor, centred, lower=True)
    skewness = np.sum(standard**3, axis=1) / n_days
    excess = np.sum(standard**4, axis=1) / n_days - 3.0
    statistic = n_days * float(skewness @ skewness / 6.0 + excess @ excess / 24.0)
    return _outcome(statistic, 2 * len(standard))


def _centred(residuals: FloatArray, n_lags: int) -> tuple[FloatArray, BoolArray]:
    """Residuals about the means of the complete days, and which days are complete."""
    series = np.asarray(residuals, dtype=np.float64)
    complete: BoolArray = np.all(np.isfinite(series), axis=0)
    if complete.sum() <= series.shape[0] + n_lags:
        raise DataError(f"only {complete.sum()} days have residuals of all {series.shape[0]} variables, too few for a test.")
    return series - series[:, complete].mean(axis=1, keepdims=True), complete


def _outcome(statistic: float, degrees_of_freedom: int) -> ResidualTest:
    return ResidualTest(float(statistic), degrees_of_freedom, float(special.chdtrc(degrees_of_freedom, statistic)))


@dataclass(frozen=True, eq=False)
class SeasonalVARModel:
    """A fitted VAR(p) with one set of parameters for each day of the year, stable on every one.

    Attributes
    ----------
    order : int
        Number of lags p.
    intercepts : array, shape (366, K)
        c of every row.
    lag_matrices : array, shape (366, p, K, K)
        A_1 to A_p of every row.
    covariances : array, shape (366, K, K)
        Covariance of the innovations of every row.
    residuals : array, shape (K, T)
        What is left of the data it was fitted to; days before the first count as zero, NaN where a value is missing.
    n_effective : int
        Number of days, complete with their p predecessors, that were used.
    """

    order: int
    intercepts: FloatArray
    lag_matrices: FloatArray
    covariances: FloatArray
    residuals: FloatArray
    n_effective: int

    __repr__ = brief

    @property
    def n_variables(self) -> int:
        """Number of variables K."""
        return int(self.intercepts.shape[1])

    @property
    def ma_matrices(self) -> FloatArray:
        """No moving average, shape (0, K, K)."""
        return np.zeros((0, self.n_variables, self.n_variables))


def fit_seasonal_var(
    scores: FloatArray, doy: IntArray, order: int, *, window: int = WINDOW, n_harmonics: int = N_HARMONICS
) -> SeasonalVARModel:
    """Fit a VAR to a window around every day of the year, then smooth its parameters over the year.

    Coefficients are smoothed by a Fourier series. Covariances are smoothed as matrix logarithms, so that they stay
    positive definite (Arsigny et al. 2007, doi:10.1137/050637996).

    Parameters
    ----------
    scores : array, shape (K, T)
        Normal scores, NaN where missing.
    doy : array of int, shape (T,)
        Row 0 to 365 of every day, from `varwg._calendar.doy_index`.
    order : int
        Number of lags p, at least 1.
    window : int
        Half-width of the windows in days.
    n_harmonics : int
        Harmonics kept of each parameter.

    Raises
    ------
    FitError
        If a window has too few complete days, or a row of the smoothed model is not stable.
    DataError
        If `doy` does not fit `scores`.
    """
    series = check_series(scores, order)
    n_variables = series.shape[0]
    n_predictors = 1 + order * n_variables
    if np.shape(doy) != series.shape[1:]:
        raise DataError(f"doy has shape {np.shape(doy)}, but scores has {series.shape[1]} days: give one row per day.")
    design, days = lagged_design(series, order)
    near = (circular_distance() <= window).astype(np.float64)
    counts = matrix_product(near, row_sums(doy[days]))
    if counts.min() <= n_predictors + n_variables:
        raise FitError(
            f"the window around day {int(counts.argmin()) + 1} of the year has {int(counts.min())} complete days, too few "
            f"for {n_predictors} coefficients per variable: widen the window, lower the order or infill the gaps."
        )
    moments = _windowed_moments(np.concatenate([design, series[:, days].T], axis=1), doy[days], near)
    solution, noise = _solve(moments, n_predictors, counts)
    return _assembled(series, doy, smooth(solution, n_harmonics), _smooth_covariances(noise, n_harmonics), days.size)


def _windowed_moments(columns: FloatArray, doy: IntArray, near: FloatArray) -> FloatArray:
    """Sums of products of all pairs of columns over the window of each row, shape (366, m, m)."""
    ordered = columns[np.argsort(doy, kind="stable")]
    ends = np.cumsum(np.bincount(doy, minlength=N_DOYS))
    parts = np.split(ordered, ends[:-1])
    per_row = np.stack([matrix_product(part.T, part) for part in parts])
    return matrix_product(near, per_row.reshape(N_DOYS, -1)).reshape(per_row.shape)


def _solve(moments: FloatArray, n_predictors: int, counts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Least squares of every row: coefficients (366, m, K) and covariances of the residuals (366, K, K)."""
    within, across = moments[:, :n_predictors, :n_predictors], moments[:, :n_predictors, n_predictors:]
    if np.linalg.cond(within).max() > 1e12:
        raise FitError("the variables are linearly dependent in some season: leave out one that follows from the others.")
    solution = solved(within, across)
    unexplained = moments[:, n_predictors:, n_predictors:] - across.transpose(0, 2, 1) @ solution
    return np.asarray(solution), unexplained / (counts - n_predictors)[:, None, None]


def _smooth_covariances(covariances: FloatArray, n_harmonics: int) -> FloatArray:
    logs = smooth(_of_eigenvalues(covariances, np.log), n_harmonics)
    return _of_eigenvalues(logs, np.exp)


def _of_eigenvalues(matrices: FloatArray, function: np.ufunc) -> FloatArray:
    """A function of symmetric matrices, applied to their eigenvalues."""
    values, vectors = np.linalg.eigh((matrices + matrices.transpose(0, 2, 1)) / 2.0)
    return np.asarray(vectors * function(values)[:, None, :] @ vectors.transpose(0, 2, 1), dtype=np.float64)


def _assembled(
    series: FloatArray, doy: IntArray, solution: FloatArray, covariances: FloatArray, n_effective: int
) -> SeasonalVARModel:
    n_variables = series.shape[0]
    lag_matrices = solution[:, 1:].reshape(N_DOYS, -1, n_variables, n_variables).transpose(0, 1, 3, 2)
    radius = spectral_radius(lag_matrices)
    if radius.max() >= 1.0:
        raise FitError(
            f"the seasonal VAR({lag_matrices.shape[1]}) has spectral radius {radius.max():.3f} on day "
            f"{int(radius.argmax()) + 1} of the year, so it is not stable: widen the window or lower the order."
        )
    return SeasonalVARModel(
        order=lag_matrices.shape[1],
        intercepts=readonly_floats(solution[:, 0]),
        lag_matrices=readonly_floats(lag_matrices),
        covariances=readonly_floats(covariances),
        residuals=readonly_floats(residuals_of(series, solution[:, 0], lag_matrices, doy)),
        n_effective=n_effective,
    )
