"""`avow serve` and `avow demo` bring a server of their own."""

import signal
import subprocess


def test_serve_is_the_server_beside_the_command(command):
    serving = command.start("serve", "--memory", "--listen", "127.0.0.1:0")
    url = serving.out.next().removeprefix("listening ").rstrip("/")

    assert command.run("query", "--url", url, "<n _>").returncode == 0

    serving.signal(signal.SIGTERM)
    assert serving.status() == 0


def test_serve_says_on_stderr_what_can_be_tried_next(command):
    serving = command.start("serve", "--memory", "--listen", "127.0.0.1:0")
    url = serving.out.next().removeprefix("listening ").rstrip("/")

    said = "\n".join(serving.err.until(lambda line: "http://" in line))

    assert "in memory" in said
    assert f"avow watch --url {url}" in said
    assert url.replace("ws://", "http://") in said


def test_serve_ends_with_the_status_of_the_server(command):
    done = command.run("serve", "--no-such-flag")

    assert done.returncode == 2
    assert "--no-such-flag" in done.stderr


def test_the_demo_shows_presence_coming_and_going_and_ends_by_itself(command):
    done = command.run("demo", "chat", "--pace", "0ms")

    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    for who in ("ann", "bob", "cleo"):
        came, went = lines.index(f'+ <present "{who}">'), lines.index(f'- <present "{who}">')
        assert came < went
    assert any(line.startswith("! <says ") for line in lines)


def test_an_interrupt_ends_the_demo_with_its_status(command):
    playing = command.start("demo", "chat", "--pace", "1h")
    playing.out.until(lambda line: line.startswith("+ "))

    playing.interrupt()

    assert playing.status() == 130


def test_the_completion_is_a_script_that_bash_reads(command, tmp_path):
    script = tmp_path / "completion"
    script.write_text(command.run("completion").stdout)

    done = subprocess.run(
        ["bash", "-c", f"source {script}; COMP_WORDS=(avow wa); COMP_CWORD=1; _avow; "
                       "echo ${COMPREPLY[@]}"], capture_output=True, text=True, timeout=20)

    assert done.stdout.split() == ["watch", "wait"]
