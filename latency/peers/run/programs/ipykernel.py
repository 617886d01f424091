"""Times a kernel of Jupyter as its own client sees it: its start, and executions. Prints nanoseconds."""
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
try:
    for line in sys.stdin:
        begun = time.perf_counter_ns()
        reply = client.execute_interactive("1", timeout=60, output_hook=lambda message: None)
        took = time.perf_counter_ns() - begun
        if reply["content"]["status"] != "ok":
            sys.exit("the kernel answered %r" % reply)
        print("run", took, flush=True)
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
