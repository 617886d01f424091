package dap

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// body16 is a valid body of 16 bytes.
const body16 = `{"seq":1,"a":12}`

func TestReaderFraming(t *testing.T) {
	long := strings.Repeat("x", 70<<10)
	tests := []struct {
		name  string
		input string
		want  []string // bodies
		err   string   // "" for a clean end
	}{
		{"nothing", "", nil, ""},
		{"one", "Content-Length: 16\r\n\r\n" + body16, []string{body16}, ""},
		{"two", "Content-Length: 2\r\n\r\n{}Content-Length: 2\r\n\r\n[]", []string{"{}", "[]"}, ""},
		{"empty body", "Content-Length: 0\r\n\r\n", []string{""}, ""},
		{"lower case name", "content-length: 2\r\n\r\n{}", []string{"{}"}, ""},
		{"upper case name", "CONTENT-LENGTH: 2\r\n\r\n{}", []string{"{}"}, ""},
		{"no space", "Content-Length:2\r\n\r\n{}", []string{"{}"}, ""},
		{"spaces around the value", "Content-Length: \t2 \r\n\r\n{}", []string{"{}"}, ""},
		{"leading zeros", "Content-Length: 002\r\n\r\n{}", []string{"{}"}, ""},
		{"type after", "Content-Length: 2\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n{}", []string{"{}"}, ""},
		{"type before", "Content-Type: x\r\nContent-Length: 2\r\n\r\n{}", []string{"{}"}, ""},
		{"eight lines", strings.Repeat("Content-Type: x\r\n", 7) + "Content-Length: 2\r\n\r\n{}", []string{"{}"}, ""},
		{"large body", "Content-Length: 71680\r\n\r\n" + long, []string{long}, ""},

		{"HTTP", "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n{}", nil, `begins with "P"`},
		{"HTTP header that begins alike", "Cookie: x\r\nContent-Length: 2\r\n\r\n{}", nil, `begins with "Coo"`},
		{"blank line first", "\r\nContent-Length: 2\r\n\r\n{}", nil, "begins with"},
		{"garbage between messages", "Content-Length: 2\r\n\r\n{}\nContent-Length: 2\r\n\r\n{}", []string{"{}"}, "begins with"},
		{"foreign second header", "Content-Length: 2\r\nHost: x\r\n\r\n{}", nil, `begins with "H"`},
		{"unknown content header", "Content-Length: 2\r\nContent-Encoding: gzip\r\n\r\n{}", nil, "unknown header"},
		{"no colon", "Content-Length 2\r\n\r\n{}", nil, "no colon"},
		{"space before colon", "Content-Length : 2\r\n\r\n{}", nil, "unknown header"},
		{"no length", "Content-Type: x\r\n\r\n{}", nil, "no Content-Length"},
		{"two lengths", "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", nil, "two Content-Length"},
		{"two lengths, other case", "Content-Length: 2\r\ncontent-length: 2\r\n\r\n{}", nil, "two Content-Length"},
		{"negative", "Content-Length: -2\r\n\r\n{}", nil, "not a decimal"},
		{"signed", "Content-Length: +2\r\n\r\n{}", nil, "not a decimal"},
		{"hexadecimal", "Content-Length: 0x2\r\n\r\n{}", nil, "not a decimal"},
		{"fraction", "Content-Length: 2.0\r\n\r\n{}", nil, "not a decimal"},
		{"two numbers", "Content-Length: 2 2\r\n\r\n{}", nil, "not a decimal"},
		{"empty length", "Content-Length:\r\n\r\n{}", nil, "not a decimal"},
		{"other digits", "Content-Length: ٢\r\n\r\n{}", nil, "in a header"},
		{"over the cap", "Content-Length: 100001\r\n\r\n{}", nil, "larger than the limit"},
		{"over an int", "Content-Length: 99999999999999999999999\r\n\r\n{}", nil, "larger than the limit"},
		{"nine lines", strings.Repeat("Content-Type: x\r\n", 8) + "Content-Length: 2\r\n\r\n{}", nil, "more than 8"},
		{"long header", "Content-Type: " + strings.Repeat("x", 1100) + "\r\nContent-Length: 2\r\n\r\n{}", nil, "larger than 1024"},
		{"bare LF", "Content-Length: 2\n\n{}", nil, "in a header"},
		{"bare CR", "Content-Length: 2\r\r{}", nil, "CRLF"},
		{"NUL", "Content-Length: 2\x00\r\n\r\n{}", nil, "in a header"},
		{"end in header", "Content-Le", nil, "unexpected EOF"},
		{"end after header", "Content-Length: 2\r\n\r\n", nil, "unexpected EOF"},
		{"end in body", "Content-Length: 2\r\n\r\n{", nil, "unexpected EOF"},
		{"end in large body", "Content-Length: 71680\r\n\r\n{}", nil, "unexpected EOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// One byte at a time, so that nothing depends on how it arrives.
			for _, src := range []io.Reader{strings.NewReader(tt.input), iotest.OneByteReader(strings.NewReader(tt.input))} {
				r := newReader(src, 100_000)
				var err error
				for _, want := range tt.want {
					var body []byte
					if body, err = r.next(); err != nil || string(body) != want {
						t.Fatalf("next = %.80q, %v, want %.80q", body, err, want)
					}
				}
				_, err = r.next()
				if tt.err == "" {
					if err != io.EOF {
						t.Fatalf("at the end: %v, want io.EOF", err)
					}
				} else if err == io.EOF || err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("error %v, want one with %q", err, tt.err)
				}
			}
		})
	}
}

// A header must not make the reader allocate what it announces.
func TestReaderTrustsNoLength(t *testing.T) {
	const announced = 512 << 20
	r := newReader(strings.NewReader("Content-Length: 536870912\r\n\r\n{}"), announced)
	allocated := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r = newReader(strings.NewReader("Content-Length: 536870912\r\n\r\n{}"), announced)
			if _, err := r.next(); !errors.Is(err, io.ErrUnexpectedEOF) {
				b.Fatal(err)
			}
		}
	}).AllocedBytesPerOp()
	if allocated > 1<<20 {
		t.Errorf("%d bytes allocated for a body of 2", allocated)
	}
}

// Refusal comes with the first wrong byte: an HTTP client that waits for an
// answer before it sends more is closed too.
func TestReaderRefusesAtFirstByte(t *testing.T) {
	client, server := net.Pipe()
	defer client.Close()
	done := make(chan error, 1)
	go func() {
		_, err := newReader(server, 0).next()
		done <- err
	}()
	if _, err := client.Write([]byte("G")); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-done:
		if !errors.Is(err, errFraming) {
			t.Errorf("error %v, want errFraming", err)
		}
	case <-time.After(time.Minute):
		t.Fatal("the reader waits for more")
	}
}

// deadlineReader records deadlines.
type deadlineReader struct {
	io.Reader
	set []time.Time
}

func (d *deadlineReader) SetReadDeadline(t time.Time) error {
	d.set = append(d.set, t)
	return nil
}

func TestReaderDeadline(t *testing.T) {
	src := &deadlineReader{Reader: iotest.OneByteReader(strings.NewReader("Content-Length: 2\r\n\r\n{}"))}
	r := newReader(src, 0)
	if _, err := r.next(); err != nil {
		t.Fatal(err)
	}
	if len(src.set) != 2 || !src.set[1].IsZero() {
		t.Fatalf("deadlines %v, want one and its removal", src.set)
	}
	if left := time.Until(src.set[0]); left <= 0 || left > messageTimeout {
		t.Errorf("deadline in %v, want at most %v", left, messageTimeout)
	}
	if _, err := r.next(); err != io.EOF || len(src.set) != 2 {
		t.Errorf("between messages: error %v and %d deadlines, want io.EOF and none more", err, len(src.set))
	}
}

func TestReaderBuffered(t *testing.T) {
	const one = "Content-Length: 2\r\n\r\n{}"
	tests := []struct {
		rest string
		want bool
	}{
		{"", false},
		{one, true},
		{one + one, true},
		{one[:len(one)-1], false},
		{"Content-Len", false},
		{"garbage", false},
	}
	for _, tt := range tests {
		r := newReader(strings.NewReader(one+tt.rest), 0)
		if _, err := r.next(); err != nil {
			t.Fatal(err)
		}
		if got := r.buffered(); got != tt.want {
			t.Errorf("buffered with %q left = %v, want %v", tt.rest, got, tt.want)
		}
	}
}

func TestParseRequest(t *testing.T) {
	tests := []struct {
		body    string
		fatal   bool
		ignored bool
		problem string
		seq     int
		command string
	}{
		{body: `{"seq":1,"type":"request","command":"next","arguments":{"threadId":1}}`, seq: 1, command: "next"},
		{body: `{"seq":0,"type":"request","command":"next"}`, seq: 0, command: "next"}, // nvim-dap begins with 0
		{body: ` {"seq":7,"type":"request","command":"x","arguments":null} `, seq: 7, command: "x"},
		{body: `{"seq":2,"type":"response","request_seq":1}`, ignored: true},
		{body: `{"seq":2,"type":"event","event":"x"}`, ignored: true},
		{body: `{"seq":3,"type":"order","command":"next"}`, seq: 3, command: "next", problem: "type"},
		{body: `{"seq":3,"command":"next"}`, seq: 3, command: "next", problem: "type"},
		{body: `{"seq":3,"type":"request"}`, seq: 3, problem: "command"},
		{body: `{"seq":3,"type":"request","command":5}`, seq: 3, problem: "command"},
		{body: ``, fatal: true},
		{body: `x`, fatal: true},
		{body: `null`, fatal: true},
		{body: `[]`, fatal: true},
		{body: `"seq"`, fatal: true},
		{body: `{}`, fatal: true},
		{body: `{"seq":null,"type":"request","command":"next"}`, fatal: true},
		{body: `{"seq":"1","type":"request","command":"next"}`, fatal: true},
		{body: `{"seq":1.5,"type":"request","command":"next"}`, fatal: true},
		{body: `{"seq":99999999999999999999,"type":"request","command":"next"}`, fatal: true},
		{body: `{"seq":1,"type":"request","command":"next"}{}`, fatal: true},
		{body: `{"seq":1,"type":"request","command":"next"`, fatal: true},
	}
	for _, tt := range tests {
		r, err := parseRequest([]byte(tt.body))
		switch {
		case tt.fatal:
			if !errors.Is(err, errFraming) {
				t.Errorf("%s: error %v, want errFraming", tt.body, err)
			}
		case tt.ignored:
			if err != errNotRequest {
				t.Errorf("%s: error %v, want errNotRequest", tt.body, err)
			}
		case err != nil:
			t.Errorf("%s: %v", tt.body, err)
		default:
			if r.seq != tt.seq || r.command != tt.command {
				t.Errorf("%s: seq %d command %q", tt.body, r.seq, r.command)
			}
			if (r.problem == nil) != (tt.problem == "") || r.problem != nil && !strings.Contains(r.problem.Error(), tt.problem) {
				t.Errorf("%s: problem %v, want %q", tt.body, r.problem, tt.problem)
			}
		}
	}
}

// What encode writes, the reader reads; in one piece, without HTML escapes.
func TestEncode(t *testing.T) {
	var buf bytes.Buffer
	m := newEvent("output", outputBody{Category: "stdout", Output: "a <b> & c → \x00\n"})
	m.setSeq(12)
	if err := encode(&buf, m); err != nil {
		t.Fatal(err)
	}
	body, err := newReader(&buf, 0).next()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"seq":12,"type":"event","event":"output","body":{"category":"stdout","output":"a <b> & c → \u0000\n"}}`
	if string(body) != want {
		t.Errorf("body %s\nwant %s", body, want)
	}
}

// FuzzReader: no input makes the reader panic, hang, or return a body that its
// header did not announce; what it accepts survives being framed again.
func FuzzReader(f *testing.F) {
	for _, seed := range []string{
		"Content-Length: 16\r\n\r\n" + body16,
		"content-length:2\r\nContent-Type: x\r\n\r\n{}Content-Length: 2\r\n\r\n[]",
		"Content-Length: 99999999999\r\n\r\n",
		"Content-Length: -1\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
		"Content-Length: 61\r\n\r\n" + `{"seq":1,"type":"request","command":"launch","arguments":[1]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		const limit = 1 << 16
		r := newReader(bytes.NewReader(input), limit)
		total := 0
		for {
			body, err := r.next()
			if err != nil {
				if err == io.EOF && r.frames.Pending() > 0 {
					t.Fatal("clean end with input left")
				}
				return
			}
			if total += len(body); len(body) > limit || total > len(input) {
				t.Fatalf("body of %d bytes, %d in all, from %d bytes", len(body), total, len(input))
			}
			req, err := parseRequest(body)
			if (req == nil) == (err == nil) {
				t.Fatalf("parseRequest = %v, %v", req, err)
			}
			if req != nil {
				var args launchArguments
				_ = req.decode(&args)
			}
			again, err := newReader(strings.NewReader("Content-Length: "+strconv.Itoa(len(body))+"\r\n\r\n"+string(body)), limit).next()
			if err != nil || !bytes.Equal(again, body) {
				t.Fatalf("framed again: %q, %v", again, err)
			}
		}
	})
}
