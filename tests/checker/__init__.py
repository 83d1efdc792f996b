"""Judges what clients said and were told: `python3 -m checker FILE…`; see docs/TESTING.md."""
