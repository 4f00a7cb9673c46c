"""When the operations of one unit happen: which comes first, which is certain to come before which."""

from collections.abc import Iterable, Sequence

from varwg_codemod.facts import ModuleFacts, Where
from varwg_codemod.links import Op


def in_order(ops: Iterable[Op]) -> list[Op]:
    """The operations in the order in which they can first happen; arguments before their call."""
    return sorted(ops, key=lambda op: (op.where.moment, -op.spot.end, op.spot.start))


def leading_seed(ops: Sequence[Op]) -> Op | None:
    """The seeding statement that certainly comes before all the other operations, if there is one."""
    for op in ops:
        if op.kind not in {"reseed", "store"} or op.where.nested:
            continue
        if all(other is op or dominates(op.where, other) for other in ops):
            return op
    return None


def dominates(seed: Where, op: Op) -> bool:
    """Whether a statement at `seed` has always been run before an operation happens."""
    if not seed.path:
        return False
    if len(seed.path) == 1 and op.where.nested:
        return op.where.moment > seed.moment
    block, index = seed.path[-1]
    return any(step[0] == block and step[1] > index for step in op.where.path)


def may_follow(op: Op, earlier: Where) -> bool:
    """Whether an operation can happen after something at another place of the same unit."""
    if op.where.moment > earlier.moment or op.where.nested:
        return True
    return bool(set(op.where.loops) & set(earlier.loops))


def creation_place(facts: ModuleFacts, ops: Sequence[Op]) -> tuple[int, str] | None:
    """Where a generator can be made before all operations: offset and indentation; None if nowhere.

    The innermost block that holds all operations and is not run repeatedly, or by a nested function.
    """
    paths = [op.where.path for op in ops if op.where.path]
    if not paths or len(paths) < len(ops):
        return None
    best: tuple[int, str] | None = None
    for depth in range(min(len(path) for path in paths)):
        if len({path[depth][0] for path in paths}) > 1:
            break
        block = facts.blocks[paths[0][depth][0]]
        if not block.one_line and not block.nested and not block.loops:
            first = min(path[depth][1] for path in paths)
            best = block.starts[first], block.indent
        if len({path[depth] for path in paths}) > 1:
            break
    return best
