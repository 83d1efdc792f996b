"""Runs workloads: rounds of contenders, one after another."""

import json
import subprocess
import time

from comparing.building import NotInstalled
from comparing.contenders import folder_below, running, started

LOAD_SECONDS = 300


def measure(contender, words, build):
    """One run; what it found by name."""
    with running(contender, build) as server:
        return load(contender, server, words, build)


def measure_restart(contender, words, build):
    """A server is filled and ended; how long does the next one take until it serves that?"""
    with folder_below(build) as folder:
        with started(contender, build, folder) as server:
            load(contender, server, words, build)
            server.stop()
        begin = time.monotonic()
        with started(contender, build, folder):
            return {"seconds": time.monotonic() - begin}


def load(contender, server, words, build):
    where = []
    if server.pid:
        where = [f"port={server.port}", f"pid={server.pid}", f"folder={server.folder}"]
    if contender.load:
        command = contender.load(build, [*where, *words])
    else:
        command = [str(build / "bench" / "sockets"), f"server={contender.driver}", *where, *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LOAD_SECONDS)
    if done.returncode != 0:
        raise RuntimeError(f"{contender.name}, {' '.join(words)}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def run(workload, results, options):
    """One attempt at a workload: every round, every contender that is there."""
    contenders = [each for each in workload.contenders
                  if each.is_ours or not options.peer or each.peer in options.peer]
    attempt = results.begin(workload, options.scale)
    missing = {}
    for round_number in range(options.rounds):
        for contender in contenders:
            if contender.name in missing:
                continue
            try:
                way = measure_restart if workload.restarts else measure
                words = workload.words_for(options.scale * contender.part)
                values = way(contender, words, options.build)
            except NotInstalled as why:
                missing[contender.name] = str(why)
                print(f"{workload.name}: {why}; it goes on without", flush=True)
                continue
            results.add(attempt, contender, round_number, values)
            told = ", ".join(f"{name} {number:g}" for name, number in values.items())
            print(f"{workload.name} {round_number + 1}/{options.rounds} {contender.name}: {told}",
                  flush=True)
    results.complete(attempt, sorted(missing.values()))
