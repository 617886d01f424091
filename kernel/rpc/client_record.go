package rpc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/llmspell/llmspell/kernel/archive"
)

// session is the record with its metadata as archive has them.
func (r *Record) session() (*archive.Session, error) {
	if r.Session == nil {
		return nil, errors.New("the kernel has given no record")
	}
	if len(r.Metadata) > 0 {
		v, err := archive.Decode(r.Metadata)
		if err != nil {
			return nil, fmt.Errorf("the metadata of session %s: %w", r.ID, err)
		}
		r.Session.Metadata, _ = v.(map[string]any)
	}
	return r.Session, nil
}

// read is what was damaged where something was read: it wraps archive.ErrDamaged. nil: nothing.
func (d Damage) read() error {
	if len(d.Damage) == 0 {
		return nil
	}
	errs := make([]error, len(d.Damage))
	for i, text := range d.Damage {
		errs[i] = damageError(text)
	}
	return errors.Join(errs...)
}

// damageError is a text of a kernel's that tells of damage.
type damageError string

func (e damageError) Error() string { return string(e) }
func (e damageError) Unwrap() error { return archive.ErrDamaged }

// askRecord makes a request that is answered with a record.
func (c *Client) askRecord(ctx context.Context, method string, params any) (*archive.Session, error) {
	r, err := ask[Record](ctx, c, method, params)
	if err != nil {
		return nil, err
	}
	s, err := r.session()
	if err != nil {
		return nil, err
	}
	return s, r.Damage.read()
}

func (c *Client) askRecords(ctx context.Context, method string, params any) ([]*archive.Session, error) {
	r, err := ask[RecordList](ctx, c, method, params)
	if err != nil {
		return nil, err
	}
	out := make([]*archive.Session, len(r.Records))
	for i := range r.Records {
		if out[i], err = r.Records[i].session(); err != nil {
			return nil, err
		}
	}
	return out, r.Damage.read()
}

// Records lists sessions on disk. Where something is damaged, the error of it, and of the
// other methods that read sessions, wraps archive.ErrDamaged: what could be read is returned
// all the same.
func (c *Client) Records(ctx context.Context, p RecordListParams) ([]*archive.Session, error) {
	return c.askRecords(ctx, "session.records.list", p)
}

// Record describes a session on disk: by its id, the beginning of it, or its name.
func (c *Client) Record(ctx context.Context, ref string) (*archive.Session, error) {
	return c.askRecord(ctx, "session.records.get", RecordParam{ref})
}

// CreateRecord makes a session on disk. The ID of spec is the kernel's to choose.
func (c *Client) CreateRecord(ctx context.Context, spec archive.Spec) (*archive.Session, error) {
	p := RecordSpec{Name: spec.Name, Description: spec.Description, Tags: spec.Tags, CreatedBy: spec.CreatedBy, Parent: spec.Parent, Reuse: spec.Reuse}
	if spec.Metadata != nil {
		var err error
		if p.Metadata, err = archive.Encode(spec.Metadata); err != nil {
			return nil, err
		}
	}
	return c.askRecord(ctx, "session.records.create", p)
}

// UpdateRecord changes what is known of a session on disk.
func (c *Client) UpdateRecord(ctx context.Context, ref string, change archive.Change) (*archive.Session, error) {
	p := RecordChange{Record: ref, Name: change.Name, Description: change.Description}
	if change.Tags != nil {
		p.Tags = &change.Tags
	}
	if change.Metadata != nil {
		var err error
		if p.Metadata, err = archive.Encode(change.Metadata); err != nil {
			return nil, err
		}
	}
	return c.askRecord(ctx, "session.records.update", p)
}

// SetRecordStatus changes the status of a session on disk.
func (c *Client) SetRecordStatus(ctx context.Context, ref string, to archive.Status, reason string) (*archive.Session, error) {
	return c.askRecord(ctx, "session.records.setStatus", RecordStatusParams{Record: ref, Status: string(to), Reason: reason})
}

// ForceArchiveRecord archives a session on disk, also while something is executed in
// it, which then ends with an error.
func (c *Client) ForceArchiveRecord(ctx context.Context, ref, reason string) (*archive.Session, error) {
	return c.askRecord(ctx, "session.records.setStatus", RecordStatusParams{Record: ref, Status: string(archive.Archived), Reason: reason, Force: true})
}

// DeleteRecords deletes sessions on disk, by their ids: all or none. The error has
// CodeRunning where something is executed in one.
func (c *Client) DeleteRecords(ctx context.Context, ids ...string) error {
	return c.Call(ctx, "session.records.delete", RecordsParam{Records: ids}, nil)
}

// ForceDeleteRecords is DeleteRecords also of sessions in which something is executed,
// which then ends with an error.
func (c *Client) ForceDeleteRecords(ctx context.Context, ids ...string) error {
	return c.Call(ctx, "session.records.delete", RecordsParam{Records: ids, Force: true}, nil)
}

// CleanRecords deletes sessions on disk that are old, and returns them.
func (c *Client) CleanRecords(ctx context.Context, r archive.Retention) ([]*archive.Session, error) {
	return c.askRecords(ctx, "session.records.cleanup", RecordRetention{
		CompletedSeconds: r.Completed.Seconds(), FailedSeconds: r.Failed.Seconds(), ArchivedSeconds: r.Archived.Seconds(), Keep: r.Keep, DryRun: r.DryRun,
	})
}

// CollectRecords deletes what broken-off writes have left: so many contents, with so
// many bytes.
func (c *Client) CollectRecords(ctx context.Context) (n int, size int64, err error) {
	r, err := ask[RecordCollected](ctx, c, "session.records.collect", Empty{})
	return r.Contents, r.Bytes, err
}

// RecordVariables returns the variables that a session on disk keeps.
func (c *Client) RecordVariables(ctx context.Context, ref string) (map[string]any, error) {
	r, err := ask[RecordVariables](ctx, c, "session.records.variables", RecordParam{ref})
	if err != nil {
		return nil, err
	}
	out := make(map[string]any, len(r.Variables))
	for name, raw := range r.Variables {
		if out[name], err = archive.Decode(raw); err != nil {
			return nil, fmt.Errorf("the variable %q: %w", name, err)
		}
	}
	return out, r.Damage.read()
}

// RecordCheckpoints returns the checkpoints of a session on disk.
func (c *Client) RecordCheckpoints(ctx context.Context, ref string) ([]*archive.Checkpoint, error) {
	r, err := ask[RecordCheckpoints](ctx, c, "session.records.checkpoints", RecordParam{ref})
	if err != nil {
		return nil, err
	}
	return r.Checkpoints, r.Damage.read()
}

// RecordExecutions returns the executions of a session on disk from one number to
// another (0: the first, the last), the last limit ones of them (0: all).
func (c *Client) RecordExecutions(ctx context.Context, ref string, from, to, limit int) ([]*archive.Execution, error) {
	var pages [][]*archive.Execution
	var damage Damage
	for n := 0; limit <= 0 || n < limit; {
		p := RecordExecutionsParams{Record: ref, From: from, To: to}
		if limit > 0 {
			p.Limit = min(limit-n, maxExecutions)
		}
		r, err := ask[RecordExecutions](ctx, c, "session.records.executions", p)
		if err != nil {
			return nil, err
		}
		for _, text := range r.Damage.Damage {
			if !slices.Contains(damage.Damage, text) {
				damage.Damage = append(damage.Damage, text)
			}
		}
		page := make([]*archive.Execution, len(r.Executions))
		for i, e := range r.Executions {
			if page[i], err = e.execution(); err != nil {
				return nil, err
			}
		}
		if len(page) == 0 {
			break
		}
		pages, n = append(pages, page), n+len(page)
		if to = page[0].Sequence - 1; to < max(from, 1) {
			break
		}
	}
	var out []*archive.Execution
	for i := range pages {
		out = append(out, pages[len(pages)-1-i]...)
	}
	return out, damage.read()
}

func (e *RecordExecution) execution() (*archive.Execution, error) {
	if e.Execution == nil {
		return nil, errors.New("the kernel has given no execution")
	}
	out := e.Execution
	out.Output = string(e.Output)
	v, err := archive.Decode(e.Result)
	if err != nil {
		return nil, fmt.Errorf("the result of execution %d: %w", out.Sequence, err)
	}
	out.Result, _ = v.([]any)
	return out, nil
}

// RecordArtifacts returns the artifacts of a session on disk, a page at a time, or
// the one that p names.
func (c *Client) RecordArtifacts(ctx context.Context, p RecordArtifactsParams) ([]*archive.Artifact, error) {
	r, err := ask[RecordArtifacts](ctx, c, "session.records.artifacts", p)
	if err != nil {
		return nil, err
	}
	out := make([]*archive.Artifact, len(r.Artifacts))
	for i := range r.Artifacts {
		if out[i], err = r.Artifacts[i].artifact(); err != nil {
			return nil, err
		}
	}
	return out, r.Damage.read()
}

func (a *RecordArtifact) artifact() (*archive.Artifact, error) {
	if a.Artifact == nil {
		return nil, errors.New("the kernel has given no artifact")
	}
	v, err := archive.Decode(a.Metadata)
	if err != nil {
		return nil, fmt.Errorf("the metadata of artifact %d: %w", a.Sequence, err)
	}
	a.Artifact.Metadata, _ = v.(map[string]any)
	return a.Artifact, nil
}

// OpenRecordArtifact reads the content of an artifact, which p names. Close it.
func (c *Client) OpenRecordArtifact(ctx context.Context, p RecordArtifactsParams) (io.ReadCloser, error) {
	return c.download(ctx, "session.records.readArtifact", p)
}

// VerifyRecords compares the artifacts of a session on disk, or of all if ref is "",
// with their hashes, and returns those that are damaged. rest names what else is.
func (c *Client) VerifyRecords(ctx context.Context, ref string) (checked int, damaged map[*archive.Artifact]error, rest []string, err error) {
	r, err := ask[RecordVerified](ctx, c, "session.records.verify", RecordVerifyParams{ref})
	if err != nil {
		return 0, nil, nil, err
	}
	damaged = map[*archive.Artifact]error{}
	for _, d := range r.Damaged {
		a, err := d.Artifact.artifact()
		if err != nil {
			return 0, nil, nil, err
		}
		damaged[a] = errors.New(d.Message)
	}
	return r.Checked, damaged, r.Rest, nil
}

// ExportRecord writes a session on disk, with its journal and artifacts, to w. missing
// says what it keeps in the State that could not be read, and is not in it.
func (c *Client) ExportRecord(ctx context.Context, ref string, w io.Writer) (missing []string, err error) {
	t, err := ask[RecordExported](ctx, c, "session.records.export", RecordParam{ref})
	if err != nil {
		return nil, err
	}
	r := c.reader(ctx, Transfer{t.Transfer, t.Size})
	_, err = io.Copy(w, r)
	return t.Missing, errors.Join(err, r.Close())
}

// ImportRecord makes a session on disk of what ExportRecord has written.
func (c *Client) ImportRecord(ctx context.Context, r io.Reader, o archive.ImportOptions) (*archive.Session, error) {
	id, err := c.upload(ctx, r)
	if err != nil {
		return nil, err
	}
	return c.askRecord(ctx, "session.records.import", RecordImportParams{id, o.NewID, o.Name})
}

// ReplayRecord runs the executions of a session on disk again. The report is JSON,
// as docs/sessions.md describes it.
func (c *Client) ReplayRecord(ctx context.Context, p RecordReplayParams) (RecordReplayed, error) {
	r, err := ask[RecordReplayed](ctx, c, "session.records.replay", p)
	if err != nil {
		return r, err
	}
	return r, r.Damage.read()
}
