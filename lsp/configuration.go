package lsp

import (
	"context"
	"encoding/json"
	"time"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/lsp/wire"
)

// settingsSection is the section of the client's settings that is the server's.
const settingsSection = "llmspell"

// Settings are what a user can set in the editor, in the section "llmspell", or give as
// initializationOptions. They are not changed once they are in use.
type Settings struct {
	Diagnostics DiagnosticSettings `json:"diagnostics"`
	Workspace   WorkspaceSettings  `json:"workspace"`
	Completion  CompletionSettings `json:"completion"`
	Hints       HintSettings       `json:"hints"`
	CodeLens    CodeLensSettings   `json:"codeLens"`
}

// DiagnosticSettings are those of findings.
type DiagnosticSettings struct {
	// Enable shows findings at all. The default is true.
	Enable bool `json:"enable"`
	// Disable are the codes of findings that are not shown.
	Disable []string `json:"disable"`
	// Severity are severities of findings by their codes, or the names that other checkers
	// have for them: error, warning, information, hint, off. They win over files.
	Severity map[string]string `json:"severity"`
	// DelayMS is how long after a change files are checked, in milliseconds, 0 to
	// 10000. The default is 20.
	DelayMS int `json:"delay"`
}

// CompletionSettings are those of completion. All are on by default.
type CompletionSettings struct {
	// Calls inserts functions with parentheses and their required parameters.
	Calls bool `json:"calls"`
	// Postfix offers what can be made of the expression before a dot: expr.if.
	Postfix bool `json:"postfix"`
	// AutoRequire offers modules of the workspace that are not required yet.
	AutoRequire bool `json:"autoRequire"`
}

// HintSettings are those of inlay hints. All are on by default.
type HintSettings struct {
	// Enable shows hints at all.
	Enable bool `json:"enable"`
	// Parameters shows the names of parameters before literal arguments.
	Parameters bool `json:"parameters"`
	// Types shows the types of variables that are made by a call.
	Types bool `json:"types"`
}

// CodeLensSettings are those of code lenses. The defaults are true.
type CodeLensSettings struct {
	// Run shows what runs and debugs a script and its test functions.
	Run bool `json:"run"`
	// References shows how often functions are used.
	References bool `json:"references"`
}

// WorkspaceSettings are those of the files of a workspace.
type WorkspaceSettings struct {
	// Library are further files and folders with modules and declarations.
	Library []string `json:"library"`
	// Globals are names that something else defines.
	Globals []string `json:"globals"`
	// ModulePath are templates of package.path, such as "lib/?.lua".
	ModulePath []string `json:"modulePath"`
	// Ignore are names of folders that are not looked into, beside hidden ones,
	// node_modules and vendor.
	Ignore []string `json:"ignore"`
	// MaxFiles is how many files are indexed. The default is 20000.
	MaxFiles int `json:"maxFiles"`
}

// defaultSettings are those of a client that sets nothing.
func defaultSettings() *Settings {
	return &Settings{
		Diagnostics: DiagnosticSettings{Enable: true, DelayMS: 20},
		Workspace:   WorkspaceSettings{MaxFiles: 20000},
		Completion:  CompletionSettings{Calls: true, Postfix: true, AutoRequire: true},
		Hints:       HintSettings{Enable: true, Parameters: true, Types: true},
		CodeLens:    CodeLensSettings{Run: true, References: true},
	}
}

// delay is how long after a change files are checked.
func (d *DiagnosticSettings) delay() time.Duration {
	return time.Duration(min(max(d.DelayMS, 0), 10_000)) * time.Millisecond
}

// section takes the server's section out of settings that may hold it, or be it.
func section(data []byte) []byte {
	var sections map[string]json.RawMessage
	if json.Unmarshal(data, &sections) == nil {
		if own, ok := sections[settingsSection]; ok {
			return own
		}
	}
	return data
}

// initialSettings are those of the initializationOptions.
func (s *session) initialSettings() { s.useSettings(nil) }

// useSettings takes settings, on top of the initializationOptions. It tells whether they differ from those before.
func (s *session) useSettings(data []byte) bool {
	set, faults := readSettings(section(s.options), data)
	for _, fault := range faults {
		s.settingFaults.tell(fault)
	}
	before, _ := json.Marshal(s.settings.Load()) // strings and numbers can be written
	after, _ := json.Marshal(set)
	s.settings.Store(set)
	return string(before) != string(after)
}

// didChangeConfiguration takes settings that the client sends, or asks for them.
func (s *session) didChangeConfiguration(params []byte) error {
	if s.client.Can("workspace.configuration") {
		s.background(s.pullSettings)
		return nil
	}
	var p struct {
		Settings json.RawMessage `json:"settings"`
	}
	if err := wire.Decode(params, &p); err != nil {
		return err
	}
	if len(p.Settings) > 0 && string(p.Settings) != "null" && s.useSettings(section(p.Settings)) {
		s.settingsChanged()
	}
	return nil
}

// pullSettings asks the client for its settings.
func (s *session) pullSettings(ctx context.Context) {
	if !s.client.Can("workspace.configuration") {
		return
	}
	var answer []json.RawMessage
	err := s.ask(ctx, "workspace/configuration", protocol.ConfigurationParams{Items: []protocol.ConfigurationItem{{Section: settingsSection}}}, &answer)
	if err != nil {
		s.log.Warn("the client does not tell its settings", zap.Error(err))
		return
	}
	if len(answer) == 1 && string(answer[0]) != "null" && s.useSettings(answer[0]) {
		s.settingsChanged()
	}
}

// settingsChanged does again what depends on settings.
func (s *session) settingsChanged() {
	s.workspace.configure()
	s.workspace.scan()
	s.refreshAll()
}
