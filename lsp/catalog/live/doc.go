// Package live adds to a catalogue what a running kernel has: the tools of other
// programs, state keys with their values, sessions and their variables, events that
// were seen.
//
// A Live asks the kernel in the background, when something has happened there and
// every few seconds. Who wants the catalogue gets the last one, at once. A kernel
// that is not there, ends, hangs or sends nonsense costs nothing but its names.
//
// What never happens here: a script runs, a value in the kernel changes, or the
// kernel is started.
package live
