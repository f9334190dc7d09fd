"""The latencies of all servers by rate, as an SVG that is readable on light and dark pages."""

import math

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 420, 64, 150, 56, 48
COLOURS = ("#1f6feb", "#d9822b", "#2da44e", "#a371f7", "#cf222e")


def ticks(low, high):
    """1, 2 and 5 times the powers of ten between both."""
    return [value for power in range(-4, 8) for factor in (1, 2, 5) if low <= (value := factor * 10**power) <= high]


def svg(results, cpu, limit):
    points = {name: [(one["rate"], max(one["p99"], 0.1)) for one in steps] for name, steps in results.items()}
    rates = [rate for line in points.values() for rate, _ in line]
    times = [time for line in points.values() for _, time in line] + [limit]
    low_x, high_x, low_y, high_y = min(rates) / 1.2, max(rates) * 1.2, min(times) / 1.5, min(max(times), 2000) * 1.2
    x = lambda rate: LEFT + (WIDTH - LEFT - RIGHT) * math.log(rate / low_x) / math.log(high_x / low_x)
    y = lambda time: HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * math.log(min(time, high_y) / low_y) / math.log(high_y / low_y)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
           "<style>text { fill: #24292f } .grid { stroke: #d0d7de } .soft { fill: #57606a } .back { fill: #ffffff }"
           "@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .grid { stroke: #3d444d } .soft { fill: #9198a1 } .back { fill: #0d1117 } }</style>",
           f'<rect class="back" width="{WIDTH}" height="{HEIGHT}"/>',
           f'<text x="{LEFT}" y="22" font-size="15" font-weight="bold">99th percentile of the latency by rate</text>',
           f'<text class="soft" x="{LEFT}" y="40">One text a request, open loop; {cpu}</text>']
    for value in ticks(low_x, high_x):
        out.append(f'<line class="grid" x1="{x(value):.1f}" y1="{TOP}" x2="{x(value):.1f}" y2="{HEIGHT - BOTTOM}"/>'
                   f'<text class="soft" x="{x(value):.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{value:g}</text>')
    for value in ticks(low_y, high_y):
        out.append(f'<line class="grid" x1="{LEFT}" y1="{y(value):.1f}" x2="{WIDTH - RIGHT}" y2="{y(value):.1f}"/>'
                   f'<text class="soft" x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:g}</text>')
    out.append(f'<line x1="{LEFT}" y1="{y(limit):.1f}" x2="{WIDTH - RIGHT}" y2="{y(limit):.1f}" stroke="#cf222e" stroke-dasharray="5 4"/>')
    out.append(f'<text class="soft" x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">texts/s sent</text>'
               f'<text class="soft" x="16" y="{(TOP + HEIGHT - BOTTOM) / 2}" text-anchor="middle" transform="rotate(-90 16 {(TOP + HEIGHT - BOTTOM) / 2})">milliseconds</text>')
    for (name, line), colour in zip(points.items(), COLOURS):
        path = " ".join(f"{x(rate):.1f},{y(time):.1f}" for rate, time in line)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        out += [f'<circle cx="{x(rate):.1f}" cy="{y(time):.1f}" r="3" fill="{colour}"/>' for rate, time in line]
    for i, (name, colour) in enumerate(zip(points, COLOURS)):
        out.append(f'<rect x="{WIDTH - RIGHT + 14}" y="{TOP + 20 * i}" width="12" height="12" fill="{colour}"/>'
                   f'<text x="{WIDTH - RIGHT + 32}" y="{TOP + 20 * i + 10}">{name}</text>')
    return "\n".join([*out, "</svg>", ""])
