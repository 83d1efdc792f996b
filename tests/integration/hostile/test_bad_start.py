"""A server that cannot start says in one sentence what to do, and ends with a status that tells."""

import os
import socket
import subprocess

import pytest

from support.server import Server

STATUSES = (1, 2)


def start(avowd, *flags, **environment):
    return subprocess.run([avowd, *flags], capture_output=True, text=True, timeout=20,
                          stdin=subprocess.DEVNULL, env={**os.environ, **environment})


def refused(done, *named):
    """Whether it ended with a bad status and a sentence that names all of these."""
    assert done.returncode in STATUSES, f"status {done.returncode}: {done.stderr}"
    assert "listening" not in done.stdout
    for name in named:
        assert name in done.stderr, f"{name} is not named in: {done.stderr}"
    assert done.stderr.strip(), "it says nothing"
    assert len(done.stderr.strip().splitlines()) <= 3, f"more than a sentence: {done.stderr}"
    return True


def test_a_port_in_use_is_named(avowd):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert refused(start(avowd, "--listen", f"127.0.0.1:{port}", "--memory"), str(port))


def test_a_tcp_port_in_use_is_named(avowd):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert refused(start(avowd, "--listen", "127.0.0.1:0", "--tcp", f"127.0.0.1:{port}",
                             "--memory"), str(port))


@pytest.mark.parametrize("flags, named", [
    (("--lisen", "127.0.0.1:0"), "--lisen"), (("--listen", "127.0.0.1"), "--listen"),
    (("--listen", "127.0.0.1:seventy"), "--listen"), (("--listen", "127.0.0.1:70000"), "--listen"),
    (("--listen",), "--listen"), (("surplus",), "surplus"), (("--unix", ""), "--unix"),
], ids=" ".join)
def test_a_bad_flag_is_named(avowd, flags, named):
    done = start(avowd, *flags, "--memory")

    assert done.returncode == 2
    assert named in done.stderr


def test_two_places_for_the_data_are_refused(avowd, tmp_path):
    done = start(avowd, "--listen", "127.0.0.1:0", "--memory", "--data", str(tmp_path / "a.db"))

    assert refused(done, "--memory", "--data")


def test_an_unreadable_config_is_named(avowd, tmp_path):
    missing = tmp_path / "missing.toml"

    assert refused(start(avowd, "--config", str(missing), "--memory"), str(missing))


@pytest.mark.parametrize("content, named", [
    ("listen = [", "1"), ("no-such-key = 1\n", "no-such-key")], ids=["syntax", "unknown key"])
def test_a_broken_config_is_named_with_its_place(avowd, tmp_path, content, named):
    config = tmp_path / "avow.toml"
    config.write_text(content)

    assert refused(start(avowd, "--config", str(config), "--memory"), str(config), named)


@pytest.mark.parametrize("listener", ["--listen", "--tcp"])
@pytest.mark.parametrize("address", ["0.0.0.0:0", "[::]:0"])
def test_an_address_beyond_this_machine_is_refused_by_naming_the_flag(avowd, listener, address):
    done = start(avowd, listener, address, "--memory")

    assert refused(done, "--open")


def test_a_missing_key_file_is_named(avowd, tmp_path):
    missing = tmp_path / "key"

    assert refused(start(avowd, "--listen", "127.0.0.1:0", "--memory", "--key-file", str(missing)),
                   str(missing))


def test_a_key_file_that_others_can_read_is_refused(avowd, tmp_path):
    key = tmp_path / "key"
    key.write_text("00" * 32)
    key.chmod(0o644)

    assert refused(start(avowd, "--listen", "127.0.0.1:0", "--memory", "--key-file", str(key)),
                   str(key), "600")


def test_a_unix_socket_in_a_missing_folder_is_named(avowd, tmp_path):
    path = tmp_path / "missing" / "socket"

    assert refused(start(avowd, "--listen", "127.0.0.1:0", "--unix", str(path), "--memory"),
                   str(path))


def test_a_unix_socket_is_for_its_owner_alone_and_goes_with_the_server(avowd):
    server = Server(avowd)
    path = server.unix_path

    assert os.stat(path).st_mode & 0o777 == 0o600
    server.stop()
    assert not os.path.exists(path)


def test_a_unix_socket_left_by_a_dead_server_is_taken_over(avowd, tmp_path):
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))

    process = subprocess.Popen([avowd, "--listen", "127.0.0.1:0", "--unix", str(path), "--memory"],
                               stdout=subprocess.PIPE, text=True)
    lines = [process.stdout.readline(), process.stdout.readline()]
    process.terminate()

    assert process.wait(timeout=20) == 0
    process.stdout.close()
    assert f"listening unix:{path}\n" in lines


def test_a_unix_socket_of_a_living_server_is_not_taken_over(avowd, module_server):
    done = start(avowd, "--listen", "127.0.0.1:0", "--unix", module_server.unix_path, "--memory")

    assert refused(done, module_server.unix_path)


def test_help_names_every_fixed_flag_and_succeeds(avowd):
    done = start(avowd, "--help")

    assert done.returncode == 0
    for flag in ("--listen", "--tcp", "--unix", "--data", "--memory", "--open", "--key-file",
                 "--host-name", "--origin", "--config"):
        assert flag in done.stdout
