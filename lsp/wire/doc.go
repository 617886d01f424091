// Package wire carries the messages of the Language Server Protocol between one
// client and its server: the base protocol, and the rules that hold for all
// requests. It knows no feature, and nothing of Lua.
//
// It promises, whatever the client sends:
//
//   - a request gets exactly one answer; a cancelled one −32800, at once;
//   - requests and notifications are begun in the order in which they arrive. What is
//     quick is done on the goroutine that reads; a request is only prepared there,
//     and worked on elsewhere, by as many goroutines as there are processors;
//   - a message that is no message is answered and passed over; the connection ends
//     only where the next message cannot be found;
//   - a panic in a handler is an answer, and the stack is in the log;
//   - the goroutine that reads never waits for the client to read.
//
// github.com/sourcegraph/jsonrpc2 owns the connection, the loop that reads, and the
// requests to the client. Its codec and its decoding of requests are not used: the
// one ends the connection where it need not, the other decodes parameters three times
// and does not keep all ids.
package wire
