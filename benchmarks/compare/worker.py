"""One runtime in a process of its own: a command a line on standard input, a JSON answer a line on standard output.

worker.py PEER MODEL_FOLDER TEXTS_FOLDER THREADS

  batch WORKLOAD SIZE LANES BUDGET   runs the workload in batches of SIZE; LANES batches at a time share the threads;
                                     with BUDGET > 0 only evenly spread batches of about so many tokens
  single WORKLOAD RUNS               latency of the workload's one text
  logits WORKLOAD                    answers for all texts
  memory TOKENS                      resident memory after that many tokens in batches of 32

Token ids, padding and masks are made before the clock starts; tokens are real ones, padding never counts.
"""

import concurrent.futures
import json
import math
import os
import pathlib
import sys
import time

import numpy as np


class Peer:
    """load(lanes) readies the model, run(inputs) answers [batch, labels] logits on one of the lanes."""

    def __init__(self, folder, threads):
        self.folder, self.threads = folder, threads

    def inputs(self, batch):
        """Lists of ids to [batch, longest] ids and mask, padded with [PAD] = 0."""
        ids = np.zeros((len(batch), max(map(len, batch))), np.int64)
        mask = np.zeros_like(ids)
        for row, text in enumerate(batch):
            ids[row, :len(text)] = text
            mask[row, :len(text)] = 1
        return ids, mask

    def run_all(self, all_inputs, lanes):
        if lanes == 1:
            return [self.run(inputs) for inputs in all_inputs]
        return list(self.pool.map(self.run, all_inputs))

    def load(self, lanes):
        self.pool = concurrent.futures.ThreadPoolExecutor(lanes)
        self.load_model(lanes)


class OpenVino(Peer):
    file = "model.xml"
    hint = {}

    def load_model(self, lanes):
        import openvino
        self.queue_of = openvino.AsyncInferQueue
        self.model = openvino.Core().compile_model(self.folder / self.file, "CPU", {
            "INFERENCE_NUM_THREADS": self.threads, "NUM_STREAMS": lanes,
            "PERFORMANCE_HINT": "LATENCY" if lanes == 1 else "THROUGHPUT", **self.hint})
        self.queue = openvino.AsyncInferQueue(self.model, lanes)
        self.queue.set_callback(lambda request, slot: slot.append(request.get_output_tensor(0).data.copy()))
        self.request = self.model.create_infer_request()

    def run(self, inputs):
        return self.request.infer(list(inputs), share_inputs=True)[0]

    def run_all(self, all_inputs, lanes):
        if lanes == 1:
            return super().run_all(all_inputs, lanes)
        slots = [[] for _ in all_inputs]
        for inputs, slot in zip(all_inputs, slots):
            self.queue.start_async(list(inputs), userdata=slot, share_inputs=True)
        self.queue.wait_all()
        return [slot[0] for slot in slots]


class OpenVinoBf16(OpenVino):
    hint = {"INFERENCE_PRECISION_HINT": "bf16"}


class OpenVinoF32(OpenVino):
    hint = {"INFERENCE_PRECISION_HINT": "f32"}


class OpenVinoInt8(OpenVino):
    file = "model.int8.xml"  # what is left in floating point, OpenVINO computes in bf16 or f32 as it likes


class OnnxRuntime(Peer):
    file = "model.onnx"

    def load_model(self, lanes):
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads // lanes  # 1: a call computes on its caller's thread
        self.session = onnxruntime.InferenceSession(self.folder / self.file, options,
                                                    providers=["CPUExecutionProvider"])

    def run(self, inputs):
        return self.session.run(None, {"input_ids": inputs[0], "attention_mask": inputs[1]})[0]


class OnnxRuntimeInt8(OnnxRuntime):
    file = "model.int8.onnx"


class PyTorch(Peer):
    def load_model(self, lanes):
        import torch
        import transformers
        transformers.logging.disable_progress_bar()
        self.torch, self.threads_a_lane = torch, self.threads // lanes
        self.model = transformers.DistilBertForSequenceClassification.from_pretrained(
            self.folder / "hf", dtype=getattr(torch, self.precision), attn_implementation="sdpa").eval()

    def inputs(self, batch):
        import torch
        return tuple(map(torch.from_numpy, super().inputs(batch)))

    def run(self, inputs):
        self.torch.set_num_threads(self.threads_a_lane)
        with self.torch.inference_mode():
            return self.model(input_ids=inputs[0], attention_mask=inputs[1]).logits.float().numpy()


class PyTorchBf16(PyTorch):
    precision = "bfloat16"


class PyTorchF32(PyTorch):
    precision = "float32"


class CTranslate2Int8(Peer):
    def load_model(self, lanes):
        import ctranslate2
        self.encoder = ctranslate2.Encoder(str(self.folder / "ctranslate2"), compute_type="int8",
                                           inter_threads=lanes, intra_threads=self.threads // lanes)
        self.head = np.load(self.folder / "head.npz")
        self.head = {name: self.head[name] for name in self.head.files}

    def inputs(self, batch):
        return batch  # it pads by itself

    def run(self, batch):
        states = np.asarray(self.encoder.forward_batch(batch).last_hidden_state)[:, 0]
        hidden = np.maximum(states @ self.head["pre_classifier.weight"].T + self.head["pre_classifier.bias"], 0)
        return hidden @ self.head["classifier.weight"].T + self.head["classifier.bias"]


PEERS = {"openvino-bf16": OpenVinoBf16, "openvino-f32": OpenVinoF32, "openvino-int8": OpenVinoInt8,
         "onnxruntime-f32": OnnxRuntime, "onnxruntime-int8": OnnxRuntimeInt8, "pytorch-bf16": PyTorchBf16,
         "pytorch-f32": PyTorchF32, "ctranslate2-int8": CTranslate2Int8}


def spread(batches, budget):
    """Evenly spread batches of about `budget` tokens, at least four where there are as many; all if budget is 0."""
    total = sum(len(text) for batch in batches for text in batch)
    if not budget or total <= budget:
        return batches
    count = max(math.ceil(len(batches) * budget / total), min(len(batches), 4))
    return [batches[(2 * i + 1) * len(batches) // (2 * count)] for i in range(count)]


class Worker:
    def __init__(self, peer, folder, texts, threads):
        self.make = lambda: PEERS[peer](folder, threads)
        self.texts = texts
        self.by_lanes, self.ready = {}, {}

    def peer(self, lanes):
        if lanes not in self.by_lanes:
            self.by_lanes[lanes] = self.make()
            self.by_lanes[lanes].load(lanes)
        return self.by_lanes[lanes]

    def read(self, workload):
        return json.loads((self.texts / f"{workload}.json").read_text())

    def batch(self, workload, size, lanes, budget):
        size, lanes, budget = int(size), int(lanes), int(budget)
        peer = self.peer(lanes)
        key = (workload, size, lanes, budget)
        if key not in self.ready:
            ids = self.read(workload)
            batches = spread([ids[i:i + size] for i in range(0, len(ids), size)], budget)
            tokens = sum(len(text) for batch in batches for text in batch)
            self.ready[key] = [peer.inputs(batch) for batch in batches], tokens
            if budget == 0:
                peer.run_all(self.ready[key][0], lanes)  # warm: each new shape costs a runtime some preparation
        all_inputs, tokens = self.ready[key]
        start = time.perf_counter()
        peer.run_all(all_inputs, lanes)
        return {"seconds": time.perf_counter() - start, "tokens": tokens}

    def single(self, workload, runs):
        peer = self.peer(1)
        inputs = peer.inputs(self.read(workload)[:1])
        for _ in range(3):
            peer.run(inputs)
        seconds = []
        for _ in range(int(runs)):
            start = time.perf_counter()
            peer.run(inputs)
            seconds.append(time.perf_counter() - start)
        return {"p50": float(np.median(seconds))}

    def logits(self, workload):
        peer, ids = self.peer(1), self.read(workload)
        batches = [ids[i:i + 32] for i in range(0, len(ids), 32)]
        return {"logits": np.concatenate([peer.run(peer.inputs(batch)) for batch in batches]).tolist()}

    def memory(self, tokens):
        peer, left = self.peer(1), int(tokens)
        ids = self.read("dev")
        while left > 0:
            batch, ids = ids[:32], ids[32:]
            peer.run(peer.inputs(batch))
            left -= sum(map(len, batch))
        status = pathlib.Path("/proc/self/status").read_text()
        return {"resident_mb": int(status.split("VmRSS:")[1].split()[0]) / 1024}


def main():
    peer, folder, texts, threads = sys.argv[1:]
    answers, sys.stdout = sys.stdout, sys.stderr  # what a library prints must not mix with the answers
    worker = Worker(peer, pathlib.Path(folder), pathlib.Path(texts), int(threads))
    start = time.perf_counter()
    worker.peer(1)
    print(json.dumps({"load_s": time.perf_counter() - start}), file=answers, flush=True)
    for line in sys.stdin:
        command, *arguments = line.split()
        print(json.dumps(getattr(worker, command)(*arguments)), file=answers, flush=True)


if __name__ == "__main__":
    main()
