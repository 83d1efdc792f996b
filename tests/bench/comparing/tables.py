"""The tables of docs/PERFORMANCE.md."""

from comparing.judging import Spread, verdicts

BEGIN, END = "<!-- compare: begin -->", "<!-- compare: end -->"


def shown(number, unit):
    """As a person reads it."""
    if unit == "/s" and number >= 1e6:
        return f"{number / 1e6:.2f} M"
    if unit == "s":
        return f"{number:.3f}"
    if unit.startswith("times"):
        return f"{number:.2f}"
    return f"{number:,.0f}"


def spread_text(spread, unit):
    return f"{shown(spread.median, unit)} [{shown(spread.low, unit)}-{shown(spread.high, unit)}]"


def verdict_text(verdict):
    gate, unit = verdict.gate, verdict.measure.unit
    is_ratio = gate.peer or gate.itself_in
    reached = f"{verdict.reached:.2f}" if is_ratio else shown(verdict.reached, unit)
    of = f" of {gate.peer or gate.itself_in}" if is_ratio else ""
    if gate.floor is None:
        word = "aim reached" if verdict.is_as_aimed else "below the aim"
        return f"{reached}{of}: {word} (aim {gate.aim:.3g})"
    word = "aim reached" if verdict.is_as_aimed else "holds" if verdict.holds else "**missed**"
    return f"{reached}{of}: {word} (floor {_bound(gate.floor)}, aim {_bound(gate.aim)})"


def _bound(number):
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def rows_of(workload, rows, told):
    judged = verdicts(workload, told)
    for measure in workload.measures:
        for contender in workload.contenders:
            spread = Spread.of(rows, contender.name, measure.field)
            if spread is None:
                continue
            cost = Spread.of(rows, contender.name, "processor_seconds")
            growth = Spread.of(rows, contender.name, "memory_growth")
            said = "; ".join(verdict_text(each) for each in judged
                             if each.contender == contender.name and each.measure is measure)
            yield (f"| {workload.name}, {measure.what} | {contender.name} "
                   f"| {spread_text(spread, measure.unit)} {measure.unit} "
                   f"| {f'{cost.median:.2f}' if cost else '–'} "
                   f"| {f'{growth.median / 1e6:.1f}' if growth else '–'} | {said} |")


def table(told):
    """`told` as in `verdicts`."""
    lines = ["| workload | contender | median [min-max] | server CPU s | memory + MB | against |",
             "|---|---|---|---|---|---|"]
    for workload, rows, _ in told:
        lines += rows_of(workload, rows, told)
    return lines


def section(told):
    loads = sorted(row["load"] for _, rows, _ in told for row in rows)
    days = sorted({last["at"][:10] for _, _, last in told})
    scales = sorted({last["scale"] for _, _, last in told})
    missing = sorted({why for _, _, last in told for why in last["missing"]})
    lines = [f"Measured {' and '.join(days)}; sizes times {', '.join(f'{s:g}' for s in scales)}; "
             f"load of the machine meanwhile {loads[0]} to {loads[-1]}, median "
             f"{loads[len(loads) // 2]}, the measurement itself included.", ""]
    lines += [f"Not measured: {why}." for why in missing] + ([""] if missing else [])
    return "\n".join(lines + table(told)) + "\n"


def put_into(page, text):
    """The page with the section between the marks replaced."""
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n{text}{END}{after}"
