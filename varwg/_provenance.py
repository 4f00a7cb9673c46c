"""What made a result: seed, bit generator and versions, in a form that a file can hold and a reader can use again."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.random import Generator, SeedSequence

from varwg.errors import StoreError

#: Instructions by which results of NumPy differ in their last bits.
_INSTRUCTIONS: Final = ("FMA3", "AVX2", "AVX512F", "AVX512_SKX", "ASIMD", "SVE", "VSX3", "VXE")
_LONGEST_JSON: Final = 2**26
_DEEPEST_JSON: Final = 40
_WORD, _LONG, _HUGE = 2**32 - 1, 2**64 - 1, 2**128 - 1
_SPARE: Final = (("has_uint32", ((), 1)), ("uinteger", ((), _WORD)))
#: The bit generators that results are made with: shapes and largest values of the entries of their states.
_STATES: Final[Mapping[str, Mapping[str, tuple[tuple[int, ...], int]]]] = MappingProxyType(
    {
        name: MappingProxyType(dict(entries))
        for name, entries in (
            ("PCG64", (("state.state", ((), _HUGE)), ("state.inc", ((), _HUGE)), *_SPARE)),
            ("PCG64DXSM", (("state.state", ((), _HUGE)), ("state.inc", ((), _HUGE)), *_SPARE)),
            ("MT19937", (("state.key", ((624,), _WORD)), ("state.pos", ((), 624)))),
            (
                "Philox",
                (
                    ("state.counter", ((4,), _LONG)),
                    ("state.key", ((2,), _LONG)),
                    ("buffer", ((4,), _LONG)),
                    ("buffer", ((4,), _LONG)),
                    ("buffer_pos", ((), 4)),
                ),
            ),
            ("SFC64", (("state.state", ((4,), _LONG)), *_SPARE)),
        )
    }
)


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
        if self.bit_generator not in _STATES:
            raise StoreError(f"bit generator {self.bit_generator!r} is none of {', '.join(_STATES)}, so it cannot be set up.")
        try:
            seed = SeedSequence(entropy_from_text(self.entropy), spawn_key=self.spawn_key)
            bit_generator = getattr(np.random, self.bit_generator)(seed)
            if self.state:
                state = _state_from_text(self.state)
                _require_state(self.bit_generator, state)
                bit_generator.state = state
        except (ValueError, TypeError, OverflowError, KeyError) as error:
            raise StoreError(f"the recorded seed cannot be used ({error}): the file is damaged.") from error
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


def seed_from_text(text: str) -> SeedSequence | None:
    """The inverse of `seed_text`."""
    if not text:
        return None
    entropy, _, spawn_key = text.partition(" / ")
    return SeedSequence(entropy_from_text(entropy), spawn_key=tuple(int(word) for word in spawn_key.split()))


def versions() -> dict[str, str]:
    """Versions that a result depends on."""
    import scipy

    from varwg import __version__

    return {
        "version": __version__,
        "numpy_version": np.__version__,
        "scipy_version": scipy.__version__,
        "python_version": platform.python_version(),
        "processor": _processor(),
    }


def _processor() -> str:
    """The kind of processor and which of the instructions that NumPy has code of its own for: these decide the last bits."""
    package = "numpy._core" if np.lib.NumpyVersion(np.__version__) >= "2.0.0" else "numpy.core"
    core = import_module(f"{package}._multiarray_umath")
    features = getattr(core, "__cpu_features__", {})
    return " ".join([platform.machine(), *(name for name in _INSTRUCTIONS if features.get(name))])


def parsed_json(text: str, what: str) -> Any:
    """The value of a JSON text from a file, in bounded time and memory.

    Parameters
    ----------
    text : str
        The text.
    what : str
        What it is, for the message.

    Raises
    ------
    ValueError
        If it is no JSON, longer or nested deeper than anything that this software writes, or has numbers without end.
    """
    if len(text) > _LONGEST_JSON:
        raise ValueError(f"{what} has {len(text)} characters, but at most {_LONGEST_JSON} are expected.")
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ValueError(f"{what} is nested deeper than {_DEEPEST_JSON} levels.") from error
    except ValueError as error:
        raise ValueError(f"{what} is not JSON ({error}).") from error
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > _DEEPEST_JSON:
            raise ValueError(f"{what} is nested deeper than {_DEEPEST_JSON} levels.")
        inside = (own.values() if isinstance(own, dict) else own for own in level if isinstance(own, (dict, list)))
        level = [item for part in inside for item in part]
    return value


def _state_text(state: Any) -> str:
    return json.dumps(_plain(state), sort_keys=True)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return {"uint64": [int(item) for item in value]}
    return int(value) if isinstance(value, np.integer) else value


def _state_from_text(text: str) -> Any:
    return _with_arrays(parsed_json(text, "the state of the bit generator"))


def _with_arrays(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if set(value) == {"uint64"}:
        return np.array(value["uint64"], dtype=np.uint64)
    return {key: _with_arrays(item) for key, item in value.items()}


def _require_state(name: str, state: Any) -> None:
    """Refuse what is no state of a generator, as NumPy would read memory that is not its own from some.

    Raises
    ------
    ValueError
        Naming the entry.
    """
    if not isinstance(state, dict) or state.get("bit_generator") != name:
        raise ValueError(f"the recorded state is not one of {name}")
    for path, (shape, largest) in _STATES[name].items():
        value: Any = state
        for key in path.split("."):
            value = value[key] if isinstance(value, dict) and key in value else None
        numbers = np.asarray(value, dtype=object).ravel().tolist()
        whole = all(isinstance(number, int) and not isinstance(number, bool) for number in numbers)
        if np.shape(value) != shape or not whole or not all(0 <= number <= largest for number in numbers):
            raise ValueError(f"the recorded state of {name} has no valid {path}")
