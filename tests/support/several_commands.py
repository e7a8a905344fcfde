"""Runs commands of the cli.py in the current folder in one process.

Reads a JSON list of lists of arguments and writes a JSON list of what they print; ends with the first that fails.
"""

import contextlib
import io
import json
import sys

sys.path.insert(0, "")

import cli

if __name__ == "__main__":
    texts = []
    for arguments in json.load(sys.stdin):
        text = io.StringIO()
        with contextlib.redirect_stdout(text):
            code = cli.main(arguments)
        if code != 0:
            sys.exit(f"{arguments}: {text.getvalue()}")
        texts.append(text.getvalue())
    print(json.dumps(texts))
