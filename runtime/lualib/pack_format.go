package lualib

import (
	"fmt"

	lua "github.com/yuin/gopher-lua"
)

// packKind is what an item of a pack format stands for.
type packKind int

const (
	packSigned packKind = iota
	packUnsigned
	packFloat
	packFixedString // c[n]
	packString      // s[n]: length, then bytes
	packZeroString  // z
	packPadding     // x: one zero byte
	packAlign       // X: alignment only
	packNothing     // byte order, maximum alignment, space
)

// packItem is one item of a pack format.
type packItem struct {
	kind      packKind
	size      int // of the item, or of the length of a packString
	padding   int // zero bytes before it, for alignment
	bigEndian bool
}

// formatReader reads a pack format item by item. Formats are argument 1.
type formatReader struct {
	L         *lua.LState
	format    string
	bigEndian bool
	maxAlign  int
}

// next returns the next item, which comes after total bytes; ok is false at
// the end of the format.
func (f *formatReader) next(total int) (item packItem, ok bool) {
	if f.format == "" {
		return packItem{}, false
	}
	item = f.option()
	align := item.size
	switch item.kind {
	case packAlign:
		// X aligns for the option that follows and packs nothing.
		if f.format == "" {
			argError(f.L, 1, "invalid next option for option 'X'")
		}
		next := f.option()
		align = next.size
		if next.kind == packFixedString || align == 0 {
			argError(f.L, 1, "invalid next option for option 'X'")
		}
	case packSigned, packUnsigned, packFloat, packString:
	default:
		return item, true // has no alignment
	}
	align = min(align, f.maxAlign)
	if align > 1 {
		if !isPowerOfTwo(align) {
			argError(f.L, 1, "format asks for alignment not power of 2")
		}
		item.padding = (align - total&(align-1)) & (align - 1)
	}
	return item, true
}

// option reads one option letter and its size.
func (f *formatReader) option() packItem {
	c := f.format[0]
	f.format = f.format[1:]
	item := packItem{kind: packNothing}
	switch c {
	case 'b':
		item.kind, item.size = packSigned, 1
	case 'B':
		item.kind, item.size = packUnsigned, 1
	case 'h':
		item.kind, item.size = packSigned, 2
	case 'H':
		item.kind, item.size = packUnsigned, 2
	case 'i':
		item.kind, item.size = packSigned, f.integerSize(4)
	case 'I':
		item.kind, item.size = packUnsigned, f.integerSize(4)
	case 'l', 'j':
		item.kind, item.size = packSigned, wordSize
	case 'L', 'J', 'T':
		item.kind, item.size = packUnsigned, wordSize
	case 'f':
		item.kind, item.size = packFloat, 4
	case 'd', 'n':
		item.kind, item.size = packFloat, 8
	case 's':
		item.kind, item.size = packString, f.integerSize(wordSize)
	case 'c':
		item.kind, item.size = packFixedString, f.number(-1)
		if item.size < 0 {
			raise(f.L, "missing size for format option 'c'")
		}
	case 'z':
		item.kind = packZeroString
	case 'x':
		item.kind, item.size = packPadding, 1
	case 'X':
		item.kind = packAlign
	case ' ':
	case '<', '=':
		f.bigEndian = false
	case '>':
		f.bigEndian = true
	case '!':
		f.maxAlign = f.integerSize(maxAlignment)
	default:
		raise(f.L, "invalid format option '"+string([]byte{c})+"'")
	}
	item.bigEndian = f.bigEndian
	return item
}

// integerSize reads the size of an integer.
func (f *formatReader) integerSize(def int) int {
	n := f.number(def)
	if n < 1 || n > maxIntegerSize {
		raise(f.L, fmt.Sprintf("integral size (%d) out of limits [1,%d]", n, maxIntegerSize))
	}
	return n
}

// number reads a decimal number; it stops reading before the number overflows.
func (f *formatReader) number(def int) int {
	if f.format == "" || !isDigit(f.format[0]) {
		return def
	}
	const limit = (1<<31 - 10) / 10
	n := 0
	for f.format != "" && isDigit(f.format[0]) && n <= limit {
		n = n*10 + int(f.format[0]-'0')
		f.format = f.format[1:]
	}
	return n
}
