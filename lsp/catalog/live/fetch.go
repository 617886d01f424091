package live

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/rpc"
	"github.com/llmspell/llmspell/lsp/catalog"
)

// Bounds of what is taken from a kernel.
const (
	maxScopes    = 50
	maxKeys      = 5000  // of all scopes
	maxValues    = 200   // values read in one round
	maxValueSize = 16384 // bytes of a value that is read
	maxSessions  = 200
	askedOf      = 8   // sessions whose variables are asked for
	maxEvents    = 500 // types
	maxName      = 256 // bytes
	maxShown     = 80  // characters of a value
)

// fetcher asks one kernel, and remembers what it need not ask again.
type fetcher struct {
	client  *rpc.Client
	kernel  string
	source  string
	same    bool // the kernel is of this program's version
	recheck time.Duration
	tools   map[string]*known
	values  map[[2]string]*value // by scope and key
	vars    map[string]*variables
	recent  []string // the sessions of vars, the one that was used last first
	events  map[string]bool
	scopes  []catalog.Entry
	sequel  uint64 // the last event that was seen
	content catalog.Content
}

func newFetcher(client *rpc.Client, o *Options) *fetcher {
	id := clip(client.Hello().Kernel, 60)
	return &fetcher{
		client: client, kernel: id, source: "live · kernel " + id, same: o.Version != "" && client.Hello().Server == o.Version,
		recheck: 6 * o.Every,
		tools:   map[string]*known{}, values: map[[2]string]*value{}, vars: map[string]*variables{}, events: map[string]bool{},
		content: catalog.Content{Live: true, Entries: map[string][]catalog.Entry{}},
	}
}

// fetch asks for everything. What is not answered in time stays as it was; the error
// says that the kernel answers nothing.
func (f *fetcher) fetch(ctx context.Context, base *catalog.Catalog) (catalog.Content, error) {
	entries := map[string][]catalog.Entry{}
	for _, part := range []struct {
		slot string
		ask  func(context.Context) ([]catalog.Entry, error)
	}{{"session", f.sessions}, {"variable", f.variables}, {"event", f.eventTypes}, {"state", f.state}} {
		list, err := within(ctx, part.ask)
		if err != nil {
			if err := f.alive(ctx, err); err != nil {
				return catalog.Content{}, err
			}
			list = f.content.Entries[part.slot]
		}
		if len(list) > 0 {
			entries[part.slot] = list
		}
	}
	if len(f.scopes) > 0 {
		entries["scope"] = f.scopes
	}
	list, err := f.toolList(ctx, base)
	if err == nil {
		f.content.Tools = list
	} else if err := f.alive(ctx, err); err != nil {
		return catalog.Content{}, err
	}
	f.content.Entries = entries
	return f.content, nil
}

// alive returns nil if the kernel is there although it has not given an answer.
func (f *fetcher) alive(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		return f.client.Err()
	}
	if _, err := within(ctx, func(ctx context.Context) (any, error) { return nil, f.client.Ping(ctx) }); err != nil {
		return errHangs
	}
	return nil
}

// within gives an answer its time.
func within[T any](ctx context.Context, ask func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return ask(ctx)
}

// sessions are the kernel's sessions, the one that was used last first.
func (f *fetcher) sessions(ctx context.Context) ([]catalog.Entry, error) {
	list, err := f.client.Sessions(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(list, func(a, b rpc.SessionInfo) int { return b.LastUse.Compare(a.LastUse) })
	f.forget(list)
	var out []catalog.Entry
	for _, s := range list[:min(len(list), maxSessions)] {
		if !usable(s.ID) {
			continue
		}
		detail := "session"
		if s.Name != "" {
			detail += " " + clip(s.Name, maxShown)
		}
		if s.Busy {
			detail += ", busy"
		}
		out = append(out, catalog.Entry{Name: s.ID, Detail: detail, Doc: "Works in `" + clip(s.Cwd, maxName) + "`.", Source: f.source})
	}
	return out, nil
}

// variables of a session, and when it was asked.
type variables struct {
	used       time.Time
	executions int
	asked      bool
	list       []catalog.Entry
	tools      []*catalog.Tool // that its scripts have registered
	asksTools  bool            // those must be asked for
}

// forget drops the variables of sessions that are gone, and notes which were used.
func (f *fetcher) forget(list []rpc.SessionInfo) {
	vars := map[string]*variables{}
	f.recent = f.recent[:0]
	for _, s := range list[:min(len(list), askedOf)] {
		v := f.vars[s.ID]
		if v == nil {
			v = &variables{}
		}
		if s.Busy || !v.used.Equal(s.LastUse) || v.executions != s.Executions {
			v.used, v.executions, v.asked, v.asksTools = s.LastUse, s.Executions, false, true
		}
		vars[s.ID] = v
		f.recent = append(f.recent, s.ID)
	}
	f.vars = vars
}

// variables are the globals of the sessions that were used last.
func (f *fetcher) variables(ctx context.Context) ([]catalog.Entry, error) {
	var out []catalog.Entry
	for _, id := range sortedKeys(f.vars) {
		v := f.vars[id]
		if !v.asked {
			page, err := f.client.Variables(ctx, rpc.VariablesParams{Session: id, Raw: true})
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if err == nil {
				v.asked, v.list = !page.Partial, entriesOf(page.Variables, id, f.source)
			}
		}
		out = append(out, v.list...)
	}
	return out, nil
}

// entriesOf are variables or members of a session.
func entriesOf(list []kernel.Variable, session, source string) (out []catalog.Entry) {
	for _, v := range list {
		if usable(v.Name) {
			out = append(out, catalog.Entry{Name: v.Name, Detail: clip(v.Type, maxShown), Value: clip(v.Value, maxShown), Source: source, Arg: session})
		}
	}
	return out
}

// eventTypes are the types of events that the kernel remembers, or did.
func (f *fetcher) eventTypes(ctx context.Context) ([]catalog.Entry, error) {
	list, err := f.client.Events(ctx, rpc.HistoryParams{After: f.sequel, Limit: 1000})
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		f.sequel = max(f.sequel, e.Sequence)
		if usable(e.Type) && len(f.events) < maxEvents {
			f.events[e.Type] = true
		}
	}
	var out []catalog.Entry
	for _, name := range sortedKeys(f.events) {
		if !isKernels(name) {
			out = append(out, catalog.Entry{Name: name, Detail: "published before", Source: f.source})
		}
	}
	return out, nil
}

// isKernels tells whether an event is the kernel's own, which the base describes.
func isKernels(name string) bool {
	for _, prefix := range []string{"kernel.", "session.", "execution.", "tool.", "state."} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// usable tells whether a name can be shown and written.
func usable(name string) bool {
	return name != "" && len(name) <= maxName && utf8.ValidString(name) && !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// clip shortens a text that is shown in one line.
func clip(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s[:min(len(s), 8*most)], "?"))
	n := 0
	for i := range s {
		if n++; n > most {
			return s[:i] + "…"
		}
	}
	return s
}
