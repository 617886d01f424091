package archive

import (
	"encoding/json"
	"time"
)

// A bundle is a session in one file: a zip archive with
//
//	session.json      the record
//	variables.json    the kept variables, as Encode writes them
//	checkpoints.jsonl, executions.jsonl, entries.jsonl, artifacts.jsonl   one object a line
//	state.json        what the session keeps in the State, as its store exports it; may be missing
//	contents/HASH     contents, named by their hash
//	manifest.json     what the file is, and the BLAKE3 hash of each of the above
const (
	bundleFormat  = "llmspell-session"
	bundleVersion = 1

	manifestFile    = "manifest.json"
	sessionFile     = "session.json"
	variablesFile   = "variables.json"
	checkpointsFile = "checkpoints.jsonl"
	executionsFile  = "executions.jsonl"
	entriesFile     = "entries.jsonl"
	artifactsFile   = "artifacts.jsonl"
	valuesFile      = "state.json"
	contentsFolder  = "contents/"
)

// manifest is what a bundle says of itself.
type manifest struct {
	Format  string                  `json:"format"`
	Version int                     `json:"version"`
	Created time.Time               `json:"created_at"`
	Session string                  `json:"session_id"`
	Name    string                  `json:"name"`
	Files   map[string]manifestItem `json:"files"`
}

type manifestItem struct {
	Size int64  `json:"size"`
	Hash string `json:"blake3"`
}

type bundleSession struct {
	ID            string          `json:"id"`
	Name          string          `json:"name"`
	Description   string          `json:"description"`
	Status        Status          `json:"status"`
	Reason        string          `json:"reason,omitempty"`
	Tags          []string        `json:"tags"`
	Metadata      json.RawMessage `json:"metadata"`
	CreatedBy     string          `json:"created_by,omitempty"`
	Parent        string          `json:"parent,omitempty"`
	Created       int64           `json:"created_us"`
	Updated       int64           `json:"updated_us"`
	Ended         int64           `json:"ended_us,omitempty"`
	NextExecution int             `json:"next_execution"`
	NextArtifact  int             `json:"next_artifact"`
}

type bundleCheckpoint struct {
	Name      string `json:"name"`
	Created   int64  `json:"created_us"`
	Execution int    `json:"execution"`
	Variables string `json:"variables"` // hash
}

type bundleExecution struct {
	Sequence  int             `json:"sequence"`
	Kind      string          `json:"kind"`
	Name      string          `json:"name"`
	Source    string          `json:"source"` // hash
	Args      json.RawMessage `json:"args"`
	Dir       string          `json:"dir,omitempty"`
	State     string          `json:"state"`
	Variables string          `json:"variables,omitempty"` // hash
	Started   int64           `json:"started_us"`
	Duration  int64           `json:"duration_ns"`
	Outcome   Outcome         `json:"outcome"`
	Output    []byte          `json:"output,omitempty"` // base64
	Printed   int64           `json:"output_size"`
	Result    json.RawMessage `json:"result"`
	Error     string          `json:"error,omitempty"`
	Dropped   int             `json:"dropped,omitempty"`
}

type bundleEntry struct {
	Execution int             `json:"execution"`
	Sequence  int             `json:"sequence"`
	Kind      string          `json:"kind"`
	Name      string          `json:"name"`
	Started   int64           `json:"started_us"`
	Duration  int64           `json:"duration_ns"`
	Params    json.RawMessage `json:"params"`
	Result    json.RawMessage `json:"result"`
}

type bundleArtifact struct {
	Sequence  int             `json:"sequence"`
	Name      string          `json:"name"`
	Version   int             `json:"version"`
	Type      ArtifactType    `json:"type"`
	Mime      string          `json:"mime_type"`
	Content   string          `json:"content"` // hash
	Created   int64           `json:"created_us"`
	CreatedBy string          `json:"created_by,omitempty"`
	Metadata  json.RawMessage `json:"metadata"`
	Tags      []string        `json:"tags,omitempty"`
}
