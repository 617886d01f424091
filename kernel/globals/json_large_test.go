package globals_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel"
)

// TestLargeJSONCanStop has the host told of long texts and large tables piece by piece, and
// ends each script half way.
func TestLargeJSONCanStop(t *testing.T) {
	const size, piece = 4 << 20, 64 << 10
	long := strings.Repeat("x", size)
	for name, tt := range map[string]struct {
		code, text string
		least      int
	}{
		"a string read":           {`JSON.parse(text)`, `"` + long + `"`, size/piece - 1},
		"a string with an escape": {`JSON.parse(text)`, `"\n` + long + `"`, size/piece - 1},
		"escapes":                 {`JSON.parse(text)`, `"` + strings.Repeat(`\n`, size/2) + `"`, size/piece - 1},
		"space":                   {`JSON.parse(text)`, strings.Repeat(" ", size) + "1", size/piece - 1},
		"digits":                  {`JSON.parse(text)`, "0." + strings.Repeat("1", size), 2*(size/piece) - 2},
		"an array":                {`JSON.parse(text)`, `[` + strings.Repeat("1,", 100_000) + "1]", 200},
		"an object":               {`JSON.parse(text)`, `{` + strings.Repeat(`"a":1,`, 100_000) + `"b":1}`, 200},
		"a string written":        {`JSON.stringify(text)`, long, size / piece},
		"quotes written":          {`JSON.stringify(text)`, strings.Repeat(`"`, size), size / piece},
		"a name written":          {`JSON.stringify({[text] = 1})`, long, size / piece},
		"elements written":        {`JSON.stringify(made)`, "", 200},
		"members written":         {`JSON.stringify(named)`, "", 200},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := kernel.NewSession(kernel.Config{Dir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			prepared, err := s.RunString(t.Context(), `
				local made, named = {}, {}
				for i = 1, 100000 do made[i] = i; named["k" .. i] = i end
				return function(text) `+tt.code+` end`, "=test", nil)
			if err != nil {
				t.Fatal(err)
			}
			calls, end := 0, -1
			ended := errors.New("ended")
			host := s.State().Host()
			charge := host.Charge
			host.Charge = func(L *lua.LState, n int) {
				if calls++; calls == end {
					host.Raise(L, ended)
				}
				charge(L, n)
			}
			call := func() error {
				calls = 0
				_, err := s.State().Call(t.Context(), prepared.Values[0], lua.LString(tt.text))
				return err
			}
			if err := call(); err != nil || calls < tt.least {
				t.Fatalf("the host was told %d times, want %d or more: %v", calls, tt.least, err)
			}
			end = calls / 2
			if err := call(); err == nil || !strings.Contains(err.Error(), "ended") || calls != end {
				t.Errorf("it was not ended half way, but after %d of %d: %v", calls, end, err)
			}
		})
	}
}

// TestLargeJSONIsRight has runes and bytes that are none lie across the ends of pieces.
func TestLargeJSONIsRight(t *testing.T) {
	s, err := kernel.NewSession(kernel.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	functions, err := s.RunString(t.Context(), `return JSON.stringify, JSON.parse`, "=test", nil)
	if err != nil {
		t.Fatal(err)
	}
	const piece = 64 << 10
	for _, part := range []string{"ä", "€", "😀", "😀\x80", "\x80", "\xf0\x9f", "\"\\\n", "a€\x80\x80\x80\x80\x80", "\x01"} {
		for shift := range 9 {
			text := strings.Repeat("a", piece-4-shift) + strings.Repeat(part, 2*piece/len(part)+5)
			written, err := s.State().Call(t.Context(), functions.Values[0], lua.LString(text))
			if err != nil {
				t.Fatal(err)
			}
			var back string
			if err := json.Unmarshal([]byte(written[0].String()), &back); err != nil {
				t.Fatalf("%q, shifted by %d: %v", part, shift, err)
			}
			want, err := json.Marshal(text)
			if err != nil {
				t.Fatal(err)
			}
			var wanted string
			if err := json.Unmarshal(want, &wanted); err != nil || back != wanted {
				t.Errorf("%q, shifted by %d, is written as another text: %v", part, shift, err)
			}
			read, err := s.State().Call(t.Context(), functions.Values[1], lua.LString(want))
			if err != nil || read[0].String() != wanted {
				t.Errorf("%q, shifted by %d, is read as another text: %v", part, shift, err)
			}
		}
	}
}
