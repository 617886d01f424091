package rpc

import (
	"cmp"
	"os"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/kernel/replay"
)

// options are what a replay is to be like.
func (r *RecordReplayParams) options() (replay.Options, error) {
	mode, err := replay.ParseMode(r.Mode)
	if err != nil {
		return replay.Options{}, badParam("mode", "%v", err)
	}
	if r.TimeoutMS < 0 {
		return replay.Options{}, badParam("timeout_ms", "session.records.replay: timeout_ms is negative")
	}
	o := replay.Options{
		Mode: mode, Compare: r.Compare, From: r.From, To: r.To, Timeout: milliseconds(r.TimeoutMS), StopOnError: r.StopOnError,
	}
	for _, m := range r.Modifications {
		if err := replay.CheckPath(m.Path); err != nil {
			return o, badParam("modifications", "%v", err)
		}
		one := replay.Modification{Path: m.Path, Disabled: m.Disabled}
		if len(m.Value) > 0 {
			if one.Value, err = archive.Decode(m.Value); err != nil {
				return o, badParam("modifications", "%s: %v", m.Path, err)
			}
		}
		o.Modifications = append(o.Modifications, one)
	}
	return o, nil
}

// replayRecord is session.records.replay.
func (p *peer) replayRecord(c ctx, r *RecordReplayParams) (RecordReplayed, error) {
	o, err := r.options()
	if err != nil {
		return RecordReplayed{}, err
	}
	limits, e := r.Limits.runtime("session.records.replay")
	if e != nil {
		return RecordReplayed{}, e
	}
	var out RecordReplayed
	store, s, err := p.recordIn(c, r.Record, &out.Damage)
	if err != nil {
		return out, err
	}
	journal, err := store.Journal(c, s.ID)
	if err := out.note(err); err != nil || journal == nil {
		return out, err
	}
	dir := string(p.hello.Cwd)
	if dir == "" {
		if dir, err = os.Getwd(); err != nil {
			return RecordReplayed{}, err
		}
	}
	box, err := p.sandbox(cmp.Or(r.Permissions, p.hello.Permissions), dir, dir, nil)
	if err != nil {
		return RecordReplayed{}, err
	}
	report, err := p.server.opts.Kernel.Replay(c, kernel.SessionOptions{
		Name: "replay of " + s.Name, Dir: dir, BaseEnv: p.env, Sandbox: box, Limits: limits,
	}, journal, s.ID, o)
	if err != nil {
		return RecordReplayed{}, recordError(err)
	}
	out.Report, err = archive.Encode(archive.Journaled(report))
	return out, err
}
