package filesystem

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// search is one call of file-search. Its walk runs on the call's goroutine for
// names; for content it has its own, which feeds the workers, while the call's
// collects their answers in order.
type search struct {
	call     *tool.Call
	place    *sandbox.Place
	filter   *filter
	limit    int // matches in all
	searched int
	skipped  map[string]int
	errs     []any
	matches  []any
	bytes    int        // of the lines in matches
	over     bool       // the collector found enough
	tooMany  bool       // the walk met too many files
	mu       sync.Mutex // guards errs and skipped while there are workers
}

func runSearch(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	f, err := newFilter(call.Params)
	if err != nil {
		return nil, err
	}
	p, err := call.Sandbox.Place(sandbox.Read, call.Params.String("path"))
	if err != nil {
		return nil, err
	}
	defer p.Close()
	s := &search{call: call, place: p, filter: f, limit: call.Params.Int("max_results"), skipped: map[string]int{}, matches: []any{}}
	if call.Operation == "name" {
		return s.names(ctx)
	}
	return s.content(ctx)
}

var errEnough = errors.New("a limit is reached")

// each calls do for the files (and, when folders is set, the folders) that the
// filter lets through.
func (s *search) each(ctx context.Context, folders bool, do visit) error {
	depth := 1
	if s.call.Params.Bool("recursive") {
		depth = s.call.Params.Int("max_depth")
	}
	var rules ignoreRules
	if s.filter.gitignore {
		rules = rules.load(s.place, "")
	}
	seen := 0
	err := walk(ctx, s.place, depth, func(rel string, e fs.DirEntry) error {
		if seen++; seen > maxSearchFiles {
			s.tooMany = true
			return errEnough
		}
		if s.filter.gitignore && rules.match(rel, e.IsDir()) {
			return skip(e)
		}
		if e.IsDir() {
			if s.filter.folders.match(rel) {
				return fs.SkipDir
			}
			if s.filter.gitignore && len(rules) < maxIgnoreRules && depth > 1 {
				rules = rules.load(s.place, rel)
			}
			if !folders {
				return nil
			}
		}
		if e.IsDir() || s.filter.file(rel) {
			return do(rel, e)
		}
		return nil
	}, s.unreadable)
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

func skip(e fs.DirEntry) error {
	if e.IsDir() {
		return fs.SkipDir
	}
	return nil
}

func (s *search) unreadable(rel string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skipped["unreadable"]++
	if len(s.errs) < 10 {
		err = s.place.Child(rel).Explain(err)
		s.errs = append(s.errs, err.Error())
	}
}

// names finds files and folders by name.
func (s *search) names(ctx context.Context) (*tool.Result, error) {
	fits, err := s.nameMatcher()
	if err != nil {
		return nil, err
	}
	err = s.each(ctx, true, func(rel string, e fs.DirEntry) error {
		s.searched++
		if !fits(rel) {
			return nil
		}
		if len(s.matches) == s.limit {
			s.over = true
			return errEnough
		}
		info, err := e.Info()
		if err != nil { // deleted meanwhile
			return nil
		}
		item := describe(rel, info)
		item["path"] = rel
		s.matches = append(s.matches, item)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.result(nil), nil
}

func (s *search) nameMatcher() (func(string) bool, error) {
	pattern := s.call.Params.String("pattern")
	sensitive := s.call.Params.Bool("case_sensitive")
	if s.call.Params.Bool("use_regex") {
		if !sensitive {
			pattern = "(?i)" + pattern
		}
		re, err := regexp.Compile(pattern)
		if err != nil {
			return nil, &schema.FieldError{Path: "pattern", Problem: "is not a regular expression: " + err.Error()}
		}
		return re.MatchString, nil
	}
	if !sensitive {
		pattern = strings.ToLower(pattern)
	}
	if problem := checkGlob(pattern); problem != "" {
		return nil, &schema.FieldError{Path: "pattern", Problem: problem}
	}
	g := globs{pattern}
	return func(rel string) bool {
		if !sensitive {
			rel = strings.ToLower(rel)
		}
		return g.match(rel)
	}, nil
}

// job is one file on its way through a worker to the collector.
type job struct {
	rel    string
	answer chan answer // holds one
}

type answer struct {
	matches []any
	size    int // bytes of lines
}

// content finds lines in files. The order of what it gives does not depend on
// which worker is faster.
func (s *search) content(ctx context.Context) (*tool.Result, error) {
	pattern := s.call.Params.String("pattern")
	if strings.ContainsAny(pattern, "\r\n") {
		return nil, &schema.FieldError{Path: "pattern", Problem: "contains the end of a line", Help: "lines are searched one by one"}
	}
	m, err := newMatcher(pattern, s.call.Params.Bool("use_regex"), s.call.Params.Bool("case_sensitive"))
	if err != nil {
		return nil, err
	}
	info, err := s.place.Root.Stat(s.place.Name)
	if err != nil {
		return nil, s.place.Explain(err)
	}

	work, stop := context.WithCancel(ctx)
	workers := min(runtime.GOMAXPROCS(0), 8)
	jobs, order := make(chan *job, 4*workers), make(chan *job, 64)
	var group sync.WaitGroup
	defer group.Wait()
	defer stop()
	send := func(rel string) error {
		j := &job{rel: rel, answer: make(chan answer, 1)}
		for _, to := range []chan *job{jobs, order} {
			select {
			case to <- j:
			case <-work.Done():
				return work.Err()
			}
		}
		return nil
	}
	var walked error
	group.Go(func() {
		defer close(jobs)
		defer close(order)
		if !info.IsDir() {
			walked = send("")
			return
		}
		walked = s.each(work, false, func(rel string, e fs.DirEntry) error {
			if !e.Type().IsRegular() {
				return nil
			}
			return send(rel)
		})
	})
	for range workers {
		group.Go(func() {
			w := worker{search: s, matcher: m.clone()}
			for j := range jobs {
				j.answer <- w.file(work, j.rel)
			}
		})
	}
	matched := 0
	for j := range order {
		var a answer
		select {
		case a = <-j.answer:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if len(a.matches) > 0 {
			matched++
		}
		s.searched++
		if s.collect(a) {
			stop() // the rest is not needed
			group.Wait()
			return s.result(&matched), ctx.Err()
		}
	}
	group.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if walked != nil {
		return nil, walked
	}
	return s.result(&matched), nil
}

// collect adds the matches of a file, and tells whether that is enough.
func (s *search) collect(a answer) bool {
	if left := s.limit - len(s.matches); len(a.matches) > left {
		a.matches, s.over = a.matches[:left], true
	}
	s.matches = append(s.matches, a.matches...)
	s.bytes += a.size
	s.over = s.over || s.bytes > maxSearchOutput
	return s.over
}

func (s *search) result(matched *int) *tool.Result {
	skipped := map[string]any{}
	for why, n := range s.skipped {
		skipped[why] = n
	}
	value := map[string]any{
		"matches": s.matches, "total_matches": len(s.matches), "truncated": s.over || s.tooMany, "files_searched": s.searched, "skipped": skipped,
	}
	message := fmt.Sprintf("%d found among %d names", len(s.matches), s.searched)
	if matched != nil {
		value["files_matched"] = *matched
		message = fmt.Sprintf("%d matches in %d of %d files", len(s.matches), *matched, s.searched)
	}
	if s.errs != nil {
		value["errors"] = s.errs
	}
	return &tool.Result{Value: value, Message: message}
}

// worker searches files, one after the other, with memory that it keeps.
type worker struct {
	*search
	matcher *matcher
	content []byte
}

func (w *worker) skip(why string, n int) {
	w.mu.Lock()
	w.skipped[why] += n
	w.mu.Unlock()
}

// file searches one file; what goes wrong is noted, and gives no match.
func (w *worker) file(ctx context.Context, rel string) answer {
	place := w.place
	if rel != "" {
		place = place.Child(rel)
	} else {
		rel = filepath.Base(place.Path)
	}
	f, err := place.Open()
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			w.unreadable(rel, err)
		}
		return answer{}
	}
	defer f.Close()
	limit := int64(w.call.Params.Int("max_file_size"))
	info, err := f.Stat()
	if err == nil && info.Size() > limit {
		w.skip("too_large", 1)
		return answer{}
	}
	if w.content, err = readInto(ctx, w.content[:0], f, limit); err != nil {
		if ctx.Err() == nil {
			w.unreadable(rel, err)
		}
		return answer{}
	}
	switch marked := w.content; {
	case bytes.HasPrefix(marked, []byte("\xef\xbb\xbf")):
		w.content = append(marked[:0], marked[3:]...)
	case bytes.HasPrefix(marked, []byte("\xff\xfe")), bytes.HasPrefix(marked, []byte("\xfe\xff")), bytes.HasPrefix(marked, []byte("\x00\x00\xfe\xff")):
		name, _, err := detectEncoding(rel, marked)
		if err == nil {
			var text []byte
			if text, _, err = decodeText(ctx, marked, name, false); err == nil {
				w.content = text
			}
		}
		if err != nil && ctx.Err() != nil {
			return answer{}
		}
	}
	if bytes.IndexByte(w.content[:min(len(w.content), 8000)], 0) >= 0 {
		w.skip("binary", 1)
		return answer{}
	}
	most := w.limit + 1 // one more, to know that there are more
	if n := w.call.Params.Int("max_matches_per_file"); n > 0 {
		most = min(most, n)
	}
	found, cut, err := w.matcher.find(ctx, w.content, most)
	if err != nil {
		return answer{}
	}
	if cut > 0 {
		w.skip("long_lines", cut)
	}
	return w.describe(path.Clean(filepath.ToSlash(rel)), found)
}

// readInto appends a file's content to buf, at most limit bytes.
func readInto(ctx context.Context, buf []byte, r io.Reader, limit int64) ([]byte, error) {
	for int64(len(buf)) <= limit {
		if err := ctx.Err(); err != nil {
			return buf, err
		}
		if cap(buf)-len(buf) < 512 {
			buf = append(buf, make([]byte, max(64<<10, len(buf)))...)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):min(cap(buf), len(buf)+1<<20)])
		buf = buf[:len(buf)+n]
		if errors.Is(err, io.EOF) {
			return buf, nil
		}
		if err != nil {
			return buf, err
		}
	}
	return buf[:limit], nil // it grew meanwhile
}

// describe turns the spans of a file into results.
func (w *worker) describe(rel string, found []span) answer {
	if len(found) == 0 {
		return answer{}
	}
	around := w.call.Params.Int("context_lines")
	out := answer{matches: make([]any, 0, len(found))}
	line, counted := 1, 0
	for _, f := range found {
		line += bytes.Count(w.content[counted:f.lineStart], []byte{'\n'})
		counted = f.lineStart
		before, after := linesBefore(w.content, f.lineStart, around), linesAfter(w.content, f.lineEnd, around)
		text, match := shown(w.content[f.lineStart:f.lineEnd]), shown(w.content[f.start:min(f.end, len(w.content))])
		out.matches = append(out.matches, map[string]any{
			"path": rel, "line": line, "column": utf8.RuneCount(w.content[f.lineStart:f.start]) + 1,
			"text": text, "match": match, "before": before, "after": after,
		})
		out.size += len(text) + len(match) + 200
		for _, l := range append(before, after...) {
			out.size += len(l.(string))
		}
		if out.size > maxSearchOutput {
			break
		}
	}
	return out
}

func linesBefore(content []byte, pos, n int) []any {
	lines := []any{}
	for ; n > 0 && pos > 0; n-- {
		end := pos - 1
		pos = bytes.LastIndexByte(content[:end], '\n') + 1
		lines = append(lines, shown(content[pos:end]))
	}
	for i, j := 0, len(lines)-1; i < j; i, j = i+1, j-1 {
		lines[i], lines[j] = lines[j], lines[i]
	}
	return lines
}

func linesAfter(content []byte, pos, n int) []any {
	lines := []any{}
	for ; n > 0; n-- {
		i := bytes.IndexByte(content[pos:], '\n')
		if i < 0 || pos+i+1 >= len(content) {
			break
		}
		pos += i + 1
		end := len(content)
		if i := bytes.IndexByte(content[pos:], '\n'); i >= 0 {
			end = pos + i
		}
		lines = append(lines, shown(content[pos:end]))
		pos = end
	}
	return lines
}

// shown returns a line as valid UTF-8, cut when it is long.
func shown(line []byte) string {
	line = bytes.TrimSuffix(line, []byte{'\r'})
	suffix := ""
	if len(line) > maxShownLine {
		cut := maxShownLine
		for cut > 0 && !utf8.RuneStart(line[cut]) {
			cut--
		}
		line, suffix = line[:cut], "…"
	}
	return strings.ToValidUTF8(string(line), "\uFFFD") + suffix
}
