import os
import signal
from collections.abc import Iterator

import pytest

from serving import Server

# Compiled modules are kept for the run: hundreds of servers, commands and children are started,
# and each would compile all of the source for itself.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A run in the background, or under nohup, ignores these, and so would all that it starts. What is
# handled is the usual again in whoever is started.
for number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, lambda *_: None)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server with a small frame and two slots, shared by the tests of one worker: do
    not stop it, and expect others' tasks in it."""
    data = tmp_path_factory.mktemp("server") / "data"
    with Server.start(data, animatic_slots=2) as server:
        yield server


@pytest.fixture(scope="session")
def stills(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """As `server`, with still films whatever is asked for: for tests of what is around them."""
    every = '{"animatic" = "animatic-still", "kling-v3" = "animatic-still"}'
    data = tmp_path_factory.mktemp("stills") / "data"
    with Server.start(data, animatic_slots=1, model_map=every) as server:
        yield server


@pytest.fixture(scope="session")
def paused(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """As `server`, but it runs nothing: tasks stay queued until they are cancelled."""
    with Server.start(tmp_path_factory.mktemp("paused") / "data", "--paused") as server:
        yield server
