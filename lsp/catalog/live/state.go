package live

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/kernel/rpc"
	"github.com/llmspell/llmspell/lsp/catalog"
)

// value is what is known of a value of the state.
type value struct {
	revision int64
	text     string
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// state are the keys of the state with their values. The values of those that have
// changed are read, as long as they are small.
func (f *fetcher) state(ctx context.Context) ([]catalog.Entry, error) {
	scopes, err := f.client.StateScopes(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(scopes, func(a, b rpc.StateScopeInfo) int { // the global one first
		if (a.Scope == "global") != (b.Scope == "global") {
			if a.Scope == "global" {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Scope, b.Scope)
	})
	f.scopes = f.scopes[:0:0]
	for _, s := range scopes[:min(len(scopes), maxScopes)] {
		if usable(s.Scope) && s.Scope != "global" {
			f.scopes = append(f.scopes, catalog.Entry{Name: s.Scope, Detail: fmt.Sprintf("%d values", s.Entries), Source: f.source})
		}
	}
	var out []catalog.Entry
	values := map[[2]string]*value{}
	reads := 0
	for _, scope := range scopes[:min(len(scopes), maxScopes)] {
		if len(out) >= maxKeys {
			break
		}
		list, err := f.client.StateList(ctx, rpc.StateListParams{Scope: scope.Scope, Limit: min(maxKeys-len(out), 1000)})
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			continue // it has just gone
		}
		for _, e := range list {
			if !usable(e.Key) || len(out) >= maxKeys {
				continue
			}
			id := [2]string{scope.Scope, e.Key}
			v := f.values[id]
			if v == nil || v.revision != e.Revision {
				v = &value{revision: e.Revision, text: fmt.Sprintf("%d bytes", e.Size)}
				if e.Size <= maxValueSize {
					if reads++; reads > maxValues {
						v.revision = -1 // next time
					} else if got, ok, err := f.client.StateGet(ctx, scope.Scope, e.Key); err == nil && ok {
						v.text = shown(got.Value)
					}
				}
			}
			values[id] = v
			out = append(out, catalog.Entry{
				Name: e.Key, Detail: "state · " + clip(scope.Scope, maxShown), Doc: fmt.Sprintf("Version %d, written %s.", e.Version, e.Written.Format("2006-01-02 15:04:05")),
				Source: f.source, Value: v.text, Arg: scope.Scope,
			})
		}
	}
	f.values = values
	return out, nil
}

// shown is a value as text in one line.
func shown(v any) string {
	text, err := json.Marshal(v)
	if err != nil { // it came as JSON
		return ""
	}
	return clip(string(text), maxShown)
}
