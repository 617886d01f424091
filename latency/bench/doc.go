// Package bench measures benchmarks in rounds, keeps what it measured, and compares it
// with what was kept before.
//
// A benchmark is an operation that is timed many times in each of several rounds. The
// median of each round is one observation: observations are what two runs are compared
// by, with a Mann-Whitney test as benchstat does, since the times within one round are not
// independent of each other. Each round also times a yardstick, work of a known size
// without any of llmspell's code, so that a machine that gives less is not taken for a
// product that is slower.
//
// The package knows no benchmark: package suite has them. It never judges a budget of the
// project's tests; those are in package latency.
package bench
