---@meta

--- Contents that sessions have made. They are found by their hash and kept once.
---
--- ```lua
--- local id = Session.create("nightly")
--- local ref = Artifact.store(id, "tool_result", "report.txt", "all is well", {tags = {"daily"}})
--- print(Artifact.get(id, ref).content)               --> all is well
--- print(Artifact.list(id)[1].name, ref.sequence)     --> report.txt	1
--- ```
---@class Artifact
---@colon optional
Artifact = {}

---@alias llmspell.ArtifactType
---| "agent_output"
---| "tool_result"
---| "user_input"
---| "system_generated"
---| "custom"

--- What names an artifact.
---@class (exact) llmspell.ArtifactRef
---@field content_hash? string
---@field session_id? llmspell.SessionId
---@field sequence? integer
---@field name? string
---@field version? integer the last if left out

--- What names an artifact: what `Artifact.store` has returned, a hash, a name, or a sequence number.
---@alias llmspell.ArtifactId llmspell.ArtifactRef|string|integer

--- What was stored.
---@class llmspell.ArtifactStored : llmspell.ArtifactRef
---@field content_hash string
---@field session_id llmspell.SessionId
---@field sequence integer

---@class llmspell.ArtifactRecord
---@field content_hash string BLAKE3
---@field session_id llmspell.SessionId
---@field sequence integer
---@field name string
---@field version integer
---@field type llmspell.ArtifactType
---@field artifact_type llmspell.ArtifactType the same
---@field mime_type string
---@field size integer bytes
---@field stored_size integer bytes on disk
---@field tags string[]
---@field metadata table<string, any>
---@field custom table<string, any> the same
---@field created_at llmspell.Timestamp
---@field created_by? string

--- What is said of an artifact. All other members are its metadata.
---@class llmspell.ArtifactMeta
---@field mime_type? string
---@field tags? llmspell.Texts
---@field created_by? string
---@field [string] any

--- What is said of an artifact that is a file.
---@class llmspell.ArtifactFileMeta : llmspell.ArtifactMeta
---@field name? string the file's name if left out

--- Keeps a string, or a table as JSON. Storing under a name that the session has makes a new version.
---@param session llmspell.SessionRef?
---@param type llmspell.ArtifactType?
---@param name string
---@param content string|table
---@param meta? llmspell.ArtifactMeta
---@return llmspell.ArtifactStored stored
function Artifact.store(session, type, name, content, meta) end

--- Keeps a file that the sandbox allows to read.
---@param session llmspell.SessionRef?
---@param path llmspell.File
---@param type? llmspell.ArtifactType
---@param meta? llmspell.ArtifactFileMeta
---@return llmspell.ArtifactStored stored
function Artifact.store_file(session, path, type, meta) end

--- The name of `Artifact.store_file` in the original.
---@param session llmspell.SessionRef?
---@param path llmspell.File
---@param type? llmspell.ArtifactType
---@param meta? llmspell.ArtifactFileMeta
---@return llmspell.ArtifactStored stored
---@deprecated use Artifact.store_file
function Artifact.storeFile(session, path, type, meta) end

--- Reads an artifact; nil if there is none.
---@param session llmspell.SessionRef?
---@param id llmspell.ArtifactId
---@return { metadata: llmspell.ArtifactRecord, content: string }? artifact
---@nodiscard
function Artifact.get(session, id) end

--- Writes the content of an artifact to a file, where the sandbox allows it.
---@param session llmspell.SessionRef?
---@param id llmspell.ArtifactId
---@param path llmspell.File
---@return integer size bytes
function Artifact.save_file(session, id, path) end

--- The artifacts of a session; without a current one, of all. `Artifact.query{}` gives those of all.
---@param session? llmspell.SessionRef|"" nil or `""`: the current one
---@return llmspell.ArtifactRecord[] artifacts
---@nodiscard
function Artifact.list(session) end

--- Selects artifacts.
---@class (exact) llmspell.ArtifactQuery
---@field session_id? llmspell.SessionId
---@field type? llmspell.ArtifactType
---@field artifact_type? llmspell.ArtifactType the same
---@field name_pattern? string with `*` and `?`
---@field tags? llmspell.Texts
---@field content_hash? string
---@field created_after? llmspell.Time
---@field created_before? llmspell.Time
---@field min_size? integer
---@field max_size? integer
---@field latest? boolean only the last versions
---@field limit? integer
---@field offset? integer

--- The artifacts that fit, in the order of creation.
---@param query? llmspell.ArtifactQuery
---@return llmspell.ArtifactRecord[] artifacts
---@nodiscard
function Artifact.query(query) end

--- Deletes an artifact.
---@param session llmspell.SessionRef?
---@param id llmspell.ArtifactId
---@return boolean was false if there was none
function Artifact.delete(session, id) end

--- An artifact whose content is not what it was.
---@class llmspell.ArtifactDamage : llmspell.ArtifactRecord
---@field error string

--- Reads all contents and compares hashes.
---@param session? llmspell.SessionRef|"" `""`: of all sessions
---@return { checked: integer, damaged: llmspell.ArtifactDamage[] } result
function Artifact.verify(session) end
