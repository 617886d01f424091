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
---@field has_episodic boolean
---@field has_vectors boolean there is an embedder
---@field vectors integer turns that have a vector
---@field lacking_vectors integer turns that will get one

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

--- Counts what is remembered.
---@return llmspell.MemoryCounts
function Memory.stats() end
