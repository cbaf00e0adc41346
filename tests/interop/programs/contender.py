"""Contends by kazoo's recipes, as it is told on its input: `take ID KIND PATH`, `give ID`.

Says `ID holds` once it does, and `ID gone` once it has given back.
"""

import sys
import threading

from kazoo.client import KazooClient

client = KazooClient(hosts=sys.argv[1], timeout=5.0)
giving = {}


def contend(identifier, path, give):
    # What kazoo is to take for a lock besides its own nodes, as its documentation tells those who share one with others.
    lock = client.Lock(path, identifier=identifier, extra_lock_patterns=["-lock-"])
    lock.acquire()
    print(identifier, "holds", flush=True)
    give.wait()
    lock.release()
    print(identifier, "gone", flush=True)


client.start()
for line in sys.stdin:
    command, identifier, *rest = line.split()
    if command == "take":
        giving[identifier] = threading.Event()
        _, path = rest
        threading.Thread(target=contend, args=(identifier, path, giving[identifier]), daemon=True).start()
    else:
        giving[identifier].set()
