"""Servers as child processes: started, waited for, measured, ended."""

import os
import pathlib
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

TICKS = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A process with its children; ended with the `with` statement."""

    def __init__(self, command, log, ready, environment=None, folder=None):
        self.log = pathlib.Path(log)
        self.process = subprocess.Popen(command, cwd=folder, env={**os.environ, **(environment or {})},
                                        stdout=self.log.open("wb"), stderr=subprocess.STDOUT, start_new_session=True)
        self.wait_for(ready)

    def wait_for(self, url, seconds=180):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                urllib.request.urlopen(url, timeout=5).read()
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        self.kill()
        raise RuntimeError(f"{url} does not answer: {self.log.read_text(errors='replace')[-3000:]}")

    def processes(self):
        """The process and all that descend from it."""
        parents = {}
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                except (OSError, IndexError):
                    pass
        found = [self.process.pid]
        for process in found:
            found += [child for child, parent in parents.items() if parent == process]
        return found

    def cpu_seconds(self):
        total = 0
        for process in self.processes():
            try:
                fields = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
                total += int(fields[11]) + int(fields[12])
            except OSError:
                pass
        return total / TICKS

    def memory(self):
        """Bytes; pages that several processes share are counted once."""
        total = 0
        for process in self.processes():
            try:
                for line in pathlib.Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
                    if line.startswith("Pss:"):
                        total += int(line.split()[1]) * 1024
            except OSError:
                pass
        return total

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def terminate(self, seconds=60):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def kill(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()


def valence_server(build, log, *options):
    port = free_port()
    command = [str(build / "bin" / "valence-server"), "--listen", f"127.0.0.1:{port}", *options]
    return port, Server(command, log, f"http://127.0.0.1:{port}/health")
