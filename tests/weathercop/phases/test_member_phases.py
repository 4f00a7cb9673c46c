"""What a member draws: the phases it always drew unless something is asked for, and the same for external series."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from scipy import signal

from varwg.errors import ScenarioError
from varwg.streams import Streams
from weathercop._latent import LatentSpectrum
from weathercop._phases import MemberPhases


@pytest.fixture(scope="module")
def spectrum() -> LatentSpectrum:
    return LatentSpectrum.of(np.random.default_rng(3).standard_normal((2, 800)))


def streams(seed: int = 1) -> Streams:
    return Streams.of(np.random.default_rng(seed))


@pytest.mark.parametrize("n_days", [300, 800, 2000])
def test_by_default_members_draw_phases_and_nothing_else(spectrum: LatentSpectrum, n_days: int) -> None:
    drawn = MemberPhases.of(spectrum, n_days).draw(streams())
    assert drawn.spectrum is spectrum and MemberPhases.of(spectrum, n_days).neutral
    assert np.array_equal(drawn.phases, spectrum.draw_phases(n_days, rng=streams().generator("phases")))


@pytest.mark.parametrize("n_days", [300, 800, 2000])
def test_holding_periods_and_resampling_amplitudes_move_no_other_phase(spectrum: LatentSpectrum, n_days: int) -> None:
    plain = MemberPhases.of(spectrum, n_days, keep_periods=[(30.0, 100.0)])
    resampling = MemberPhases.of(spectrum, n_days, keep_periods=[(30.0, 100.0)], amplitude_width=5)
    drawn = resampling.draw(streams())
    assert np.array_equal(drawn.phases, plain.draw(streams()).phases)
    assert (drawn.phases[resampling.held] == 0.0).all() and resampling.held.any()
    assert (drawn.phases[~resampling.held] > 0.0).all()
    held = np.flatnonzero(resampling.held)
    assert np.array_equal(drawn.spectrum.coefficients[:, held], plain.spectrum.coefficients[:, held])
    assert not np.array_equal(drawn.spectrum.coefficients, plain.spectrum.coefficients)
    assert drawn.spectrum.realize(drawn.phases, n_days).shape == (2, n_days)


def test_a_member_is_a_function_of_its_streams(spectrum: LatentSpectrum) -> None:
    phases = MemberPhases.of(spectrum, 800, amplitude_width=5)
    first, again, other = (phases.draw(streams(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first.spectrum.coefficients, again.spectrum.coefficients)
    assert np.array_equal(first.phases, again.phases)
    assert not np.array_equal(first.spectrum.coefficients, other.spectrum.coefficients)


def test_series_fitted_apart_are_resampled_together(spectrum: LatentSpectrum) -> None:
    """A spectrum that holds the first series alone gives that series bit for bit."""
    alone = LatentSpectrum(spectrum.coefficients[:1], spectrum.n_days)
    options: dict[str, Any] = {"keep_periods": [(100.0, np.inf)], "amplitude_width": 6}
    both, one = (MemberPhases.of(s, 1500, **options).draw(streams()) for s in (spectrum, alone))
    assert np.allclose(both.spectrum.realize(both.phases, 1500)[0], one.spectrum.realize(both.phases, 1500)[0], atol=1e-12)


def test_members_cut_from_longer_series_differ_in_their_means() -> None:
    """AR(1) of 800 days: the sd of 400 means against theory; their standard error is 4 %, the tolerance five times that."""
    series = signal.lfilter([1.0], [1.0, -0.6], np.random.default_rng(5).standard_normal((1, 800)))
    spectrum = LatentSpectrum.of(series)
    sds = []
    for stretch in (1, 3):
        phases = MemberPhases.of(spectrum, 800, stretch=stretch)
        drawn = (phases.draw(streams(seed)) for seed in range(400))
        members = np.array([member.spectrum.realize(member.phases, 800)[0] for member in drawn])
        assert members.shape == (400, 800) and members.var() == pytest.approx(1.0, abs=0.03)
        sds.append(members.mean(axis=1).std())
    lowest = (np.abs(spectrum.coefficients[0, 1]) ** 2) / 800**2
    assert sds[0] < 1e-12
    assert sds[1] == pytest.approx(np.sqrt(lowest), rel=0.25)


@pytest.mark.parametrize("n_days", [300, 800, 1500])
def test_stretching_goes_with_held_periods_and_resampling(spectrum: LatentSpectrum, n_days: int) -> None:
    phases = MemberPhases.of(spectrum, n_days, amplitude_width=4, keep_periods=[(100.0, np.inf)], stretch=2)
    drawn = phases.draw(streams())
    assert drawn.spectrum.n_days >= 2 * n_days and drawn.phases.size == phases.frequencies.size
    assert (drawn.phases[phases.held] == 0.0).all()
    band = np.where(phases.mask.held(spectrum.frequencies(1)), spectrum.coefficients, 0.0)
    record = np.tile(np.fft.irfft(band, n=800, axis=-1), 2)[:, :n_days]
    only = np.where(phases.held, drawn.spectrum.coefficients, 0.0)
    assert np.allclose(np.fft.irfft(only, n=drawn.spectrum.n_days, axis=-1)[:, :n_days], record, atol=1e-10)


def test_only_whole_numbers(spectrum: LatentSpectrum) -> None:
    for options in (
        {"stretch": 0},
        {"stretch": 1.5},
        {"stretch": True},
        {"amplitude_width": 2.5},
        {"amplitude_width": -1},
        {"amplitude_width": True},
    ):
        with pytest.raises(ScenarioError, match="whole number"):
            MemberPhases.of(spectrum, 800, **options)


def test_it_says_what_it_does(spectrum: LatentSpectrum) -> None:
    text = MemberPhases.of(spectrum, 800, keep_periods=[(30, 100)], amplitude_width=5).to_json()
    assert not MemberPhases.of(spectrum, 800, stretch=2).neutral
    assert json.loads(text) == {"amplitude_width": 5, "keep_periods": [[30.0, 100.0]], "stretch": 1}
