"""Mixed load on valence-server for a long time: valid clients of every protocol, broken ones, reloads, and SIGTERM at the end.

soak.py BUILD MODEL [--minutes 30]

Fails if a valid request fails or has another answer than before, if memory or file descriptors grow, or if SIGTERM loses a
request. Prints the counts.
"""

import argparse
import collections
import http.client
import json
import pathlib
import random
import signal
import socket
import sys
import tempfile
import threading
import time

from processes import valence_server

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Load:
    def __init__(self, port, texts):
        self.port, self.texts = port, texts
        self.ending = threading.Event()  # requests that are refused a connection from now on are not lost
        self.stopped = threading.Event()
        self.counts = collections.Counter()
        self.failures = []
        self.known = {}
        self.lock = threading.Lock()

    def fail(self, what):
        with self.lock:
            self.failures.append(f"{time.strftime('%H:%M:%S')} {what}")

    def check(self, what, answer):
        """The same question has the same answer, bit for bit, through all reloads of the same model."""
        with self.lock:
            self.counts[what[0]] += 1
            if self.known.setdefault(what, answer) != answer:
                self.failures.append(f"another answer to {what}: {answer!r}")

    def request(self, connection, method, path, body, content_type="application/json"):
        connection.request(method, path, body, {"Content-Type": content_type})
        response = connection.getresponse()
        answer = response.read()
        if response.status != 200:
            raise ValueError(f"{method} {path}: {response.status} {answer[:200]!r}")
        return answer

    def valid(self, seed):
        """One keep-alive connection; a new one now and then."""
        chosen = random.Random(seed)
        connection = None
        while not self.stopped.is_set():
            begun = False
            try:
                if connection is None or chosen.random() < 0.02:
                    connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
                    connection.connect()
                count = chosen.choice((1, 1, 1, 3, 20))
                start = chosen.randrange(len(self.texts) - count)
                texts = self.texts[start : start + count]
                kind = chosen.choice(("predict", "hugging face", "infer", "lines", "metrics"))
                begun = True
                if kind == "predict":
                    answer = self.request(connection, "POST", "/predict", json.dumps({"inputs": [[t] for t in texts]}))
                elif kind == "hugging face":
                    answer = self.request(connection, "POST", "/", json.dumps({"inputs": texts}))
                elif kind == "infer":
                    tensor = {"name": "text", "shape": [count], "datatype": "BYTES", "data": texts}
                    answer = self.request(connection, "POST", "/v2/models/m/infer", json.dumps({"inputs": [tensor]}))
                elif kind == "lines":
                    lines = "".join(json.dumps({"text": t}) + "\n" for t in texts)
                    answer = self.request(connection, "POST", "/classify", lines, "application/x-ndjson")
                else:
                    self.request(connection, "GET", "/metrics", None)
                    answer = None
                self.check((kind, start, count), answer)
            except (OSError, http.client.HTTPException, ValueError) as error:
                connection = None
                # While the server ends it takes no new connection, and closes those that have sent nothing.
                closed = isinstance(error, (ConnectionRefusedError, http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError))
                if self.ending.is_set() and (closed or not begun):
                    with self.lock:
                        self.counts["not accepted while ending"] += 1
                    return
                self.fail(f"{error!r}")

    def broken(self, seed):
        """Sends what no client should, and goes away at any time."""
        chosen = random.Random(seed)
        body = json.dumps({"inputs": [[t] for t in self.texts[:200]]}).encode()
        head = b"POST /predict HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
        whole = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
        while not self.stopped.wait(0.02):
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5) as client:
                    what = chosen.randrange(7)
                    if what == 0:  # gone in the midst of the request
                        client.sendall(whole[: chosen.randrange(1, len(whole))])
                    elif what == 1:  # gone before the answer
                        client.sendall(whole)
                    elif what == 2:
                        client.sendall(bytes(chosen.randrange(256) for _ in range(chosen.randrange(1, 2000))))
                        client.recv(1000)
                    elif what == 3:  # two lengths
                        client.sendall(head + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
                        client.recv(1000)
                    elif what == 4:  # no JSON
                        client.sendall(head + b"Content-Length: 5\r\n\r\n{\"a\":")
                        client.recv(1000)
                    elif what == 5:  # a stream that ends with a broken chunk
                        client.sendall(b"POST /classify HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-ndjson\r\n"
                                       b"Transfer-Encoding: chunked\r\n\r\n10\r\n{\"text\": \"abc\"}\n\r\nxyz\r\n")
                        client.recv(1000)
                    else:  # slow
                        for byte in whole[:20]:
                            client.sendall(bytes((byte,)))
                            time.sleep(0.01)
                with self.lock:
                    self.counts["broken"] += 1
            except OSError:
                pass

    def reload(self, server):
        while not self.stopped.wait(5):
            if self.ending.is_set():
                return
            if self.counts["reloads"] % 2:
                server.process.send_signal(signal.SIGHUP)
            else:
                try:
                    connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
                    self.request(connection, "POST", "/v2/repository/models/m/load", "{}")
                except (OSError, http.client.HTTPException, ValueError) as error:
                    if not self.ending.is_set():
                        self.fail(f"reload: {error!r}")
            self.counts["reloads"] += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--minutes", type=float, default=30)
    arguments = parser.parse_args()
    texts = [line.rsplit("\t", 1)[0] for line in (ROOT / "tests/data/sst2-dev.tsv").read_text().splitlines()[1:]]
    folder = pathlib.Path(tempfile.mkdtemp())
    port, server = valence_server(arguments.build, folder / "log", "--model", f"m={arguments.model}")
    with server:
        load = Load(port, texts)
        threads = [threading.Thread(target=load.valid, args=(i,)) for i in range(8)]
        threads += [threading.Thread(target=load.broken, args=(i,)) for i in range(4)]
        threads.append(threading.Thread(target=load.reload, args=(server,)))
        for thread in threads:
            thread.start()
        memory, descriptors, end = [], [], time.monotonic() + arguments.minutes * 60
        while (left := end - time.monotonic()) > 0 and server.process.poll() is None and not load.failures:
            time.sleep(min(left, max(1, arguments.minutes)))
            memory.append(server.memory())
            descriptors.append(server.descriptors())
            print(f"{memory[-1] / 1e6:.0f} MB, {descriptors[-1]} file descriptors, {sum(load.counts.values())} requests", flush=True)
        load.ending.set()
        code = server.terminate()
        time.sleep(1)
        load.stopped.set()
        for thread in threads:
            thread.join()
    # A reload holds two models for a moment, so the lowest of each third are compared.
    third = max(1, len(memory) // 3)
    growth = min(memory[-third:]) / min(memory[third : 2 * third] or memory[:third]) - 1
    print(dict(load.counts), f"memory of the last third against the second: {growth:+.1%}; exit code {code}")
    if code != 0:
        load.failures.append(f"exit code {code}: {(folder / 'log').read_text()[-1000:]}")
    if growth > 0.05 or min(descriptors[-third:]) > min(descriptors[:third]) + 5:
        load.failures.append(f"memory {memory}, file descriptors {descriptors}")
    for failure in load.failures:
        print("FAILED:", failure, file=sys.stderr)
    sys.exit(1 if load.failures else 0)


if __name__ == "__main__":
    main()
