"""Options and fixtures of the integration tests: where the programs are, and running servers."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from support import environment

sys.dont_write_bytecode = True
environment.ensure()

sys.path.append(str(environment.FOLDER.parent))
from checker.verdict import judge  # noqa: E402  (it stands beside these tests)
from support import records  # noqa: E402
from support.server import Server  # noqa: E402  (needs the packages that ensure() brings in)

DEFAULT_BUILD = environment.repository() / "build" / "test"


def pytest_addoption(parser):
    parser.addoption("--avowd", default=os.environ.get("AVOWD", str(DEFAULT_BUILD / "avowd")),
                     help="the server under test (default: $AVOWD, then build/test/avowd)")
    parser.addoption("--avow", default=os.environ.get("AVOW", str(DEFAULT_BUILD / "avow")),
                     help="the client tool under test (default: $AVOW, then build/test/avow)")


def _program(config, option):
    path = Path(config.getoption(option)).resolve()
    assert path.is_file(), f"there is no {path}: build it, or say where it is with {option}"
    return str(path)


@pytest.fixture(scope="session")
def avowd(pytestconfig):
    """The path of the server program."""
    return _program(pytestconfig, "--avowd")


@pytest.fixture(scope="session")
def avow(pytestconfig):
    """The path of the client tool."""
    return _program(pytestconfig, "--avow")


@pytest.fixture(autouse=True)
def history(monkeypatch):
    """Everything that clients say and are told is judged at the end of every test.

    A test whose clients are all recorded says `history.is_complete = True`; then nothing may have
    been told that none of them made happen.
    """
    one = History()
    monkeypatch.setenv(records.FOLDER, str(one.folder))
    yield one
    one.judge()


class History:
    """The folder with the records of one test. It stays if they do not hold."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="avow-history-"))
        self.is_complete = False

    def judge(self):
        verdict = judge(sorted(self.folder.glob("*.jsonl")), self.is_complete)
        told = "\n".join(map(str, verdict.breaches[:20]))
        assert not verdict.breaches, \
            f"{verdict}\n{told}\nJudge it again, in tests: " \
            f"python3 -m checker {'--complete ' * self.is_complete}{self.folder}"
        shutil.rmtree(self.folder)


@pytest.fixture
def server(avowd):
    """A server of this test's own, which must end cleanly."""
    running = Server(avowd)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def module_server(avowd):
    """A server that the tests of one file share; they must leave its space empty."""
    running = Server(avowd)
    yield running
    running.stop()
