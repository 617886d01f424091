// Package rpc serves a kernel.Kernel to other programs, and is their client:
// JSON-RPC 2.0, each message behind a Content-Length header, over a unix socket
// of this user's or over TCP on a loopback address with a token.
//
// A Server never waits for a client: what a client does not read is bounded, and
// a client that stops reading is dropped. What a client has asked for ends when
// its connection does. Methods, parameters and results are in docs/rpc.md,
// which is generated from the table in methods.go.
package rpc

// ProtocolVersion is the version that client and server must agree on.
const ProtocolVersion = 1
