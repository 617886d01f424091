package lru

import (
	"strconv"
	"sync"
	"testing"
)

func TestCacheForgetsTheLeastUsed(t *testing.T) {
	c := New[int](2)
	c.Put("a", 1)
	c.Put("b", 2)
	c.Get("a") // so that b is the older one
	c.Put("c", 3)
	c.Put("a", 4)
	for key, want := range map[string]int{"a": 4, "b": 0, "c": 3} {
		if got, ok := c.Get(key); got != want || ok != (want != 0) {
			t.Errorf("Get(%s) = %d, %v; want %d", key, got, ok, want)
		}
	}
}

func TestCacheConcurrently(t *testing.T) {
	c := New[int](10)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 1000 {
				c.Put(strconv.Itoa(i%20), i%20)
				if v, ok := c.Get(strconv.Itoa(i % 20)); ok && v != i%20 {
					t.Errorf("key %d holds %d", i%20, v)
				}
			}
		})
	}
	wg.Wait()
	if len(c.items) > 10 || c.order.Len() != len(c.items) {
		t.Errorf("%d values are kept; want at most 10", len(c.items))
	}
}
