package lsp

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/protocol"
)

const (
	// scanShown is how many files a scan has at least that the client shows.
	scanShown = 100
	// scanBatch is how many files get into the snapshot at once.
	scanBatch = 1000
	// scanPause is how long a scan lets requests have the processors before it looks
	// again, scanPatience how long it does so for one file.
	scanPause    = time.Millisecond
	scanPatience = 20 * time.Millisecond
)

// scan indexes all files of the workspace, in the background. A scan that runs ends.
func (w *workspace) scan() {
	ctx, cancel := context.WithCancel(w.s.ctx)
	w.mu.Lock()
	if w.stopScan != nil {
		w.stopScan()
	}
	w.stopScan = cancel
	w.mu.Unlock()
	w.s.background(func(context.Context) {
		defer cancel()
		w.run(ctx)
	})
}

// run indexes all files. Requests go first.
func (w *workspace) run(ctx context.Context) {
	start := time.Now()
	most := max(w.s.settings.Load().Workspace.MaxFiles, 0)
	paths := w.find(ctx, most)
	if ctx.Err() != nil {
		return
	}
	if most > 0 && len(paths) == most {
		w.s.log.Warn("the workspace has more files than are indexed", zap.Int("files", most))
	}
	var shown *progress
	work := ctx
	if len(paths) >= scanShown {
		shown, work = w.s.begin(ctx, nil, "llmspell: indexing")
	}
	entries := w.entries(work, paths, shown)
	cancelled := work.Err() != nil // by the user; end ends work too
	if shown != nil {
		shown.end(fmt.Sprintf("%d files", len(entries)))
	}
	if ctx.Err() != nil {
		return
	}
	if !cancelled {
		w.forget(entries)
	}
	w.mu.Lock()
	select {
	case <-w.indexed:
	default:
		close(w.indexed)
	}
	w.mu.Unlock()
	w.s.log.Info("the workspace is indexed", zap.Int("files", len(entries)), zap.Bool("cancelled", cancelled), zap.Duration("took", time.Since(start)))
	w.s.refreshAll()
}

// isIndexed tells whether all files of the workspace have been indexed once.
func (w *workspace) isIndexed() bool {
	select {
	case <-w.indexed:
		return true
	default:
		return false
	}
}

// entries indexes files, and puts them into the snapshot batch by batch. It returns the
// URIs of those that can be read.
func (w *workspace) entries(ctx context.Context, paths []string, shown *progress) map[string]bool {
	var next, done atomic.Int64
	var mu sync.Mutex
	have := make(map[string]bool, len(paths))
	var batch []*analysis.Entry
	publish := func() { // with mu
		if len(batch) > 0 {
			add := batch
			batch = nil
			w.s.change(func(snap *analysis.Snapshot) *analysis.Snapshot { return snap.WithIndexed(add...) })
		}
	}
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(paths)) {
		workers.Go(func() {
			for ctx.Err() == nil {
				i := next.Add(1) - 1
				if i >= int64(len(paths)) {
					return
				}
				w.yield(ctx)
				uri := string(protocol.FileURI(paths[i]))
				e := w.s.server.index.entry(uri, paths[i])
				mu.Lock()
				if e != nil {
					have[uri] = true
					if batch = append(batch, e); len(batch) >= scanBatch {
						publish()
					}
				}
				n := done.Add(1)
				if shown != nil {
					shown.report(uint32(100*n/int64(len(paths))), fmt.Sprintf("%d of %d files", n, len(paths)))
				}
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	publish()
	return have
}

// yield lets requests have the processors.
func (w *workspace) yield(ctx context.Context) {
	for waited := time.Duration(0); waited < scanPatience && w.s.conn.Busy() && ctx.Err() == nil; waited += scanPause {
		time.Sleep(scanPause)
	}
}

// forget takes files out of the snapshot that are not in the workspace any more.
func (w *workspace) forget(have map[string]bool) {
	w.s.change(func(snap *analysis.Snapshot) *analysis.Snapshot {
		var gone []string
		for _, e := range snap.Files() {
			if !have[e.URI] && protocol.URI(e.URI).IsFile() {
				gone = append(gone, e.URI)
			}
		}
		if len(gone) == 0 {
			return snap
		}
		return snap.WithoutIndexed(gone...)
	})
}
