// Package logs makes the log of a process: named zap loggers whose levels are set
// by component and can change while the process runs, written to stderr or to a
// file that is rotated.
//
// A component is a logger's name up to any dot: the level of kernel holds for
// kernel.rpc too, unless that has its own. See Parse for the grammar.
//
// The log never stops the program: a line that cannot be written is counted, said
// once on stderr, and forgotten.
package logs
