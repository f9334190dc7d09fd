"""tritonclient over gRPC against a running server: our .proto file agrees with its, and all answers are the library's.

grpc_client.py PORT MODEL_FOLDER PROTO_FILE: a program of its own, as kserve registers messages of the same names
"""

import subprocess
import sys
import tempfile

import numpy as np
import tritonclient.grpc
import valence
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from tritonclient.grpc import service_pb2

port, folder, proto = sys.argv[1:]
texts = ["I loved it", "It drags.", "caf\u00e9 \u2615", ""]
expected = valence.Classifier(folder).classify(texts)


def described(file):
    """Of each message and method its fields, as they are on the wire."""
    messages = list(file.message_type)
    for message in messages:
        messages.extend(nested for nested in message.nested_type if not nested.options.map_entry)
        yield message.name, {(field.name, field.number, field.type, field.label) for field in message.field}
    for service in file.service:
        yield service.name, {(method.name, method.input_type, method.output_type) for method in service.method}


theirs = FileDescriptorProto()
service_pb2.DESCRIPTOR.CopyToProto(theirs)
published = dict(described(theirs))
with tempfile.NamedTemporaryFile() as output:
    place, name = proto.rsplit("/", 1)
    subprocess.run(["protoc", f"--proto_path={place}", f"--descriptor_set_out={output.name}", name], check=True)
    ours = dict(described(FileDescriptorSet.FromString(output.read()).file[0]))
for name, fields in ours.items():
    assert fields <= published[name], (name, fields - published[name])

client = tritonclient.grpc.InferenceServerClient(f"127.0.0.1:{port}")
assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("default")
assert client.get_server_metadata().name == "valence-server"
assert client.get_model_metadata("default", as_json=True)["inputs"][0]["datatype"] == "BYTES"
text = tritonclient.grpc.InferInput("text", [len(texts)], "BYTES")
text.set_data_from_numpy(np.array([t.encode() for t in texts], dtype=np.object_))
outputs = [tritonclient.grpc.InferRequestedOutput(name) for name in ("label", "score", "logits", "truncated")]
result = client.infer("default", [text], outputs=outputs, request_id="5", client_timeout=60)
assert [label.decode() for label in result.as_numpy("label")] == [answer.label for answer in expected]
assert np.array_equal(result.as_numpy("logits"), np.array([answer.logits for answer in expected], dtype=np.float32))
assert result.as_numpy("truncated").tolist() == [False] * len(texts)
assert result.get_response().id == "5"
client.unload_model("small")
assert not client.is_model_ready("small")
client.load_model("small")
assert client.is_model_ready("small")
assert [model.state for model in client.get_model_repository_index().models] == ["READY", "READY"]
print("tritonclient over gRPC: all answers are the library's; open_inference.proto agrees with its messages")
