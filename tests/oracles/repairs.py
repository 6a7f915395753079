"""The fewest repairs of a case by brute force: try every edit, one more each round, until the case is a run."""

import itertools


def is_run(states, edges, starts, ends):
    """Whether a workflow with these edges could have gone through these states."""
    return (
        bool(states)
        and states[0] in starts
        and states[-1] in ends
        and all((a, b) in edges for a, b in itertools.pairwise(states))
    )


def edited(states, names):
    """Every sequence that one repair makes of this one: a state taken out, or a state put in, anywhere."""
    for place in range(len(states)):
        yield states[:place] + states[place + 1 :]
    for place in range(len(states) + 1):
        for name in names:
            yield (*states[:place], name, *states[place:])


def fewest_repairs(states, names, edges, starts, ends, limit):
    """Return the number of repairs a case needs, or ``None`` if ``limit`` of them do not suffice."""
    reached = seen = {tuple(states)}
    for count in range(limit + 1):
        if any(is_run(found, edges, starts, ends) for found in reached):
            return count
        reached = {new for old in reached for new in edited(old, names)} - seen
        seen = seen | reached
    return None
