// Package lsp is the room for the language server. It is empty so far: the
// debugger, the runtime and the tools came first (see docs/architecture.md).
package lsp
