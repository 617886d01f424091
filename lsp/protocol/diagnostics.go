package protocol

// PublishDiagnosticsParams are those of textDocument/publishDiagnostics.
// Diagnostics is never null.
type PublishDiagnosticsParams struct {
	URI         URI          `json:"uri"`
	Version     *int32       `json:"version,omitempty"`
	Diagnostics []Diagnostic `json:"diagnostics"`
}

// DiagnosticOptions announce pull diagnostics.
type DiagnosticOptions struct {
	Identifier            string `json:"identifier,omitempty"`
	InterFileDependencies bool   `json:"interFileDependencies"`
	WorkspaceDiagnostics  bool   `json:"workspaceDiagnostics"`
}

// DiagnosticParams are those of textDocument/diagnostic.
type DiagnosticParams struct {
	DocumentParams
	WorkDoneParams
	PartialParams
	Identifier       string `json:"identifier,omitempty"`
	PreviousResultID string `json:"previousResultId,omitempty"`
}

// Kinds of reports.
const (
	ReportFull      = "full"
	ReportUnchanged = "unchanged"
)

// DiagnosticReport answers textDocument/diagnostic. Kind is ReportFull, with Items
// that are not null, or ReportUnchanged, with a ResultID.
type DiagnosticReport struct {
	Kind     string       `json:"kind"`
	ResultID string       `json:"resultId,omitempty"`
	Items    []Diagnostic `json:"items,omitzero"`
}

// WorkspaceDiagnosticParams are those of workspace/diagnostic.
type WorkspaceDiagnosticParams struct {
	WorkDoneParams
	PartialParams
	Identifier        string             `json:"identifier,omitempty"`
	PreviousResultIDs []PreviousResultID `json:"previousResultIds"`
}

// PreviousResultID is what a client has of a document.
type PreviousResultID struct {
	URI   URI    `json:"uri"`
	Value string `json:"value"`
}

// WorkspaceReport answers workspace/diagnostic, and is a part of it. Items is never
// null.
type WorkspaceReport struct {
	Items []WorkspaceDocumentReport `json:"items"`
}

// WorkspaceDocumentReport is the report of one document; Version is nil for one
// that is not open.
type WorkspaceDocumentReport struct {
	DiagnosticReport
	URI     URI    `json:"uri"`
	Version *int32 `json:"version"`
}

// ServerCancelledData is the data of the error −32802 that answers
// textDocument/diagnostic.
type ServerCancelledData struct {
	RetriggerRequest bool `json:"retriggerRequest"`
}
