"""Notebooks in a browser: servers of JupyterLab, Notebook and marimo on this machine alone."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]

JUPYTER = (
    "--no-browser",
    "--allow-root",
    "--ip=127.0.0.1",
    "--IdentityProvider.token=",
    "--LabApp.news_url=",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
)


def free_port():
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return tried.getsockname()[1]


@contextmanager
def served(command, folder, ready):
    """The address of a server that runs as long as the block; its settings are in the folder."""
    port = free_port()
    address = f"http://127.0.0.1:{port}/"
    places = {name: str(folder / "settings") for name in ("HOME", "XDG_CONFIG_HOME", "IPYTHONDIR")}
    kinds = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
    places |= {f"JUPYTER_{kind}": str(folder / "settings" / kind) for kind in kinds}
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, **places, "PYTHONPATH": os.pathsep.join(paths)}
    log = folder / "server.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", *command, f"--port={port}"],
            cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
        )  # fmt: skip
    try:
        _until(lambda: _answers(address + ready, server), f"a server; see {log}")
        yield address
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _until(happened, what, page=None):
    for _ in range(300):
        if happened():
            return
        if page is None:
            time.sleep(0.2)
        else:
            page.wait_for_timeout(200)  # meanwhile it goes on loading
    raise RuntimeError(f"after a minute there is not {what}")


def _answers(address, server):
    if server.poll() is not None:
        raise RuntimeError("the server has ended")
    try:
        urllib.request.urlopen(address, timeout=5).close()
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
    return True


def _is_idle(server):
    """Whether the kernel of the one notebook that is open has said so."""
    with urllib.request.urlopen(f"{server}api/sessions", timeout=5) as answer:
        kernels = [session["kernel"] for session in json.load(answer)]
    return [k["execution_state"] for k in kernels if k["connections"]] == ["idle"]


@contextmanager
def only_from(browser, address):
    """A page that reaches the server alone, and the addresses that it asked for elsewhere."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    elsewhere = []

    def answer(route):
        if route.request.url.startswith((address, "data:", "blob:")):
            route.continue_()
        else:
            elsewhere.append(route.request.url)
            route.abort()

    context.route("**/*", answer)
    page = context.new_page()
    page.set_default_timeout(60_000)
    try:
        yield page, elsewhere
    finally:
        context.close()


def write_notebook(path, sources, html=None):
    """Write a notebook; with `html`, each cell has that as its output, from a stranger."""
    shown = [{"output_type": "display_data", "metadata": {}, "data": {"text/html": html}}]
    cells = [
        {"cell_type": "code", "id": f"cell{place}", "metadata": {}, "execution_count": None,
         "outputs": shown if html else [], "source": source}
        for place, source in enumerate(sources)
    ]  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {
        "cells": cells,
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(notebook))


class Notebook:
    """A notebook in JupyterLab or Notebook 7, whose cells are run as by a person."""

    def __init__(self, page, server, path):
        self.page = page
        page.goto(server + path)
        self.cells = page.locator(".jp-CodeCell")
        self.cells.first.wait_for()
        _until(lambda: _is_idle(server), "a kernel that waits", page)

    def run(self, place):
        """Run a cell; return where its output is."""
        cell = self.cells.nth(place)
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")
        prompt = cell.locator(".jp-InputPrompt")
        prompt.get_by_text(f"[{place + 1}]:", exact=True).wait_for()
        return cell.locator(".jp-OutputArea")


def write_app(path, cells):
    """A marimo notebook; each cell is the names that it takes, and its lines."""
    made = ["import marimo", "app = marimo.App()"]
    for names, source in cells:
        lines = "\n".join(f"    {line}" for line in source.strip().splitlines())
        made.append(f"@app.cell\ndef _({names}):\n{lines}")
    path.write_text("\n\n".join(made) + "\n")
