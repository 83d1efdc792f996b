"""V-D3: a disk that is full or nearly so costs durable turns alone, and those while it lasts."""

import os
import resource
import subprocess
import threading

import pytest

from support.deadline import Deadline
from support.json_client import JsonClient

MIB = 1 << 20


def until_put_is(client, wanted):
    """Puts one fact after another until one is answered so: `"no-space"`, or `"ok"`."""
    deadline = Deadline(20)
    while True:
        number = client.fresh_id()
        answer = client.try_commit({"put": f"<n {number}>"})
        if answer.get("code", "ok") == wanted:
            return number
        assert answer.get("code", "no-space") == "no-space", answer
        deadline.check(f"a put that is answered {wanted}")


def check_the_rest_goes_on(server, client, fact):
    """Session facts, observers, queries and drops need no room, or what is set aside for them."""
    with JsonClient(server) as other:
        observing = other.observe("<here $who>")
        client.publish("<here 1>")
        assert other.until(lambda event: event["op"] == "add")["id"] == observing
        assert len(other.query(fact)) == 1
        assert other.try_commit({"item": "<job 1>"})["code"] == "no-space"
        assert other.ask({"lease": 1000})["code"] == "no-space"


def test_near_the_limit_of_its_size_a_file_takes_no_more_until_that_is_raised(serve, tmp_path):
    file = tmp_path / "avow.db"
    server = serve(file)
    with JsonClient(server) as client:
        client.commit({"put": "<first>"})
        _, hard = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (32 * MIB, hard))

        until_put_is(client, "no-space")
        check_the_rest_goes_on(server, client, "<first>")
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (hard, hard))
        last = until_put_is(client, "ok")

        assert len(client.query(f"<n {last}>")) == 1
    server.stop()


def test_a_write_beyond_the_limit_ends_the_server_with_a_sentence_and_nothing_is_lost(
        serve, tmp_path):
    file = tmp_path / "avow.db"
    server = serve(file)
    with JsonClient(server) as client:
        client.commit({"put": "<first>"})
        _, hard = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (4096, hard))
        client.tell({"commit": [{"put": "<second>"}], "id": 77})

        status, said = server.wait_ended()

        assert status == 1
        assert "avowd: " in said
        closed = client.socket.receive_close()
        assert closed.code is not None
    server = serve(file)
    with JsonClient(server) as client:
        assert len(client.query("<first>")) == 1
    server.stop()


class SmallDisk:
    """A file system of its own in memory."""

    def __init__(self, folder, size_mib):
        self.folder = folder
        folder.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_mib}m", "tmpfs",
                                  str(folder)], capture_output=True, text=True, timeout=20)
        self.problem = mounted.stderr if mounted.returncode else None

    def free(self):
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize

    def leave(self, free):
        """Fills the disk but for so many bytes, and as quickly as it can."""
        with open(self.folder / "hog", "wb") as hog:
            while (size := self.free() - free) > 0:
                try:
                    os.posix_fallocate(hog.fileno(), os.fstat(hog.fileno()).st_size, size)
                except OSError:
                    pass  # The server was quicker: so there is less to take.

    def make_room(self):
        (self.folder / "hog").unlink()

    def close(self):
        subprocess.run(["umount", str(self.folder)], check=True, timeout=20)


@pytest.fixture
def disk(tmp_path):
    small = SmallDisk(tmp_path / "disk", 160)
    if small.problem:
        pytest.skip(f"only root may mount a small disk: {small.problem}")
    yield small
    small.close()


def test_on_a_disk_that_is_nearly_full_durable_turns_are_refused_until_there_is_room(serve, disk):
    server = serve(disk.folder / "avow.db")
    with JsonClient(server) as client:
        client.commit({"put": "<first>"})

        disk.leave(8 * MIB)
        until_put_is(client, "no-space")
        check_the_rest_goes_on(server, client, "<first>")
        disk.make_room()
        last = until_put_is(client, "ok")

        assert len(client.query(f"<n {last}>")) == 1
    server.stop()


def test_a_disk_that_is_full_at_once_loses_nothing_that_was_answered(serve, disk):
    file = disk.folder / "avow.db"
    server = serve(file)
    kept = []
    with JsonClient(server) as client:
        filling = threading.Thread(target=disk.leave, args=[0])
        filling.start()
        deadline = Deadline(30)
        text = "x" * 10_000
        while True:
            number = client.fresh_id()
            answer = client.try_commit({"put": {"<n>": [number, text]}})
            if answer["op"] == "error":
                break
            kept.append(number)
            deadline.check("a refusal on a full disk")
        filling.join()
        assert answer["code"] == "no-space", answer
        assert sorted(_numbers(client)) == kept
        disk.make_room()
        kept.append(until_put_is(client, "ok"))
    server.kill()

    server = serve(file)
    with JsonClient(server) as client:
        assert sorted(_numbers(client)) == kept
    server.stop()


def _numbers(client):
    return [row["captures"]["n"] for row in client.query("<n $n>")]
