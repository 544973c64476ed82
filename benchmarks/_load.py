"""A load generator on one thread: keep-alive connections over raw sockets, cheap beside what it measures.

`python _load.py` reads {"port", "cookies", "paths", "clients", "think", "seconds"} from its input, deals the
cookies to the clients in turn, and writes {"times": {path: [seconds, …]}, "wrong": [status line, …],
"seconds", "used": its own processor time}.
"""

from __future__ import annotations

import heapq
import json
import random
import re
import selectors
import socket
import sys
import time
from dataclasses import dataclass, field

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass
class Client:
    """One browser: asks, reads the whole answer, thinks, asks the next page."""

    number: int
    cookie: str
    paths: list[str]
    socket: socket.socket
    asked_at: float = 0.0
    path: str = ""
    left: int = -1  # bytes of the answer that are to come; -1: its length is not known yet
    head: bytes = field(default=b"")


def run(port: int, cookies: list[str], paths: list[str], clients: int, think: float, seconds: float) -> dict:
    rng, watch = random.Random(7), selectors.DefaultSelector()
    start, used = time.perf_counter(), time.process_time()
    waiting: list[tuple[float, int, Client]] = []
    for number in range(clients):
        ways = rng.sample(paths, len(paths))
        cookie = cookies[number % len(cookies)]
        client = Client(number, cookie, ways, socket.create_connection(("127.0.0.1", port)))
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        watch.register(client.socket, selectors.EVENT_READ, client)
        heapq.heappush(waiting, (start + think * number / clients, number, client))
    times: dict[str, list[float]] = {path: [] for path in paths}
    wrong: list[str] = []
    while (now := time.perf_counter()) < start + seconds:
        while waiting and waiting[0][0] <= now:
            _ask(heapq.heappop(waiting)[2])
        for key, _ in watch.select(min(0.05, max(0.0, waiting[0][0] - now)) if waiting else 0.05):
            client = key.data
            if _read(client):
                now = time.perf_counter()
                times[client.path].append(now - client.asked_at)
                if b" 200 " not in client.head[:16]:
                    wrong.append(f"{client.path} {client.head[:30].decode('latin-1')}")
                pause = rng.uniform(0.5, 1.5) * think
                heapq.heappush(waiting, (now + pause, client.number, client))
    took = time.perf_counter() - start
    return {"times": times, "wrong": wrong, "seconds": took, "used": time.process_time() - used}


def _ask(client: Client) -> None:
    client.path = client.paths.pop(0)
    client.paths.append(client.path)
    client.left, client.head, client.asked_at = -1, b"", time.perf_counter()
    head = f"GET {client.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {client.cookie}\r\n\r\n"
    client.socket.sendall(head.encode())


def _read(client: Client) -> bool:
    """Takes what came; whether the answer is whole."""
    got = client.socket.recv(262_144)
    if not got:
        raise SystemExit(f"the server closed the connection at {client.path}")
    if client.left < 0:
        client.head += got
        end = client.head.find(b"\r\n\r\n")
        if end < 0:
            return False
        length = _LENGTH.search(client.head, 0, end)
        if length is None:
            raise SystemExit(f"{client.path} has no length")
        client.left = int(length[1]) - (len(client.head) - end - 4)
    else:
        client.left -= len(got)
    return client.left == 0


if __name__ == "__main__":
    json.dump(run(**json.load(sys.stdin)), sys.stdout)
