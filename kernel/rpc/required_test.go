package rpc

import (
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel/state"
)

// Parameters that have no default must be there: what their type has for nothing may
// be the opposite of what is meant.
func TestRequiredParameters(t *testing.T) {
	c := stateRig(t).dial(ClientOptions{})
	b := must[state.Backup](t)(c.CreateStateBackup(background, ""))
	for _, tt := range []struct {
		method string
		params any
		field  string // that is missing
	}{
		{"state.backups.cleanup", Empty{}, "keep"},
		{"state.backups.cleanup", map[string]any{"keep": nil}, "keep"},
		{"state.backups.cleanup", map[string]any{"max_age_seconds": 5}, "keep"},
		{"state.backups.cleanup", nil, "keep"},
		{"state.set", map[string]any{"key": "k"}, "value"},
		{"state.set", map[string]any{"value": 1}, "key"},
		{"transfer.end", Empty{}, "transfer"},
		{"exec.complete", map[string]any{"code": "x"}, "position"},
		{"events.subscribe", Empty{}, "patterns"},
	} {
		err := c.Call(background, tt.method, tt.params, nil)
		e, ok := err.(*Error)
		if !ok || e.Code != CodeInvalidParams || e.Data.Field != tt.field || !strings.Contains(e.Message, "missing") {
			t.Errorf("%s %v: %v", tt.method, tt.params, err)
		}
	}
	if list := must[[]state.Backup](t)(c.StateBackups(background)); len(list) != 1 || list[0].ID != b.ID {
		t.Errorf("backups: %+v", list)
	}
	if _, ok, _ := c.StateGet(background, "", "k"); ok {
		t.Error("a value was set that nobody gave")
	}
	if err := c.Call(background, "state.backups.cleanup", map[string]any{"keep": 0}, nil); err != nil {
		t.Errorf("0 is a value: %v", err)
	}
}

// The reader of parameters wants what the documentation does not call optional.
func TestRequiredAsDocumented(t *testing.T) {
	text := document(t)
	for _, m := range methods() {
		_, section, _ := strings.Cut(text, "### "+m.name+"\n")
		section, _, _ = strings.Cut(section, "\nResult:")
		for _, name := range m.known.names {
			_, line, ok := strings.Cut(section, "- `"+name+"`: ")
			line, _, _ = strings.Cut(line, "\n")
			documented, _, _ := strings.Cut(line, ".")
			wanted := m.known.all[name].required != 0
			if !ok || wanted == strings.HasSuffix(documented, ", optional") {
				t.Errorf("%s: %s: required: %v, documented as %q", m.name, name, wanted, line)
			}
		}
		if m.known.required == 0 {
			continue
		}
		if _, err := m.decode([]byte("{}")); err == nil || err.Code != CodeInvalidParams || strings.Contains(err.Message, "%!") {
			t.Errorf("%s {}: %v", m.name, err)
		}
	}
}
