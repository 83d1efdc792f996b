"""The virtual environment that holds the two packages which Debian does not have.

It is made once, beside the builds, and made anew when `requirements.txt` changes. It sees Debian's
own packages too, since the WebSocket library comes from there.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]
REQUIREMENTS = FOLDER / "requirements.txt"


def repository():
    """The root of the checkout that these tests stand in."""
    return FOLDER.parents[1]


def location():
    """Where the environment stands."""
    return Path(os.environ.get("AVOW_TEST_VENV", repository() / "build" / "integration-venv"))


def interpreter():
    """The Python that sees the two packages."""
    return location() / "bin" / "python"


def ensure():
    """Makes the environment if it is missing or old, and lets this process import from it."""
    folder = location()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{folder}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_current(folder):
            _make(folder)
    packages = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    sys.path.append(str(packages / "site-packages"))


def _wanted():
    text = REQUIREMENTS.read_bytes() + sys.version.encode()
    return hashlib.sha256(text).hexdigest()


def _is_current(folder):
    stamp = folder / "avow-requirements"
    return stamp.exists() and stamp.read_text() == _wanted()


def _make(folder):
    shutil.rmtree(folder, ignore_errors=True)
    _run(sys.executable, "-m", "venv", "--system-site-packages", str(folder))
    _run(str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--require-hashes",
         "--no-deps", "-r", str(REQUIREMENTS))
    (folder / "avow-requirements").write_text(_wanted())


def _run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    ensure()
