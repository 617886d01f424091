package lualib

import (
	"math"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

func (h *Host) stringUnpack(L *lua.LState) int {
	f := formatReader{L: L, format: checkString(L, 1), maxAlign: 1}
	data := checkString(L, 2)
	pos := relative(optInt(L, 3, 1), len(data)) - 1
	if pos < 0 || pos > len(data) {
		argError(L, 3, "initial position out of string")
	}
	// Results are collected first: argError needs the arguments on top.
	var results []lua.LValue
	for {
		item, ok := f.next(pos)
		if !ok {
			break
		}
		if item.padding+item.size > len(data)-pos {
			argError(L, 2, "data string too short")
		}
		pos += item.padding
		var v lua.LValue
		v, pos = readItem(L, item, data, pos)
		if v != nil {
			results = append(results, v)
		}
		if len(results)%chargeSteps == chargeSteps-1 {
			h.Charge(L, chargeSteps)
		}
	}
	for _, v := range results {
		L.Push(v)
	}
	L.Push(lua.LNumber(pos + 1))
	return len(results) + 1
}

// readItem returns the value of the item at pos, nil if it has none, and the
// position after it. The item's fixed part is known to lie in data.
func readItem(L *lua.LState, item packItem, data string, pos int) (lua.LValue, int) {
	end := pos + item.size
	switch item.kind {
	case packSigned:
		word := readWord(L, item, data[pos:end])
		if item.size < wordSize { // extend the sign
			shift := 64 - 8*item.size
			return lua.LNumber(int64(word<<shift) >> shift), end
		}
		return lua.LNumber(int64(word)), end
	case packUnsigned:
		return lua.LNumber(readWord(L, item, data[pos:end])), end
	case packFloat:
		word := readWord(L, item, data[pos:end])
		if item.size == 4 {
			return lua.LNumber(math.Float32frombits(uint32(word))), end
		}
		return lua.LNumber(math.Float64frombits(word)), end
	case packFixedString:
		return lua.LString(substring(data, pos, end)), end
	case packString:
		n := readWord(L, item, data[pos:end])
		if n > uint64(len(data)-end) {
			argError(L, 2, "data string too short")
		}
		return lua.LString(substring(data, end, end+int(n))), end + int(n)
	case packZeroString:
		n := strings.IndexByte(data[pos:], 0)
		if n < 0 {
			argError(L, 2, "unfinished string for format 'z'")
		}
		return lua.LString(substring(data, pos, pos+n)), pos + n + 1
	}
	return nil, end
}

// readWord returns the integer in data. Bytes beyond the eighth must only
// repeat the sign.
func readWord(L *lua.LState, item packItem, data string) uint64 {
	at := func(i int) byte { // the byte of value 256^i
		if item.bigEndian {
			return data[len(data)-1-i]
		}
		return data[i]
	}
	var word uint64
	for i := range min(len(data), wordSize) {
		word |= uint64(at(i)) << (8 * i)
	}
	fill := byte(0)
	if item.kind == packSigned && int64(word) < 0 {
		fill = 0xff
	}
	for i := wordSize; i < len(data); i++ {
		if at(i) != fill {
			raisef(L, "%d-byte integer does not fit into a Lua number", len(data))
		}
	}
	return word
}
