package runtime

import (
	"fmt"
	"strings"
	"testing"
)

// A cache keeps to its limit, whatever the chunks are made of, and forgets what was not used.
func TestCacheLimit(t *testing.T) {
	c := NewCache()
	body := strings.Repeat("local function f(a, b) if a then return b end return a, 'x' end\n", 150)
	source := func(i int) string { return fmt.Sprintf("-- %d\n", i) + body }
	first, err := c.Compile(source(0), "=first")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 300 { // many times the limit
		if _, err := c.Compile(source(i), "=other"); err != nil {
			t.Fatal(err)
		}
		if again, _ := c.Compile(source(0), "=first"); again != first {
			t.Fatalf("what is used all the time was forgotten after %d others", i)
		}
	}
	sum := 0
	for e := c.order.Front(); e != nil; e = e.Next() {
		sum += e.Value.(*cacheEntry).chunk.Size()
	}
	if sum != c.bytes || sum > cacheBytes || sum < cacheBytes/2 || len(c.entries) != c.order.Len() {
		t.Errorf("%d bytes, counted as %d; the limit is %d; %d entries, %d in order", sum, c.bytes, cacheBytes, len(c.entries), c.order.Len())
	}
	c.Shrink(cacheBytes / 8)
	if c.bytes > cacheBytes/8 || c.bytes < cacheBytes/16 {
		t.Errorf("shrunk to %d", c.bytes)
	}
	if again, _ := c.Compile(source(0), "=first"); again != first {
		t.Error("what was used last was forgotten first")
	}
	c.Shrink(0)
	if again, _ := c.Compile(source(0), "=first"); again == first || len(c.entries) != 1 {
		t.Error("nothing was forgotten")
	}
}
