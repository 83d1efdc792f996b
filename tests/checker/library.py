"""The library `preserves`, from the virtual environment of the integration tests if need be."""

import sys
from pathlib import Path

try:
    import preserves
except ImportError:
    sys.path.append(str(Path(__file__).resolve().parents[1] / "integration"))
    from support import environment
    environment.ensure()
    import preserves

Embedded, Record, Symbol, parse = (
    preserves.Embedded, preserves.Record, preserves.Symbol, preserves.parse)
