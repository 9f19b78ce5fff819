"""Measures operations by name, for benchmarks/augment: a line of standard input each, a line of JSON for each."""
import json
import sys
import time


def microseconds(call):
    """The best of some bursts."""
    call()
    start = time.perf_counter()
    call()
    count = max(1, min(2000, int(0.004 / max(time.perf_counter() - start, 1e-6))))
    bursts = []
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(count):
            call()
        bursts.append((time.perf_counter() - start) / count * 1e6)
    return min(bursts)


def serve(version, operations):
    print(json.dumps({"version": version, "operations": list(operations)}), flush=True)
    for line in sys.stdin:
        print(json.dumps({"microseconds": microseconds(operations[line.strip()])}), flush=True)
