// Package trace tells OpenTelemetry what a kernel does: spans of requests, of
// executions and of calls of tools, each within the one that caused it, with the
// attributes that OpenTelemetry's conventions name (for tools those of
// generative AI: execute_tool).
//
// Nothing of it runs, and no goroutine is started, until New is called. Spans are
// sent in batches over HTTP as OTLP in JSON, which collectors take at the same
// address as its binary form, and which needs neither protocol buffers nor gRPC.
// A collector that is slow or gone never slows the kernel: what does not fit
// into the queue is dropped, and counted.
//
// Parameters and results of tools, code and output of scripts are never part of
// a span, because they may hold secrets. Messages of errors are.
package trace
