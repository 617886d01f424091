// Package tooldoc writes docs/tools.md from what the tools say about themselves
// and from what their examples really give.
//
// What an example gave is recorded in a file. When the examples run again, their
// results must be the recorded ones; only what cannot be the same twice, such as
// a duration, a random identifier or a port, may differ, and the recorded value
// stays.
package tooldoc
