package archive

import (
	"archive/zip"
	"context"
	"errors"
	"io"

	"github.com/google/uuid"
)

// ImportOptions say what becomes of an imported session. The zero value keeps its
// id.
type ImportOptions struct {
	NewID bool   // give it a new id
	Name  string // "": keep the name
}

// Limits on bundles, beside those of the Store.
const (
	maxBundleFiles = 200_000
	maxBundleMeta  = 256 << 20 // bytes of all that is not a content
	maxBundleLine  = 64 << 20
)

// Import reads a bundle of some size and makes the session that it holds: all of
// it, or on an error nothing. Errors wrap ErrExists, ErrDamaged (it is no bundle,
// or not as it was written), ErrLimit or ErrInvalid.
func (s *Store) Import(ctx context.Context, r io.ReaderAt, size int64, o ImportOptions) (*Session, error) {
	m := &importer{s: s, ctx: ctx, staged: map[string]*staged{}, used: map[string]bool{}, rows: map[string]int64{}}
	defer m.cleanUp()
	if err := m.open(r, size); err != nil {
		return nil, err
	}
	if err := m.readAll(o); err != nil {
		return nil, err
	}
	if err := m.stageAll(); err != nil {
		return nil, err
	}
	if err := m.stageLost(); err != nil {
		return nil, err
	}
	if err := s.db.Write(ctx, m.insert); err != nil {
		return nil, err
	}
	m.staged = nil
	if err := m.insertValues(); err != nil {
		return nil, errors.Join(err, s.Delete(ctx, m.session.ID))
	}
	return s.Get(ctx, m.session.ID)
}

// importer reads one bundle.
type importer struct {
	s    *Store
	ctx  context.Context
	zip  map[string]*zip.File
	m    manifest
	meta int64 // bytes of all that is not a content, so far

	session     bundleSession
	values      []byte // what it keeps elsewhere; nil: nothing
	vars        []variable
	checkpoints []bundleCheckpoint
	executions  []bundleExecution
	entries     []bundleEntry
	artifacts   []bundleArtifact
	lost        string // hash of the source of executions that are not in the bundle; "": all are

	used   map[string]bool // contents that are referred to, by hash
	staged map[string]*staged
	rows   map[string]int64 // contents in the database, by hash
}

// readAll reads and checks all but the contents.
func (m *importer) readAll(o ImportOptions) (err error) {
	if err := m.object(sessionFile, &m.session); err != nil {
		return err
	}
	if m.zip[valuesFile] != nil && m.s.values.Import != nil {
		if m.values, err = m.small(valuesFile, true); err != nil {
			return err
		}
	}
	if o.NewID {
		m.session.ID = uuid.NewString()
	}
	if o.Name != "" {
		m.session.Name = o.Name
	}
	if err := m.checkSession(); err != nil {
		return err
	}
	if err := m.readVariables(); err != nil {
		return err
	}
	if m.checkpoints, err = readLines(m, checkpointsFile, func(b *bundleCheckpoint) error {
		return errors.Join(b.check(), m.use(b.Variables))
	}); err != nil {
		return err
	}
	if m.executions, err = readLines(m, executionsFile, m.checkExecution); err != nil {
		return err
	}
	if m.entries, err = readLines(m, entriesFile, (*bundleEntry).check); err != nil {
		return err
	}
	m.standIns()
	m.artifacts, err = readLines(m, artifactsFile, m.checkArtifact)
	return err
}
