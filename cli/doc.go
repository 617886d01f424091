// Package cli is the llmspell command: one file a subcommand, each of which
// parses flags, calls the package that does the work, and prints.
//
// Results go to stdout, logs and errors to stderr. Exit codes: 0 ok, 1 script
// error, 2 usage, 3 permission denied, 4 timeout or budget, 5 kernel
// unreachable, 6 tool error, 7 debug expectation failed, 130 interrupted; or
// what the script gave to os.exit.
package cli
