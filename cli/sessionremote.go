package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/google/uuid"

	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/kernel/replay"
	"github.com/llmspell/llmspell/kernel/rpc"
)

// remoteSessions are the sessions of a kernel.
type remoteSessions struct {
	client *rpc.Client
	replay rpc.RecordReplayParams // limits and permissions of replays
}

// sessionFailure is a kernel's error that is one of the archive's too.
type sessionFailure struct {
	class error
	err   error
}

func (e *sessionFailure) Error() string   { return e.err.Error() }
func (e *sessionFailure) Unwrap() []error { return []error{e.class, e.err} }

// ofArchive makes a kernel's error one that commands know.
func ofArchive(err error) error {
	for _, known := range []struct {
		code  int
		class error
	}{{rpc.CodeNotFound, archive.ErrNotFound}, {rpc.CodeExists, archive.ErrExists}, {rpc.CodeConflict, archive.ErrStatus}, {rpc.CodeRunning, archive.ErrRunning}} {
		if rpc.IsCode(err, known.code) {
			return &sessionFailure{known.class, err}
		}
	}
	return err
}

func of[T any](v T, err error) (T, error) { return v, ofArchive(err) }

func (r *remoteSessions) Resolve(ctx context.Context, ref string) (*archive.Session, error) {
	return of(r.client.Record(ctx, ref))
}

func (r *remoteSessions) Names(ctx context.Context, limit int) ([]string, error) {
	list, err := r.client.Records(ctx, rpc.RecordListParams{Limit: limit})
	names := make([]string, len(list))
	for i, s := range list {
		names[i] = s.Name
	}
	return names, ofArchive(err)
}

// recordsPage is how many sessions or artifacts come at a time.
const recordsPage = 1000

func (r *remoteSessions) List(ctx context.Context, f archive.Filter) ([]*archive.Session, error) {
	p := rpc.RecordListParams{Tags: f.Tags, Name: f.Name, Search: f.Text}
	for _, s := range f.Status {
		p.Status = append(p.Status, string(s))
	}
	return pages(f.Limit, func(offset, limit int) ([]*archive.Session, error) {
		p.Offset, p.Limit = offset, limit
		return of(r.client.Records(ctx, p))
	})
}

// pages asks for pages until there are no more, or limit (0: none) is reached.
func pages[T any](limit int, ask func(offset, limit int) ([]T, error)) ([]T, error) {
	var out []T
	var damaged error
	for {
		n := recordsPage
		if limit > 0 {
			n = min(n, limit-len(out))
		}
		list, err := ask(len(out), n)
		if err != nil && !errors.Is(err, archive.ErrDamaged) {
			return nil, err
		}
		damaged = joinOnce(damaged, err)
		out = append(out, list...)
		if len(list) < n || limit > 0 && len(out) >= limit {
			return out, damaged
		}
	}
}

func (r *remoteSessions) Create(ctx context.Context, spec archive.Spec) (*archive.Session, error) {
	return of(r.client.CreateRecord(ctx, spec))
}

func (r *remoteSessions) Update(ctx context.Context, id string, c archive.Change) (*archive.Session, error) {
	return of(r.client.UpdateRecord(ctx, id, c))
}

func (r *remoteSessions) SetStatus(ctx context.Context, id string, to archive.Status, reason string) (*archive.Session, error) {
	return of(r.client.SetRecordStatus(ctx, id, to, reason))
}

func (r *remoteSessions) Delete(ctx context.Context, ids ...string) error {
	return ofArchive(r.client.DeleteRecords(ctx, ids...))
}

func (r *remoteSessions) ForceArchive(ctx context.Context, id, reason string) (*archive.Session, error) {
	return of(r.client.ForceArchiveRecord(ctx, id, reason))
}

func (r *remoteSessions) ForceDelete(ctx context.Context, ids ...string) error {
	return ofArchive(r.client.ForceDeleteRecords(ctx, ids...))
}

func (r *remoteSessions) Cleanup(ctx context.Context, keep archive.Retention) ([]*archive.Session, error) {
	return of(r.client.CleanRecords(ctx, keep))
}

func (r *remoteSessions) Variables(ctx context.Context, id string) (map[string]any, error) {
	return of(r.client.RecordVariables(ctx, id))
}

func (r *remoteSessions) Checkpoints(ctx context.Context, id string) ([]*archive.Checkpoint, error) {
	return of(r.client.RecordCheckpoints(ctx, id))
}

func (r *remoteSessions) Executions(ctx context.Context, session string, from, to, limit int) ([]*archive.Execution, error) {
	return of(r.client.RecordExecutions(ctx, session, from, to, limit))
}

func (r *remoteSessions) QueryArtifacts(ctx context.Context, q archive.ArtifactQuery) ([]*archive.Artifact, error) {
	return pages(q.Limit, func(offset, limit int) ([]*archive.Artifact, error) {
		return of(r.client.RecordArtifacts(ctx, rpc.RecordArtifactsParams{Record: q.Session, Offset: offset, Limit: limit}))
	})
}

func (r *remoteSessions) Artifact(ctx context.Context, ref archive.ArtifactRef) (*archive.Artifact, error) {
	list, err := r.client.RecordArtifacts(ctx, rpc.RecordArtifactsParams{
		Record: ref.Session, Sequence: ref.Sequence, Hash: ref.Hash, Name: ref.Name, Version: ref.Version,
	})
	if err != nil && !errors.Is(err, archive.ErrDamaged) {
		return nil, ofArchive(err)
	}
	if len(list) != 1 {
		return nil, fmt.Errorf("%w: artifact %v", archive.ErrNotFound, ref)
	}
	return list[0], err
}

// OpenArtifact reads the content of an artifact; it asks for it at the first Read.
func (r *remoteSessions) OpenArtifact(ctx context.Context, a *archive.Artifact) io.Reader {
	return &remoteContent{ctx: ctx, client: r.client, of: rpc.RecordArtifactsParams{Record: a.Session, Sequence: a.Sequence}}
}

type remoteContent struct {
	ctx    context.Context
	client *rpc.Client
	of     rpc.RecordArtifactsParams
	r      io.ReadCloser // nil: not asked for
}

// Read reads on, and ends the transfer behind the end.
func (c *remoteContent) Read(p []byte) (int, error) {
	if c.r == nil {
		var err error
		if c.r, err = c.client.OpenRecordArtifact(c.ctx, c.of); err != nil {
			return 0, ofArchive(err)
		}
	}
	n, err := c.r.Read(p)
	if err != nil {
		if ended := c.r.Close(); ended != nil {
			err = errors.Join(err, ended)
		}
	}
	return n, err
}

func (r *remoteSessions) verify(ctx context.Context, id string) (n int, damaged map[*archive.Artifact]error, rest []error, err error) {
	n, damaged, texts, err := r.client.VerifyRecords(ctx, id)
	for _, text := range texts {
		rest = append(rest, errors.New(text))
	}
	return n, damaged, rest, ofArchive(err)
}

func (r *remoteSessions) Collect(ctx context.Context) (int, int64, error) {
	return r.client.CollectRecords(ctx)
}

func (r *remoteSessions) Export(ctx context.Context, id string, w io.Writer) (missing []error, err error) {
	texts, err := r.client.ExportRecord(ctx, id, w)
	for _, text := range texts {
		missing = append(missing, errors.New(text))
	}
	return missing, ofArchive(err)
}

func (r *remoteSessions) Import(ctx context.Context, data io.ReaderAt, size int64, o archive.ImportOptions) (*archive.Session, error) {
	return of(r.client.ImportRecord(ctx, io.NewSectionReader(data, 0, size), o))
}

// Replay replays a session in the kernel.
func (r *remoteSessions) Replay(ctx context.Context, id string, o replay.Options) (*replay.Report, error) {
	p := r.replay
	p.Record, p.Mode, p.Compare, p.From, p.To = id, string(o.Mode), o.Compare, o.From, o.To
	p.TimeoutMS, p.StopOnError = o.Timeout.Milliseconds(), o.StopOnError
	for _, m := range o.Modifications {
		value, err := archive.Encode(m.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.Path, err)
		}
		p.Modifications = append(p.Modifications, rpc.Modification{Path: m.Path, Value: value, Disabled: m.Disabled})
	}
	answer, damaged := r.client.ReplayRecord(ctx, p)
	if damaged != nil && !errors.Is(damaged, archive.ErrDamaged) {
		return nil, ofArchive(damaged)
	}
	report, err := replayReport(answer.Report)
	return report, errors.Join(err, damaged)
}

// replayReport reads a report. The values of scripts in it are written as the archive
// writes them.
func replayReport(data []byte) (*replay.Report, error) {
	report := &replay.Report{}
	if err := json.Unmarshal(data, report); err != nil {
		return nil, fmt.Errorf("the kernel's report cannot be read: %w", err)
	}
	whole, err := archive.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("the kernel's report cannot be read: %w", err)
	}
	m, _ := whole.(map[string]any)
	report.Metadata, _ = m["metadata"].(map[string]any)
	steps, _ := m["steps"].([]any)
	for i, s := range report.Steps {
		if i >= len(steps) {
			break
		}
		step, _ := steps[i].(map[string]any)
		s.Original, s.Replayed = step["original"], step["replayed"]
		if s.Comparison == nil {
			continue
		}
		comparison, _ := step["comparison"].(map[string]any)
		differences, _ := comparison["differences"].([]any)
		for j := range min(len(differences), len(s.Comparison.Differences)) {
			d, _ := differences[j].(map[string]any)
			s.Comparison.Differences[j].Original, s.Comparison.Differences[j].Replayed = d["original"], d["replayed"]
		}
	}
	return report, nil
}

// Close ends the connection.
func (r *remoteSessions) Close() error { return r.client.Close() }

// remoteRecord finds the session of a kernel that --session names, or makes it, as
// findOrMake does here.
func remoteRecord(ctx context.Context, client *rpc.Client, name string) (*archive.Session, error) {
	r, err := client.Record(ctx, name)
	if !rpc.IsCode(err, rpc.CodeNotFound) {
		return r, err
	}
	_, looksLikeID := uuid.Parse(name)
	named, ok := archive.MarkedName(name)
	if looksLikeID == nil || !ok {
		return nil, err
	}
	return client.CreateRecord(ctx, archive.Spec{Name: named, CreatedBy: "llmspell run", Reuse: true})
}
