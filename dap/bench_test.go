package dap_test

import (
	"testing"

	"github.com/llmspell/llmspell/dap"
)

// BenchmarkNext measures from next to its stopped event, over TCP.
func BenchmarkNext(b *testing.B) {
	c := connect(b, dap.Options{})
	c.WithoutSchema()
	path := script(b, "local n = 0", "while true do", "  n = n + 1", "  n = n - 1", "end")
	c.Start(with(path, "stopOnEntry", true))
	c.ExpectStopped("entry")
	for b.Loop() {
		c.Next(1)
		c.ExpectStopped("step")
	}
	c.Disconnect()
}

// BenchmarkStepCycle adds what an editor asks for at each stop.
func BenchmarkStepCycle(b *testing.B) {
	c := connect(b, dap.Options{})
	c.WithoutSchema()
	path := script(b, "local n, t = 0, {1, 2, 3}", "while true do", "  n = n + 1", "  n = n - 1", "end")
	c.Start(with(path, "stopOnEntry", true))
	c.ExpectStopped("entry")
	for b.Loop() {
		c.Next(1)
		c.ExpectStopped("step")
		c.Threads()
		c.Locals(1)
	}
	c.Disconnect()
}
