"""Programs that a comparison needs and no package has: each is built when it is needed first."""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


class NotInstalled(Exception):
    """A program that is needed is not on this machine; the text says which package has it."""


def installed(program, package):
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    if not found:
        raise NotInstalled(f"{program} is not installed (Debian package {package})")
    return found


def etcd_load(build):
    """The program that loads etcd."""
    program = build / "bench" / "etcd_load"
    source = Path(__file__).parents[1] / "etcd" / "main.go"
    if program.exists() and program.stat().st_mtime >= source.stat().st_mtime:
        return program
    library = Path("/usr/share/gocode/src/go.etcd.io/etcd/clientv3")
    if not shutil.which("go") or not library.exists():
        raise NotInstalled("etcd's client for Go is not installed (Debian packages golang-go, "
                           "golang-etcd-server-dev)")
    print("building the load of etcd: some minutes, once", flush=True)
    subprocess.run(["go", "build", "-o", str(program), str(source)], check=True,
                   env={**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode",
                        "GOFLAGS": ""})
    return program


SYNDICATE_SERVER = "0.51.0-rc.4"


def syndicate_server():
    """The Rust crate syndicate-server, with jemalloc as its own recipe for releases has it.

    It asks for features of the nightly compiler, which a released one has under this name.
    """
    folder = ROOT / "build" / "peers" / f"syndicate-server-{SYNDICATE_SERVER}"
    program = folder / "bin" / "syndicate-server"
    if program.exists():
        return program
    cargo = shutil.which("cargo") or shutil.which("cargo", path=str(Path.home() / ".cargo/bin"))
    if not cargo:
        raise NotInstalled("syndicate-server cannot be built without cargo (rustup brings it)")
    print("building syndicate-server: a quarter of an hour, once", flush=True)
    done = subprocess.run(
        [cargo, "install", "syndicate-server", "--version", SYNDICATE_SERVER, "--locked",
         "--features", "jemalloc", "--bin", "syndicate-server", "--root", str(folder)],
        capture_output=True, text=True, env={**os.environ, "RUSTC_BOOTSTRAP": "1"})
    if done.returncode != 0:
        raise NotInstalled(f"syndicate-server could not be built ({_last_line(done.stderr)})")
    return program


def _last_line(text):
    return (text.strip().splitlines() or ["it said nothing"])[-1]
