package compile

import (
	"fmt"
	"strings"
)

// SyntaxError says why a chunk does not compile. Its text has the form of PUC
// Lua's messages: "script.lua:3: unexpected symbol near '='".
type SyntaxError struct {
	Chunk   string // display name of the chunk
	Line    int    // 1-based
	Message string // without position, with " near '…'" where it applies
	EOF     bool   // the source ended too early: more input could complete it
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s:%d: %s", e.Chunk, e.Line, e.Message)
}

// ChunkID returns the name under which a chunk appears in messages, by PUC
// Lua's rules (luaO_chunkid): "=name" and "@file" lose their mark, any other
// name is source text and becomes [string "first line..."].
func ChunkID(name string) string {
	const size = 80 // LUA_IDSIZE as Debian and Ubuntu build it
	switch {
	case strings.HasPrefix(name, "="):
		return clip(name[1:], size-1)
	case strings.HasPrefix(name, "@"):
		name = name[1:]
		if max := size - len(" '...' ") - 1; len(name) > max {
			return "..." + name[len(name)-max:]
		}
		return name
	}
	line := name
	if i := strings.IndexAny(name, "\r\n"); i >= 0 {
		line = name[:i]
	}
	line = clip(line, size-len(` [string "..."] `)-1)
	if len(line) < len(name) {
		line += "..."
	}
	return `[string "` + line + `"]`
}

func clip(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

func tokenText(k tokenKind) string {
	switch {
	case k >= tEOF:
		return tokenNames[k-tEOF]
	case k < ' ' || k == 127:
		return fmt.Sprintf("char(%d)", k)
	}
	return string([]byte{byte(k)})
}

// fail stops the compilation; Compile recovers it.
func (lx *lexer) fail(msg, near string) {
	if near != "" {
		msg += " near '" + near + "'"
	}
	panic(&SyntaxError{Chunk: lx.chunk, Line: lx.line, Message: msg, EOF: near == "<eof>"})
}

// failNear names the text of the token being read.
func (lx *lexer) failNear(msg string) {
	end := min(lx.pos, len(lx.src))
	lx.fail(msg, lx.src[min(lx.start, end):end])
}

// failHere names the current token.
func (lx *lexer) failHere(msg string) {
	near := tokenText(lx.tok.kind)
	switch lx.tok.kind {
	case tName, tString, tNumber:
		near = lx.src[lx.tok.from:lx.tok.to]
	}
	lx.fail(msg, near)
}
