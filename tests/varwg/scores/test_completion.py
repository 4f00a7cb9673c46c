"""Completion of censored and missing scores: what was observed stays, what was drawn has the model's distribution."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from varwg._scores.amount_noise import add_amount_noise
from varwg._scores.completion import complete_amounts, complete_scores
from varwg.errors import DataError, RngError

LAG = np.array([[0.6, 0.1, 0.0], [0.0, 0.4, 0.2], [0.1, 0.0, 0.5]])


def stationary_series(n_days: int, seed: int) -> np.ndarray:
    """A VAR(1) of three variables with memory `LAG`, each with variance one to sampling error."""
    rng = np.random.default_rng(seed)
    noise = rng.multivariate_normal(np.zeros(3), [[1.0, 0.6, 0.3], [0.6, 1.0, 0.3], [0.3, 0.3, 1.0]], size=n_days + 100)
    series = np.zeros((n_days + 100, 3))
    for day in range(1, n_days + 100):
        series[day] = LAG @ series[day - 1] + noise[day]
    return np.asarray((series[100:] / series[100:].std(axis=0)).T).copy()


def thresholds(n_days: int) -> np.ndarray:
    """A threshold that follows the seasons between -0.5 and 0.5 for the second row, none for the others."""
    threshold = np.full((3, n_days), -np.inf)
    threshold[1] = 0.5 * np.sin(2 * np.pi * np.arange(n_days) / 365.25)
    return threshold


def censored_series(n_days: int = 6000, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    truth = stationary_series(n_days, seed)
    threshold = thresholds(n_days)
    upper = np.where(truth <= threshold, threshold, np.inf)
    scores = np.where(truth <= threshold, np.nan, truth)
    return truth, scores, upper, threshold


def lag_moments(series: np.ndarray) -> np.ndarray:
    return np.asarray(np.corrcoef(series[:, 1:], series[:, :-1]))


def test_observed_bits_stay_and_censored_entries_stay_below() -> None:
    _, scores, upper, _ = censored_series(2001)
    scores[0, 100:130] = np.nan
    completed = complete_scores(scores, upper, rng=np.random.default_rng(0))
    known = np.isfinite(scores) & np.isinf(upper)
    assert completed[known].tobytes() == scores[known].tobytes()
    assert np.all(completed <= upper)
    assert np.isfinite(completed).all()


def test_scores_below_the_threshold_are_not_looked_at() -> None:
    _, scores, upper, _ = censored_series(500)
    other = np.where(np.isfinite(upper), 7.0, scores)
    one, two = (complete_scores(s, upper, rng=np.random.default_rng(0), n_sweeps=5) for s in (scores, other))
    assert one.tobytes() == two.tobytes()


def test_a_complete_array_comes_back_as_it_was() -> None:
    truth = stationary_series(300, 0)
    completed = complete_scores(truth, np.full(truth.shape, np.inf), rng=np.random.default_rng(0))
    assert completed.tobytes() == truth.tobytes()
    assert completed is not truth


def test_correlations_of_the_uncensored_series_come_back() -> None:
    """Half of a row was censored; its correlations return within 0.05, where the worst of a dozen seeds is off by 0.02."""
    truth, scores, upper, _ = censored_series()
    completed = complete_scores(scores, upper, rng=np.random.default_rng(2))
    np.testing.assert_allclose(lag_moments(completed), lag_moments(truth), atol=0.05)


def test_completed_rows_are_standard_normal() -> None:
    """The drawn part lies exactly as a normal row does below the threshold: Kolmogorov-Smirnov distance below 0.02."""
    truth, scores, upper, _ = censored_series()
    completed = complete_scores(scores, upper, rng=np.random.default_rng(3))
    censored = np.isfinite(upper[1])
    share = special.ndtr(completed[1, censored]) / special.ndtr(upper[1, censored])
    assert stats.kstest(share, "uniform").statistic < 1e-3
    assert stats.kstest(completed[1], "norm").statistic < stats.kstest(truth[1], "norm").statistic + 0.02


def test_long_gaps_are_filled_with_the_model_and_short_ones_with_their_neighbours() -> None:
    """A row missing one day in ten, highly correlated with another: errors as small as the conditional sd says."""
    rng = np.random.default_rng(4)
    base = stationary_series(4000, 5)[0]
    scores = np.array([base, 0.95 * base + np.sqrt(1 - 0.95**2) * rng.standard_normal(4000)])
    gappy = scores.copy()
    holes = rng.random(4000) < 0.1
    holes[1000:1090] = True
    gappy[1, holes] = np.nan
    completed = complete_scores(gappy, np.full(scores.shape, np.inf), rng=rng)
    errors = (completed - scores)[1, holes]
    assert errors.std() < 1.15 * np.sqrt(2.0 * (1 - 0.95**2))


def test_limits_from_above_and_from_below_mirror_each_other() -> None:
    """An overcast day is to the negative series what a dry day is to the series: the same draws with the other sign."""
    _, scores, upper, _ = censored_series(1200)
    below = complete_scores(scores, upper, rng=np.random.default_rng(8), n_sweeps=5)
    none = np.full(upper.shape, np.inf)
    above = complete_scores(-scores, none, lower=-upper, rng=np.random.default_rng(8), n_sweeps=5)
    limited = np.isfinite(upper)
    np.testing.assert_allclose(above[limited], -below[limited], atol=1e-9)
    assert (above[limited] >= -upper[limited]).all()


def test_limits_from_both_sides_in_one_row() -> None:
    """Both tails of a row were censored; it is standard normal again, and its correlations return within 0.05."""
    truth = stationary_series(6000, 1)
    upper, lower = np.full(truth.shape, np.inf), np.full(truth.shape, -np.inf)
    upper[1, truth[1] <= -0.6] = -0.6
    lower[1, truth[1] >= 0.4] = 0.4
    completed = complete_scores(truth, upper, lower=lower, rng=np.random.default_rng(9))
    assert stats.kstest(completed[1], "norm").statistic < stats.kstest(truth[1], "norm").statistic + 0.02
    np.testing.assert_allclose(lag_moments(completed), lag_moments(truth), atol=0.05)
    both = np.where(np.isfinite(upper), -1.0, lower)
    with pytest.raises(DataError, match="both an upper and a lower limit"):
        complete_scores(truth, upper, lower=both, rng=np.random.default_rng(9))


def test_far_tails_do_not_overflow() -> None:
    rng = np.random.default_rng(0)
    scores = rng.standard_normal((2, 400))
    upper = np.full(scores.shape, np.inf)
    upper[0, ::3] = -7.0
    completed = complete_scores(scores, upper, rng=rng)
    assert np.isfinite(completed).all()
    assert completed[0, ::3].max() <= -7.0


@settings(max_examples=15, deadline=None)
@given(n_days=st.integers(30, 61), seed=st.integers(0, 1000))
def test_equal_generators_give_equal_bits(n_days: int, seed: int) -> None:
    _, scores, upper, _ = censored_series(n_days, seed)
    scores[:, 5] = np.nan
    one, two = (complete_scores(scores, upper, rng=np.random.default_rng(seed), n_sweeps=3) for _ in range(2))
    assert one.tobytes() == two.tobytes()
    assert np.isfinite(one).all()


def noisy_series(signal: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A censored series whose second row's wet amounts carry noise."""
    truth, _, upper, threshold = censored_series(seed=seed)
    noisy = truth.copy()
    noise = np.random.default_rng(seed + 1).standard_normal((truth.shape[1],))
    noisy[1] = add_amount_noise(truth[1], threshold[1], signal, noise)
    return truth, np.where(np.isfinite(upper), np.nan, noisy), upper, threshold


@pytest.mark.parametrize("signal", [0.6, 0.9])
def test_signal_and_correlations_behind_noisy_amounts_are_found(signal: float) -> None:
    """Over a dozen seeds the estimates scatter by 0.04 around the truth less 0.03; the worst correlation is off by 0.035."""
    truth, scores, upper, threshold = noisy_series(signal)
    completion = complete_amounts(scores, upper, threshold, (1,), rng=np.random.default_rng(6))
    assert completion.signal[[0, 2]].tolist() == [1.0, 1.0]
    assert completion.signal[1] == pytest.approx(signal, abs=0.13)
    np.testing.assert_allclose(lag_moments(completion.scores), lag_moments(truth), atol=0.06)


def test_taking_out_the_noise_moves_no_day_across_its_threshold_and_no_other_row() -> None:
    _, scores, upper, threshold = noisy_series(0.7)
    completion = complete_amounts(scores, upper, threshold, (1,), rng=np.random.default_rng(6), n_sweeps=10)
    dry = np.isfinite(upper[1])
    assert np.all(completion.scores[1, ~dry] > threshold[1, ~dry])
    assert np.all(completion.scores[1, dry] <= threshold[1, dry])
    assert completion.scores[[0, 2]].tobytes() == scores[[0, 2]].tobytes()


def test_amounts_below_a_higher_threshold_keep_their_bits() -> None:
    _, scores, upper, threshold = noisy_series(0.7)
    completion = complete_amounts(scores, upper, threshold + 0.4, (1,), rng=np.random.default_rng(6), n_sweeps=5)
    small = np.isinf(upper[1]) & (scores[1] <= threshold[1] + 0.4)
    assert small.sum() > 500
    assert completion.scores[1, small].tobytes() == scores[1, small].tobytes()
    assert np.all(completion.scores[1, scores[1] > threshold[1] + 0.4] > (threshold[1] + 0.4)[scores[1] > threshold[1] + 0.4])


def test_too_few_wet_days_are_taken_to_have_no_noise() -> None:
    _, scores, upper, threshold = noisy_series(0.7)
    completion = complete_amounts(
        scores[:, :60], upper[:, :60], threshold[:, :60], (1,), rng=np.random.default_rng(0), n_sweeps=3
    )
    assert completion.signal[1] == 1.0


def test_wrong_input_is_refused() -> None:
    _, scores, upper, threshold = censored_series(200)
    rng = np.random.default_rng(0)
    with pytest.raises(RngError, match="default_rng"):
        complete_scores(scores, upper, rng=1)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="shape"):
        complete_scores(scores, upper[:, 1:], rng=rng)
    with pytest.raises(DataError, match="infinite value"):
        complete_scores(np.where(np.isnan(scores), 0.0, np.inf), upper, rng=rng)
    with pytest.raises(DataError, match="n_sweeps is 0"):
        complete_scores(scores, upper, rng=rng, n_sweeps=0)
    gone = scores.copy()
    gone[2] = np.nan
    with pytest.raises(DataError, match="row 2 of scores has no value"):
        complete_scores(gone, upper, rng=rng)
    with pytest.raises(DataError, match=r"row 1 .*raise its threshold"):
        complete_amounts(scores, upper, threshold - 0.5, (1,), rng=rng)
