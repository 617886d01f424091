package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/llmspell/llmspell/kernel/archive"
)

// records opens the store of sessions on disk. Hooks of the kernel see what
// changes there.
func (p *peer) records(c context.Context) (archive.Survivor, error) {
	services := p.server.opts.Kernel.Services()
	store, err := services.Records(c)
	return archive.Survivor{View: archive.View{Store: store, Hooks: services.Hooks}}, err
}

// note takes the error of what was read although something is damaged, for the answer.
// Others come back, with their codes.
func (d *Damage) note(err error) error {
	if !errors.Is(err, archive.ErrDamaged) {
		return recordError(err)
	}
	for _, line := range strings.Split(err.Error(), "\n") { // errors.Join puts them so
		if !slices.Contains(d.Damage, line) {
			d.Damage = append(d.Damage, line)
		}
	}
	return nil
}

// recordError finds the code of an archive's error.
func recordError(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*archive.RunningError](err); ok && e.PID == os.Getpid() {
		return errorf(CodeRunning, "%v (process %d is this kernel)", err, e.PID)
	}
	for _, known := range []struct {
		err  error
		code int
	}{
		{archive.ErrNotFound, CodeNotFound}, {archive.ErrExists, CodeExists}, {archive.ErrStatus, CodeConflict},
		{archive.ErrRunning, CodeRunning}, {archive.ErrLost, CodeConflict}, {archive.ErrInvalid, CodeInvalidParams},
	} {
		if errors.Is(err, known.err) {
			return errorf(known.code, "%v", err)
		}
	}
	return stateError(err)
}

// record finds a session on disk.
func (p *peer) record(c context.Context, ref string) (archive.Survivor, *archive.Session, error) {
	store, s, err := p.recordIn(c, ref, &Damage{}) // who asks for more of it learns of that
	return store, s, err
}

// recordIn finds a session on disk, perhaps in what can be saved of a damaged database.
func (p *peer) recordIn(c context.Context, ref string, d *Damage) (archive.Survivor, *archive.Session, error) {
	store, err := p.records(c)
	if err != nil {
		return store, nil, err
	}
	if ref == "" {
		return store, nil, badParam("record", "the parameter \"record\" is missing")
	}
	s, err := store.Resolve(c, ref)
	return store, s, d.note(err)
}

// newRecord makes a record one that JSON can hold.
func newRecord(s *archive.Session) (Record, error) {
	metadata, err := archive.Encode(s.Metadata)
	return Record{Session: s, Metadata: metadata}, err
}

// recorded is newRecord for what a method has come to.
func recorded(s *archive.Session, err error) (Record, error) {
	if err != nil {
		return Record{}, recordError(err)
	}
	return newRecord(s)
}

func newRecords(list []*archive.Session) (RecordList, error) {
	out := RecordList{Records: make([]Record, len(list))}
	for i, s := range list {
		var err error
		if out.Records[i], err = newRecord(s); err != nil {
			return out, err
		}
	}
	return out, nil
}

// object reads an object of a script's values; none is nil.
func object(name string, raw json.RawMessage) (map[string]any, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	v, err := archive.Decode(raw)
	if err != nil {
		return nil, badParam(name, "the parameter %q: %v", name, err)
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, badParam(name, "the parameter %q must be an object", name)
	}
	return m, nil
}

// listRecords is session.records.list.
func (p *peer) listRecords(c ctx, r *RecordListParams) (RecordList, error) {
	if r.Limit < 0 || r.Limit > maxStateList || r.Offset < 0 {
		return RecordList{}, badParam("limit", "session.records.list: limit must be between 0 and %d, and offset not negative", maxStateList)
	}
	if r.Limit == 0 {
		r.Limit = 100
	}
	f := archive.Filter{Tags: r.Tags, Name: r.Name, Text: r.Search, Limit: r.Limit, Offset: r.Offset}
	for _, text := range r.Status {
		st, err := archive.ParseStatus(text)
		if err != nil {
			return RecordList{}, badParam("status", "%v", err)
		}
		f.Status = append(f.Status, st)
	}
	store, err := p.records(c)
	if err != nil {
		return RecordList{}, err
	}
	var d Damage
	list, err := store.List(c, f)
	if err := d.note(err); err != nil {
		return RecordList{}, err
	}
	out, err := newRecords(list)
	out.Damage = d
	return out, err
}

// getRecord is session.records.get.
func (p *peer) getRecord(c ctx, r *RecordParam) (Record, error) {
	var d Damage
	_, s, err := p.recordIn(c, r.Record, &d)
	out, err := recorded(s, err)
	out.Damage = d
	return out, err
}

// createRecord is session.records.create.
func (p *peer) createRecord(c ctx, r *RecordSpec) (Record, error) {
	metadata, err := object("metadata", r.Metadata)
	if err != nil {
		return Record{}, err
	}
	store, err := p.records(c)
	if err != nil {
		return Record{}, err
	}
	return recorded(store.Create(c, archive.Spec{
		Name: r.Name, Description: r.Description, Tags: r.Tags, Metadata: metadata, CreatedBy: r.CreatedBy, Parent: r.Parent,
		Reuse: r.Reuse,
	}))
}

// updateRecord is session.records.update.
func (p *peer) updateRecord(c ctx, r *RecordChange) (Record, error) {
	change := archive.Change{Name: r.Name, Description: r.Description}
	if r.Tags != nil {
		change.Tags = append([]string{}, *r.Tags...)
	}
	var err error
	if change.Metadata, err = object("metadata", r.Metadata); err != nil {
		return Record{}, err
	}
	store, s, err := p.record(c, r.Record)
	if err != nil {
		return Record{}, err
	}
	return recorded(store.Update(c, s.ID, change))
}

// setRecordStatus is session.records.setStatus.
func (p *peer) setRecordStatus(c ctx, r *RecordStatusParams) (Record, error) {
	to, err := archive.ParseStatus(r.Status)
	if err != nil {
		return Record{}, badParam("status", "%v", err)
	}
	store, s, err := p.record(c, r.Record)
	if err != nil {
		return Record{}, err
	}
	if r.Force && to == archive.Archived {
		return recorded(store.ForceArchive(c, s.ID, r.Reason))
	}
	return recorded(store.SetStatus(c, s.ID, to, r.Reason))
}

// deleteRecords is session.records.delete.
func (p *peer) deleteRecords(c ctx, r *RecordsParam) (Empty, error) {
	store, err := p.records(c)
	if err != nil {
		return Empty{}, err
	}
	if r.Force {
		return Empty{}, recordError(store.ForceDelete(c, r.Records...))
	}
	return Empty{}, recordError(store.Delete(c, r.Records...))
}

// cleanRecords is session.records.cleanup.
func (p *peer) cleanRecords(c ctx, r *RecordRetention) (RecordList, error) {
	var times [3]time.Duration
	for i, s := range []float64{r.CompletedSeconds, r.FailedSeconds, r.ArchivedSeconds} {
		if s < 0 || r.Keep < 0 {
			return RecordList{}, badParam("completed_seconds", "session.records.cleanup: times and keep must not be negative")
		}
		times[i] = time.Duration(min(s, math.MaxInt64/2e9) * 1e9)
	}
	store, err := p.records(c)
	if err != nil {
		return RecordList{}, err
	}
	gone, err := store.Cleanup(c, archive.Retention{Completed: times[0], Failed: times[1], Archived: times[2], Keep: r.Keep, DryRun: r.DryRun})
	if err != nil {
		return RecordList{}, recordError(err)
	}
	return newRecords(gone)
}

// collectRecords is session.records.collect.
func (p *peer) collectRecords(c ctx, _ *Empty) (RecordCollected, error) {
	store, err := p.records(c)
	if err != nil {
		return RecordCollected{}, err
	}
	n, size, err := store.Collect(c)
	return RecordCollected{n, size}, recordError(err)
}

// recordVariables is session.records.variables.
func (p *peer) recordVariables(c ctx, r *RecordParam) (RecordVariables, error) {
	out := RecordVariables{Variables: map[string]json.RawMessage{}}
	store, s, err := p.recordIn(c, r.Record, &out.Damage)
	if err != nil {
		return out, err
	}
	vars, err := store.Variables(c, s.ID)
	if err := out.note(err); err != nil {
		return out, err
	}
	for name, v := range vars {
		if out.Variables[name], err = archive.Encode(v); err != nil {
			return out, fmt.Errorf("the variable %q: %w", name, err)
		}
	}
	return out, nil
}

// recordCheckpoints is session.records.checkpoints.
func (p *peer) recordCheckpoints(c ctx, r *RecordParam) (RecordCheckpoints, error) {
	out := RecordCheckpoints{}
	store, s, err := p.recordIn(c, r.Record, &out.Damage)
	if err != nil {
		return out, err
	}
	list, err := store.Checkpoints(c, s.ID)
	out.Checkpoints = append([]*archive.Checkpoint{}, list...)
	return out, out.note(err)
}

const (
	maxExecutions      = 50
	maxExecutionsBytes = 8 << 20 // of the outputs and results in one answer, unless one alone has more
)

// recordExecutions is session.records.executions.
func (p *peer) recordExecutions(c ctx, r *RecordExecutionsParams) (RecordExecutions, error) {
	out := RecordExecutions{Executions: []RecordExecution{}}
	if r.From < 0 || r.To < 0 || r.Limit < 0 {
		return out, badParam("from", "session.records.executions: from, to and limit must not be negative")
	}
	store, s, err := p.recordIn(c, r.Record, &out.Damage)
	if err != nil {
		return out, err
	}
	if r.Limit == 0 || r.Limit > maxExecutions {
		r.Limit = maxExecutions
	}
	list, err := store.Executions(c, s.ID, r.From, r.To, r.Limit)
	if err := out.note(err); err != nil {
		return out, err
	}
	size := 0
	for _, e := range slices.Backward(list) {
		result, err := archive.Encode(append([]any{}, e.Result...))
		if err != nil {
			return out, fmt.Errorf("the result of execution %d: %w", e.Sequence, err)
		}
		if size += len(e.Output) + len(result); size > maxExecutionsBytes && len(out.Executions) > 0 {
			break
		}
		out.Executions = append(out.Executions, RecordExecution{e, Text(e.Output), result})
	}
	slices.Reverse(out.Executions)
	return out, nil
}

func newRecordArtifact(a *archive.Artifact) (RecordArtifact, error) {
	metadata, err := archive.Encode(a.Metadata)
	return RecordArtifact{a, metadata}, err
}

// recordArtifact finds the one artifact that r names.
func (p *peer) recordArtifact(c context.Context, r *RecordArtifactsParams, d *Damage) (archive.Survivor, *archive.Artifact, error) {
	store, s, err := p.recordIn(c, r.Record, d)
	if err != nil {
		return store, nil, err
	}
	a, err := store.Artifact(c, archive.ArtifactRef{Session: s.ID, Sequence: r.Sequence, Hash: r.Hash, Name: r.Name, Version: r.Version})
	return store, a, d.note(err)
}

// recordArtifacts is session.records.artifacts.
func (p *peer) recordArtifacts(c ctx, r *RecordArtifactsParams) (RecordArtifacts, error) {
	out := RecordArtifacts{Artifacts: []RecordArtifact{}}
	if r.Limit < 0 || r.Limit > maxStateList || r.Offset < 0 {
		return out, badParam("limit", "session.records.artifacts: limit must be between 0 and %d, and offset not negative", maxStateList)
	}
	var list []*archive.Artifact
	if r.Sequence != 0 || r.Hash != "" || r.Name != "" {
		_, a, err := p.recordArtifact(c, r, &out.Damage)
		if err != nil {
			return out, err
		}
		list = append(list, a)
	} else {
		store, s, err := p.recordIn(c, r.Record, &out.Damage)
		if err != nil {
			return out, err
		}
		if r.Limit == 0 {
			r.Limit = 1000
		}
		list, err = store.QueryArtifacts(c, archive.ArtifactQuery{Session: s.ID, Limit: r.Limit, Offset: r.Offset})
		if err := out.note(err); err != nil {
			return out, err
		}
	}
	for _, a := range list {
		one, err := newRecordArtifact(a)
		if err != nil {
			return out, err
		}
		out.Artifacts = append(out.Artifacts, one)
	}
	return out, nil
}

// readArtifact is session.records.readArtifact.
func (p *peer) readArtifact(c ctx, r *RecordArtifactsParams) (Transfer, error) {
	store, a, err := p.recordArtifact(c, r, &Damage{})
	if err != nil {
		return Transfer{}, err
	}
	return p.sending(func(w io.Writer) error {
		_, err := io.Copy(w, store.OpenArtifact(c, a))
		return recordError(err)
	})
}

// verifyRecords is session.records.verify.
func (p *peer) verifyRecords(c ctx, r *RecordVerifyParams) (RecordVerified, error) {
	out := RecordVerified{Damaged: []RecordDamaged{}}
	store, err := p.records(c)
	if err != nil {
		return out, err
	}
	id := ""
	if r.Record != "" {
		_, s, err := p.record(c, r.Record)
		if err != nil {
			return out, err
		}
		id = s.ID
	}
	found, err := store.VerifyAll(c, id)
	if err != nil {
		return out, recordError(err)
	}
	out.Checked = found.Checked
	for _, a := range slices.SortedFunc(maps.Keys(found.Damaged), byPlace) {
		one, err := newRecordArtifact(a)
		if err != nil {
			return out, err
		}
		out.Damaged = append(out.Damaged, RecordDamaged{one, found.Damaged[a].Error()})
	}
	for _, why := range found.Rest {
		out.Rest = append(out.Rest, why.Error())
	}
	return out, nil
}

func byPlace(a, b *archive.Artifact) int {
	if a.Session != b.Session {
		if a.Session < b.Session {
			return -1
		}
		return 1
	}
	return a.Sequence - b.Sequence
}

// exportRecord is session.records.export.
func (p *peer) exportRecord(c ctx, r *RecordParam) (RecordExported, error) {
	store, s, err := p.record(c, r.Record)
	if err != nil {
		return RecordExported{}, err
	}
	out := RecordExported{}
	t, err := p.sending(func(w io.Writer) error {
		missing, err := store.Export(c, s.ID, w)
		for _, why := range missing {
			out.Missing = append(out.Missing, why.Error())
		}
		return recordError(err)
	})
	out.Transfer, out.Size = t.Transfer, t.Size
	return out, err
}

// importRecord is session.records.import.
func (p *peer) importRecord(c ctx, r *RecordImportParams) (out Record, err error) {
	store, err := p.records(c)
	if err != nil {
		return out, err
	}
	err = p.receiving(r.Transfer, func(data io.ReaderAt, size int64) error {
		s, err := store.Import(c, data, size, archive.ImportOptions{NewID: r.NewID, Name: r.Name})
		if err != nil {
			return recordError(err)
		}
		out, err = newRecord(s)
		return err
	})
	return out, err
}
