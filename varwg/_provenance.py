"""What made a result: seed, bit generator and versions, in a form that a file can hold and a reader can use again."""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator, SeedSequence

from varwg.errors import StoreError


@dataclass(frozen=True)
class Provenance:
    """The state of a Generator when a call received it.

    Attributes
    ----------
    entropy : str
        Entropy of its seed sequence in hexadecimal; several words are separated by spaces.
    spawn_key : tuple of int
        Address of the seed sequence below that entropy.
    bit_generator : str
        Name of the bit generator, for example "PCG64".
    state : str
        State of the bit generator as JSON if numbers had been drawn from it before, else empty.
    """

    entropy: str
    spawn_key: tuple[int, ...]
    bit_generator: str
    state: str = ""

    @classmethod
    def of(cls, rng: Generator) -> Provenance:
        """Provenance of a call that is about to draw from `rng`; draws nothing itself."""
        bit_generator = rng.bit_generator
        seed = bit_generator.seed_seq
        name = type(bit_generator).__name__
        if not isinstance(seed, SeedSequence):
            return cls("", (), name, _state_text(bit_generator.state))
        fresh = type(bit_generator)(SeedSequence(seed.entropy, spawn_key=seed.spawn_key, pool_size=seed.pool_size))
        state = _state_text(bit_generator.state)
        return cls(entropy_text(seed), tuple(seed.spawn_key), name, "" if state == _state_text(fresh.state) else state)

    def generator(self) -> Generator:
        """A Generator in the recorded state.

        Raises
        ------
        StoreError
            If the bit generator is not one of NumPy's.
        """
        kind = getattr(np.random, self.bit_generator, None)
        if not (isinstance(kind, type) and issubclass(kind, np.random.BitGenerator)):
            raise StoreError(f"bit generator {self.bit_generator!r} is not one of numpy.random, so it cannot be set up.")
        bit_generator = kind(SeedSequence(entropy_from_text(self.entropy), spawn_key=self.spawn_key))
        if self.state:
            bit_generator.state = _state_from_text(self.state)
        return Generator(bit_generator)

    def attributes(self) -> dict[str, str]:
        """As text attributes for a file."""
        attributes = {
            "entropy": self.entropy,
            "spawn_key": " ".join(map(str, self.spawn_key)),
            "bit_generator": self.bit_generator,
        }
        return attributes | ({"bit_generator_state": self.state} if self.state else {})

    @classmethod
    def from_attributes(cls, attributes: Any) -> Provenance:
        """The provenance that `attributes` (of a file or a DataArray) describe.

        Raises
        ------
        StoreError
            If they do not hold one.
        """
        try:
            spawn_key = tuple(int(part) for part in str(attributes["spawn_key"]).split())
            return cls(
                str(attributes["entropy"]),
                spawn_key,
                str(attributes["bit_generator"]),
                str(attributes.get("bit_generator_state", "")),
            )
        except (KeyError, ValueError) as error:
            raise StoreError(f"the attributes record no seed ({error}); only files that were simulated have one.") from error


def entropy_text(seed: SeedSequence) -> str:
    """Entropy of a seed sequence as hexadecimal text."""
    entropy = seed.entropy
    if entropy is None:
        return ""
    words = [entropy] if isinstance(entropy, (int, np.integer)) else list(entropy)
    return " ".join(hex(int(word)) for word in words)


def entropy_from_text(text: str) -> int | list[int]:
    """The inverse of `entropy_text`."""
    words = [int(word, 16) for word in text.split()]
    return words[0] if len(words) == 1 else words


def versions() -> dict[str, str]:
    """Versions that a result depends on."""
    import scipy

    from varwg import __version__

    return {
        "version": __version__,
        "numpy_version": np.__version__,
        "scipy_version": scipy.__version__,
        "python_version": platform.python_version(),
    }


def _state_text(state: Any) -> str:
    return json.dumps(_plain(state), sort_keys=True)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return {"uint64": [int(item) for item in value]}
    return int(value) if isinstance(value, np.integer) else value


def _state_from_text(text: str) -> Any:
    return json.loads(text, object_hook=lambda d: np.array(d["uint64"], dtype=np.uint64) if set(d) == {"uint64"} else d)
