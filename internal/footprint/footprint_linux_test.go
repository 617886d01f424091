package footprint

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const example = `00400000-00403000 r--p 00000000 fd:00 123                                /opt/my llmspell
Size:                 12 kB
Anonymous:             0 kB
00403000-01a10000 r-xp 00003000 fd:00 123                                /opt/my llmspell
Anonymous:             4 kB
01a10000-0308d000 r--p 01610000 fd:00 123                                /opt/my llmspell
Rss:                9404 kB
Anonymous:             0 kB
03090000-032a1000 rw-p 02c8d000 fd:00 123                                /opt/my llmspell
Anonymous:             0 kB
3297aa000000-3297aac00000 rw-p 00000000 00:00 0
Anonymous:             0 kB
7f8976dd5000-7f8976f2b000 r-xp 00028000 fd:00 9                          /usr/lib/libc.so.6
Anonymous:             0 kB
`

func TestCleanMappings(t *testing.T) {
	got, err := cleanMappings(strings.NewReader(example), "/opt/my llmspell")
	if want := []mapping{{0x400000, 0x403000}, {0x1a10000, 0x308d000}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("it finds %x, %v, want %x", got, err, want)
	}
	for _, text := range []string{"", "x", "Anonymous: 0 kB", "1-2 r-xp", "zz-1 r-xp 0 0:0 1 /p\nAnonymous: 0 kB", "00400000-00403000 r-xp 0 0:0 1 /p\n"} {
		if got, err := cleanMappings(strings.NewReader(text), "/p"); len(got) > 0 || err != nil {
			t.Errorf("%q gives %x, %v", text, got, err)
		}
	}
}

func TestTrim(t *testing.T) {
	before := resident(t)
	for range 3 {
		Trim()
	}
	after := resident(t)
	t.Logf("the file's pages: %d kB before, %d kB after", before, after)
	if after >= before {
		t.Errorf("%d kB of files were resident, and %d kB after the trim", before, after)
	}
	// The program still runs, from pages that are read again.
	if !regexp.MustCompile(`^a+b$`).MatchString(strings.Repeat("a", 1000) + "b") {
		t.Error("the pages are not what they were")
	}
}

func resident(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`RssFile:\s+(\d+) kB`).FindSubmatch(status)
	if m == nil {
		t.Fatalf("no RssFile in\n%s", status)
	}
	n, err := strconv.Atoi(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func FuzzCleanMappings(f *testing.F) {
	f.Add(example)
	f.Fuzz(func(t *testing.T, text string) {
		list, _ := cleanMappings(strings.NewReader(text), "/opt/my llmspell") // an error is a line that is too long
		for _, m := range list {
			if m.end <= m.start {
				t.Errorf("it finds %x", m)
			}
		}
	})
}

func BenchmarkTrim(b *testing.B) {
	for b.Loop() {
		Trim()
	}
}
