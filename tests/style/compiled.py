"""What a build folder compiles, source by source."""

import json
import re
from pathlib import Path


def commands(build):
    """The entries of compile_commands.json. A unit that AVOW_UNITY made stands for its sources,
    each of which has its command. All have the warning that such targets go without."""
    entries = []
    for entry in json.loads((Path(build) / "compile_commands.json").read_text()):
        unit = Path(entry["file"])
        command = entry["command"].replace("-Wno-subobject-linkage", "-Wshadow")
        sources = [str(unit)]
        if unit.parent.name == "Unity":
            sources = re.findall(r'^#include "(.+)"$', unit.read_text(), re.MULTILINE)
        entries += [{**entry, "file": source, "command": command.replace(str(unit), source)}
                    for source in sources]
    return entries
