package lualib

import lua "github.com/yuin/gopher-lua"

// sort is table.sort. It makes the same comparisons in the same order as PUC
// Lua 5.1 (quicksort with the median of three as pivot, recursion into the
// smaller half), because scripts can see them: the order of equal elements, the
// calls of a comparator with side effects, and what becomes of a comparator that
// contradicts itself.
func (t *tableLib) sort(L *lua.LState) int {
	tb := checkTable(L, 1)
	s := &sorter{L: L, host: t.host, tb: tb}
	n := tb.Len()
	if L.Get(2) != lua.LNil {
		s.less = checkFunction(L, 2)
	}
	L.SetTop(2)
	s.sort(1, n)
	return 0
}

// sorter is one run of table.sort.
type sorter struct {
	L    *lua.LState
	host *Host
	tb   *lua.LTable
	// less is the script's comparator; nil compares with "<".
	less *lua.LFunction
	// comparisons counts those not charged yet.
	comparisons int
}

func (s *sorter) get(i int) lua.LValue { return getInt(s.tb, i) }

func (s *sorter) set(i int, v lua.LValue) { setInt(s.L, s.host, s.tb, i, v) }

// swapIfLess puts t[i] and t[j] in order and tells whether they were not.
func (s *sorter) swapIfLess(i, j int) bool {
	a, b := s.get(i), s.get(j)
	if !s.lessThan(b, a) {
		return false
	}
	s.set(i, b)
	s.set(j, a)
	return true
}

// sort orders t[low..high].
func (s *sorter) sort(low, high int) {
	for low < high {
		s.swapIfLess(low, high)
		if high-low == 1 {
			return
		}
		middle := low + (high-low)/2
		if !s.swapIfLess(low, middle) {
			s.swapIfLess(middle, high)
		}
		if high-low == 2 {
			return
		}
		// t[low] <= pivot <= t[high]; the pivot waits in t[high-1].
		pivot := s.get(middle)
		s.set(middle, s.get(high-1))
		s.set(high-1, pivot)
		middle = s.partition(low, high, pivot)
		if middle-low < high-middle {
			s.sort(low, middle-1)
			low = middle + 1
		} else {
			s.sort(middle+1, high)
			high = middle - 1
		}
	}
}

// partition moves what is less than the pivot to the front and returns the
// pivot's place. Only a comparator that contradicts itself runs out of bounds.
func (s *sorter) partition(low, high int, pivot lua.LValue) int {
	i, j := low, high-1
	for {
		var a, b lua.LValue
		for i++; ; i++ {
			if a = s.get(i); !s.lessThan(a, pivot) {
				break
			}
			if i > high {
				s.invalidOrder()
			}
		}
		for j--; ; j-- {
			if b = s.get(j); !s.lessThan(pivot, b) {
				break
			}
			if j < low {
				s.invalidOrder()
			}
		}
		if j < i {
			break
		}
		s.set(i, b)
		s.set(j, a)
	}
	// The pivot comes between the halves.
	v := s.get(i)
	s.set(i, s.get(high-1))
	s.set(high-1, v)
	return i
}

func (s *sorter) invalidOrder() {
	raise(s.L, "invalid order function for sorting")
}

func (s *sorter) lessThan(a, b lua.LValue) bool {
	s.comparisons++
	if s.comparisons == chargeStride {
		s.comparisons = 0
		s.host.Charge(s.L, chargeStride)
	}
	if s.less == nil {
		return lessThan(s.L, a, b)
	}
	s.L.Push(s.less)
	s.L.Push(a)
	s.L.Push(b)
	s.L.Call(2, 1)
	result := lua.LVAsBool(s.L.Get(-1))
	s.L.Pop(1)
	return result
}

// lessThan is a < b with the messages of PUC Lua 5.1.
func lessThan(L *lua.LState, a, b lua.LValue) bool {
	if x, ok := a.(lua.LNumber); ok {
		if y, ok := b.(lua.LNumber); ok {
			return x < y
		}
	}
	if x, ok := a.(lua.LString); ok {
		if y, ok := b.(lua.LString); ok {
			return x < y
		}
	}
	if a.Type() == b.Type() {
		handler := L.GetMetaField(a, "__lt")
		// Both operands must have the same handler.
		if handler != lua.LNil && L.RawEqual(handler, L.GetMetaField(b, "__lt")) {
			L.Push(handler)
			L.Push(a)
			L.Push(b)
			L.Call(2, 1)
			result := lua.LVAsBool(L.Get(-1))
			L.Pop(1)
			return result
		}
	}
	raiseOrder(L, a, b)
	return false
}

// raiseOrder raises the error of a comparison that has no answer.
func raiseOrder(L *lua.LState, a, b lua.LValue) {
	x, y := a.Type().String(), b.Type().String()
	if x == y {
		raisePlain(L, "attempt to compare two "+x+" values")
	}
	raisePlain(L, "attempt to compare "+x+" with "+y)
}
