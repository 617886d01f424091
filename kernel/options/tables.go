package options

import (
	"strings"
	"time"

	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/kernel/events"
	"github.com/llmspell/llmspell/kernel/hooks"
	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// The tables of Tool.
const (
	ToolOptions         Name = "ToolOptions"         // how a call is made
	ToolParallelOptions Name = "ToolParallelOptions" // Tool.parallel
	ToolCall            Name = "ToolCall"            // a call of Tool.parallel's list
	ToolFilter          Name = "ToolFilter"          // Tool.list
	ToolSearchFilter    Name = "ToolSearchFilter"    // Tool.search
	ToolDiscoverFilter  Name = "ToolDiscoverFilter"  // Tool.discover
)

// The tables of State.
const (
	StateOptions            Name = "StateOptions"
	StateGetOptions         Name = "StateGetOptions"
	StateSetOptions         Name = "StateSetOptions"
	StateCompareOptions     Name = "StateCompareOptions"
	StateListOptions        Name = "StateListOptions"
	StateTTLOptions         Name = "StateTTLOptions" // save, agent_set, tool_set
	StateTransactionOptions Name = "StateTransactionOptions"
	StateMigration          Name = "StateMigration"
	StateMigrateOptions     Name = "StateMigrateOptions"
	StateCleanupOptions     Name = "StateCleanupOptions"
)

// The tables of Session, Artifact and Replay.
const (
	SessionSpec             Name = "SessionSpec"   // Session.create
	SessionChange           Name = "SessionChange" // Session.update
	SessionFilter           Name = "SessionFilter"
	SessionCleanupOptions   Name = "SessionCleanupOptions"
	SessionExecutionOptions Name = "SessionExecutionOptions"
	SessionForce            Name = "SessionForce" // archive, delete
	SessionImportOptions    Name = "SessionImportOptions"
	ArtifactQuery           Name = "ArtifactQuery"
	ReplayOptions           Name = "ReplayOptions"
)

// The tables of Memory.
const (
	MemoryAddOptions     Name = "MemoryAddOptions"
	MemoryFilter         Name = "MemoryFilter"         // list, forget
	MemoryFactOptions    Name = "MemoryFactOptions"    // semantic.add, correct, retract
	MemoryKnowledgeQuery Name = "MemoryKnowledgeQuery" // semantic.query, recall
	MemoryMoment         Name = "MemoryMoment"         // semantic.get
	MemoryPathOptions    Name = "MemoryPathOptions"    // semantic.path, around
	MemoryPatternFilter  Name = "MemoryPatternFilter"  // procedural.list, forget
	MemoryQuery          Name = "MemoryQuery"          // episodic.search
)

// The tables of RAG and Context.
const (
	RAGDocument      Name = "RAGDocument" // what RAG.ingest takes
	RAGIngestOptions Name = "RAGIngestOptions"
	RAGSearchOptions Name = "RAGSearchOptions"
	RAGFilter        Name = "RAGFilter" // list, delete, collections
	RAGScope         Name = "RAGScope"  // set_ttl
	RAGSession       Name = "RAGSession"
	RAGConfig        Name = "RAGConfig"
	ContextOptions   Name = "ContextOptions" // assemble, test, analyze
)

// The tables of Event, Hook, Debug and JSON.
const (
	EventPublishOptions   Name = "EventPublishOptions"
	EventSubscribeOptions Name = "EventSubscribeOptions"
	EventQuery            Name = "EventQuery"
	HookOptions           Name = "HookOptions"
	HookFilter            Name = "HookFilter"
	DumpOptions           Name = "DumpOptions"
	StackOptions          Name = "StackOptions"
	JSONReadOptions       Name = "JSONReadOptions"
	JSONWriteOptions      Name = "JSONWriteOptions"
)

// MaxTimeout is the longest time that a script can give a call: a day.
const MaxTimeout = 24 * time.Hour

// MaxParallel is how many calls Tool.parallel takes.
const MaxParallel = 10_000

// options makes a table that errors call "options".
func options(name Name, properties ...schema.Property) *Table {
	return &Table{Name: name, Member: "options", Schema: schema.Map("", properties...)}
}

func text(name string, aliases ...string) schema.Property {
	return schema.Optional(name, schema.Text(""), aliases...)
}

func texts(name string) schema.Property {
	return schema.Optional(name, schema.List("", schema.Text("")))
}

// boolean has no default.
func boolean(name string) schema.Property {
	return schema.Optional(name, &schema.Schema{Types: []schema.Type{schema.Boolean}})
}

func anything(name string) schema.Property { return schema.Optional(name, &schema.Schema{}) }

func either(name string, of ...schema.Type) schema.Property {
	return schema.Optional(name, &schema.Schema{Types: of})
}

func between(low, high float64) *schema.Schema {
	s := schema.Num("")
	s.Minimum, s.Maximum = &low, &high
	return s
}

// whole is a whole number that is not negative.
func whole(name string) schema.Property {
	return schema.Optional(name, &schema.Schema{Types: []schema.Type{schema.Integer}, Minimum: schema.Ptr(0.0)})
}

func milliseconds(name string) schema.Property {
	return schema.Optional(name, schema.Int("how long it may take, in milliseconds", 1, float64(MaxTimeout/time.Millisecond)))
}

func toolTables() []*Table {
	needs := schema.List("", schema.Choice("", string(tool.Files), string(tool.Network), string(tool.Processes), string(tool.Environment)))
	filter := func(name Name, more ...schema.Property) *Table {
		return &Table{Name: name, Member: "filter", Lists: []string{"needs", "without"}, Schema: schema.Map("", append(more,
			text("category"), text("tag"),
			schema.Optional("security", schema.Choice("", string(tool.Safe), string(tool.Restricted), string(tool.Privileged)), "security_level"),
			schema.Optional("needs", needs), schema.Optional("without", needs))...)}
	}
	cache := boolean("cache")
	cache.Description = "false: do the work again, even if the result is in the cache"
	return []*Table{
		options(ToolOptions, milliseconds("timeout_ms"), cache, schema.Optional("retries", schema.Int("how often it may be tried again", 0, 100))),
		options(ToolParallelOptions, schema.Optional("limit", schema.Int("how many calls run at a time", 1, MaxParallel)), milliseconds("timeout_ms")),
		{Name: ToolCall, Member: "call", KeysOnly: true, Schema: schema.Map("", schema.Optional("name", &schema.Schema{}, "1"), schema.Optional("params", &schema.Schema{}, "2"), schema.Optional("options", &schema.Schema{}, "3"))},
		filter(ToolFilter),
		filter(ToolSearchFilter, schema.Optional("limit", schema.Int("how many to return at most", 1, 1000))),
		filter(ToolDiscoverFilter, text("query")),
	}
}

// maxTTL is ten years, in seconds.
const maxTTL = 10 * 366 * 24 * 3600

func stateTables() []*Table {
	scope, ttl := text("scope"), schema.Optional("ttl", between(0.001, maxTTL), "ttl_seconds")
	name := schema.Text("")
	step := schema.Map("", schema.Optional("add", name), anything("default"), schema.Optional("remove", name), schema.Optional("rename", name), schema.Optional("to", name))
	migration := options(StateMigration, schema.Required("version", schema.Int("", 2, 1_000_000)), text("description"), scope, text("prefix"),
		schema.Required("steps", schema.List("", step)))
	migration.Function, migration.Instead = "transform", "steps"
	tables := []*Table{
		options(StateOptions, scope),
		options(StateGetOptions, scope, anything("default")),
		options(StateSetOptions, scope, ttl),
		options(StateCompareOptions, scope, ttl, schema.Optional("version", schema.Int("", 0, 1<<53)), schema.Optional("revision", schema.Int("", 0, 1<<53))),
		options(StateListOptions, scope, text("prefix"), text("after"), schema.Optional("limit", schema.Int("", 0, 1_000_000)), schema.Optional("values", schema.Flag(""))),
		options(StateTTLOptions, ttl),
		options(StateTransactionOptions, schema.Optional("retries", schema.Int("", 0, 1000))),
		migration,
		options(StateMigrateOptions, schema.Optional("dry_run", schema.Flag(""))),
		options(StateCleanupOptions, schema.Optional("keep", schema.Int("", 0, 1_000_000)), schema.Optional("max_age_days", between(0, 36600))),
	}
	for _, t := range tables {
		t.OwnWords = true // they name the scope
	}
	return tables
}

// maxSeconds is a hundred years.
const maxSeconds = 100 * 365 * 24 * 3600

func sessionTables() []*Table {
	seconds := func(name string) schema.Property { return schema.Optional(name, between(0, maxSeconds)) }
	statuses := schema.Choice("", "active", "suspended", "completed", "failed", "archived")
	spellings := map[string]string{}
	for _, s := range statuses.Enum {
		word := s.(string)
		spellings[strings.ToUpper(word)], spellings[strings.ToUpper(word[:1])+word[1:]] = word, word
	}
	orders := schema.Choice("", "updated", "created", "name").WithAliases(map[string]string{"updated_at": "updated", "created_at": "created"})
	metadata := schema.Optional("metadata", schema.Map(""))
	spec := options(SessionSpec, text("name"), text("description"), texts("tags"), metadata, text("parent", "parent_session_id"), text("created_by"), text("id"))
	change := options(SessionChange, text("name"), text("description"), texts("tags"), metadata)
	filter := &Table{Name: SessionFilter, Member: "filter", Schema: schema.Map("",
		schema.Optional("status", schema.List("", statuses.WithAliases(spellings))), texts("tags"), text("name"), text("text"), text("parent", "parent_session_id"), text("created_by", "user"),
		moment("created_after"), moment("created_before"), moment("updated_after"), moment("updated_before"),
		boolean("active"), schema.Optional("order", orders, "sort_by"), whole("limit"), whole("offset"))}
	query := &Table{Name: ArtifactQuery, Member: "query", Schema: schema.Map("",
		text("session_id"), text("type", "artifact_type"), text("name_pattern"), texts("tags"), text("content_hash"),
		moment("created_after"), moment("created_before"), whole("min_size"), whole("max_size"), boolean("latest"), whole("limit"), whole("offset"))}
	spec.refuse("id", func(id string) error {
		if id == "" { // one is made
			return nil
		}
		return archive.CheckID(id)
	})
	for _, t := range []*Table{spec, change, query} {
		t.Lists = []string{"tags"}
	}
	filter.Lists = []string{"tags", "status"}
	return []*Table{
		spec, change, filter, query,
		options(SessionForce, boolean("force")),
		options(SessionCleanupOptions, seconds("completed_seconds"), seconds("failed_seconds"), seconds("archived_seconds"), whole("keep"), boolean("dry_run")),
		options(SessionExecutionOptions, whole("from"), whole("to"), whole("limit")),
		options(SessionImportOptions, boolean("new_id"), text("name")),
		options(ReplayOptions, text("mode"), boolean("compare_results"), seconds("timeout_seconds"), boolean("stop_on_error"), whole("from_step"), whole("to_step"),
			schema.Optional("modifications", schema.List("", &schema.Schema{Types: []schema.Type{schema.Object}})), metadata, schema.Optional("schedule", schema.Map(""))),
	}
}

func memoryTables() []*Table {
	filter := func(name Name, more ...schema.Property) *Table {
		return &Table{Name: name, Member: "filter", Lists: []string{"session", "id", "role"}, Schema: schema.Map("", append([]schema.Property{
			texts("session"), texts("id"), texts("role"), moment("since"), moment("until"), schema.Optional("metadata", schema.Map("")),
			boolean("processed"), schema.Optional("limit", schema.Int("how many at most", 1, 1_000_000)),
			schema.Optional("order", schema.Choice("", "taken", "time", "newest"))}, more...)...)}
	}
	query := filter(MemoryQuery, schema.Optional("mode", schema.Choice("", "auto", "words", "vectors", "hybrid")))
	limit := schema.Optional("limit", schema.Int("how many at most", 1, 1_000_000))
	patterns := &Table{Name: MemoryPatternFilter, Member: "filter", Lists: []string{"session"}, Schema: schema.Map("",
		texts("session"), schema.Optional("kind", schema.Choice("", memory.StatePattern, memory.ToolPattern)), text("about"), text("from"),
		schema.Optional("min_count", schema.Int("how often it was seen at least", 1, 1_000_000)), limit)}
	return []*Table{filter(MemoryFilter), query, patterns, options(MemoryAddOptions, text("id"), moment("time")),
		options(MemoryFactOptions, boolean("entity"), text("type"), text("object_type"), moment("from"), moment("to"), schema.Optional("confidence", between(0, 1)), text("session"), text("turn")),
		options(MemoryKnowledgeQuery, limit, text("type"), moment("as_of"), moment("known_at")),
		options(MemoryMoment, moment("as_of"), moment("known_at")),
		options(MemoryPathOptions, schema.Optional("hops", schema.Int("how far at most", 1, memory.MaxHops)), moment("as_of"), moment("known_at"))}
}

func eventTables() []*Table {
	return []*Table{
		options(EventPublishOptions, text("language"), text("correlation_id"), text("source"), text("target"), texts("tags"),
			schema.Optional("priority", schema.Int("", -1<<31, 1<<31-1)), schema.Optional("ttl_seconds", between(0, 366*24*3600), "ttl")),
		options(EventSubscribeOptions,
			schema.Optional("buffer", schema.Int("how many events can wait", 1, events.MaxBuffer), "buffer_size"),
			schema.Optional("policy", schema.Choice("", string(events.DropOldest), string(events.DropNewest), string(events.Block), string(events.Reject)), "overflow"),
			schema.Optional("block_ms", schema.Int("how long publishers wait", 1, float64(events.MaxBlockTime/time.Millisecond))), text("language")),
		{Name: EventQuery, Member: "query", Schema: schema.Map("",
			text("pattern"), schema.Optional("since", schema.Num("")), schema.Optional("until", schema.Num("")), schema.Optional("after", schema.Num("")),
			text("correlation_id"), schema.Optional("limit", schema.Int("how many at most", 1, 100_000)))},
	}
}

func otherTables() []*Table {
	short := schema.Text("")
	short.MaxLength = schema.Ptr(128)
	priority := map[string]func(string) error{"priority": func(text string) error {
		_, err := hooks.ParsePriority(strings.ToLower(text))
		return err
	}}
	hook := options(HookOptions, either("priority", schema.String, schema.Number), schema.Optional("name", short), text("description"), schema.Optional("version", short),
		schema.Optional("tags", schema.List("", short)), either("component", schema.String, schema.Object), boolean("guard"), milliseconds("timeout_ms"), milliseconds("slow_ms"))
	hook.Texts = priority
	atLeast1 := schema.Num("")
	atLeast1.Minimum = schema.Ptr(1.0)
	return []*Table{
		hook,
		{Name: HookFilter, Member: "filter", Texts: priority, Schema: schema.Map("", text("hook_point", "point"), text("language"), text("tag"), text("name"),
			either("priority", schema.String, schema.Number))},
		options(DumpOptions, whole("max_depth"), whole("indent_size"), whole("max_string_length"), whole("max_array_elements"), whole("max_table_pairs"),
			anything("show_types"), anything("show_addresses"), anything("compact_mode")),
		options(StackOptions, schema.Optional("max_depth", atLeast1), anything("capture_locals"), anything("capture_upvalues"), anything("include_source")),
		{Name: JSONReadOptions, Member: "options", KeysOnly: true, Schema: schema.Map("", anything("null"))},
		{Name: JSONWriteOptions, Member: "options", KeysOnly: true, Schema: schema.Map("", anything("indent"), anything("pretty"), anything("sort_keys"))},
	}
}
