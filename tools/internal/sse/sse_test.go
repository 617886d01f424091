package sse

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// read parses a stream that comes in pieces of n bytes.
func read(stream string, n, limit int) (out []string, err error) {
	p := &Parser{MaxEvent: limit, Event: func(name string, data []byte) error {
		out = append(out, fmt.Sprintf("%s=%q", name, data))
		return nil
	}}
	for len(stream) > 0 && err == nil {
		k := min(n, len(stream))
		_, err = p.Write([]byte(stream[:k]))
		stream = stream[k:]
	}
	return out, err
}

func TestParser(t *testing.T) {
	for stream, want := range map[string]string{
		"data: one\n\ndata:two\n\n":                `message="one" message="two"`,
		"\xef\xbb\xbfdata: bom\r\n\r\n":            `message="bom"`,
		"event: next\rdata: {\rdata: }\r\r":        `next="{\n}"`,
		": comment\nid: 5\nretry: 10\nunknown\n\n": ``,
		"event: complete\n\n":                      `complete=""`,
		"data\n\n":                                 `message=""`,
		"data:  two spaces\n\n":                    `message=" two spaces"`,
		"data: never ended":                        ``,
		"data: a\r\n\n\r\n\ndata: b\n\n":           `message="a" message="b"`,
	} {
		for n := 1; n <= 5; n++ {
			if got, err := read(stream, n, 100); err != nil || strings.Join(got, " ") != want {
				t.Errorf("%q in pieces of %d: %v, %v; want %s", stream, n, got, err, want)
			}
		}
	}
	for _, stream := range []string{"data: " + strings.Repeat("a", 200), strings.Repeat("data: aaaaaaaaaa\n", 20)} {
		if _, err := read(stream, 7, 100); err == nil {
			t.Errorf("%q: no error", stream)
		}
	}
	stop := errors.New("stop")
	p := &Parser{MaxEvent: 100, Event: func(string, []byte) error { return stop }}
	if _, err := p.Write([]byte("data: a\n\ndata: b\n\n")); !errors.Is(err, stop) {
		t.Errorf("Event's error is lost: %v", err)
	}
}

func FuzzParser(f *testing.F) {
	f.Add("event: a\r\ndata: b\r\n\r\n: c\n\ndata\n\n", 3)
	f.Fuzz(func(t *testing.T, stream string, n int) {
		if n < 1 || n > 1000 {
			return
		}
		whole, _ := read(stream, len(stream)+1, 1<<20)
		pieces, _ := read(stream, n, 1<<20)
		if strings.Join(whole, " ") != strings.Join(pieces, " ") {
			t.Fatalf("%q: %v as a whole, %v in pieces of %d", stream, whole, pieces, n)
		}
	})
}
