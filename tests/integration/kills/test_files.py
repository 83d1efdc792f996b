"""V-D5: a server that finds something wrong about its file says what to do, and touches nothing."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
from pathlib import Path

import pytest

from support.json_client import JsonClient

NOBODY = 65534


@pytest.fixture
def file(tmp_path):
    return tmp_path / "avow.db"


def refusal(avowd, file, **options):
    """What a server says that does not start on this file."""
    done = subprocess.run([avowd, "--listen", "127.0.0.1:0", "--data", file], capture_output=True,
                          text=True, timeout=20, stdin=subprocess.DEVNULL, **options)
    assert (done.returncode, done.stdout) == (1, ""), done
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr


def keep(server, *facts):
    with JsonClient(server) as client:
        client.commit(*[{"put": fact} for fact in facts])


def kept(server):
    with JsonClient(server) as client:
        return sorted(row["captures"]["n"] for row in client.query("<n $n>"))


def left_by_a_crash(serve, file, *facts):
    server = serve(file)
    keep(server, *facts)
    server.kill()
    return Path(f"{file}-wal")


def content_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_second_server_on_the_file_of_a_first_is_refused(serve, avowd, file):
    first = serve(file)
    keep(first, "<n 1>")

    said = refusal(avowd, file)

    assert "is in use by another process" in said and "--data" in said
    keep(first, "<n 2>")
    assert kept(first) == [1, 2]
    first.stop()


def test_a_second_name_of_the_file_is_the_same_file(serve, avowd, file, tmp_path):
    first = serve(file)
    other = tmp_path / "other"
    other.mkdir()
    (other / "avow.db").symlink_to(file)

    assert "is in use by another process" in refusal(avowd, other / "avow.db")

    first.stop()


def test_a_file_of_a_newer_version_is_refused_and_not_touched(serve, avowd, file, tmp_path):
    serve(file).stop()
    with sqlite3.connect(file) as database:
        version, = database.execute("PRAGMA user_version").fetchone()
        database.execute(f"PRAGMA user_version = {version + 1}")
    database.close()
    before = content_of(tmp_path)

    said = refusal(avowd, file)

    assert "newer" in said
    assert content_of(tmp_path) == before


def test_a_folder_that_is_not_there_is_named(avowd, tmp_path):
    said = refusal(avowd, tmp_path / "missing" / "avow.db")

    assert str(tmp_path / "missing") in said and "does not exist" in said


@pytest.mark.parametrize("content", [b"Dear diary, \n" * 1_000, b"short"], ids=["long", "short"])
def test_a_file_of_somebody_else_is_refused_and_not_touched(avowd, file, tmp_path, content):
    file.write_bytes(content)

    said = refusal(avowd, file)

    assert "no database of Avow" in said
    assert content_of(tmp_path) == {"avow.db": content}


def test_a_database_of_somebody_else_is_refused_and_not_touched(avowd, file, tmp_path):
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE notes (note)")
    database.close()
    before = content_of(tmp_path)

    assert "no database of Avow" in refusal(avowd, file)
    assert content_of(tmp_path) == before


def test_without_its_write_ahead_log_a_file_is_refused_until_that_is_back(serve, avowd, file):
    log = left_by_a_crash(serve, file, "<n 1>")
    away = log.rename(file.with_name("away"))

    said = refusal(avowd, file)

    assert str(log) in said and "avow restore" in said
    away.rename(log)
    server = serve(file)
    assert kept(server) == [1]
    server.stop()


def test_the_write_ahead_log_of_another_database_is_refused(serve, avowd, file, tmp_path):
    other_log = left_by_a_crash(serve, tmp_path / "other.db", "<n 1>")
    server = serve(file)
    keep(server, "<n 2>")
    server.stop()
    shutil.copy(other_log, f"{file}-wal")

    said = refusal(avowd, file)

    assert "does not belong to" in said
    Path(f"{file}-wal").unlink()
    server = serve(file)
    assert kept(server) == [2]
    server.stop()


class OfNobody:
    """A folder and a copy of the server that a user without rights can reach."""

    def __init__(self, avowd):
        self.folder = Path(tempfile.mkdtemp(prefix="avow-"))
        self.folder.chmod(0o755)
        self.avowd = shutil.copy(avowd, self.folder / "avowd")
        self.place = self.folder / "place"
        self.place.mkdir()
        # Root may write anywhere, so that the server must be somebody else.
        self.options = {"user": NOBODY, "group": NOBODY, "extra_groups": []} \
            if os.geteuid() == 0 else {}

    def close(self):
        self.place.chmod(0o700)
        shutil.rmtree(self.folder)


@pytest.fixture
def of_nobody(avowd):
    one = OfNobody(avowd)
    yield one
    one.close()


def test_a_folder_that_cannot_be_written_is_named(of_nobody):
    of_nobody.place.chmod(0o555)

    said = refusal(of_nobody.avowd, of_nobody.place / "avow.db", **of_nobody.options)

    assert str(of_nobody.place) in said and "cannot be written" in said
    assert content_of(of_nobody.place) == {}


def test_a_file_that_cannot_be_written_is_named(serve, of_nobody):
    file = of_nobody.place / "avow.db"
    serve(file, program=of_nobody.avowd).stop()
    for path in of_nobody.place.iterdir():
        path.chmod(0o444)
    of_nobody.place.chmod(0o777)

    said = refusal(of_nobody.avowd, file, **of_nobody.options)

    assert str(file) in said and "cannot be written" in said
