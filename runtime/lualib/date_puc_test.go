//go:build linux

package lualib

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the zone below, also where the system has none

	"github.com/llmspell/llmspell/internal/puc"
)

// TestDatesAgreeWithPUC formats times over the centuries with every character
// as a conversion.
func TestDatesAgreeWithPUC(t *testing.T) {
	t.Setenv("TZ", "UTC")
	random := rand.New(rand.NewSource(1))
	var out strings.Builder
	for c := 33; c < 127; c++ {
		// C libraries differ in what they do with modifiers, flags and widths that
		// nothing follows, and %s takes the time of "!" for local time.
		if strings.ContainsRune(`sEO+"\123456789`, rune(c)) {
			continue
		}
		fmt.Fprintf(&out, "print(os.date(\"!%%%c|\", 1e9))\n", c)
	}
	for range 2000 {
		when := random.Int63n(400*365*86400) - 150*365*86400
		fmt.Fprintf(&out, "print(os.date(\"!%%a %%b %%d %%e %%j %%U %%W %%V %%u %%w %%G %%g %%y %%C %%c %%x %%X %%r %%I %%l %%k %%p\", %d))\n", when)
	}
	sameAsPUC(t, out.String())
}

// TestDaylightSavingAgreesWithPUC converts times around the changes of a zone in
// both directions. lua5.1 gets the zone's rule, so that it needs no zone files.
func TestDaylightSavingAgreesWithPUC(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	const source = `
for _, at in ipairs{1585443600, 1603587600, 1593000000, 1577836800} do
	for step = -3, 3 do
		local when = at + step * 1800
		local d = os.date("*t", when)
		print(when, os.date("%c %Z %z %s %j %U %W %V", when), d.isdst, os.time(d) == when)
		d.isdst = not d.isdst print("other", os.time(d))
		d.isdst = nil
	end
end
for month = -5, 20 do print(os.time{year = 2019, month = month, day = 15}, os.time{year = 2019, month = month, day = 15, isdst = true}, os.time{year = 2019, month = month, day = 15, isdst = false}) end
`
	t.Setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
	want, err := puc.Run(t, source)
	if err != nil {
		t.Fatal(err)
	}
	saved := time.Local
	time.Local = berlin
	defer func() { time.Local = saved }()
	got := newWorld(t).output(t, source)
	wantLines, gotLines := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range wantLines {
		if i >= len(gotLines) || gotLines[i] != wantLines[i] {
			t.Errorf("line %d:\n got %s\nwant %s", i+1, gotLines[min(i, len(gotLines)-1)], wantLines[i])
		}
	}
}
