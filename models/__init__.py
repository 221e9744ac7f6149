"""Networks: what each wants, where it comes from, how it is run, and how it is converted."""

import os

# From 1.29 on ONNX Runtime tells its maker what it runs (names and hashes of models, an id of the device) unless this
# is set before its import; `disable_telemetry_events` comes too late: by then an id and a database are in the cache.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
