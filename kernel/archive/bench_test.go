package archive

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"
)

func BenchmarkCreate(b *testing.B) {
	s := open(b, Options{})
	for b.Loop() {
		create(b, s, Spec{Name: "x", Tags: []string{"a", "b"}, Metadata: map[string]any{"k": "v"}})
	}
}

func BenchmarkGet(b *testing.B) {
	s := open(b, Options{})
	r := create(b, s, Spec{Name: "x"})
	for b.Loop() {
		must[*Session](b)(s.Get(context.Background(), r.ID))
	}
}

func BenchmarkSaveVariables(b *testing.B) {
	s := open(b, Options{})
	r := create(b, s, Spec{Name: "x"})
	for i := int64(0); b.Loop(); i++ {
		if err := s.SaveVariables(context.Background(), r.ID, map[string]any{"i": i, "name": "x", "list": []any{i, i}}); err != nil {
			b.Fatal(err)
		}
	}
}

// An execution with ten tool calls, from Begin to End.
func BenchmarkExecution(b *testing.B) {
	ctx := context.Background()
	s := open(b, Options{})
	r := create(b, s, Spec{Name: "x"})
	for b.Loop() {
		rec := must[*Recorder](b)(s.Begin(ctx, r.ID, Start{Kind: KindCode, Source: "return 1", State: "s"}))
		for range 10 {
			rec.ToolCall("calculator", map[string]any{"input": "1 + 1"}, map[string]any{"result": int64(2)}, time.Now(), time.Millisecond)
		}
		if err := rec.End(ctx, End{Outcome: Succeeded}); err != nil {
			b.Fatal(err)
		}
	}
}

// An execution in a session that has had 10,000 in other states.
func BenchmarkExecutionAfterMany(b *testing.B) {
	ctx := context.Background()
	s := open(b, Options{})
	r := create(b, s, Spec{Name: "x"})
	run := func(state string) {
		rec := must[*Recorder](b)(s.Begin(ctx, r.ID, Start{Kind: KindCode, Source: "return 1", State: state}))
		if err := rec.End(ctx, End{Outcome: Succeeded}); err != nil {
			b.Fatal(err)
		}
	}
	for range 10_000 {
		run("before")
	}
	for b.Loop() {
		run("now")
	}
}

// What a tool call costs the script.
func BenchmarkToolCall(b *testing.B) {
	ctx := context.Background()
	s := open(b, Options{Limits: Limits{Entries: -1}})
	r := create(b, s, Spec{Name: "x"})
	rec := must[*Recorder](b)(s.Begin(ctx, r.ID, Start{Kind: KindCode, State: "s"}))
	params, result, now := map[string]any{"input": "1 + 1"}, map[string]any{"result": int64(2), "success": true}, time.Now()
	b.ReportAllocs()
	for b.Loop() {
		rec.ToolCall("calculator", params, result, now, time.Millisecond)
	}
	if err := rec.End(ctx, End{Outcome: Succeeded}); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkStoreSmall(b *testing.B) {
	s := open(b, Options{Limits: Limits{Artifacts: -1}})
	r := create(b, s, Spec{Name: "x"})
	text := strings.Repeat("x", 1000)
	for i := 0; b.Loop(); i++ {
		if i%500 == 0 { // room is counted: sessions stay of a usual size
			r = create(b, s, Spec{Name: "x"})
		}
		must[*Artifact](b)(s.StoreArtifact(context.Background(), ArtifactSpec{Session: r.ID, Name: "a", Mime: "text/plain"}, strings.NewReader(text)))
	}
}

func BenchmarkStore100MB(b *testing.B) {
	s := open(b, Options{Limits: Limits{Artifacts: -1, SessionBytes: -1}})
	r := create(b, s, Spec{Name: "x"})
	b.SetBytes(100 << 20)
	for i := 0; b.Loop(); i++ {
		a := must[*Artifact](b)(s.StoreArtifact(context.Background(), ArtifactSpec{Session: r.ID, Name: "a"}, io.LimitReader(noise(i), 100<<20)))
		if _, err := s.DeleteArtifact(context.Background(), ArtifactRef{Session: r.ID, Sequence: a.Sequence}); err != nil {
			b.Fatal(err)
		}
	}
}
