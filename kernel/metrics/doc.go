// Package metrics tells an operator how a kernel does: in Prometheus' text
// format, as answers to probes, and as profiles.
//
// What is counted elsewhere is asked for when somebody reads it, by the
// functions of Sources; so it costs nothing where it is counted. Only requests
// and executions are told to Metrics as they end. Nothing of this package runs
// in a process that makes no Metrics, and it starts no goroutine of its own
// except those of a Server.
//
// The text is written by hand. The usual client library adds a millisecond, 250
// KB of heap and a registry of protocol buffers to the start of every command,
// also of those that serve no metrics; tests read the text with that library's
// own parser instead.
//
// The values of labels are bounded: what is beyond the bound is counted as
// "other".
package metrics
