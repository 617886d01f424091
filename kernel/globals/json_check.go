package globals

import (
	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/lualib"
)

// CheckJSON returns the error that JSON.parse raises for a text, without its name; nil for
// one that it reads.
func CheckJSON(text string) error {
	host := &lualib.Host{Charge: func(*lua.LState, int) {}}
	// A state only makes the tables here: it runs nothing.
	r := jsonReader{g: &jsonGlobal{host: host}, L: &lua.LState{}, text: text, null: lua.LNil}
	_, err := r.document()
	return err
}

// CheckIndent returns the error that JSON.stringify raises for an indent, without its name; nil
// for one that it takes, and for what is neither a number nor a text.
func CheckIndent(indent any) error {
	var w jsonWriter
	switch v := indent.(type) {
	case float64:
		return w.setIndent(lua.LNumber(v))
	case string:
		return w.setIndent(lua.LString(v))
	}
	return nil
}
