"""Other records of the same climate: what a fit takes away is given back, and distributions change by what they say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

import weathercop
from varwg.streams import Streams
from weathercop._latent import LatentSpectrum
from weathercop._phases import MemberPhases, with_annual_harmonics
from weathercop._sampling import _MONTHS, OtherRecord, _by_day, _centred, _mean_of_record, _said

N_DAYS = 3652
ANGLE = 2.0 * np.pi * np.arange(N_DAYS) / 365.2425


def test_power_at_harmonics_is_given_back() -> None:
    """White noise without its seasonal cycle: power at its harmonics is that of others, which keep their proportions."""
    noise = np.random.default_rng(1).standard_normal((40, N_DAYS))
    basis, _ = np.linalg.qr(np.stack([f(n * ANGLE) for n in range(1, 6) for f in (np.cos, np.sin)], axis=1))
    spectrum = LatentSpectrum.of(noise - (noise @ basis) @ basis.T)
    whole = with_annual_harmonics(spectrum)
    harmonics = 10 * np.arange(1, 6)
    power = [np.abs(one.coefficients) ** 2 / N_DAYS for one in (spectrum, whole)]
    assert power[0][:, harmonics].mean() < 0.01
    # The mean of 200 squares has a standard error of 0.07.
    assert power[1][:, harmonics].mean() == pytest.approx(1.0, abs=0.3)
    others = np.setdiff1d(np.arange(1, power[0].shape[1]), harmonics)
    assert np.ptp(power[1][:, others] / power[0][:, others], axis=1) == pytest.approx(0.0, abs=1e-9)
    assert whole.realize(np.zeros(whole.n_phases(1)), N_DAYS).std(axis=-1) == pytest.approx(1.0)


def test_the_mean_of_a_record_varies_as_its_spectral_density_says() -> None:
    """AR(1) with memory 0.5: variance of the mean (1 + r) / (1 - r) / T, times 18 / 16 for Student's t.

    Standard error over 40 series of 1000 draws each about 6 %, as each series has a spectrum estimated from 9 frequencies.
    """
    rng = np.random.default_rng(2)
    series = np.zeros((40, N_DAYS))
    shocks = rng.standard_normal(series.shape)
    for day in range(1, N_DAYS):
        series[:, day] = 0.5 * series[:, day - 1] + shocks[:, day]
    spectrum = LatentSpectrum.of(series)
    means = np.array([_mean_of_record(spectrum, rng=rng) for _ in range(1000)])
    assert means.var(axis=0).mean() == pytest.approx(3.0 / N_DAYS * 18.0 / 16.0, rel=0.3)
    assert np.abs(means.mean(axis=0)).max() < 5.0 * np.sqrt(3.0 / N_DAYS / 1000) * 2.0


def test_few_frequencies_leave_the_variance_of_the_mean_uncertain() -> None:
    """Student's t of 18 degrees of freedom has a variance of 18 / 16; of 6000 draws it has a standard error of 0.023."""
    spectrum = LatentSpectrum.of(np.random.default_rng(5).standard_normal((1, N_DAYS)))
    rng = np.random.default_rng(6)
    means = np.array([_mean_of_record(spectrum, rng=rng)[0] for _ in range(6000)])
    power = np.mean(np.abs(spectrum.coefficients[0, 1:10]) ** 2) / N_DAYS**2
    assert means.var() / power == pytest.approx(18.0 / 16.0, abs=0.07)


def test_what_months_say_counts_in_their_middles_and_between_them_by_distance() -> None:
    """April has its value between its 15th and 16th, half a step less at its beginning, and December leads up to January."""
    times = np.arange("2001-01-01", "2002-01-01", dtype="datetime64[D]").astype("datetime64[s]")
    days = _by_day(np.arange(12.0), times)
    assert days[[104, 105]].mean() == pytest.approx(3.0)
    assert days[[89, 90]].mean() == pytest.approx(2.5, abs=0.001)
    assert days[[364, 0]].mean() == pytest.approx(5.5)


def other_record(
    n_days: int, dry: float, *, means: float = 0.0, spreads: float = 1.0, rises: float = 0.0, shape: float = 0.0
) -> OtherRecord:
    shape_of = (1, 1, n_days)
    all_means, all_spreads, all_rises = (np.full(shape_of, value) for value in (means, spreads, rises))
    return OtherRecord(all_means, all_spreads, all_rises, np.full((1, 1, 9), shape), np.full(shape_of, dry))


def test_a_record_that_says_the_same_changes_nothing() -> None:
    scores = np.random.default_rng(3).standard_normal((1, 1, 5000))
    assert np.array_equal(other_record(5000, -np.inf).apply(scores), scores)
    same = other_record(5000, 0.3).apply(scores)
    assert same == pytest.approx(scores, abs=1e-9)
    assert np.array_equal(same > 0.3, scores > 0.3)


def test_wet_days_and_their_amounts_change_by_what_is_said() -> None:
    """Each day exactly: wet where the score is above the higher threshold, and shifted within the wet part."""
    scores = np.linspace(-4.0, 4.0, 4001).reshape(1, 1, -1)
    changed = other_record(4001, 0.3, rises=0.2, means=0.1, shape=0.15).apply(scores)[0, 0]
    assert np.all(np.diff(changed) >= 0.0)
    assert np.array_equal(changed > 0.3, scores[0, 0] > 0.5)
    wet = changed > 0.3
    before = special.ndtr(-scores[0, 0, wet]) / special.ndtr(-0.5)
    after = special.ndtr(-changed[wet]) / special.ndtr(-0.3)
    assert special.ndtri(before) - special.ndtri(after) == pytest.approx(0.25, abs=1e-6)


def test_what_a_record_says_is_what_it_was_made_with() -> None:
    """Scores of many days that differ as a record may: each entry within five standard errors."""
    rng = np.random.default_rng(4)
    n_days = 240_000
    months = np.arange(n_days) % _MONTHS
    dry = np.stack([np.full(n_days, -np.inf), np.full(n_days, 0.4)])[None]
    scores = np.stack([0.2 + 1.1 * rng.standard_normal(n_days), rng.standard_normal(n_days) - 0.1])[None]
    means, spreads, thresholds, shapes = _said(scores, np.ones(scores.shape, dtype=bool), months, dry)
    assert means[0, 0] == pytest.approx(0.2, abs=5 * 1.1 / np.sqrt(20_000))
    assert spreads[0, 0] == pytest.approx(1.1, abs=5 * 1.1 / np.sqrt(40_000))
    assert thresholds[0, 1] == pytest.approx(0.1, abs=5 * 1.3 / np.sqrt(20_000))
    # Of a normal distribution that is lower by 0.1, scores beyond a threshold have another shape there.
    ranks = special.ndtr(np.arange(-1.5, 2.51, 0.5))
    wanted = -special.ndtri((1.0 - ranks) * special.ndtr(-0.5)) - 0.1
    wanted = -special.ndtri(special.ndtr(-wanted) / special.ndtr(-0.4)) - np.arange(-1.5, 2.51, 0.5)
    assert shapes[0, 1] == pytest.approx(wanted, abs=0.06)


def test_the_mean_frequency_of_wet_days_is_that_of_the_model() -> None:
    thresholds = 0.3 * np.random.default_rng(5).standard_normal((40, 1, 1, _MONTHS)) + 0.2
    dry = np.full((1, 1, 1200), 1.1)
    centred = _centred(thresholds, dry, np.arange(1200) % _MONTHS)
    assert special.ndtr(-1.1 - centred).mean(axis=0) == pytest.approx(special.ndtr(-1.1), abs=1e-9)


def lag_one(series: list[np.ndarray]) -> np.ndarray:
    return np.array([np.corrcoef(one[:-1], one[1:])[0, 1] for one in series])


@pytest.mark.parametrize("n_days", [1461, 4000])
def test_memory_varies_as_much_however_long_members_are(n_days: int) -> None:
    """AR(1) with memory r: the standard deviation of the lag-1 correlation is sqrt((1 - r^2) / T), T days of the record.

    From 200 members of a record of 1461 days, standard error 5 %, and 10 % for a spectrum that is that of one record.
    """
    series = np.zeros((1, 1461))
    shocks = np.random.default_rng(6).standard_normal(1461)
    for day in range(1, 1461):
        series[0, day] = 0.6 * series[0, day - 1] + shocks[day]
    phases = MemberPhases.of(LatentSpectrum.of(series), n_days, spread="sampling")
    streams = [weathercop.realization_rng(number) for number in range(200)]
    drawn = [phases.draw(Streams.of(rng)) for rng in streams]
    found = lag_one([one.spectrum.realize(one.phases, n_days)[0] for one in drawn])
    assert found.std() == pytest.approx(np.sqrt((1.0 - 0.36) / 1461), rel=0.35)


def test_the_wet_part_of_a_dry_place_is_left_alone() -> None:
    """With fewer wet days than a month of them, a record says nothing of amounts."""
    scores = np.full((1, 1, 1200), -1.0)
    scores[0, 0, ::100] = 3.0
    dry, months = np.full(scores.shape, 2.3), np.arange(1200) % _MONTHS
    means, _, thresholds, shapes = _said(scores, np.ones(scores.shape, dtype=bool), months, dry)
    assert not means.any() and not shapes.any()
    assert np.isfinite(thresholds).all()
