"""How a spawned process of a pool begins, whatever it is to make."""

import multiprocessing
import os
import signal
import threading

import torch


def start_worker() -> None:
    """One thread; leave interrupts to the parent, which lets what runs finish; die with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    """A parent that was killed cannot stop its workers, and they would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
