package lsp

import (
	"maps"
	"slices"
	"sync"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/lint"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// settingFaults shows what is not understood in settings: as findings of the file that they
// are in, also for clients that ask for findings, as they do not for files that are not
// open; or, where no file is known, as a message, once.
type settingFaults struct {
	s *session

	mu    sync.Mutex
	ready bool // initialize is answered: findings may be sent
	list  []analysis.SettingFault
	sent  map[string]bool // canonical URIs of files that have findings
	told  map[string]bool // messages
}

// set takes the faults that there are now.
func (x *settingFaults) set(list []analysis.SettingFault) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.list = list
	x.show()
}

// begin is called when initialize is answered.
func (x *settingFaults) begin() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.ready = true
	x.show()
}

// again is called when a file is opened or closed: of an open one the findings are told as
// those of any other.
func (x *settingFaults) again() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.list) > 0 || len(x.sent) > 0 {
		x.show()
	}
}

// show sends what has changed; with mu.
func (x *settingFaults) show() {
	if !x.ready {
		return
	}
	of := map[string][]analysis.SettingFault{}
	for _, f := range x.list {
		if f.Path != "" {
			uri := analysis.URIOf(f.Path)
			of[uri] = append(of[uri], f)
		} else {
			x.tellOnce(f.Message)
		}
	}
	for uri := range x.sent {
		if of[uri] == nil {
			of[uri] = nil
		}
	}
	for _, uri := range slices.Sorted(maps.Keys(of)) {
		list := of[uri]
		_, open := x.s.openURI(uri)
		if open {
			if list = nil; x.s.diagnostics.pushes() { // what is sent of the open file takes their place
				delete(x.sent, uri)
				continue
			}
		}
		x.send(uri, list)
	}
}

// tell shows a message about settings that are in no file, once.
func (x *settingFaults) tell(message string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.tellOnce(message)
}

// tellOnce is tell, with mu.
func (x *settingFaults) tellOnce(message string) {
	if x.told[message] {
		return
	}
	if x.told == nil {
		x.told = map[string]bool{}
	}
	x.told[message] = true
	x.s.log.Warn("settings", zap.String("fault", message))
	x.s.tell(protocol.MessageWarning, "llmspell: "+message)
}

// send sends the faults in a file; with mu.
func (x *settingFaults) send(uri string, list []analysis.SettingFault) {
	if len(list) == 0 && !x.sent[uri] {
		return
	}
	p := &protocol.PublishDiagnosticsParams{URI: x.s.clientURI(uri), Diagnostics: []protocol.Diagnostic{}}
	for _, f := range list {
		lines := syntax.NewLines(f.Text)
		at := func(offset int) protocol.Position {
			line, column := lines.Position(offset, x.s.encoding)
			return protocol.Position{Line: uint32(line), Character: uint32(column)}
		}
		p.Diagnostics = append(p.Diagnostics, protocol.Diagnostic{
			Range: protocol.Range{Start: at(f.Start), End: at(f.End)}, Severity: protocol.SeverityWarning, Code: "settings", Source: "llmspell",
			CodeDescription: &protocol.CodeDescription{Href: lint.HelpPage("settings")}, Message: f.Message,
		})
	}
	delete(x.sent, uri)
	if len(list) > 0 {
		if x.sent == nil {
			x.sent = map[string]bool{}
		}
		x.sent[uri] = true
	}
	if err := x.s.conn.Notify("textDocument/publishDiagnostics", p); err != nil {
		x.s.log.Debug("findings could not be sent", zap.Error(err))
	}
}

// over lays the settings of the client over a configuration.
func (d *DiagnosticSettings) over(c *analysis.Config) *analysis.Config {
	if len(d.Severity)+len(d.Disable) == 0 {
		return c
	}
	var rules []analysis.RuleSetting
	set := func(name, severity, where string) {
		rules = append(rules, analysis.RuleSetting{Where: "the setting " + settingsSection + ".diagnostics." + where, Name: name, Value: severity})
	}
	for _, name := range slices.Sorted(maps.Keys(d.Severity)) {
		set(name, d.Severity[name], "severity")
	}
	for _, name := range d.Disable {
		set(name, "off", "disable")
	}
	return c.WithRules(rules)
}
