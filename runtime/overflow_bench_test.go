package runtime

import (
	"context"
	"testing"
)

// A script whose recursion never ends costs little more than the calls themselves.
func BenchmarkStackOverflow(b *testing.B) {
	for name, code := range map[string]string{
		"plain":  `local function f() return 1 + f() end f()`,
		"nested": `local t = {} setmetatable(t, {__index = function(t, k) return t[k] end}) return t.x`,
	} {
		b.Run(name, func(b *testing.B) {
			st, err := New(Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer st.Close()
			for b.Loop() {
				if _, err := st.DoString(context.Background(), code, "=bench"); err == nil {
					b.Fatal("it ends")
				}
			}
		})
	}
}
