"""N6: a backup is the state of one turn, made while all goes on; restored, it is a new history."""

import os
import re
import resource
import socket
import subprocess

import pytest

from support.json_client import JsonClient
from support.lines import LineReader
from support.server import Server
from support.writers import Writers

DONE = re.compile(r"^= backup (.+) at turn (\d+), (\d+) bytes, checksum ([0-9a-f]{64})\n$")
WRITERS = 16
TRAILER_BYTES = 64


def run(program, *words, **options):
    return subprocess.run([program, *words], capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, **options)


def succeeds(program, *words, **options):
    done = run(program, *words, **options)
    assert done.returncode == 0, done
    return done.stdout


def refused(done, *named):
    """Whether it ended with status 1, and one sentence that names all of these."""
    assert (done.returncode, done.stdout) == (1, ""), done
    sentence = done.stderr.splitlines()[-1]
    assert sentence.startswith("avowd: "), done.stderr
    for name in named:
        assert str(name) in sentence, f"{name} is not named in: {sentence}"
    return True


def fill(server, kilobytes):
    """Keeps so much of facts that nobody asks for."""
    with JsonClient(server) as client:
        for first in range(0, kilobytes // 20, 10):
            client.commit(*[{"put": {"<fill>": [first + i, "x" * 20_000]}} for i in range(10)])


def kept(server, label):
    """For each writer, the numbers of its facts of this label."""
    found = [set() for _ in range(WRITERS)]
    with JsonClient(server) as client:
        for row in client.query(f"<{label} $writer $number>"):
            found[row["captures"]["writer"]].add(row["captures"]["number"])
    return found


@pytest.fixture
def data(tmp_path):
    return tmp_path / "avow.db"


@pytest.fixture
def durable(avowd, data):
    """A server that keeps its state in `data`, and must end cleanly."""
    running = Server(avowd, data=data)
    yield running
    running.stop()


@pytest.fixture
def backup(avow, avowd, data, tmp_path):
    """A backup of some facts, whose server has ended."""
    server = Server(avowd, data=data)
    fill(server, 400)
    file = tmp_path / "backup"
    succeeds(avow, "backup", str(file), "--data", str(data))
    server.stop()
    return file


# ---- one revision ----


def test_a_backup_among_writers_is_restored_as_the_state_of_one_turn(avow, avowd, durable, data,
                                                                     tmp_path):
    file, restored = tmp_path / "backup", tmp_path / "restored.db"
    fill(durable, 8_000)
    with Writers(durable, WRITERS) as writers:
        writers.await_further(3)
        done = succeeds(avow, "backup", str(file), "--data", str(data))
        writers.await_further(3)
    named, turn, size, _ = DONE.match(done).groups()
    assert (named, int(size)) == (str(file), file.stat().st_size - TRAILER_BYTES)

    succeeds(avow, "restore", str(file), "--data", str(restored))

    second = Server(avowd, data=restored)
    expected = [{number for number, answer in enumerate(answers, 1) if answer["seq"] <= int(turn)}
                for answers in writers.answers]
    assert kept(second, "left") == kept(second, "right") == expected
    assert all(len(numbers) >= 3 for numbers in expected)
    assert all(len(numbers) < len(answers)
               for numbers, answers in zip(expected, writers.answers))
    goes_on_above(second, [answer for answers in writers.answers for answer in answers])
    second.stop()


def goes_on_above(server, answers):
    """Whether a server has an epoch of its own, and numbers above all that another answered."""
    with JsonClient(server) as client:
        done = client.commit({"put": "<goes-on>"})
    assert done["epoch"] not in {answer["epoch"] for answer in answers}
    for number in ("seq", "rev"):
        assert done[number] > max(answer[number] for answer in answers)


def test_a_backup_says_on_stderr_how_far_it_is(avow, durable, data, tmp_path):
    fill(durable, 4_000)

    done = run(avow, "backup", str(tmp_path / "backup"), "--data", str(data))

    assert done.returncode == 0
    assert re.match(r"^backing up: \d+ of \d+ bytes\n", done.stderr)
    assert len(done.stderr.splitlines()) < 20


# ---- without a server ----


def test_without_a_server_the_file_itself_is_backed_up(avow, avowd, backup, data, tmp_path):
    before = data.read_bytes()

    offline = DONE.match(succeeds(avowd, "--backup", str(tmp_path / "offline"), "--data", data))

    said = succeeds(avow, "backup", "verify", str(tmp_path / "offline")).splitlines()
    assert "facts 20" in said
    assert f"last-turn {offline[2]}" in said
    assert data.read_bytes() == before


def test_after_a_crash_the_backup_has_all_that_was_answered(avowd, data, tmp_path):
    server = Server(avowd, data=data)
    with JsonClient(server) as client:
        client.commit({"put": "<left 0 1>"})
    server.kill()
    assert (tmp_path / "avow.db-control").is_socket(), "the crash left a socket behind"

    succeeds(avowd, "--backup", str(tmp_path / "backup"), "--data", str(data))
    succeeds(avowd, "--restore", str(tmp_path / "backup"), "--data", str(tmp_path / "new.db"))

    second = Server(avowd, data=tmp_path / "new.db")
    assert kept(second, "left")[0] == {1}
    second.stop()


def test_a_missing_data_file_is_named(avowd, tmp_path):
    missing = tmp_path / "missing.db"

    assert refused(run(avowd, "--backup", tmp_path / "backup", "--data", missing), missing)
    assert list(tmp_path.iterdir()) == []


# ---- verifying and restoring ----


def test_verifying_says_what_is_in_a_backup(avow, backup):
    lines = succeeds(avow, "backup", "verify", str(backup)).splitlines()

    assert lines[0] == f"whole: {backup}"
    assert re.match(r"^epoch [0-9a-f]{16}$", lines[1])
    assert "facts 20" in lines


def test_checking_a_data_file_says_what_is_in_it(avowd, backup, data):
    lines = succeeds(avowd, "--check", "--data", data).splitlines()

    assert lines[:6] == [f"whole: {data}", "spaces 1", "facts 20", "slots 0", "items 0", "leases 0"]
    assert [line.split()[0] for line in lines[6:]] == ["first-turn", "last-turn"]


@pytest.mark.parametrize("place", [0, 0.3, 0.5, 0.99], ids=str)
def test_verifying_and_restoring_find_a_flipped_bit(avow, backup, tmp_path, place):
    content = bytearray(backup.read_bytes())
    content[int(place * len(content))] ^= 1
    backup.write_bytes(content)
    new = tmp_path / "new.db"

    assert refused(run(avow, "backup", "verify", str(backup)), backup)
    assert refused(run(avow, "restore", str(backup), "--data", str(new)), backup)
    assert not new.exists()


@pytest.mark.parametrize("lost", [1, TRAILER_BYTES, 4096 + TRAILER_BYTES, 100_000])
def test_verifying_finds_a_file_that_was_cut(avow, backup, lost):
    os.truncate(backup, backup.stat().st_size - lost)

    assert refused(run(avow, "backup", "verify", str(backup)), backup)


def test_a_data_file_is_no_backup(avow, backup, data):
    assert refused(run(avow, "backup", "verify", str(data)), data)


def test_a_dry_run_writes_nothing_and_says_what_would_be_there(avow, backup, tmp_path):
    before = sorted(tmp_path.iterdir())

    said = succeeds(avow, "restore", str(backup), "--data", str(tmp_path / "new.db"), "--dry-run")

    assert said.splitlines()[0] == f"can be restored: {tmp_path / 'new.db'}"
    assert "facts 20" in said.splitlines()
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("left", ["", "-wal", "-journal"])
@pytest.mark.parametrize("how", [(), ("--dry-run",)], ids=["really", "dry run"])
def test_a_restore_overwrites_nothing(avow, backup, tmp_path, left, how):
    there = tmp_path / f"new.db{left}"
    there.write_bytes(b"mine")

    assert refused(run(avow, "restore", str(backup), "--data", str(tmp_path / "new.db"), *how),
                   there)
    assert there.read_bytes() == b"mine"


# ---- what is refused ----


def test_a_backup_overwrites_nothing(avow, durable, data, tmp_path):
    for name in ("mine", "mine.part"):
        (tmp_path / name).write_bytes(b"mine")
        done = run(avow, "backup", "mine", "--data", str(data), cwd=tmp_path)

        assert refused(done, tmp_path / name)
        assert (tmp_path / name).read_bytes() == b"mine"
        (tmp_path / name).unlink()


def test_a_backup_takes_no_name_of_the_database(avow, durable, data):
    assert refused(run(avow, "backup", f"{data}-journal", "--data", str(data)), f"{data}-journal")


def test_a_backup_into_a_missing_folder_is_refused(avow, durable, data, tmp_path):
    assert refused(run(avow, "backup", str(tmp_path / "no" / "b"), "--data", str(data)), "no/b")


def test_a_second_backup_at_the_same_time_is_refused(durable, data, tmp_path):
    fill(durable, 8_000)
    durable.signal("STOP")  # So that both requests are there when it looks.
    asked = [ask(data, f"backup {tmp_path / name}\n") for name in ("first", "second")]
    durable.signal("CONT")

    answers = sorted(lines[-1].split()[:2] for lines in map(LineReader.rest, asked))

    assert answers[0][0] == "done"
    assert answers[1] == ["error", "store-in-use"]
    assert len(list(tmp_path.glob("first*")) + list(tmp_path.glob("second*"))) == 1
    for lines in asked:
        lines.close()


def ask(data, request):
    """Says this on the control socket of a server; returns what is answered."""
    with socket.socket(socket.AF_UNIX) as control:
        control.connect(f"{data}-control")
        control.sendall(request.encode())
        return LineReader(control.makefile("rb", buffering=0))


def test_the_control_socket_is_for_its_owner_alone_and_goes_with_the_server(avowd, data):
    server = Server(avowd, data=data)
    control = data.with_name("avow.db-control")

    assert control.stat().st_mode & 0o777 == 0o600
    server.stop()
    assert not control.exists()


@pytest.mark.parametrize("request_line", ["", "status", "backup relative", "x" * 5_000])
def test_what_is_no_request_is_refused(durable, data, request_line):
    answered = ask(data, request_line + "\n")

    assert answered.rest()[0].startswith("error bad-request ")
    answered.close()


# ---- a full disk ----


def limited(pid, size):
    """The largest file that a process may write: for it, a disk that is full."""
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))


def test_a_backup_without_room_is_refused_and_the_server_goes_on(avow, durable, data, tmp_path):
    fill(durable, 400)
    limited(durable.pid, 100_000)

    done = run(avow, "backup", str(tmp_path / "backup"), "--data", str(data))

    limited(durable.pid, resource.RLIM_INFINITY)
    assert refused(done, "bytes", "another disk")
    assert list(tmp_path.glob("backup*")) == []
    succeeds(avow, "backup", str(tmp_path / "backup"), "--data", str(data))


def test_without_room_neither_an_offline_backup_nor_a_restore_leaves_anything(avow, backup, data,
                                                                             tmp_path):
    before = sorted(tmp_path.iterdir())
    small = {"preexec_fn": lambda: limited(0, 100_000)}

    for words in (["backup", str(tmp_path / "new"), "--data", str(data)],
                  ["restore", str(backup), "--data", str(tmp_path / "new")]):
        assert refused(run(avow, *words, **small), tmp_path / "new", "another disk")
        assert sorted(tmp_path.iterdir()) == before


# ---- usage ----


@pytest.mark.parametrize("words", [
    ["backup"], ["backup", "verify"], ["restore", "b"], ["restore", "--data", "b"],
    ["backup", "b", "c"], ["backup", "verify", "b", "--data", "c"]], ids=" ".join)
def test_wrong_usage_has_a_status_of_its_own(avow, words):
    assert run(avow, *words).returncode == 2


@pytest.mark.parametrize("words", [
    ["--backup", "b", "--memory"], ["--check", "--memory"], ["--restore", "b"],
    ["--backup", "b", "--check"], ["--dry-run"], ["--backup", ""]], ids=" ".join)
def test_wrong_flags_have_it_too(avowd, words):
    assert run(avowd, *words).returncode == 2
