package luagen

import (
	"fmt"
	"os"
	"strconv"
	"testing"
)

func TestDump(t *testing.T) {
	d := os.Getenv("DUMP")
	if d == "" {
		return
	}
	n, _ := strconv.Atoi(os.Getenv("N"))
	for i := 0; i < n; i++ {
		o := All()
		o.Size = 20 + i%120
		for _, c := range os.Getenv("OFF") {
			switch c {
			case 'A':
				o.Assignments = false
			case 'E':
				o.Errors = false
			case 'C':
				o.Coroutines = false
			case 'M':
				o.Metatables = false
			case 'F':
				o.Closures = false
			case 'V':
				o.Varargs = false
			case 'S':
				o.Strings = false
			case 'L':
				o.MultiLine = false
			}
		}
		os.WriteFile(fmt.Sprintf("%s/%d.lua", d, i), []byte(Program(int64(i), o)), 0o644)
	}
}
