// Package httpx is the HTTP client of the tools and of embedders: one Client serves one
// call of a tool, or one embedder, and leaves nothing behind when it is closed.
//
// It promises: every connection, also of a redirect, is made by the sandbox and
// checked by address; no proxy of the environment is used; certificates are
// verified unless a caller asked otherwise in plain words; a body is read up to a
// limit, after decompression; credentials do not follow a redirect to another host,
// nor a redirect from https to http; names and values of headers cannot smuggle
// others in; errors say in plain words what happened and show no credentials.
//
// What it never does: share connections or cookies between calls, or guess. A
// status such as 404 or 500 is an answer, not an error: its meaning is the
// tool's to decide.
package httpx
