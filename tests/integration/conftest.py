"""Options and fixtures of the integration tests: where the programs are, and running servers."""

import os
import sys
from pathlib import Path

import pytest

from support import environment

sys.dont_write_bytecode = True
environment.ensure()

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
