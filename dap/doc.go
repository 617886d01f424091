// Package dap serves the Debug Adapter Protocol (version 1.71 of its
// specification) for Lua scripts: it turns requests into calls of
// runtime/debug, and what happens in the script into events.
//
// A Server serves any number of clients, each with a session of its own. Use
// ServeConn for one connection (stdio, or a net.Pipe in a test) and Listen with
// Serve for a socket. Four goroutines belong to a session:
//
//   - the reader splits bytes into requests and never waits for the script;
//   - the dispatcher answers them, one after the other and each exactly once;
//   - the writer sends messages, one Write each, numbered from 1;
//   - the runner executes Lua; the engine calls the session back from there.
//     A session that attaches has none: the program runs its Lua itself.
//
// # Where the script is
//
// A launch runs the script in this process. Register offers the Lua states of
// the program itself to clients that attach (docs/embedding.md). A session can
// also become a bridge to another server: on attach with "connect", and for a
// script that runs in the client's terminal, which calls back. Then it passes
// messages on, and answers none but disconnect itself.
//
// # Promises
//
// The response to a request is sent before any event that the request caused:
// a response to next precedes its stopped event. Arrays are never null.
// Nothing follows the response to disconnect. A slow client costs the script a
// bounded wait, after which output is dropped and the client told how much was.
// When the client goes away, the script is stopped and its state freed.
//
// # What never happens here
//
// This package never touches a Lua state: it asks runtime/debug. It opens no
// path that a client names except the program, its working folder, sources that
// the script itself loaded or that lie in its workspace (and, to verify
// breakpoints, the files that these are set in). It runs nothing for a peer whose first bytes are not a
// protocol header, so that a web page cannot talk to it through HTTP.
package dap
