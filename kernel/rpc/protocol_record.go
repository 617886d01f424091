package rpc

import (
	"encoding/json"

	"github.com/llmspell/llmspell/kernel/archive"
)

// RecordListParams choose sessions on disk. What is empty selects all.
type RecordListParams struct {
	Status []string `json:"status,omitempty"` // one of these: active, suspended, completed, failed, archived
	Tags   []string `json:"tags,omitempty"`   // all of which it has
	Name   string   `json:"name,omitempty"`   // a pattern: * stands for any text, ? for one character
	Search string   `json:"search,omitempty"` // words in id, name, description and tags
	Limit  int      `json:"limit,omitempty"`  // 0: 100
	Offset int      `json:"offset,omitempty"`
}

// Record is a session on disk: docs/sessions.md describes it. Metadata, and all
// values of scripts below, are JSON as archive.Encode writes it.
type Record struct {
	*archive.Session
	Metadata json.RawMessage `json:"metadata"`
	Damage
}

// Damage says what is damaged where something was read. What could be read all the same is
// in the answer.
type Damage struct {
	Damage []string `json:"damage,omitempty"` // what could not be read, and what to do; all else is here
}

// RecordList are sessions on disk, those that were changed last first.
type RecordList struct {
	Records []Record `json:"records"`
	Damage
}

// RecordParam names a session on disk.
type RecordParam struct {
	Record string `json:"record"` // its id, the beginning of it, or its name
}

// RecordSpec says what a new session on disk is like.
type RecordSpec struct {
	Name        string          `json:"name,omitempty"` // "": made of the id
	Description string          `json:"description,omitempty"`
	Tags        []string        `json:"tags,omitempty"`
	Metadata    json.RawMessage `json:"metadata,omitempty"` // an object
	CreatedBy   string          `json:"created_by,omitempty"`
	Parent      string          `json:"parent,omitempty"` // the id of a session
	Reuse       bool            `json:"reuse,omitempty"`  // answer the session of this name, as it is, if there is one
}

// RecordChange says what to change; what is absent stays.
type RecordChange struct {
	Record      string          `json:"record"`
	Name        *string         `json:"name,omitempty"`
	Description *string         `json:"description,omitempty"`
	Tags        *[]string       `json:"tags,omitempty"`     // in the place of all
	Metadata    json.RawMessage `json:"metadata,omitempty"` // laid over what is there; null removes a member
}

// RecordStatusParams change the status.
type RecordStatusParams struct {
	Record string `json:"record"`
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
	Force  bool   `json:"force,omitempty"` // archive it also while something is executed in it, which then ends with an error
}

// RecordsParam names sessions on disk.
type RecordsParam struct {
	Records []string `json:"records"`         // ids; all or none are deleted
	Force   bool     `json:"force,omitempty"` // also those in which something is executed, which then ends with an error
}

// RecordRetention says which sessions are deleted: those of a status that were not
// changed for so many seconds. 0 keeps them for ever.
type RecordRetention struct {
	CompletedSeconds float64 `json:"completed_seconds,omitempty"`
	FailedSeconds    float64 `json:"failed_seconds,omitempty"`
	ArchivedSeconds  float64 `json:"archived_seconds,omitempty"`
	Keep             int     `json:"keep,omitempty"`    // so many of them, the latest, stay
	DryRun           bool    `json:"dry_run,omitempty"` // only tell which
}

// RecordVariables are the variables that a session keeps.
type RecordVariables struct {
	Variables map[string]json.RawMessage `json:"variables"`
	Damage
}

// RecordCheckpoints are the checkpoints of a session, the oldest first.
type RecordCheckpoints struct {
	Checkpoints []*archive.Checkpoint `json:"checkpoints"`
	Damage
}

// RecordExecutionsParams choose executions by their numbers.
type RecordExecutionsParams struct {
	Record string `json:"record"`
	From   int    `json:"from,omitempty"`  // 0: the first
	To     int    `json:"to,omitempty"`    // 0: the last
	Limit  int    `json:"limit,omitempty"` // the last ones of them; 0, and at most: 50
}

// RecordExecution is an execution in a session's journal.
type RecordExecution struct {
	*archive.Execution
	Output Text            `json:"output"`
	Result json.RawMessage `json:"result"` // a list
}

// RecordExecutions are executions, by their numbers. If some at the beginning would
// have made the answer too long, they are left out: ask again, up to the one before
// the first.
type RecordExecutions struct {
	Executions []RecordExecution `json:"executions"`
	Damage
}

// RecordArtifactsParams choose artifacts of a session, or one.
type RecordArtifactsParams struct {
	Record   string `json:"record"`
	Sequence int    `json:"sequence,omitempty"` // the one of this number,
	Hash     string `json:"hash,omitempty"`     // of this hash,
	Name     string `json:"name,omitempty"`     // or of this name,
	Version  int    `json:"version,omitempty"`  // in this version; 0: the last
	Limit    int    `json:"limit,omitempty"`    // of all: at most so many; 0: 1,000
	Offset   int    `json:"offset,omitempty"`
}

// RecordArtifact is what is known of an artifact.
type RecordArtifact struct {
	*archive.Artifact
	Metadata json.RawMessage `json:"metadata"`
}

// RecordArtifacts are artifacts, in the order of their creation.
type RecordArtifacts struct {
	Artifacts []RecordArtifact `json:"artifacts"`
	Damage
}

// RecordVerifyParams name the session whose artifacts are compared with their hashes.
type RecordVerifyParams struct {
	Record string `json:"record,omitempty"` // "": all sessions
}

// RecordVerified is what was found.
type RecordVerified struct {
	Checked int             `json:"checked"` // artifacts
	Damaged []RecordDamaged `json:"damaged"`
	Rest    []string        `json:"rest,omitempty"` // what else is damaged, such as a variable or a source
}

// RecordDamaged is an artifact that is not what was stored.
type RecordDamaged struct {
	Artifact RecordArtifact `json:"artifact"`
	Message  string         `json:"message"`
}

// RecordCollected counts what broken-off writes had left.
type RecordCollected struct {
	Contents int   `json:"contents"`
	Bytes    int64 `json:"bytes"`
}

// RecordImportParams make a session of one that was exported.
type RecordImportParams struct {
	Transfer string `json:"transfer"` // what was exported; it is ended
	NewID    bool   `json:"new_id,omitempty"`
	Name     string `json:"name,omitempty"` // "": as it was
}

// RecordReplayParams say how to run the executions of a session again.
type RecordReplayParams struct {
	Record        string         `json:"record"`
	Mode          string         `json:"mode,omitempty"` // exact, modified, simulate or debug; "": exact
	Compare       bool           `json:"compare,omitempty"`
	From          int            `json:"from,omitempty"` // 0: the first
	To            int            `json:"to,omitempty"`   // 0: the last
	TimeoutMS     int64          `json:"timeout_ms,omitempty"`
	StopOnError   bool           `json:"stop_on_error,omitempty"`
	Modifications []Modification `json:"modifications,omitempty"`
	Permissions   *Permissions   `json:"permissions,omitempty"` // absent: as kernel.hello has said
	Limits        *Limits        `json:"limits,omitempty"`
}

// Modification changes something before it is replayed: docs/sessions.md lists the
// paths.
type Modification struct {
	Path     string          `json:"path"`
	Value    json.RawMessage `json:"value"`
	Disabled bool            `json:"disabled,omitempty"`
}

// RecordReplayed is the report of a replay, which docs/sessions.md describes.
type RecordReplayed struct {
	Damage
	Report json.RawMessage `json:"report"`
}

// RecordExported is a transfer of a session.
type RecordExported struct {
	Transfer string `json:"transfer"`
	Size     int64  `json:"size"` // bytes
	// Missing says what the session keeps in the State that could not be read, and is not
	// in it.
	Missing []string `json:"missing,omitempty"`
}

// Transfer is a file on its way between a client and the kernel. It ends with
// transfer.end, or with the connection.
type Transfer struct {
	Transfer string `json:"transfer"`
	Size     int64  `json:"size"` // bytes
}

// TransferParam names a transfer.
type TransferParam struct {
	Transfer string `json:"transfer"`
}

// TransferReadParams ask for a part of a transfer.
type TransferReadParams struct {
	Transfer string `json:"transfer"`
	Offset   int64  `json:"offset,omitempty"`
	Limit    int    `json:"limit,omitempty"` // bytes; 0, and at most: 524,288
}

// TransferData is a part of a transfer. It is empty behind the end.
type TransferData struct {
	Data []byte `json:"data"`
}

// TransferWriteParams add to the end of a transfer that transfer.begin has made.
type TransferWriteParams struct {
	Transfer string `json:"transfer"`
	Data     []byte `json:"data"`
}
