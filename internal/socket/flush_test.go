package socket

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestFlushed(t *testing.T) {
	const patience = 2 * time.Second
	tests := []struct {
		name          string
		reads, ends   time.Duration // the peer takes something for so long; the writer ends; 0: never
		limit         time.Duration // of the context; 0: none
		want          bool
		least, atMost time.Duration
	}{
		{"nobody reads", 0, 0, 0, false, patience, patience},
		{"done at once", 0, time.Millisecond, 0, true, 0, patience},
		{"a slow reader", time.Minute, time.Minute, 0, true, time.Minute, time.Minute},
		{"one that stops", 5 * time.Second, 0, 0, false, 5 * time.Second, 5*time.Second + 2*patience},
		{"one that never comes to an end", time.Hour, 0, 20 * time.Second, false, 20 * time.Second, 20*time.Second + patience},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if tt.limit > 0 {
					ctx, cancel = context.WithTimeout(ctx, tt.limit)
					defer cancel()
				}
				var written atomic.Int64
				ended := make(chan struct{})
				if tt.ends > 0 {
					time.AfterFunc(tt.ends, func() { close(ended) })
				}
				begin := time.Now()
				stop := make(chan struct{})
				defer close(stop)
				go func() {
					for time.Since(begin) < tt.reads {
						select {
						case <-time.After(patience / 2):
							written.Add(1)
						case <-stop:
							return
						}
					}
				}()
				got := Flushed(ctx, ended, written.Load, patience)
				if took := time.Since(begin); got != tt.want || took < tt.least || took > tt.atMost {
					t.Errorf("%v after %v, want %v after %v to %v", got, took, tt.want, tt.least, tt.atMost)
				}
			})
		})
	}
}
