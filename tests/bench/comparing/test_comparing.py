"""The comparison: what it judges, what it remembers, what it does without a peer."""

import io
import json
import tempfile
import unittest
import xml.etree.ElementTree as xml
from argparse import Namespace
from contextlib import redirect_stdout
from pathlib import Path

from comparing import plot, tables
from comparing.building import NotInstalled
from comparing.contenders import Contender
from comparing.judging import verdicts
from comparing.results import Results
from comparing.running import run
from comparing.workload import Gate, Measure, Workload
from comparing.workloads import WORKLOADS


def saying(name, peer, **values):
    """A contender that needs no server, and finds these numbers."""
    return Contender(name, peer, "", load=lambda build, words: ["echo", json.dumps(values)])


def absent(build, words):
    raise NotInstalled("rabbit is not installed (Debian package rabbit)")


def rates(*contenders, floor=1.0, aim=2.0, more=True):
    return Workload("W0", ("deliveries=1000", "burst=64"), contenders,
                    (Measure("rate", "things", "/s", more, (Gate("peer", floor, aim),)),),
                    ("deliveries",))


class Comparing(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = Path(folder.name) / "results.jsonl"
        self.results = Results(self.file, fresh=False)

    def run_it(self, workload, peers=None, rounds=3):
        options = Namespace(peer=peers, rounds=rounds, scale=0.5, build=Path("."))
        with redirect_stdout(io.StringIO()) as said:
            run(workload, self.results, options)
        return said.getvalue()

    def told(self, workload):
        return [(workload, *self.results.last_of(workload))]

    def reached(self, workload):
        return verdicts(workload, self.told(workload))

    def test_a_floor_is_missed_by_a_ratio_below_it(self):
        workload = rates(saying("us", "", rate=90), saying("peer", "p", rate=100))
        self.run_it(workload)

        (one,) = self.reached(workload)

        self.assertAlmostEqual(one.reached, 0.9)
        self.assertFalse(one.holds)

    def test_where_less_is_better_a_smaller_ratio_holds(self):
        workload = rates(saying("us", "", rate=40), saying("peer", "p", rate=100), floor=0.5,
                         aim=0.25, more=False)
        self.run_it(workload)

        (one,) = self.reached(workload)

        self.assertTrue(one.holds)
        self.assertFalse(one.is_as_aimed)

    def test_a_gate_without_a_peer_bounds_the_number_itself(self):
        workload = Workload("W0", (), (saying("us", "", bytes=300),),
                            (Measure("bytes", "memory", "B", False, (Gate(None, 400, 250),)),))
        self.run_it(workload)

        (one,) = self.reached(workload)

        self.assertTrue(one.holds)
        self.assertFalse(one.is_as_aimed)

    def test_a_gate_may_compare_a_contender_with_itself_elsewhere(self):
        few = Workload("few", (), (saying("us", "", rate=100),), ())
        many = Workload("many", (), (saying("us", "", rate=60),),
                        (Measure("rate", "things", "/s", True, (Gate(None, 0.77, 1, "few"),)),))
        self.run_it(few)
        self.run_it(many)

        (one,) = verdicts(many, self.told(few) + self.told(many))

        self.assertAlmostEqual(one.reached, 0.6)
        self.assertFalse(one.holds)
        self.assertEqual(verdicts(many, self.told(many)), [])

    def test_without_a_peer_it_says_so_and_goes_on(self):
        workload = rates(saying("us", "", rate=1), Contender("peer", "p", "", load=absent))

        said = self.run_it(workload)

        self.assertIn("rabbit is not installed", said)
        rows, last = self.results.last_of(workload)
        self.assertEqual(len(rows), 3)
        self.assertEqual(last["missing"], ["rabbit is not installed (Debian package rabbit)"])
        self.assertEqual(self.reached(workload), [])
        self.assertIn("Not measured: rabbit", tables.section(self.told(workload)))

    def test_only_the_peers_that_are_asked_for_take_part(self):
        workload = rates(saying("us", "", rate=1), saying("a", "a", rate=1),
                         saying("b", "b", rate=1))

        self.run_it(workload, peers=["b"], rounds=1)

        names = [row["contender"] for row in self.results.last_of(workload)[0]]
        self.assertEqual(names, ["us", "b"])

    def test_rounds_are_interleaved(self):
        workload = rates(saying("us", "", rate=1), saying("peer", "p", rate=1))

        self.run_it(workload, rounds=2)

        names = [row["contender"] for row in self.results.last_of(workload)[0]]
        self.assertEqual(names, ["us", "peer", "us", "peer"])

    def test_an_attempt_that_was_cut_off_counts_for_nothing(self):
        us = saying("us", "", rate=7)
        workload = rates(us)
        self.results.add(self.results.begin(workload, 1.0), us, 0, {"rate": 1})

        self.assertEqual(self.results.last_of(workload), ([], None))
        self.run_it(workload, rounds=1)
        self.results.add(self.results.begin(workload, 1.0), us, 0, {"rate": 1})

        rows, _ = Results(self.file, fresh=False).last_of(workload)
        self.assertEqual([row["values"]["rate"] for row in rows], [7])

    def test_without_a_floor_nothing_is_missed(self):
        workload = rates(saying("us", "", rate=1), saying("peer", "p", rate=100), floor=None)
        self.run_it(workload)

        (one,) = self.reached(workload)

        self.assertTrue(one.holds)
        self.assertFalse(one.is_as_aimed)
        self.assertIn("0.01 of peer: below the aim (aim 2)", tables.section(self.told(workload)))

    def test_who_is_much_slower_is_given_a_part_of_the_work(self):
        told = Contender("us", "", "", part=0.1, load=lambda build, words: [
            "echo", json.dumps({"rate": int(words[0].split("=")[1])})])
        workload = rates(told)
        self.run_it(workload, rounds=1)

        rows, _ = self.results.last_of(workload)

        self.assertEqual(rows[0]["values"]["rate"], 50)

    def test_a_fresh_start_forgets(self):
        workload = rates(saying("us", "", rate=7))
        self.run_it(workload)

        self.assertEqual(Results(self.file, fresh=True).last_of(workload), ([], None))

    def test_a_load_that_fails_ends_the_comparison(self):
        workload = rates(Contender("us", "", "", load=lambda build, words: ["false"]))

        with self.assertRaisesRegex(RuntimeError, "us"):
            self.run_it(workload)

    def test_a_scale_makes_sizes_smaller_and_nothing_else(self):
        us = saying("us", "", rate=1)

        self.assertEqual(rates(us).words_for(0.1), ["deliveries=100", "burst=64"])

    def test_the_page_keeps_what_stands_around_the_tables(self):
        page = f"before\n{tables.BEGIN}\nold\n{tables.END}\nafter\n"

        self.assertEqual(tables.put_into(page, "new\n"),
                         f"before\n{tables.BEGIN}\nnew\n{tables.END}\nafter\n")

    def test_a_table_names_floor_and_aim_and_what_was_missed(self):
        workload = rates(saying("us", "", rate=150_000), saying("peer", "p", rate=100_000),
                         floor=2.0, aim=3.0)
        self.run_it(workload)

        text = tables.section(self.told(workload))

        self.assertIn("150,000 [150,000-150,000] /s", text)
        self.assertIn("1.50 of peer: **missed** (floor 2, aim 3)", text)

    def test_a_number_of_times_is_told_with_its_fraction(self):
        self.assertEqual(tables.shown(1.2345, "times the undisturbed"), "1.23")

    def test_the_plot_is_xml_with_a_bar_for_each_verdict(self):
        workload = rates(saying("us <1>", "", rate=3), saying("peer", "p", rate=2))
        self.run_it(workload)

        root = xml.fromstring(plot.svg(self.told(workload)))

        circles = root.findall("{http://www.w3.org/2000/svg}circle")
        self.assertEqual(len(circles), 1)


class TheWorkloads(unittest.TestCase):
    def test_have_names_of_their_own(self):
        names = [each.name for each in WORKLOADS]

        self.assertEqual(len(names), len(set(names)))

    def test_scale_only_what_they_have(self):
        for workload in WORKLOADS:
            with self.subTest(workload=workload.name):
                self.assertLessEqual(set(workload.scaled),
                                     {word.split("=")[0] for word in workload.words})

    def test_have_gates_against_contenders_that_take_part(self):
        for workload in WORKLOADS:
            names = [each.name for each in workload.contenders]
            for measure in workload.measures:
                for gate in measure.gates:
                    with self.subTest(workload=workload.name, peer=gate.peer):
                        self.assertIn(gate.peer, [*names, None])
                        self.assertIn(gate.itself_in, ["", *(each.name for each in WORKLOADS)])
                        if gate.floor in (None, gate.aim):
                            continue
                        self.assertEqual(gate.aim > gate.floor, measure.more_is_better)


if __name__ == "__main__":
    unittest.main()
