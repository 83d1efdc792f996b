"""What was measured, one JSON object a line, so that a comparison can go on where it was cut off.

Each attempt at a workload has a name of its own. Its last line says that it is complete; only of
complete attempts anything is told, and of the last of them.
"""

import json
import os
import time


class Results:
    def __init__(self, path, fresh):
        self._path = path
        if fresh and path.exists():
            path.unlink()

    def begin(self, workload, scale):
        """A name for a new attempt."""
        return {"attempt": f"{workload.name} {time.time_ns()}", "workload": workload.name,
                "scale": scale}

    def add(self, attempt, contender, round_number, values):
        self._write({**attempt, "contender": contender.name, "round": round_number,
                     "load": round(os.getloadavg()[0], 2), "values": values})

    def complete(self, attempt, missing):
        """`missing`: why which contenders did not take part."""
        self._write({**attempt, "complete": True, "missing": missing,
                     "at": time.strftime("%Y-%m-%d %H:%M", time.gmtime())})

    def last_of(self, workload):
        """The rows of the last complete attempt, and the line that completes it; or none."""
        rows = {}
        last = None
        for row in self._rows():
            if row["workload"] != workload.name:
                continue
            if row.get("complete"):
                last = row
            else:
                rows.setdefault(row["attempt"], []).append(row)
        return (rows.get(last["attempt"], []), last) if last else ([], None)

    def _write(self, row):
        with self._path.open("a") as file:
            file.write(json.dumps(row) + "\n")

    def _rows(self):
        if not self._path.exists():
            return []
        return [json.loads(line) for line in self._path.read_text().splitlines() if line]
