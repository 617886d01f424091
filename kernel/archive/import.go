package archive

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/zeebo/blake3"

	"github.com/llmspell/llmspell/kernel/db"
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

func damaged(format string, args ...any) error {
	return errf(ErrDamaged, "the bundle cannot be imported: "+format, args...)
}

func (m *importer) open(r io.ReaderAt, size int64) error {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return damaged("it is no zip archive, or incomplete: %v", err)
	}
	if len(z.File) > maxBundleFiles {
		return damaged("it holds %d files; at most %d are read", len(z.File), maxBundleFiles)
	}
	m.zip = make(map[string]*zip.File, len(z.File))
	for _, f := range z.File {
		if _, twice := m.zip[f.Name]; twice {
			return damaged("it holds %q twice", clip(f.Name))
		}
		m.zip[f.Name] = f
	}
	data, err := m.small(manifestFile, false)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, &m.m); err != nil {
		return damaged("%s: %v", manifestFile, err)
	}
	switch {
	case m.m.Format != bundleFormat:
		return damaged("it is no exported session (its format is %q)", clip(m.m.Format))
	case m.m.Version < 1:
		return damaged("it has the version %d, which never was", m.m.Version)
	case m.m.Version > bundleVersion:
		return damaged("it has version %d, and this llmspell reads up to %d: use a newer one", m.m.Version, bundleVersion)
	}
	for name := range m.zip {
		if _, listed := m.m.Files[name]; !listed && name != manifestFile {
			return damaged("it holds %q, which %s does not list", clip(name), manifestFile)
		}
	}
	return nil
}

// small reads a file that is no content as a whole.
func (m *importer) small(name string, checked bool) ([]byte, error) {
	f := m.zip[name]
	if f == nil {
		return nil, damaged("%s is missing", name)
	}
	rc, err := f.Open()
	if err != nil {
		return nil, damaged("%s: %v", name, err)
	}
	defer rc.Close()
	data, err := io.ReadAll(io.LimitReader(rc, maxBundleMeta-m.meta+1))
	if err != nil {
		return nil, damaged("%s: %v", name, err)
	}
	if m.meta += int64(len(data)); m.meta > maxBundleMeta {
		return nil, errf(ErrLimit, "the bundle cannot be imported: its journal has more than %d bytes", maxBundleMeta)
	}
	if checked {
		sum := blake3.Sum256(data)
		if want := m.m.Files[name]; hex.EncodeToString(sum[:]) != want.Hash {
			return nil, damaged("%s is not as it was written", name)
		}
	}
	return data, nil
}

// object reads a file of one JSON object.
func (m *importer) object(name string, v any) error {
	data, err := m.small(name, true)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return damaged("%s: %v", name, err)
	}
	return nil
}

// readLines reads a file of one object a line.
func readLines[T any](m *importer, name string, check func(*T) error) ([]T, error) {
	data, err := m.small(name, true)
	if err != nil {
		return nil, err
	}
	var out []T
	sc := bufio.NewScanner(bytes.NewReader(data))
	sc.Buffer(nil, maxBundleLine)
	for n := 1; sc.Scan(); n++ {
		var v T
		err := json.Unmarshal(sc.Bytes(), &v)
		if err == nil {
			err = check(&v)
		}
		if err != nil {
			return nil, damaged("%s, line %d: %v", name, n, err)
		}
		out = append(out, v)
	}
	if err := sc.Err(); err != nil {
		return nil, damaged("%s: %v", name, err)
	}
	return out, nil
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

// check tells what of it no archive has.
func (b *bundleCheckpoint) check() error {
	return errors.Join(checkText("name", b.Name, maxName), inRange(maxTime, b.Created), inRange(maxCount, int64(b.Execution)))
}

func (m *importer) checkSession() error {
	b := &m.session
	tags, err := checkTags(b.Tags)
	if _, statusErr := ParseStatus(string(b.Status)); statusErr != nil {
		err = errors.Join(err, statusErr)
	}
	_, metadataErr := metadataIn(b.Metadata)
	if err := errors.Join(err, checkID(b.ID), checkText("name", b.Name, maxName), checkText("description", b.Description, maxText),
		checkText("reason", b.Reason, maxText), checkText("creator", b.CreatedBy, maxName), checkText("parent", b.Parent, maxName), metadataErr,
		inRange(maxTime, b.Created, b.Updated, b.Ended), inRange(maxCount, int64(b.NextExecution), int64(b.NextArtifact))); err != nil {
		return damaged("%s: %v", sessionFile, err)
	}
	b.Tags, b.Status = tags, Status(strings.ToLower(string(b.Status)))
	return nil
}

// metadataIn checks metadata and writes them anew.
func metadataIn(raw json.RawMessage) ([]byte, error) {
	v, err := decodeMetadata(raw)
	if err != nil {
		return nil, err
	}
	return encodeMetadata(v)
}

func (m *importer) readVariables() error {
	data, err := m.small(variablesFile, true)
	if err != nil {
		return err
	}
	vars, err := splitVariables(data)
	if err != nil {
		return damaged("%s: %v", variablesFile, err)
	}
	m.vars, err = m.s.encodeVariables(vars)
	return err
}

// maxCount and maxTime bound the numbers of a bundle: what counts, and a time of
// the year 10000 in microseconds.
const (
	maxCount = 1 << 40
	maxTime  = 253402300800 * 1_000_000
)

func inRange(limit int64, numbers ...int64) error {
	for _, n := range numbers {
		if n < 0 || n >= limit {
			return fmt.Errorf("the number %d is out of range", n)
		}
	}
	return nil
}

// use notes that a content is referred to.
func (m *importer) use(hash string) error {
	if !IsHash(hash) || hash != strings.ToLower(hash) {
		return fmt.Errorf("%q is no content hash", clip(hash))
	}
	if m.zip[contentsFolder+hash] == nil {
		return fmt.Errorf("the content %s is missing", hash)
	}
	m.used[hash] = true
	return nil
}

func (m *importer) checkExecution(b *bundleExecution) error {
	err := errors.Join(b.check(), m.use(b.Source))
	if b.Variables != "" {
		err = errors.Join(err, m.use(b.Variables))
	}
	return err
}

// check tells what of it no archive has.
func (b *bundleExecution) check() error {
	args, argsErr := Decode(b.Args)
	if argsErr == nil {
		_, argsErr = texts(args)
	}
	_, resultErr := Decode(b.Result)
	err := errors.Join(argsErr, resultErr, checkText("name", b.Name, maxText), checkText("folder", b.Dir, maxText),
		checkText("state", b.State, maxName), checkText("error", b.Error, maxError+maxText),
		inRange(maxTime, b.Started), inRange(math.MaxInt64, b.Duration), inRange(maxCount, int64(b.Sequence), b.Printed, int64(b.Dropped)))
	switch {
	case b.Sequence < 1:
		err = errors.Join(err, errors.New("there is no execution 0"))
	case b.Kind != KindCode && b.Kind != KindFile:
		err = errors.Join(err, fmt.Errorf("%q is not a kind of executions", clip(b.Kind)))
	case !slices.Contains([]Outcome{Running, Succeeded, Erred, Interrupted, Crashed}, b.Outcome):
		err = errors.Join(err, fmt.Errorf("%q is not an outcome", clip(string(b.Outcome))))
	}
	return err
}

// check tells what of it no archive has.
func (b *bundleEntry) check() error {
	_, paramsErr := Decode(b.Params)
	_, resultErr := Decode(b.Result)
	err := errors.Join(paramsErr, resultErr, checkText("name", b.Name, maxText), inRange(maxTime, b.Started), inRange(math.MaxInt64, b.Duration),
		inRange(maxCount, int64(b.Execution), int64(b.Sequence)))
	if b.Execution < 1 || b.Sequence < 1 || b.Kind != EntryTool && b.Kind != EntryEvent {
		err = errors.Join(err, fmt.Errorf("entry %d of kind %q of execution %d is none", b.Sequence, clip(b.Kind), b.Execution))
	}
	return err
}

func (m *importer) checkArtifact(b *bundleArtifact) error {
	return errors.Join(b.check(), m.use(b.Content))
}

// check tells what of it no archive has, and writes the rest as one does.
func (b *bundleArtifact) check() error {
	tags, err := checkTags(b.Tags)
	metadata, metadataErr := metadataIn(b.Metadata)
	err = errors.Join(err, metadataErr, checkText("MIME type", b.Mime, maxName), checkText("creator", b.CreatedBy, maxName), checkText("name", b.Name, maxName),
		inRange(maxTime, b.Created), inRange(maxCount, int64(b.Sequence), int64(b.Version)))
	if b.Sequence < 1 || b.Version < 1 || b.Name == "" || !slices.Contains(ArtifactTypes(), b.Type) {
		err = errors.Join(err, fmt.Errorf("artifact %d, version %d, of type %q is none", b.Sequence, b.Version, clip(string(b.Type))))
	}
	b.Tags, b.Metadata = tags, metadata
	return err
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
	return replaceVariables(tx, b.ID, m.vars)
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
