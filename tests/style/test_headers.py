"""Headers are put in chains, each after one that it includes."""

import unittest

import headers


class Chains(unittest.TestCase):
    def test_each_header_is_in_one_chain_after_what_it_includes(self):
        within = {"a": set(), "b": {"a"}, "c": {"a", "b"}, "d": {"a"}, "e": set()}

        chains = headers.chains_of(list(within), within)

        self.assertEqual(sorted(header for chain in chains for header in chain), sorted(within))
        for chain in chains:
            for first, second in zip(chain, chain[1:]):
                self.assertIn(first, within[second])
        self.assertEqual(len(chains), 3)

    def test_what_is_included_by_all_that_is_taken_makes_room(self):
        within = {"a": set(), "b": set(), "c": {"a", "b"}, "d": {"a"}}

        chains = headers.chains_of(list(within), within)

        self.assertEqual(sorted(chains), [["a", "d"], ["b", "c"]])


if __name__ == "__main__":
    unittest.main()
