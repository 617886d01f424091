package protocol

// DidOpenParams are those of textDocument/didOpen.
type DidOpenParams struct {
	TextDocument TextDocumentItem `json:"textDocument"`
}

// DidChangeParams are those of textDocument/didChange.
type DidChangeParams struct {
	TextDocument   VersionedTextDocumentIdentifier `json:"textDocument"`
	ContentChanges []ContentChange                 `json:"contentChanges"`
}

// ContentChange replaces a range, or, without one, the whole text.
type ContentChange struct {
	Range *Range `json:"range,omitempty"`
	// RangeLength is deprecated; it shows when client and server disagree.
	RangeLength *uint32 `json:"rangeLength,omitempty"`
	Text        string  `json:"text"`
}

// DidCloseParams are those of textDocument/didClose.
type DidCloseParams struct{ DocumentParams }

// DidSaveParams are those of textDocument/didSave.
type DidSaveParams struct {
	DocumentParams
	Text *string `json:"text,omitempty"`
}

// DidChangeConfigurationParams are those of workspace/didChangeConfiguration.
type DidChangeConfigurationParams struct {
	Settings any `json:"settings"`
}

// ConfigurationParams are those of workspace/configuration.
type ConfigurationParams struct {
	Items []ConfigurationItem `json:"items"`
}

// ConfigurationItem names a section of the configuration of a scope.
type ConfigurationItem struct {
	ScopeURI URI    `json:"scopeUri,omitempty"`
	Section  string `json:"section,omitempty"`
}

// DidChangeWatchedFilesParams are those of workspace/didChangeWatchedFiles.
type DidChangeWatchedFilesParams struct {
	Changes []FileEvent `json:"changes"`
}

// FileChange is what has happened to a file.
type FileChange uint8

// What can happen to files.
const (
	FileCreated FileChange = 1
	FileChanged FileChange = 2
	FileDeleted FileChange = 3
)

// FileEvent is a change of a file.
type FileEvent struct {
	URI  URI        `json:"uri"`
	Type FileChange `json:"type"`
}

// WatchRegistration registers for workspace/didChangeWatchedFiles.
type WatchRegistration struct {
	Watchers []FileWatcher `json:"watchers"`
}

// FileWatcher watches the files that a glob matches.
type FileWatcher struct {
	GlobPattern string    `json:"globPattern"`
	Kind        WatchKind `json:"kind,omitempty"` // all, if it is not given
}

// WatchKind are the kinds of changes that a FileWatcher tells of.
type WatchKind uint8

// The kinds of changes.
const (
	WatchCreate WatchKind = 1
	WatchChange WatchKind = 2
	WatchDelete WatchKind = 4
)

// DidChangeWorkspaceFoldersParams are those of workspace/didChangeWorkspaceFolders.
type DidChangeWorkspaceFoldersParams struct {
	Event WorkspaceFoldersChange `json:"event"`
}

// WorkspaceFoldersChange says which folders came and went.
type WorkspaceFoldersChange struct {
	Added   []WorkspaceFolder `json:"added"`
	Removed []WorkspaceFolder `json:"removed"`
}

// RenameFilesParams are those of workspace/willRenameFiles and didRenameFiles.
type RenameFilesParams struct {
	Files []FileRename `json:"files"`
}

// FileRename is one file, or folder, that gets another name.
type FileRename struct {
	OldURI URI `json:"oldUri"`
	NewURI URI `json:"newUri"`
}

// TextDocumentContentParams are those of workspace/textDocumentContent (3.18).
type TextDocumentContentParams struct {
	URI URI `json:"uri"`
}

// TextDocumentContentResult is the text of a document that the server makes (3.18).
type TextDocumentContentResult struct {
	Text string `json:"text"`
}

// TextDocumentContentRefreshParams are those of
// workspace/textDocumentContent/refresh (3.18).
type TextDocumentContentRefreshParams struct {
	TextDocument TextDocumentIdentifier `json:"textDocument"`
}
