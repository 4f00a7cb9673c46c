"""Seeds, named streams and front doors: the same bits whoever asks, in whatever order, and nobody else's bits."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import MT19937, PCG64, Generator, SeedSequence, default_rng
from numpy.random.bit_generator import ISeedSequence
from scipy import stats

import varwg
from varwg.errors import RngError, SeedError
from varwg.streams import (
    Streams,
    as_generator,
    front_door,
    realization_rng,
    realization_seed,
    require_generator,
    seed_sequence,
)

ROOT = Path(varwg.__file__).parents[1]

SEEDS_128 = st.integers(0, 2**128 - 1)
SEEDS = st.one_of(SEEDS_128, st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=4))
PARTS = st.one_of(st.text(max_size=8), st.integers(-(2**40), 2**40))
ADDRESSES = st.tuples(st.text(max_size=8)) | st.tuples(st.text(max_size=8), PARTS)


def words(seed: SeedSequence) -> tuple[int, ...]:
    """128 bits that tell one stream from another."""
    return tuple(int(word) for word in seed.generate_state(4))


def in_threads(tasks: list[Callable[[], Any]], n_threads: int) -> list[Any]:
    """Results of the tasks in their order, computed on threads that switch as often as Python can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(n_threads) as pool:
            return [future.result() for future in [pool.submit(task) for task in tasks]]
    finally:
        sys.setswitchinterval(interval)


class WithoutSpawn(ISeedSequence):
    """A seed sequence that can seed a bit generator but has no children."""

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> Any:
        return np.arange(1, n_words + 1, dtype=dtype)


# Realisations


@given(seed=SEEDS, n=st.integers(1, 12))
def test_child_by_address_is_the_child_that_spawn_returns(seed: int | list[int], n: int) -> None:
    spawned = SeedSequence(seed).spawn(n)
    assert [words(realization_seed(i, seed)) for i in range(n)] == [words(child) for child in spawned]
    assert [realization_seed(i, seed).spawn_key for i in range(n)] == [child.spawn_key for child in spawned]


@given(parent=SEEDS_128, key=st.lists(st.integers(0, 2**32 - 1), max_size=3), i=st.integers(0, 5))
def test_child_of_a_child_keeps_the_whole_address(parent: int, key: list[int], i: int) -> None:
    sequence = SeedSequence(parent, spawn_key=tuple(key), pool_size=8)
    before = sequence.state
    child = realization_seed(i, sequence)
    assert sequence.state == before
    assert words(child) == words(sequence.spawn(i + 1)[i])


@given(i=SEEDS_128)
def test_without_a_seed_the_number_is_the_seed(i: int) -> None:
    assert words(realization_seed(i)) == words(SeedSequence(i))
    assert realization_rng(i).random() == default_rng(i).random()


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.none() | SEEDS_128), min_size=2, max_size=8, unique=True))
def test_different_members_never_share_a_seed(members: list[tuple[int, int | None]]) -> None:
    seeds = {words(realization_seed(i, seed)) for i, seed in members}
    assert len(seeds) == len(members)


@pytest.mark.parametrize("seed", [None, 0, 7, 2**127 + 1, [1, 2, 3]])
def test_members_of_an_ensemble_draw_different_numbers(seed: Any) -> None:
    first = [realization_rng(i, seed).bytes(16) for i in range(2000)]
    assert len(set(first)) == 2000


def test_fresh_generator_each_time() -> None:
    one, two = realization_rng(3, 5), realization_rng(3, 5)
    assert one.random() == two.random()
    assert one.bit_generator is not two.bit_generator


def test_small_consecutive_seeds_give_unrelated_members() -> None:
    """First draws of 5000 members are uniform and uncorrelated with the next member's.

    Both limits have a false alarm probability of 1e-6 for a random seed; these seeds are fixed.
    """
    for seed in (None, 1):
        draws = np.array([realization_rng(i, seed).random() for i in range(5000)])
        assert stats.kstest(draws, "uniform").pvalue > 1e-6
        assert stats.pearsonr(draws[1:], draws[:-1]).pvalue > 1e-6


def test_any_thread_and_any_order_gives_the_same_members() -> None:
    serial = [realization_rng(i, 2**100 + 17).bytes(32) for i in range(200)]
    shared = SeedSequence(2**100 + 17)

    def drawn(i: int) -> bytes:
        return realization_rng(i, shared).bytes(32)

    order = list(range(200))
    random.Random(1).shuffle(order)
    threaded = in_threads([partial(drawn, i) for i in order], 8)
    assert dict(zip(order, threaded, strict=True)) == dict(enumerate(serial))
    assert shared.n_children_spawned == 0


@pytest.mark.parametrize("i", [2**32, 2**64])
def test_number_beyond_the_children_of_a_seed_is_refused(i: int) -> None:
    """NumPy would take child 2**32 for child 1 of child 0."""
    assert words(SeedSequence(5, spawn_key=(2**32,))) == words(SeedSequence(5, spawn_key=(0, 1)))
    with pytest.raises(SeedError, match=r"below 2\*\*32"):
        realization_seed(i, 5)


@pytest.mark.parametrize("i", [True, 1.0, "1", None, np.bool_(True), np.float64(1)])
def test_number_that_is_no_int_is_refused(i: Any) -> None:
    with pytest.raises(RngError, match=r"realisation number i is .* non-negative int"):
        realization_seed(i)


def test_negative_number_is_refused() -> None:
    with pytest.raises(SeedError, match=r"realisation number i is -3, .* for example 3"):
        realization_seed(-3)


@pytest.mark.parametrize("source", [default_rng(1), PCG64(1)])
def test_a_position_in_a_stream_is_no_seed(source: Any) -> None:
    with pytest.raises(RngError, match=r"pass the int or the numpy\.random\.SeedSequence"):
        realization_seed(0, source)


# Front doors


@given(seed=SEEDS)
def test_seeds_become_what_numpy_makes_of_them(seed: int | list[int]) -> None:
    expected = default_rng(seed).bytes(16)
    assert as_generator(seed).bytes(16) == expected
    assert as_generator(SeedSequence(seed)).bytes(16) == expected
    assert as_generator(PCG64(seed)).bytes(16) == expected
    assert as_generator(np.array([seed] if isinstance(seed, int) else seed, dtype=object)).bytes(16) == expected


@pytest.mark.parametrize("seed", [np.int64(7), np.uint8(7), (7,), np.array([7]), range(7, 8), [np.int32(7)]])
def test_numpy_integers_and_other_sequences(seed: Any) -> None:
    assert as_generator(seed).random() == default_rng(7).random()


@pytest.mark.parametrize("bit_generator", [PCG64, MT19937])
def test_bit_generator_is_used_and_advances(bit_generator: Any) -> None:
    source = bit_generator(4)
    rng = as_generator(source)
    assert rng.bit_generator is source
    assert as_generator(bit_generator(4)).random() == rng.random()


def test_generator_is_the_callers_own() -> None:
    rng = default_rng(4)
    assert as_generator(rng) is rng
    assert front_door(rng, caller="f()") is rng


def test_subclass_of_generator_becomes_a_plain_one_on_its_stream() -> None:
    class Own(Generator):
        pass

    own = Own(PCG64(4))
    plain = as_generator(own)
    assert type(plain) is Generator
    drawn = [plain.random(), own.random(), plain.random()]
    assert drawn == list(default_rng(4).random(3))


def test_seed_sequence_of_the_caller_is_not_touched() -> None:
    sequence = SeedSequence(8)
    sequence.spawn(2)
    rng = as_generator(sequence)
    rng.spawn(3)
    assert sequence.n_children_spawned == 2
    assert seed_sequence(sequence).state == sequence.state
    assert seed_sequence(sequence) is not sequence


def test_none_is_fresh_and_can_be_recorded() -> None:
    one, two = as_generator(None), as_generator(None)
    assert one.random() != two.random()
    seed = one.bit_generator.seed_seq
    assert isinstance(seed, SeedSequence) and isinstance(seed.entropy, int)
    assert words(seed_sequence(None)) != words(seed_sequence(None))


REFUSED: list[Any] = [
    pytest.param(True, "True of type bool", id="bool"),
    pytest.param(np.bool_(False), "of type bool", id="numpy bool"),
    pytest.param(1.5, "1.5 of type float", id="float"),
    pytest.param(float("nan"), "nan of type float", id="nan"),
    pytest.param(np.float64(3), "of type float64", id="numpy float"),
    pytest.param("42", "'42' of type str", id="str"),
    pytest.param(b"42", "of type bytes", id="bytes"),
    pytest.param(-3, "is -3", id="negative"),
    pytest.param(np.int64(-3), "is -3", id="numpy negative"),
    pytest.param([1, -2], "seed word is -2", id="negative word"),
    pytest.param([1, 2.0], "seed word is 2.0 of type float", id="float word"),
    pytest.param([True], "seed word is True of type bool", id="bool word"),
    pytest.param([], "empty sequence", id="empty"),
    pytest.param(np.ones((2, 2), dtype=int), "of type ndarray", id="matrix"),
    pytest.param(np.random, "the module numpy.random", id="numpy.random"),
    pytest.param(np.random.RandomState(1), "a legacy numpy.random.RandomState", id="RandomState"),
    pytest.param(random, "of type module", id="random"),
    pytest.param(default_rng, "of type", id="default_rng not called"),
    pytest.param({"seed": 1}, "of type dict", id="dict"),
    pytest.param(
        Generator(np.random.RandomState(1)._bit_generator),
        "MT19937 without a numpy.random.SeedSequence",
        id="Generator of a RandomState",
    ),
    pytest.param(Generator(PCG64(WithoutSpawn())), "PCG64 without a numpy.random.SeedSequence", id="cannot spawn"),  # type: ignore[arg-type]
    pytest.param(PCG64(WithoutSpawn()), "PCG64 without a numpy.random.SeedSequence", id="BitGenerator cannot spawn"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("rng", "found"), REFUSED)
def test_refused_with_one_sentence_that_shows_the_fix(rng: Any, found: str) -> None:
    with pytest.raises(RngError) as caught:
        front_door(rng, caller="f()")
    message = str(caught.value)
    assert found in message
    assert "pass " in message.partition(":")[2]
    assert "\n" not in message
    assert len(message) < 250


@given(st.one_of(st.booleans(), st.floats(), st.text(), st.binary(), st.complex_numbers(), st.integers(max_value=-1), st.dates()))
def test_refusals_are_type_errors(rng: Any) -> None:
    with pytest.raises(TypeError):
        as_generator(rng)


@given(st.integers(max_value=-1))
def test_negative_seed_is_a_value_error_too(seed: int) -> None:
    with pytest.raises(ValueError, match=f"for example {-seed}"):
        as_generator(seed)


@pytest.mark.parametrize(
    ("rng", "fix"),
    [
        (7, "default_rng(7)"),
        (np.int64(7), "default_rng(7)"),
        (None, "default_rng(42)"),
        (True, "default_rng(42)"),
        (SeedSequence(1), "default_rng("),
        (np.random, "the module numpy.random"),
    ],
)
def test_inside_only_a_generator_will_do(rng: Any, fix: str) -> None:
    with pytest.raises(TypeError) as caught:
        require_generator(rng)
    assert fix in str(caught.value)
    with pytest.raises(TypeError):
        Streams.of(rng)


def test_generator_passes_inside() -> None:
    rng = default_rng(1)
    assert require_generator(rng) is rng


# Named streams


@given(seed=SEEDS_128, asked=st.lists(ADDRESSES, min_size=1, max_size=6, unique=True))
@settings(max_examples=50)
def test_a_stream_depends_on_its_name_alone(seed: int, asked: list[tuple[Any, ...]]) -> None:
    alone = {address: words(Streams.of(default_rng(seed)).seed(*address)) for address in asked}
    together = Streams.of(default_rng(seed))
    for address in reversed(asked):
        together.generator(*address).random(3)
        assert words(together.seed(*address)) == alone[address]
    assert len(set(alone.values())) == len(asked)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (("rain", 1), ("rain", "1")),
        (("rain",), ("rain", "")),
        (("rain", 0), ("rain",)),
        (("ab", "c"), ("a", "bc")),
        (("a", "b"), ("b", "a")),
        (("rain", "int:1"), ("rain", 1)),
        (("rain", -1), ("rain", 1)),
        (("rain", 2**64), ("rain", 0, 1)),
    ],
)
def test_addresses_that_look_alike_are_different(one: tuple[Any, ...], two: tuple[Any, ...]) -> None:
    streams = Streams.of(default_rng(3))
    assert words(streams.seed(*one)) != words(streams.seed(*two))


def test_labels_taken_from_arrays_are_the_same_names() -> None:
    streams = Streams.of(default_rng(3))
    station, number = np.array(["Aachen"])[0], np.arange(5)[4]
    assert words(streams.seed("phases", station, number)) == words(streams.seed("phases", "Aachen", 4))


@pytest.mark.parametrize("part", [True, 1.5, None, b"rain", ("rain",)])
def test_other_names_are_refused(part: Any) -> None:
    streams = Streams.of(default_rng(3))
    with pytest.raises(RngError, match="pass a str or int"):
        streams.seed(part)
    with pytest.raises(RngError, match="pass a str or int"):
        streams.seed("rain", part)


def test_adding_a_purpose_or_a_draw_moves_nothing() -> None:
    def stages(order: tuple[str, ...], extra: int) -> dict[str, bytes]:
        streams = Streams.of(default_rng(11))
        drawn = {}
        for purpose in order:
            rng = streams.generator(purpose)
            drawn[purpose] = rng.bytes(64)
            rng.random(extra)
        return drawn

    reference = stages(("phases", "dry days", "episodes"), 0)
    for order in permutations(("phases", "a new stage", "dry days", "episodes")):
        drawn = stages(order, 7)
        assert {purpose: drawn[purpose] for purpose in reference} == reference


def test_streams_of_members_and_purposes_are_all_different() -> None:
    purposes = ("phases", "dry days", "episodes", "disaggregation")
    addresses = [(purpose, station) for purpose in purposes for station in ("A", "B", 0, 1)]
    roots = [Streams.of(realization_rng(i, seed)) for seed in (None, 1, 2) for i in range(40)]
    seeds = {words(root.seed(*address)) for root in roots for address in addresses}
    starts = {root.generator(*address).bytes(16) for root in roots for address in addresses}
    assert len(seeds) == len(starts) == len(roots) * len(addresses)
    assert not seeds & {words(realization_seed(i, seed)) for seed in (None, 1, 2) for i in range(40)}


def test_streams_are_uncorrelated() -> None:
    """No pair of streams of 20 000 normal draws correlates by more than 5 standard errors, at lags -1, 0 and 1.

    36 pairs and 3 lags: false alarm 108 * 5.7e-7 = 6e-5 for a random seed; this one is fixed. The caller's own stream,
    which goes on after the call, is one of them.
    """
    n = 20_000
    rng = default_rng(5)
    streams = Streams.of(rng)
    addresses: list[tuple[Any, ...]] = [
        ("phases",),
        ("dry days",),
        ("phases", "A"),
        ("phases", "B"),
        ("phases", 1),
        ("phases", "1"),
    ]
    series = [streams.generator(*address).standard_normal(n) for address in addresses]
    series += [realization_rng(i, 5).standard_normal(n) for i in range(2)] + [rng.standard_normal(n)]
    for one, two in combinations(series, 2):
        for lag in (-1, 0, 1):
            assert abs(np.mean(one * np.roll(two, lag))) < 5 / np.sqrt(n)


def test_a_call_takes_128_bits_of_the_callers_stream() -> None:
    rng, twin = default_rng(9), default_rng(9)
    root = Streams.of(rng).root
    assert root.entropy == int.from_bytes(twin.bytes(16), "little")
    assert rng.random() == twin.random()
    assert words(Streams.of(rng).root) != words(root)


def test_calls_that_share_a_generator_between_threads_get_different_streams() -> None:
    rng = default_rng(12)
    roots = in_threads([lambda: words(Streams.of(rng).root) for _ in range(500)], 8)
    assert len(set(roots)) == 500


def test_streams_from_many_threads_in_any_order() -> None:
    addresses = [("stage", i % 7, str(i)) for i in range(300)]
    serial = [Streams.of(default_rng(2)).generator(*address).bytes(16) for address in addresses]
    streams = Streams.of(default_rng(2))

    def drawn(i: int) -> bytes:
        return streams.generator(*addresses[i]).bytes(16)

    order = list(range(300))
    random.Random(3).shuffle(order)
    threaded = in_threads([partial(drawn, i) for i in order], 16)
    assert [threaded[order.index(i)] for i in range(300)] == serial


def test_address_keeps_key_and_pool_of_its_root() -> None:
    root = SeedSequence(1, spawn_key=(4,), pool_size=8)
    seed = Streams(root).seed("rain")
    assert seed.entropy == 1
    assert seed.spawn_key[0] == 4
    assert seed.pool_size == 8
    assert root.n_children_spawned == 0


def test_names_mean_the_same_in_every_process() -> None:
    code = (
        "from varwg.streams import Streams, realization_rng;"
        "print(Streams.of(realization_rng(3, 2**127)).generator('phases', 'Aachen', 2).bytes(16).hex())"
    )
    expected = Streams.of(realization_rng(3, 2**127)).generator("phases", "Aachen", 2).bytes(16).hex()
    for hash_seed in ("0", "12345"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
        result = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        assert result.stdout.strip() == expected


def test_nothing_touches_numpys_global_state_or_a_bystander() -> None:
    bystander = default_rng(1)
    before = (repr(np.random.get_state()), random.getstate(), bystander.bit_generator.state)  # noqa: NPY002
    realization_rng(1, 2).random()
    Streams.of(as_generator(3)).generator("rain", 1).random(10)
    as_generator(None).random()
    after = (repr(np.random.get_state()), random.getstate(), bystander.bit_generator.state)  # noqa: NPY002
    assert after == before


def test_none_at_a_front_door_is_fresh_on_every_call() -> None:
    drawn: list[float] = []
    thread = threading.Thread(target=lambda: drawn.extend(front_door(None, caller="f()").random() for _ in range(3)))
    thread.start()
    thread.join()
    assert len(set(drawn)) == 3
