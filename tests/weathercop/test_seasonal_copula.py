"""Seasonal copulas: recovered from samples with a known course, and the use of given and target, doy and options."""

from __future__ import annotations

import numpy as np
import pytest

from varwg import N_DOYS, daily_times, doy_index
from varwg._persistence import decode, encode
from varwg.errors import FitError
from weathercop.copulas import FAMILIES, Rotated, SeasonalCopula, find_family, fit_seasonal_copula
from weathercop.copulas._likelihood import kendall_tau
from weathercop.copulas._seasonal import circular_window_sum, fourier_smoothers

DOY = doy_index(daily_times("2001-01-01", 20 * 365))


def course(mean: float, amplitude: float) -> np.ndarray:
    return mean + amplitude * np.cos(2.0 * np.pi * (np.arange(N_DOYS) - 20.0) / N_DOYS)


def known(name: str, tau: np.ndarray, rotation: int = 0, shape: tuple[float, ...] = ()) -> SeasonalCopula:
    """A seasonal copula with a given course of tau."""
    first = Rotated(find_family(name), rotation).from_tau(tau, tuple(np.asarray(value) for value in shape))
    table = np.column_stack([first, *(np.full(N_DOYS, value) for value in shape)])
    return SeasonalCopula(name, rotation, table, seasonal=True)


@pytest.mark.parametrize(
    ("name", "rotation", "shape"),
    [("frank", 0, ()), ("clayton", 270, ()), ("gumbel", 180, ()), ("student", 0, (4.0,)), ("joe", 90, ())],
)
def test_course_and_family_are_recovered(name: str, rotation: int, shape: tuple[float, ...]) -> None:
    """14 600 pairs: the standard error of tau in a window is about 0.02, of its smooth course 0.01."""
    sign = -1.0 if rotation in (90, 270) else 1.0
    truth = known(name, sign * course(0.4, 0.15), rotation, shape)
    doy = np.broadcast_to(DOY, (2, DOY.size))
    u, v = truth.sample(doy, rng=np.random.default_rng(4))
    fit = fit_seasonal_copula(u, v, DOY, families=("gaussian", "frank", "clayton", "gumbel", "student", "joe"))
    assert (fit.family, fit.rotation, fit.seasonal) == (name, rotation, True)
    assert fit.n_pairs == u.size
    assert fit.n_free in (3 + len(shape), 5 + len(shape))
    np.testing.assert_allclose(fit.tau(), truth.tau(), atol=0.05)
    exact = np.sum(fit.log_density(u, v, DOY))
    assert fit.loglikelihood == pytest.approx(exact, rel=1e-10)
    assert fit.loglikelihood == pytest.approx(np.sum(truth.log_density(u, v, DOY)), abs=15.0)


def test_all_families_compete_and_the_sign_may_change_with_the_season() -> None:
    truth = known("plackett", course(0.0, 0.4))
    u, v = truth.sample(DOY, rng=np.random.default_rng(6))
    fit = fit_seasonal_copula(u, v, DOY)
    np.testing.assert_allclose(fit.tau(), truth.tau(), atol=0.07)
    assert fit.seasonal
    assert fit.parameters.shape == (N_DOYS, len(find_family(fit.family).parameter_names))


def test_constant_dependence_is_found_constant_and_independence_independent() -> None:
    u, v = known("gumbel", np.full(N_DOYS, 0.3)).sample(DOY, rng=np.random.default_rng(7))
    fit = fit_seasonal_copula(u, v, DOY)
    assert not fit.seasonal
    assert np.ptp(fit.parameters, axis=0).max() == 0.0
    assert fit.tau()[0] == pytest.approx(0.3, abs=0.03)
    u, v = np.random.default_rng(8).random((2, DOY.size))
    alone = fit_seasonal_copula(u, v, DOY)
    assert alone.family == "independence"
    assert alone.parameters.shape == (N_DOYS, 0)
    np.testing.assert_array_equal(alone.tau(), np.zeros(N_DOYS))
    np.testing.assert_array_equal(alone.h(v, u, DOY), v)


def test_given_and_target_are_not_exchanged() -> None:
    """Clayton by 90 degrees has its mass where the given rank is high and the target low."""
    truth = known("clayton", np.full(N_DOYS, -0.6), 90)
    u, v = truth.sample(DOY, rng=np.random.default_rng(9))
    assert np.mean((u > 0.95) & (v < 0.05)) > 2.0 * np.mean((u < 0.05) & (v > 0.95))
    assert fit_seasonal_copula(u, v, DOY, families=["clayton"]).rotation == 90
    assert fit_seasonal_copula(v, u, DOY, families=["clayton"]).rotation == 270
    assert truth.exchanged().rotation == 270
    ranks = truth.h(v, u, DOY)
    assert abs(kendall_tau(ranks, u)) < 0.05
    np.testing.assert_allclose(truth.h_inverse(ranks, u, DOY), v, rtol=1e-6)


def test_parameters_follow_the_day_of_the_year_not_the_position() -> None:
    truth = known("gaussian", course(0.0, 0.8))
    u, v = np.full(4, 0.9), np.full(4, 0.7)
    rows = np.array([20, 203, 59, 60])
    np.testing.assert_array_equal(truth.h(v, u, rows)[::-1], truth.h(v, u, rows[::-1]))
    stacked = truth.h(np.stack([v, 1 - v]), np.stack([u, u]), rows)
    np.testing.assert_array_equal(stacked[0], truth.h(v, u, rows))
    assert stacked[0, 0] < 0.5 < stacked[0, 1]


def test_window_and_fourier_order_matter() -> None:
    truth = known("frank", 0.3 + 0.3 * np.sin(4.0 * np.pi * np.arange(N_DOYS) / N_DOYS))
    u, v = truth.sample(DOY, rng=np.random.default_rng(10))
    fits = {
        (window, order): fit_seasonal_copula(u, v, DOY, families=["frank"], window=window, fourier_order=order)
        for window, order in ((15, 2), (15, 1), (60, 2), (15, 0))
    }
    errors = {key: np.sqrt(np.mean((fit.tau() - truth.tau()) ** 2)) for key, fit in fits.items()}
    assert errors[15, 2] < 0.03
    assert errors[15, 1] > 0.15
    assert errors[60, 2] > 3.0 * errors[15, 2]
    assert not fits[15, 0].seasonal
    assert fits[15, 2].loglikelihood > fits[60, 2].loglikelihood > fits[15, 1].loglikelihood


def test_criterion_decides() -> None:
    """A season too weak for BIC: AIC takes it."""
    truth = known("frank", course(0.3, 0.022))
    u, v = truth.sample(DOY, rng=np.random.default_rng(12))
    by_bic = fit_seasonal_copula(u, v, DOY, families=["frank"], fourier_order=1)
    by_aic = fit_seasonal_copula(u, v, DOY, families=["frank"], fourier_order=1, criterion="aic")
    assert (by_bic.seasonal, by_aic.seasonal) == (False, True)
    assert by_aic.aic < by_bic.aic
    assert by_bic.bic < by_aic.bic
    assert by_aic.aic == pytest.approx(2 * 3 - 2 * by_aic.loglikelihood)


def test_upper_limits_are_used_as_such() -> None:
    """Ranks below 0.45 are known only as such: ignoring that biases tau, the censored likelihood does not."""
    truth = known("gaussian", course(0.45, 0.1))
    u, v = truth.sample(np.broadcast_to(DOY, (2, DOY.size)), rng=np.random.default_rng(13))
    dry = v < 0.45
    limits = np.where(dry, 0.45, v)
    censored = fit_seasonal_copula(u, limits, DOY, families=["gaussian"], target_censored=dry)
    np.testing.assert_allclose(censored.tau(), truth.tau(), atol=0.05)
    turned = fit_seasonal_copula(limits, u, DOY, families=["gaussian"], given_censored=dry)
    np.testing.assert_allclose(turned.parameters, censored.parameters, atol=1e-6)
    naive = fit_seasonal_copula(u, limits, DOY, families=["gaussian"])
    assert np.mean(np.abs(naive.tau() - truth.tau())) > 0.03
    both = fit_seasonal_copula(
        np.maximum(u, 0.3), limits, DOY, families=["gaussian"], given_censored=u < 0.3, target_censored=dry
    )
    np.testing.assert_allclose(both.tau(), truth.tau(), atol=0.05)


def test_pairs_with_nan_are_left_out() -> None:
    u, v = known("frank", course(0.4, 0.2)).sample(DOY, rng=np.random.default_rng(14))
    some = np.random.default_rng(15).random(DOY.size) < 0.3
    with_gaps = fit_seasonal_copula(np.where(some, np.nan, u), v, DOY, families=["frank"])
    without = fit_seasonal_copula(u[~some], v[~some], DOY[~some], families=["frank"])
    np.testing.assert_array_equal(with_gaps.parameters, without.parameters)
    assert np.isnan(with_gaps.h(np.where(some, np.nan, v), u, DOY)).tolist() == some.tolist()


def test_half_a_year_of_data_is_enough() -> None:
    u, v = known("frank", course(0.4, 0.1)).sample(DOY, rng=np.random.default_rng(16))
    summer = (DOY > 150) & (DOY < 250)
    fit = fit_seasonal_copula(u[summer], v[summer], DOY[summer], families=["frank"])
    assert np.all(np.isfinite(fit.parameters))
    np.testing.assert_allclose(fit.tau()[150:250], course(0.4, 0.1)[150:250], atol=0.1)


def test_fit_is_deterministic_and_can_be_written() -> None:
    u, v = known("clayton", course(0.4, 0.2), 180).sample(DOY, rng=np.random.default_rng(17))
    first, second = (fit_seasonal_copula(u, v, DOY, families=["clayton", "frank"]) for _ in range(2))
    np.testing.assert_array_equal(first.parameters, second.parameters)
    assert not first.parameters.flags.writeable
    text, arrays = encode(first)
    again = decode(text, arrays, [SeasonalCopula])
    np.testing.assert_array_equal(again.h(v, u, DOY), first.h(v, u, DOY))


def test_impossible_requests_are_refused() -> None:
    u, v = np.random.default_rng(1).random((2, DOY.size))
    with pytest.raises(FitError, match="only 10 pairs"):
        fit_seasonal_copula(u[:10], v[:10], DOY[:10])
    with pytest.raises(FitError, match="determines the other"):
        fit_seasonal_copula(u, u, DOY)
    with pytest.raises(FitError, match="criterion"):
        fit_seasonal_copula(u, v, DOY, criterion="best")
    with pytest.raises(FitError, match="window"):
        fit_seasonal_copula(u, v, DOY, window=0)
    with pytest.raises(FitError, match="fourier_order"):
        fit_seasonal_copula(u, v, DOY, fourier_order=40)
    with pytest.raises(FitError, match="no copula family"):
        fit_seasonal_copula(u, v, DOY, families=["normal"])


def test_tables_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(FitError, match="shape"):
        SeasonalCopula("frank", 0, np.ones((N_DOYS, 2)))
    with pytest.raises(FitError, match="declare the copula seasonal"):
        SeasonalCopula("frank", 0, course(2.0, 1.0)[:, np.newaxis])


def test_windows_close_around_the_turn_of_the_year() -> None:
    daily = np.random.default_rng(2).random(N_DOYS)
    sums = circular_window_sum(daily, 10)
    assert sums[3] == pytest.approx(daily[:14].sum() + daily[-7:].sum())
    assert sums[200] == pytest.approx(daily[190:211].sum())


def test_fourier_smoothing_keeps_low_harmonics_and_weighs() -> None:
    smooth = course(1.0, 0.3)
    spoilt = smooth.copy()
    spoilt[100:120] = 50.0
    weights = np.where(spoilt == smooth, 1.0, 0.0)
    np.testing.assert_allclose(fourier_smoothers(weights, 2)[1].smooth(spoilt), smooth, atol=1e-10)


def test_sampling_needs_a_generator_and_only_that() -> None:
    copula = known("frank", course(0.3, 0.1))
    first, second = (copula.sample(DOY, rng=np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    with pytest.raises(TypeError):
        copula.sample(DOY)  # type: ignore[call-arg]


def test_every_family_can_be_seasonal() -> None:
    u, v = np.random.default_rng(5).random((2, 400))
    for family in FAMILIES[1:]:
        low, high = family.tau_range(tuple(np.asarray(value) for value in family.shapes[:1]))
        truth = known(family.name, np.linspace(0.7 * low + 0.3 * high, 0.4 * low + 0.6 * high, N_DOYS), 0, family.shapes[:1])
        ranks = truth.h(v, u, DOY[:400])
        np.testing.assert_allclose(truth.h_inverse(ranks, u, DOY[:400]), v, atol=1e-5)
