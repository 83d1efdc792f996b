"""One picture of all ratios: how far each of ours is from its floor and its aim, as SVG."""

import math

from comparing.judging import verdicts

ROW, LEFT, WIDTH, TOP = 22, 430, 420, 46
LOW, HIGH = 1 / 8, 8  # What the axis shows; what is beyond stands at its end.


def _x(factor):
    """Where a factor stands: 1 is the floor, to the right is better."""
    bounded = min(max(factor, LOW), HIGH)
    return LEFT + WIDTH * (math.log(bounded) - math.log(LOW)) / (math.log(HIGH) - math.log(LOW))


def _factor(verdict, bound):
    """How many times better than the bound it is."""
    ratio = bound / verdict.gate.floor
    return ratio if verdict.measure.more_is_better else 1 / ratio


def _text(x, y, words, anchor="start", colour="#333"):
    safe = words.replace("&", "&amp;").replace("<", "&lt;")
    return f'<text x="{x:.1f}" y="{y}" text-anchor="{anchor}" fill="{colour}">{safe}</text>'


def svg(told):
    judged = [(workload, verdict) for workload, _, _ in told
              for verdict in verdicts(workload, told) if verdict.gate.floor is not None]
    height = TOP + ROW * len(judged) + 12
    width = LEFT + WIDTH + 70
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
             f'font-family="sans-serif" font-size="11">',
             f'<rect width="{width}" height="{height}" fill="white"/>',
             _text(LEFT, 16, "times better than the floor (line at 1); ring: the aim")]
    for factor in (1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8):
        colour = "#c33" if factor == 1 else "#ddd"
        parts.append(f'<line x1="{_x(factor):.1f}" y1="{TOP - 8}" x2="{_x(factor):.1f}" '
                     f'y2="{height - 8}" stroke="{colour}"/>')
        name = f"{factor:g}" if factor >= 1 else f"1/{1 / factor:g}"
        parts.append(_text(_x(factor), TOP - 14, name, "middle"))
    for i, (workload, verdict) in enumerate(judged):
        y = TOP + ROW * i + 12
        other = verdict.gate.peer or verdict.gate.itself_in
        peer = f" / {other}" if other else ""
        name = workload.name
        if len(workload.measures) > 1:
            name += f" {verdict.measure.field.replace('_', ' ')}"
        parts.append(_text(LEFT - 8, y + 4, f"{name}, {verdict.contender}{peer}", "end"))
        reached = _x(_factor(verdict, verdict.reached))
        colour = "#2a7" if verdict.holds else "#c33"
        parts.append(f'<line x1="{_x(1):.1f}" y1="{y}" x2="{reached:.1f}" y2="{y}" '
                     f'stroke="{colour}" stroke-width="6"/>')
        parts.append(f'<circle cx="{_x(_factor(verdict, verdict.gate.aim)):.1f}" cy="{y}" r="5" '
                     f'fill="none" stroke="#555"/>')
    return "\n".join(parts + ["</svg>"]) + "\n"
