package archive

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/llmspell/llmspell/kernel/db"
)

// insertValues hands on what the session keeps outside of the store.
func (m *importer) insertValues() error {
	if m.values == nil {
		return nil
	}
	if err := m.s.values.Import(m.ctx, m.m.Session, m.session.ID, bytes.NewReader(m.values)); err != nil {
		return fmt.Errorf("the bundle cannot be imported: %s: %w", valuesFile, err)
	}
	return nil
}

// stageAll reads the contents that are referred to into the database.
func (m *importer) stageAll() error {
	left := m.s.limits.SessionBytes
	if limit := m.s.limits.Artifacts; limit >= 0 && len(m.artifacts) > limit {
		return errf(ErrLimit, "the bundle cannot be imported: it holds %d artifacts, and %d are the most that a session may have", len(m.artifacts), limit)
	}
	for hash := range m.used {
		limit := m.s.limits.ArtifactBytes
		if left >= 0 && (limit < 0 || left < limit) {
			limit = left
		}
		if err := m.stageOne(hash, limit); err != nil {
			return err
		}
		if left >= 0 {
			left -= m.staged[hash].size
		}
	}
	return nil
}

func (m *importer) stageOne(hash string, limit int64) error {
	rc, err := m.zip[contentsFolder+hash].Open()
	if err != nil {
		return damaged("the content %s: %v", hash, err)
	}
	defer rc.Close()
	st, err := m.s.stage(m.ctx, rc, limit, false)
	if err != nil {
		if errors.Is(err, zip.ErrChecksum) || errors.Is(err, zip.ErrFormat) || errors.Is(err, io.ErrUnexpectedEOF) {
			return damaged("the content %s: %v", hash, err)
		}
		return fmt.Errorf("import the content %s: %w", hash, err)
	}
	m.staged[hash] = st
	if st.hash != hash {
		return damaged("the content %s is not as it was written", hash)
	}
	return nil
}

func (m *importer) cleanUp() {
	for _, st := range m.staged {
		m.s.unstage(st)
	}
}

// insert writes the rows.
func (m *importer) insert(tx *db.Tx) error {
	for hash, st := range m.staged {
		id, err := m.s.settle(tx, st)
		if err != nil {
			return err
		}
		m.rows[hash] = id
	}
	if m.session.Status == Active || m.session.Status == Suspended {
		if err := m.s.room(tx); err != nil {
			return err
		}
	}
	if err := m.insertSession(tx); err != nil {
		return err
	}
	for _, part := range []func(*db.Tx) error{m.insertCheckpoints, m.insertExecutions, m.insertEntries, m.insertArtifacts} {
		if err := part(tx); err != nil {
			if ours := (*db.Error)(nil); errors.As(err, &ours) || m.ctx.Err() != nil {
				return err
			}
			return damaged("%v", err) // rows that contradict each other
		}
	}
	return nil
}

func (m *importer) insertSession(tx *db.Tx) error {
	b := &m.session
	executions, artifacts := max(b.NextExecution, 1), max(b.NextArtifact, 1)
	for _, e := range m.executions {
		executions = max(executions, e.Sequence+1)
	}
	for _, a := range m.artifacts {
		artifacts = max(artifacts, a.Sequence+1)
	}
	metadata, err := metadataIn(b.Metadata)
	if err != nil {
		return err
	}
	r := &Session{ID: b.ID, Name: b.Name, Description: b.Description, Status: b.Status, Reason: b.Reason, Tags: b.Tags, CreatedBy: b.CreatedBy, Parent: b.Parent,
		CreatedAt: timeOf(b.Created), UpdatedAt: timeOf(b.Updated), EndedAt: timeOf(b.Ended)}
	if err := insertSession(tx, r, metadata, executions, artifacts); err != nil {
		return err
	}
	return replaceVariables(context.Background(), tx, b.ID, m.vars)
}

func (m *importer) insertCheckpoints(tx *db.Tx) error {
	for _, b := range m.checkpoints {
		if _, err := tx.Exec(`INSERT INTO checkpoints (session, name, created, execution, variables) VALUES (?, ?, ?, ?, ?)`,
			m.session.ID, b.Name, b.Created, b.Execution, m.rows[b.Variables]); err != nil {
			return err
		}
	}
	return nil
}

func (m *importer) insertExecutions(tx *db.Tx) error {
	for i := range m.executions {
		b := &m.executions[i]
		var vars any
		if b.Variables != "" {
			vars = m.rows[b.Variables]
		}
		output, outputEncoding, err := m.s.codec.packValue(b.Output)
		if err != nil {
			return err
		}
		result, resultEncoding, err := m.s.codec.packValue(b.Result)
		if err != nil {
			return err
		}
		// Without a process an execution that has not ended counts as crashed.
		if _, err := tx.Exec(`INSERT INTO executions (session, sequence, kind, name, source, args, dir, state, variables, started, duration, outcome, process,
			output, output_encoding, output_size, result, result_encoding, error, dropped) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, ?, ?, ?, ?, ?)`,
			m.session.ID, b.Sequence, b.Kind, b.Name, m.rows[b.Source], []byte(b.Args), b.Dir, b.State, vars, b.Started, b.Duration, string(b.Outcome),
			append([]byte{}, output...), outputEncoding, b.Printed, result, resultEncoding, b.Error, b.Dropped); err != nil {
			return fmt.Errorf("execution %d: %w", b.Sequence, err)
		}
	}
	return nil
}

func (m *importer) insertEntries(tx *db.Tx) error {
	for i := range m.entries {
		b := &m.entries[i]
		params, paramsEncoding, err := m.s.codec.packValue(b.Params)
		if err != nil {
			return err
		}
		result, resultEncoding, err := m.s.codec.packValue(b.Result)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO entries (session, execution, sequence, kind, name, started, duration, params, params_encoding, result, result_encoding)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, m.session.ID, b.Execution, b.Sequence, b.Kind, b.Name, b.Started, b.Duration,
			params, paramsEncoding, result, resultEncoding); err != nil {
			return fmt.Errorf("entry %d of execution %d: %w", b.Sequence, b.Execution, err)
		}
	}
	return nil
}

func (m *importer) insertArtifacts(tx *db.Tx) error {
	for i := range m.artifacts {
		b := &m.artifacts[i]
		a := &Artifact{Session: m.session.ID, Sequence: b.Sequence, Name: b.Name, Version: b.Version, Type: b.Type, Mime: b.Mime, Tags: b.Tags,
			CreatedAt: timeOf(b.Created), CreatedBy: b.CreatedBy, contentRow: m.rows[b.Content], Size: m.staged[b.Content].size}
		if err := insertArtifact(tx, a, b.Metadata); err != nil {
			return fmt.Errorf("artifact %d: %w", b.Sequence, err)
		}
	}
	return nil
}
