package protocol

import "encoding/json"

// InitializeParams are those of initialize. (Section Initialize Request.)
type InitializeParams struct {
	ProcessID             *int64            `json:"processId"`
	ClientInfo            *Info             `json:"clientInfo,omitempty"`
	Locale                string            `json:"locale,omitempty"`
	RootPath              *string           `json:"rootPath,omitempty"`
	RootURI               *URI              `json:"rootUri"`
	InitializationOptions json.RawMessage   `json:"initializationOptions,omitempty"`
	Capabilities          Client            `json:"capabilities"`
	Trace                 string            `json:"trace,omitempty"`
	WorkspaceFolders      []WorkspaceFolder `json:"workspaceFolders,omitempty"`
}

// Info names a program.
type Info struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
}

// WorkspaceFolder is a folder that the user works on.
type WorkspaceFolder struct {
	URI  URI    `json:"uri"`
	Name string `json:"name"`
}

// InitializeResult answers initialize.
type InitializeResult struct {
	Capabilities ServerCapabilities `json:"capabilities"`
	ServerInfo   *Info              `json:"serverInfo,omitempty"`
	// OffsetEncoding is an extension of clangd: clients without
	// general.positionEncodings read it.
	OffsetEncoding string `json:"offsetEncoding,omitempty"`
}

// InitializeError is the data of an error that answers initialize.
type InitializeError struct {
	Retry bool `json:"retry"`
}

// Encodings of positions (PositionEncodingKind).
const (
	UTF8  = "utf-8"
	UTF16 = "utf-16"
	UTF32 = "utf-32"
)

// ServerCapabilities say what the server can do. Absent: it cannot.
type ServerCapabilities struct {
	PositionEncoding           string                  `json:"positionEncoding,omitempty"`
	TextDocumentSync           *TextDocumentSync       `json:"textDocumentSync,omitempty"`
	CompletionProvider         *CompletionOptions      `json:"completionProvider,omitempty"`
	HoverProvider              bool                    `json:"hoverProvider,omitempty"`
	SignatureHelpProvider      *SignatureHelpOptions   `json:"signatureHelpProvider,omitempty"`
	DeclarationProvider        bool                    `json:"declarationProvider,omitempty"`
	DefinitionProvider         bool                    `json:"definitionProvider,omitempty"`
	TypeDefinitionProvider     bool                    `json:"typeDefinitionProvider,omitempty"`
	ImplementationProvider     bool                    `json:"implementationProvider,omitempty"`
	ReferencesProvider         bool                    `json:"referencesProvider,omitempty"`
	DocumentHighlightProvider  bool                    `json:"documentHighlightProvider,omitempty"`
	DocumentSymbolProvider     *DocumentSymbolOptions  `json:"documentSymbolProvider,omitempty"`
	CodeActionProvider         *CodeActionOptions      `json:"codeActionProvider,omitempty"`
	CodeLensProvider           *ResolveOptions         `json:"codeLensProvider,omitempty"`
	DocumentLinkProvider       *ResolveOptions         `json:"documentLinkProvider,omitempty"`
	DocumentFormattingProvider bool                    `json:"documentFormattingProvider,omitempty"`
	RangeFormattingProvider    *RangeFormattingOptions `json:"documentRangeFormattingProvider,omitempty"`
	OnTypeFormattingProvider   *OnTypeOptions          `json:"documentOnTypeFormattingProvider,omitempty"`
	RenameProvider             *RenameOptions          `json:"renameProvider,omitempty"`
	FoldingRangeProvider       bool                    `json:"foldingRangeProvider,omitempty"`
	SelectionRangeProvider     bool                    `json:"selectionRangeProvider,omitempty"`
	LinkedEditingRangeProvider bool                    `json:"linkedEditingRangeProvider,omitempty"`
	CallHierarchyProvider      bool                    `json:"callHierarchyProvider,omitempty"`
	TypeHierarchyProvider      bool                    `json:"typeHierarchyProvider,omitempty"`
	SemanticTokensProvider     *SemanticTokensOptions  `json:"semanticTokensProvider,omitempty"`
	InlineValueProvider        bool                    `json:"inlineValueProvider,omitempty"`
	InlayHintProvider          *ResolveOptions         `json:"inlayHintProvider,omitempty"`
	DiagnosticProvider         *DiagnosticOptions      `json:"diagnosticProvider,omitempty"`
	WorkspaceSymbolProvider    *ResolveOptions         `json:"workspaceSymbolProvider,omitempty"`
	ExecuteCommandProvider     *ExecuteCommandOptions  `json:"executeCommandProvider,omitempty"`
	Workspace                  WorkspaceCapabilities   `json:"workspace"`
	Experimental               any                     `json:"experimental,omitempty"`
}

// TextDocumentSync says which news of documents the server wants.
type TextDocumentSync struct {
	OpenClose bool         `json:"openClose"`
	Change    SyncKind     `json:"change"`
	Save      *SaveOptions `json:"save,omitempty"`
}

// SyncKind is how changes of a document are sent.
type SyncKind uint8

// The kinds of synchronisation.
const (
	SyncNone        SyncKind = 0
	SyncFull        SyncKind = 1
	SyncIncremental SyncKind = 2
)

// SaveOptions say what comes with didSave.
type SaveOptions struct {
	IncludeText bool `json:"includeText"`
}

// ResolveOptions say whether items are resolved later.
type ResolveOptions struct {
	ResolveProvider bool `json:"resolveProvider,omitempty"`
}

// WorkspaceCapabilities are those on the workspace.
type WorkspaceCapabilities struct {
	WorkspaceFolders    WorkspaceFoldersOptions     `json:"workspaceFolders"`
	FileOperations      *FileOperationOptions       `json:"fileOperations,omitempty"`
	TextDocumentContent *TextDocumentContentOptions `json:"textDocumentContent,omitempty"`
}

// WorkspaceFoldersOptions say that several folders work, and may change.
type WorkspaceFoldersOptions struct {
	Supported           bool `json:"supported"`
	ChangeNotifications bool `json:"changeNotifications"`
}

// FileOperationOptions say which operations on files the server wants to know of.
type FileOperationOptions struct {
	WillRename *FileOperationRegistration `json:"willRename,omitempty"`
	DidRename  *FileOperationRegistration `json:"didRename,omitempty"`
}

// FileOperationRegistration says for which files.
type FileOperationRegistration struct {
	Filters []FileOperationFilter `json:"filters"`
}

// FileOperationFilter is a pattern of files.
type FileOperationFilter struct {
	Scheme  string               `json:"scheme,omitempty"`
	Pattern FileOperationPattern `json:"pattern"`
}

// FileOperationPattern is a glob; Matches is "file", "folder" or "" for both.
type FileOperationPattern struct {
	Glob    string `json:"glob"`
	Matches string `json:"matches,omitempty"`
}

// TextDocumentContentOptions name the schemes of read-only documents that the
// server makes (3.18).
type TextDocumentContentOptions struct {
	Schemes []string `json:"schemes"`
}

// Registration makes a client send, or ask for, more (client/registerCapability).
type Registration struct {
	ID              string `json:"id"`
	Method          string `json:"method"`
	RegisterOptions any    `json:"registerOptions,omitempty"`
}

// RegistrationParams are those of client/registerCapability.
type RegistrationParams struct {
	Registrations []Registration `json:"registrations"`
}

// Unregistration takes a Registration back.
type Unregistration struct {
	ID     string `json:"id"`
	Method string `json:"method"`
}

// UnregistrationParams are those of client/unregisterCapability. The name of the
// member is misspelt in the protocol.
type UnregistrationParams struct {
	Unregistrations []Unregistration `json:"unregisterations"`
}

// CancelParams are those of $/cancelRequest: the id is a string or a number.
type CancelParams struct {
	ID json.RawMessage `json:"id"`
}

// SetTraceParams are those of $/setTrace: "off", "messages" or "verbose".
type SetTraceParams struct {
	Value string `json:"value"`
}

// LogTraceParams are those of $/logTrace.
type LogTraceParams struct {
	Message string `json:"message"`
	Verbose string `json:"verbose,omitempty"`
}
