"""Clients that others wrote against a running server; their answers are those of the Python package, bit for bit.

clients.py PORT MODEL_FOLDER
"""

import asyncio
import sys
import urllib.request

import kserve
import numpy as np
import tritonclient.http
import valence
from huggingface_hub import InferenceClient
from prometheus_client.parser import text_string_to_metric_families

port, folder = sys.argv[1:]
url = f"127.0.0.1:{port}"
texts = ["I loved it", "It drags.", "caf\u00e9 \u2615", ""]
expected = valence.Classifier(folder).classify(texts)
logits = np.array([answer.logits for answer in expected], dtype=np.float32)
labels = [answer.label for answer in expected]

triton = tritonclient.http.InferenceServerClient(url)
assert triton.is_server_live() and triton.is_server_ready() and triton.is_model_ready("default")
assert triton.get_server_metadata()["name"] == "valence-server"
assert triton.get_model_metadata("default")["inputs"][0]["datatype"] == "BYTES"
names = ("label", "score", "probabilities", "logits", "truncated")
for binary_in in (True, False):
    text = tritonclient.http.InferInput("text", [len(texts)], "BYTES")
    text.set_data_from_numpy(np.array([t.encode() for t in texts], dtype=np.object_), binary_data=binary_in)
    for binary_out in (True, False):
        outputs = [tritonclient.http.InferRequestedOutput(name, binary_data=binary_out) for name in names]
        result = triton.infer("default", [text], outputs=outputs, request_id="5")
        found = [label.decode() if isinstance(label, bytes) else label for label in result.as_numpy("label")]
        assert found == labels, found
        assert np.array_equal(result.as_numpy("logits"), logits)
        assert result.as_numpy("truncated").tolist() == [False] * len(texts)
        assert result.get_response()["id"] == "5"
triton.unload_model("small")
assert not triton.is_model_ready("small")
triton.load_model("small")
assert triton.is_model_ready("small")
assert [model["state"] for model in triton.get_model_repository_index()] == ["READY", "READY"]



async def ask_kserve():
    client = kserve.InferenceRESTClient(kserve.RESTConfig(protocol="v2"))
    assert await client.is_server_live(f"http://{url}") and await client.is_server_ready(f"http://{url}")
    assert await client.is_model_ready(f"http://{url}", "default")
    for binary in (True, False):
        text = kserve.InferInput("text", [len(texts)], "BYTES")
        text.set_data_from_numpy(np.array([t.encode() for t in texts], dtype=np.object_), binary_data=binary)
        request = kserve.InferRequest("default", [text], parameters={"binary_data_output": binary})
        answer = await client.infer(f"http://{url}", request, "default")
        outputs = {output.name: output.as_numpy() for output in answer.outputs}
        assert np.array_equal(outputs["logits"], logits), outputs
        assert [label.decode() if isinstance(label, bytes) else label for label in outputs["label"]] == labels, outputs
    await client.close()


asyncio.run(ask_kserve())

hugging_face = InferenceClient(model=f"http://{url}/")
for text, answer in zip(texts[:3], expected):
    ranked = hugging_face.text_classification(text)
    assert ranked[0].label == answer.label and np.float32(ranked[0].score) == np.float32(answer.score)
    (best,) = hugging_face.text_classification(text, top_k=1, function_to_apply="none")
    assert np.float32(best.score) == np.float32(max(answer.logits))

text = urllib.request.urlopen(f"http://{url}/metrics").read().decode()
families = {family.name: family for family in text_string_to_metric_families(text)}
assert families["te_request_duration"].type == "histogram"
assert families["te_queue_size"].samples[0].value == 0
print("tritonclient, kserve, huggingface_hub and prometheus_client: all answers are the library's")
