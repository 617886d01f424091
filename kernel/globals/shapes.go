package globals

import (
	"strconv"
	"strings"
	"time"

	"github.com/llmspell/llmspell/internal/plural"
	"github.com/llmspell/llmspell/runtime"
)

// Shapes are the tables that Memory, Context and RAG give to scripts, as debuggers show them.
func Shapes() []runtime.Shape { return shapes }

// shapes stand in the order in which they are tried. It is never changed.
var shapes = []runtime.Shape{
	{Has: []string{"session_id", "role", "content", "timestamp", "ingestion_time"}, First: []string{"role", "content", "timestamp", "session_id", "id", "score", "metadata"},
		Text: func(f runtime.ShapeFields) string {
			return words("turn", f.Word("role"), f.Quote("content"), moment(f, "timestamp"), scored(f))
		}},
	{Has: []string{"subject", "predicate", "object", "is_entity", "confidence"},
		First: []string{"subject", "predicate", "object", "text", "valid_from", "valid_to", "known_from", "known_to", "confidence", "sources", "asserted", "score", "is_entity", "id"}, Text: factText},
	{Has: []string{"kind", "about", "from", "to", "count", "failed", "confidence"}, First: []string{"kind", "about", "from", "to", "count", "failed", "confidence", "first", "last", "session_id", "id"},
		Text: patternText},
	{Has: []string{"name", "entity_type", "facts", "aliases"}, First: []string{"name", "entity_type", "aliases", "properties", "facts", "score", "id"},
		Text: func(f runtime.ShapeFields) string {
			return words("entity", f.Word("name"), named("type", f.Word("entity_type")), plural.Of(f.Count("facts"), "fact"), scored(f))
		}},
	{Has: []string{"name", "entity_type", "hops"}, First: []string{"name", "entity_type", "hops", "id"},
		Text: func(f runtime.ShapeFields) string {
			return words("entity", f.Word("name"), named("type", f.Word("entity_type")), "hops "+f.Word("hops"))
		}},
	{Has: []string{"session_id", "episodes", "unprocessed", "first", "last"}, First: []string{"session_id", "episodes", "unprocessed", "first", "last"},
		Text: func(f runtime.ShapeFields) string {
			return words("session", f.Word("session_id"), "turns "+f.Word("episodes"), moment(f, "first"), "to", moment(f, "last"))
		}},
	{Has: []string{"chunks", "formatted", "token_count", "max_tokens", "strategy"},
		First: []string{"strategy", "token_count", "max_tokens", "formatted", "chunks", "left_out", "temporal_span", "found", "total_confidence", "warnings", "encoding"},
		Text: func(f runtime.ShapeFields) string {
			return words("context", f.Word("strategy"), f.Word("token_count")+" of "+f.Word("max_tokens")+" tokens:", plural.Of(f.Count("chunks"), "chunk")+",", strconv.Itoa(f.Count("left_out")), "left out")
		}},
	{Has: []string{"chunk", "cite", "rank", "score", "tokens"}, First: []string{"rank", "chunk", "cite", "score", "tokens", "ranker"},
		Text: func(f runtime.ShapeFields) string {
			return words("#"+f.Word("rank"), f.Line("chunk"), scored(f), f.Word("tokens")+" tokens")
		}},
	{Has: []string{"cite", "source", "reason", "score"}, First: []string{"reason", "cite", "source", "id", "of", "score", "tokens"},
		Text: func(f runtime.ShapeFields) string {
			return words("left out", f.Word("source"), f.Word("cite")+":", f.Word("reason"), scored(f))
		}},
	{Has: []string{"scope", "collection", "content", "score", "number", "id"}, First: []string{"title", "content", "headings", "score", "number", "source", "collection", "scope", "id", "timestamp", "ingested_at", "metadata"},
		Text: func(f runtime.ShapeFields) string {
			return words("piece", f.Word("number"), "of", titled(f, "id"), f.Quote("content"), scored(f))
		}},
	{Has: []string{"id", "source", "content", "metadata", "document_id", "number"}, First: []string{"title", "content", "headings", "number", "document_id", "collection", "scope", "id", "source", "timestamp", "metadata"},
		Text: func(f runtime.ShapeFields) string {
			return words("piece", f.Word("number"), "of", titled(f, "document_id"), f.Quote("content"))
		}},
	{Has: []string{"id", "source", "content", "metadata", "session_id", "role"}, First: []string{"role", "content", "timestamp", "session_id", "id", "source", "metadata"},
		Text: func(f runtime.ShapeFields) string {
			return words("turn", f.Word("role"), f.Quote("content"), moment(f, "timestamp"))
		}},
	{Has: []string{"id", "source", "content", "metadata", "entity", "predicate", "object"}, First: []string{"entity", "predicate", "object", "content", "confidence", "timestamp", "id", "source", "metadata"},
		Text: func(f runtime.ShapeFields) string {
			return words("fact", f.Word("entity"), f.Word("predicate"), f.Word("object"), since(f, "timestamp"))
		}},
	{Has: []string{"id", "scope", "collection", "title", "ingested_at", "chunks"}, First: []string{"title", "id", "collection", "scope", "source", "timestamp", "ingested_at", "chunks", "tokens", "bytes", "metadata"},
		Text: func(f runtime.ShapeFields) string {
			return words("document", titled(f, "id"), "in", f.Word("scope")+"/"+f.Word("collection")+",", "chunks "+f.Word("chunks")+",", "taken in", moment(f, "ingested_at"))
		}},
	{Has: []string{"scope", "collection", "documents", "chunks", "bytes"}, First: []string{"collection", "scope", "documents", "chunks", "tokens", "bytes", "ttl_seconds"},
		Text: func(f runtime.ShapeFields) string {
			return words("collection", f.Word("scope")+"/"+f.Word("collection")+":", "documents "+f.Word("documents")+",", "chunks "+f.Word("chunks"))
		}},
	{Has: []string{"success", "total", "results"}, First: []string{"total", "results", "warning", "success"},
		Text: func(f runtime.ShapeFields) string {
			return words("results", f.Word("total"), f.Quote("warning"))
		}},
}

// words is a line of what is not empty.
func words(parts ...string) string {
	kept := parts[:0]
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, " ")
}

// named is a word in brackets, with what it is.
func named(what, word string) string {
	if word == "" {
		return ""
	}
	return "(" + what + " " + word + ")"
}

// moment is a time as people read it: to the minute, in UTC, without the clock if it is midnight.
func moment(f runtime.ShapeFields, name string) string {
	word := f.Word(name)
	t, err := time.Parse(time.RFC3339Nano, word)
	if err != nil {
		return word
	}
	if t = t.UTC(); t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(time.DateOnly)
	}
	return t.Format("2006-01-02 15:04")
}

func since(f runtime.ShapeFields, name string) string {
	if at := moment(f, name); at != "" {
		return "since " + at
	}
	return ""
}

// scored is the score of what was found, if it was.
func scored(f runtime.ShapeFields) string {
	n, err := strconv.ParseFloat(f.Word("score"), 64)
	if err != nil {
		return ""
	}
	return named("score", strconv.FormatFloat(n, 'g', 3, 64))
}

// titled is what a document is called.
func titled(f runtime.ShapeFields, id string) string {
	if title := f.Word("title"); title != "" {
		return title
	}
	return f.Word(id)
}

// factText is a fact, with when it holds, and that it is believed no more.
func factText(f runtime.ShapeFields) string {
	until, over := "", ""
	if at := moment(f, "valid_to"); at != "" {
		until = "until " + at
	}
	if at := moment(f, "known_to"); at != "" {
		over = "(not believed since " + at + ")"
	}
	return words("fact", f.Word("subject"), f.Word("predicate"), f.Word("object"), since(f, "valid_from"), until, over, scored(f))
}

// patternText is a pattern, with how often it was seen.
func patternText(f runtime.ShapeFields) string {
	change := f.Word("to")
	if from := f.Word("from"); from != "" {
		change = from + " → " + change
	}
	return words("pattern", words(f.Word("kind"), f.Word("about"))+":", change, "×"+f.Word("count"), moment(f, "last"))
}
