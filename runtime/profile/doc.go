// Package profile samples where a Lua state spends its time.
//
// A goroutine asks for a sample at a fixed rate; the goroutine that runs Lua
// takes it at its next safe point, so that nothing of the state is shared. Time
// that passes inside a Go function, where there are no safe points, is counted
// when it returns, for the call of that function: no period is lost. What is
// measured is wall time while the state runs; an idle state has no samples.
//
// Stacks go through coroutines into those that resumed them, and are accurate
// to the line. They are written for `go tool pprof` or as folded stacks, which
// flame graph viewers read. Calls that a tail call replaced are not seen.
package profile
