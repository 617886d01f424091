package protocol

// Position is a place in a text: a line, and a column in the units that were
// agreed upon at initialize, both from 0. (Section Position.)
type Position struct {
	Line      uint32 `json:"line"`
	Character uint32 `json:"character"`
}

// Before tells whether p lies before q.
func (p Position) Before(q Position) bool {
	return p.Line < q.Line || p.Line == q.Line && p.Character < q.Character
}

// Range is the text from Start up to, and without, End.
type Range struct {
	Start Position `json:"start"`
	End   Position `json:"end"`
}

// Location is a range in a document.
type Location struct {
	URI   URI   `json:"uri"`
	Range Range `json:"range"`
}

// LocationLink is a Location together with the range that leads there.
type LocationLink struct {
	OriginSelectionRange *Range `json:"originSelectionRange,omitempty"`
	TargetURI            URI    `json:"targetUri"`
	TargetRange          Range  `json:"targetRange"`
	TargetSelectionRange Range  `json:"targetSelectionRange"`
}

// TextEdit replaces a range.
type TextEdit struct {
	Range   Range  `json:"range"`
	NewText string `json:"newText"`
}

// AnnotatedTextEdit is a TextEdit that names the annotation which says what it is
// for; without one it is a TextEdit.
type AnnotatedTextEdit struct {
	TextEdit
	AnnotationID string `json:"annotationId,omitempty"`
}

// SnippetTextEdit is an edit whose text is a snippet (3.18). It stands in the place
// of a TextEdit, for clients with workspace.workspaceEdit.snippetEditSupport.
type SnippetTextEdit struct {
	Range        Range       `json:"range"`
	Snippet      StringValue `json:"snippet"`
	AnnotationID string      `json:"annotationId,omitempty"`
}

// StringValue is a snippet (3.18): Kind is "snippet".
type StringValue struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

// TextDocumentEdit changes one version of a document. Edits are TextEdit,
// AnnotatedTextEdit or SnippetTextEdit.
type TextDocumentEdit struct {
	TextDocument OptionalVersion `json:"textDocument"`
	Edits        []any           `json:"edits"`
}

// OptionalVersion names a document and a version of it; nil is the one on disk.
// (OptionalVersionedTextDocumentIdentifier.)
type OptionalVersion struct {
	URI     URI    `json:"uri"`
	Version *int32 `json:"version"`
}

// WorkspaceEdit changes several documents: by Changes, or by DocumentChanges
// (TextDocumentEdit, CreateFile, RenameFile, DeleteFile) for clients with
// workspace.workspaceEdit.documentChanges.
type WorkspaceEdit struct {
	Changes           map[URI][]TextEdit          `json:"changes,omitempty"`
	DocumentChanges   []any                       `json:"documentChanges,omitempty"`
	ChangeAnnotations map[string]ChangeAnnotation `json:"changeAnnotations,omitempty"`
}

// ChangeAnnotation says what edits are for.
type ChangeAnnotation struct {
	Label             string `json:"label"`
	NeedsConfirmation bool   `json:"needsConfirmation,omitempty"`
	Description       string `json:"description,omitempty"`
}

// CreateFile is a change that makes a file: Kind is "create".
type CreateFile struct {
	Kind string `json:"kind"`
	URI  URI    `json:"uri"`
}

// RenameFile is a change that renames a file: Kind is "rename".
type RenameFile struct {
	Kind   string `json:"kind"`
	OldURI URI    `json:"oldUri"`
	NewURI URI    `json:"newUri"`
}

// DeleteFile is a change that deletes a file: Kind is "delete".
type DeleteFile struct {
	Kind string `json:"kind"`
	URI  URI    `json:"uri"`
}

// Kinds of MarkupContent.
const (
	PlainText = "plaintext"
	Markdown  = "markdown"
)

// MarkupContent is text for people: Kind is PlainText or Markdown.
type MarkupContent struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

// Command is something that a client asks the server to do, with
// workspace/executeCommand.
type Command struct {
	Title     string `json:"title"`
	Tooltip   string `json:"tooltip,omitempty"` // 3.18
	Command   string `json:"command"`
	Arguments []any  `json:"arguments,omitempty"`
}

// Severity of a Diagnostic.
type Severity uint8

// The severities.
const (
	SeverityError       Severity = 1
	SeverityWarning     Severity = 2
	SeverityInformation Severity = 3
	SeverityHint        Severity = 4
)

// DiagnosticTag says more of a Diagnostic. It is no uint8: a slice of those becomes a
// string of base64 in JSON.
type DiagnosticTag int

// The tags of diagnostics.
const (
	TagUnnecessary DiagnosticTag = 1
	TagDeprecated  DiagnosticTag = 2
)

// Diagnostic is a finding in a document.
type Diagnostic struct {
	Range              Range                `json:"range"`
	Severity           Severity             `json:"severity,omitempty"`
	Code               string               `json:"code,omitempty"`
	CodeDescription    *CodeDescription     `json:"codeDescription,omitempty"`
	Source             string               `json:"source,omitempty"`
	Message            string               `json:"message"`
	Tags               []DiagnosticTag      `json:"tags,omitempty"`
	RelatedInformation []RelatedInformation `json:"relatedInformation,omitempty"`
	// Data comes back with textDocument/codeAction.
	Data any `json:"data,omitempty"`
}

// CodeDescription says where a diagnostic's code is explained.
type CodeDescription struct {
	Href string `json:"href"`
}

// RelatedInformation is another place that has to do with a diagnostic.
type RelatedInformation struct {
	Location Location `json:"location"`
	Message  string   `json:"message"`
}

// TextDocumentIdentifier names a document.
type TextDocumentIdentifier struct {
	URI URI `json:"uri"`
}

// VersionedTextDocumentIdentifier names a version of a document.
type VersionedTextDocumentIdentifier struct {
	URI     URI   `json:"uri"`
	Version int32 `json:"version"`
}

// TextDocumentItem is a document with its text.
type TextDocumentItem struct {
	URI        URI    `json:"uri"`
	LanguageID string `json:"languageId"`
	Version    int32  `json:"version"`
	Text       string `json:"text"`
}

// DocumentParams are parameters of requests on a document; others embed it.
type DocumentParams struct {
	TextDocument TextDocumentIdentifier `json:"textDocument"`
}

// Document returns the document that the request is about.
func (p *DocumentParams) Document() URI { return p.TextDocument.URI }

// PositionParams are parameters of requests on a position; others embed it.
// (TextDocumentPositionParams.)
type PositionParams struct {
	DocumentParams
	Position Position `json:"position"`
}

// ProgressToken names a progress: a string or a number, nil for none.
type ProgressToken any

// WorkDoneParams are embedded by parameters of requests whose progress a client
// wants to see.
type WorkDoneParams struct {
	WorkDoneToken ProgressToken `json:"workDoneToken,omitempty"`
}

// PartialParams are embedded by parameters of requests that can be answered in
// parts, through $/progress.
type PartialParams struct {
	PartialResultToken ProgressToken `json:"partialResultToken,omitempty"`
}
