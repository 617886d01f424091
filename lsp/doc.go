// Package lsp is the language server. A Server serves clients, each in a session of
// its own: sessions do not see each other's open files, and share the index of the
// folders that they have in common.
//
// A session's files, configuration and catalogue are one immutable
// [analysis.Snapshot]. What changes them makes another; a request works on the one
// that was current when it arrived, however long it takes. The goroutine that reads
// messages applies changes, and takes the snapshot for requests: nothing overtakes.
//
// A feature is one file: functions of a request and its parameters, and a line in
// features.go, from which the handlers and the announced capabilities are made.
//
// Nothing below this package knows the protocol, and nothing here knows Lua but
// through analysis.
package lsp
