package archive

import (
	"archive/zip"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/zeebo/blake3"

	"github.com/llmspell/llmspell/kernel/db"
)

// Export writes a session with all that belongs to it as a bundle. What others
// write meanwhile is not in it. Errors wrap ErrNotFound or ErrDamaged. What the
// session keeps outside of the store and cannot be read is not in it either: missing
// says what, and why.
func (s *Store) Export(ctx context.Context, id string, w io.Writer) (missing []error, err error) {
	z := zip.NewWriter(w)
	x := &exporter{s: s, z: z, m: manifest{Format: bundleFormat, Version: bundleVersion, Created: timeOf(s.now()), Session: id, Files: map[string]manifestItem{}}, contents: map[int64]string{}}
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		if err := mustExist(tx, id); err != nil {
			return err
		}
		x.tx = tx
		for _, part := range []func(string) error{x.session, x.variables, x.checkpoints, x.executions, x.entries, x.artifacts, x.allContents} {
			if err := part(id); err != nil {
				return err
			}
		}
		missing, err = x.values(ctx, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("export session %s: %w", clip(id), err)
	}
	f, err := z.Create(manifestFile)
	if err != nil {
		return nil, err
	}
	if err := json.NewEncoder(f).Encode(x.m); err != nil {
		return nil, err
	}
	return missing, z.Close()
}

// maxMissing is how many missing values are named.
const maxMissing = 100

// values writes what the session keeps elsewhere. It is read twice: what was begun in
// a bundle cannot be taken back.
func (x *exporter) values(ctx context.Context, id string) (missing []error, err error) {
	export := x.s.values.Export
	if export == nil {
		return nil, nil
	}
	n := 0
	if err := export(ctx, id, io.Discard, func(err error) {
		if n++; n <= maxMissing {
			missing = append(missing, err)
		}
	}); err != nil {
		return []error{err}, ctx.Err()
	}
	if n > maxMissing {
		missing = append(missing, fmt.Errorf("%d more", n-maxMissing))
	}
	return missing, x.file(valuesFile, zip.Deflate, func(w io.Writer) error { return export(ctx, id, w, func(error) {}) })
}

// exporter writes one bundle within one transaction.
type exporter struct {
	s        *Store
	tx       *db.Tx
	z        *zip.Writer
	m        manifest
	contents map[int64]string // ids of the contents that are referred to, with their hashes
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

// lines writes a file of one JSON object for each row of a query.
func lines[T any](x *exporter, name string, scan func(func(...any) error) (T, error), query string, args ...any) error {
	return x.file(name, zip.Deflate, func(w io.Writer) error {
		rows, err := x.tx.Query(query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		for rows.Next() {
			v, err := scan(rows.Scan)
			if err != nil {
				return err
			}
			if err := e.Encode(v); err != nil {
				return err
			}
		}
		return rows.Err()
	})
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
	b.Status, b.Metadata, x.m.Name = Status(status), metadata, b.Name
	var err error
	b.Tags, err = collect(x.tx, func(scan func(...any) error) (t string, err error) { return t, scan(&t) }, `SELECT tag FROM session_tags WHERE session = ? ORDER BY tag`, id)
	if err != nil {
		return err
	}
	return x.file(sessionFile, zip.Deflate, func(w io.Writer) error { return json.NewEncoder(w).Encode(b) })
}

func (x *exporter) variables(id string) error {
	vars, err := readVariables(x.tx, id)
	if err != nil {
		return err
	}
	return x.file(variablesFile, zip.Deflate, func(w io.Writer) error {
		_, err := w.Write(joinVariables(vars))
		return err
	})
}

func (x *exporter) checkpoints(id string) error {
	return lines(x, checkpointsFile, func(scan func(...any) error) (b bundleCheckpoint, err error) {
		var content int64
		err = scan(&b.Name, &b.Created, &b.Execution, &content, &b.Variables)
		x.contents[content] = b.Variables
		return b, err
	}, `SELECT p.name, p.created, p.execution, c.id, c.hash FROM checkpoints p JOIN contents c ON c.id = p.variables WHERE p.session = ? ORDER BY p.id`, id)
}

func (x *exporter) executions(id string) error {
	return lines(x, executionsFile, func(scan func(...any) error) (b bundleExecution, err error) {
		var source, vars int64
		var args, output, result []byte
		var outputEncoding, resultEncoding int
		var outcome string
		if err := scan(&b.Sequence, &b.Kind, &b.Name, &source, &b.Source, &args, &b.Dir, &b.State, &vars, &b.Variables, &b.Started, &b.Duration, &outcome,
			&output, &outputEncoding, &b.Printed, &result, &resultEncoding, &b.Error, &b.Dropped); err != nil {
			return b, err
		}
		b.Outcome, b.Args = Outcome(outcome), args
		x.contents[source] = b.Source
		if vars != 0 {
			x.contents[vars] = b.Variables
		}
		if b.Output, err = x.s.codec.unpack(output, outputEncoding); err != nil {
			return b, err
		}
		b.Result, err = x.s.codec.unpack(result, resultEncoding)
		return b, err
	}, `SELECT e.sequence, e.kind, e.name, c.id, c.hash, e.args, e.dir, e.state, coalesce(v.id, 0), coalesce(v.hash, ''), e.started, e.duration, e.outcome,
		e.output, e.output_encoding, e.output_size, e.result, e.result_encoding, e.error, e.dropped
		FROM executions e JOIN contents c ON c.id = e.source LEFT JOIN contents v ON v.id = e.variables WHERE e.session = ? ORDER BY e.sequence`, id)
}

func (x *exporter) entries(id string) error {
	return lines(x, entriesFile, func(scan func(...any) error) (b bundleEntry, err error) {
		var params, result []byte
		var paramsEncoding, resultEncoding int
		if err := scan(&b.Execution, &b.Sequence, &b.Kind, &b.Name, &b.Started, &b.Duration, &params, &paramsEncoding, &result, &resultEncoding); err != nil {
			return b, err
		}
		if b.Params, err = x.s.codec.unpack(params, paramsEncoding); err != nil {
			return b, err
		}
		b.Result, err = x.s.codec.unpack(result, resultEncoding)
		return b, err
	}, `SELECT execution, sequence, kind, name, started, duration, params, params_encoding, result, result_encoding
		FROM entries WHERE session = ? ORDER BY execution, sequence`, id)
}

func (x *exporter) artifacts(id string) error {
	return lines(x, artifactsFile, func(scan func(...any) error) (bundleArtifact, error) {
		a, err := scanArtifact(scan)
		if err != nil {
			return bundleArtifact{}, err
		}
		x.contents[a.contentRow] = a.Hash
		metadata, err := encodeMetadata(a.Metadata)
		return bundleArtifact{
			Sequence: a.Sequence, Name: a.Name, Version: a.Version, Type: a.Type, Mime: a.Mime, Content: a.Hash,
			Created: microOf(a.CreatedAt), CreatedBy: a.CreatedBy, Metadata: metadata, Tags: a.Tags,
		}, err
	}, selectArtifacts+`WHERE a.session = ? ORDER BY a.sequence`, id)
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
	return nil
}
