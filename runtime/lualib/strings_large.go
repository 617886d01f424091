package lualib

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// What one call can do to a string of any length is done in pieces: between two of them
// the host is told, which may end the execution there, or serve others.

// pieceBytes is how many bytes are handled between two calls of Host.Charge, in a tenth of
// a millisecond or less. A shorter string is not charged for.
const pieceBytes = allocFrom

// bytes tells of n bytes that a loop has handled, where it can stop.
func (h *Host) bytes(L *lua.LState, n int) {
	if n >= pieceBytes {
		h.Charge(L, n/bytesPerStep)
	}
}

// announce asks for the memory of a result of n bytes. Unlike reserve it leaves the work
// to be charged as it is done.
func (h *Host) announce(L *lua.LState, n int) {
	if n >= allocFrom {
		h.Alloc(L, int64(n))
	}
}

// repeat is s n times; n*len(s) is an int.
func (h *Host) repeat(L *lua.LState, s string, n int) string {
	size := n * len(s)
	if size < pieceBytes {
		return strings.Repeat(s, n)
	}
	h.announce(L, size)
	var out strings.Builder
	out.Grow(size)
	if len(s) < pieceBytes {
		few := pieceBytes / len(s)
		for piece := strings.Repeat(s, few); n >= few; n -= few {
			out.WriteString(piece)
			h.bytes(L, pieceBytes)
		}
	}
	for range n {
		h.appendTo(L, &out, s)
		h.bytes(L, len(s))
	}
	return out.String()
}

// appendTo appends a string. Of one that is very long it charges for all but the end.
func (h *Host) appendTo(L *lua.LState, out *strings.Builder, s string) {
	for len(s) > largePiece {
		out.WriteString(s[:largePiece])
		h.bytes(L, largePiece)
		s = s[largePiece:]
	}
	out.WriteString(s)
}

// largePiece is pieceBytes where bytes are only copied or looked for.
const largePiece = 16 * pieceBytes

// workBytes is how many bytes are worked out before they are appended to a result: few
// enough for the stack.
const workBytes = 256

// reversed is s with its bytes in the opposite order.
func (h *Host) reversed(L *lua.LState, s string) string {
	h.announce(L, len(s))
	var out strings.Builder
	out.Grow(len(s))
	var work [workBytes]byte
	for rest, done := s, 0; rest != ""; {
		n := min(len(rest), workBytes)
		from := rest[len(rest)-n:]
		for i := range n {
			work[n-1-i] = from[i]
		}
		out.Write(work[:n])
		rest = rest[:len(rest)-n]
		if done += n; done >= pieceBytes {
			h.bytes(L, done)
			done = 0
		}
	}
	return out.String()
}

// mapLetters is s with the case of the 26 letters from first on switched. Other bytes
// stay as they are, as in the C locale. A string without such a letter is not copied.
func (h *Host) mapLetters(L *lua.LState, s string, first byte) string {
	i := 0
	for i < len(s) {
		end := min(i+pieceBytes, len(s))
		from := i
		for i < end && s[i]-first >= 26 {
			i++
		}
		if i < end {
			break
		}
		h.bytes(L, i-from)
	}
	if i == len(s) {
		return s
	}
	h.announce(L, len(s))
	var out strings.Builder
	out.Grow(len(s))
	h.appendTo(L, &out, s[:i])
	var work [workBytes]byte
	for rest, done := s[i:], 0; rest != ""; {
		n := min(len(rest), workBytes)
		for i, c := range []byte(rest[:n]) {
			if c-first < 26 {
				c ^= 0x20
			}
			work[i] = c
		}
		out.Write(work[:n])
		rest = rest[n:]
		if done += n; done >= pieceBytes {
			h.bytes(L, done)
			done = 0
		}
	}
	return out.String()
}

// index is where a text first is in s, as strings.Index says.
func (h *Host) index(L *lua.LState, s, text string) int {
	window := max(largePiece, len(text))
	for at := 0; ; at += window {
		end := at + window + len(text)
		if end >= len(s) {
			i := strings.Index(s[at:], text)
			if i >= 0 {
				i += at
			}
			return i
		}
		if i := strings.Index(s[at:end], text); i >= 0 {
			return at + i
		}
		h.bytes(L, window)
	}
}
