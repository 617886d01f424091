package batch_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/llmspell/llmspell/lsp/batch"
	"github.com/llmspell/llmspell/lsp/catalog"
)

// dataFiles are files of data with n entries, by the form that they have.
func dataFiles(n int) map[string]string {
	form := func(entry string) string {
		var b strings.Builder
		b.WriteString("return {")
		for i := range n {
			fmt.Fprintf(&b, entry, i)
		}
		return b.String() + "}\n"
	}
	return map[string]string{
		"strings":  form("\n  \"v%d\","),
		"one line": form(" \"v%d\","),
		"numbers":  form("\n  %d,"),
		"keys":     form("\n  k%d = 1,"),
		"tables":   form("\n  {id = %[1]d, name = \"n%[1]d\"},"),
		"named":    form("\n  n%[1]d = {id = %[1]d, name = \"n%[1]d\"},"),
		"stores":   "local t = {}\n" + strings.TrimSuffix(strings.TrimPrefix(form("t[%[1]d] = \"v%[1]d\"\n"), "return {"), "}\n") + "return t\n",
		"fields":   "local t = {}\n" + strings.TrimSuffix(strings.TrimPrefix(form("t.k%[1]d = {id = %[1]d}\n"), "return {"), "}\n") + "return t\n",
	}
}

// TestData checks a large file of data, which took more than a minute when each value was
// counted from the beginning of its list.
func TestData(t *testing.T) {
	files := dataFiles(200_000)
	dir := folder(t, map[string]string{"strings.lua": files["strings"], "line.lua": files["one line"]})
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	p := batch.Project{Catalog: catalog.Builtin()}
	r, err := p.Check(ctx, []string{dir}, false)
	if got := found(t, dir, &r); err != nil || len(got) > 0 {
		t.Errorf("%v %v", got, err)
	}
}

// endingContext is done once it was looked at for some times.
type endingContext struct {
	context.Context
	looks, most int64
}

func (c *endingContext) Err() error {
	if atomic.AddInt64(&c.looks, 1) > c.most {
		return context.Canceled
	}
	return nil
}

// TestCancelled ends a check at many moments: it does not go on after that.
func TestCancelled(t *testing.T) {
	dir := folder(t, map[string]string{"tables.lua": dataFiles(5000)["tables"]})
	p := batch.Project{Catalog: catalog.Builtin()}
	all := &endingContext{Context: t.Context(), most: math.MaxInt64}
	if _, err := p.Check(all, []string{dir}, false); err != nil || all.looks < 200 {
		t.Fatalf("%d looks at the context: %v", all.looks, err)
	}
	for most := int64(0); most < all.looks; most += all.looks / 20 {
		ctx := &endingContext{Context: t.Context(), most: most}
		if _, err := p.Check(ctx, []string{dir}, false); !errors.Is(err, context.Canceled) || ctx.looks > most+100 {
			t.Errorf("ended after %d looks, there were %d: %v", most, ctx.looks, err)
		}
	}
}

// BenchmarkData checks files of data: the time is linear in their size.
func BenchmarkData(b *testing.B) {
	for _, n := range []int{10_000, 40_000} {
		for name, text := range dataFiles(n) {
			dir := folder(b, map[string]string{"data.lua": text})
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					p := batch.Project{Catalog: catalog.Builtin()}
					if _, err := p.Check(context.Background(), []string{dir}, false); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
