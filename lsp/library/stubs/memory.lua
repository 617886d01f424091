---@meta

--- What was said and done: found by its words, forgotten without a trace.
---
--- ```lua
--- local id = Memory.episodic.add("chat-7", "user", "My boat is called Marigold", {topic = "boats"})
--- print(Memory.episodic.search("chat-7", "boats")[1].content)   --> My boat is called Marigold
--- print(Memory.episodic.forget({session = "chat-7", id = id}))  --> 1
--- ```
---@class Memory
---@colon optional
Memory = {}

--- What was said and done, turn by turn.
---@class llmspell.MemoryEpisodic
---@colon optional
Memory.episodic = {}

--- A turn.
---@class llmspell.MemoryEpisode
---@field id string one of its session
---@field session_id string
---@field role string
---@field content string
---@field timestamp llmspell.Timestamp when it happened
---@field ingestion_time llmspell.Timestamp when it was taken in
---@field metadata table<string, any>
---@field processed boolean whether it was consolidated
---@field score? number how well it fits, where it was searched for

--- What there is of a session.
---@class llmspell.MemorySession
---@field session_id string
---@field episodes integer
---@field unprocessed integer
---@field first llmspell.Timestamp when the first turn happened
---@field last llmspell.Timestamp

---@class llmspell.MemoryCounts
---@field episodic_count integer
---@field sessions integer
---@field unprocessed integer turns that were not consolidated
---@field sessions_with_unprocessed integer
---@field tenant string
---@field semantic_count integer entities
---@field facts integer that are believed now
---@field patterns integer
---@field has_episodic boolean
---@field has_semantic boolean
---@field has_procedural boolean
---@field has_consolidation boolean
---@field has_vectors boolean there is an embedder
---@field vectors integer turns that have a vector
---@field lacking_vectors integer turns that will get one

--- What a consolidation has done.
---@class llmspell.MemoryConsolidation
---@field entries_processed integer turns that were read
---@field entries_skipped integer turns of these that say nothing new
---@field entries_failed integer
---@field entities_added integer
---@field entities_updated integer entities of which more, or something else, is known
---@field entities_deleted integer entities that turned out to be others' names
---@field duration_ms number
---@field errors string[] of turns that failed, the first few

--- A fact: in its time the subject has the object as predicate.
---@class llmspell.MemoryFact
---@field id integer
---@field subject string
---@field predicate string
---@field object string|number|boolean
---@field is_entity boolean whether the object is the name of an entity
---@field text string as words
---@field confidence number from 0 to 1
---@field valid_from? llmspell.Timestamp since when it holds
---@field valid_to? llmspell.Timestamp until when; nil: for ever
---@field known_from? llmspell.Timestamp since when it is believed
---@field known_to? llmspell.Timestamp until when; nil: it still is
---@field sources llmspell.MemorySource[] the turns that tell it: it is forgotten with the last of them
---@field asserted boolean whether somebody has asserted it: then it stays
---@field score? number how well it fits, where it was searched for

--- A turn that tells a fact.
---@class llmspell.MemorySource
---@field session_id string
---@field id string

--- Somebody or something that facts are about.
---@class llmspell.MemoryEntity
---@field id integer
---@field name string
---@field entity_type string such as "person"; "" if nobody has said
---@field aliases string[]
---@field properties table<string, any> the objects by predicates; a list where there are several
---@field facts llmspell.MemoryFact[]
---@field score? number how well it fits, where it was searched for

--- An entity that is so many facts away.
---@class llmspell.MemoryNear
---@field id integer
---@field name string
---@field entity_type string
---@field hops integer

---@class llmspell.MemoryStep
---@field from string
---@field predicate string
---@field to string

--- What was done again and again: how often `to` came after `from`.
---@class llmspell.MemoryPattern
---@field id integer
---@field session_id string
---@field kind "state"|"tool"
---@field about string of a state: the scope and the key
---@field from string a value as JSON, or a tool; "" for none
---@field to string
---@field count integer
---@field failed integer how often of these it failed
---@field confidence number from 0 to 1
---@field first llmspell.Timestamp
---@field last llmspell.Timestamp

---@class (exact) llmspell.MemoryFactOptions
---@field entity? boolean the object is the name of an entity
---@field type? string the type of the subject
---@field object_type? string the type of the object, which is the name of an entity then
---@field from? llmspell.Time since when it holds; now if left out
---@field to? llmspell.Time until when; if left out, until something else is known to begin
---@field confidence? number more than 0, at most 1
---@field session? string of the turn
---@field turn? string the id of the turn that says so: the fact is forgotten with it

---@class (exact) llmspell.MemoryKnowledgeQuery
---@field limit? integer
---@field type? string only entities of this type
---@field as_of? llmspell.Time what held then; now if left out
---@field known_at? llmspell.Time as it was believed then; now if left out

---@class (exact) llmspell.MemoryMoment
---@field as_of? llmspell.Time what held then; now if left out
---@field known_at? llmspell.Time as it was believed then; now if left out

---@class (exact) llmspell.MemoryPathOptions
---@field hops? integer how far at most: 1 to 10
---@field as_of? llmspell.Time what held then; now if left out
---@field known_at? llmspell.Time as it was believed then; now if left out

--- Which patterns are meant.
---@class (exact) llmspell.MemoryPatternFilter
---@field session? llmspell.Texts one of these; `"a*"` is any that begins with a
---@field kind? "state"|"tool"
---@field about? string
---@field from? string
---@field min_count? integer how often it was seen at least
---@field limit? integer

---@class (exact) llmspell.MemoryAddOptions
---@field id? string its id in the session; a new one if left out
---@field time? llmspell.Time when it happened; now if left out

--- Which turns are meant.
---@class (exact) llmspell.MemoryFilter
---@field session? llmspell.Texts one of these; `"a*"` is any that begins with a
---@field id? llmspell.Texts
---@field role? llmspell.Texts
---@field since? llmspell.Time
---@field until? llmspell.Time before it
---@field metadata? table<string, any> has these members, with these values
---@field processed? boolean
---@field limit? integer
---@field order? "taken"|"time"|"newest" as they came in, as they happened, the newest first

--- Which turns a search may find, and how: by words, by vectors or by both. `"auto"` is both if there is an embedder.
---@class (exact) llmspell.MemoryQuery : llmspell.MemoryFilter
---@field mode? "auto"|"words"|"vectors"|"hybrid"

--- Remembers a turn.
---@param session llmspell.SessionRef|string
---@param role string such as "user", "assistant", or a name
---@param content string
---@param metadata? table<string, any>
---@param options? llmspell.MemoryAddOptions
---@return string id
function Memory.episodic.add(session, role, content, metadata, options) end

--- Finds turns by their words, and by their meaning if there is an embedder, the best first. `""` and nil are all sessions.
--- The warning says why vectors were not used, or not all.
---@param session llmspell.SessionRef|string|nil
---@param query string
---@param limit? integer|llmspell.MemoryQuery 10 if left out
---@return llmspell.MemoryEpisode[] turns
---@return string? warning
function Memory.episodic.search(session, query, limit) end

--- A turn, or nil.
---@param session llmspell.SessionRef|string|nil
---@param id string
---@return llmspell.MemoryEpisode?
function Memory.episodic.get(session, id) end

--- The turns that a filter means.
---@param filter? llmspell.MemoryFilter
---@return llmspell.MemoryEpisode[]
function Memory.episodic.list(filter) end

--- The sessions by name.
---@return llmspell.MemorySession[]
function Memory.episodic.sessions() end

--- Forgets turns, so that no trace of them is left, and tells how many there were. `{session = "*"}` is all.
---@param filter llmspell.MemoryFilter
---@return integer
function Memory.episodic.forget(filter) end

--- What is known: entities, and facts about them, in the times when they hold.
---@class llmspell.MemorySemantic
---@colon optional
Memory.semantic = {}

--- Believes a fact from now on. Of a predicate with one object at a time, such as `lives_in`, it takes the place of what was believed of its time.
---@param subject string the name of an entity, which is made if there is none
---@param predicate string
---@param object string|number|boolean a value, or with `{entity = true}` the name of an entity
---@param options? llmspell.MemoryFactOptions
---@return true
function Memory.semantic.add(subject, predicate, object, options) end

--- As `add`, but takes the place of all that was believed of its time.
---@param subject string
---@param predicate string
---@param object string|number|boolean
---@param options? llmspell.MemoryFactOptions
---@return true
function Memory.semantic.correct(subject, predicate, object, options) end

--- Stops believing that a fact holds in its time. Without an object nothing holds of the predicate then.
---@param subject string
---@param predicate string
---@param object? string|number|boolean
---@param options? llmspell.MemoryFactOptions
---@return boolean changed false: nothing of the kind was believed
---@return string? why what is believed
function Memory.semantic.retract(subject, predicate, object, options) end

--- Finds entities by words, the best first: by their names, aliases, types, and what is known of them. Without words all.
---@param query? string
---@param limit? integer|llmspell.MemoryKnowledgeQuery 10 if left out
---@return llmspell.MemoryEntity[]
function Memory.semantic.query(query, limit) end

--- Finds facts by words, the best first.
---@param query? string
---@param limit? integer|llmspell.MemoryKnowledgeQuery 10 if left out
---@return llmspell.MemoryFact[]
function Memory.semantic.recall(query, limit) end

--- An entity by its name or an alias, with what holds of it at a moment; or nil.
---@param name string
---@param options? llmspell.MemoryMoment
---@return llmspell.MemoryEntity?
function Memory.semantic.get(name, options) end

--- All that was ever believed of an entity, or nil.
---@param name string
---@return llmspell.MemoryFact[]?
function Memory.semantic.history(name) end

--- The facts of a shortest way from one entity to another, or nil.
---@param from string
---@param to string
---@param options? llmspell.MemoryPathOptions 10 hops if left out
---@return llmspell.MemoryStep[]?
function Memory.semantic.path(from, to, options) end

--- The entities that facts lead to, the nearest first.
---@param name string
---@param options? llmspell.MemoryPathOptions 1 hop if left out
---@return llmspell.MemoryNear[]
function Memory.semantic.around(name, options) end

--- Gives an entity another name, by which it is found.
---@param name string
---@param alias string
function Memory.semantic.alias(name, alias) end

--- Takes such a name away, and tells whether it was one.
---@param alias string
---@return boolean
function Memory.semantic.drop_alias(alias) end

--- Makes one entity of two that turned out to be the same.
---@param into string
---@param from string
function Memory.semantic.merge(into, from) end

--- Forgets an entity and all that is or was known of it, and tells whether there was one.
---@param name string
---@return boolean
function Memory.semantic.forget(name) end

--- Says whether a predicate has one object at a time.
---@param predicate string
---@param single boolean
function Memory.semantic.single(predicate, single) end

--- What was done again and again: changes of the State, and calls of tools. It is learned if `runtime.memory.procedural.enabled` is true.
---@class llmspell.MemoryProcedural
---@colon optional
Memory.procedural = {}

--- Lists patterns, the most certain first.
---@param filter? llmspell.MemoryPatternFilter
---@return llmspell.MemoryPattern[]
function Memory.procedural.list(filter) end

--- Forgets patterns, and tells how many there were. Without a filter all.
---@param filter? llmspell.MemoryPatternFilter
---@return integer
function Memory.procedural.forget(filter) end

--- Takes from turns what they say, by rules of English: entities and facts.
---@param session? llmspell.SessionRef|string all sessions if left out
---@param force? boolean read again what was read before
---@return llmspell.MemoryConsolidation
function Memory.consolidate(session, force) end

--- Counts what is remembered.
---@return llmspell.MemoryCounts
function Memory.stats() end
