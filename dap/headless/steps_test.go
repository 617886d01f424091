package headless

import "testing"

// FuzzStep: whatever stands in a line of a steps file is a step or an error.
func FuzzStep(f *testing.F) {
	f.Add(`{"command":"setBreakpoints","arguments":{"source":{"path":"a.lua"},"breakpoints":[{"line":1,"condition":"x"}]}}`)
	f.Add(`{"command":"expect","arguments":{"expression":"x","line":-1}}`)
	f.Add(`{"command":"evaluate","arguments":null}`)
	f.Fuzz(func(t *testing.T, text string) {
		var s step
		if err := s.parse(text); err != nil {
			return
		}
		if _, known := knownArguments[s.Command]; !known || s.args.Frame < 0 {
			t.Errorf("%q is taken for %+v", text, s)
		}
	})
}
