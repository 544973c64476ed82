"""Work in processes of its own that may die or hang without taking the run with them; results in order.

The pools of the standard library give up altogether when one process dies, and cannot stop one task that
takes too long. Here each process has one pipe; whoever dies or exceeds the limit costs its own task only.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection
from typing import Any

AHEAD = 2  # tasks that a process holds, so that it needn't wait for the next
WINDOW = 32  # results a process may be ahead of the one that is due: what bounds memory
GRACE = 2  # seconds for an idle process to leave by itself
STARTING = 120  # seconds for a process to become ready on a busy machine
READY = "ready"
CLOCK = 0.5  # seconds between looks at who takes too long

Prepare = Callable[[], Callable[[str], Any]]
Failed = Callable[[str, str], Any]


class WorkersFailed(RuntimeError):
    """No process can be made ready, so that nothing at all can be done."""


def ordered(
    prepare: Prepare, tasks: Sequence[str], failed: Failed, *, jobs: int, seconds: int
) -> Generator[Any, None, None]:
    """The result of each task in the order of the tasks.

    `prepare` is pickled, called once in each new process (spawned, not forked) and gives the work. A task
    whose process dies or which takes longer than `seconds` gives `failed(task, reason in Chinese)`. Raises
    WorkersFailed when a process cannot be prepared.
    """
    pool = _Pool(prepare, tasks, failed, seconds)
    try:
        pool.start(min(jobs, len(tasks)))
        for due in range(len(tasks)):
            while due not in pool.results:
                pool.feed(due)
                pool.collect()
            yield pool.results.pop(due)
    finally:
        pool.stop()


@dataclass(eq=False)
class _Worker:
    process: Any
    pipe: Connection
    is_ready: bool = False
    since: float = field(default_factory=time.monotonic)  # when it began what it is doing
    held: deque[int] = field(default_factory=deque)

    def send(self, number: int, task: str) -> None:
        if not self.held:
            self.since = time.monotonic()
        self.held.append(number)
        with suppress(OSError):  # it is dead: found out when its pipe is read
            self.pipe.send((number, task))

    def kill(self) -> None:
        """With whatever it started itself, a converter for instance."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.join()
        self.pipe.close()


class _Pool:
    def __init__(self, prepare: Prepare, tasks: Sequence[str], failed: Failed, seconds: int) -> None:
        self._prepare, self._tasks, self._failed, self._seconds = prepare, tasks, failed, seconds
        self._context = get_context("spawn")
        self._workers: list[_Worker] = []
        self._waiting: deque[int] = deque()  # given back by a process that ended
        self._next = 0
        self.results: dict[int, Any] = {}

    def start(self, count: int) -> None:
        for _ in range(count):
            self._workers.append(self._worker())

    def _worker(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs, self._prepare), daemon=True)
        with interrupt_held():
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def feed(self, due: int) -> None:
        """Gives every process its next tasks, but none too far ahead of the result that is due."""
        last = due + WINDOW * len(self._workers)
        for depth in range(1, AHEAD + 1):
            for worker in self._workers:
                if worker.is_ready and len(worker.held) < depth:
                    number = self._take(last)
                    if number is None:
                        return
                    worker.send(number, self._tasks[number])

    def _take(self, last: int) -> int | None:
        if self._waiting:
            return self._waiting.popleft()
        if self._next >= min(last, len(self._tasks)):
            return None
        self._next += 1
        return self._next - 1

    def collect(self) -> None:
        """Waits for something to happen, then takes all that came, then looks at the clock."""
        by_pipe = {worker.pipe: worker for worker in self._workers}
        for pipe in connection.wait(list(by_pipe), timeout=CLOCK):
            worker = by_pipe[pipe]  # type: ignore[index]
            try:
                self._receive(worker, worker.pipe.recv())
            except (EOFError, OSError):
                self._died(worker)
        now = time.monotonic()
        for worker in list(self._workers):
            waited, is_silent = now - worker.since, not worker.pipe.poll()
            if not worker.is_ready and waited > STARTING and is_silent:
                raise WorkersFailed(f"{STARTING} 秒内没有准备好")
            if worker.held and waited > self._seconds and is_silent:
                self._replace(worker, f"检查用时超过 {self._seconds} 秒，已停止")

    def _receive(self, worker: _Worker, message: Any) -> None:
        worker.since = time.monotonic()
        if not worker.is_ready:
            if message != READY:
                raise WorkersFailed(message)
            worker.is_ready = True
            return
        number, result = message
        worker.held.remove(number)
        self.results[number] = result

    def _died(self, worker: _Worker) -> None:
        worker.process.join()
        code = worker.process.exitcode
        ended = f"信号 {-code}" if code and code < 0 else f"退出码 {code}"
        self._replace(worker, f"检查进程意外终止（{ended}），可能是内存不足或文件损坏")

    def _replace(self, worker: _Worker, reason: str) -> None:
        """What it was doing failed for that reason; what it only held goes to others."""
        worker.kill()
        self._workers.remove(worker)
        if not worker.is_ready:
            raise WorkersFailed(reason)
        if worker.held:
            number = worker.held.popleft()
            self.results[number] = self._failed(self._tasks[number], reason)
        self._waiting.extendleft(reversed(worker.held))
        self._workers.append(self._worker())

    def stop(self) -> None:
        """Idle processes leave when their pipe closes; who is still busy is killed."""
        idle = [worker for worker in self._workers if worker.is_ready and not worker.held]
        for worker in idle:
            worker.pipe.close()
        for worker in idle:
            worker.process.join(GRACE)
        for worker in self._workers:
            worker.kill()
        self._workers.clear()


@contextmanager
def interrupt_held() -> Iterator[None]:
    """A Ctrl-C that falls between fork and hand-over would leave a child with half its orders: it waits.

    The mask is for the child, which inherits it; it does not hold the parent, since the system may deliver
    the signal to any other thread (a library's) and Python then runs its handler in this one all the same.
    """
    if threading.current_thread() is not threading.main_thread():  # where no Ctrl-C arrives
        yield
        return
    came: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, _frame: came.append(number))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        signal.signal(signal.SIGINT, handler)
    if came:
        signal.raise_signal(signal.SIGINT)


def _serve(pipe: Connection, prepare: Prepare) -> None:
    """The life of one process. Ctrl-C is for the parent, which then closes the pipe or kills the group."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.setsid()
    try:
        work = prepare()
    except Exception as error:  # noqa: BLE001 - told to the parent, which ends the run with it
        pipe.send(str(error) or repr(error))
        return
    with suppress(EOFError, OSError):
        pipe.send(READY)
        while True:
            number, task = pipe.recv()
            pipe.send((number, work(task)))
