package options

import (
	"github.com/llmspell/llmspell/memory/chunk"
	"github.com/llmspell/llmspell/memory/rag"
	"github.com/llmspell/llmspell/memory/tokens"
	"github.com/llmspell/llmspell/tools/schema"
)

// longest is the longest time to live, in seconds.
const longest = 100 * 365 * 24 * 3600

func ragTables() []*Table {
	metadata := schema.Optional("metadata", schema.Map(""))
	kind := schema.Optional("kind", schema.Choice("", string(rag.Plain), string(rag.Markdown), string(rag.HTML), string(rag.Code)).WithAliases(map[string]string{"plain": string(rag.Plain), "md": string(rag.Markdown)}))
	var strategies []string
	for _, s := range chunk.Strategies() {
		strategies = append(strategies, string(s))
	}
	chunking := schema.Optional("chunking", schema.Map("",
		schema.Optional("chunk_size", schema.Int("characters of a chunk at most", chunk.MinSize, chunk.MaxSize), "size"),
		schema.Optional("overlap", schema.Int("characters that a chunk shares with the one before", 0, chunk.MaxSize/2), "chunk_overlap"),
		schema.Optional("strategy", schema.Choice("", strategies...).WithAliases(map[string]string{"sliding_window": string(chunk.Fixed), "semantic": string(chunk.Sentence)}))))
	place := []schema.Property{text("scope"), text("scope_id"), text("tenant_id")}
	with := func(more ...schema.Property) []schema.Property { return append(more, place...) }
	k := schema.Optional("k", schema.Int("how many at most", 1, 10_000), "top_k", "limit")
	threshold := schema.Optional("threshold", between(0, 1))
	search := options(RAGSearchOptions, with(k, threshold, texts("collection"), texts("id"), schema.Optional("metadata", schema.Map(""), "metadata_filter", "filters"), anything("provider"))...)
	search.Lists = []string{"collection", "id"}
	ingest := options(RAGIngestOptions, with(text("collection"), kind, metadata, chunking, schema.Optional("ttl", between(0, longest), "ttl_seconds"), texts("globs"), texts("exclude"), boolean("hidden"), anything("provider"))...)
	ingest.Lists = []string{"globs", "exclude"}
	filter := &Table{Name: RAGFilter, Member: "filter", Lists: []string{"collection", "id"}, Schema: schema.Map("", with(texts("collection"), texts("id"), metadata,
		schema.Optional("limit", schema.Int("how many at most", 1, 1_000_000)))...)}
	context := options(ContextOptions, with(schema.Optional("encoding", schema.Choice("", tokens.Encodings()...)), texts("collection"), texts("role"),
		moment("since"), moment("until"), metadata, schema.Optional("min_score", between(0, 1)),
		schema.Optional("candidates", schema.Int("how many of each source are looked at", 1, 10_000)))...)
	context.Lists = []string{"collection", "role"}
	return []*Table{
		search, ingest, filter, context,
		{Name: RAGDocument, Member: "document", Schema: schema.Map("", schema.Optional("content", schema.Text(""), "text"), text("path"), text("id"), text("title"), text("source"),
			metadata, kind, moment("timestamp"))},
		options(RAGScope, place...),
		options(RAGSession, text("session_id"), schema.Optional("vector_ttl", between(0, longest), "ttl"), text("collection")),
		options(RAGConfig, with(text("collection"), k, threshold, chunking, anything("provider"), anything("embedding"), anything("vector_storage"), anything("cache"),
			anything("enabled"), anything("multi_tenant"))...),
	}
}
