package protocol

import "encoding/json"

// FormattingOptions are what the editor thinks of indents.
type FormattingOptions struct {
	TabSize                uint32 `json:"tabSize"`
	InsertSpaces           bool   `json:"insertSpaces"`
	TrimTrailingWhitespace bool   `json:"trimTrailingWhitespace,omitempty"`
	InsertFinalNewline     bool   `json:"insertFinalNewline,omitempty"`
	TrimFinalNewlines      bool   `json:"trimFinalNewlines,omitempty"`
}

// FormattingParams are those of textDocument/formatting.
type FormattingParams struct {
	DocumentParams
	WorkDoneParams
	Options FormattingOptions `json:"options"`
}

// RangeFormattingOptions announce formatting of ranges; RangesSupport is of 3.18.
type RangeFormattingOptions struct {
	RangesSupport bool `json:"rangesSupport,omitempty"`
}

// RangeFormattingParams are those of textDocument/rangeFormatting.
type RangeFormattingParams struct {
	DocumentParams
	WorkDoneParams
	Range   Range             `json:"range"`
	Options FormattingOptions `json:"options"`
}

// RangesFormattingParams are those of textDocument/rangesFormatting (3.18).
type RangesFormattingParams struct {
	DocumentParams
	WorkDoneParams
	Ranges  []Range           `json:"ranges"`
	Options FormattingOptions `json:"options"`
}

// OnTypeOptions announce formatting while typing.
type OnTypeOptions struct {
	FirstTriggerCharacter string   `json:"firstTriggerCharacter"`
	MoreTriggerCharacter  []string `json:"moreTriggerCharacter,omitempty"`
}

// OnTypeFormattingParams are those of textDocument/onTypeFormatting.
type OnTypeFormattingParams struct {
	PositionParams
	Ch      string            `json:"ch"`
	Options FormattingOptions `json:"options"`
}

// RenameOptions announce rename.
type RenameOptions struct {
	PrepareProvider bool `json:"prepareProvider,omitempty"`
}

// RenameParams are those of textDocument/rename.
type RenameParams struct {
	PositionParams
	WorkDoneParams
	NewName string `json:"newName"`
}

// PrepareRenameParams are those of textDocument/prepareRename.
type PrepareRenameParams struct {
	PositionParams
	WorkDoneParams
}

// PrepareRename answers textDocument/prepareRename.
type PrepareRename struct {
	Range       Range  `json:"range"`
	Placeholder string `json:"placeholder"`
}

// Kinds of code actions; a kind includes those that begin with it and a dot.
const (
	ActionQuickFix        = "quickfix"
	ActionRefactor        = "refactor"
	ActionRefactorExtract = "refactor.extract"
	ActionRefactorInline  = "refactor.inline"
	ActionRefactorRewrite = "refactor.rewrite"
	ActionSource          = "source"
	ActionOrganizeImports = "source.organizeImports"
	ActionFixAll          = "source.fixAll"
)

// CodeActionOptions announce code actions.
type CodeActionOptions struct {
	CodeActionKinds []string `json:"codeActionKinds,omitempty"`
	ResolveProvider bool     `json:"resolveProvider,omitempty"`
}

// CodeActionParams are those of textDocument/codeAction.
type CodeActionParams struct {
	DocumentParams
	WorkDoneParams
	PartialParams
	Range   Range             `json:"range"`
	Context CodeActionContext `json:"context"`
}

// CodeActionContext is what a client knows of the range. TriggerKind is 1 for an
// action that the user has asked for, 2 if the editor looks by itself.
type CodeActionContext struct {
	Diagnostics []ContextDiagnostic `json:"diagnostics"`
	Only        []string            `json:"only,omitempty"`
	TriggerKind int                 `json:"triggerKind,omitempty"`
}

// ContextDiagnostic is a Diagnostic as a client sends it back. Raw is all of it, to
// be given in CodeAction.Diagnostics.
type ContextDiagnostic struct {
	Range   Range
	Code    string
	Source  string
	Message string
	Data    json.RawMessage
	Raw     json.RawMessage
}

// UnmarshalJSON reads a diagnostic of any server: codes may be numbers.
func (d *ContextDiagnostic) UnmarshalJSON(data []byte) error {
	var in struct {
		Range   Range           `json:"range"`
		Code    any             `json:"code"`
		Source  string          `json:"source"`
		Message json.RawMessage `json:"message"`
		Data    json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	*d = ContextDiagnostic{Range: in.Range, Source: in.Source, Data: in.Data, Raw: append(json.RawMessage(nil), data...)}
	d.Code, _ = in.Code.(string)
	if json.Unmarshal(in.Message, &d.Message) != nil {
		var markup MarkupContent // 3.18 allows it
		if json.Unmarshal(in.Message, &markup) == nil {
			d.Message = markup.Value
		}
	}
	return nil
}

// MarshalJSON writes the diagnostic as it came.
func (d ContextDiagnostic) MarshalJSON() ([]byte, error) {
	if d.Raw == nil {
		return []byte("null"), nil
	}
	return d.Raw, nil
}

// CodeAction is something that can be done: an edit, a command, or both.
type CodeAction struct {
	Title       string              `json:"title"`
	Kind        string              `json:"kind,omitempty"`
	Diagnostics []ContextDiagnostic `json:"diagnostics,omitempty"`
	IsPreferred bool                `json:"isPreferred,omitempty"`
	Disabled    *Disabled           `json:"disabled,omitempty"`
	Edit        *WorkspaceEdit      `json:"edit,omitempty"`
	Command     *Command            `json:"command,omitempty"`
	Data        json.RawMessage     `json:"data,omitempty"`
}

// Disabled says why an action cannot be had.
type Disabled struct {
	Reason string `json:"reason"`
}

// CodeLensParams are those of textDocument/codeLens.
type CodeLensParams struct {
	DocumentParams
	WorkDoneParams
	PartialParams
}

// CodeLens is a command above a line; without Command it is resolved.
type CodeLens struct {
	Range   Range           `json:"range"`
	Command *Command        `json:"command,omitempty"`
	Data    json.RawMessage `json:"data,omitempty"`
}

// ExecuteCommandParams are those of workspace/executeCommand.
type ExecuteCommandParams struct {
	WorkDoneParams
	Command   string            `json:"command"`
	Arguments []json.RawMessage `json:"arguments,omitempty"`
}
