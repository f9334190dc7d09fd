"""Runs valence and its peers, interleaved, on the same texts and writes results.json, report.md and chart.svg.

Each runtime is a separate process that waits while another one is timed. In every round each of them runs each workload
once; the CPU time of everything else on the machine is recorded with each run.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import time

import report

HERE = pathlib.Path(__file__).resolve().parent
BATCHED = [name + order for name in ("dev", "tweets", "reviews") for order in ("", ".sorted")]
REFERENCE = "onnxruntime-f32"  # the answers of the others are compared with this one's
SINGLE = ["single8", "single25", "single128", "single512"]
PEERS = {"768": ["openvino-bf16", "openvino-f32", "openvino-int8", "onnxruntime-int8", "onnxruntime-f32", "pytorch-bf16",
                 "pytorch-f32", "ctranslate2-int8"],
         "384": ["openvino-bf16", "openvino-f32", "openvino-int8", "onnxruntime-int8", "pytorch-bf16", "pytorch-f32"]}
BATCH_SIZES = (1, 2, 4, 8, 16, 32, 64)
TICK = 1 / os.sysconf("SC_CLK_TCK")


def machine_cpu_seconds():
    """CPU time that all processes, and other machines of the hypervisor, have taken so far."""
    fields = pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    user, nice, system, _, _, irq, softirq, steal = map(int, fields[:8])
    return (user + nice + system + irq + softirq + steal) * TICK


class Process:
    """A long-lived worker: one command line in, one JSON line out."""

    def __init__(self, name, command, environment=None):
        self.name = name
        self.idle_cpu = self.idle_wall = 0.0
        start = time.perf_counter()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, **(environment or {})})
        self.load_s = self.read()["load_s"]
        self.start_s = time.perf_counter() - start
        self.since = time.perf_counter(), self.cpu_seconds()

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"compare: {self.name} ended with code {self.process.wait()}; its message is above")
        return json.loads(line)

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * TICK

    def ask(self, *words):
        """The answer, with the share of the machine that others took ("others")."""
        begin, own, machine = time.perf_counter(), self.cpu_seconds(), machine_cpu_seconds()
        self.idle_wall += begin - self.since[0]
        self.idle_cpu += own - self.since[1]
        print(*words, file=self.process.stdin, flush=True)
        answer = self.read()
        end, own_end, machine_end = time.perf_counter(), self.cpu_seconds(), machine_cpu_seconds()
        busy_others = (machine_end - machine) - (own_end - own)
        answer["others"] = max(0.0, busy_others / ((end - begin) * os.cpu_count()))
        time.sleep(0.05)  # some runtimes' threads spin for a moment before they sleep
        self.since = time.perf_counter(), self.cpu_seconds()
        return answer

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Comparison:
    def __init__(self, options):
        self.options = options
        self.output = options.output
        self.results = {"facts": self.facts(), "models": {}}
        self.sweep_file = self.output / "sweep.json"
        self.sweeps = {}
        if self.sweep_file.exists() and not options.resweep:
            self.sweeps = json.loads(self.sweep_file.read_text())

    def facts(self):
        cpuinfo = pathlib.Path("/proc/cpuinfo").read_text()
        brand = re.search(r"model name\s*:\s*(.*)", cpuinfo)[1]
        pins = {line.split("==")[0]: line.split("==")[1].strip() for path in sorted(HERE.glob("requirements-*.txt"))
                for line in path.read_text().splitlines() if "==" in line}
        version = re.search(r'VERSION "(.*)"', (HERE.parents[1] / "include/valence/version.h").read_text())[1]
        features = [feature for feature in ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16")
                    if f" {feature} " in cpuinfo]
        return {"cpu": brand, "cpus": os.cpu_count(), "threads": self.options.threads, "rounds": self.options.rounds,
                "features": features,
                "kernel": platform.release(), "date": datetime.date.today().isoformat(), "valence": version, **pins}

    def has_bf16(self):
        return any(feature.endswith("bf16") for feature in self.results["facts"]["features"])

    def settings_facts(self):
        """Everything that the peers' best settings may depend on."""
        return [value for name, value in self.results["facts"].items() if name not in ("rounds", "date", "valence")]

    def start(self, name, model):
        folder = self.output / "models" / model
        environment = {}
        if name in report.OURS + ("bare",):
            if name in ("valence-onednn", "bare"):
                environment["VALENCE_MATMUL"] = "onednn"
            program = self.options.programs / ("compare_bare" if name == "bare" else "compare_valence")
            threads = 1 if name == "valence-1-thread" else self.options.threads
            command = [program, folder / "hf", self.output / "texts", threads] + (["int8"] if name == "valence-int8" else [])
        else:
            python = self.output / ("venv-" + name.split("-")[0].replace("pytorch", "torch")) / "bin/python"
            command = [python, HERE / "worker.py", name, folder, self.output / "texts", self.options.threads]
        return Process(name, list(map(str, command)), environment)

    def sweep(self, name, model):
        """For every batched workload the settings tried, found in an earlier run's file or measured now. The process is
        one of its own, as some runtimes keep the memory that the largest batch needed."""
        key = " ".join([model, name] + [str(fact) for fact in self.settings_facts()])
        tried = self.sweeps.setdefault(key, {})
        missing = [workload for workload in self.options.workloads if workload in BATCHED and workload not in tried]
        if missing:
            say(f"model {model}: settings of {name}")
            process = self.start(name, model)
            for workload in missing:
                tried[workload] = self.sweep_workload(process, workload)
                self.sweep_file.write_text(json.dumps(self.sweeps, indent=1))
            process.close()
        return {workload: tried[workload] for workload in self.options.workloads if workload in tried}

    def sweep_workload(self, process, workload):
        """Settings with their tokens/s. A search over the batch size stops when two are 10 % below the best."""
        tried = []
        for lanes in sorted({1, self.options.threads}):
            best, below = 0.0, 0
            for size in BATCH_SIZES:
                answers = [process.ask("batch", workload, size, lanes, self.options.sweep_tokens) for _ in range(2)]
                speed = max(answer["tokens"] / answer["seconds"] for answer in answers)
                tried.append({"size": size, "lanes": lanes, "tokens_per_s": speed})
                best = max(best, speed)
                below = below + 1 if speed < 0.9 * best else 0
                if below == 2:
                    break
        return tried

    def turn(self, process, workload, best):
        if workload in SINGLE:
            runs = 20 if workload == "single512" else 50
            answer = process.ask("single", workload, runs)
            return {"ms": 1e3 * answer["p50"], "others": answer["others"]}
        setting = best.get(workload, {"size": 0, "lanes": 0})
        answer = process.ask("batch", workload, setting["size"], setting["lanes"], 0)
        return {"tokens_per_s": answer["tokens"] / answer["seconds"], "others": answer["others"]}

    def rounds(self, model, processes, bound, best):
        samples = {process.name: {} for process in processes}
        callers, bare, peak = [], [], []
        for number in range(-1, self.options.rounds):  # round -1 is the warm-up and does not count
            say(f"model {model}: " + (f"round {number + 1} of {self.options.rounds}" if number >= 0 else "warming"))
            if bound and number >= 0:
                speeds = bound.ask("bare", 1)
                bare.append({rows: speed for rows, speed in speeds.items() if rows != "others"})
                peak.append(bound.ask("peak", 0.3)["flops"])
            for workload in self.options.workloads:
                shift = number % len(processes)
                for process in processes[shift:] + processes[:shift]:
                    if process.name == "valence-1-thread" and workload not in ("dev", "dev.sorted"):
                        continue
                    sample = self.turn(process, workload, best.get(process.name, {}))
                    if number >= 0:
                        samples[process.name].setdefault(workload, []).append(sample)
            if number >= 0:
                callers += [process.ask("callers", "dev", 8) for process in processes if process.name == "valence"]
        return {"samples": samples, "callers": callers, "bare": bare, "peak": peak}

    def footprint(self, name, model):
        """Load time and resident memory, each from a few fresh processes."""
        loads, residents = [], []
        for _ in range(3):
            process = self.start(name, model)
            loads.append(process.load_s)
            residents.append(process.ask("memory", 4096)["resident_mb"])
            process.close()
        return {"load_s": loads, "resident_mb": residents}

    def run_model(self, model):
        # Without instructions for bf16 a peer would emulate it, or compute in f32 under another name.
        suitable = [peer for peer in PEERS[model] if self.has_bf16() or not peer.endswith("bf16")]
        peers = [peer for peer in PEERS[model] if peer in (suitable if self.options.peers is None else self.options.peers)]
        ours = [] if self.options.no_valence else list(report.OURS)
        if ours and "amx_bf16" not in self.results["facts"]["features"]:
            ours.remove("valence-onednn")  # by oneDNN's AMX primitives
        alone = [name for name in ours if name in report.CONTENDERS]
        say(f"model {model}: load and memory")
        footprints = {name: self.footprint(name, model) for name in alone + peers}
        tried = {name: self.sweep(name, model) for name in peers}
        best = {name: {workload: max(settings, key=lambda s: s["tokens_per_s"]) for workload, settings in of.items()}
                for name, of in tried.items()}
        processes = [self.start(name, model) for name in ours + peers]
        answers = {process.name: process.ask("logits", "dev")["logits"] for process in processes}
        reference = self.start(REFERENCE, model)
        answers["reference"] = reference.ask("logits", "dev")["logits"]
        reference.close()
        bound = self.start("bare", model) if ours else None
        result = self.rounds(model, processes, bound, best)
        result.update(sweep=tried, best=best, footprint=footprints, answers=answers,
                      idle_cpu={p.name: p.idle_cpu / p.idle_wall for p in processes})
        for process in processes + ([bound] if bound else []):
            process.close()
        return result

    def run(self):
        for model in self.options.models:
            self.results["models"][model] = self.run_model(model)
            (self.output / "results.json").write_text(json.dumps(self.results, indent=1))
        report.write(self.results, self.output)


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(prog="run", description=__doc__)
    parser.add_argument("--output", type=pathlib.Path, required=True, help="set by run")
    parser.add_argument("--programs", type=pathlib.Path, required=True, help="set by run")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2, help="for every runtime")
    parser.add_argument("--models", nargs="+", choices=list(PEERS), default=list(PEERS),
                        help="768: random weights of distilbert-base's size; 384: models/default")
    parser.add_argument("--peers", nargs="*", help="only these, in place of all that suit the CPU: " +
                        ", ".join(PEERS["768"]))
    parser.add_argument("--workloads", nargs="+", choices=BATCHED + SINGLE, default=BATCHED + SINGLE)
    parser.add_argument("--no-valence", action="store_true", help="the peers alone")
    parser.add_argument("--resweep", action="store_true", help="search the peers' settings again")
    parser.add_argument("--sweep-tokens", type=int, default=2500, help="tokens a setting is tried on")
    options = parser.parse_args()
    Comparison(options).run()


if __name__ == "__main__":
    main()
