#!/usr/bin/env python3
"""Seeds and runs the fuzz targets of tests/fuzz.

tools/files_fuzz.py seeds                  write tests/fuzz/corpus anew from the reference cases of tests/data/files
cmake --preset fuzz && cmake --build --preset fuzz
tools/files_fuzz.py run [--minutes 10] [--build build/fuzz] [TARGET ...]
                                           run the targets one after the other and print what each reached
tools/files_fuzz.py keep                   add to the corpus what the runs found and the seeds do not cover
"""

import argparse
import base64
import hashlib
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
FUZZ = ROOT / "tests" / "fuzz"
CORPUS = FUZZ / "corpus"
CASES = ROOT / "tests" / "data" / "files"
TARGETS = ["safetensors", "config", "tokenizer_json", "vocabulary", "encode", "model_folder", "json_lines"]
END_OF_FILE = b"\n==== next file ====\n"
KEPT_BYTES, KEPT_FILES = 4000, 60  # larger inputs, and more of them, stay out of the repository


def store(target, data):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


def small_weights():
    shapes = {"embeddings.word_embeddings.weight": [8, 4], "embeddings.position_embeddings.weight": [6, 4]}
    layer = "transformer.layer.0."
    for name in ("q", "k", "v", "out"):
        shapes |= {f"{layer}attention.{name}_lin.weight": [4, 4], f"{layer}attention.{name}_lin.bias": [4]}
    for name in ("embeddings.LayerNorm", layer + "sa_layer_norm", layer + "output_layer_norm"):
        shapes |= {name + ".weight": [4], name + ".bias": [4]}
    shapes |= {
        layer + "ffn.lin1.weight": [8, 4],
        layer + "ffn.lin1.bias": [8],
        layer + "ffn.lin2.weight": [4, 8],
        layer + "ffn.lin2.bias": [4],
    }
    shapes = {"distilbert." + name: shape for name, shape in shapes.items()}
    shapes |= {
        "pre_classifier.weight": [4, 4],
        "pre_classifier.bias": [4],
        "classifier.weight": [2, 4],
        "classifier.bias": [2],
    }
    header, data = {}, b""
    for name, shape in shapes.items():
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [len(data), len(data) + 2 * count]}
        data += b"\x20\x3f" * count
    text = json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(text)) + text + data


def seeds():
    shutil.rmtree(CORPUS, ignore_errors=True)
    cases = {
        name: json.loads((CASES / (name + ".json")).read_text()) for name in ("safetensors", "tokenizers", "configs")
    }
    for name, entry in [*cases["safetensors"]["named"].items(), *cases["safetensors"]["differences"].items()]:
        if "bytes" in entry and not re.match(r"\d+ bytes for eight", name):
            store("safetensors", base64.b64decode(entry["bytes"]))
    for entry in cases["configs"]["cases"].values():
        store("config", entry["config"].encode())
    for entry in cases["tokenizers"]["cases"].values():
        files = entry["files"]
        if "tokenizer.json" in files:
            store("tokenizer_json", files["tokenizer.json"].encode())
        else:
            store("vocabulary", files["vocab.txt"].encode())
    for text in (
        "",
        "I loved every minute of it.",
        "\u00c9t\u00e9 \u4e2d\u6587 [SEP][MASK] x\u0301\u0323 \U0001f600\u200d",
        "a" * 101,
        "don't\t\x0b\u00a0\u2028--#@$",
        "\u1e9b\u0323 \u0130 \ufb01 \uac00 \u0958",
        "unbelievable" * 20,
    ):
        store("encode", text.encode())
    store("encode", b"ok \xff\xc3( \xe2\x82 \xf0\x9f\x98 \xed\xa0\x80 \xc0\xaf")
    config = {
        "model_type": "distilbert",
        "architectures": ["DistilBertForSequenceClassification"],
        "dim": 4,
        "hidden_dim": 8,
        "n_layers": 1,
        "n_heads": 2,
        "vocab_size": 8,
        "max_position_embeddings": 6,
        "id2label": {"0": "NEGATIVE", "1": "POSITIVE"},
    }
    vocab, settings = b"[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ngood\nbad\n##s\n", {
        "do_lower_case": True,
        "model_max_length": 6,
    }
    for changes in (
        {},
        {"activation": "relu"},
        {"problem_type": "multi_label_classification"},
        {"n_heads": 4},
        {"n_heads": 1},
    ):
        files = [json.dumps({**config, **changes}).encode(), vocab, json.dumps(settings).encode(), small_weights()]
        store("model_folder", END_OF_FILE.join(files))
    store("model_folder", END_OF_FILE.join([b"{}", vocab, b"{}", b""]))
    lines = (
        r'{"text":"I loved it."}',
        r'{"id":7,"text":"caf\u00e9 \ud83d\ude00 [SEP]","more":[1.5,null,{"a":true}]}',
        "{}",
        "[]",
        "",
        '"text"',
    )
    bad_lines = (
        r'{"text":1}',
        r'{"text":"a"',
        r'{"text":"a"}x',
        r'{"text":"\ud800"}',
        "[" * 300,
        '{"a":' * 300,
        "\xff",
    )
    store("json_lines", "\n".join(lines).encode())
    store("json_lines", "\r\n".join(bad_lines).encode("latin-1"))
    for line in lines + bad_lines:
        store("json_lines", line.encode("latin-1") + b"\n")
    report_corpus()


def report_corpus():
    for target in TARGETS:
        files = list((CORPUS / target).iterdir())
        print(f"{target:16} {len(files):4} inputs, {sum(f.stat().st_size for f in files):7} bytes")


def found_folder(build, target):
    return build / "fuzz-found" / target


def run(build, minutes, targets):
    print("| target | minutes | executions | edges | features | new inputs |\n|---|---|---|---|---|---|", flush=True)
    failed = False
    for target in targets:
        found = found_folder(build, target)
        found.mkdir(parents=True, exist_ok=True)
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir()
        command = [
            "nice",
            "-n",
            "19",
            str(build / "tests" / "fuzz" / (target + "_fuzz")),
            f"-max_total_time={int(minutes * 60)}",
            "-max_len=20000",
            "-timeout=600",
            "-rss_limit_mb=3000",
            "-print_final_stats=1",
            f"-dict={FUZZ / 'model.dict'}",
            f"-artifact_prefix={found.parent}/{target}-",
            str(found),
            str(CORPUS / target),
        ]
        environment = {**os.environ, "TMPDIR": memory, "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1"}
        result = subprocess.run(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace"
        )
        log = result.stderr
        (found.parent / (target + ".log")).write_text(log)
        last = re.findall(r"cov: (\d+) ft: (\d+)", log)[-1:] or [("?", "?")]
        executions = re.search(r"number_of_executed_units: (\d+)", log)
        count = int(executions[1]) if executions else 0
        print(
            f"| {target} | {minutes:g} | {count:,} | {last[0][0]} | {last[0][1]} | {len(list(found.iterdir()))} |",
            flush=True,
        )
        if result.returncode != 0:
            failed = True
            print("FAILED:", log[-3000:], file=sys.stderr)
    return 1 if failed else 0


def keep(build, targets):
    for target in targets:
        found = found_folder(build, target)
        if not found.is_dir():
            continue
        small = [
            f
            for f in sorted(found.iterdir(), key=lambda f: (f.stat().st_size, f.name))
            if f.stat().st_size <= KEPT_BYTES
        ]
        with tempfile.TemporaryDirectory() as folder:
            merged, candidates = pathlib.Path(folder, "merged"), pathlib.Path(folder, "candidates")
            shutil.copytree(CORPUS / target, merged)
            candidates.mkdir()
            for file in small:
                shutil.copy(file, candidates)
            before = set(os.listdir(merged))
            subprocess.run(
                [str(build / "tests" / "fuzz" / (target + "_fuzz")), "-merge=1", str(merged), str(candidates)],
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            new = sorted(set(os.listdir(merged)) - before, key=lambda name: ((merged / name).stat().st_size, name))
            for name in new[:: max(1, -(-len(new) // KEPT_FILES))]:  # of all sizes
                store(target, (merged / name).read_bytes())
    report_corpus()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["seeds", "run", "keep"])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "fuzz")
    arguments = parser.parse_intermixed_args()  # targets may follow the options
    targets = arguments.targets or TARGETS
    if arguments.what == "seeds":
        seeds()
    elif arguments.what == "run":
        sys.exit(run(arguments.build, arguments.minutes, targets))
    else:
        keep(arguments.build, targets)


if __name__ == "__main__":
    main()
