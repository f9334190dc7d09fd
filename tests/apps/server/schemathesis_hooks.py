"""For schemathesis: bodies that are not JSON are sent as they are, and no client asks for less time than an answer takes."""

import schemathesis

RAW = ("application/x-ndjson", "application/jsonl", "application/jsonlines", "application/octet-stream")


@schemathesis.serializer(*RAW)
def as_it_is(context, value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@schemathesis.hook
def before_call(context, case, kwargs):
    for name, value in (case.headers or {}).items():
        if name.lower() == "x-request-timeout-ms" and str(value).isdigit() and 0 < int(value) < 60000:
            case.headers[name] = "60000"
