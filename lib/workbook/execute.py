"""Executes one notebook with nbclient and tells its progress as JSON lines on standard output.

python execute.py NOTEBOOK OUTPUT --root FOLDER --timeout SECONDS

Events: {"event": "start", "cells": n}, {"event": "cell", "index": i, "source": "first line"}, {"event": "progress", "text": ...},
{"event": "error", "index": i, "source": "...", "message": "..."}, {"event": "done"}. OUTPUT is written in either case, with what was
executed up to the error; the exit code is 1 after an error.
"""

import argparse
import errno
import json
import os
import re
import signal
import sys

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")

# nbclient's own 60 s are too few on a busy machine.
STARTUP_SECONDS = 300


def tell(**event):
    print(json.dumps(event), flush=True)


class TellingClient(NotebookClient):
    """Passes on what a cell says of its own progress."""

    def process_message(self, msg, cell, cell_index):
        metadata = msg.get("content", {}).get("metadata", {})
        text = metadata.get("infossl_progress") if isinstance(metadata, dict) else None
        if text:
            tell(event="progress", text=text)
        return super().process_message(msg, cell, cell_index)


def write(notebook, path):
    """Writes it, or leaves nothing and says why in one sentence."""
    try:
        with open(path, "w", encoding="utf8") as file:
            nbformat.write(notebook, file)
    except OSError as error:
        try:
            os.remove(path)
        except OSError:
            pass
        remedy = "free some space" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "give this user permission"
        message = f"the executed notebook cannot be written to {path} ({error.strerror}): {remedy}, and run the same again"
        print(message, file=sys.stderr, flush=True)
        # Not sys.exit: nbclient's own clean-up at exit fails for a client that never began.
        os._exit(1)


def first_line(cell):
    lines = [line.strip() for line in cell.source.splitlines()]
    code = [line for line in lines if line and not line.startswith(("//", "import "))]
    return (code or lines or [""])[0][:80]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("notebook")
    parser.add_argument("output")
    parser.add_argument("--root", required=True)
    parser.add_argument("--timeout", type=float, required=True)
    options = parser.parse_args()

    def interrupted(*_):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupted)
    notebook = nbformat.read(options.notebook, as_version=4)
    code = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    for i in code:  # of an earlier run, as committed
        notebook.cells[i].outputs = []
        notebook.cells[i].execution_count = None
    write(notebook, options.output)  # before the work: where it cannot be written, nothing is worth running
    tell(event="start", cells=len(code))

    running = []

    def on_cell_start(cell, cell_index):
        if cell.cell_type == "code":
            running.append(cell_index)
            tell(event="cell", index=code.index(cell_index) + 1, source=first_line(cell))

    client = TellingClient(
        notebook,
        timeout=options.timeout,
        kernel_name="infossl",
        resources={"metadata": {"path": options.root}},
        startup_timeout=STARTUP_SECONDS,
        interrupt_on_timeout=False,
        record_timing=False,
        on_cell_start=on_cell_start,
    )
    failed = False
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        failed = True
        index = running[-1]
        tell(
            event="error",
            index=code.index(index) + 1,
            source=notebook.cells[index].source,
            message=ANSI.sub("", explain(error, notebook.cells[index], options.timeout)),
        )
    except KeyboardInterrupt:
        sys.exit(130)
    except RuntimeError as error:
        if running:
            raise
        print(f"the kernel did not start ({error}); if the machine is busy, run the same again", file=sys.stderr, flush=True)
        # Not sys.exit: nbclient's own clean-up at exit fails for a client that never began.
        os._exit(1)
    write(notebook, options.output)
    if not failed:
        tell(event="done")
    sys.exit(1 if failed else 0)


def explain(error, cell, timeout):
    if isinstance(error, CellTimeoutError):
        return f"the cell ran for longer than {timeout:g} s; give it more with --timeout SECONDS"
    if isinstance(error, DeadKernelError):
        return "the kernel died while the cell ran (killed, or out of memory?)"
    for output in cell.outputs:
        if output.output_type == "error":
            return "\n".join(output.traceback) or f"{output.ename}: {output.evalue}"
    printed = "".join(o.text for o in cell.outputs if o.output_type == "stream" and o.name == "stderr")
    return printed or str(error)


if __name__ == "__main__":
    main()
