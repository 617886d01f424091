package crontab

import (
	"context"
	"testing"
	"time"
)

func FuzzParse(f *testing.F) {
	for _, s := range []string{"*/15 9-17 L * MON-FRI", "0 0 1,15 jan ? ", "30 0 0 * * 5L,1#2", "@daily", "0-59/61 * * * *"} {
		f.Add(s)
	}
	from := time.Date(2024, 2, 28, 23, 59, 30, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		x, err := Parse(text)
		if err != nil {
			return
		}
		if x.Describe() == "" {
			t.Errorf("%q has no description", text)
		}
		next, err := x.Find(context.Background(), from, true)
		if err != nil || !next.IsZero() && !next.After(from) {
			t.Errorf("%q is due at %v, %v", text, next, err)
		}
		if next.IsZero() {
			return
		}
		if back, _ := x.Find(context.Background(), next.Add(time.Second), false); !back.Equal(next) {
			t.Errorf("%q is due at %v; looking back from there finds %v", text, next, back)
		}
	})
}
