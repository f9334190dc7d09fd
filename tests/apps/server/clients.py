"""Clients that others wrote against a running server; their answers are those of the Python package, bit for bit.

clients.py PORT MODEL_FOLDER [GRPC_PORT PROTO_FILE]
"""

import asyncio
import subprocess
import sys
import tempfile
import urllib.request

import kserve
import numpy as np
import tritonclient.http
import valence
from huggingface_hub import InferenceClient
from prometheus_client.parser import text_string_to_metric_families

port, folder, *grpc = sys.argv[1:]
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



def described(file):
    """Of each message and method its fields, as they are on the wire."""
    messages = list(file.message_type)
    for message in messages:
        messages.extend(nested for nested in message.nested_type if not nested.options.map_entry)
        yield message.name, {(field.name, field.number, field.type, field.label) for field in message.field}
    for service in file.service:
        yield service.name, {(method.name, method.input_type, method.output_type) for method in service.method}


def ask_grpc(grpc_port, proto):
    import tritonclient.grpc
    from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
    from tritonclient.grpc import service_pb2

    theirs = FileDescriptorProto()
    service_pb2.DESCRIPTOR.CopyToProto(theirs)
    published = dict(described(theirs))
    with tempfile.NamedTemporaryFile() as output:
        folder, name = proto.rsplit("/", 1)
        subprocess.run(["protoc", f"--proto_path={folder}", f"--descriptor_set_out={output.name}", name], check=True)
        ours = dict(described(FileDescriptorSet.FromString(output.read()).file[0]))
    for name, fields in ours.items():
        assert fields <= published[name], (name, fields - published[name])

    client = tritonclient.grpc.InferenceServerClient(f"127.0.0.1:{grpc_port}")
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("default")
    assert client.get_server_metadata().name == "valence-server"
    assert client.get_model_metadata("default", as_json=True)["inputs"][0]["datatype"] == "BYTES"
    text = tritonclient.grpc.InferInput("text", [len(texts)], "BYTES")
    text.set_data_from_numpy(np.array([t.encode() for t in texts], dtype=np.object_))
    outputs = [tritonclient.grpc.InferRequestedOutput(name) for name in names]
    result = client.infer("default", [text], outputs=outputs, request_id="5", client_timeout=60)
    assert [label.decode() for label in result.as_numpy("label")] == labels
    assert np.array_equal(result.as_numpy("logits"), logits)
    assert result.as_numpy("truncated").tolist() == [False] * len(texts)
    assert result.get_response().id == "5"
    client.unload_model("small")
    assert not client.is_model_ready("small")
    client.load_model("small")
    assert client.is_model_ready("small")
    assert [model.state for model in client.get_model_repository_index().models] == ["READY", "READY"]
    print("tritonclient over gRPC: all answers are the library's; our .proto file agrees with its")


if grpc:
    ask_grpc(*grpc)

text = urllib.request.urlopen(f"http://{url}/metrics").read().decode()
families = {family.name: family for family in text_string_to_metric_families(text)}
assert families["te_request_duration"].type == "histogram"
assert families["te_queue_size"].samples[0].value == 0
print("tritonclient, kserve, huggingface_hub and prometheus_client: all answers are the library's")
