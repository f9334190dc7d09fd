"""safetensors files, named and mutated, and what the safetensors package makes of them; see files_reference.py."""

import base64
import random
import struct

import safetensors

# How the messages of safetensors' Python module begin, and the names of their kinds in ours.
KINDS = {
    "header too small": "kHeaderTooSmall",
    "header too large": "kHeaderTooLarge",
    "invalid header length": "kInvalidHeaderLength",
    "invalid UTF-8 in header": "kInvalidHeader",
    "invalid JSON in header": "kInvalidHeaderDeserialization",
    "invalid offset for tensor": "kInvalidOffset",
    "overflow computing buffer size": "kValidationOverflow",
    "The slice is slicing for subbytes dtypes": "kMisalignedSlice",
    "invalid shape, data type, or offset": "kTensorInvalidInfo",
    "incomplete metadata, file not fully covered": "kMetadataIncompleteBuffer",
}


def safetensors_verdict(data):
    try:
        tensors = safetensors.deserialize(data)
    except safetensors.SafetensorError as error:
        message = str(error).removeprefix("Error while deserializing: ")
        return next(kind for words, kind in KINDS.items() if message.startswith(words)), None
    return "ok", {name: [t["dtype"], t["shape"], len(t["data"])] for name, t in sorted(tensors)}


def framed(header, data=b"", length=None):
    header = header if isinstance(header, bytes) else header.encode()
    return struct.pack("<Q", len(header) if length is None else length) + header + data


def tensor(name='"a"', dtype='"F32"', shape="[]", offsets="[0,4]", more=""):
    return '%s:{"dtype":%s,"shape":%s,"data_offsets":%s%s}' % (name, dtype, shape, offsets, more)


def one(data=b"1234", **fields):
    return framed("{" + tensor(**fields) + "}", data)


DTYPES = (
    "BOOL F4 F6_E2M3 F6_E3M2 U8 I8 F8_E5M2 F8_E4M3 F8_E8M0 F8_E4M3FNUZ F8_E5M2FNUZ I16 U16 F16 BF16 I32 U32 F32 C64 "
    "F64 I64 U64 F8_E4M3FN C128 I4 U4 f32 F128 F"
).split()


def named_safetensors_cases():
    whole = "{" + tensor() + "}"
    both = "{" + tensor() + "," + tensor('"b"', offsets="[4,8]") + "}"
    cases = {
        "no bytes": b"",
        "one byte": b"\0",
        "seven bytes": b"1234567",
        "eight zero bytes": bytes(8),
        "header one byte over the limit": framed("{}", length=100_000_001),
        "header at the limit, file shorter": framed("{}", length=100_000_000),
        "header length 2^64-1": framed("{}", length=2**64 - 1),
        "header length 2^63": framed("{}", length=2**63),
        "header one byte beyond the file": framed("{}", length=3),
        "header cut short": framed(whole)[:20],
        "empty header": framed(""),
        "only white space": framed("   "),
        "ill-formed UTF-8 in a name": framed(b'{"\xff":1}'),
        "overlong UTF-8": framed(b'{"\xc0\xaf":1}'),
        "surrogate in UTF-8": framed(b'{"\xed\xa0\x80":1}'),
        "UTF-8 beyond Unicode": framed(b'{"\xf4\x90\x80\x80":1}'),
        "UTF-8 cut at the header's end": framed(b"{}\xe2\x82"),
        "ill-formed UTF-8 before bad JSON": framed(b"[\xff"),
        "empty object": framed("{}"),
        "array": framed("[]"),
        "null": framed("null"),
        "number": framed("1"),
        "string": framed('"a"'),
        "true": framed("true"),
        "comment": framed("{}//"),
        "trailing comma": framed("{,}"),
        "unclosed": framed("{"),
        "two objects": framed("{}{}"),
        "single quotes": framed("{'a':1}"),
        "byte order mark": framed("\ufeff" + whole, b"1234"),
        "NUL after the object": framed(whole + "\0", b"1234"),
        "NUL and rubbish after the object": framed(whole + "\0x", b"1234"),
        "NUL alone": framed("\0"),
        "white space around": framed(" \n\t\r" + whole + " \r\n\t", b"1234"),
        "padded with spaces": framed(whole + "   ", b"1234"),
        "form feed before": framed("\f" + whole, b"1234"),
        "scalar": one(),
        "unsorted names": framed("{" + tensor('"z"') + "," + tensor('"a"', offsets="[4,8]") + "}", b"12345678"),
        "data in the other order": framed(
            "{" + tensor('"a"', offsets="[4,8]") + "," + tensor('"z"') + "}", b"12345678"
        ),
        "zero-size": one(b"", shape="[2,0]", offsets="[0,0]"),
        "empty name": one(name='""'),
        "escaped name": one(name='"\\u0061\\n\\ud83d\\ude00"'),
        "lone surrogate escaped": one(name='"\\ud800"'),
        "control character in a name": one(name='"\x01"'),
        "long name": one(name='"' + "n" * 3000 + '"'),
        "tensor is null": framed('{"a":null}'),
        "tensor is a number": framed('{"a":1}'),
        "tensor is empty": framed('{"a":{}}'),
        "no dtype": framed('{"a":{"shape":[],"data_offsets":[0,4]}}', b"1234"),
        "no shape": framed('{"a":{"dtype":"F32","data_offsets":[0,4]}}', b"1234"),
        "no data_offsets": framed('{"a":{"dtype":"F32","shape":[]}}', b"1234"),
        "dtype null": one(dtype="null"),
        "dtype a number": one(dtype="1"),
        "dtype twice": one(more=',"dtype":"F32"'),
        "shape twice": one(more=',"shape":[]'),
        "data_offsets twice": one(more=',"data_offsets":[0,4]'),
        "shape null": one(shape="null"),
        "shape a number": one(shape="1"),
        "shape an object": one(shape="{}"),
        "shape of strings": one(shape='["1"]'),
        "shape of null": one(shape="[null]"),
        "shape nested": one(shape="[[1]]"),
        "shape negative": one(shape="[-1]"),
        "shape minus zero": one(b"", shape="[-0]", offsets="[0,0]"),
        "shape fraction": one(shape="[1.0]"),
        "shape exponent": one(shape="[1e0]"),
        "shape leading zero": one(shape="[01]"),
        "shape 2^64": one(shape="[18446744073709551616]"),
        "shape beyond a double": one(shape="[1e999]"),
        "shape true": one(shape="[true]"),
        "shape with holes": one(shape="[1,,1]"),
        "one offset": one(offsets="[0]"),
        "no offset": one(offsets="[]"),
        "three offsets": one(offsets="[0,4,4]"),
        "offsets of strings": one(offsets='["0","4"]'),
        "offset negative": one(offsets="[-4,0]"),
        "offsets null": one(offsets="null"),
        "offsets fraction": one(offsets="[0,4.0]"),
        "offsets nested": one(offsets="[[0,4]]"),
        "offsets an object": one(offsets="{}"),
        "unknown field": one(more=',"x":1'),
        "unknown field, nested": one(more=',"x":{"dtype":[{"shape":null}],"y":[]},"z":[[],{}]'),
        "unknown fields between": framed(
            '{"a":{"x":"y","dtype":"F32","x":[],"shape":[],"data_offsets":[0,4]}}', b"1234"
        ),
        "unknown field beyond a double": one(more=',"x":1e999'),
        "unknown field, 125 deep": one(more=',"x":' + "[" * 125 + "]" * 125),
        "unknown field, 126 deep": one(more=',"x":' + "[" * 126 + "]" * 126),
        "nesting bomb": framed("[" * 100000),
        "nesting bomb of objects": framed('{"a":' * 20000),
        "nesting bomb within a field": one(more=',"x":' + "[" * 50000),
        "metadata": framed('{"__metadata__":{"format":"pt"},' + tensor() + "}", b"1234"),
        "metadata last": framed("{" + tensor() + ',"__metadata__":{"format":"pt"}}', b"1234"),
        "metadata empty": framed('{"__metadata__":{}}'),
        "metadata null": framed('{"__metadata__":null}'),
        "metadata twice": framed('{"__metadata__":{},"__metadata__":{}}'),
        "metadata an array": framed('{"__metadata__":[]}'),
        "metadata a string": framed('{"__metadata__":"x"}'),
        "metadata of numbers": framed('{"__metadata__":{"a":1}}'),
        "metadata of null": framed('{"__metadata__":{"a":null}}'),
        "metadata nested": framed('{"__metadata__":{"a":{}}}'),
        "metadata like a tensor": framed('{"__metadata__":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', b"1234"),
        "hole at the start": one(b"12345678", offsets="[4,8]"),
        "hole between": framed("{" + tensor() + "," + tensor('"b"', offsets="[8,12]") + "}", b"1" * 12),
        "overlap": framed("{" + tensor() + "," + tensor('"b"', offsets="[2,6]") + "}", b"1" * 6),
        "same bytes twice": framed("{" + tensor() + "," + tensor('"b"') + "}", b"1234"),
        "end before begin": framed("{" + tensor() + "," + tensor('"b"', offsets="[4,0]") + "}", b"1234"),
        "end before begin at the start": one(b"", offsets="[4,0]"),
        "offsets 2^64-1": one(offsets="[0,18446744073709551615]"),
        "begin and end 2^64-1": one(offsets="[18446744073709551615,18446744073709551615]"),
        "shape overflows": one(b"", shape="[4294967296,4294967296]", offsets="[0,0]"),
        "shape overflows, then zero": one(b"", shape="[18446744073709551615,2,0]", offsets="[0,0]"),
        "zero, then what would overflow": one(b"", shape="[0,18446744073709551615,2]", offsets="[0,0]"),
        "bits overflow": one(b"", shape="[1152921504606846976]", offsets="[0,0]"),
        "2^60 elements of a byte": one(b"", dtype='"U8"', shape="[1152921504606846976]", offsets="[0,0]"),
        "2^58 elements": one(b"", shape="[288230376151711744]", offsets="[0,1152921504606846976]"),
        "one F4": one(b"1", dtype='"F4"', shape="[1]", offsets="[0,1]"),
        "three F4": one(b"12", dtype='"F4"', shape="[3]", offsets="[0,2]"),
        "two F4": one(b"1", dtype='"F4"', shape="[2]", offsets="[0,1]"),
        "two F6": one(b"12", dtype='"F6_E2M3"', shape="[2]", offsets="[0,2]"),
        "four F6": one(b"123", dtype='"F6_E3M2"', shape="[4]", offsets="[0,3]"),
        "shape too small": one(b"12345678", offsets="[0,8]"),
        "shape too large": one(shape="[2]"),
        "a byte too few": one(b"123"),
        "a byte too many": one(b"12345"),
        "data missing": one(b""),
        "data without tensors": framed("{}", b"1"),
        "not aligned": framed(both + "  ", b"12345678"),
        "second tensor cut off": framed(both, b"1234"),
        "many dimensions": one(shape="[" + ",".join(["1"] * 500) + "]"),
    }
    for dtype in DTYPES:
        cases["eight of " + dtype] = one(b"1" * 64, dtype='"%s"' % dtype, shape="[8]", offsets="[0,64]")
        for size in (4, 6, 8, 16, 32):
            cases["%d bytes for eight of %s" % (size, dtype)] = one(
                b"1" * size, dtype='"%s"' % dtype, shape="[8]", offsets="[0,%d]" % size
            )
    return cases


# What the judge accepts and we refuse: its README disallows keys that stand twice, the rest is no JSON of its schema.
DIFFERENCES = {
    "tensor twice": (framed("{" + tensor() + "," + tensor() + "}", b"1234"), "kDuplicateTensor"),
    "tensor twice, spelt differently": (
        framed("{" + tensor() + "," + tensor('"\\u0061"') + "}", b"1234"),
        "kDuplicateTensor",
    ),
    "metadata key twice": (framed('{"__metadata__":{"a":"1","a":"2"}}'), "kInvalidHeaderDeserialization"),
    "tensor as an array": (framed('{"a":["F32",[],[0,4]]}', b"1234"), "kInvalidHeaderDeserialization"),
    "dtype as an object": (one(dtype='{"F32":null}'), "kInvalidHeaderDeserialization"),
}


def mutated_safetensors_cases(count):
    """Whole files with a byte, a token or a number changed."""
    rng = random.Random(20240)
    header = (
        '{"__metadata__":{"f":"pt"},'
        + tensor('"w"', '"BF16"', "[2,3]", "[0,12]")
        + ","
        + tensor('"b"', '"F32"', "[3]", "[12,24]")
        + ","
        + tensor('"e"', '"F16"', "[0]", "[24,24]")
        + "}"
    )
    tokens = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        '"',
        "0",
        "-",
        ".",
        "e",
        " ",
        "\\",
        "null",
        "12",
        "24",
        '"F32"',
        '"x":1',
        "\0",
        "\x80",
    ]
    seen = set()
    while len(seen) < count:
        text = bytearray(header.encode())
        for _ in range(rng.choice([1, 1, 1, 2, 3])):
            at = rng.randrange(len(text))
            how = rng.choice([0, 1, 2, 3, 3, 3, 3])
            if how == 0:
                text[at] = rng.randrange(256)
            elif how == 1:
                del text[at : at + rng.choice([1, 1, 2, 5])]
            elif how == 2:
                text[at:at] = rng.choice(tokens).encode("latin-1")
            else:
                digits = [i for i, c in enumerate(text) if chr(c).isdigit()]
                text[rng.choice(digits)] = ord(rng.choice("0123456789"))
        data = framed(bytes(text), bytes(24))
        if rng.randrange(6) == 0:
            data = data[: rng.randrange(len(data))] if rng.randrange(2) else data + b"\0"
        seen.add(data)
    return sorted(seen)


def reference():
    named = {}
    for name, data in named_safetensors_cases().items():
        verdict, tensors = safetensors_verdict(data)
        named[name] = {"verdict": verdict, "tensors": tensors}
        if len(data) > 2000:
            named[name]["repeat"] = repeats(data)
        else:
            named[name]["bytes"] = base64.b64encode(data).decode()
    differences = {}
    for name, (data, ours) in DIFFERENCES.items():
        verdict, _ = safetensors_verdict(data)
        assert verdict == "ok", (name, verdict)
        differences[name] = {"bytes": base64.b64encode(data).decode(), "ours": ours}
    mutated = [
        [base64.b64encode(data).decode(), safetensors_verdict(data)[0]] for data in mutated_safetensors_cases(900)
    ]
    judge = "safetensors " + safetensors.__version__
    return {"judge": judge, "named": named, "differences": differences, "mutated": mutated}


def repeats(data):
    """[head, unit, count, tail] in base64, for files that are one unit many times."""
    for unit in (b"[", b'{"a":', b"n", b"1,"):
        start = data.find(unit * 100)
        if start >= 0:
            count = 0
            while data.startswith(unit, start + count * len(unit)):
                count += 1
            parts = data[:start], unit, data[start + count * len(unit) :]
            head, unit64, tail = (base64.b64encode(part).decode() for part in parts)
            return [head, unit64, count, tail]
    raise ValueError("no unit found")
