"""The checker passes what holds, and finds every fault that is planted in it."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from checker import example
from checker.faults import FAULTS
from checker.verdict import judge

EVENTS = 1_000_000
SECONDS_MAX = 60
SEEDS = 20


def test_a_history_in_which_everything_holds_passes(tmp_path):
    for seed in range(SEEDS):
        verdict = judge(example.write(example.history(seed=seed), tmp_path), is_complete=True)

        assert verdict.breaches == [], f"seed {seed}: {verdict.breaches[0]}"
    assert (verdict.clients, verdict.sessions, verdict.subscriptions) == (8, 9, 8)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name, property_name, plant", FAULTS, ids=[each[0] for each in FAULTS])
def test_a_planted_fault_is_found(tmp_path, name, property_name, plant, seed):
    records = example.history(seed=seed)
    plant(records)

    breaches = judge(example.write(records, tmp_path), is_complete=True).breaches

    assert property_name in {breach.property for breach in breaches}, \
        f"{name}: {[str(breach) for breach in breaches[:5]]}"


def program(*arguments):
    return subprocess.run([sys.executable, "-m", "checker", *map(str, arguments)],
                          cwd=Path(__file__).resolve().parents[1], capture_output=True, text=True)


def test_the_program_says_in_a_sentence_who_was_told_what_wrongly(tmp_path):
    records = example.history()
    dict((name, plant) for name, _, plant in FAULTS)["an_appearance_comes_twice"](records)
    example.write(records, tmp_path)

    done = program("--complete", tmp_path)

    assert done.returncode == 1
    assert done.stdout.startswith("Unique: eve, revision ")
    assert '{"<n>":[' in done.stdout and "was there already" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("8 clients, 9 sessions, 8 subscriptions")


def test_the_program_is_content_with_what_holds_and_refuses_what_is_no_record(tmp_path):
    files = example.write(example.history(), tmp_path)
    assert program("--complete", *files).returncode == 0

    files[0].write_text("no record\n")
    done = program(*files)

    assert done.returncode == 2
    assert f"{files[0]}:1 is no record" in done.stderr
    assert program(tmp_path / "nobody.jsonl").returncode == 2


def test_a_million_events_are_judged_within_a_minute(tmp_path):
    files = example.write(example.history(turns=EVENTS // 80), tmp_path)
    begun = time.process_time()

    verdict = judge(files, is_complete=True)

    assert verdict.breaches == []
    assert verdict.events >= EVENTS
    assert time.process_time() - begun < SECONDS_MAX, "seconds of the processor"
