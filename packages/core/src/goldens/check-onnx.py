"""Checks ONNX files by the checker of Debian's python3-onnx, shapes and types of all tensors included.

    /usr/bin/python3 check-onnx.py FILE…

Prints a JSON list: of each file null, or what the checker says. Exits with 3 where there is no checker.
"""
import json
import sys

try:
    import onnx
except ImportError:
    sys.exit(3)


def check(path):
    try:
        onnx.checker.check_model(onnx.load(path), full_check=True)
    except Exception as error:
        return str(error)


json.dump([check(path) for path in sys.argv[1:]], sys.stdout)
