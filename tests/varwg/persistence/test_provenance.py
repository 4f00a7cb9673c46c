"""What a result says of its origin is enough to make it again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from varwg._provenance import Provenance, entropy_from_text, entropy_text
from varwg.errors import StoreError
from varwg.streams import realization_rng


@given(entropy=st.one_of(st.integers(0, 2**130), st.lists(st.integers(0, 2**32 - 1), min_size=2, max_size=6)))
def test_entropy_goes_through_text(entropy: int | list[int]) -> None:
    seed = np.random.SeedSequence(entropy)
    again = np.random.SeedSequence(entropy_from_text(entropy_text(seed)))
    assert np.array_equal(seed.generate_state(4), again.generate_state(4))


@pytest.mark.parametrize("bit_generator", ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"])
@pytest.mark.parametrize("n_drawn", [0, 1, 7])
def test_a_generator_is_restored_with_what_it_has_drawn(bit_generator: str, n_drawn: int) -> None:
    rng = np.random.Generator(getattr(np.random, bit_generator)(11))
    rng.integers(0, 2**31, n_drawn, dtype=np.uint32)
    restored = Provenance.from_attributes(Provenance.of(rng).attributes()).generator()
    assert np.array_equal(rng.random(5), restored.random(5))


def test_asking_draws_nothing() -> None:
    rng = np.random.default_rng(3)
    Provenance.of(rng)
    assert rng.random() == np.random.default_rng(3).random()


def test_a_member_is_told_by_entropy_and_spawn_key_alone() -> None:
    attributes = Provenance.of(realization_rng(4, seed=2**100)).attributes()
    assert attributes == {"entropy": hex(2**100), "spawn_key": "4", "bit_generator": "PCG64"}


@pytest.mark.parametrize("attributes", [{}, {"entropy": "0x1", "spawn_key": "x", "bit_generator": "PCG64"}])
def test_attributes_without_a_seed_are_refused(attributes: dict[str, Any]) -> None:
    with pytest.raises(StoreError, match="no seed"):
        Provenance.from_attributes(attributes)


@pytest.mark.parametrize("name", ["os", "Generator", "RandomState", "nothing"])
def test_only_bit_generators_of_numpy_are_set_up(name: str) -> None:
    with pytest.raises(StoreError, match="none of PCG64, PCG64DXSM, MT19937, Philox, SFC64"):
        Provenance("0x1", (), name).generator()
