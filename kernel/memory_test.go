package kernel

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/config"
)

// remembering gives a test services with a memory of their own.
func remembering(t *testing.T, change func(*config.Config)) *Services {
	t.Helper()
	c := config.Default()
	c.Storage.BaseDir = t.TempDir()
	if change != nil {
		change(c)
	}
	s := NewDefaultServices(c, nil)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestMemoryGlobal(t *testing.T) {
	services := remembering(t, nil)
	run := func(code string) string {
		t.Helper()
		var out strings.Builder
		s, err := NewSession(Config{Dir: t.TempDir(), Stdout: &out, Services: services})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if _, err := s.RunString(t.Context(), code, "=memory", nil); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	run(`
		local id = Memory.episodic.add("c1", "user", "My boat is called Marigold", {topic = "boats", n = 2})
		Memory.episodic:add("c2", "user", "Soup for lunch", nil, {id = "lunch", time = "2024-05-01T12:00:00Z"})
		assert(#id == 36)
		local hit = Memory.episodic.search("c1", "boats")[1]
		assert(hit.id == id and hit.session_id == "c1" and hit.role == "user" and hit.metadata.n == 2 and hit.score > 0 and not hit.processed)
		assert(Memory.episodic.search("", "lunch", 1)[1].id == "lunch" and #Memory.episodic.search("c1", "lunch") == 0)`)
	got := run(`
		local lunch = Memory.episodic.get("c2", "lunch") -- another session of the kernel knows it
		print(lunch.timestamp, lunch.content, Memory.episodic.get(nil, "none"), Memory.episodic.get("c1", "lunch"))
		print(#Memory.episodic.list{metadata = {topic = "boats"}}, #Memory.episodic.list{since = "2024-05-01", ["until"] = "2024-05-02"}, #Memory.episodic.list{session = "c*", processed = false, limit = 1})
		for _, s in ipairs(Memory.episodic.sessions()) do print(s.session_id, s.episodes) end
		local s = Memory.stats()
		print(s.episodic_count, s.sessions_with_unprocessed, s.has_episodic)
		print(Memory.episodic.forget{session = "c1"}, #Memory.episodic.search("", "marigold"), Memory.stats().episodic_count)`)
	want := "2024-05-01T12:00:00Z\tSoup for lunch\tnil\tnil\n1\t1\t1\nc1\t1\nc2\t1\n2\t2\ttrue\n1\t0\t1\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for code, want := range map[string]string{
		`Memory.episodic.add("", "user", "x")`:                                                                             `Memory.episodic.add: session is empty`,
		`Memory.episodic.add("c", 1, "x")`:                                                                                 `Memory.episodic.add: argument 2 must be the role as a string`,
		`Memory.episodic.add("c", "user", "\255")`:                                                                         `Memory.episodic.add: content is not a text in UTF-8`,
		`Memory.episodic.add("c2", "user", "again", nil, {id = "lunch"})`:                                                  `there is one with this id already`,
		`Memory.episodic.add("c", "user", "x", nil, {when = 1})`:                                                           `"options.when" is not known`,
		`Memory.episodic.search("c", "x", 0)`:                                                                              `argument 3 must be a number of turns`,
		`Memory.episodic.search("c", "x", {session = "d"})`:                                                                `the session is given twice`,
		`Memory.episodic.search("c", "x", {mode = "vectors"})`:                                                             `no embedder is configured`,
		`Memory.episodic.search("c", "x", {mode = "meaning"})`:                                                             `mode`,
		`Memory.episodic.list({mode = "words"})`:                                                                           `"filter.mode" is not known`,
		`Memory.episodic.forget({})`:                                                                                       `the filter means all turns`,
		`Memory.episodic.list({order = "random"})`:                                                                         `order`,
		`Memory.episodic.add("c", "user", "x", {f = function() end})`:                                                      `cannot be kept`,
		`Memory.episodic.add("c", "user", "x", nil, {time = "yesterday"})`:                                                 `time must be a time such as`,
		`Memory.episodic.add("c", "user", "x", nil, {time = "0001-01-01T00:00:00Z"})`:                                      `time: "0001-01-01T00:00:00Z" is the one moment that cannot be kept`,
		`Memory.episodic.add("c", "user", "x", nil, {time = -62135596800})`:                                                `time: -62135596800 seconds since 1970 is the one moment that cannot be kept`,
		`Memory.episodic.add("c", "user", "x", nil, {time = 1714571760000})`:                                               `milliseconds must be divided by 1000`,
		`Memory.episodic.forget({session = "c", ["until"] = "0001-01-01"})`:                                                `until: "0001-01-01" is the one moment`,
		`Memory.semantic.add("Ann", "likes", "tea", {from = "0001-01-01"})`:                                                `from: "0001-01-01" is the one moment`,
		`Memory.semantic.add("Ann", "likes", "tea", {to = "0001-01-01"})`:                                                  `to: "0001-01-01" is the one moment`,
		`Memory.semantic.get("Ann", {as_of = "0001-01-01"})`:                                                               `as_of: "0001-01-01" is the one moment`,
		`for i = 1, 2 do Memory.episodic.add("d" .. i, "u", "x", nil, {id = "same"}) end Memory.episodic.get(nil, "same")`: `several are called so`,
	} {
		out := run(`print(select(2, pcall(function() ` + code + ` end)))`)
		if !strings.Contains(out, want) {
			t.Errorf("%s: %s", code, out)
		}
	}
}

// A script reads times as the command line and imports do.
func TestMemoryTimes(t *testing.T) {
	services := remembering(t, nil)
	var out strings.Builder
	s, err := NewSession(Config{Dir: t.TempDir(), Stdout: &out, Services: services})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const code = `for i, at in ipairs{"2024-05-01T13:56:00", "2024-05-01T15:56+02:00", "2024-05-01 13:56", "1 May 2024 13:56", 1714571760.0000006} do
		local ok, id = pcall(Memory.episodic.add, "s", "user", "x", nil, {time = at})
		print(ok and Memory.episodic.get("s", id).timestamp or id)
	end`
	if _, err := s.RunString(t.Context(), code, "=times", nil); err != nil {
		t.Fatal(err)
	}
	if want := strings.Repeat("2024-05-01T13:56:00Z\n", 4) + "2024-05-01T13:56:00.000001Z\n"; out.String() != want {
		t.Errorf("got\n%swant\n%s", &out, want)
	}
}

func TestSemanticMemoryGlobal(t *testing.T) {
	services := remembering(t, nil)
	run := func(code string) string {
		t.Helper()
		var out strings.Builder
		s, err := NewSession(Config{Dir: t.TempDir(), Stdout: &out, Services: services})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if _, err := s.RunString(t.Context(), code, "=memory", nil); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	got := run(`
		Memory.episodic.add("c1", "user", "My name is Ann and I live in Paris. My sister Clara works at Acme.", nil, {id = "1", time = "2024-01-01"})
		Memory.episodic.add("c1", "assistant", "I live in a data centre.", nil, {time = "2024-01-01T00:00:01Z"})
		Memory.episodic.add("c1", "user", "I moved to Rome!", nil, {time = "2024-03-01"})
		local done = Memory.consolidate("c1")
		print(done.entries_processed, done.entries_skipped, done.entries_failed, done.entities_added, done.entities_updated, done.entities_deleted, done.duration_ms >= 0, #done.errors)
		print(Memory.consolidate().entries_processed, Memory.consolidate("c1", true).entries_skipped)
		local ann = Memory.semantic.get("ann")
		print(ann.name, ann.entity_type, ann.aliases[1], ann.properties.lives_in, ann.properties.sister)
		print(Memory.semantic.get("Ann", {as_of = "2024-02-01"}).properties.lives_in, Memory.semantic.get("Ann", {known_at = "2024-02-01"}), #Memory.semantic.history("Ann") > 4)
		print(Memory.semantic.query("who lives in Rome", 1)[1].name, Memory.semantic.recall("where does she live", 1)[1].text)
		local s = Memory.stats()
		print(s.semantic_count, s.facts, s.has_semantic, s.has_consolidation, s.unprocessed)
		Memory.semantic.add("Clara", "works_at", "Acme", {object_type = "organisation", turn = "1", session = "c1"})
		Memory.semantic.add("Acme", "located_in", "Oslo", {entity = true})
		for _, f in ipairs{Memory.semantic.get("Clara").facts[1], Memory.semantic.history("Acme")[1]} do print(f.predicate, #f.sources, f.sources[1] and f.sources[1].session_id .. "/" .. f.sources[1].id, f.asserted) end
		for _, step in ipairs(Memory.semantic.path("Ann", "Oslo")) do io.write(step.from, " ", step.predicate, " ", step.to, "; ") end
		print(#Memory.semantic.around("Ann"), Memory.semantic.around("Ann", {hops = 3})[4] ~= nil, Memory.semantic.path("Oslo", "Ann"))
		Memory.semantic.alias("Clara", "Sis") print(Memory.semantic.get("sis").name, Memory.semantic.drop_alias("Sis"), Memory.semantic.get("sis"))
		Memory.semantic.correct("Ann", "lives_in", "Oslo", {entity = true, from = "2024-01-01"}) print(Memory.semantic.get("Ann", {as_of = "2024-02-01"}).properties.lives_in)
		print(Memory.semantic.forget("Rome"), Memory.semantic.forget("Rome"), Memory.semantic.get("Rome"))
		print(Memory.episodic.forget{session = "c1"}, Memory.semantic.get("Clara"), Memory.semantic.get("Ann"), Memory.semantic.get("user").properties.lives_in)`)
	want := "3\t1\t0\t5\t1\t0\ttrue\t0\n0\t3\nuser\tperson\tAnn\tRome\tClara\nParis\tnil\ttrue\nuser\tuser lives in Rome\n5\t5\ttrue\ttrue\t0\n" +
		"works_at\t1\tc1/1\tfalse\nlocated_in\t0\tnil\ttrue\nuser sister Clara; Clara works_at Acme; Acme located_in Oslo; 2\ttrue\tnil\nClara\ttrue\tnil\nOslo\ntrue\tfalse\tnil\n3\tnil\tnil\tOslo\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for code, want := range map[string]string{
		`Memory.semantic.add("Ann", "age")`:                      `argument 3 must be the object`,
		`Memory.semantic.add("Ann", "age", {})`:                  `argument 3 must be a text, a number or a boolean, not a table`,
		`Memory.semantic.add("!", "age", 1)`:                     `"!" is no name`,
		`Memory.semantic.add("Ann", "age", 0/0)`:                 `must be a finite number`,
		`Memory.semantic.add("Ann", "age", 1, {confidence = 0})`: `confidence is how sure it is`,
		`Memory.semantic.add("Ann", "age", 1, {turn = "none"})`:  `there is none`,
		`Memory.semantic.add("Ann", "a", 1, {from = 9, to = 5})`: `not after it begins`,
		`Memory.semantic.retract("nobody", "age")`:               `entity "nobody": there is none`,
		`Memory.semantic.alias("user", "oslo")`:                  `is a name of "Oslo"`,
		`Memory.semantic.query("x", 1.5)`:                        `must be a number of entities`,
		`Memory.semantic.path("user", "nobody")`:                 `entity "nobody": there is none`,
		`Memory.semantic.single("x")`:                            `argument 2 must be true`,
		`Memory.consolidate("c1", "yes")`:                        `argument 2 must be true`,
		`Memory.procedural.forget({limit = 1})`:                  `forget takes no limit`,
	} {
		out := run(`print(select(2, pcall(function() ` + code + ` end)))`)
		if !strings.Contains(out, want) {
			t.Errorf("%s: %s", code, out)
		}
	}
}

// With an embedder scripts find by meaning; what the kernel was told meanwhile has got its vector. Without its file they find by words, and learn why.
func TestMemoryByMeaning(t *testing.T) {
	words := filepath.Join(t.TempDir(), "words.txt")
	embedder := func(c *config.Config) { c.Runtime.Memory.Embedder.Type, c.Runtime.Memory.Embedder.Path = "file", words }
	const code = `
		Memory.episodic.add("s", "user", "The ship is blue", nil, {id = "ship"})
		Memory.episodic.add("s", "user", "We had soup", nil, {id = "soup"})
		local turns, warning = Memory.episodic.search("s", "boat", {limit = 1})
		local by_words, none = Memory.episodic.search("s", "boat", {mode = "words"})
		print(turns[1] and turns[1].id, warning, #by_words, none, Memory.stats().has_vectors)`
	for name, c := range map[string]struct{ file, want string }{
		"a file":  {"the 1 1 1\nship 1 0 0\nboat 0.9 0.1 0\nsoup 0 1 0\n", "ship\tnil\t0\tnil\ttrue\n"},
		"no file": {"", "nil\tsearched by words alone: runtime.memory.embedder: open the word vectors"},
	} {
		_ = os.Remove(words)
		if c.file != "" {
			if err := os.WriteFile(words, []byte(c.file), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var out strings.Builder
		s, err := NewSession(Config{Dir: t.TempDir(), Stdout: &out, Services: remembering(t, embedder)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.RunString(t.Context(), code, "=memory", nil); err != nil || !strings.HasPrefix(out.String(), c.want) {
			t.Errorf("%s: %q, %v", name, out.String(), err)
		}
		s.Close()
	}
}

func TestMemoryIsSwitchedOff(t *testing.T) {
	services := remembering(t, func(c *config.Config) { c.Runtime.Memory.Enabled = false })
	if _, err := services.Memory(); err == nil || !strings.Contains(err.Error(), "runtime.memory.enabled") {
		t.Error(err)
	}
}
