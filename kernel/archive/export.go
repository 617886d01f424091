package archive

import (
	"archive/zip"
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"

	"github.com/zeebo/blake3"

	"github.com/llmspell/llmspell/kernel/db"
)

// Export writes a session with all that belongs to it as a bundle. What others
// write meanwhile is not in it, nor what is damaged, or is kept outside of the store and
// cannot be read: missing says what, and why. Errors wrap ErrNotFound, or db.ErrCorrupt
// where not even the rest can be read.
func (s *Store) Export(ctx context.Context, id string, w io.Writer) (missing []error, err error) {
	return s.export(ctx, s.newExporter(w, id), id)
}

func (s *Store) newExporter(w io.Writer, id string) *exporter {
	return &exporter{
		s: s, z: zip.NewWriter(w), contents: map[int64]string{}, bad: map[int64]error{}, written: map[string][]byte{}, ran: map[int]bool{},
		m: manifest{Format: bundleFormat, Version: bundleVersion, Created: timeOf(s.now()), Session: id, Files: map[string]manifestItem{}},
	}
}

func (s *Store) export(ctx context.Context, x *exporter, id string) (missing []error, err error) {
	err = x.read(ctx, id, x.session, x.variables, x.checkpoints, x.executions, x.entries, x.artifacts, x.allContents)
	if err == nil {
		err = x.values(ctx, id) // not within: the State asks the archive while it is locked
	}
	if err != nil {
		return nil, fmt.Errorf("export session %s: %w", clip(id), err)
	}
	f, err := x.z.Create(manifestFile)
	if err != nil {
		return nil, err
	}
	if err := json.NewEncoder(f).Encode(x.m); err != nil {
		return nil, err
	}
	return x.missing(), x.z.Close()
}

// read does parts of an export, on one snapshot.
func (x *exporter) read(ctx context.Context, id string, parts ...func(string) error) error {
	return x.s.db.Read(ctx, func(tx *db.Tx) error {
		if err := mustExist(tx, id); err != nil {
			return err
		}
		x.tx = tx
		for _, part := range parts {
			if err := part(id); err != nil {
				return err
			}
		}
		return nil
	})
}

// values writes what the session keeps elsewhere. It is read twice: what was begun in
// a bundle cannot be taken back.
func (x *exporter) values(ctx context.Context, id string) error {
	export := x.s.values.Export
	if export == nil {
		return nil
	}
	if err := export(ctx, id, io.Discard, x.leave); err != nil {
		x.leave(err)
		return ctx.Err()
	}
	return x.file(valuesFile, zip.Deflate, func(w io.Writer) error { return export(ctx, id, w, func(error) {}) })
}

// exporter writes one bundle within one transaction.
type exporter struct {
	s        *Store
	tx       *db.Tx
	z        *zip.Writer
	m        manifest
	contents map[int64]string  // ids of the contents that are referred to, with their hashes
	bad      map[int64]error   // ids of contents: nil, or how they are damaged
	written  map[string][]byte // contents that stand for others that are damaged, by hash
	ran      map[int]bool      // the executions that are in it, by their numbers
	left     []error           // what is not in it, and why: maxMissing of them
	leftOut  int
	strict   bool // a part of the database that cannot be read is an error: there may be more to save
}

// file writes one file of the bundle.
func (x *exporter) file(name string, method uint16, write func(io.Writer) error) error {
	f, err := x.z.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: x.m.Created})
	if err != nil {
		return err
	}
	h := blake3.New()
	c := &counter{w: io.MultiWriter(f, h)}
	if err := write(c); err != nil {
		return err
	}
	x.m.Files[name] = manifestItem{Size: c.n, Hash: hex.EncodeToString(h.Sum(nil))}
	return nil
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// lines writes a file of one JSON object for each row of a query, but for those that are
// damaged. It returns how many rows there were: very many if nobody knows.
func lines[T any](x *exporter, name string, scan func(func(...any) error) (T, error), query string, args ...any) (n int, err error) {
	err = x.file(name, zip.Deflate, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		err := x.tx.Each(func(rows *sql.Rows) error {
			n++
			v, err := scan(rows.Scan)
			switch {
			case errors.Is(err, ErrDamaged):
				x.leave(err)
				return nil
			case err != nil:
				return err
			}
			return e.Encode(v)
		}, query, args...)
		if errors.Is(err, db.ErrCorrupt) && !x.strict {
			x.leave(errf(ErrDamaged, "what follows the first %d lines of %s: %v", n, name, unhinted(err)))
			n, err = math.MaxInt, nil
		}
		return err
	})
	return n, err
}

func (x *exporter) session(id string) error {
	b := bundleSession{}
	var metadata []byte
	var status string
	if err := x.tx.Row(`SELECT id, name, description, status, reason, metadata, created_by, parent, created, updated, ended, next_execution, next_artifact
		FROM sessions WHERE id = ?`, id).Scan(&b.ID, &b.Name, &b.Description, &status, &b.Reason, &metadata, &b.CreatedBy, &b.Parent,
		&b.Created, &b.Updated, &b.Ended, &b.NextExecution, &b.NextArtifact); err != nil {
		return err
	}
	b.Status, b.Metadata = Status(status), metadata
	x.record(&b)
	x.m.Name = b.Name
	if _, err := decodeMetadata(metadata); err != nil {
		x.leave(errf(ErrDamaged, "its metadata: %v", err))
		b.Metadata = json.RawMessage("{}")
	}
	var err error
	b.Tags, err = collect(x.tx, func(scan func(...any) error) (t string, err error) { return t, scan(&t) }, `SELECT tag FROM session_tags WHERE session = ? ORDER BY tag`, id)
	if err != nil {
		return err
	}
	return x.file(sessionFile, zip.Deflate, func(w io.Writer) error { return json.NewEncoder(w).Encode(b) })
}

func (x *exporter) variables(id string) error {
	vars, err := readVariables(x.tx, id)
	if errors.Is(err, db.ErrCorrupt) && !x.strict {
		x.leave(errf(ErrDamaged, "its variables: %v", unhinted(err)))
		err = nil
	}
	if err != nil {
		return err
	}
	vars = slices.DeleteFunc(vars, func(v variable) bool {
		err := sound(v.value)
		if err != nil {
			x.leave(errf(ErrDamaged, "the variable %q: %v", clip(v.name), err))
		}
		return err != nil
	})
	data, err := joinVariables(x.tx.Context(), vars)
	if err != nil {
		return err
	}
	return x.file(variablesFile, zip.Deflate, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

func (x *exporter) checkpoints(id string) error {
	n, err := lines(x, checkpointsFile, func(scan func(...any) error) (b bundleCheckpoint, err error) {
		var content int64
		if err = scan(&b.Name, &b.Created, &b.Execution, &content, &b.Variables); err == nil {
			err = x.use(content, b.Variables, "the checkpoint %q", clip(b.Name))
			err = checked(err, b.check(), "the checkpoint %q", clip(b.Name))
		}
		return b, err
	}, `SELECT p.name, p.created, p.execution, c.id, c.hash FROM checkpoints p JOIN contents c ON c.id = p.variables WHERE p.session = ? ORDER BY p.id`, id)
	if err != nil {
		return err
	}
	return x.complete("checkpoints", n, `SELECT count(*) FROM checkpoints WHERE session = ?`, id)
}

func (x *exporter) artifacts(id string) error {
	n, err := lines(x, artifactsFile, func(scan func(...any) error) (bundleArtifact, error) {
		a, err := scanArtifact(scan)
		if err != nil && !errors.Is(err, ErrDamaged) {
			return bundleArtifact{}, err
		}
		if a.Metadata == nil {
			x.leave(errf(ErrDamaged, "the metadata of artifact %d (%s)", a.Sequence, clip(a.Name)))
		}
		if err := x.use(a.contentRow, a.Hash, "artifact %d (%s)", a.Sequence, clip(a.Name)); err != nil {
			return bundleArtifact{}, err
		}
		metadata, err := encodeMetadata(a.Metadata)
		b := bundleArtifact{
			Sequence: a.Sequence, Name: a.Name, Version: a.Version, Type: a.Type, Mime: a.Mime, Content: a.Hash,
			Created: microOf(a.CreatedAt), CreatedBy: a.CreatedBy, Metadata: metadata, Tags: a.Tags,
		}
		err = checked(err, b.check(), "artifact %d (%s)", a.Sequence, clip(a.Name))
		return b, err
	}, selectArtifacts+`WHERE a.session = ? ORDER BY a.sequence`, id)
	if err != nil {
		return err
	}
	return x.complete("artifacts", n, `SELECT artifacts FROM sessions WHERE id = ?`, id)
}

func (x *exporter) allContents(string) error {
	for _, id := range slices.Sorted(maps.Keys(x.contents)) {
		hash, _, r, err := x.s.contentIn(x.tx, id)
		if err != nil {
			return err
		}
		if _, done := x.m.Files[contentsFolder+hash]; done {
			continue
		}
		if err := x.file(contentsFolder+hash, zip.Deflate, func(w io.Writer) error {
			_, err := io.Copy(w, r)
			return err
		}); err != nil {
			return err
		}
	}
	for _, hash := range slices.Sorted(maps.Keys(x.written)) {
		if _, done := x.m.Files[contentsFolder+hash]; done {
			continue
		}
		if err := x.file(contentsFolder+hash, zip.Deflate, func(w io.Writer) error {
			_, err := w.Write(x.written[hash])
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}
