package frame

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func TestNext(t *testing.T) {
	long := strings.Repeat("x", 70<<10)
	for _, tt := range []struct {
		input string
		want  []string
		err   string // "": a clean end
	}{
		{"", nil, ""},
		{"Content-Length: 2\r\n\r\n{}Content-Length: 3\r\n\r\n[1]", []string{"{}", "[1]"}, ""},
		{"content-length:\t2 \r\nContent-Type: x\r\n\r\n{}", []string{"{}"}, ""},
		{"Content-Length: 002\r\n\r\n{}", []string{"{}"}, ""},
		{"Content-Length: 71680\r\n\r\n" + long, []string{long}, ""},
		{"Content-Length: 2\r\n\r\n{}GET / HTTP/1.1\r\n", []string{"{}"}, `begins with "G"`},
		{"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", nil, "two Content-Length"},
		{"Content-Length: 2x\r\n\r\n{}", nil, "not a decimal"},
		{"Content-Length: 100001\r\n\r\n{}", nil, "larger than the limit"},
		{"Content-Length: 9999999999999999999999\r\n\r\n{}", nil, "larger than the limit"},
		{"Content-Length: 5\r\n\r\n{}", nil, "unexpected EOF"},
		{"Content-Length: ", nil, "unexpected EOF"},
	} {
		for _, src := range []io.Reader{strings.NewReader(tt.input), iotest.OneByteReader(strings.NewReader(tt.input))} {
			r := NewReader(src, 100_000)
			for i, want := range tt.want {
				next := r.Next
				if i%2 == 0 {
					next = r.NextShared
				}
				if body, err := next(); err != nil || string(body) != want {
					t.Errorf("%.60q: %.40q, %v", tt.input, body, err)
				}
			}
			_, err := r.Next()
			if tt.err == "" && err != io.EOF || tt.err != "" && (err == nil || err == io.EOF || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("%.60q: error %v, want %q", tt.input, err, tt.err)
			}
		}
	}
}

func TestAllowHeaders(t *testing.T) {
	for input, want := range map[string]string{
		"X-Trace: 1\r\ncontent-length:2\r\nUser-Agent: a b\r\n\r\n{}": "",
		"GET / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}":               "has no colon",
		"GET http://a HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}":        "is no name",
		": 1\r\nContent-Length: 2\r\n\r\n{}":                          "is no name",
		"X-Trace: 1\r\n\r\n{}":                                        "no Content-Length",
	} {
		r := NewReader(strings.NewReader(input), 100)
		r.AllowHeaders()
		body, err := r.Next()
		if want == "" && (err != nil || string(body) != "{}") || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %q, %v", input, body, err)
		}
	}
}

func TestSkip(t *testing.T) {
	r := NewReader(strings.NewReader("Content-Length: 200\r\n\r\n"+strings.Repeat("0123456789", 20)+"Content-Length: 2\r\n\r\n{}"), 100)
	_, err := r.Next()
	large, ok := errors.AsType[*TooLargeError](err)
	if !ok || large.Length != 200 || large.Limit != 100 || !errors.Is(err, ErrFraming) {
		t.Fatal(err)
	}
	if start, err := r.Skip(large, 15); err != nil || string(start) != "012345678901234" {
		t.Errorf("%q, %v", start, err)
	}
	if body, err := r.Next(); err != nil || string(body) != "{}" {
		t.Errorf("%q, %v", body, err)
	}
	r = NewReader(strings.NewReader("Content-Length: 200\r\n\r\nshort"), 100)
	_, err = r.Next()
	large, _ = errors.AsType[*TooLargeError](err)
	if _, err := r.Skip(large, 2); err == nil {
		t.Error("the end of the input was not seen")
	}
}

// The bytes of NextShared are those of the next message afterwards; Next's are not.
func TestShared(t *testing.T) {
	r := NewReader(strings.NewReader("Content-Length: 1\r\n\r\naContent-Length: 1\r\n\r\nbContent-Length: 1\r\n\r\nc"), 10)
	a, _ := r.Next()
	b, _ := r.NextShared()
	c, _ := r.NextShared()
	if string(a) != "a" || string(b) != "c" || string(c) != "c" {
		t.Errorf("%q %q %q", a, b, c)
	}
}

// recorder records deadlines.
type recorder struct {
	io.Reader
	set []time.Time
}

func (d *recorder) SetReadDeadline(t time.Time) error {
	d.set = append(d.set, t)
	return nil
}

// What is there needs no deadline; what is not has one, that ends with the message.
func TestDeadlines(t *testing.T) {
	src := &recorder{Reader: strings.NewReader("Content-Length: 2\r\n\r\n{}")}
	if _, err := NewReader(src, 10).Next(); err != nil || len(src.set) != 0 {
		t.Errorf("%v, %v", src.set, err)
	}
	src = &recorder{Reader: iotest.OneByteReader(strings.NewReader("Content-Length: 2\r\n\r\n{}"))}
	if _, err := NewReader(src, 10).Next(); err != nil || len(src.set) != 2 || src.set[0].IsZero() || !src.set[1].IsZero() {
		t.Errorf("%v, %v", src.set, err)
	}
}

// Each megabyte of a long message has the time of a message; the rest of the first
// one too. A header alone does not make time.
func TestDeadlinesOfLongMessages(t *testing.T) {
	const n = 10 << 20
	src := &recorder{Reader: io.MultiReader(strings.NewReader("Content-Length: 10485760\r\n\r\n"), bytes.NewReader(make([]byte, n)))}
	body, err := NewReader(src, n).Next()
	if err != nil || len(body) != n {
		t.Fatal(len(body), err)
	}
	if sets := len(src.set); sets < 11 || sets > 15 || !src.set[sets-1].IsZero() {
		t.Errorf("%d deadlines, the last %v", sets, src.set[sets-1])
	}
	for i, at := range src.set[:len(src.set)-1] {
		if left := time.Until(at); left <= 0 || left > Timeout {
			t.Errorf("deadline %d is %v from now", i, left)
		}
	}
}

func FuzzReader(f *testing.F) {
	for _, seed := range []string{"", "Content-Length: 2\r\n\r\n{}", "content-type: x\r\ncontent-length: 02\r\n\r\n{}", "Content-Length: 70000\r\n\r\n", "GET /", "Content-Length: 99999999999999999999\r\n\r\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		whole, slow := NewReader(bytes.NewReader(input), 1<<16), NewReader(iotest.OneByteReader(bytes.NewReader(input)), 1<<16)
		for {
			body, err := whole.Next()
			again, err2 := slow.NextShared()
			if (err == nil) != (err2 == nil) || !bytes.Equal(body, again) {
				t.Fatalf("%q: %q %v; a byte at a time %q %v", input, body, err, again, err2)
			}
			if large, ok := errors.AsType[*TooLargeError](err); ok && large.Length != math.MaxInt64 {
				a, err := whole.Skip(large, 100)
				b, err2 := slow.Skip(err2.(*TooLargeError), 100)
				if (err == nil) != (err2 == nil) || err == nil && !bytes.Equal(a, b) {
					t.Fatalf("%q: skip %q %v, %q %v", input, a, err, b, err2)
				}
				if err == nil {
					continue
				}
			}
			if err != nil {
				return
			}
		}
	})
}
