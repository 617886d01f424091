// Package vectors is what a search of vectors took beside others, on its way from the test that measures it to the table of peers.
package vectors

import (
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// Row is how one program searched one set of vectors.
type Row struct {
	Vectors int           `json:"vectors"`
	Program string        `json:"program"`
	Build   time.Duration `json:"build_ns"`          // of the index
	P50     time.Duration `json:"p50_ns"`            // of a search for the ten nearest
	Recall  float64       `json:"recall"`            // how many of these it finds
	Missing string        `json:"missing,omitempty"` // why it was not measured
}

// Save writes rows to a file.
func Save(path string, rows []Row) error {
	data, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

// Load reads what Save wrote. The first row of each number of vectors is llmspell's.
func Load(path string) (rows []Row, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &rows); err != nil {
		return nil, fmt.Errorf("the rows of vectors in %s: %w", path, err)
	}
	return rows, nil
}
