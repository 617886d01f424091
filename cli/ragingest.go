package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/internal/plural"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/ingest"
	"github.com/llmspell/llmspell/memory/chunk"
	"github.com/llmspell/llmspell/memory/rag"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// ragIngest is one call of rag ingest.
type ragIngest struct {
	m       *memoryCall
	library *rag.Library
	said    rag.Input // what the flags say of all documents
	waiting []rag.Input
	bytes   int
	done    []rag.Ingested
	skipped []skippedFile
}

type skippedFile struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// What waits for its transaction at most.
const (
	ingestDocuments = 100
	ingestBytes     = 8 << 20
)

func (m *memoryCall) ragIngestCommand() *cobra.Command {
	var in ragIngest
	var o ingest.Options
	var metadata string
	var ttl time.Duration
	var auto = "auto"
	chunkers := []string{auto}
	for _, s := range chunk.Strategies() {
		chunkers = append(chunkers, string(s))
	}
	chunker, kind := newChoice(chunkers...), newChoice(auto, string(rag.Plain), string(rag.Markdown), string(rag.HTML), string(rag.Code))
	format := newChoice("text", "json", "yaml")
	cmd := &cobra.Command{
		Use:   "ingest PATH...",
		Short: "Take in files and folders: texts, Markdown, HTML, PDF, code",
		Long: `Take in files and folders: texts, Markdown, HTML, PDF, code. - is stdin, a text that needs an --id.

Below folders all files are read but hidden ones; what is no text is passed by with a note. A PATH may be a pattern, such as 'docs/**/*.md'.
A document's id is the path of its file, if --id says nothing else: taken in again it takes the place of what was there, and is left alone if nothing has changed.`,
		Example: "  llmspell rag ingest docs README.md\n  llmspell rag ingest ~/src/boats --glob '*.go' --exclude vendor --collection code\n  llmspell rag ingest notes.md --scope session:chat-7 --ttl 24h",
		Args:    cobra.MinimumNArgs(1),
		RunE: m.on(func(ctx context.Context, mem *kernel.Memory, paths []string) error {
			in.m, in.library = m, mem.Library
			var err error
			if in.said.Metadata, err = metadataFlag(metadata); err != nil {
				return err
			}
			if chunker.value != auto {
				in.said.Chunks.Strategy = chunk.Strategy(chunker.value)
			}
			if kind.value != auto {
				o.Kind = rag.Kind(kind.value)
			}
			if ttl < 0 {
				return usagef("--ttl must not be negative")
			}
			if ttl > 0 {
				in.said.TTL = &ttl
			}
			if err := in.read(ctx, o, paths); err != nil {
				return err
			}
			return in.report(format.value)
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&in.said.Collection, "collection", rag.DefaultCollection, "the collection that they belong to")
	flags.StringVar(&in.said.Scope, "scope", rag.DefaultScope, "the scope that they belong to, such as session:chat-7 or user:ann")
	flags.StringVar(&in.said.ID, "id", "", "the id of the document, if there is one only (default: the path)")
	flags.StringVar(&in.said.Title, "title", "", "its title (default: as the document says)")
	flags.StringVar(&metadata, "metadata", "", "what else is to be kept, a JSON object")
	flags.DurationVar(&ttl, "ttl", 0, "how long documents of the collection live after they were taken in, e.g. 24h (default: as it is)")
	flags.StringArrayVar(&o.Globs, "glob", nil, "below folders only files of such names, or, with a slash, paths (may be repeated)")
	flags.StringArrayVar(&o.Exclude, "exclude", nil, "leave out files and folders of such names or paths (may be repeated)")
	flags.BoolVar(&o.Hidden, "hidden", false, "take in what begins with a dot, too")
	flags.IntVar(&in.said.Chunks.Size, "size", chunk.DefaultSize, "characters of a chunk at most")
	flags.IntVar(&in.said.Chunks.Overlap, "overlap", 0, "characters that a chunk may share with the one before")
	addChoice(cmd, &chunker, "chunker", "where they are cut; auto: as their kind needs")
	addChoice(cmd, &kind, "kind", "what they are; auto: as their names say")
	addChoice(cmd, &format, "format", "how to print what was done")
	return cmd
}

// read takes in what paths mean.
func (in *ragIngest) read(ctx context.Context, o ingest.Options, paths []string) error {
	box, err := sandbox.New("", sandbox.Trusted()) // the user has named the files
	if err != nil {
		return err
	}
	r := ingest.Reader{Box: box, Options: o, Each: func(doc rag.Input) error { return in.add(ctx, doc) },
		Skipped: func(path string, why error) { in.skipped = append(in.skipped, skippedFile{path, why.Error()}) }}
	for _, path := range paths {
		if path == "-" {
			err = in.stdin(ctx, o.Kind)
		} else {
			err = r.Read(ctx, path)
		}
		if err != nil {
			return err
		}
	}
	return in.flush(ctx)
}

// stdin takes in what is written to stdin.
func (in *ragIngest) stdin(ctx context.Context, kind rag.Kind) error {
	if in.said.ID == "" {
		return usagef("what is on stdin needs an --id")
	}
	data, err := io.ReadAll(io.LimitReader(in.m.a.input(ctx), chunk.MaxDocument+1))
	if err != nil {
		return err
	}
	return in.add(ctx, rag.Input{Text: string(data), Kind: kind})
}

// add takes a document in, with others.
func (in *ragIngest) add(ctx context.Context, doc rag.Input) error {
	if in.said.ID != "" && len(in.done)+len(in.waiting) > 0 {
		return usagef("--id names one document, and there are several")
	}
	doc.Scope, doc.Collection, doc.Chunks, doc.TTL = in.said.Scope, in.said.Collection, in.said.Chunks, in.said.TTL
	if in.said.ID != "" {
		doc.ID = in.said.ID
	}
	if in.said.Title != "" {
		doc.Title = in.said.Title
	}
	if len(in.said.Metadata) > 0 && doc.Metadata == nil {
		doc.Metadata = map[string]any{}
	}
	for k, v := range in.said.Metadata {
		doc.Metadata[k] = v
	}
	for _, other := range in.waiting {
		if other.ID == doc.ID { // the file was named twice
			return nil
		}
	}
	in.waiting = append(in.waiting, doc)
	if in.bytes += len(doc.Text); in.bytes < ingestBytes && len(in.waiting) < ingestDocuments {
		return nil
	}
	return in.flush(ctx)
}

// flush stores what waits.
func (in *ragIngest) flush(ctx context.Context) error {
	done, err := in.library.Ingest(ctx, in.waiting...)
	in.done, in.waiting, in.bytes = append(in.done, done...), nil, 0
	return err
}

// report tells what was done. That nothing could be taken in is an error.
func (in *ragIngest) report(format string) error {
	a := in.m.a
	counts, chunks, tokens := map[rag.Status]int{}, 0, 0
	for _, d := range in.done {
		counts[d.Status]++
		chunks, tokens = chunks+d.Chunks, tokens+d.Tokens
	}
	if format == "text" {
		for _, s := range in.skipped {
			fmt.Fprintf(a.stderr, "llmspell: passed by %s: %s\n", s.Path, s.Reason)
		}
		if _, err := fmt.Fprintf(a.stdout, "%s: %d added, %d replaced, %d unchanged (%s, %s)\n",
			plural.Of(len(in.done), "document"), counts[rag.Added], counts[rag.Replaced], counts[rag.Unchanged], plural.Of(chunks, "chunk"), plural.Of(tokens, "token")); err != nil {
			return err
		}
	} else {
		type shown struct {
			ID     string `json:"id"`
			Status string `json:"status"`
			Chunks int    `json:"chunks"`
			Tokens int    `json:"tokens"`
		}
		rows, skipped := []shown{}, in.skipped
		for _, d := range in.done {
			rows = append(rows, shown{d.ID, string(d.Status), d.Chunks, d.Tokens})
		}
		if skipped == nil {
			skipped = []skippedFile{}
		}
		if err := writeAs(a.stdout, format, map[string]any{"documents_processed": len(in.done), "added": counts[rag.Added], "replaced": counts[rag.Replaced], "unchanged": counts[rag.Unchanged],
			"chunks": chunks, "total_tokens": tokens, "documents": rows, "skipped": skipped}); err != nil {
			return err
		}
	}
	if len(in.done) == 0 {
		return fmt.Errorf("there was nothing to take in: %d files were passed by", len(in.skipped))
	}
	return nil
}
