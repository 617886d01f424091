---@meta

--- What a model should read before a question: the best of what was said, of what is known, and of documents, within a budget of tokens.
---
--- ```lua
--- Memory.episodic.add("chat-7", "Ann", "My boat is called Marigold", nil, {id = "1", time = "2024-05-01"})
--- local c = Context.assemble("name of the boat", "episodic", 1000, "chat-7")
--- print(c.formatted)                 --> # 2024-05-01
---                                    --> [1] Ann: My boat is called Marigold
--- print(c.token_count <= 1000)       --> true
--- ```
---@class Context
---@colon optional
Context = {}

---@alias llmspell.ContextStrategy
---| "episodic" # turns of conversations
---| "semantic" # entities and facts
---| "hybrid" # both
---| "rag" # documents, and both

---@alias llmspell.ContextSource "episodic"|"semantic"|"rag"

---@class (exact) llmspell.ContextOptions : llmspell.RAGScope
---@field encoding? "o200k_base"|"cl100k_base" by which tokens are counted
---@field role? llmspell.Texts only turns by these
---@field since? llmspell.Time only turns of this time or later
---@field until? llmspell.Time only turns before this time
---@field metadata? table<string, any> only turns with these members
---@field collection? llmspell.Texts of documents
---@field min_score? number from 0 to 1: leaves out what scores less, as a part of the best of its source
---@field candidates? integer how many of each source are looked at

--- What a piece of a context is made of.
---@class llmspell.ContextPiece
---@field id string of the turn; by which the text cites others
---@field content string
---@field source llmspell.ContextSource
---@field timestamp? llmspell.Timestamp
---@field metadata table<string, any>
---@field session_id? string of a turn
---@field role? string of a turn
---@field entity? string of a fact
---@field predicate? string of a fact
---@field object? string|number|boolean of a fact
---@field confidence? number of a fact
---@field document_id? string of a piece of a document
---@field collection? string of its document
---@field scope? string of its document
---@field title? string of its document
---@field headings? string[] that lead to it
---@field number? integer among the pieces of its document

---@class llmspell.ContextChunk
---@field chunk llmspell.ContextPiece
---@field score number compares with those of its source
---@field ranker string how it was found: "words", or with an embedder "hybrid"
---@field cite string by which the text cites it
---@field tokens integer
---@field rank integer in the order of selection

--- What did not get in, and why.
---@class llmspell.ContextLeftOut
---@field id string
---@field cite string
---@field source llmspell.ContextSource
---@field score number
---@field reason string
---@field tokens? integer if they were counted
---@field of? string the one that says the same

---@class llmspell.ContextSpan
---@field start llmspell.Timestamp
---@field end llmspell.Timestamp

---@class llmspell.AssembledContext
---@field chunks llmspell.ContextChunk[] in the order of the text
---@field formatted string the text
---@field token_count integer of the text
---@field max_tokens integer
---@field encoding string
---@field strategy llmspell.ContextStrategy
---@field total_confidence number from 0 to 1
---@field temporal_span? llmspell.ContextSpan
---@field left_out llmspell.ContextLeftOut[] the best first
---@field found table<llmspell.ContextSource, integer> how many candidates there were
---@field warnings string[]

---@class llmspell.ContextAnalysis
---@field strategy llmspell.ContextStrategy
---@field description string
---@field token_count integer
---@field chunks integer
---@field left_out integer
---@field total_confidence number
---@field found table<llmspell.ContextSource, integer>

---@class llmspell.ContextStrategyInfo
---@field name llmspell.ContextStrategy
---@field description string
---@field sources llmspell.ContextSource[]
---@field default boolean

---@class llmspell.ContextStrategyCount : llmspell.ContextStrategyInfo
---@field contexts integer
---@field chunks integer
---@field tokens integer

---@class llmspell.ContextStats
---@field strategies llmspell.ContextStrategyCount[]
---@field default_strategy llmspell.ContextStrategy
---@field min_tokens integer
---@field default_tokens integer

--- Makes a context, which never has more tokens than it may.
---@param query string
---@param strategy? llmspell.ContextStrategy|"" "hybrid" if left out, or `""`
---@param max_tokens? integer 8192 if left out, 100 at least
---@param session? llmspell.SessionRef|string whose turns and documents; all sessions' turns if left out
---@param options? llmspell.ContextOptions
---@return llmspell.AssembledContext
function Context.assemble(query, strategy, max_tokens, session, options) end

--- The same, hybrid and with 2,000 tokens.
---@param query string
---@param session? llmspell.SessionRef|string
---@param options? llmspell.ContextOptions
---@return llmspell.AssembledContext
function Context.test(query, session, options) end

--- What each strategy gives.
---@param query string
---@param max_tokens? integer 2000 if left out
---@param session? llmspell.SessionRef|string
---@param options? llmspell.ContextOptions
---@return llmspell.ContextAnalysis[]
function Context.analyze(query, max_tokens, session, options) end

--- The strategies by name.
---@return llmspell.ContextStrategyInfo[]
function Context.strategies() end

--- What this script has had made by each strategy.
---@return llmspell.ContextStats
function Context.strategy_stats() end
