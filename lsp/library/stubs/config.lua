---@meta

--- The configuration in force. Secrets are masked.
---
--- ```lua
--- print(Config.getDefaultEngine())              --> lua
--- print(Config.get("no.such.key", "fallback"))  --> fallback
--- ```
---@class Config
---@colon optional
Config = {}

--- A value by its dotted key, such as `kernel.max_clients`; without a key all of them.
---@generic T
---@param key? string
---@param default? T what is returned if there is none
---@return any|T value
---@nodiscard
function Config.get(key, default) end

--- A table of the configuration, nil if there is none; without a name all of it.
---@param name? string
---@return table<string, any>? section
---@nodiscard
function Config.getSection(name) end

--- The engine of scripts.
---@return string engine
---@nodiscard
function Config.getDefaultEngine() end

--- A provider of models, nil if there is none.
---@param name string
---@return table<string, any>? provider
---@nodiscard
function Config.getProvider(name) end

--- The names of the providers.
---@return string[] names
---@nodiscard
function Config.listProviders() end

---@class llmspell.ConfigSecurity
---@field sandbox string
---@field allow_file_access boolean
---@field allow_network_access boolean
---@field allow_process_spawn boolean
---@field max_memory_bytes integer
---@field max_execution_time_ms integer

--- What is in force, whatever the configuration alone would say.
---@return llmspell.ConfigSecurity security
---@nodiscard
function Config.getSecurity() end

--- The section `tools`.
---@return table<string, any> tools
---@nodiscard
function Config.getTools() end

---@class llmspell.Permission
---@field all boolean
---@field allow string[]
---@field deny string[]

--- What the script may touch.
---@return { read: llmspell.Permission, write: llmspell.Permission, net: llmspell.Permission, run: llmspell.Permission, env: llmspell.Permission, db: llmspell.Permission } permissions
---@nodiscard
function Config.getPermissions() end

--- Whether a file may be read or written; without a path whether any may.
---
--- ```lua
--- print(Config.isFileAccessAllowed("notes.txt", "read")) --> true
--- ```
---@param path? llmspell.File
---@param how? "read"|"write"|"r"|"w"
---@return boolean allowed
---@return string? reason why not
---@nodiscard
function Config.isFileAccessAllowed(path, how) end

--- Whether a host may be reached; without one whether any may.
---@param host? string
---@param port? integer|string
---@return boolean allowed
---@return string? reason why not
---@nodiscard
function Config.isNetworkAccessAllowed(host, port) end

--- Raises an error that says which flag allows a path: a script cannot widen what it may do. True if everything is allowed anyway.
---@param path llmspell.File
---@return true allowed
function Config.addAllowedPath(path) end

--- Raises an error that says which flag does it: a script cannot widen what it may do. True if everything is allowed anyway.
---@param security { allow_file_access?: boolean, allow_network_access?: boolean, allow_process_spawn?: boolean }
---@return true allowed
function Config.setSecurity(security) end

--- Sets a provider for this session, if everything is allowed; else it raises an error.
---@param name string
---@param provider table<string, any>
---@return true done
function Config.setProvider(name, provider) end

--- Remembers what `setProvider` has set.
---@return number snapshot
function Config.snapshot() end

--- Goes back to what a snapshot has remembered.
---@param snapshot number
---@return true done
function Config.restoreSnapshot(snapshot) end

--- All of the configuration as JSON.
---@param pretty? any true: on several lines
---@return string text
---@nodiscard
function Config.toJson(pretty) end
