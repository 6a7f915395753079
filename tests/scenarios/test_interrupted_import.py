"""An import that is killed loses nothing it acknowledged, and is simply run again (G1, G8, G10, IMP-8)."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import replay_incident_log as script
from servicedesk.importing import commits, import_log
from servicedesk.stores import MemoryLog, SqliteLog

EXAMPLES = Path(script.__file__).parent
CASES_A_COMMIT = 10

CHILD = f"""
import sys
sys.path.insert(0, {str(EXAMPLES)!r})
import replay_incident_log as script
from servicedesk.importing import commits, import_log
from servicedesk.stores import SqliteLog

imported = import_log(script.rows(script.EXTRACT), script.MAPPING, script.FLOW)
print("ready", flush=True)
with SqliteLog.open(sys.argv[1]) as log:
    for commit in commits(imported, size={CASES_A_COMMIT}, beside=script.clock_of):
        print(log.commit(commit).duplicate, flush=True)
"""


@pytest.fixture(scope="module")
def whole():
    """The commits of the whole import, and the log they make."""
    imported = import_log(script.rows(script.EXTRACT), script.MAPPING, script.FLOW)
    planned = list(commits(imported, size=CASES_A_COMMIT, beside=script.clock_of))
    log = MemoryLog()
    for commit in planned:
        log.commit(commit)
    return planned, list(log.read_all())


def run_child(path, *, kill_after=None, delay=0.0):
    """Run the import; kill it with -9 some moments after so many acknowledged commits. Return the acknowledgements."""
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "ready\n"
    acknowledged = []
    for line in child.stdout:
        acknowledged.append(line.strip())
        if len(acknowledged) == kill_after:
            time.sleep(delay)  # so that the signal falls anywhere within a commit, not only behind one
            child.send_signal(signal.SIGKILL)
            break
    acknowledged.extend(line.strip() for line in child.stdout)  # what it had said before the signal arrived
    child.stdout.close()
    child.wait()
    return acknowledged


@pytest.mark.crash
@pytest.mark.parametrize("seed", range(20))
def test_killed_at_a_random_moment_and_run_again(seed, tmp_path, whole):
    """G10: after kill -9 the store holds exactly the acknowledged commits and at most the one in flight, whole."""
    planned, everything = whole
    path = tmp_path / "desk.db"
    SqliteLog.create(path).close()
    rng = random.Random(seed)
    acknowledged = run_child(path, kill_after=rng.randint(1, len(planned) - 20), delay=rng.uniform(0, 0.01))
    assert set(acknowledged) == {"False"}
    with SqliteLog.open(path) as log:
        stored = list(log.read_all())
        there = [commit for commit in planned if log.read(commit.appends[0].stream)]
    assert there in (planned[: len(acknowledged)], planned[: len(acknowledged) + 1])
    assert stored == everything[: sum(len(append.facts) for commit in there for append in commit.appends)]
    assert len(there) < len(planned)
    again = run_child(path)
    assert again == ["True"] * len(there) + ["False"] * (len(planned) - len(there))
    with SqliteLog.open(path) as log:
        assert list(log.read_all()) == everything
