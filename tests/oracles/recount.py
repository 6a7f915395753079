"""The figures once more, from the spec alone: as SQL over a table of facts, and by walking minute after minute.

Nothing here is shared with ``servicedesk.metrics``. Every figure of the library is one query written by hand; queries
look at each fact's place in its stream, never at a folded state.
"""

from __future__ import annotations

import sqlite3
from fractions import Fraction

MINUTE = 60_000_000
DAY = 86_400_000_000
DONE = ("resolved", "closed")

SCHEMA = """
CREATE TABLE fact (seq INTEGER PRIMARY KEY, stream, ticket, kind, at INTEGER, accepted INTEGER, category, outcome,
                   line INTEGER, grp);
CREATE TABLE clock (seq INTEGER PRIMARY KEY, ticket, kind, at INTEGER, due INTEGER, breach_at INTEGER, met INTEGER,
                    elapsed INTEGER, stop, broken INTEGER);
"""

JOURNEY = """
CREATE TABLE step AS
  SELECT seq, ticket, at, category AS after, outcome,
         lag(category) OVER (PARTITION BY ticket ORDER BY seq) AS before
  FROM fact WHERE category IS NOT NULL;
CREATE TABLE settlement AS
  SELECT seq, ticket, at, after FROM step
  WHERE after IN ('resolved', 'closed') AND coalesce(before, 'new') NOT IN ('resolved', 'closed');
CREATE TABLE undoing AS
  SELECT seq, ticket, at, before FROM step
  WHERE after NOT IN ('resolved', 'closed') AND before IN ('resolved', 'closed');
CREATE TABLE holding AS
  SELECT seq, ticket, grp, lag(grp) OVER (PARTITION BY ticket ORDER BY seq) AS earlier
  FROM fact WHERE grp IS NOT NULL;
CREATE TABLE hop AS
  SELECT seq, ticket, grp, earlier, lag(grp, 2) OVER (PARTITION BY ticket ORDER BY seq) AS two_before
  FROM holding WHERE earlier IS NULL OR earlier <> grp;
CREATE TABLE journey AS
  SELECT b.ticket, b.kind = 'ticket.accepted' AS complete,
    CASE WHEN b.kind = 'ticket.accepted' THEN coalesce(b.accepted, b.at) ELSE b.accepted END AS accepted,
    coalesce(b.accepted, b.at) AS begun,
    (SELECT max(at) FROM settlement s WHERE s.ticket = b.ticket) AS settled,
    (SELECT max(seq) FROM settlement s WHERE s.ticket = b.ticket) AS settled_seq,
    (SELECT max(at) FROM settlement s WHERE s.ticket = b.ticket AND after = 'resolved') AS resolved,
    (SELECT min(at) FROM settlement s WHERE s.ticket = b.ticket AND after = 'resolved') AS first_resolved,
    (SELECT min(at) FROM undoing u WHERE u.ticket = b.ticket AND u.seq >
       (SELECT min(seq) FROM settlement s WHERE s.ticket = b.ticket AND after = 'resolved')) AS first_undone,
    (SELECT count(*) FROM undoing u WHERE u.ticket = b.ticket) AS undone,
    (SELECT after FROM step s WHERE s.ticket = b.ticket ORDER BY seq DESC LIMIT 1) AS category,
    (SELECT outcome FROM step s WHERE s.ticket = b.ticket ORDER BY seq DESC LIMIT 1) AS outcome,
    (SELECT max(line) FROM fact f WHERE f.ticket = b.ticket) AS highest_line,
    (SELECT count(*) FROM hop h WHERE h.ticket = b.ticket AND earlier IS NOT NULL) AS hops,
    (SELECT count(*) FROM hop h WHERE h.ticket = b.ticket AND two_before = grp) AS ping_pongs,
    (SELECT grp FROM holding h WHERE h.ticket = b.ticket ORDER BY seq LIMIT 1) AS first_group
  FROM fact b WHERE b.seq = (SELECT min(seq) FROM fact f WHERE f.ticket = b.ticket);
CREATE TABLE lap AS
  WITH start AS (SELECT ticket, max(seq) AS seq FROM clock WHERE kind = 'clock.started' GROUP BY ticket),
       mine AS (SELECT c.* FROM clock c JOIN start s ON s.ticket = c.ticket AND c.seq >= s.seq)
  SELECT s.ticket, f.at AS started, f.stop,
    (SELECT at FROM mine m WHERE m.ticket = s.ticket AND kind = 'clock.stopped') AS stopped,
    (SELECT met FROM mine m WHERE m.ticket = s.ticket AND kind = 'clock.stopped') AS judged,
    (SELECT broken FROM mine m WHERE m.ticket = s.ticket AND kind = 'clock.cancelled') AS cancelled,
    (SELECT elapsed FROM mine m WHERE m.ticket = s.ticket ORDER BY seq DESC LIMIT 1) AS elapsed,
    (SELECT kind <> 'clock.stopped' AND due IS NULL AND breach_at IS NULL
       FROM mine m WHERE m.ticket = s.ticket ORDER BY seq DESC LIMIT 1) AS held,
    (SELECT due FROM mine m WHERE m.ticket = s.ticket AND due IS NOT NULL ORDER BY seq DESC LIMIT 1) AS due,
    (SELECT breach_at FROM mine m WHERE m.ticket = s.ticket AND breach_at IS NOT NULL
       ORDER BY seq DESC LIMIT 1) AS breach_at
  FROM start s JOIN clock f ON f.seq = s.seq;
CREATE VIEW subject AS
  SELECT i.ticket AS id, j.*, l.started, l.stop, l.stopped, l.cancelled, l.elapsed, l.held,
    CASE WHEN l.held THEN NULL ELSE l.due END AS due,
    CASE WHEN l.held THEN NULL ELSE l.breach_at END AS breach_at,
    CASE WHEN l.stopped IS NOT NULL THEN l.judged
         WHEN l.cancelled IS NULL AND NOT l.held AND l.breach_at <= :as_of THEN 0 END AS met,
    CASE j.outcome WHEN 'duplicate' THEN 'merged' WHEN 'withdrawn' THEN 'withdrawn' WHEN 'invalid' THEN 'invalid'
      END AS left_out,
    (SELECT grp FROM holding h WHERE h.ticket = j.ticket AND h.seq <= j.settled_seq ORDER BY seq DESC LIMIT 1) AS grp
  FROM (SELECT ticket FROM journey UNION SELECT ticket FROM lap) i
  LEFT JOIN journey j ON j.ticket = i.ticket LEFT JOIN lap l ON l.ticket = i.ticket;
"""

# A clock of the metric that runs or ran, and whose goal ends where the figure says.
_CLOCK = "(started IS NOT NULL AND cancelled IS NULL AND coalesce(stop, 'resolved') = 'resolved')"
_MATURE = "coalesce(breach_at <= :as_of, 0)"

SHARES = {
    "on_time_resolution": f"""
        SELECT CASE WHEN left_out IS NOT NULL THEN left_out WHEN NOT {_CLOCK} THEN 'not_among'
                    WHEN NOT {_MATURE} THEN 'immature' ELSE '' END, coalesce(met, 0)
        FROM subject WHERE due >= :start AND due < :end""",
    "on_time_resolution_by_stopped": f"""
        SELECT CASE WHEN left_out IS NOT NULL THEN left_out WHEN NOT {_CLOCK} THEN 'not_among' ELSE '' END,
               coalesce(met, 0)
        FROM subject WHERE stopped >= :start AND stopped < :end""",
    "on_time_resolution_by_started": f"""
        SELECT CASE WHEN left_out IS NOT NULL THEN left_out WHEN NOT {_CLOCK} THEN 'not_among'
                    WHEN NOT {_MATURE} THEN 'immature' ELSE '' END, coalesce(met, 0)
        FROM subject WHERE started >= :start AND started < :end""",
    "first_line_resolution": """
        SELECT CASE WHEN left_out IS NOT NULL THEN left_out
                    WHEN coalesce(outcome, 'solved') NOT IN ('solved', 'workaround') THEN 'not_among' ELSE '' END,
               coalesce(highest_line <= 1, 0)
        FROM subject WHERE resolved >= :start AND resolved < :end""",
    "first_line_resolution_one_group": """
        SELECT coalesce(left_out, ''),
               (SELECT count(DISTINCT grp) FROM holding h WHERE h.ticket = subject.ticket) = 1
        FROM subject WHERE settled >= :start AND settled < :end""",
    "first_line_resolution_first_group": """
        SELECT coalesce(left_out, ''), coalesce(grp = first_group, 0)
        FROM subject WHERE settled >= :start AND settled < :end""",
    "reopen_rate": f"""
        SELECT CASE WHEN left_out IS NOT NULL THEN left_out
                    WHEN NOT first_resolved + {5 * MINUTE} < :as_of THEN 'immature' ELSE '' END,
               coalesce(first_undone <= first_resolved + {5 * MINUTE}, 0)
        FROM subject WHERE first_resolved >= :start AND first_resolved < :end""",
    "ever_reopened": """
        SELECT coalesce(left_out, ''), undone > 0
        FROM subject WHERE first_resolved >= :start AND first_resolved < :end""",
    "ping_pong_rate": """
        SELECT coalesce(left_out, ''), ping_pongs > 0 FROM subject WHERE resolved >= :start AND resolved < :end""",
    "closure_rate": """
        SELECT CASE WHEN left_out IS NOT NULL THEN left_out WHEN NOT complete THEN 'incomplete' ELSE '' END,
               category = 'closed'
        FROM subject WHERE begun >= :start AND begun < :end""",
}
"""Each member's reason for not being counted ('' if it is), and whether it is in the numerator."""

VALUES = {
    "reassignments": """
        SELECT coalesce(left_out, ''), hops FROM subject WHERE resolved >= :start AND resolved < :end""",
    "resolution_time": """
        SELECT CASE WHEN left_out IS NOT NULL THEN left_out WHEN NOT complete THEN 'incomplete' ELSE '' END,
               resolved - accepted
        FROM subject WHERE resolved >= :start AND resolved < :end""",
    "resolution_time_worked": """
        SELECT CASE WHEN left_out IS NOT NULL THEN left_out WHEN cancelled IS NOT NULL THEN 'not_among' ELSE '' END,
               elapsed
        FROM subject WHERE stopped >= :start AND stopped < :end""",
}
"""Each member's reason, and its value."""


def recount(facts, start, end, as_of):
    """Return each figure of the library: excluded by reason, and the values of the counted, 0 and 1 for a share."""
    with sqlite3.connect(":memory:") as base:
        base.executescript(SCHEMA)
        for place, fact in enumerate(facts):
            if fact.at < as_of:
                _insert(base, place, fact)
        base.executescript(JOURNEY.replace(":as_of", str(as_of)))
        scope = {"start": start, "end": end, "as_of": as_of}
        rows = {name: base.execute(query, scope).fetchall() for name, query in (SHARES | VALUES).items()}
    base.close()
    return {name: _sorted_out(found) for name, found in rows.items()}


def _insert(base, place, fact):
    value = lambda name: getattr(fact, name, None)  # noqa: E731  # kinds have different fields
    if fact.kind.startswith("clock."):
        names = ("ticket", "kind", "at", "due", "breach_at", "met", "elapsed", "stop", "breached_before_cancel")
        base.execute("INSERT INTO clock VALUES (?,?,?,?,?,?,?,?,?,?)", (place, *map(value, names)))
    else:
        names = ("stream", "ticket", "kind", "at", "accepted", "category", "outcome", "line", "group")
        base.execute("INSERT INTO fact VALUES (?,?,?,?,?,?,?,?,?,?)", (place, *map(value, names)))


def _sorted_out(rows):
    excluded, values = {}, []
    for reason, value in rows:
        if reason:
            excluded[reason] = excluded.get(reason, 0) + 1
        else:
            values.append(value)
    return excluded, sorted(values)


def open_tickets(facts, at, as_of):
    """Return the tickets that are open just after ``at``, as known at ``as_of``: asked of every ticket, fact by fact.

    A ticket accepted is open from the instant the customer was heard; one met in mid-life from when it was met.
    """
    lives = {}
    for fact in facts:
        if fact.at < as_of and fact.kind.startswith("ticket."):
            lives.setdefault(fact.ticket, []).append(fact)
    return {ticket for ticket, life in lives.items() if _counts(life) and _is_open(life, at)}


def _counts(life):
    outcomes = [fact.outcome for fact in life if fact.kind == "ticket.moved"]
    return not outcomes or outcomes[-1] not in ("withdrawn", "duplicate", "invalid")


def _is_open(life, at):
    begin = life[0]
    heard = begin.at if begin.accepted is None or begin.kind == "ticket.imported" else begin.accepted
    known = [fact.category for fact in life if fact.at <= at and hasattr(fact, "category")]
    return heard <= at and (not known or known[-1] not in DONE)


def backlog_walk(facts, start, end, as_of):
    """Return the mean number of open tickets over whole minutes, and how many were open just before the end."""
    minutes = range(start, end, MINUTE)
    total = sum(len(open_tickets(facts, minute, as_of)) for minute in minutes)
    return Fraction(total, len(minutes)), len(open_tickets(facts, end - 1, as_of))


def nearest(values, p):
    """Return the nearest-rank percentile of a list: the smallest value with at least p of all at or below it."""
    fitting = [x for x in values if sum(y <= x for y in values) >= p * len(values)]
    return min(fitting) if fitting else None


def fields_of(life):
    """Return what a ticket's own facts say of it, each field by its own search through all of them."""
    begin, moves = life[0], [fact for fact in life if fact.kind == "ticket.moved"]
    path = [begin.category, *(move.category for move in moves)]
    steps = list(zip([None, *path], path, strict=False))
    settled = [place for place, (before, after) in enumerate(steps) if after in DONE and before not in DONE]
    undone = [before for before, after in steps if before in DONE and after not in DONE]
    stamps = [begin, *moves]
    held = life[: life.index(stamps[settled[-1]]) + 1] if settled else []
    return {
        "kind": begin.workflow,
        "item": ([begin.service] + [fact.service for fact in life if fact.kind == "ticket.classified"])[-1],
        "priority": ([begin.priority] + [fact.priority for fact in life if fact.kind == "ticket.classified"])[-1],
        "channel": begin.channel,
        "category": path[-1],
        "outcome": moves[-1].outcome if moves else None,
        "group": _last_known(held, "group") if settled else _last(life, "group"),
        "agent": _last_known(held, "assignee") if settled else _last(life, "assignee"),
        "first_group": next((group for group in _runs(life, "group")), None),
        "hops": max(len(_runs(life, "group")) - 1, 0),
        "person_hops": max(len(_runs(life, "assignee")) - 1, 0),
        "ping_pongs": sum(a == c for a, c in zip(_runs(life, "group"), _runs(life, "group")[2:], strict=False)),
        "line": _last(life, "line"),
        "highest_line": max((fact.line for fact in life if getattr(fact, "line", None)), default=None),
        "waited": "waiting" in path,
        "reworks": undone.count("resolved"),
        "reopens": undone.count("closed"),
        "closed": max((f.at for f, (a, b) in zip(stamps, steps, strict=True) if b == "closed" != a), default=None),
        "complete": begin.kind == "ticket.accepted",
        "accepted": begin.at if (begin.kind, begin.accepted) == ("ticket.accepted", None) else begin.accepted,
    }


def _runs(life, name):
    """Return the known values of a field, neighbours that are equal once."""
    known = [getattr(fact, name) for fact in life if getattr(fact, name, None) is not None]
    return [value for place, value in enumerate(known) if place == 0 or known[place - 1] != value]


def _last(life, name):
    return [getattr(fact, name) for fact in life if hasattr(fact, name)][-1]


def _last_known(life, name):
    return (_runs(life, name) or [None])[-1]
