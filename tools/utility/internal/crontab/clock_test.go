package crontab

import (
	"context"
	"testing"
	"time"
	_ "time/tzdata"
)

func TestChangedClocks(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		expression, from string
		forward          bool
		want             []string
	}{
		// In autumn the hour from two to three comes twice.
		{"30 * * * *", "2024-10-27T01:00:00+02:00", true, []string{"2024-10-27T01:30:00+02:00", "2024-10-27T02:30:00+02:00", "2024-10-27T02:30:00+01:00", "2024-10-27T03:30:00+01:00"}},
		{"*/30 * * * *", "2024-10-27T02:30:00+02:00", true, []string{"2024-10-27T02:00:00+01:00", "2024-10-27T02:30:00+01:00"}},
		{"30 * * * *", "2024-10-27T03:00:00+01:00", false, []string{"2024-10-27T02:30:00+01:00", "2024-10-27T02:30:00+02:00", "2024-10-27T01:30:00+02:00"}},
		{"30 2 * * *", "2024-10-26T12:00:00+02:00", true, []string{"2024-10-27T02:30:00+02:00", "2024-10-28T02:30:00+01:00"}},
		{"30 2 * * *", "2024-10-27T02:45:00+02:00", true, []string{"2024-10-28T02:30:00+01:00"}},
		{"30 2 * * *", "2024-10-28T00:00:00+01:00", false, []string{"2024-10-27T02:30:00+02:00", "2024-10-26T02:30:00+02:00"}},
		// In spring it does not come at all.
		{"30 2 * * *", "2024-03-30T12:00:00+01:00", true, []string{"2024-04-01T02:30:00+02:00"}},
		{"30 * * * *", "2024-03-31T01:00:00+01:00", true, []string{"2024-03-31T01:30:00+01:00", "2024-03-31T03:30:00+02:00"}},
		{"0 0 * * FRI-SUN", "2024-01-01T00:00:00+01:00", true, []string{"2024-01-05T00:00:00+01:00", "2024-01-06T00:00:00+01:00", "2024-01-07T00:00:00+01:00", "2024-01-12T00:00:00+01:00"}},
	} {
		x, err := Parse(tt.expression)
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse(time.RFC3339, tt.from)
		if err != nil {
			t.Fatal(err)
		}
		at = at.In(zone)
		for _, want := range tt.want {
			if at, err = x.Find(context.Background(), at, tt.forward); err != nil || at.Format(time.RFC3339) != want {
				t.Errorf("%s from %s: %s, %v; want %s", tt.expression, tt.from, at.Format(time.RFC3339), err, want)
			}
		}
	}
}
