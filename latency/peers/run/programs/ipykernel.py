"""Times a kernel of Jupyter as its own client sees it: its start, and executions of what lines of stdin have as JSON
strings. Prints nanoseconds, and what the execution shows as its result."""
import json
import sys
import time

from jupyter_client.manager import KernelManager

begun = time.perf_counter_ns()
manager = KernelManager(kernel_name="python3")
manager.start_kernel()
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=60)
print("start", time.perf_counter_ns() - begun, flush=True)


def execute(code):
    """Returns how long it took, and the result as text."""
    shown = []

    def keep(message):
        if message["msg_type"] == "execute_result":
            shown.append(message["content"]["data"]["text/plain"])

    begun = time.perf_counter_ns()
    reply = client.execute_interactive(code, timeout=60, output_hook=keep)
    took = time.perf_counter_ns() - begun
    if reply["content"]["status"] != "ok" or not shown:
        sys.exit("the kernel answered %r" % reply)
    return took, shown[0]


try:
    for line in sys.stdin:
        print("run", *execute(json.loads(line)), flush=True)
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
