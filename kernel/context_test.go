package kernel

import (
	"strings"
	"testing"
)

func TestContextGlobal(t *testing.T) {
	run := scripts(t, remembering(t, nil), t.TempDir())
	run(`Memory.episodic.add("c1", "Ann", "My boat is called Marigold", {topic = "boats"}, {id = "1", time = "2024-05-01T12:00:00Z"})
		Memory.episodic.add("c1", "Bob", "A boat wants paint each year", nil, {id = "2", time = "2024-05-02"})
		Memory.episodic.add("c2", "Cid", "I sold my boat", nil, {id = "1", time = "2024-05-03"})
		RAG.ingest({id = "care", content = "# Boat care\n\nVarnish a boat each spring.", kind = "md", metadata = {n = 1}}, {collection = "books"})
		RAG.ingest({id = "own", content = "Notes on the boat."}, {scope = "session", scope_id = "c1"})`)
	for _, c := range []struct{ code, want string }{
		{`local c = Context.assemble("the boat Marigold", "episodic", 1000, "c1") io.write(c.formatted)
		local k = c.chunks[1] print(#c.chunks, k.chunk.id, k.chunk.content, k.chunk.source, k.chunk.timestamp, k.chunk.metadata.topic, k.chunk.session_id, k.chunk.role, k.ranker, k.cite, k.rank, k.score > 0)
		print(c.token_count <= 1000, c.max_tokens, c.strategy, c.encoding, c.temporal_span.start, c.temporal_span["end"], c.total_confidence > 0, #c.left_out, c.found.episodic)`,
			"# 2024-05-01\n[1] Ann: My boat is called Marigold\n# 2024-05-02\n[2] Bob: A boat wants paint each year\n" +
				"2\t1\tMy boat is called Marigold\tepisodic\t2024-05-01T12:00:00Z\tboats\tc1\tAnn\twords\t1\t1\ttrue\n" +
				"true\t1000\tepisodic\to200k_base\t2024-05-01T12:00:00Z\t2024-05-02T00:00:00Z\ttrue\t0\t2\n"},
		{`local c = Context.assemble("boat", "rag", 1000) local seen = {} for _, k in ipairs(c.chunks) do seen[#seen + 1] = k.chunk.source .. ":" .. (k.chunk.document_id or k.chunk.session_id .. "/" .. k.chunk.id) end
		table.sort(seen) print(table.concat(seen, " "))`, "episodic:c1/1 episodic:c1/2 episodic:c2/1 rag:care\n"},
		{`local c = Context.assemble("boat", "rag", 1000, "c1") local n = 0 for _, k in ipairs(c.chunks) do if k.chunk.source == "rag" then n = n + 1 end end print(n, c.found.rag)`, "2\t2\n"},
		{`local c = Context.assemble("boat", "rag", 1000, nil, {collection = "books", role = "Cid"}) for _, k in ipairs(c.chunks) do print(k.chunk.role or k.chunk.title, k.chunk.metadata.n, k.chunk.headings and k.chunk.headings[1]) end`,
			"Cid\tnil\tnil\nBoat care\t1\tBoat care\n"},
		{`local c = Context.test("boat") print(c.strategy, c.max_tokens, #c.chunks, Context.test("boat", "c2").found.episodic, Context.assemble("boat").max_tokens)`, "hybrid\t2000\t3\t1\t8192\n"},
		{`local c = Context.assemble(("boat "):rep(3), "episodic", 100, "c1", {min_score = 1, encoding = "cl100k_base"}) print(#c.chunks, #c.left_out, c.left_out[1].reason, c.left_out[1].id ~= c.chunks[1].chunk.id, c.encoding)`, "1\t1\tscore too low\ttrue\tcl100k_base\n"},
		{`for _, s in ipairs(Context.analyze("boat", 500, "c1")) do print(s.strategy, s.chunks, s.token_count > 0, s.left_out) end`, "episodic\t2\ttrue\t0\nhybrid\t2\ttrue\t0\nrag\t4\ttrue\t0\nsemantic\t0\tfalse\t0\n"},
		{`Context.test("boat") Context.test("boat") local s = Context.strategy_stats() print(s.default_strategy, s.min_tokens, s.default_tokens)
		for _, k in ipairs(s.strategies) do print(k.name, k.contexts, k.chunks, k.tokens > 0, #k.sources, k.default) end`,
			"hybrid\t100\t8192\nepisodic\t0\t0\tfalse\t1\tfalse\nhybrid\t2\t6\ttrue\t2\ttrue\nrag\t0\t0\tfalse\t3\tfalse\nsemantic\t0\t0\tfalse\t1\tfalse\n"},
		{`local c = Context.assemble("zeppelin") print(#c.chunks, c.formatted == "", c.token_count, c.temporal_span)`, "0\ttrue\t0\tnil\n"},
	} {
		if got := run(c.code); got != c.want {
			t.Errorf("%s\nprints %q, not %q", c.code, got, c.want)
		}
	}
	for code, want := range map[string]string{
		`Context.assemble("x", "hybrid", 99)`:           `Context.assemble: the budget for a context is too small: 99 tokens; give 100 or more`,
		`Context.assemble("x", "hybrid", 0)`:            `argument 3 must be a number of tokens, 100 or more, not 0`,
		`Context.assemble("x", "hybrid", 100.5)`:        `argument 3 must be a number of tokens`,
		`Context.assemble("x", "best")`:                 `no context strategy "best": known are episodic, hybrid, rag, semantic`,
		`Context.assemble("")`:                          `the query is empty`,
		`Context.assemble(1)`:                           `argument 1 must be the question`,
		`Context.assemble("x", nil, nil, nil, {n = 1})`: `"options.n" is not known`,
		`Context.test("x", nil, {encoding = "p50k"})`:   `encoding`,
	} {
		if out := run(`print(select(2, pcall(function() ` + code + ` end)))`); !strings.Contains(out, want) {
			t.Errorf("%s: %s", code, out)
		}
	}
}
