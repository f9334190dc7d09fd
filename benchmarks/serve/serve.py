"""Open-loop load at rising rates on valence-server and its peers, one after the other, on the same texts and model.

Writes results.json, report.md and chart.svg. The load generator runs on the same CPUs as the server; its share is in the
report.
"""

import argparse
import json
import pathlib
import platform
import subprocess
import time

import chart
from processes import Server, free_port, valence_server

HERE = pathlib.Path(__file__).resolve().parent
LIMIT = 50  # milliseconds at the 99th percentile


def peers(arguments):
    """Of each server: how to start it, and its path and request body for a text."""

    def valence(precision):
        def run():
            return valence_server(arguments.build, arguments.output / f"valence-server-{precision}.log", "--model",
                                  f"default={arguments.model}", "--threads", str(arguments.threads), "--precision", precision)
        return run, "/predict", lambda text: {"inputs": text}

    def start(name, ready, environment=None, folder=None):
        def run():
            port = free_port()
            command = [part.replace("PORT", str(port)) for part in COMMANDS[name]]
            environment_of = {"OMP_NUM_THREADS": str(arguments.threads), "HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1", **(environment or {})}
            if name == "mlserver":
                environment_of |= {"MLSERVER_HTTP_PORT": str(port), "MLSERVER_GRPC_PORT": str(free_port()),
                                   "MLSERVER_METRICS_PORT": str(free_port()), "MLSERVER_PARALLEL_WORKERS": "0"}
            return port, Server(command, arguments.output / f"{name}.log", f"http://127.0.0.1:{port}{ready}", environment_of, folder)
        return run

    venv = lambda name, program: str(arguments.output / f"venv-{name}" / "bin" / program)
    COMMANDS = {
        "fastapi": [venv("fastapi", "uvicorn"), "--app-dir", str(HERE), "--port", "PORT", "--log-level", "warning", "fastapi_app:app"],
        "infinity": [venv("infinity", "infinity_emb"), "v2", "--model-id", str(arguments.model), "--served-model-name", "m",
                     "--engine", "torch", "--device", "cpu", "--host", "127.0.0.1", "--port", "PORT"],
        "mlserver": [venv("mlserver", "mlserver"), "start", str(arguments.output / "mlserver")],
    }
    settings = arguments.output / "mlserver" / "model-settings.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(json.dumps({"name": "m", "implementation": "mlserver_huggingface.HuggingFaceRuntime", "max_batch_size": 32,
        "max_batch_time": 0.005, "parameters": {"extra": {"task": "text-classification", "pretrained_model": str(arguments.model)}}}))
    return {
        "valence-server": valence("bf16"),
        "valence-server-int8": valence("int8"),
        "fastapi": (start("fastapi", "/health", {"MODEL": str(arguments.model), "ONNX": str(arguments.onnx)}), "/predict", lambda text: {"inputs": text}),
        "infinity": (start("infinity", "/health"), "/classify", lambda text: {"model": "m", "input": [text]}),
        "mlserver": (start("mlserver", "/v2/models/m/ready"), "/v2/models/m/infer",
                     lambda text: {"inputs": [{"name": "inputs", "shape": [1], "datatype": "BYTES", "data": [text]}]}),
    }


def step(arguments, server, port, path, bodies, rate):
    cpu, begin = server.cpu_seconds(), time.monotonic()
    command = [str(arguments.build / "benchmarks" / "serve" / "serve_load"), str(port), path, str(bodies),
               str(arguments.connections), str(arguments.seconds), str(rate)]
    result = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    result |= {"rate": rate, "server_cpus": round((server.cpu_seconds() - cpu) / (time.monotonic() - begin), 2),
               "memory": server.memory()}
    result["held"] = result["p99"] < LIMIT and result["failed"] == 0 and result["unanswered"] == 0 and result["per_second"] > 0.95 * rate
    print(f"  {rate:8.0f}/s: p50 {result['p50']:.1f} ms, p99 {result['p99']:.1f} ms, {result['server_cpus']} CPUs"
          f"{'' if result['held'] else ', not held'}", flush=True)
    return result


def measure(arguments, name, start, path, body, texts):
    print(name, flush=True)
    bodies = arguments.output / f"{name}.jsonl"
    bodies.write_text("".join(json.dumps(body(text)) + "\n" for text in texts))
    port, server = start()
    with server:
        run = lambda rate: step(arguments, server, port, path, bodies, rate)
        run(arguments.first_rate)  # to warm up
        steps, rate = [run(arguments.first_rate)], arguments.first_rate
        while steps[-1]["held"] and rate * 1.5 <= arguments.last_rate:
            rate *= 1.5
            steps.append(run(rate))
        held = max((one["rate"] for one in steps if one["held"]), default=0)
        for share in (1.12, 1.26) if held else ():
            steps.append(run(held * share))
        return sorted(steps, key=lambda one: one["rate"])


def report(results, cpu, arguments):
    best = {name: max((one["per_second"] for one in steps if one["held"]), default=0) for name, steps in results.items()}
    best_peer = max((value for name, value in best.items() if not name.startswith("valence")), default=0)
    times = lambda value: f"{value / best_peer:.2f}" if best_peer else ""
    lines = ["# Servers under load", "",
             f"`benchmarks/serve/run`, {cpu}, {arguments.threads} threads, {time.strftime('%-d %B %Y')}: one text of SST-2's development set a request,",
             f"Poisson arrivals over {arguments.connections} connections, {arguments.seconds:g} s a rate. The load generator runs on the same CPUs.",
             "valence-server computes in bf16, fastapi is FastAPI over ONNX Runtime in int8, infinity and mlserver run PyTorch in f32.", "",
             f"| server | texts/s at p99 below {LIMIT} ms | times the best peer | p50, ms | p99, ms | CPUs | CPUs of the generator | memory, MB |",
             "|---|---|---|---|---|---|---|---|"]
    for name, steps in results.items():
        held = [one for one in steps if one["held"]]
        if not held:
            lines.append(f"| {name} | none | | | | | | {steps[0]['memory'] / 1e6:.0f} |")
            continue
        top = held[-1]
        lines.append(f"| {name} | {top['per_second']:.0f} | {times(top['per_second'])} | {top['p50']:.1f} | {top['p99']:.1f} | "
                     f"{top['server_cpus']} | {top['generator_cpus']} | {top['memory'] / 1e6:.0f} |")
    lines += ["", "All rates:", "", "| server | rate | texts/s | p50, ms | p99, ms | CPUs |", "|---|---|---|---|---|---|"]
    for name, steps in results.items():
        lines += [f"| {name} | {one['rate']:.0f} | {one['per_second']:.0f} | {one['p50']:.1f} | {one['p99']:.1f} | {one['server_cpus']} |" for one in steps]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--onnx", type=pathlib.Path, required=True, help="the same model for ONNX Runtime, in int8")
    parser.add_argument("--servers", nargs="+", default=["valence-server", "valence-server-int8", "fastapi", "infinity", "mlserver"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--connections", type=int, default=256)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--first-rate", type=float, default=20)
    parser.add_argument("--last-rate", type=float, default=1e6)
    arguments = parser.parse_args()
    root = HERE.parents[1]
    texts = [line.rsplit("\t", 1)[0] for line in (root / "tests/data/sst2-dev.tsv").read_text().splitlines()[1:]]
    known = peers(arguments)
    results = {name: measure(arguments, name, *known[name], texts) for name in arguments.servers}
    cpu = next((line.split(":")[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.processor())
    (arguments.output / "results.json").write_text(json.dumps({"cpu": cpu, "steps": results}, indent=1))
    (arguments.output / "report.md").write_text(report(results, cpu, arguments))
    (arguments.output / "chart.svg").write_text(chart.svg(results, cpu, LIMIT))
    print((arguments.output / "report.md").read_text())


if __name__ == "__main__":
    main()
