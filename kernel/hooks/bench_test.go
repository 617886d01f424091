package hooks

import (
	"context"
	"testing"
)

func pass(context.Context, *Call) (Result, error) { return Result{}, nil }

func BenchmarkHas(b *testing.B) {
	for _, tt := range []struct {
		name  string
		point Point // with a hook; "" for none
	}{{"no hooks", ""}, {"at another point", AfterStateRead}, {"at this point", BeforeToolExecution}} {
		b.Run(tt.name, func(b *testing.B) {
			r := New(Options{}).Layer()
			if tt.point != "" {
				if _, err := r.Register(tt.point, Definition{Func: pass}); err != nil {
					b.Fatal(err)
				}
			}
			want := tt.point == BeforeToolExecution
			b.ReportAllocs()
			for b.Loop() {
				if r.Has(BeforeToolExecution) != want {
					b.Fatal("wrong")
				}
			}
		})
	}
}

func BenchmarkRun(b *testing.B) {
	r := New(Options{})
	if _, err := r.Register(BeforeToolExecution, Definition{Func: pass}); err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		r.Run(ctx, &Call{Point: BeforeToolExecution, Component: Component{"tool", "calculator"}})
	}
}
