package lualib

import (
	"math"
	"math/bits"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// string.pack, string.packsize and string.unpack are those of Lua 5.3 on a
// 64-bit machine, little-endian unless told otherwise, so that files and
// messages look the same everywhere. Lua 5.1 has no integers: values are
// numbers, exact up to 2^53.

const (
	maxIntegerSize = 16
	wordSize       = 8
	maxAlignment   = 8 // what '!' alone stands for
)

func (h *Host) stringPack(L *lua.LState) int {
	f := formatReader{L: L, format: checkString(L, 1), maxAlign: 1}
	out := buffer{L: L, host: h}
	arg := 1
	for {
		item, ok := f.next(out.out.Len())
		if !ok {
			break
		}
		out.pad(0, item.padding)
		switch item.kind {
		case packPadding:
			out.writeByte(0)
			continue
		case packAlign, packNothing:
			continue
		}
		arg++
		out.writeItem(item, arg)
	}
	L.Push(lua.LString(out.String()))
	return 1
}

// writeItem appends argument arg in the format of the item.
func (b *buffer) writeItem(item packItem, arg int) {
	L := b.L
	switch item.kind {
	case packSigned:
		n := checkPackInteger(L, arg, item)
		b.writeWord(item, uint64(n), n < 0)
	case packUnsigned:
		b.writeWord(item, checkPackUnsigned(L, arg, item), false)
	case packFloat:
		f := checkNumber(L, arg)
		word := math.Float64bits(f)
		if item.size == 4 {
			word = uint64(math.Float32bits(float32(f)))
		}
		b.writeWord(item, word, false)
	case packFixedString:
		s := checkString(L, arg)
		if len(s) > item.size {
			argError(L, arg, "string longer than given size")
		}
		b.writeString(s)
		b.pad(0, item.size-len(s))
	case packString:
		s := checkString(L, arg)
		if item.size < wordSize && len(s) >= 1<<(8*item.size) {
			argError(L, arg, "string length does not fit in given size")
		}
		b.writeWord(item, uint64(len(s)), false)
		b.writeString(s)
	case packZeroString:
		s := checkString(L, arg)
		if strings.IndexByte(s, 0) >= 0 {
			argError(L, arg, "string contains zeros")
		}
		b.writeString(s)
		b.writeByte(0)
	}
}

// checkPackInteger returns argument n, an integer that fits the item.
func checkPackInteger(L *lua.LState, n int, item packItem) int64 {
	f := checkIntegral(L, n)
	limit := math.Ldexp(1, 8*min(item.size, wordSize)-1)
	if f < -limit || f >= limit {
		argError(L, n, "integer overflow")
	}
	return int64(f)
}

// checkPackUnsigned returns argument n, an integer that fits the item. Eight
// bytes and more also take negative numbers, which wrap round as in Lua 5.3.
func checkPackUnsigned(L *lua.LState, n int, item packItem) uint64 {
	f := checkIntegral(L, n)
	if item.size < wordSize && (f < 0 || f >= math.Ldexp(1, 8*item.size)) {
		argError(L, n, "unsigned overflow")
	}
	if f < -(1<<63) || f >= 1<<64 {
		argError(L, n, "unsigned overflow")
	}
	return castUint(f)
}

// checkIntegral returns argument n, a number without a fraction.
func checkIntegral(L *lua.LState, n int) float64 {
	f := checkNumber(L, n)
	if f != math.Trunc(f) || math.IsInf(f, 0) { // NaN is unequal to itself
		argError(L, n, "number has no integer representation")
	}
	return f
}

// writeWord appends the item.size low bytes of word in the item's byte order;
// bytes beyond the eighth repeat the sign.
func (b *buffer) writeWord(item packItem, word uint64, negative bool) {
	var bytes [maxIntegerSize]byte
	for i := range item.size {
		switch {
		case i < wordSize:
			bytes[i] = byte(word >> (8 * i))
		case negative:
			bytes[i] = 0xff
		}
	}
	if item.bigEndian {
		reverseBytes(bytes[:item.size])
	}
	b.write(bytes[:item.size])
}

func reverseBytes(p []byte) {
	for i, j := 0, len(p)-1; i < j; i, j = i+1, j-1 {
		p[i], p[j] = p[j], p[i]
	}
}

func stringPacksize(L *lua.LState) int {
	f := formatReader{L: L, format: checkString(L, 1), maxAlign: 1}
	total := 0
	for {
		item, ok := f.next(total)
		if !ok {
			break
		}
		if item.kind == packString || item.kind == packZeroString {
			argError(L, 1, "variable-length format")
		}
		if item.padding+item.size > math.MaxInt32-total {
			argError(L, 1, "format result too large")
		}
		total += item.padding + item.size
	}
	L.Push(lua.LNumber(total))
	return 1
}

// isPowerOfTwo reports whether n is a power of two.
func isPowerOfTwo(n int) bool { return bits.OnesCount(uint(n)) == 1 }
