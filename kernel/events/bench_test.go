package events

import (
	"context"
	"fmt"
	"sync"
	"testing"
)

// BenchmarkPublish publishes from two goroutines to subscriptions that others
// empty.
func BenchmarkPublish(b *testing.B) {
	for _, tt := range []struct {
		name     string
		history  int
		patterns []string
	}{
		{"nobody listens, no history", -1, nil},
		{"nobody listens", 0, nil},
		{"one of the type", 0, []string{"user.created"}},
		{"four with wildcards", 0, []string{"user.*", "*", "*.created", "order.*"}},
	} {
		b.Run(tt.name, func(b *testing.B) {
			bus := New(Options{History: tt.history})
			var readers sync.WaitGroup
			for _, p := range tt.patterns {
				s, err := bus.Subscribe(SubscribeOptions{}, p)
				if err != nil {
					b.Fatal(err)
				}
				readers.Go(func() {
					for {
						if _, err := s.Receive(context.Background()); err != nil {
							return
						}
					}
				})
			}
			data := map[string]any{"name": "Ada", "n": int64(1)}
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := bus.Publish(context.Background(), "user.created", data, PublishOptions{}); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
			bus.Close()
			readers.Wait()
			if s := bus.Stats(); s.Published != int64(b.N) {
				b.Fatal(fmt.Sprint(s))
			}
		})
	}
}
