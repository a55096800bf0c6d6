"""A server that answers as the Hugging Face Hub does for files, on this machine only."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class HubServer:
    """What it serves and how it misbehaves; all of it may be changed while it runs.

    Attributes:
        files: "owner/name/resolve/revision/path" -> content.
        asked: (path, Range header) of every request.
        headers: of the last request.
        cut_after: bytes after which the connection breaks, None for never; forgotten then.
        knows_ranges: whether it answers only the part that is asked for.
    """

    def __init__(self):
        self.files, self.asked, self.headers = {}, [], {}
        self.cut_after, self.knows_ranges = None, True
        self.endpoint = ""

    def answer(self, handler):
        name, asked = handler.path.lstrip("/"), handler.headers.get("Range")
        self.asked.append((name, asked))
        self.headers = dict(handler.headers)
        content = self.files.get(name)
        if content is None:
            handler.send_error(404)
            return
        start = int(re.match(r"bytes=(\d+)-", asked)[1]) if asked and self.knows_ranges else 0
        handler.send_response(206 if start else 200)
        handler.send_header("Content-Length", str(len(content) - start))
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        handler.end_headers()
        piece, self.cut_after = content[start:][: self.cut_after], None
        handler.wfile.write(piece)


@contextmanager
def hub_server():
    """Run a HubServer on a free port of this machine."""
    hub = HubServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            hub.answer(self)

        def log_message(self, *args):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    hub.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
