"""Turns results.json into report.md and chart.svg.

report.py FOLDER   writes both again from the results.json in FOLDER
"""

import html
import json
import pathlib
import statistics
import sys

CONTENDERS = ("valence", "valence-int8")  # each is compared with every peer
OURS = CONTENDERS + ("valence-1-thread", "valence-onednn")
LABELS = {
    "valence": "valence, from text", "valence-int8": "valence int8, from text", "valence-1-thread": "valence, 1 thread",
    "valence-onednn": "valence on oneDNN's AMX", "openvino-bf16": "OpenVINO bf16",
    "openvino-f32": "OpenVINO f32", "openvino-int8": "OpenVINO int8", "onnxruntime-f32": "ONNX Runtime f32", "onnxruntime-int8": "ONNX Runtime int8",
    "pytorch-bf16": "PyTorch bf16", "pytorch-f32": "PyTorch f32", "ctranslate2-int8": "CTranslate2 int8"}
WORKLOADS = {
    "dev": "SST-2 dev, arrival order", "dev.sorted": "SST-2 dev, sorted", "tweets": "tweet-length, arrival order",
    "tweets.sorted": "tweet-length, sorted", "reviews": "long reviews, arrival order",
    "reviews.sorted": "long reviews, sorted", "single8": "8 tokens", "single25": "25 tokens",
    "single128": "128 tokens", "single512": "512 tokens"}

def is_single(workload):
    return workload.startswith("single")


def workloads_of(result):
    """Those that were run, in the order of the report."""
    run = {workload for of in result["samples"].values() for workload in of}
    return [workload for workload in WORKLOADS if workload in run]


def values(samples):
    return [sample.get("ms", sample.get("tokens_per_s")) for sample in samples]


def number(value, single):
    return f"{value:.1f}" if single else f"{value:,.0f}"


def cell(samples, single):
    all_values = values(samples)
    low, middle, high = (number(f(all_values), single) for f in (min, statistics.median, max))
    return f"**{middle}** ({low} to {high})"


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def labels_changed(result, name):
    """On SST-2 dev, against ONNX Runtime in f32."""
    pairs = list(zip(result["answers"][name], result["answers"]["reference"]))
    return f"{sum(a.index(max(a)) != b.index(max(b)) for a, b in pairs)} of {len(pairs)}"


def speed_tables(result):
    for single, title in ((False, "tokens/s of real tokens"), (True, "one text alone, p50 in ms")):
        columns = [workload for workload in workloads_of(result) if is_single(workload) == single]
        rows = [[LABELS[name]] + [cell(of[w], single) if w in of else "" for w in columns] + [labels_changed(result, name)]
                for name, of in result["samples"].items() if set(columns) & set(of)]
        if not columns:
            continue
        yield f"{title}: median (lowest to highest)\n\n" + table(["runtime"] + [WORKLOADS[w] for w in columns] + ["labels changed"], rows)


def ratio_table(result, contender):
    """The contender against each of the others, the median of the ratios within a round: above 1 it is the faster one."""
    ours = result["samples"][contender]
    rows = []
    for name, of in result["samples"].items():
        if name in (contender, "valence-1-thread"):
            continue
        row = [LABELS[name]]
        for workload in workloads_of(result):
            pairs = zip(values(ours[workload]), values(of[workload]))
            row.append(f"{statistics.median(b / a if is_single(workload) else a / b for a, b in pairs):.2f}")
        rows.append(row)
    return f"how many times as fast as each other one {LABELS[contender].split(',')[0]} is: median over the rounds\n\n" + \
        table(["beside"] + [WORKLOADS[workload] for workload in workloads_of(result)], rows)


def best_bare(result):
    """The row count at which the bare matmuls are fastest, and their tokens/s there in each round."""
    if not result["bare"]:
        return None, []
    best = max(result["bare"][0], key=lambda rows: statistics.median(of[rows] for of in result["bare"]))
    return best, [of[best] for of in result["bare"]]


def bare_lines(result):
    rows, bound = best_bare(result)
    if not bound:
        return
    middle = statistics.median(bound)
    yield f"Bare matmuls of six whole layers (oneDNN's with AVX-512 or AMX), best at {rows} rows a thread: {middle:,.0f} tokens/s" \
        f" ({min(bound):,.0f} to {max(bound):,.0f})."
    ours = result["samples"].get("valence", {})
    if ours:
        for workload in filter(ours.__contains__, ("dev", "dev.sorted")):
            ratio = statistics.median(a / b for a, b in zip(values(ours[workload]), bound))
            yield f"valence on {WORKLOADS[workload]}: {ratio:.3f} of that."
        for text in filter(is_single, ours):
            median = statistics.median(values(ours[text]))
            tokens = int(text.removeprefix("single"))
            yield f"valence on one text of {tokens} tokens: {tokens / median * 1e3:,.0f} tokens/s, " \
                f"{tokens / median * 1e3 / middle:.2f} of that."


def peak_lines(result, model):
    peak = [flops for flops in result.get("peak", []) if flops]
    if not peak:
        return
    yield f"AMX tile unit, bf16 in registers, all threads: {statistics.median(peak) / 1e12:.2f} TFLOP/s" \
        f" ({min(peak) / 1e12:.2f} to {max(peak) / 1e12:.2f})."
    flop = 6 * 2 * 12 * int(model) ** 2  # of a token in the products of six whole layers
    for workload in filter(result["samples"].get("valence", {}).__contains__, ("dev", "dev.sorted", "reviews")):
        speeds = values(result["samples"]["valence"][workload])
        share = statistics.median(speed * flop / of for speed, of in zip(speeds, peak))
        yield f"valence on {WORKLOADS[workload]}: {share:.2f} of that, counting the products of six whole layers."


def thread_lines(result):
    one, two = (result["samples"].get(name, {}) for name in ("valence-1-thread", "valence"))
    for workload in one:
        ratio = statistics.median(b / a for a, b in zip(values(one[workload]), values(two[workload])))
        yield f"valence on {WORKLOADS[workload]}: all threads are {ratio:.2f} times as fast as one."
    if result["callers"]:
        share, texts, p50, p99 = (statistics.median(values) for values in zip(*(
            (of["texts_per_s"] / of["batch_texts_per_s"], of["texts_per_s"], of["p50"], of["p99"])
            for of in result["callers"])))
        yield f"8 callers, each one SST-2 dev text at a time: {texts:,.0f} texts/s, {share:.0%} of one batch call; " \
            f"a call took {1e3 * p50:.1f} ms (p50), {1e3 * p99:.1f} ms (p99)."


def footprint_table(result):
    rows = []
    for name, of in result["footprint"].items():
        difference = max(abs(a - b) for ours, theirs in zip(result["answers"][name], result["answers"]["reference"])
                         for a, b in zip(ours, theirs))
        rows.append([LABELS[name], f"{statistics.median(of['load_s']):.2f} s",
                     f"{statistics.median(of['resident_mb']):,.0f} MB",
                     f"{result['idle_cpu'][name]:.2%}", f"{difference:.4f}"])
    return table(["runtime", "load, warm files (Python peers: with the import of the library)",
                  "resident after a 4,096-token batch (Python peers: with the interpreter)",
                  "CPU while idle", "largest difference of the logits from ONNX Runtime f32"], rows)


def sweep_tables(result):
    for name, of in result["sweep"].items():
        sizes = sorted({setting["size"] for settings in of.values() for setting in settings})
        rows = []
        for workload, settings in of.items():
            for lanes in sorted({setting["lanes"] for setting in settings}):
                speeds = {s["size"]: s["tokens_per_s"] for s in settings if s["lanes"] == lanes}
                cells = {size: f"{speed:,.0f}" for size, speed in speeds.items()}
                chosen = result["best"][name][workload]
                if chosen["lanes"] == lanes:
                    cells[chosen["size"]] = f"**{cells[chosen['size']]}**"
                rows.append([WORKLOADS[workload], str(lanes)] + [cells.get(size, "") for size in sizes])
        yield f"{LABELS[name]}\n\n" + table(["workload", "at a time"] + [f"batch {size}" for size in sizes], rows)


def noise_line(results):
    others = [sample["others"] for result in results["models"].values() for of in result["samples"].values()
              for samples in of.values() for sample in samples]
    return f"What else ran on the machine took {statistics.mean(others):.1%} of the CPU time of a turn in the mean, " \
        f"{max(others):.0%} in the worst turn."


def markdown(results):
    facts = results["facts"]
    versions = ", ".join(f"{name} {facts[name]}" for name in (
        "valence", "openvino", "nncf", "onnxruntime", "torch", "transformers", "ctranslate2"))
    yield f"# valence beside other runtimes\n\n{facts['cpu']} ({', '.join(facts['features'])}), {facts['cpus']} CPUs,"
    yield f"{facts['threads']} threads each, {facts['rounds']} interleaved rounds, {facts['date']}."
    yield f"{versions}.\n\n{noise_line(results)}\n"
    for model, result in results["models"].items():
        yield f"\n## DistilBERT, 6 layers, {model} wide ({'random weights' if model == '768' else 'models/default'})\n"
        yield from speed_tables(result)
        yield from (ratio_table(result, name) for name in CONTENDERS if name in result["samples"])
        lines = list(bare_lines(result)) + list(peak_lines(result, model)) + list(thread_lines(result))
        if lines:
            yield "\n".join("- " + line for line in lines) + "\n"
        yield footprint_table(result)
        if not any(result["sweep"].values()):
            continue
        yield "<details><summary>The settings each peer was tried with, tokens/s on some batches; the chosen one in bold"
        yield "</summary>\n"
        yield from sweep_tables(result)
        yield "</details>\n"


# The chart: small multiples, a panel a workload, a bar a runtime.
CHARTED = ("dev", "dev.sorted", "reviews", "reviews.sorted", "single25", "single512")
PANEL_WIDTH, LABEL_WIDTH, BAR, GAP, TITLE = 470, 132, 15, 4, 34
STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #6e7781 }
  .title { font-weight: 600 } .head { font-size: 15px; font-weight: 600 } .note { font-size: 11px }
  .ours { fill: #d9480f } .peer { fill: #6b8bb5 } .spread, .bound { stroke: #6e7781; stroke-width: 1.2 }
  .bound { stroke-dasharray: 4 3 }
  @media (prefers-color-scheme: dark) { text { fill: #b6bec8 } .spread, .bound { stroke: #b6bec8 } }
"""


def panel(result, workload, x, y):
    single = is_single(workload)
    unit = "ms, less is better" if single else "tokens/s"
    names = [name for name in result["samples"] if name != "valence-1-thread"]
    of = {name: values(result["samples"][name][workload]) for name in names}
    bound = 0 if single or not result["bare"] else statistics.median(best_bare(result)[1])
    scale = (PANEL_WIDTH - LABEL_WIDTH - 70) / max(bound, max(max(v) for v in of.values()))
    yield f'<text class="title" x="{x}" y="{y + 18}">{WORKLOADS[workload]} <tspan class="note">({unit})</tspan></text>'
    left, top = x + LABEL_WIDTH, y + TITLE - 8
    for i, (name, all_values) in enumerate(of.items()):
        row = top + i * (BAR + GAP)
        median, middle = statistics.median(all_values), row + BAR / 2
        low, high = left + min(all_values) * scale, left + max(all_values) * scale
        yield f'<text x="{left - 6}" y="{row + 12}" text-anchor="end">{LABELS[name]}</text>'
        kind, width = "ours" if name in CONTENDERS else "peer", median * scale
        yield f'<rect class="{kind}" x="{left}" y="{row}" width="{width:.1f}" height="{BAR}"/>'
        yield f'<line class="spread" x1="{low:.1f}" y1="{middle}" x2="{high:.1f}" y2="{middle}"/>'
        yield f'<text x="{x + PANEL_WIDTH - 15}" y="{row + 12}" text-anchor="end">{number(median, single)}</text>'
    if bound:
        at = left + bound * scale
        yield f'<line class="bound" x1="{at:.1f}" y1="{top - 3}" x2="{at:.1f}" y2="{top + len(of) * (BAR + GAP)}"/>'


def chart(results):
    facts = results["facts"]
    body, y = [], 56
    for model, result in results["models"].items():
        rows = sum(name != "valence-1-thread" for name in result["samples"])
        chosen = [w for w in workloads_of(result) if w in CHARTED]
        height = TITLE + rows * (BAR + GAP) + 8
        body.append(f'<text class="head" x="12" y="{y + 8}">DistilBERT 6 x {model}</text>')
        y += 14
        for i, workload in enumerate(chosen):
            body += panel(result, workload, 12 + (i % 2) * PANEL_WIDTH, y + (i // 2) * height)
        y += (len(chosen) + 1) // 2 * height + 22
    head = f"{facts['cpu']}, {facts['threads']} threads, medians of {facts['rounds']} interleaved rounds (line: spread)"
    dashes = any(result["bare"] for result in results["models"].values())
    notes = "Peers get token ids and their best batch size; valence starts from text." + \
        (" Dashed: the bare matmuls of six whole layers." if dashes else "")
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" width="{2 * PANEL_WIDTH + 24}" height="{y}" '
                      f'viewBox="0 0 {2 * PANEL_WIDTH + 24} {y}">', f"<style>{STYLE}</style>",
                      f'<text class="title" x="12" y="20">{html.escape(head)}</text>',
                      f'<text class="note" x="12" y="37">{notes}</text>', *body, "</svg>", ""])


def write(results, folder):
    text = "\n".join(markdown(results))
    (folder / "report.md").write_text(text)
    (folder / "chart.svg").write_text(chart(results))
    print(text)


if __name__ == "__main__":
    folder_given = pathlib.Path(sys.argv[1])
    write(json.loads((folder_given / "results.json").read_text()), folder_given)
