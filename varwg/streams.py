"""Where random numbers come from: seeds of realisations, front doors, and named child streams.

The rules (see the section on randomness in the README): nothing here keeps state; children of a seed are addressed by
their spawn key and never popped off a shared `SeedSequence`, because what `spawn` gives depends on the order of calls.
"""

from __future__ import annotations

import hashlib
import reprlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.random import BitGenerator, Generator, SeedSequence
from numpy.typing import NDArray

from varwg.errors import RngError, SeedError

__all__ = [
    "RngLike",
    "Seed",
    "Streams",
    "as_generator",
    "front_door",
    "realization_rng",
    "realization_seed",
    "require_generator",
    "seed_sequence",
]

#: What a front door accepts in place of a Generator (SPEC 7 of Scientific Python, and BitGenerator).
RngLike: TypeAlias = Generator | BitGenerator | SeedSequence | int | Sequence[int] | NDArray[Any] | None
#: What names the seed of an ensemble.
Seed: TypeAlias = SeedSequence | int | Sequence[int] | None

_ROOT_BYTES: Final = 16  # 128 bits of a caller's stream address all streams of one call
_CHILDREN: Final = 2**32  # a spawn key is made of 32-bit words: child 2**32 would be child 1 of child 0
_SHIM: Final = "varwg._deprecated_rng"


def realization_seed(i: int, seed: Seed = None) -> SeedSequence:
    """Seed of realisation `i`: `SeedSequence(i)`, or child `i` of `SeedSequence(seed)`.

    Parameters
    ----------
    i : int
        Number of the realisation, from 0; below 2**32 where a seed is given.
    seed : int, sequence of ints, or SeedSequence, optional
        Seed of the ensemble, usually up to 128 bits. A SeedSequence contributes its entropy and spawn key; it is not
        changed.

    Returns
    -------
    numpy.random.SeedSequence
        A new object, the same for the same arguments whatever was called before.

    Raises
    ------
    RngError, SeedError
        If `i` or `seed` is not a non-negative integer (or what `seed` may be besides), or `i` is too large.
    """
    number = _checked_int(i, "realisation number i")
    if seed is None:
        return SeedSequence(number)
    if number >= _CHILDREN:
        raise SeedError(
            f"realisation number i is {number}, but a seed has 2**32 children: pass an i below 2**32, or another seed."
        )
    parent = seed_sequence(seed)
    return SeedSequence(parent.entropy, spawn_key=(*parent.spawn_key, number), pool_size=parent.pool_size)


def realization_rng(i: int, seed: Seed = None) -> Generator:
    """A fresh Generator for realisation `i`, the one that member `i` of an ensemble with that seed draws from."""
    return np.random.default_rng(realization_seed(i, seed))


def seed_sequence(seed: Seed) -> SeedSequence:
    """`seed` as a SeedSequence of its own, so that the caller's is never changed; None draws fresh entropy.

    Raises
    ------
    RngError, SeedError
        If `seed` is a bool, float, str, Generator or holds a negative number.
    """
    if isinstance(seed, SeedSequence):
        return SeedSequence(
            seed.entropy,
            spawn_key=seed.spawn_key,
            pool_size=seed.pool_size,
            n_children_spawned=seed.n_children_spawned,
        )
    if isinstance(seed, (Generator, BitGenerator)):
        raise RngError(
            f"seed is a {type(seed).__name__}, which stands somewhere in a stream rather than naming one: pass the int "
            "or the numpy.random.SeedSequence that it was made from."
        )
    if seed is None:
        return SeedSequence()
    return SeedSequence(_checked_entropy(seed))


def as_generator(rng: RngLike) -> Generator:
    """The one conversion at a front door: whatever SPEC 7 names becomes a Generator.

    A Generator is returned as it is, so that the caller's stream advances, and so does the stream of a BitGenerator.
    An object of a subclass of Generator is replaced by a plain Generator on the same stream, because the subclass may
    choose its stream anew in every thread (`varwg.rng` does). Everything else seeds a new Generator, and None draws
    fresh entropy.

    Raises
    ------
    RngError, SeedError
        For bool, float, str, `RandomState`, the module `numpy.random`, negative integers, and Generators without a seed
        sequence; the message shows what to write instead.
    """
    if isinstance(rng, Generator):
        return _spawnable(rng if type(rng) is Generator else Generator(rng.bit_generator))
    if isinstance(rng, BitGenerator):
        return _spawnable(Generator(rng))
    if isinstance(rng, SeedSequence):
        return np.random.default_rng(seed_sequence(rng))
    if rng is None:
        return np.random.default_rng()
    return np.random.default_rng(SeedSequence(_checked_entropy(rng)))


def front_door(rng: RngLike, *, caller: str) -> Generator:
    """The Generator that a public method draws from, which was called with `rng` or without one.

    Without one it is fresh entropy, unless this thread has used or seeded the deprecated `varwg.rng`: then it is that
    generator, so that old programs (`varwg.reseed(42)`, then `simulate()`) repeat, and the caller is warned. A thread
    that did neither gets fresh entropy even if another one has called `varwg.reseed`; a RuntimeWarning says so.

    Parameters
    ----------
    rng : Generator, BitGenerator, SeedSequence, int, sequence of ints, or None
        What the user passed.
    caller : str
        The method as the user knows it, for example "VarWG.simulate()", for the warnings.

    Raises
    ------
    RngError, SeedError
        As `as_generator`.
    """
    if rng is not None:
        return as_generator(rng)
    # Looked up rather than imported: a program that never touched the shim does not pay for it. Another thread may be
    # just importing it, hence the default.
    implicit = getattr(sys.modules.get(_SHIM), "implicit_generator", None)
    return as_generator(None if implicit is None else implicit(caller))


def require_generator(rng: object) -> Generator:
    """`rng` if it is a Generator; for functions inside the packages, where nothing else is accepted.

    Raises
    ------
    RngError
        If it is anything else; the message shows `numpy.random.default_rng`.
    """
    if isinstance(rng, Generator):
        return rng
    raise RngError(f"rng is {_describe(rng)}, but a numpy.random.Generator is needed here: pass {_suggest(rng)}.")


@dataclass(frozen=True, eq=False)
class Streams:
    """Named, independent streams of one call.

    A stream's numbers depend on the root and on its name alone: asking for more streams, in another order, or drawing
    more from one of them moves no other.

    Attributes
    ----------
    root : numpy.random.SeedSequence
        Address that all streams of the call descend from.
    """

    root: SeedSequence

    @classmethod
    def of(cls, rng: Generator) -> Streams:
        """Streams for one call that was given `rng`; takes 128 bits from it, so that the next call differs."""
        return cls(SeedSequence(int.from_bytes(require_generator(rng).bytes(_ROOT_BYTES), "little")))

    def seed(self, purpose: str, *qualifiers: str | int) -> SeedSequence:
        """Seed of the stream called `purpose`, and of a part of it where qualifiers (a station, a number) are given.

        The address is the root's spawn key and 64 bits of SHA-256 of each name, the same in every process. A number and
        its text are different qualifiers; an `int` and the same `numpy.int64` are one.
        """
        key = tuple(word for part in (purpose, *qualifiers) for word in _key_of(part))
        return SeedSequence(self.root.entropy, spawn_key=(*self.root.spawn_key, *key), pool_size=self.root.pool_size)

    def generator(self, purpose: str, *qualifiers: str | int) -> Generator:
        """A fresh Generator at the start of the stream called `purpose`."""
        return np.random.default_rng(self.seed(purpose, *qualifiers))


def _key_of(part: str | int) -> tuple[int, int]:
    if isinstance(part, str):
        text = f"str:{part}"
    elif isinstance(part, (int, np.integer)) and not isinstance(part, bool):
        text = f"int:{int(part)}"
    else:
        raise RngError(f"a stream is called {_describe(part)}, but names and whole numbers are needed: pass a str or int.")
    digest = hashlib.sha256(text.encode()).digest()
    return int.from_bytes(digest[:4], "big"), int.from_bytes(digest[4:8], "big")


def _spawnable(rng: Generator) -> Generator:
    if isinstance(getattr(rng.bit_generator, "seed_seq", None), SeedSequence):
        return rng
    raise RngError(
        f"rng has the bit generator {type(rng.bit_generator).__name__} without a numpy.random.SeedSequence, so no "
        "streams can be derived from it and its seed cannot be recorded: pass numpy.random.default_rng(seed)."
    )


def _checked_entropy(seed: Any) -> int | list[int]:
    if isinstance(seed, (int, np.integer)):
        return _checked_int(seed, "seed")
    if isinstance(seed, (str, bytes, bytearray)) or not (
        isinstance(seed, Sequence) or (isinstance(seed, np.ndarray) and seed.ndim == 1)
    ):
        raise RngError(f"rng or seed is {_describe(seed)}, which is not a source of random numbers: pass {_suggest(seed)}.")
    if len(seed) == 0:
        raise SeedError("seed is an empty sequence, which seeds nothing: pass at least one non-negative int, or None.")
    return [_checked_int(word, "seed word") for word in seed]


def _checked_int(value: Any, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise RngError(f"{what} is {_describe(value)}, but a non-negative int is needed: pass for example 42.")
    if value < 0:
        raise SeedError(f"{what} is {value}, but a non-negative int is needed: pass for example {-int(value)}.")
    return int(value)


def _describe(value: object) -> str:
    if value is np.random:
        return "the module numpy.random (its hidden global generator)"
    if isinstance(value, np.random.RandomState):
        return "a legacy numpy.random.RandomState"
    return f"{' '.join(reprlib.repr(value).split())} of type {type(value).__name__}"


def _suggest(value: object) -> str:
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool) and value >= 0:
        return f"numpy.random.default_rng({int(value)})"
    return "numpy.random.default_rng(42)"


def __dir__() -> list[str]:
    return sorted(__all__)
