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
		os.WriteFile(fmt.Sprintf("%s/%d.lua", d, i), []byte(Program(int64(i), o)), 0o644)
	}
}
