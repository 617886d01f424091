// Package protocol has the messages of the Language Server Protocol 3.17, and
// chosen ones of 3.18, as far as the server uses them. Names and JSON are the
// specification's; a field that the server never reads or writes is left out.
//
// What a client can do is read with [Client], which looks paths up, and not with a
// hundred structs.
//
// The types have no behaviour but for URIs. This package imports nothing of
// llmspell.
package protocol
