package archive

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/llmspell/llmspell/kernel/db"
)

// Survivor is a View that also reads where the database is damaged: from a copy of what can
// be saved of it. What is returned then comes with an error that wraps ErrDamaged and says
// what is damaged. It is for those who show and save what there is; scripts, which go on
// with what they read, use a View.
type Survivor struct{ View }

// survive runs op, and where the database is damaged once more on what could be saved.
func survive[T any](ctx context.Context, v Survivor, op func(View) (T, error)) (T, error) {
	if s := v.salvaged; s != nil {
		out, err := op(v.View)
		return out, errors.Join(s.damage, err)
	}
	out, err := op(v.View)
	if !errors.Is(err, db.ErrCorrupt) {
		return out, err
	}
	rest, failed := v.afterDamage(ctx)
	if failed != nil {
		return out, fmt.Errorf("%w; %w", err, failed)
	}
	saved := v.View
	saved.Store = rest.store
	again, failed := op(saved)
	switch {
	case errors.Is(failed, ErrNotFound):
		return out, fmt.Errorf("%w; in what could be saved %w", err, unclassed{failed})
	case failed != nil && !errors.Is(failed, ErrDamaged):
		return again, failed
	}
	return again, errors.Join(rest.damage, failed)
}

// unclassed is an error that only its text is wanted of: what is not found in the rest of a
// database may well have been there.
type unclassed struct{ err error }

func (e unclassed) Error() string { return e.err.Error() }

// List is Store.List.
func (v Survivor) List(ctx context.Context, f Filter) ([]*Session, error) {
	return survive(ctx, v, func(v View) ([]*Session, error) { return v.Store.List(ctx, f) })
}

// Names is Store.Names.
func (v Survivor) Names(ctx context.Context, limit int) ([]string, error) {
	return survive(ctx, v, func(v View) ([]string, error) { return v.Store.Names(ctx, limit) })
}

// Resolve is Store.Resolve.
func (v Survivor) Resolve(ctx context.Context, ref string) (*Session, error) {
	return survive(ctx, v, func(v View) (*Session, error) { return v.Store.Resolve(ctx, ref) })
}

// Variables is Store.Variables.
func (v Survivor) Variables(ctx context.Context, id string) (map[string]any, error) {
	return survive(ctx, v, func(v View) (map[string]any, error) { return v.Store.Variables(ctx, id) })
}

// Checkpoints is Store.Checkpoints.
func (v Survivor) Checkpoints(ctx context.Context, id string) ([]*Checkpoint, error) {
	return survive(ctx, v, func(v View) ([]*Checkpoint, error) { return v.Store.Checkpoints(ctx, id) })
}

// Executions is Store.Executions.
func (v Survivor) Executions(ctx context.Context, session string, from, to, limit int) ([]*Execution, error) {
	return survive(ctx, v, func(v View) ([]*Execution, error) { return v.Store.Executions(ctx, session, from, to, limit) })
}

// Journal returns the Store in which the whole journal of a session can be read, as far as
// that is possible: what is begun with it must not be begun again.
func (v Survivor) Journal(ctx context.Context, session string) (*Store, error) {
	return survive(ctx, v, func(v View) (*Store, error) {
		if _, err := v.Get(ctx, session); ignore(err, ErrDamaged) != nil {
			return nil, err
		}
		list, err := v.Store.Executions(ctx, session, 0, 0, 0)
		if ignore(err, ErrDamaged) != nil {
			return nil, err
		}
		for _, e := range list {
			_, source := v.Source(ctx, e)
			_, before := v.Before(ctx, e)
			_, entries := v.Entries(ctx, session, e.Sequence)
			for _, err := range []error{source, before, entries} {
				if errors.Is(err, db.ErrCorrupt) || ctx.Err() != nil {
					return nil, errors.Join(err, context.Cause(ctx))
				}
			}
		}
		return v.Store, nil
	})
}

// QueryArtifacts is Store.QueryArtifacts.
func (v Survivor) QueryArtifacts(ctx context.Context, f ArtifactQuery) ([]*Artifact, error) {
	return survive(ctx, v, func(v View) ([]*Artifact, error) { return v.Store.QueryArtifacts(ctx, f) })
}

// Artifact is Store.Artifact.
func (v Survivor) Artifact(ctx context.Context, ref ArtifactRef) (*Artifact, error) {
	return survive(ctx, v, func(v View) (*Artifact, error) { return v.Store.Artifact(ctx, ref) })
}

// OpenArtifact is Store.OpenArtifact. The reader goes on where the database is damaged: at the
// end the hash tells whether the content is sound.
func (v Survivor) OpenArtifact(ctx context.Context, a *Artifact) io.Reader {
	return &survivingReader{ctx: ctx, v: v, a: a, r: v.Store.OpenArtifact(ctx, a)}
}

// survivingReader reads a content, the rest of it from what could be saved.
type survivingReader struct {
	ctx  context.Context
	v    Survivor
	a    *Artifact
	r    io.Reader
	read int64
	rest bool // it reads from what could be saved
}

// Read reads on.
func (r *survivingReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	r.read += int64(n)
	if !errors.Is(err, db.ErrCorrupt) || r.rest || n > 0 {
		return n, err
	}
	rest, failed := r.v.afterDamage(r.ctx)
	if failed != nil {
		return 0, fmt.Errorf("%w; %w", err, failed)
	}
	r.rest, r.r = true, rest.store.OpenArtifact(r.ctx, r.a)
	if _, err := io.CopyN(io.Discard, r.r, r.read); err != nil {
		return 0, err
	}
	return r.Read(p)
}

// Verified is what Verify and VerifyRest have found together.
type Verified struct {
	Checked int                 // artifacts
	Damaged map[*Artifact]error // those of them that are damaged
	Rest    []error             // what else is
}

// VerifyAll reads all of a session, of all sessions if id is "": then the database is looked at
// as a whole, too.
func (v Survivor) VerifyAll(ctx context.Context, id string) (*Verified, error) {
	out, err := survive(ctx, v, func(v View) (*Verified, error) {
		var out Verified
		var err error
		if out.Checked, out.Damaged, err = v.Verify(ctx, id); err != nil {
			return nil, err
		}
		if out.Rest, err = v.verifyRests(ctx, id, v.salvaged == nil); err != nil {
			return nil, err
		}
		for _, why := range out.Damaged {
			if v.salvaged == nil && errors.Is(why, db.ErrCorrupt) {
				return nil, why // there may be more to save
			}
		}
		if id == "" && v.salvaged == nil {
			return &out, v.db.Check(ctx)
		}
		return &out, nil
	})
	if errors.Is(err, ErrDamaged) && out != nil {
		out.Rest, err = append(out.Rest, err), nil
	}
	return out, err
}

// Export is Store.Export. All is read once before anything is written, which could not be
// taken back.
func (v Survivor) Export(ctx context.Context, id string, w io.Writer) (missing []error, err error) {
	_, err = survive(ctx, v, func(v View) (_ struct{}, err error) {
		x := v.newExporter(w, id)
		if v.salvaged == nil {
			try := v.newExporter(io.Discard, id)
			try.strict = true
			if err := try.read(ctx, id, try.session, try.variables, try.checkpoints, try.executions, try.entries, try.artifacts); err != nil {
				return struct{}{}, err
			}
			x.bad = try.bad // contents are not examined twice
		}
		missing, err = v.export(ctx, x, id)
		return struct{}{}, err
	})
	if errors.Is(err, ErrDamaged) {
		missing, err = append([]error{fmt.Errorf("what was on damaged pages: %w", err)}, missing...), nil
	}
	return missing, err
}
