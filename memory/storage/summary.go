package storage

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
)

// Summary says how much of each kind a tenant has, and checks what that says.
type Summary struct {
	Counts map[string]int    `json:"counts"`
	Sums   map[string]string `json:"sha256"` // of the records of each kind
}

// Records counts all kinds.
func (s *Summary) Records() (n int) {
	for _, c := range s.Counts {
		n += c
	}
	return n
}

// differs says in which kinds two summaries differ; nil: in none.
func (s *Summary) differs(o *Summary, here, there string) (out []string) {
	for _, kind := range kinds {
		switch {
		case s.Counts[kind] != o.Counts[kind]:
			out = append(out, fmt.Sprintf("%s: %d in %s, %d in %s", kind, s.Counts[kind], here, o.Counts[kind], there))
		case s.Sums[kind] != o.Sums[kind]:
			out = append(out, fmt.Sprintf("%s: %d in both, which say something else", kind, s.Counts[kind]))
		}
	}
	return out
}

// summer makes a summary of records.
type summer struct {
	counts map[string]int
	hashes map[string]hash.Hash
}

func newSummer() *summer { return &summer{map[string]int{}, map[string]hash.Hash{}} }

// add takes a record in, and returns its line.
func (s *summer) add(r *Record) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r); err != nil {
		return nil, err
	}
	kind := r.kind()
	if s.hashes[kind] == nil {
		s.hashes[kind] = sha256.New()
	}
	s.counts[kind]++
	_, err := s.hashes[kind].Write(b.Bytes())
	return b.Bytes(), err
}

func (s *summer) summary() *Summary {
	out := &Summary{Counts: s.counts, Sums: map[string]string{}}
	for kind, h := range s.hashes {
		out.Sums[kind] = hex.EncodeToString(h.Sum(nil))
	}
	return out
}
