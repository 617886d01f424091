package textdiff

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// apply runs a script, and fails when it does not fit the sequences.
func apply(t testing.TB, a, b []string, ops []Op) []string {
	t.Helper()
	var out []string
	i, j := 0, 0
	for _, op := range ops {
		if op.Old != i || op.New != j || op.N <= 0 {
			t.Fatalf("the op %+v stands at %d, %d", op, i, j)
		}
		switch op.Kind {
		case Equal:
			if !slices.Equal(a[i:i+op.N], b[j:j+op.N]) {
				t.Fatalf("the op %+v calls %q and %q equal", op, a[i:i+op.N], b[j:j+op.N])
			}
			out = append(out, a[i:i+op.N]...)
			i, j = i+op.N, j+op.N
		case Delete:
			i += op.N
		case Insert:
			out = append(out, b[j:j+op.N]...)
			j += op.N
		}
	}
	if i != len(a) || j != len(b) {
		t.Fatalf("the script ends at %d, %d of %d, %d", i, j, len(a), len(b))
	}
	return out
}

// lcs is the length of the longest common subsequence, by the textbook.
func lcs(a, b []string) int {
	row := make([]int, len(b)+1)
	for i := range a {
		diagonal := 0
		for j := range b {
			up := row[j+1]
			if a[i] == b[j] {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(row[j], up)
			}
			diagonal = up
		}
	}
	return row[len(b)]
}

func TestCompareIsShortest(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		make1 := func() []string {
			out := make([]string, random.IntN(30))
			for i := range out {
				out[i] = string(rune('a' + random.IntN(1+random.IntN(12))))
			}
			return out
		}
		a, b := make1(), make1()
		ops, err := Compare(context.Background(), a, b)
		if err != nil {
			t.Fatal(err)
		}
		if got := apply(t, a, b, ops); !slices.Equal(got, b) {
			t.Fatalf("%q to %q: the script gives %q", a, b, got)
		}
		equal := 0
		for _, op := range ops {
			if op.Kind == Equal {
				equal += op.N
			}
		}
		if want := lcs(a, b); equal != want {
			t.Fatalf("%q to %q: %d items are kept; want %d", a, b, equal, want)
		}
	}
}

func TestCompareHugeIsBounded(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	huge := func() []string {
		out := make([]string, 60_000)
		for i := range out {
			out[i] = string(rune('a' + random.IntN(20)))
		}
		return out
	}
	a, b := huge(), huge()
	start := time.Now()
	ops, err := Compare(context.Background(), a, b)
	if err != nil {
		t.Fatal(err)
	}
	if got := apply(t, a, b, ops); !slices.Equal(got, b) {
		t.Fatal("the script does not give the new sequence")
	}
	if d := time.Since(start); d > 2*time.Minute {
		t.Errorf("60,000 lines of noise took %v", d)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Compare(ctx, a, b); !errors.Is(err, context.Canceled) {
		t.Errorf("after cancellation: %v", err)
	}
}

func script(t *testing.T, before, after string) *Script {
	t.Helper()
	s := &Script{Old: Lines(before), New: Lines(after)}
	var err error
	if s.Ops, err = Compare(context.Background(), s.Old, s.New); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFormats(t *testing.T) {
	s := script(t, "a\nb\nc\nd\ne\nf\ng\nh\n", "a\nB\nc\nd\ne\nf\ng\nh\ni")
	for _, tc := range []struct{ name, got, want string }{
		{"unified", s.Unified("x", "y", 1), "--- x\n+++ y\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n@@ -8 +8,2 @@\n h\n+i\n\\ No newline at end of file\n"},
		{"unified, no context", s.Unified("x", "y", 0), "--- x\n+++ y\n@@ -2 +2 @@\n-b\n+B\n@@ -8,0 +9 @@\n+i\n\\ No newline at end of file\n"},
		{"unified, all", s.Unified("x", "y", 3), "--- x\n+++ y\n@@ -1,8 +1,9 @@\n a\n-b\n+B\n c\n d\n e\n f\n g\n h\n+i\n\\ No newline at end of file\n"},
		{"context", s.Context("x", "y", 1), "*** x\n--- y\n***************\n*** 1,3 ****\n  a\n! b\n  c\n--- 1,3 ----\n  a\n! B\n  c\n" +
			"***************\n*** 8 ****\n--- 8,9 ----\n  h\n+ i\n\\ No newline at end of file\n"},
		{"simple", s.Simple(), "- b\n+ B\n+ i\n"},
		{"nothing", script(t, "a\n", "a\n").Unified("x", "y", 3), ""},
		{"from empty", script(t, "", "a\n").Unified("x", "y", 3), "--- x\n+++ y\n@@ -0,0 +1 @@\n+a\n"},
	} {
		if tc.got != tc.want {
			t.Errorf("%s:\n%s\nwant:\n%s", tc.name, tc.got, tc.want)
		}
	}
	inline, err := script(t, "the quick fox\nsame\nold\n", "the slow fox\nsame\nnew, too\n").Inline(context.Background())
	if want := "the [-quick-]{+slow+} fox\nsame\n[-old-]{+new, too+}\n"; err != nil || inline != want {
		t.Errorf("inline: %q, %v; want %q", inline, err, want)
	}
	if st := s.Stats(1); st != (Stats{Added: 2, Removed: 1, Unchanged: 7, Hunks: 2}) {
		t.Errorf("stats: %+v", st)
	}
}

func FuzzCompare(f *testing.F) {
	f.Add("a\nb\nc", "a\nc\nd")
	f.Add(strings.Repeat("x\ny\n", 20), strings.Repeat("y\nx\n", 20))
	f.Fuzz(func(t *testing.T, before, after string) {
		a, b := Lines(before), Lines(after)
		ops, err := Compare(context.Background(), a, b)
		if err != nil {
			t.Fatal(err)
		}
		if got := apply(t, a, b, ops); strings.Join(got, "") != after {
			t.Fatalf("%q to %q gives %q", before, after, got)
		}
		s := &Script{Old: a, New: b, Ops: ops}
		if (s.Unified("a", "b", 3) == "") != (before == after) || (s.Context("a", "b", 3) == "") != (before == after) {
			t.Fatal("a diff is empty when the texts differ, or not empty when they do not")
		}
	})
}
