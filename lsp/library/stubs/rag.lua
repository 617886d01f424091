---@meta

--- Documents: taken in as pieces, which are found by their words.
---
--- ```lua
--- RAG.ingest({{id = "ferry", content = "The ferry to Gull Island leaves at nine."}, {path = "."}}, {collection = "travel"})
--- print(RAG.search("when does the ferry leave", {k = 1}).results[1].id)  --> ferry
--- print(RAG.delete({id = "ferry"}))                                      --> 1
--- ```
---@class RAG
---@colon optional
RAG = {}

--- Where documents are: `"global"` if nothing is said, or such as `"session"` or `"user"` with a scope_id.
---@class (exact) llmspell.RAGScope
---@field scope? string `"*"` is all, where something is looked for
---@field scope_id? string
---@field tenant_id? string has scopes of its own

---@alias llmspell.RAGKind "text"|"markdown"|"html"|"code"

--- How documents are cut.
---@class (exact) llmspell.RAGChunking
---@field chunk_size? integer characters at most; 1200 if left out
---@field size? integer the same
---@field overlap? integer characters that a piece shares with the one before
---@field chunk_overlap? integer the same
---@field strategy? "fixed"|"sentence"|"heading"|"markdown"|"html"|"code"|"sliding_window"|"semantic" as the kind needs, if left out

--- A document that is to be taken in: a content, or the path of a file or folder.
---@class (exact) llmspell.RAGDocument
---@field content? string
---@field text? string the same
---@field path? string what the sandbox allows to read
---@field id? string the path, or made of the content, if left out
---@field title? string
---@field source? string
---@field metadata? table<string, any>
---@field kind? llmspell.RAGKind|"plain"|"md"
---@field timestamp? llmspell.Time when it was written

---@class (exact) llmspell.RAGIngestOptions : llmspell.RAGScope
---@field collection? string `"default"` if left out
---@field kind? llmspell.RAGKind|"plain"|"md"
---@field metadata? table<string, any> of all documents
---@field chunking? llmspell.RAGChunking
---@field ttl? number seconds that documents of the collection live
---@field ttl_seconds? number the same
---@field globs? llmspell.Texts patterns of the files below a folder
---@field exclude? llmspell.Texts patterns of files and folders that are left out
---@field hidden? boolean take in what begins with a dot, too
---@field provider? any not used

---@class (exact) llmspell.RAGSearchOptions : llmspell.RAGScope
---@field k? integer 10 if left out
---@field top_k? integer the same
---@field limit? integer the same
---@field threshold? number from 0 to 1: leaves out what scores less, as a part of the best
---@field collection? llmspell.Texts
---@field id? llmspell.Texts of documents
---@field metadata? table<string, any> has these members, with these values
---@field metadata_filter? table<string, any> the same
---@field filters? table<string, any> the same
---@field provider? any not used

--- Which documents are meant.
---@class (exact) llmspell.RAGFilter : llmspell.RAGScope
---@field id? llmspell.Texts
---@field collection? llmspell.Texts
---@field metadata? table<string, any>
---@field limit? integer

--- The documents of a session.
---@class (exact) llmspell.RAGSession
---@field session_id? string the current one if left out
---@field vector_ttl? number seconds that documents live; 0: for ever
---@field ttl? number the same
---@field collection? string

---@class (exact) llmspell.RAGConfig : llmspell.RAGScope
---@field collection? string
---@field k? integer
---@field top_k? integer
---@field limit? integer
---@field threshold? number
---@field chunking? llmspell.RAGChunking
---@field provider? any not used
---@field embedding? any not used
---@field vector_storage? any not used
---@field cache? any not used
---@field enabled? any not used
---@field multi_tenant? any not used

--- What became of a document.
---@class llmspell.RAGIngestedDocument
---@field id string
---@field status "added"|"replaced"|"unchanged"
---@field chunks integer

---@class llmspell.RAGIngested
---@field success boolean
---@field documents_processed integer
---@field chunks_created integer
---@field vectors_created integer the same
---@field total_tokens integer
---@field added integer
---@field replaced integer
---@field unchanged integer
---@field skipped llmspell.RAGSkipped[] files without a text
---@field documents llmspell.RAGIngestedDocument[]

---@class llmspell.RAGSkipped
---@field path string
---@field reason string

--- A piece of a document.
---@class llmspell.RAGResult
---@field id string of the document
---@field content string
---@field text string the same
---@field score number as a part of the best, which has 1
---@field number integer among the pieces of the document, from 0
---@field headings string[] that lead to it
---@field title string
---@field source? string
---@field scope string
---@field collection string
---@field metadata table<string, any>
---@field ingested_at llmspell.Timestamp
---@field timestamp? llmspell.Timestamp

---@class llmspell.RAGResults
---@field success boolean
---@field total integer
---@field results llmspell.RAGResult[] the best first
---@field warning? string why the embedder was not used, or not for all

---@class llmspell.RAGRecord
---@field id string
---@field scope string
---@field collection string
---@field title string
---@field source? string
---@field metadata table<string, any>
---@field ingested_at llmspell.Timestamp
---@field timestamp? llmspell.Timestamp
---@field bytes integer
---@field tokens integer
---@field chunks integer

---@class llmspell.RAGCollection
---@field scope string
---@field collection string
---@field documents integer
---@field chunks integer
---@field bytes integer
---@field tokens integer
---@field ttl_seconds? number

---@class llmspell.RAGStats
---@field total_documents integer
---@field total_chunks integer
---@field total_vectors integer the same
---@field total_bytes integer
---@field total_tokens integer
---@field collections llmspell.RAGCollection[]

---@class llmspell.RAGLifetime
---@field success boolean
---@field scope string
---@field collection string
---@field ttl_seconds number

--- Takes documents in. One whose id is there already is replaced.
---@param documents string|llmspell.RAGDocument|(string|llmspell.RAGDocument)[]
---@param options? llmspell.RAGIngestOptions
---@return llmspell.RAGIngested
function RAG.ingest(documents, options) end

--- The same.
---@param documents string|llmspell.RAGDocument|(string|llmspell.RAGDocument)[]
---@param options? llmspell.RAGIngestOptions
---@return llmspell.RAGIngested
function RAG.ingest_batch(documents, options) end

--- Finds pieces of documents by their words, the best first. Without a scope it looks in `"global"`.
---@param query string
---@param options? llmspell.RAGSearchOptions
---@return llmspell.RAGResults
function RAG.search(query, options) end

--- The documents that a filter means.
---@param filter? llmspell.RAGFilter
---@return llmspell.RAGRecord[]
function RAG.list(filter) end

--- Deletes documents, so that no trace of them is left, and tells how many there were. `{scope = "*"}` is all.
---@param filter llmspell.RAGFilter
---@return integer
function RAG.delete(filter) end

--- What there is of each collection.
---@param filter? llmspell.RAGFilter
---@return llmspell.RAGCollection[]
function RAG.collections(filter) end

--- What there is of a scope; of all without one.
---@param scope? string
---@param id? llmspell.SessionRef|string
---@return llmspell.RAGStats
function RAG.get_stats(scope, id) end

--- Says how long documents of a collection live after they were taken in; 0: for ever.
---@param collection string
---@param seconds number
---@param options? llmspell.RAGScope
---@return llmspell.RAGLifetime
function RAG.set_ttl(collection, seconds, options) end

--- Says how long the documents of a session live.
---@param session llmspell.SessionRef|string
---@param ttl? number seconds
---@return llmspell.RAGLifetime
function RAG.create_session_collection(session, ttl) end

--- The same, with a table.
---@param options llmspell.RAGSession
---@return llmspell.RAGLifetime
function RAG.configure_session(options) end

--- Deletes all documents of a scope, and tells how many there were.
---@param scope string
---@param id? llmspell.SessionRef|string
---@return integer
function RAG.cleanup_scope(scope, id) end

--- From now on calls of this script that say nothing else have these options. Nil: none.
---@param options? llmspell.RAGConfig
---@return boolean
function RAG.configure(options) end

--- By what pieces are found: "words", and with an embedder "vectors".
---@return string[]
function RAG.list_providers() end

--- Does nothing: what was taken in is kept already.
---@return boolean
function RAG.save() end
