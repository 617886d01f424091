package flow

import (
	"maps"
	"math/bits"
	"slices"
	"strings"
)

// functions are some of the library, a bit for each number of functionNumbers: where any function may
// be any other, each call has to do with all of them.
type functions [3]uint64

// functionNames are the functions of the library that are told apart, by their numbers. What iterators
// return has a name in parentheses: no script can write it.
var functionNames = func() []string {
	names := strings.Fields("(iterate) (inext) type tostring print tonumber rawequal rawlen collectgarbage pairs ipairs next setmetatable getmetatable rawget rawset " +
		"pcall xpcall error assert select unpack require dofile loadfile")
	for _, library := range slices.Sorted(maps.Keys(libraries)) {
		for _, name := range strings.Fields(libraries[library]) {
			names = append(names, library+"."+name)
		}
	}
	return names
}()

var functionNumbers = func() map[string]int {
	numbers := make(map[string]int, len(functionNames))
	for i, name := range functionNames {
		numbers[name] = i
	}
	return numbers
}()

// effects are what the functions do, by their numbers; nil for none of the kind.
var effects = func() []effect {
	list := make([]effect, len(functionNames))
	for i, name := range functionNames {
		list[i] = builtins[name]
	}
	return list
}()

// givesText tells which functions give a text.
var givesText = func() []bool {
	list := make([]bool, len(functionNames))
	for i, name := range functionNames {
		list[i] = strings.HasPrefix(name, "string.") && name != "string.gmatch" || name == "tostring" || name == "table.concat" || name == "io.read"
	}
	return list
}()

// ofLibrary tells whether a global of the name is a function of the library.
func ofLibrary(global string) bool {
	_, ok := functionNumbers[global]
	return ok
}

// only is the set of one function.
func only(name string) (f functions) {
	f.add(name)
	return f
}

// add is false if the function is there already.
func (f *functions) add(name string) bool {
	i := functionNumbers[name]
	was := f[i/64]
	f[i/64] |= 1 << (i % 64)
	return f[i/64] != was
}

func (f *functions) join(o functions) {
	for i := range f {
		f[i] |= o[i]
	}
}

func (f functions) any() bool { return f != functions{} }

// next adds the first of the functions of o that are not there yet, and returns its number; not ok
// if all are.
func (f *functions) next(o functions) (number int, ok bool) {
	for i := range f {
		if more := o[i] &^ f[i]; more != 0 {
			k := bits.TrailingZeros64(more)
			f[i] |= 1 << k
			return i*64 + k, true
		}
	}
	return 0, false
}
