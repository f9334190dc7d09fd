"""Long calls: other Python threads run meanwhile, and Ctrl-C ends them."""

import os
import signal
import subprocess
import sys
import threading
import time

import pyarrow as pa
import pytest

# Waits until it is computing, says so, and tells how long after the signal it was when KeyboardInterrupt came.
LONG_CALL = """
import os, signal, sys, threading, time
import pyarrow as pa
import valence
classifier = valence.Classifier(threads=2)
texts = ["a text of several words that says little about a film " * int(sys.argv[2])] * 10**6
column = pa.array(texts) if sys.argv[1] == "arrow" else texts
call = classifier.classify_column if sys.argv[1] != "classify" else classifier.classify
sent = []
def interrupt():
    sent.append(time.monotonic())
    os.kill(os.getpid(), signal.SIGINT)
threading.Timer(2.5, interrupt).start()
try:
    call(column)
except KeyboardInterrupt:
    print(time.monotonic() - sent[0])
    # The classifier is as good as before.
    assert classifier.classify(["good"])[0].label == "POSITIVE"
"""


@pytest.mark.parametrize(("kind", "repeats"), [("arrow", 1), ("list", 1), ("classify", 1), ("arrow", 60)])
def test_ctrl_c_is_answered_within_a_second(kind, repeats):
    if repeats > 1:
        script = LONG_CALL.replace("10**6", "10**4")  # 3 kB each
    else:
        script = LONG_CALL
    result = subprocess.run([sys.executable, "-c", script, kind, str(repeats)], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    seconds = float(result.stdout)
    print(f"\n{kind}, {len('a text of several words that says little about a film ') * repeats} characters a text: "
          f"answered after {seconds:.2f} s")
    assert seconds < 1


def test_other_threads_run_meanwhile(classifier, texts):
    column = pa.array(texts * 4)
    done = threading.Event()
    worker = threading.Thread(target=lambda: (classifier.classify_column(column), done.set()))
    longest = 0.0
    worker.start()
    last = time.monotonic()
    while not done.is_set():
        time.sleep(0.001)
        now = time.monotonic()
        longest, last = max(longest, now - last), now
    worker.join()
    assert longest < 1  # the call takes several seconds on two busy cores; with the GIL held it would be all of them


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_child_is_told(classifier):
    import valence

    classifier.classify(["used before the fork"])
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            classifier.classify(["used behind the fork"])
        except valence.Error as error:
            os.write(writer, error.code.name.encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 100) == b"FORKED"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
